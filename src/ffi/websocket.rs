//! WebSocket clients. A WebSocket server is any server with the option WebSocketServer.

use super::arguments::{port_of, text};
use super::connection::CONNECT_TIME;
use super::export::export;
use crate::error::Result;
use crate::net::Deadline;
use crate::socket::{self, Destination, Made, Tls};
use std::ffi::c_char;

export! {
    /// Connects to a WebSocket server (WLanguage: WebSocketClientConnect; RFC 6455).
    ///
    /// Waits for looking up, connecting and the server's answer together. Then it is a socket as any other:
    /// SocketRead reads one whole message, SocketWrite sends one (`WebSocketBinary` says which kind), SocketShutdown
    /// closes this side, and the peer's close code and reason stand in the text of CLOSED. PINGs are answered by
    /// whatever call reads or waits. SocketChangeTransmissionMode is 1 and without effect. Nothing is compressed, and
    /// redirections are not followed. `WebSocketHeaders` adds lines to the request.
    ///
    /// @param name       the new socket's name, 1 to 255 bytes.
    /// @param address    as in SocketConnect.
    /// @param port       1 to 65535; 0 is 80.
    /// @param path       the path of the URL, perhaps with `?` and more; NULL or "" is "/".
    /// @param protocols  names of protocols for the server to choose from, separated by commas, such as "mqtt,soap";
    ///                   NULL or "" is none.
    /// @param timeout    milliseconds; `WDSOCKET_DEFAULT` is 5000.
    /// @return 1, or 0: BAD_FRAME (no WebSocket there, or not the one that was asked for), REFUSED (also where the
    ///         server answers with a page or with another place, which the text tells), ACCESS_DENIED (it wants to know
    ///         who asks), LOST (it ended the connection), INVALID_ARGUMENT, and those of SocketConnect.
    ///
    ///     if (!WebSocketClientConnect("feed", "www.example.com", 0, "/prices", NULL, WDSOCKET_DEFAULT)) show_error();
    ///     size = SocketRead("feed", 0, 5000, message, sizeof message);
    fn WebSocketClientConnect / WebSocketClientConnectId(
        name: &[u8],
        address: *const c_char,
        port: i32,
        path: *const c_char,
        protocols: *const c_char,
        timeout: i32,
    ) -> Made {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let [host, path, protocols] = unsafe {
            [
                text(address, "the address")?,
                text(path, "the path")?,
                text(protocols, "the list of protocols")?,
            ]
        };
        let port = port_of(port, 0, &host)?;
        let deadline = Deadline::from_timeout(timeout, CONNECT_TIME)?;
        let to = Destination { host: &host, port, deadline };
        socket::connect_websocket(name, to, &path, &protocols, None)
    }
}

export! {
    /// Connects to a WebSocket server with TLS and checks its certificate, as SocketConnectSSL does (WLanguage:
    /// WebSocketClientConnectSSL): what URLs that begin with `wss:` mean. Otherwise as WebSocketClientConnect.
    ///
    /// @param name                the new socket's name, 1 to 255 bytes.
    /// @param address             as in SocketConnect.
    /// @param port                1 to 65535; 0 is 443.
    /// @param path                as in WebSocketClientConnect.
    /// @param protocols           as in WebSocketClientConnect.
    /// @param options             as in SocketConnectSSL.
    /// @param timeout             milliseconds, for the TLS handshake too; `WDSOCKET_DEFAULT` is 5000.
    /// @param client_certificate  as in SocketConnectSSL.
    /// @return 1, or 0: those of WebSocketClientConnect and of SocketConnectSSL.
    ///
    ///     if (!WebSocketClientConnectSSL("feed", "www.example.com", 0, "/", NULL, 0, WDSOCKET_DEFAULT, NULL))
    ///         show_error();
    fn WebSocketClientConnectSSL / WebSocketClientConnectSSLId(
        name: &[u8],
        address: *const c_char,
        port: i32,
        path: *const c_char,
        protocols: *const c_char,
        options: i32,
        timeout: i32,
        client_certificate: *const c_char,
    ) -> Made {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let [host, path, protocols, certificate] = unsafe {
            [
                text(address, "the address")?,
                text(path, "the path")?,
                text(protocols, "the list of protocols")?,
                text(client_certificate, "the client's certificate")?,
            ]
        };
        let port = port_of(port, 0, &host)?;
        let deadline = Deadline::from_timeout(timeout, CONNECT_TIME)?;
        let to = Destination { host: &host, port, deadline };
        let tls = Tls { bits: options, certificate: &certificate };
        socket::connect_websocket(name, to, &path, &protocols, Some(tls))
    }
}
