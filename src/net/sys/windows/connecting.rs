//! Connections that are being made.

use super::wait::wait_any;
use std::io;
use std::time::Duration;

/// Until the socket is asked again whether it is connected.
const MOMENT: Duration = Duration::from_millis(1);

/// A stream socket that connects without waiting.
pub fn connecting_socket(domain: socket2::Domain) -> io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Nothing to do: here sockets never block, their waits are calls of their own.
pub fn make_blocking(_: &socket2::Socket) -> io::Result<()> {
    Ok(())
}

/// Whether a connect that did not end at once is under way.
pub fn is_connecting(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

/// Whether a connect that was begun has succeeded by now. Errors: how it failed.
pub fn is_connected(socket: &socket2::Socket, _peer: &socket2::SockAddr) -> io::Result<bool> {
    if wait_any(&[socket], None, Some(Duration::ZERO))? != [true] {
        return Ok(false);
    }
    match socket.take_error()? {
        Some(error) => Err(error),
        // The system does not always keep the error.
        None => match socket.peer_addr() {
            // The driver has told of the connection a moment before the socket knows of it.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                std::thread::sleep(MOMENT);
                Ok(false)
            }
            peer => peer.map(|_| true),
        },
    }
}
