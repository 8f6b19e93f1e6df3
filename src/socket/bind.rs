//! Taking a port of this machine.

use crate::error::{Code, Error, Result};
use crate::net::{self, Endpoint};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// Opens a socket on the first of the addresses that can be had, and tells its address. None means
/// all interfaces, IPv6 and IPv4 together (`dual`) where the machine has both.
///
/// `doing` is how a failure's text begins. Errors: ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE,
/// ACCESS_DENIED, LIMIT.
pub fn first(
    addresses: &[SocketAddr],
    port: u16,
    doing: &str,
    open: impl Fn(SocketAddr, bool) -> io::Result<socket2::Socket>,
) -> Result<(socket2::Socket, Endpoint)> {
    let everywhere = [
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)),
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
    ];
    let candidates = if addresses.is_empty() {
        &everywhere[..]
    } else {
        addresses
    };
    let mut failure = None;
    for &address in candidates {
        match open(address, addresses.is_empty()) {
            Ok(socket) => {
                let local = local(&socket)?;
                return Ok((socket, local));
            }
            Err(error) => {
                let what = format!("{doing} {}", Endpoint::from(address));
                failure = Some(refused(&error, &what));
                // A machine without IPv6 says one of these; then IPv4 alone is tried.
                let no_ipv6 = address.is_ipv6() && is_missing_family(&error);
                if addresses.is_empty() && !no_ipv6 {
                    break;
                }
            }
        }
    }
    Err(failure.unwrap_or_else(|| Error::new(Code::HostNotFound, "the host has no address")))
}

/// Why the system gives an address to no one here. Windows calls a port that another program has for
/// itself, or that is reserved, forbidden.
fn refused(error: &io::Error, what: &str) -> Error {
    let refused = Error::from_io(error, what);
    if !net::is_port_held(error) {
        return refused;
    }
    Error {
        code: Code::AddressInUse,
        text: format!(
            "{what}: another program has this port for itself, or Windows has reserved it (netsh interface ipv4 show excludedportrange tcp) ({error})"
        )
        .into(),
        ..refused
    }
}

/// The socket's own address.
pub fn local(socket: &socket2::Socket) -> Result<Endpoint> {
    let address = socket
        .local_addr()
        .map_err(|error| Error::from_io(&error, "asking for the socket's own address"))?;
    endpoint(&address)
}

/// An address that the system told.
pub fn endpoint(address: &socket2::SockAddr) -> Result<Endpoint> {
    Endpoint::from_system(address).ok_or_else(|| {
        Error::new(
            Code::System,
            "the system told an address that is neither IP nor Bluetooth",
        )
    })
}

fn is_missing_family(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    ) || net::is_family_missing(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(system: i32) -> Error {
        let open = |_, _| Err(io::Error::from_raw_os_error(system));
        first(&[], 80, "listening on", open).expect_err("no socket")
    }

    #[cfg(windows)]
    #[test]
    fn a_port_that_another_program_has_for_itself_is_in_use() {
        let error = refusal(10013); // WSAEACCES
        assert_eq!((error.code, error.system), (Code::AddressInUse, 10013));
        assert!(
            error
                .text
                .contains(":: port 80: another program has this port")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_port_for_privileged_users_is_access_denied() {
        let error = refusal(13); // EACCES
        assert_eq!((error.code, error.system), (Code::AccessDenied, 13));
        assert!(
            error
                .text
                .contains(":: port 80: this program may not do that")
        );
    }
}
