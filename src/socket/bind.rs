//! Taking a port of this machine.

use crate::error::{Code, Error, Result, is_family_missing, is_port_held};
use crate::net::Endpoint;
use std::borrow::Cow;
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
                failure = Some(refused(&error, address, doing));
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

/// The ports that Unix keeps for privileged programs, unless its owner says otherwise.
const PRIVILEGED: std::ops::Range<u16> = 1..1024;

/// Why the system does not give an address. Windows calls a port that another program has for itself, or
/// that is reserved, forbidden; port 0, any free one, is in use where none is free.
fn refused(error: &io::Error, address: SocketAddr, doing: &str) -> Error {
    let what = format!("{doing} {}", Endpoint::from(address));
    let refused = Error::from_io(error, &what);
    let (code, advice): (_, Cow<str>) = match refused.code {
        _ if is_port_held(error) => (Code::AddressInUse, holder(&address)),
        Code::AddressInUse if address.port() == 0 => (
            Code::Limit,
            "no port of this machine is free, close sockets that are not needed".into(),
        ),
        Code::AddressInUse if cfg!(windows) => (Code::AddressInUse, holder(&address)),
        Code::AccessDenied if cfg!(unix) && PRIVILEGED.contains(&address.port()) => (
            Code::AccessDenied,
            "this program may not do that, ports below 1024 need more rights".into(),
        ),
        _ => return refused,
    };
    Error::of_system(code, refused.system, format!("{what}: {advice} ({error})"))
}

/// Who has the port. Windows tells which process listens, where one does.
#[cfg(windows)]
fn holder(address: &SocketAddr) -> Cow<'static, str> {
    match crate::net::listening_process(address) {
        Ok(Some(process)) if process == std::process::id() => {
            "another socket of this process listens there".into()
        }
        // Process 0 is one that is not told.
        Ok(Some(process)) if process != 0 => {
            format!("the program with the process id {process} has this port for itself").into()
        }
        _ => "another program has this port for itself, or connections of an earlier server still hold it, or Windows has reserved it (netsh interface ipv4 show excludedportrange tcp)".into(),
    }
}

/// Who has the port.
#[cfg(not(windows))]
fn holder(_: &SocketAddr) -> Cow<'static, str> {
    "another program or socket uses this address and port".into()
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

/// The two ends of a connection, where it is one of IP.
pub fn ends(socket: &socket2::Socket) -> Option<(SocketAddr, SocketAddr)> {
    let us = socket.local_addr().ok()?.as_socket()?;
    let peer = socket.peer_addr().ok()?.as_socket()?;
    Some((us, peer))
}

fn is_missing_family(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    ) || is_family_missing(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(system: i32, port: u16) -> Error {
        let open = |_, _| Err(io::Error::from_raw_os_error(system));
        first(&[], port, "listening on", open).expect_err("no socket")
    }

    #[cfg(windows)]
    #[test]
    fn a_port_that_another_program_has_for_itself_is_in_use() {
        let error = refusal(10013, 80); // WSAEACCES
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
        let error = refusal(13, 80); // EACCES
        assert_eq!((error.code, error.system), (Code::AccessDenied, 13));
        assert!(error.text.contains(
            ":: port 80: this program may not do that, ports below 1024 need more rights"
        ));
        let error = refusal(13, 8080);
        assert_eq!(error.code, Code::AccessDenied);
        assert!(!error.text.contains("1024"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn no_free_port_is_a_limit_and_not_a_port_in_use() {
        assert_eq!(refusal(98, 0).code, Code::Limit); // EADDRINUSE
        assert_eq!(refusal(98, 80).code, Code::AddressInUse);
    }
}
