//! Where a connection leaves from: this machine's own address or interface, and the ports that it may have
//! (SocketLocalAddress, SocketPortRange).
//!
//! It is bound to an address and not to a device: that needs no rights, is the same on every system, and is what
//! firewalls look at. Which way the packets take is for this machine's routes to say.

use super::endpoint::Endpoint;
use super::port_range::PortRange;
use super::{host, interface, sys};
use crate::error::{Code, Error, Result};
use std::borrow::Cow;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// The ports that Unix keeps for privileged programs, unless its owner says otherwise.
const PRIVILEGED: u16 = 1024;

/// This side of a connection that is to be made.
pub struct OwnEnd<'a> {
    /// Where it leaves from.
    pub origin: Origin,
    /// Sets the options of its socket, before the first packet leaves.
    pub configure: &'a dyn Fn(&socket2::Socket) -> io::Result<()>,
}

/// Where connections leave from.
#[derive(Debug, Default)]
pub struct Origin {
    /// As it was typed; empty where any address will do.
    typed: Box<str>,
    /// What it means, without ports.
    addresses: Vec<SocketAddr>,
    ports: Option<PortRange>,
}

/// What stands before the ports.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Anywhere,
    Address(IpAddr, Option<&'a str>),
    Interface(&'a str),
}

impl Origin {
    /// What the texts of SocketLocalAddress and SocketPortRange say; ports beside the address count before others.
    /// Errors: INVALID_ARGUMENT, ADDRESS_NOT_AVAILABLE or HOST_NOT_FOUND (no such interface), those of asking for the interfaces.
    pub fn of(address: &str, ports: &str) -> Result<Self> {
        if address.is_empty() && ports.is_empty() {
            return Ok(Self::default());
        }
        let (place, beside) = read(address)?;
        let ports = match beside {
            None if !ports.is_empty() => Some(range(ports)?),
            beside => beside,
        };
        let (typed, addresses) = match place {
            Place::Anywhere => (String::new(), Vec::new()),
            Place::Address(ip, zone) => (
                Endpoint::from(SocketAddr::new(ip, 0)).address(),
                vec![host::with_zone(ip.to_canonical(), zone, 0)?],
            ),
            Place::Interface(name) => (name.to_owned(), addresses_of(name)?),
        };
        Ok(Origin {
            typed: typed.into(),
            addresses,
            ports,
        })
    }

    /// Whether the texts can be read; interfaces may come later. Errors: INVALID_ARGUMENT.
    pub fn check_address(text: &str) -> Result<()> {
        read(text).map(drop)
    }

    /// Whether it is a range of ports. Errors: INVALID_ARGUMENT.
    pub fn check_ports(text: &str) -> Result<()> {
        match text {
            "" => Ok(()),
            _ => range(text).map(drop),
        }
    }

    /// Those of a host's addresses that are of the same family. Errors: UNREACHABLE (none is).
    pub fn fitting<'a>(&self, peers: &'a [SocketAddr]) -> Result<Cow<'a, [SocketAddr]>> {
        if self.addresses.is_empty() {
            return Ok(peers.into());
        }
        let fits = |peer: &&SocketAddr| self.own_address(**peer).is_some();
        let fitting: Vec<_> = peers.iter().filter(fits).copied().collect();
        if fitting.is_empty() && !peers.is_empty() {
            let has_v6 = self.addresses.iter().any(SocketAddr::is_ipv6);
            let (own, other) = match has_v6 {
                false => ("IPv4", "IPv6"),
                true => ("IPv6", "IPv4"),
            };
            return Err(Error::new(
                Code::Unreachable,
                format!(
                    "the host has only {other} addresses and {}, which SocketLocalAddress names, is one of {own}: name one of that family",
                    self.typed
                ),
            ));
        }
        Ok(fitting.into())
    }

    /// From where that peer is connected to; `None` where the system may choose.
    pub fn toward(&self, peer: SocketAddr) -> Option<Departure> {
        let own = self.own_address(peer);
        if own.is_none() && self.ports.is_none() {
            return None;
        }
        let anywhere = match peer {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let own = own.unwrap_or(SocketAddr::new(anywhere, 0));
        let own = match (own, peer) {
            // The family of the socket is that of the peer.
            (SocketAddr::V4(four), SocketAddr::V6(_)) => {
                SocketAddr::new(four.ip().to_ipv6_mapped().into(), 0)
            }
            _ => own,
        };
        Some(Departure {
            own,
            ports: self.ports,
        })
    }

    /// The one of the peer's family: of one wire for a peer of one wire, else one that other networks know.
    fn own_address(&self, peer: SocketAddr) -> Option<SocketAddr> {
        let peer = peer.ip().to_canonical();
        let of_family = || {
            let all = self.addresses.iter().copied();
            all.filter(|own| own.is_ipv4() == peer.is_ipv4())
        };
        let fits = |own: &SocketAddr| is_of_one_wire(own.ip()) == is_of_one_wire(peer);
        of_family().find(fits).or_else(|| of_family().next())
    }
}

/// An own address, and the ports that a connection from there may have.
#[derive(Debug)]
pub struct Departure {
    own: SocketAddr,
    ports: Option<PortRange>,
}

impl Departure {
    /// Each port that may be tried; 0 alone where the system may choose.
    pub fn ports(&self) -> Box<dyn Iterator<Item = u16>> {
        match self.ports {
            Some(ports) => Box::new(ports.each()),
            None => Box::new(std::iter::once(0)),
        }
    }

    /// Binds a socket that is to connect.
    pub fn bind(&self, socket: &socket2::Socket, port: u16) -> io::Result<()> {
        let own = self.at(port);
        if own.is_ipv6() && own.ip().to_canonical().is_ipv6() {
            // IPv4's ports are others then.
            socket.set_only_v6(true)?;
        }
        sys::bind_to_connect(socket, &own.into())
    }

    /// Whether another port may do, where binding failed.
    pub fn is_refused(&self, error: &io::Error) -> bool {
        use io::ErrorKind::{AddrInUse, PermissionDenied};
        self.ports.is_some() && matches!(error.kind(), AddrInUse | PermissionDenied)
    }

    /// Whether another port may do, where connecting failed: there is a connection between the same two ports already,
    /// perhaps one that has ended a moment ago.
    pub fn is_used(&self, error: &io::Error) -> bool {
        use io::ErrorKind::{AddrInUse, AddrNotAvailable};
        self.ports.is_some() && matches!(error.kind(), AddrInUse | AddrNotAvailable)
    }

    /// Why the socket cannot be bound there.
    pub fn failed(&self, error: &io::Error) -> Error {
        let own = Endpoint::from(self.own).address();
        match error.kind() {
            io::ErrorKind::AddrNotAvailable => told(
                Code::AddressNotAvailable,
                format!("this machine has no address {own}, which SocketLocalAddress names"),
                error,
            ),
            _ => Error::from_io(error, format_args!("connecting from {own}")),
        }
    }

    /// Why none of the ports can be had for the peer.
    pub fn none_left(&self, error: &io::Error, peer: SocketAddr) -> Error {
        let ports = match self.ports {
            Some(ports) => ports.to_string(),
            None => "ports".to_owned(),
        };
        if error.kind() == io::ErrorKind::PermissionDenied && !cfg!(windows) {
            let text = format!(
                "this program may have none of this machine's own {ports}, those below {PRIVILEGED} need more rights"
            );
            return told(Code::AccessDenied, text, error);
        }
        let text = format!(
            "none of this machine's own {ports} is free to connect to {} from: name more, or close connections that are \
             not needed, whose ports the system may hold for some minutes",
            Endpoint::from(peer)
        );
        told(Code::AddressInUse, text, error)
    }

    /// Why the peer cannot be reached, where it is for this address.
    pub fn no_way(&self, error: &io::Error, peer: SocketAddr) -> Option<Error> {
        let is_ours =
            error.kind() == io::ErrorKind::InvalidInput && !self.own.ip().is_unspecified();
        is_ours.then(|| {
            let text = format!(
                "{} cannot be reached from {}, which SocketLocalAddress names",
                Endpoint::from(peer),
                Endpoint::from(self.own).address()
            );
            told(Code::Unreachable, text, error)
        })
    }

    fn at(&self, port: u16) -> SocketAddr {
        let mut own = self.own;
        own.set_port(port);
        own
    }
}

/// What a text of SocketLocalAddress says. Errors: INVALID_ARGUMENT.
fn read(text: &str) -> Result<(Place<'_>, Option<PortRange>)> {
    let text = text.trim();
    if let Some(place) = address(text)? {
        return Ok((place, None));
    }
    let (own, ports) = match text.rsplit_once(':') {
        Some((own, ports)) => match PortRange::parse(ports) {
            Some(ports) => (own, Some(ports)),
            None => return Err(no_origin(text)),
        },
        None => (text, None),
    };
    let place = match address(own)? {
        Some(place) => place,
        None if own.is_empty() => Place::Anywhere,
        None if own.contains(['[', ']', '%', ':']) => return Err(no_origin(text)),
        None => Place::Interface(own),
    };
    Ok((place, ports))
}

/// An address, in brackets or without them, with its zone. Errors: INVALID_ARGUMENT (nobody's own).
fn address(text: &str) -> Result<Option<Place<'_>>> {
    let in_brackets = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let bare = in_brackets.unwrap_or(text);
    let (digits, zone) = match bare.split_once('%') {
        Some((digits, zone)) => (digits, Some(zone)),
        None => (bare, None),
    };
    let Ok(ip) = digits.parse::<IpAddr>() else {
        return Ok(None);
    };
    match (ip, zone) {
        // The ports are still behind it.
        (_, Some(zone)) if zone.contains(':') => Ok(None),
        (IpAddr::V4(_), Some(_)) | (_, Some("")) => Ok(None),
        (IpAddr::V4(_), _) if in_brackets.is_some() => Ok(None),
        _ if ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST) => {
            Err(Error::invalid(format!(
                "SocketLocalAddress takes an address of this machine, and {ip} is that of a group"
            )))
        }
        (IpAddr::V6(six), None) if six.is_unicast_link_local() => Err(Error::invalid(format!(
            "SocketLocalAddress takes {ip} with the network interface behind it, as in {ip}%eth0"
        ))),
        _ => Ok(Some(Place::Address(ip, zone))),
    }
}

fn no_origin(text: &str) -> Error {
    Error::invalid(format!(
        "SocketLocalAddress takes an address of this machine or one of its network interfaces, with ports behind it or not, \
         such as \"192.0.2.9\", \"[2001:db8::9]:5000-5010\", \"eth0:5000\" or \":5000-5010\", not \"{}\"",
        text.escape_debug()
    ))
}

/// A text of SocketPortRange. Errors: INVALID_ARGUMENT.
fn range(text: &str) -> Result<PortRange> {
    PortRange::parse(text).ok_or_else(|| {
        Error::invalid(format!(
            "SocketPortRange takes the first and the last port, such as \"5000-5010\", from 1 to 65535, not \"{}\"",
            text.escape_debug()
        ))
    })
}

/// The addresses of an interface. Errors: ADDRESS_NOT_AVAILABLE.
fn addresses_of(name: &str) -> Result<Vec<SocketAddr>> {
    let all = sys::interfaces()
        .map_err(|error| Error::from_io(&error, "asking for the network interfaces"))?;
    let found = interface::find(&all, name)?;
    if found.addresses.is_empty() {
        return Err(Error::new(
            Code::AddressNotAvailable,
            format!(
                "the network interface {name}, which SocketLocalAddress names, has no IP address"
            ),
        ));
    }
    let with_zone = |&ip: &IpAddr| match ip {
        IpAddr::V6(six) if six.is_unicast_link_local() => {
            SocketAddrV6::new(six, 0, 0, found.index).into()
        }
        ip => SocketAddr::new(ip, 0),
    };
    Ok(found.addresses.iter().map(with_zone).collect())
}

fn told(code: Code, text: String, error: &io::Error) -> Error {
    Error::because(code, error, format!("{text} ({error})"))
}

/// Whether an address is known on one wire alone.
fn is_of_one_wire(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(six) => six.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(text: &str) -> Option<PortRange> {
        Some(PortRange::parse(text).unwrap())
    }

    #[test]
    fn an_own_address_is_read_with_its_ports() {
        let ip = |text: &str| Place::Address(text.parse().unwrap(), None);
        for (text, place, range) in [
            ("", Place::Anywhere, None),
            (":5000-5010", Place::Anywhere, ports("5000-5010")),
            (":5000", Place::Anywhere, ports("5000")),
            ("192.0.2.9", ip("192.0.2.9"), None),
            (" 192.0.2.9:5000-5010 ", ip("192.0.2.9"), ports("5000-5010")),
            ("0.0.0.0", ip("0.0.0.0"), None),
            ("2001:db8::9", ip("2001:db8::9"), None),
            ("[2001:db8::9]", ip("2001:db8::9"), None),
            ("[2001:db8::9]:5000", ip("2001:db8::9"), ports("5000")),
            (
                "2001:db8::9:5000-5010",
                ip("2001:db8::9"),
                ports("5000-5010"),
            ),
            ("eth0", Place::Interface("eth0"), None),
            (
                "eth0:5000-5010",
                Place::Interface("eth0"),
                ports("5000-5010"),
            ),
            ("Ethernet 2", Place::Interface("Ethernet 2"), None),
            (
                "[fe80::1%eth0]:7",
                Place::Address("fe80::1".parse().unwrap(), Some("eth0")),
                ports("7"),
            ),
            (
                "fe80::1%eth0:7-8",
                Place::Address("fe80::1".parse().unwrap(), Some("eth0")),
                ports("7-8"),
            ),
        ] {
            assert_eq!(read(text).unwrap(), (place, range), "{text}");
        }
    }

    #[test]
    fn what_is_no_own_address_is_refused() {
        for wrong in [
            ":",
            "192.0.2.9:",
            "192.0.2.9:0",
            "192.0.2.9:9-8",
            "192.0.2.9:http",
            "192.0.2.9%eth0",
            "[192.0.2.9]:7",
            "[2001:db8::9",
            "2001:db8::9]",
            "[eth0]",
            "[]",
            "[]:7",
            "fe80::1",
            "fe80::1%",
            "[fe80::1%]:7",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
            "a:b:5000",
            "::1::2:3-4",
        ] {
            let error = read(wrong).expect_err(wrong);
            assert_eq!(error.code, Code::InvalidArgument, "{wrong}");
        }
    }

    #[test]
    fn the_own_address_is_of_the_peers_family_and_reach() {
        let own = |list: &[&str]| Origin {
            typed: "eth0".into(),
            addresses: list.iter().map(|text| text.parse().unwrap()).collect(),
            ports: None,
        };
        let eth0 = own(&[
            "169.254.0.1:0",
            "192.0.2.9:0",
            "[fe80::1%2]:0",
            "[2001:db8::9]:0",
        ]);
        for (peer, from) in [
            ("198.51.100.1:80", "192.0.2.9:0"),
            ("169.254.3.3:80", "169.254.0.1:0"),
            ("[2001:db8::1]:80", "[2001:db8::9]:0"),
            ("[fe80::2%2]:80", "[fe80::1%2]:0"),
            ("[::ffff:198.51.100.1]:80", "[::ffff:192.0.2.9]:0"),
        ] {
            let departure = eth0.toward(peer.parse().unwrap()).unwrap();
            assert_eq!(departure.own, from.parse().unwrap(), "{peer}");
        }
        let v4 = own(&["192.0.2.9:0"]);
        let peers: Vec<SocketAddr> = ["[::1]:80", "127.0.0.1:80"]
            .map(|t| t.parse().unwrap())
            .into();
        assert_eq!(&*v4.fitting(&peers).unwrap(), &peers[1..]);
        let error = v4.fitting(&peers[..1]).unwrap_err();
        assert_eq!(error.code, Code::Unreachable);
        assert!(v4.fitting(&[]).unwrap().is_empty());
        assert!(Origin::default().toward(peers[0]).is_none());
    }
}
