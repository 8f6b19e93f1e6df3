//! Descriptors: sockets that others made, and what the system is asked about ours.

use super::export::export;
use crate::error::Result;
use crate::socket::{self, Socket, SocketEntry};
use std::ffi::c_char;

export! {
    /// Takes over a socket that another part of the program made, or that it was started with.
    ///
    /// What it is the system tells: a listener becomes a server, standard or simplified, the end of a connection (TCP, Unix,
    /// Bluetooth) a connection, a bound UDP socket one of SocketCreateUDP. From then on it is this library's: let nobody else
    /// read it, write to it or close it; SocketClose does. It is set to wait, or not, as the library needs, and to be
    /// closed by exec; the defaults of SocketSetOption and SocketSetText count. SocketStartSSL puts a connection under TLS.
    /// Does not wait.
    ///
    /// @param name        the new socket's name, 1 to 255 bytes.
    /// @param descriptor  the descriptor, 0 or more. On an error it stays yours.
    /// @return 1, or 0: INVALID_ARGUMENT (no socket, or one that neither listens nor is connected nor is a bound one of UDP, or
    ///         one of this library already), NAME_IN_USE, NOT_SUPPORTED (Windows), LIMIT.
    ///
    ///     int ends[2];
    ///     socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    ///     if (!SocketFromDescriptor("child", ends[0])) show_error();
    fn SocketFromDescriptor / SocketFromDescriptorId(name: &[u8], descriptor: i32) -> SocketEntry {
        socket::from_descriptor(name, descriptor)
    }
}

export! {
    /// Tells the descriptor of a socket, on Windows the handle of which 32 bits count, for what this library has no function for:
    /// options of the system, or what the kernel tells of it.
    ///
    /// Ask it and set its options; do not read, write, close or change how it waits. It counts until SocketClose, after which
    /// the system gives the number to others. Does not wait.
    ///
    /// @param name  a connection, a server or a UDP socket. (A watch has SocketWatchHandle.)
    /// @return the descriptor, 0 or more; or NOT_FOUND, NO_CONNECTION (still connecting), WRONG_KIND (a watch), INVALID_ARGUMENT, as
    ///         `-code`.
    ///
    ///     int urgent = 46 << 2;
    ///     setsockopt((int)SocketDescriptor("till"), IPPROTO_IP, IP_TOS, &urgent, sizeof urgent);
    fn SocketDescriptor / SocketDescriptorId(socket: &Socket) -> isize {
        socket.kind()?.descriptor()
    }
}
