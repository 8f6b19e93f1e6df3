//! A part of the address space: an address with how many of its first bits count, as "192.0.2.0/24".

use std::net::{IpAddr, Ipv6Addr};

/// All addresses that begin with the same bits. One of IPv4 is told as one of IPv6 that is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    bits: u128,
    /// Of 128.
    length: u32,
}

impl Prefix {
    /// An address, perhaps with `/length`; without one all its bits count. `None` for another form.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|&length| length <= most)?
            }
            Some(_) => return None,
            None => most,
        };
        let length = 128 - most + length;
        Some(Prefix {
            bits: bits(address) & mask(length),
            length,
        })
    }

    /// Whether an address is one of them.
    pub fn holds(&self, address: IpAddr) -> bool {
        bits(address) & mask(self.length) == self.bits
    }
}

fn bits(address: IpAddr) -> u128 {
    let six: Ipv6Addr = match address {
        IpAddr::V4(four) => four.to_ipv6_mapped(),
        IpAddr::V6(six) => six,
    };
    six.to_bits()
}

fn mask(length: u32) -> u128 {
    u128::MAX.checked_shl(128 - length).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_a_prefix_or_not() {
        for (prefix, address, expected) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.9", "192.0.2.9", true),
            ("192.0.2.9", "::ffff:192.0.2.9", true),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/33", "2001:db8:8000::", false),
            ("::1", "::1", true),
        ] {
            let holds = Prefix::parse(prefix)
                .unwrap()
                .holds(address.parse().unwrap());
            assert_eq!(holds, expected, "{prefix} {address}");
        }
        for none in [
            "",
            "/8",
            "1.2.3.4/33",
            "::/129",
            "::/+1",
            "1.2.3.4/",
            "host",
            "1.2.3/8",
        ] {
            assert_eq!(Prefix::parse(none), None, "{none}");
        }
    }
}
