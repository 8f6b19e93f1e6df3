//! Options: whole numbers and texts.

use super::arguments::text;
use super::export::export;
use crate::error::Result;
use crate::registry::Target;
use crate::socket::{self, SOCKETS};
use std::ffi::c_char;
use std::sync::Arc;

export! {
    /// Sets a whole-number option of a socket, or the default for sockets made later (WLanguage:
    /// Socket.Option). Does not wait.
    ///
    /// @param name    a socket; NULL sets the default for sockets made from now on.
    /// @param option  one of the header's option constants, such as `SocketNagle`.
    /// @param value   what the constant's description says; `WDSOCKET_DEFAULT` puts the built-in one back.
    /// @return 1, or 0: INVALID_ARGUMENT (no such option, or a value it does not take), WRONG_KIND (it
    ///         means nothing for this kind of socket, or is only read when the socket is made),
    ///         NOT_FOUND, NO_CONNECTION (still connecting).
    ///
    ///     SocketSetOption(NULL, SocketKeepAlive, 60);
    ///     SocketSetOption("till", SocketWriteTimeout, 10000);
    fn SocketSetOption / SocketSetOptionId(target: Option<Target>, option: i32, value: i32) -> () {
        match target {
            Some(target) => Arc::clone(SOCKETS.find(target)?.kind()?).set_option(option, value),
            None => socket::set_default_option(option, value),
        }
    }
}

export! {
    /// Tells a whole-number option of a socket, or the default for sockets made later.
    ///
    /// For what the system keeps (buffers, keep-alive, Nagle, time to live) it asks the system. Does not
    /// wait.
    ///
    /// @param name    a socket; NULL tells the default for sockets made from now on.
    /// @param option  one of the header's option constants.
    /// @return the value, 0 or more; or INVALID_ARGUMENT, WRONG_KIND, NOT_FOUND, NO_CONNECTION, as
    ///         `-code`.
    ///
    ///     if (SocketGetOption("till", SocketNagle) == 1)
    ///         SocketSetOption("till", SocketNagle, 0);
    fn SocketGetOption / SocketGetOptionId(target: Option<Target>, option: i32) -> isize {
        let value = match target {
            Some(target) => SOCKETS.find(target)?.kind()?.option(option)?,
            None => socket::default_option(option)?,
        };
        Ok(value as isize)
    }
}

export! {
    /// Sets a text option: paths, passwords, names for TLS.
    ///
    /// TLS reads them when it starts, so set them before: a name that no socket has yet keeps them for
    /// the next socket of that name. They are forgotten when that socket cannot be made, too, and at
    /// SocketClose of the name: set them again before the next attempt. On a TLS server they count for
    /// the clients accepted from now on. Does not wait.
    ///
    /// @param name    a socket, or a name that the next socket will have; NULL sets the default for every
    ///                socket made from now on (which is how functions of the Id family get theirs).
    /// @param option  `SSLCaFile`, `SSLPassword` … of the header's constants.
    /// @param text    UTF-8, at most 4096 bytes; NULL or "" is none.
    /// @return 1, or 0: INVALID_ARGUMENT (no such option, not UTF-8), WRONG_KIND (TLS has started already, or a
    ///         server in clear), CERTIFICATE (a TLS server could not be made with it: it goes on as before, and
    ///         takes it together with what is set next, such as a new key and then its password), NOT_FOUND (an
    ///         id), LIMIT.
    ///
    ///     SocketSetText("bank", SSLCaFile, "/etc/till/ca.pem");
    ///     SocketConnectSSL("bank", 443, "192.0.2.7", 0, WDSOCKET_DEFAULT, NULL);
    fn SocketSetText / SocketSetTextId(
        target: Option<Target>,
        option: i32,
        text: *const c_char,
    ) -> () {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let text = unsafe { self::text(text, "the text") }?;
        match target {
            Some(target) => socket::set_text(target, option, &text),
            None => socket::set_default_text(option, &text),
        }
    }
}
