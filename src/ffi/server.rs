//! Servers: listening, waiting for clients, taking them.

use super::arguments::{buffer, port_of, put_text, text};
use super::export::export;
use crate::constants::WDSOCKET_INFINITE;
use crate::error::{Code, Error, Result};
use crate::net::Deadline;
use crate::registry::Target;
use crate::socket::{self, Made, Socket};
use std::ffi::c_char;

/// How long SocketWaitForConnection waits by default: until a client comes, as in WLanguage.
const WAIT_TIME: i32 = WDSOCKET_INFINITE;

/// The length of a channel's name and its NUL.
const CHANNEL_NAME: usize = 18;

export! {
    /// Creates a server: a TCP socket that listens for clients (WLanguage: SocketCreate).
    ///
    /// For a *standard server* go on with SocketWaitForConnection and SocketAccept: each client becomes
    /// a socket of its own, a channel. For a *simplified server* (one client at a time) call SocketRead
    /// and SocketWrite on this very name: the first read takes the client.
    /// A host name is looked up, which takes at most 20 s; otherwise the call does not wait.
    ///
    /// @param name     the new socket's name, 1 to 255 bytes.
    /// @param port     1 to 65535; 0 takes any free one, which SocketLocalInfo tells.
    /// @param address  NULL or "" listens on all interfaces, IPv6 and IPv4 together where the machine
    ///                 has both; else an IPv4 or IPv6 address or a host name of this machine, or with port 0 a
    ///                 Unix socket: `unix:/path`, whose file has the mode `SocketFileMode`, or `unix:@name`; `systemd:`
    ///                 or `systemd:NAME` takes a socket that systemd has handed over (sd_listen_fds(3)).
    /// @return 1, or 0: NAME_IN_USE, ADDRESS_IN_USE (another program has the port),
    ///         ADDRESS_NOT_AVAILABLE, ACCESS_DENIED, HOST_NOT_FOUND, LIMIT, INVALID_ARGUMENT.
    ///
    ///     if (!SocketCreate("server", 5000, NULL)) show_error();
    ///     while (SocketWaitForConnection("server", WDSOCKET_DEFAULT)) start_thread();
    fn SocketCreate / SocketCreateId(name: &[u8], port: i32, address: *const c_char) -> Made {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let host = unsafe { text(address, "the address") }?;
        socket::listen(name, port_of(port, 0, &host)?, &host, None)
    }
}

export! {
    /// Waits until a client wants to connect to a server (WLanguage: SocketWaitForConnection).
    ///
    /// The client goes on waiting: SocketAccept takes it, SocketDeny sends it away. On a simplified
    /// server this is not needed. SocketClose from another thread ends the wait at once, and with it a loop
    /// like the one below (WLanguage page 3070006).
    ///
    /// @param name     a server.
    /// @param timeout  milliseconds; 0 does not wait, `WDSOCKET_INFINITE` and `WDSOCKET_DEFAULT` wait
    ///                 without limit.
    /// @return 1 when a client is waiting; 0 with TIMEOUT when none came (no error for the user of
    ///         WLanguage), 0 with NOT_FOUND, WRONG_KIND, CANCELLED, INVALID_ARGUMENT.
    ///
    ///     while (SocketWaitForConnection("server", WDSOCKET_DEFAULT))
    ///         serve_next();
    fn SocketWaitForConnection / SocketWaitForConnectionId(socket: &Socket, timeout: i32) -> () {
        let deadline = Deadline::from_timeout(timeout, WAIT_TIME)?;
        socket.kind()?.wait_for_connection(&deadline)
    }
}

export! {
    /// Takes the waiting client of a server as a new socket, its channel (WLanguage: SocketAccept).
    ///
    /// The channel has the server's transmission mode, tag and options. It lives on when the server is
    /// closed; close it with SocketClose. Never waits: call SocketWaitForConnection first.
    ///
    /// @param name      a server.
    /// @param channel   receives the channel's name: `C` and 16 lower-case hexadecimal digits.
    /// @param capacity  the size of that buffer, at least 18; a shorter one takes no client.
    /// @return the length of the channel's name (17), or NO_CONNECTION (none is waiting),
    ///         BUFFER_TOO_SMALL, CANCELLED (SocketClose in another thread), LIMIT (out of descriptors; the client goes on waiting), NOT_FOUND,
    ///         WRONG_KIND, INVALID_ARGUMENT, as `-code`.
    ///
    ///     char channel[32];
    ///     if (SocketAccept("server", channel, sizeof channel) > 0) start_thread(channel);
    ascii fn SocketAccept / _(socket: &Socket, channel: *mut c_char, capacity: i32) -> usize {
        // SAFETY: the caller keeps the header's promises about its pointers.
        let room = unsafe { buffer(channel.cast(), capacity) }?;
        if room.len() < CHANNEL_NAME {
            // Says what is missing, and takes nobody.
            room.iter_mut().take(1).for_each(|first| *first = 0);
            return Err(too_short(room.len()));
        }
        let entry = socket.accept(true)?;
        // SAFETY: as above.
        unsafe { put_text(channel, capacity, entry.name()) }
    }
}

export! {
    /// As `SocketAccept`, by id.
    ///
    /// @return the channel's id, or `-code`. The channel has no name.
    fn _ / SocketAcceptId(socket: &Socket) -> isize {
        Ok(socket.accept(false)?.id() as isize)
    }
}

export! {
    /// Sends a client away (WLanguage: SocketDeny).
    ///
    /// Of a server it takes the waiting client and closes its connection. Of a simplified server it drops the
    /// attached client where no other waits, or where a read has said that its bytes are no messages (BAD_FRAME,
    /// MESSAGE_TOO_LARGE), and the next SocketRead takes the next client. Of a channel, or any other connection,
    /// it does what SocketClose does (WLanguage page 3070010). Never waits.
    ///
    /// @param name  a server or a connection.
    /// @return 1, or 0: NO_CONNECTION (no client is waiting or attached), CANCELLED, NOT_FOUND, WRONG_KIND, LIMIT.
    ///
    ///     if (SocketWaitForConnection("server", 0) && clients >= 50)
    ///         SocketDeny("server");
    fn SocketDeny / SocketDenyId(target: Target) -> () {
        socket::deny(target)
    }
}

fn too_short(room: usize) -> Error {
    Error::new(
        Code::BufferTooSmall,
        format!(
            "a channel's name needs a buffer of {CHANNEL_NAME} bytes, this one has {room}; no client was taken"
        ),
    )
}
