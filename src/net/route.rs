//! Why the system sends nothing to an address, in words that fit: its own numbers are made for other calls.

use super::endpoint::Endpoint;
use crate::error::{Code, Error};
use socket2::{Domain, SockAddr, Type};
use std::io;
use std::net::SocketAddr;

/// The error of a connection or a datagram that the system did not send on its way. `doing` is how its text
/// begins, such as "sending to 192.0.2.7 port 80".
pub fn refusal(error: &io::Error, to: SocketAddr, doing: &str) -> Error {
    let told =
        |code, advice: &str| Error::because(code, error, format!("{doing}: {advice} ({error})"));
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::NetworkUnreachable if lacks_zone(to) => told(
            Code::InvalidArgument,
            "that address exists in every network, so it needs the network interface behind it, as in fe80::1%eth0",
        ),
        io::ErrorKind::InvalidInput => told(
            Code::Unreachable,
            "a route of this machine drops what goes there",
        ),
        io::ErrorKind::PermissionDenied if !cfg!(windows) => told(
            Code::AccessDenied,
            "a route or a rule of this machine forbids it",
        ),
        io::ErrorKind::AddrNotAvailable if has_way(to) => told(
            Code::Limit,
            "no port of this machine is free for it, close connections that are not needed",
        ),
        io::ErrorKind::AddrNotAvailable => told(
            Code::Unreachable,
            "this machine has no address from which that one can be reached",
        ),
        // Windows' word for a machine without free ports.
        io::ErrorKind::AddrInUse => told(
            Code::Limit,
            "no port of this machine is free for it, close connections that are not needed",
        ),
        _ => Error::from_io(error, doing),
    }
}

/// Whether it is an address of one network whose interface is not told.
fn lacks_zone(address: SocketAddr) -> bool {
    match address {
        SocketAddr::V6(six) => six.ip().is_unicast_link_local() && six.scope_id() == 0,
        SocketAddr::V4(_) => false,
    }
}

/// Whether this machine has a route there and an address to send from. UDP needs the same of both as TCP
/// does, and a port out of another set; nothing is sent.
pub fn has_way(to: SocketAddr) -> bool {
    let probe = socket2::Socket::new(Domain::for_address(to), Type::DGRAM, None);
    // A port that is surely none to listen on: the discard port.
    let to = SocketAddr::new(to.ip(), 9);
    probe.is_ok_and(|probe| probe.connect(&SockAddr::from(to)).is_ok())
}

/// The first of some addresses, for a text: "192.0.2.1 port 80, 192.0.2.2 port 80 and 3 more".
pub fn some_of(addresses: &[SocketAddr]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<_> = addresses
        .iter()
        .take(SHOWN)
        .map(|&address| Endpoint::from(address).to_string())
        .collect();
    let shown = shown.join(", ");
    match addresses.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    fn code(error: i32, to: &str) -> Code {
        let error = io::Error::from_raw_os_error(error);
        let told = refusal(&error, to.parse().unwrap(), "connecting");
        assert!(told.text.starts_with("connecting: "), "{told}");
        assert!(!told.text.contains("1024"), "{told}");
        told.code
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_system_says_of_a_route_is_put_in_the_right_words() {
        let there = "127.0.0.1:80";
        assert_eq!(code(libc::EINVAL, there), Code::Unreachable);
        for lost in [libc::EINVAL, libc::ENETUNREACH] {
            assert_eq!(code(lost, "[fe80::1]:80"), Code::InvalidArgument);
        }
        assert_eq!(code(libc::EINVAL, "[fe80::1%2]:80"), Code::Unreachable);
        for forbidden in [libc::EACCES, libc::EPERM] {
            assert_eq!(code(forbidden, there), Code::AccessDenied);
        }
        assert_eq!(code(libc::EADDRNOTAVAIL, there), Code::Limit);
        assert_eq!(code(libc::ENETUNREACH, there), Code::Unreachable);
        assert_eq!(code(libc::EMFILE, there), Code::Limit);
    }

    #[test]
    fn a_host_of_many_addresses_makes_a_short_text() {
        let address = |last| SocketAddr::from(([192, 0, 2, last], 80));
        let all: Vec<_> = (1..=200).map(address).collect();
        assert_eq!(some_of(&all[..2]), "192.0.2.1 port 80, 192.0.2.2 port 80");
        assert!(some_of(&all).ends_with("192.0.2.4 port 80 and 196 more"));
        assert_eq!(some_of(&[]), "");
    }
}
