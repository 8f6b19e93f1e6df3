//! Taking a port.

use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;

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

/// Binds a socket that is to connect. Its port can serve other connections, as long as their peers differ: the one that it
/// is given here with SO_REUSEADDR, port 0 by choosing only when it connects.
pub fn bind_to_connect(socket: &socket2::Socket, address: &socket2::SockAddr) -> io::Result<()> {
    match address.as_socket().map_or(0, |own| own.port()) {
        #[cfg(target_os = "linux")]
        0 => choose_port_late(socket),
        _ => socket.set_reuse_address(true)?,
    }
    bind(socket, address)
}

/// Has the system choose a port when the peer is known. Linux before 4.2 cannot, and chooses at once.
#[cfg(target_os = "linux")]
fn choose_port_late(socket: &socket2::Socket) {
    let on: libc::c_int = 1;
    // SAFETY: the socket is open; the value is an int that lives through the call.
    unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_IP,
            libc::IP_BIND_ADDRESS_NO_PORT,
            std::ptr::from_ref(&on).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
}

/// How many clients may wait, as the system wants it told.
pub fn queue_length(wanted: i32) -> i32 {
    wanted
}
