//! The whole program: its proxy, its library for TLS, and the version.

use super::arguments::{put_text, text};
use super::export::export;
use crate::constants::{SocketConfigureMode, SocketModeOpenSSL, SocketModeSChannel};
use crate::error::{Code, Error, Result};
use crate::net;
use std::ffi::c_char;

export! {
    /// Sends every TCP connection made from now on through a proxy (WLanguage: SocketProxy): SOCKS 5 (RFC 1928,
    /// login of RFC 1929), SOCKS 4a, or HTTP's CONNECT (RFC 9110, Basic login of RFC 7617) in clear or under TLS.
    ///
    /// Of a host with several addresses the first is taken that the proxy reaches, one after the other: one that
    /// does not answer uses up the time, which all but `socks5` leave to the proxy. It counts for the whole process, for connections in clear and under TLS, to this machine too; servers, UDP
    /// and Bluetooth are not affected, and connections that stand stay as they are. The time of SocketConnect
    /// covers the proxy, the name, the connection and the handshake together. TLS checks the certificate against the
    /// address given to SocketConnectSSL; SocketClientInfo tells the proxy. Does not wait (WLanguage page
    /// 1410088761).
    ///
    /// @param address   `socks5://host` looks names up on this machine, `socks5h://host`, `socks4a://host`,
    ///                  `http://host` and `https://host` let the proxy do it, at most 255 bytes each; `:port` may
    ///                  follow, IPv6 addresses stand in brackets. `https` checks the proxy's certificate against
    ///                  its address. `environment:` reads the variables https_proxy (for TLS), all_proxy and
    ///                  no_proxy, now. NULL or "" ends the use of a proxy.
    /// @param port      1 to 65535; 0 and `WDSOCKET_DEFAULT` are the one in the address, or 1080 for SOCKS, 80
    ///                  and 443 for HTTP.
    /// @param login     NULL or "" for none; at most 255 bytes. SOCKS 4a has none.
    /// @param password  NULL or "" for none; at most 255 bytes. All but `https` send it in clear.
    /// @return 1, or 0: INVALID_ARGUMENT. What goes wrong later is told by the call that connects: PROXY (the
    ///         proxy cannot be had, or speaks something else), ACCESS_DENIED (it refused the login or its rules the
    ///         host), and as without a proxy REFUSED, UNREACHABLE, TIMEOUT.
    ///
    ///     SocketProxy("socks5h://proxy.example.com", 1080, "till", "secret");
    ///     SocketConnectSSL("bank", 443, "www.example.com", 0, WDSOCKET_DEFAULT, NULL);
    fn SocketProxy(
        address: *const c_char,
        port: i32,
        login: *const c_char,
        password: *const c_char,
    ) -> () {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let address = unsafe { text(address, "the proxy's address") }?;
        if address.is_empty() {
            net::end_proxy();
            return Ok(());
        }
        // SAFETY: as above.
        let login = unsafe { text(login, "the proxy's login") }?;
        // SAFETY: as above.
        let password = unsafe { text(password, "the proxy's password") }?;
        net::set_proxy(&address, port, &login, &password)
    }
}

export! {
    /// Sets which library makes TLS (WLanguage: SocketConfigure). It is always OpenSSL, on every system, so that
    /// TLS 1.3 is there on old Windows too. Does not wait (WLanguage page 1410088949).
    ///
    /// @param option  `SocketConfigureMode`.
    /// @param value   `SocketModeOpenSSL`.
    /// @return 1, or 0: NOT_SUPPORTED (`SocketModeSChannel`), INVALID_ARGUMENT.
    ///
    ///     SocketConfigure(SocketConfigureMode, SocketModeOpenSSL);
    fn SocketConfigure(option: i32, value: i32) -> () {
        configure(option, value)
    }
}

export! {
    /// Tells the library's version, that of the OpenSSL in it, and the system it was built for.
    ///
    /// Does not wait.
    ///
    /// @param buffer    where the text goes, NUL-terminated; 128 bytes are enough.
    /// @param capacity  its size in bytes.
    /// @return the text's length, or BUFFER_TOO_SMALL, INVALID_ARGUMENT, as `-code`.
    ///
    ///     char version[128];
    ///     if (SocketVersion(version, sizeof version) > 0) puts(version);
    fn SocketVersion(buffer: *mut c_char, capacity: i32) -> usize {
        let version = concat!("wdsocket ", env!("CARGO_PKG_VERSION"), ", ");
        let (openssl, system) = (crate::tls::version(), env!("WDSOCKET_TARGET"));
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, format!("{version}{openssl}, {system}")) }
    }
}

/// Takes the one choice there is. Errors: NOT_SUPPORTED, INVALID_ARGUMENT.
fn configure(option: i32, value: i32) -> Result<()> {
    #[allow(non_upper_case_globals)]
    match (option, value) {
        (SocketConfigureMode, SocketModeOpenSSL) => Ok(()),
        (SocketConfigureMode, SocketModeSChannel) => Err(Error::new(
            Code::NotSupported,
            "SChannel is not used: TLS is always made by OpenSSL, which is inside and needs no setting",
        )),
        (SocketConfigureMode, _) => Err(Error::invalid(format!(
            "{value} is no mode: give SocketModeOpenSSL"
        ))),
        _ => Err(Error::invalid(format!(
            "{option} is nothing that can be configured: give SocketConfigureMode"
        ))),
    }
}
