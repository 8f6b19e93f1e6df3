//! The system's look-up of host names, with its reasons.

use crate::net::look_up_error::LookUpError;
use std::net::{SocketAddr, ToSocketAddrs};
use windows_sys::Win32::Networking::WinSock::{WSAHOST_NOT_FOUND, WSANO_DATA, WSATRY_AGAIN};

/// The addresses of a host, in the order in which the system prefers them. Waits as long as the system
/// sees fit.
pub fn look_up(host: &str, port: u16) -> Result<Vec<SocketAddr>, LookUpError> {
    match (host, port).to_socket_addrs() {
        Ok(found) => Ok(found.collect()),
        Err(error) => Err(match error.raw_os_error() {
            Some(WSATRY_AGAIN) => LookUpError::Later(error.to_string()),
            Some(WSAHOST_NOT_FOUND | WSANO_DATA) | None => LookUpError::Unknown(error.to_string()),
            Some(_) => LookUpError::System(error),
        }),
    }
}
