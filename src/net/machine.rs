//! The addresses of a machine, this one or another.

use super::cancel::Cancel;
use super::deadline::Deadline;
use super::host;
use super::resolve::resolve;
use super::sys::{self, Interface};
use crate::error::{Error, Result};
use std::net::{IpAddr, SocketAddr, SocketAddrV6};

/// The addresses of a machine, IPv4 before IPv6, those of one wire with their zone; an empty name is this
/// one, whose addresses for other machines come first. Waits for the name server until the deadline.
/// Errors: HOST_NOT_FOUND, TIMEOUT, LIMIT, INVALID_ARGUMENT (no host name).
pub fn addresses_of(machine: &str, deadline: &Deadline) -> Result<Vec<String>> {
    if machine.is_empty() {
        let all = sys::interfaces()
            .map_err(|error| Error::from_io(&error, "asking for the network interfaces"))?;
        return Ok(in_order(&all).iter().map(host::told).collect());
    }
    let found = resolve(machine, 0, deadline, &Cancel::default())?;
    let mut all = found.to_vec();
    all.sort_by_key(SocketAddr::is_ipv6); // stable: the system's order within a family
    Ok(all.iter().map(host::told).collect())
}

/// IPv4, then IPv6; of each those that other machines can use, then those of one wire, then loopback.
fn in_order(interfaces: &[Interface]) -> Vec<SocketAddr> {
    let mut all = Vec::new();
    for interface in interfaces {
        all.extend(interface.addresses.iter().map(|&ip| match ip {
            IpAddr::V6(ip) if ip.is_unicast_link_local() => {
                SocketAddrV6::new(ip, 0, 0, interface.index).into()
            }
            ip => SocketAddr::new(ip, 0),
        }));
    }
    all.sort_by_key(|address| {
        let reach = match address.ip() {
            ip if ip.is_loopback() => 2,
            IpAddr::V4(ip) if ip.is_link_local() => 1,
            IpAddr::V6(ip) if ip.is_unicast_link_local() => 1,
            _ => 0,
        };
        (address.is_ipv6(), reach)
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv4_comes_first_and_of_each_family_what_other_machines_can_use() {
        let parse = |list: &[&str]| -> Vec<IpAddr> {
            list.iter().map(|text| text.parse().unwrap()).collect()
        };
        let interface = |name: &str, addresses: &[&str]| Interface {
            name: name.into(),
            index: 1,
            addresses: parse(addresses),
        };
        let found = in_order(&[
            interface("lo", &["127.0.0.1", "::1"]),
            interface("eth0", &["fe80::1", "2001:db8::1", "192.0.2.7"]),
            interface("eth1", &["169.254.1.1", "198.51.100.1"]),
        ]);
        let found: Vec<_> = found.iter().map(SocketAddr::ip).collect();
        let expected = [
            "192.0.2.7",
            "198.51.100.1",
            "169.254.1.1",
            "127.0.0.1",
            "2001:db8::1",
            "fe80::1",
            "::1",
        ];
        assert_eq!(found, parse(&expected));
    }
}
