//! Multicast groups: which, and on which interface.

use super::family::Family;
use crate::error::{Code, Error, Result};
use crate::net::{self, Interface};
use socket2::{InterfaceIndexOrAddress, Socket};
use std::io;
use std::net::IpAddr;

/// What to do about a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Receive its datagrams from now on.
    Join,
    /// No longer receive them.
    Leave,
}

/// Joins or leaves a group. With an interface named, datagrams that the socket sends to groups leave
/// through it from then on: who listens to a network usually means to speak to it too.
pub fn apply(
    socket: &Socket,
    family: Family,
    change: Change,
    group: &str,
    interface: &str,
) -> Result<()> {
    let address = parse_group(group)?;
    let is_reached = match address {
        IpAddr::V4(_) => family != Family::V6,
        IpAddr::V6(_) => family != Family::V4,
    };
    if !is_reached {
        return Err(Error::invalid(format!(
            "the group {address} and the address of this socket are not of one family (IPv4, IPv6): create the socket with address NULL"
        )));
    }
    let through = match interface {
        "" => None,
        _ => {
            let all = net::interfaces()
                .map_err(|error| Error::from_io(&error, "asking for the network interfaces"))?;
            Some(net::find_interface(&all, interface)?.clone())
        }
    };
    change_membership(socket, change, address, through.as_ref())
        .map_err(|error| explain(&error, change, address, interface))
}

fn change_membership(
    socket: &Socket,
    change: Change,
    group: IpAddr,
    through: Option<&Interface>,
) -> io::Result<()> {
    let index = through.map_or(0, |interface| interface.index);
    let own = through.and_then(|interface| {
        interface
            .addresses
            .iter()
            .find_map(|address| match address {
                IpAddr::V4(address) => Some(address),
                IpAddr::V6(_) => None,
            })
    });
    // Every Windows takes an address of the interface, not every one its number.
    let which = match own {
        Some(address) if cfg!(windows) => InterfaceIndexOrAddress::Address(*address),
        _ => InterfaceIndexOrAddress::Index(index),
    };
    match (group, change) {
        (IpAddr::V4(group), Change::Join) => {
            socket.join_multicast_v4_n(&group, &which)?;
        }
        (IpAddr::V4(group), Change::Leave) => {
            socket.leave_multicast_v4_n(&group, &which)?;
        }
        (IpAddr::V6(group), Change::Join) => socket.join_multicast_v6(&group, index)?,
        (IpAddr::V6(group), Change::Leave) => socket.leave_multicast_v6(&group, index)?,
    }
    if through.is_none() || change == Change::Leave {
        return Ok(());
    }
    if group.is_ipv6() {
        return socket.set_multicast_if_v6(index);
    }
    own.map_or(Ok(()), |address| socket.set_multicast_if_v4(address))
}

fn parse_group(group: &str) -> Result<IpAddr> {
    let address: Option<IpAddr> = group.parse().ok();
    address.filter(IpAddr::is_multicast).ok_or_else(|| {
        Error::invalid(format!(
            "\"{}\" is no multicast group: give an address from 224.0.0.0 to 239.255.255.255 or one that begins with ff",
            group.escape_debug()
        ))
    })
}

fn explain(error: &io::Error, change: Change, group: IpAddr, interface: &str) -> Error {
    let place = match interface {
        "" => String::new(),
        _ => format!(" on {interface}"),
    };
    let told = |code, text: &str| Error::because(code, error, format!("{text} ({error})"));
    match (change, error.kind()) {
        (Change::Join, io::ErrorKind::AddrInUse) => told(
            Code::AddressInUse,
            &format!("this socket has joined the group {group}{place} already"),
        ),
        (Change::Leave, io::ErrorKind::AddrNotAvailable) => told(
            Code::AddressNotAvailable,
            &format!("this socket has not joined the group {group}{place}"),
        ),
        _ => Error::from_io(
            error,
            format_args!(
                "the multicast group {group}{place}, name an interface that has its family"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_multicast_addresses_are_groups() {
        for right in ["224.0.0.0", "239.255.255.255", "ff02::1", "FF0E::1234"] {
            parse_group(right).unwrap();
        }
        for wrong in [
            "",
            "223.255.255.255",
            "240.0.0.0",
            "fe80::1",
            "ff02::1%eth0",
            "239.1.2",
            "239.1.2.3.4",
            "239.1.2.256",
            " 239.1.2.3",
            "[ff02::1]",
            "ff02:::1",
            "host",
        ] {
            let error = parse_group(wrong).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{wrong}");
        }
    }
}
