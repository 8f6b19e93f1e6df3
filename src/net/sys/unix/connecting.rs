//! Connections that are being made.

use std::io;
use std::os::fd::AsRawFd;

/// A stream socket that connects without waiting.
pub fn connecting_socket(domain: socket2::Domain) -> io::Result<socket2::Socket> {
    socket2::Socket::new(domain, socket2::Type::STREAM.nonblocking(), None)
}

/// Makes it an ordinary blocking socket, in one system call where `fcntl` takes two.
pub fn make_blocking(socket: &socket2::Socket) -> io::Result<()> {
    let off: libc::c_int = 0;
    // SAFETY: FIONBIO reads one int, which lives through the call.
    match unsafe { libc::ioctl(socket.as_raw_fd(), libc::FIONBIO, &off) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Whether a connect that did not end at once is under way.
pub fn is_connecting(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EINPROGRESS)
}

/// Whether a connect that was begun has succeeded by now. Errors: how it failed.
///
/// To ask is to call `connect` again: with a peer on this machine the answer is there at once, and one
/// system call tells it where `poll` and SO_ERROR take two.
pub fn is_connected(socket: &socket2::Socket, peer: &socket2::SockAddr) -> io::Result<bool> {
    match socket.connect(peer) {
        Ok(()) => Ok(true),
        Err(error) => match error.raw_os_error() {
            Some(libc::EISCONN) => Ok(true),
            Some(libc::EALREADY | libc::EINPROGRESS | libc::EINTR) => Ok(false),
            _ => Err(error),
        },
    }
}
