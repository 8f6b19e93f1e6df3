//! The addresses of a machine, this one or another.

use super::{Cancel, Deadline, Interface, resolve, sys};
use crate::error::{Error, Result};
use std::net::IpAddr;

/// The addresses of a machine, IPv4 before IPv6; an empty name is this one, whose addresses for other
/// machines come first. Waits for the name server until the deadline.
/// Errors: HOST_NOT_FOUND, TIMEOUT, LIMIT, INVALID_ARGUMENT (no host name).
pub fn addresses_of(machine: &str, deadline: &Deadline) -> Result<Vec<IpAddr>> {
    if machine.is_empty() {
        let all = sys::interfaces()
            .map_err(|error| Error::from_io(&error, "asking for the network interfaces"))?;
        return Ok(in_order(&all));
    }
    let found = resolve(machine, 0, deadline, &Cancel::default())?;
    let mut all: Vec<_> = found.iter().map(|address| address.ip()).collect();
    all.sort_by_key(IpAddr::is_ipv6); // stable: the system's order within a family
    Ok(all)
}

/// IPv4, then IPv6; of each those that other machines can use, then those of one wire, then loopback.
fn in_order(interfaces: &[Interface]) -> Vec<IpAddr> {
    let mut all: Vec<_> = interfaces
        .iter()
        .flat_map(|interface| interface.addresses.iter().copied())
        .collect();
    all.sort_by_key(|address| {
        let reach = match address {
            _ if address.is_loopback() => 2,
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
            is_loopback: name == "lo",
            addresses: parse(addresses),
        };
        let found = in_order(&[
            interface("lo", &["127.0.0.1", "::1"]),
            interface("eth0", &["fe80::1", "2001:db8::1", "192.0.2.7"]),
            interface("eth1", &["169.254.1.1", "198.51.100.1"]),
        ]);
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
