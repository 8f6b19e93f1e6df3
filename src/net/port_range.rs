//! Ports one behind the other, as "5000-5010".

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

/// Ports from one to another, both of them included; neither is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    from: u16,
    to: u16,
}

impl PortRange {
    /// "5000-5010", or "5000" for one alone. `None` for another form.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let (from, to) = (port(from.trim())?, port(to.trim())?);
        (from <= to).then_some(PortRange { from, to })
    }

    /// Each of them once, beginning with any one, so that programs beside each other seldom ask for the same
    /// (RFC 6056, section 3.3.1).
    pub fn each(self) -> impl Iterator<Item = u16> {
        let count = u64::from(self.to - self.from) + 1;
        let start = RandomState::new().build_hasher().finish() % count;
        let start = self.from + start as u16; // less than `count`
        (start..=self.to).chain(self.from..start)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from == self.to {
            true => write!(f, "port {}", self.from),
            false => write!(f, "ports {} to {}", self.from, self.to),
        }
    }
}

/// Digits alone: `parse` would take a sign.
fn port(digits: &str) -> Option<u16> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        .then(|| digits.parse().ok())?
        .filter(|&port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ports_in_their_order_are_a_range() {
        for (text, from, to) in [
            ("5000-5010", 5000, 5010),
            ("5000", 5000, 5000),
            ("1-65535", 1, 65535),
            (" 7 - 9 ", 7, 9),
        ] {
            assert_eq!(
                PortRange::parse(text),
                Some(PortRange { from, to }),
                "{text}"
            );
        }
        for wrong in [
            "",
            "-",
            "0",
            "0-9",
            "9-8",
            "5000-",
            "-5000",
            "+1",
            "1-+2",
            "65536",
            "1-2-3",
            "a",
            "1,2",
            "99999999999999999999",
        ] {
            assert_eq!(PortRange::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn each_port_comes_once() {
        for (text, count) in [("7", 1), ("5000-5009", 10), ("1-65535", 65535)] {
            let mut all: Vec<_> = PortRange::parse(text).unwrap().each().collect();
            assert_eq!(all.len(), count);
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count);
        }
    }

    #[test]
    fn not_every_time_the_same_port_comes_first() {
        let all = PortRange::parse("1-65535").unwrap();
        let first: Vec<_> = (0..8).map(|_| all.each().next()).collect();
        assert!(first.iter().any(|port| *port != first[0]), "{first:?}");
    }
}
