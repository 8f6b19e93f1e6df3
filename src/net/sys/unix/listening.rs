//! Taking a port.

use std::io;

/// Makes a listening port the socket's own (`unique`), or one that other programs may take too.
/// SO_REUSEADDR here means only that a server can start again at once after it stopped.
pub fn set_unique_address(socket: &socket2::Socket, unique: bool) -> io::Result<()> {
    if socket.r#type()? == socket2::Type::STREAM || !unique {
        socket.set_reuse_address(true)?;
    }
    socket.set_reuse_port(!unique)
}

/// Whether a bound port is the socket's own.
pub fn unique_address(socket: &socket2::Socket) -> io::Result<bool> {
    socket.reuse_port().map(|shared| !shared)
}

/// Binds a socket.
pub fn bind(socket: &socket2::Socket, address: &socket2::SockAddr) -> io::Result<()> {
    socket.bind(address)
}

/// Binds a socket that is to listen.
pub fn bind_to_listen(socket: &socket2::Socket, address: &socket2::SockAddr) -> io::Result<()> {
    bind(socket, address)
}

/// How many clients may wait, as the system wants it told.
pub fn queue_length(wanted: i32) -> i32 {
    wanted
}
