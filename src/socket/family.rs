//! Which peers a UDP socket can talk to.

use std::net::{IpAddr, SocketAddr};

/// The address family of a socket, as its peers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
    /// IPv6, and IPv4 in the form of mapped addresses.
    Dual,
}

impl Family {
    /// The address in the form that a socket of this family takes, `None` if it cannot reach it.
    pub fn form(self, address: SocketAddr) -> Option<SocketAddr> {
        match (self, address.ip().to_canonical()) {
            (Family::V4, ip @ IpAddr::V4(_)) => Some((ip, address.port()).into()),
            (Family::Dual, IpAddr::V4(ip)) => Some((ip.to_ipv6_mapped(), address.port()).into()),
            (Family::V6 | Family::Dual, IpAddr::V6(_)) => Some(address),
            _ => None,
        }
    }
}
