//! What a host is, as the user typed it: an address, or a name to look up.

use super::sys;
use crate::error::{Code, Error, Result};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

/// A host as it is looked up, sent to TLS servers and looked for in their certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    /// An IP address, with the zone behind `%` if one is given.
    Address(IpAddr, Option<&'a str>),
    /// A name, its labels in other scripts as A-labels (RFC 5890, section 2.3.2.1).
    Name(Cow<'a, str>),
}

impl<'a> Host<'a> {
    /// Reads what was typed. An IPv6 address may stand in brackets and have a zone (RFC 4007, section
    /// 11); an IPv4 address may be written in each of the forms of inet_aton(3): `127.1`, `0x7f.1`,
    /// `2130706433`. Names in other scripts become A-labels as UTS 46 maps them.
    /// Errors: INVALID_ARGUMENT (characters that no host name can have).
    pub fn parse(typed: &'a str) -> Result<Self> {
        if let Ok(ip) = typed.parse::<Ipv4Addr>() {
            return Ok(Host::Address(ip.into(), None));
        }
        let bare = typed
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(typed);
        let (address, zone) = match bare.split_once('%') {
            Some((address, zone)) if !zone.is_empty() => (address, Some(zone)),
            _ => (bare, None),
        };
        match address.parse() {
            Ok(ip @ IpAddr::V6(_)) => return Ok(Host::Address(ip, zone)),
            Ok(ip) if zone.is_none() => return Ok(Host::Address(ip, None)),
            _ => {}
        }
        let name = if typed.is_ascii() {
            Cow::Borrowed(typed)
        } else {
            let ascii = idna::domain_to_ascii(typed);
            Cow::Owned(ascii.map_err(|_| {
                Error::invalid(format!(
                    "\"{}\" is no host name: a character in it cannot be part of one",
                    typed.escape_debug()
                ))
            })?)
        };
        Ok(match numbers_and_dots(&name) {
            Some(ip) => Host::Address(ip.into(), None),
            None => Host::Name(name),
        })
    }
}

/// Whether a text can be a host name of at most so many bytes: no blanks, no control characters.
pub fn is_name(text: &str, longest: usize) -> bool {
    text.len() <= longest && text.bytes().all(|byte| byte > b' ' && byte != 0x7f)
}

/// An IPv4 address in the forms of inet_aton(3), which every resolver takes for one: one to four
/// numbers, decimal, octal or hexadecimal, the last of which fills what the others leave.
fn numbers_and_dots(text: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
    let (&last, first) = numbers.split_last()?;
    let room = 32_u32.checked_sub(8 * u32::try_from(first.len()).ok()?)?;
    if room == 0 || last.checked_shr(room).is_some_and(|rest| rest > 0) {
        return None;
    }
    let mut address = last;
    for (place, &byte) in (0..).zip(first) {
        address |= u32::from(u8::try_from(byte).ok()?) << (24 - 8 * place);
    }
    Some(Ipv4Addr::from(address))
}

/// A number as C writes it.
fn number(text: &str) -> Option<u32> {
    let (digits, base) = match text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    // from_str_radix would take a sign.
    let is_number = digits.starts_with(|first: char| first.is_digit(base));
    is_number.then(|| u32::from_str_radix(digits, base).ok())?
}

/// An address with its port, and the interface that its zone means.
/// Errors: HOST_NOT_FOUND (no such interface).
pub fn with_zone(ip: IpAddr, zone: Option<&str>, port: u16) -> Result<SocketAddr> {
    let (IpAddr::V6(ip), Some(zone)) = (ip, zone) else {
        return Ok((ip, port).into());
    };
    let index = match zone.parse() {
        Ok(index) => Some(index),
        Err(_) => sys::interfaces()
            .map_err(|error| Error::from_io(&error, "asking for the network interfaces"))?
            .into_iter()
            .find(|interface| interface.name == zone)
            .map(|interface| interface.index),
    };
    let index = index.ok_or_else(|| {
        Error::new(
            Code::HostNotFound,
            format!(
                "there is no network interface \"{}\" that is up on this machine, which is the zone of {ip}",
                zone.escape_debug()
            ),
        )
    })?;
    Ok(SocketAddrV6::new(ip, port, 0, index).into())
}

/// The address as it can be given back to this library: with its zone, where it has one, and IPv4
/// where it is an IPv4 peer of a dual-stack socket.
pub fn told(address: &SocketAddr) -> String {
    match address {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => {
            format!("{}%{}", v6.ip(), sys::zone_name(v6.scope_id()))
        }
        address => address.ip().to_canonical().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(typed: &str) -> Option<(String, Option<&str>)> {
        match Host::parse(typed).unwrap() {
            Host::Address(ip, zone) => Some((ip.to_string(), zone)),
            Host::Name(_) => None,
        }
    }

    #[test]
    fn numbers_are_addresses_in_every_form_that_resolvers_take() {
        for (typed, meant) in [
            ("127.0.0.1", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("127.0.1", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("0x7f.1", "127.0.0.1"),
            ("0X7F000001", "127.0.0.1"),
            ("0177.0.0.01", "127.0.0.1"),
            ("192.0.65535", "192.0.255.255"),
            ("10.16777215", "10.255.255.255"),
            ("4294967295", "255.255.255.255"),
            ("0", "0.0.0.0"),
            ("１２７。１", "127.0.0.1"),
        ] {
            assert_eq!(address(typed), Some((meant.into(), None)), "{typed}");
        }
        for name in [
            "256.1",
            "1.2.3.256",
            "127.1.",
            ".127.1",
            "1.2.3.4.5",
            "1..2",
            "08",
            "0x",
            "0xg",
            "+1",
            "4294967296",
            "1.16777216",
            "1.2.65536",
            "-1",
            "1e3",
            "deadbeef",
            "",
        ] {
            assert_eq!(address(name), None, "{name}");
        }
    }

    #[test]
    fn ipv6_addresses_may_have_brackets_and_zones() {
        for (typed, ip, zone) in [
            ("2001:db8::7", "2001:db8::7", None),
            ("[2001:db8:0::7]", "2001:db8::7", None),
            ("fe80::1%eth0", "fe80::1", Some("eth0")),
            ("[fe80::1%eth0]", "fe80::1", Some("eth0")),
        ] {
            assert_eq!(address(typed), Some((ip.into(), zone)), "{typed}");
        }
        assert_eq!(address("127.0.0.1%lo"), None);
        assert_eq!(address("[fe80::1"), None);
    }

    #[test]
    fn names_in_other_scripts_become_a_labels() {
        for (typed, name) in [
            ("Till.Example", "Till.Example"),
            ("_dmarc.till-.example", "_dmarc.till-.example"),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("bücher.example.", "xn--bcher-kva.example."),
            ("日本語。example", "xn--wgv71a119e.example"),
            ("straße.example", "xn--strae-oqa.example"),
        ] {
            assert_eq!(Host::parse(typed).unwrap(), Host::Name(name.into()));
        }
        for no_name in ["a\u{fffd}b", "xn--\u{e9}", "\u{200b}\u{301}.example"] {
            let error = Host::parse(no_name).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{no_name:?}");
        }
    }

    #[test]
    fn what_is_told_can_be_given_back() {
        let all = sys::interfaces().unwrap();
        let ip: IpAddr = "fe80::7".parse().unwrap();
        let there = with_zone(ip, Some(&all[0].index.to_string()), 80).unwrap();
        let text = told(&there);
        assert!(text.starts_with("fe80::7%"), "{text}");
        let Host::Address(ip, zone) = Host::parse(&text).unwrap() else {
            panic!("{text}")
        };
        assert_eq!(with_zone(ip, zone, 80).unwrap(), there);
        assert_eq!(with_zone(ip, Some(&all[0].name), 80).unwrap(), there);
        let error = with_zone(ip, Some("none here"), 80).unwrap_err();
        assert_eq!(error.code, Code::HostNotFound);
        assert!(error.text.contains("\"none here\""), "{error}");
    }
}
