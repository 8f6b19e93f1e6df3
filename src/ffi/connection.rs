//! Connections: making, asking about and ending them.

use super::arguments::{port_of, put_text, text};
use super::export::export;
use crate::constants::{
    SocketAddress, SocketPeerProcess, SocketPeerUser, SocketPort, WebSocketKind,
};
use crate::error::{Error, Result};
use crate::net::{Deadline, Endpoint};
use crate::registry::Target;
use crate::socket::{self, Destination, SOCKETS, Socket, SocketEntry};
use std::ffi::c_char;

/// How long SocketConnect may take by default, in milliseconds.
pub(super) const CONNECT_TIME: i32 = 5_000;

export! {
    /// Connects to a server over TCP (WLanguage: SocketConnect).
    ///
    /// Waits until the connection stands, at most `timeout` for looking up the name and connecting
    /// together. All addresses of a host are tried, IPv6 and IPv4 side by side, each 250 ms after the
    /// one before (RFC 8305), from the own address and ports of `SocketLocalAddress` and `SocketPortRange` where
    /// these are set. SocketClose from another thread ends the wait at once with CANCELLED.
    ///
    /// @param name     the new socket's name, 1 to 255 bytes.
    /// @param port     1 to 65535; 0 for a Unix socket.
    /// @param address  an IPv4 or IPv6 address or a host name; NULL or "" is this machine; `unix:/path` or, for an
    ///                 abstract name, `unix:@name` a Unix socket (not on Windows).
    /// @param timeout  milliseconds; `WDSOCKET_INFINITE` waits as long as the system does,
    ///                 `WDSOCKET_DEFAULT` is 5000.
    /// @return 1, or 0: REFUSED (nothing listens there), TIMEOUT (nothing answers), UNREACHABLE,
    ///         HOST_NOT_FOUND, NAME_IN_USE, CANCELLED, LIMIT, INVALID_ARGUMENT; with `SocketLocalAddress` or
    ///         `SocketPortRange` ADDRESS_NOT_AVAILABLE (it is none of this machine's), ADDRESS_IN_USE (no port of
    ///         the range is free), ACCESS_DENIED (ports below 1024 need more rights).
    ///
    ///     if (!SocketConnect("till", 5000, "192.0.2.7", WDSOCKET_DEFAULT)) show_error();
    ///     SocketWrite("till", "hello", -1);
    fn SocketConnect / SocketConnectId(
        name: &[u8],
        port: i32,
        address: *const c_char,
        timeout: i32,
    ) -> SocketEntry {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let host = unsafe { text(address, "the address") }?;
        let deadline = Deadline::from_timeout(timeout, CONNECT_TIME)?;
        let port = port_of(port, 1, &host)?;
        socket::connect(name, Destination { host: &host, port, deadline })
    }
}

export! {
    /// Tells who the peer is (WLanguage: SocketClientInfo).
    ///
    /// For a simplified server that is its attached client. For a UDP socket it is the sender of the last
    /// datagram that this thread read, whatever other threads have read since; a thread that has read
    /// none is told the sender of the last one read at all. Behind a load balancer (`SocketProxyProtocol`) it is the
    /// client whose connection that passes on. Does not wait.
    ///
    /// @param name      a connection, a simplified server or a UDP socket.
    /// @param info      `SocketAddress`: the peer's IP address; `SocketPort`: its port as text; `WebSocketKind`: "text"
    ///                  or "binary", as the last message of a WebSocket was that this thread read; of a Unix socket
    ///                  `SocketPeerUser` and `SocketPeerProcess`.
    /// @param buffer    where the text goes; 64 bytes are enough.
    /// @param capacity  its size in bytes.
    /// @return the text's length, or NO_CONNECTION (no client or datagram yet, or a load balancer has not told the
    ///         client yet: ask after the first read), BUFFER_TOO_SMALL, NOT_FOUND, WRONG_KIND, INVALID_ARGUMENT, and
    ///         what that read would say, as `-code`.
    ///
    ///     char who[64];
    ///     SocketClientInfo(channel, SocketAddress, who, sizeof who);
    fn SocketClientInfo / SocketClientInfoId(
        socket: &Socket,
        info: i32,
        buffer: *mut c_char,
        capacity: i32,
    ) -> usize {
        let kind = socket.kind()?;
        #[allow(non_upper_case_globals)]
        let told = match info {
            WebSocketKind => kind.message_kind()?.to_owned(),
            SocketPeerUser => kind.credentials()?.0.to_string(),
            SocketPeerProcess => kind.credentials()?.1.to_string(),
            _ => describe(kind.peer()?, info)?,
        };
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, &told) }
    }
}

export! {
    /// Tells this machine's own address and port of a socket, such as what port 0 became, and how the socket does.
    ///
    /// Numbers come as decimal text, so that 64 bits reach every host. Of a simplified server they are those of
    /// its attached client. Does not wait.
    ///
    /// @param name      a connection, a server or a UDP socket; NULL for the process: the sums of all its sockets,
    ///                  closed ones too, and `SocketOpenSockets`.
    /// @param info      `SocketAddress`: the IP address; `SocketPort`: the port as text; `SocketBytesReceived` …
    ///                  `SocketLastError`, as each constant says.
    /// @param buffer    where the text goes; 64 bytes are enough, 1000 for `SocketLastError`.
    /// @param capacity  its size in bytes.
    /// @return the text's length, or BUFFER_TOO_SMALL, NOT_FOUND, NO_CONNECTION (still connecting, no client,
    ///         or the TLS handshake is not done), WRONG_KIND (the socket does not count that), NOT_SUPPORTED (the
    ///         system does not tell it), INVALID_ARGUMENT, as `-code`.
    ///
    ///     char port[16], bytes[32];
    ///     SocketLocalInfo("server", SocketPort, port, sizeof port);
    ///     SocketLocalInfo(NULL, SocketBytesReceived, bytes, sizeof bytes);
    fn SocketLocalInfo / SocketLocalInfoId(
        target: Option<Target>,
        info: i32,
        buffer: *mut c_char,
        capacity: i32,
    ) -> usize {
        let told = match target {
            None => socket::tell_sums(info)?,
            Some(target) => {
                let socket = SOCKETS.find(target)?;
                match [SocketAddress, SocketPort].contains(&info) {
                    true => describe(socket.kind()?.local()?, info)?,
                    false => socket::tell(&socket, info)?,
                }
            }
        };
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, &told) }
    }
}

export! {
    /// Tells whether the peer is still there, as far as the system knows now.
    ///
    /// Takes no byte and sends nothing, so a peer whose cable was cut still counts as there until
    /// something is sent or `SocketKeepAlive` notices. Messages that came before the end can still be
    /// read. Does not wait.
    ///
    /// @param name  a connection, or a simplified server (its attached client).
    /// @return 1 while the peer is there; 0 with no error once it has ended the connection or its
    ///         sending half, or there is no client; 0 with NOT_FOUND, WRONG_KIND.
    ///
    ///     if (!SocketConnected("till") && SocketErrorCode() == WDSOCKET_OK)
    ///         reconnect();
    fn SocketConnected / SocketConnectedId(socket: &Socket) -> bool {
        socket.kind()?.is_connected()
    }
}

export! {
    /// Ends the sending half of a connection: the peer reads everything that was written, then the end.
    /// Reading goes on, until the peer ends its half too.
    ///
    /// Waits for a message that another thread is sending.
    ///
    /// @param name  a connection, or a simplified server (its attached client).
    /// @return 1, or 0: LOST, NO_CONNECTION, CANCELLED, TIMEOUT (`SocketWriteTimeout`), NOT_FOUND,
    ///         WRONG_KIND.
    ///
    ///     SocketShutdown("till");
    ///     while (SocketRead("till", 0, 5000, rest, sizeof rest) >= 0) {}
    fn SocketShutdown / SocketShutdownId(socket: &Socket) -> () {
        socket.kind()?.shut_down()
    }
}

export! {
    /// Tells whether a socket exists (WLanguage: SocketExist).
    ///
    /// 1 from its creation to SocketClose, whatever became of the peer: SocketConnected asks for that.
    /// Does not wait.
    ///
    /// @param name  any name.
    /// @return 1 or 0; 0 with INVALID_ARGUMENT for a name that cannot be one.
    ///
    ///     if (!SocketExist("till"))
    ///         SocketConnect("till", 5000, "192.0.2.7", WDSOCKET_DEFAULT);
    quick fn SocketExist / SocketExistId(target: Target) -> bool {
        Ok(SOCKETS.contains(target))
    }
}

export! {
    /// Closes a socket (WLanguage: SocketClose). Its name is free at once, and calls that wait on it in
    /// other threads end with CANCELLED.
    ///
    /// What was written still goes out, unless the peer is sending at that moment: bytes that come for a
    /// closed socket make TCP reset the connection. To be sure, call SocketShutdown and read up to
    /// CLOSED first. Closing a server closes a simplified server's client and leaves channels open. Does
    /// not wait for the network; the port of a server or of a UDP socket is free when it returns.
    ///
    /// @param name  any socket.
    /// @return 1; 0 when there is none, with no error; 0 with INVALID_ARGUMENT for a name that cannot be one.
    ///
    ///     SocketWrite("till", "bye", -1);
    ///     SocketClose("till");
    fn SocketClose / SocketCloseId(target: Target) -> bool {
        Ok(socket::close(target))
    }
}

export! {
    /// Ends the waits on a socket and keeps it: every call on it that has begun in another thread and waits ends with CANCELLED.
    ///
    /// That is reading, writing, connecting, waiting for a client, SocketWatchWait on a watch, a datagram's look-up, a
    /// TLS handshake under way. Calls that begin later wait as always. Nothing is lost: what has arrived of a message is
    /// there for the next read, the client goes on waiting. Two things cannot go on as if nothing had been: a message
    /// of which a part is out ends the sending half, as it does after a timeout, and SocketStartSSL the connection. A connection
    /// that is being made is given up. For a server that reads its client itself the client's reads and writes
    /// end too. A call may notice up to 60 ms later that it has ended. Does not wait; not for a signal's handler.
    ///
    /// @param name  any socket, one that is being connected too.
    /// @return 1, also where no call waits; or 0: NOT_FOUND, INVALID_ARGUMENT.
    ///
    ///     SocketCancel("till");        // the reading thread's SocketRead says CANCELLED
    ///     pthread_join(reader, NULL);
    ///     SocketWrite("till", "last words", -1);
    fn SocketCancel / SocketCancelId(socket: &Socket) -> () {
        socket.end_waits();
        Ok(())
    }
}

export! {
    /// Closes every socket of this process, as `SocketClose` does, for a program that ends. What other
    /// threads make during the call may stay.
    ///
    /// @return how many were closed.
    ///
    ///     void stop(void) { SocketCloseAll(); }
    ///     int main(void) { atexit(stop); serve(); }
    fn SocketCloseAll() -> usize {
        Ok(socket::close_all())
    }
}

/// What SocketClientInfo and SocketLocalInfo tell of an address.
fn describe(endpoint: Endpoint, info: i32) -> Result<String> {
    #[allow(non_upper_case_globals)]
    match info {
        SocketAddress => Ok(endpoint.address()),
        SocketPort => Ok(endpoint.port().to_string()),
        _ => Err(Error::invalid(format!(
            "{info} is nothing that can be told: give SocketAddress or SocketPort"
        ))),
    }
}
