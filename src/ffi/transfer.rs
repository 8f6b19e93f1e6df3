//! Messages: reading, writing, and how they are told apart.

use super::arguments::{buffer, bytes};
use super::export::export;
use crate::constants::{SocketFixedSize, WDSOCKET_INFINITE};
use crate::error::Result;
use crate::net::{Deadline, milliseconds_of};
use crate::socket::{self, Socket};
use std::ffi::{c_char, c_void};

/// How long SocketRead waits by default, in milliseconds.
const READ_TIME: i32 = 1000;

export! {
    /// Reads the next message (WLanguage: SocketRead).
    ///
    /// A message comes whole or not at all; without frames (`SocketNoEndTag`) it is what has arrived, 1
    /// to `capacity` bytes. Nothing is lost on failure: a message that does not fit stays, and what came
    /// before a time-out is kept for the next read. What the buffer holds after a failure is undefined.
    /// On a server that has no client, the read takes the next one first, within the same wait
    /// (simplified server); when that client leaves, one read says CLOSED and the next takes the next.
    /// On a UDP socket it is the next datagram, whole, whoever sent it: SocketClientInfo then tells who.
    /// `SocketReadIdle` ends the read earlier, also one without limit, once nothing at all has arrived for so
    /// long. Several threads may read, write and close at the same time. Of a wait of a second or more, a signal's
    /// handler or a part of a message in its first 40 ms may delay the end by as much.
    ///
    /// @param name            a connection, a server or a UDP socket.
    /// @param undefined_wait  not 0: wait without limit and ignore `timeout`.
    /// @param timeout         milliseconds for the whole call; 0 takes only what is there,
    ///                        `WDSOCKET_DEFAULT` is 1000.
    /// @param buffer          where the message goes. No NUL is added.
    /// @param capacity        its size in bytes.
    /// @return the message's length (0 is an empty message); or TIMEOUT, BUFFER_TOO_SMALL
    ///         (SocketPending tells the size), CLOSED (the peer has ended the connection), LOST (it
    ///         broke), BAD_FRAME (the peer uses another mode, or sends no header of `SocketProxyProtocol`),
    ///         ACCESS_DENIED (`SocketProxyFrom` does not name it), MESSAGE_TOO_LARGE (`SocketMaxMessage`),
    ///         TLS_PROTOCOL and TLS_CERTIFICATE (a channel of a TLS server does its handshake here), LIMIT
    ///         (out of memory or descriptors: what has arrived is kept), CANCELLED (SocketClose or SocketCancel
    ///         in another thread), NOT_FOUND, NO_CONNECTION (still connecting), WRONG_KIND (a watch), INVALID_ARGUMENT,
    ///         as `-code`.
    ///
    ///     char order[4096];
    ///     intptr_t size = SocketRead("till", 0, 5000, order, sizeof order);
    quick fn SocketRead / SocketReadId(
        socket: &Socket,
        undefined_wait: i32,
        timeout: i32,
        buffer: *mut c_void,
        capacity: i32,
    ) -> usize {
        let time = match undefined_wait {
            0 => milliseconds_of(timeout, READ_TIME)?,
            _ => WDSOCKET_INFINITE,
        };
        let deadline = Deadline::from_start(time);
        // SAFETY: the caller keeps the header's promises about its pointers.
        let out = unsafe { self::buffer(buffer, capacity) }?;
        socket.kind()?.read(out, &deadline)
    }
}

export! {
    /// Sends one message (WLanguage: SocketWrite).
    ///
    /// Adds what the transmission mode asks for. Waits until the system has taken every byte (with `SocketGather` that may
    /// be later: SocketFlush waits for it), at most
    /// `SocketWriteTimeout` (no limit by default; SocketClose in another thread ends it). 1 does not say
    /// that the peer has read it. Messages of several threads never mix. If a message could go out only
    /// in part, nothing more can be sent: connect again.
    ///
    /// @param name  a connection, or a simplified server (its attached client). For a UDP socket call
    ///              SocketWriteTo.
    /// @param data  the message; it may hold zeros.
    /// @param size  its length in bytes; -1 sends the text up to its NUL.
    /// @return 1, or 0: LOST (the peer is gone), TIMEOUT, NO_CONNECTION (no client yet), CLOSED (after
    ///         SocketShutdown), TLS_PROTOCOL and TLS_CERTIFICATE (as from SocketRead), LIMIT (out of memory),
    ///         MESSAGE_TOO_LARGE (its length does not fit `SocketLengthBytes`: nothing was sent), CANCELLED,
    ///         NOT_FOUND, WRONG_KIND, INVALID_ARGUMENT (also a size that is not that of SocketFixedSize).
    ///
    ///     if (!SocketWrite("till", "TOTAL 12.50", -1))
    ///         show_error();
    quick fn SocketWrite / SocketWriteId(socket: &Socket, data: *const c_void, size: i32) -> () {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let message = unsafe { bytes(data, size, "the message") }?;
        socket.kind()?.write(message)
    }
}

export! {
    /// Gives the system what `SocketGather` holds of what was written. Waits until it has every byte, at most
    /// `SocketWriteTimeout`. Where nothing is held there is nothing to do.
    ///
    /// @param name  a connection, or a simplified server (its attached client).
    /// @return 1, or 0: TIMEOUT (the rest is still held), LOST (the peer is gone, messages may have been lost),
    ///         LIMIT (out of memory), CANCELLED, NO_CONNECTION (no client), NOT_FOUND, WRONG_KIND.
    ///
    ///     SocketSetOption("till", SocketGather, 2);
    ///     for (int line = 0; line < lines; line++)
    ///         SocketWrite("till", text[line], -1);
    ///     SocketFlush("till");
    quick fn SocketFlush / SocketFlushId(socket: &Socket) -> () {
        socket.kind()?.flush()
    }
}

export! {
    /// Tells the size of what the next SocketRead would return without waiting: how large a buffer to
    /// give. Does not wait.
    ///
    /// @param name  a connection, a simplified server (its attached client) or a UDP socket.
    /// @return the size in bytes; 0 for nothing yet, and for an empty message (only the read tells them
    ///         apart); or what the next read would say: CLOSED, LOST, BAD_FRAME, ACCESS_DENIED, MESSAGE_TOO_LARGE,
    ///         TLS_PROTOCOL, TLS_CERTIFICATE, LIMIT; or NOT_FOUND, WRONG_KIND, NO_CONNECTION (still
    ///         connecting), as `-code`.
    ///
    ///     intptr_t size = SocketPending("till");
    ///     if (size > 0) buffer = realloc(buffer, size);
    quick fn SocketPending / SocketPendingId(socket: &Socket) -> usize {
        socket.kind()?.pending()
    }
}

export! {
    /// Says how messages are told apart on the wire (WLanguage: SocketChangeTransmissionMode). Both
    /// peers must agree.
    ///
    ///     SocketSize (default)      decimal length, CR LF, message      "5\r\nhello"
    ///     SocketEndTag              message, tag                        "hello<EOF>"
    ///     SocketEndTagBuffer        the same bytes                      "hello<EOF>"
    ///     SocketNoEndTag            the message as it is                "hello"
    ///     SocketBinarySize          binary length, message              "\0\5hello"
    ///     SocketFixedSize           messages of `tag_size` bytes each   "hello"
    ///     SocketLine                message, CR LF; read up to LF       "hello\r\n"
    ///     SocketExactSize           the message as it is; a read takes exactly `capacity` bytes
    ///
    /// Counts for both directions and from this moment on; bytes that have arrived and were not read are
    /// read in the new mode. On a server it counts for the attached client and those accepted later.
    /// A message that holds the tag itself arrives as two. In both modes with a tag, what came behind it is
    /// kept for the next read; WINDEV calls that an error in SocketEndTag. Does not wait (WLanguage page 3070005).
    /// The first four modes are WLanguage's, the others are frames of other machines:
    /// `SocketLengthBytes` and the options behind it say how the length of SocketBinarySize is written, and are
    /// read here. A watch tells of SocketExactSize once as many bytes are there as the last read
    /// that found too few asked for; where none did, at the first byte.
    ///
    /// @param name      a connection or a server. UDP has no modes: WRONG_KIND.
    /// @param mode      one of the eight.
    /// @param tag       the tag of the modes that have one, 1 to 255 bytes; NULL is the five bytes
    ///                  `<EOF>`, WLanguage's own. Ignored by the others.
    /// @param tag_size  its length in bytes; -1 is up to its NUL. Ignored where tag is NULL; with
    ///                  SocketFixedSize the size of each message, 1 or more, whatever tag is.
    /// @return 1, or 0: INVALID_ARGUMENT, NOT_FOUND, WRONG_KIND, NO_CONNECTION (still connecting).
    ///
    ///     SocketChangeTransmissionMode("mail", SocketEndTag, "\r\n", 2);
    ///     SocketRead("mail", 0, 5000, line, sizeof line);
    fn SocketChangeTransmissionMode / SocketChangeTransmissionModeId(
        socket: &Socket,
        mode: i32,
        tag: *const c_void,
        tag_size: i32,
    ) -> () {
        let kind = socket.kind()?;
        let tag = match tag.is_null() || mode == SocketFixedSize {
            true => None,
            // SAFETY: the caller keeps the header's promises about its pointers.
            false => Some(unsafe { bytes(tag, tag_size, "the tag") }?),
        };
        let framing = socket::framing(mode, tag, tag_size, |option| kind.option(option))?;
        kind.set_framing(&framing)
    }
}
