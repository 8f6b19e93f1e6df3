//! Unix sockets, which this library has not on Windows.

use socket2::{SockAddr, Socket};
use std::io;
use std::path::Path;

/// The system's form of a name.
pub fn unix_address(_: &str) -> io::Result<SockAddr> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The name in the system's form.
pub fn unix_name(_: &SockAddr) -> Option<String> {
    None
}

/// The user and the process at the other end.
pub fn peer_credentials(_: &Socket) -> io::Result<(u32, i32)> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The file of a listening socket.
#[derive(Debug)]
pub struct SocketFile;

impl SocketFile {
    /// Binds a socket to a path.
    pub fn make(
        _: &Path,
        _: u32,
        _: &Socket,
        _: &SockAddr,
        _: &dyn Fn(&Socket) -> io::Result<()>,
    ) -> io::Result<SocketFile> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
