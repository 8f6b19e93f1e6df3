//! The protocol versions that may be negotiated.

use super::peer::Peer;
use crate::constants::{ProtocolTLS1, ProtocolTLS1_1, ProtocolTLS1_2, ProtocolTLS1_3};
use openssl::ssl::{SslOptions, SslVersion};

/// A set of TLS versions, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protocols(i32);

/// Option bit, OpenSSL's version, OpenSSL's bit that leaves it out, name; the oldest first.
fn versions() -> [(i32, SslVersion, SslOptions, &'static str); 4] {
    [
        (
            ProtocolTLS1,
            SslVersion::TLS1,
            SslOptions::NO_TLSV1,
            "TLS 1.0",
        ),
        (
            ProtocolTLS1_1,
            SslVersion::TLS1_1,
            SslOptions::NO_TLSV1_1,
            "TLS 1.1",
        ),
        (
            ProtocolTLS1_2,
            SslVersion::TLS1_2,
            SslOptions::NO_TLSV1_2,
            "TLS 1.2",
        ),
        (
            ProtocolTLS1_3,
            SslVersion::TLS1_3,
            SslOptions::NO_TLSV1_3,
            "TLS 1.3",
        ),
    ]
}

impl Protocols {
    /// The versions of these options, of which there is one at least.
    pub fn new(bits: i32) -> Self {
        Protocols(bits)
    }

    /// The oldest version asked for.
    pub fn oldest(self) -> SslVersion {
        let mut all = versions().into_iter();
        all.find(|v| self.0 & v.0 != 0)
            .map_or(SslVersion::TLS1_2, |v| v.1)
    }

    /// The newest version asked for.
    pub fn newest(self) -> SslVersion {
        let mut all = versions().into_iter().rev();
        all.find(|v| self.0 & v.0 != 0)
            .map_or(SslVersion::TLS1_3, |v| v.1)
    }

    /// Whether this version is asked for.
    pub fn includes(self, version: SslVersion) -> bool {
        let mut all = versions().into_iter();
        all.any(|v| v.1 == version && self.0 & v.0 != 0)
    }

    /// OpenSSL's bits for the versions that are not asked for, towards that peer. A range alone cannot
    /// express a gap. A server can leave one; a client of OpenSSL's offers nothing above it, so it
    /// offers the versions in between, and what ends on one of them is refused.
    pub fn left_out(self, peer: Peer) -> SslOptions {
        let asked = |v: &(i32, _, _, _)| self.0 & v.0 != 0;
        let all = versions();
        let first = all.iter().position(asked).unwrap_or(0);
        let last = all.iter().rposition(asked).unwrap_or(all.len());
        all.into_iter()
            .enumerate()
            .filter(|(i, v)| !asked(v) && (peer == Peer::Client || !(first..=last).contains(i)))
            .fold(SslOptions::empty(), |bits, (_, v)| bits | v.2)
    }

    /// Whether TLS 1.0 or 1.1 is asked for, which OpenSSL allows at security level 0 only.
    pub fn legacy(self) -> bool {
        self.0 & (ProtocolTLS1 | ProtocolTLS1_1) != 0
    }

    /// The newest version asked for among those that `offers` says yes to, numbers such as 0x0303.
    pub fn newest_of(self, offers: impl Fn(u16) -> bool) -> Option<u16> {
        (0x0301..)
            .zip(versions())
            .filter(|(number, v)| self.0 & v.0 != 0 && offers(*number))
            .map(|(number, _)| number)
            .last()
    }

    /// The oldest version as it stands in a record, such as 0x0303.
    pub fn oldest_on_the_wire(self) -> u16 {
        let mut wire = (0x0301..).zip(versions());
        wire.find(|(_, v)| self.0 & v.0 != 0)
            .map_or(0x0303, |(number, _)| number)
    }

    /// "TLS 1.2, TLS 1.3".
    pub fn names(self) -> String {
        versions()
            .into_iter()
            .filter(|v| self.0 & v.0 != 0)
            .map(|v| v.3)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_leaves_a_gap_and_a_client_what_is_outside() {
        let p = Protocols::new(ProtocolTLS1 | ProtocolTLS1_2);
        assert_eq!(
            (p.oldest(), p.newest()),
            (SslVersion::TLS1, SslVersion::TLS1_2)
        );
        assert_eq!(
            p.left_out(Peer::Client),
            SslOptions::NO_TLSV1_1 | SslOptions::NO_TLSV1_3
        );
        assert_eq!(p.left_out(Peer::Server), SslOptions::NO_TLSV1_3);
        assert!(p.includes(SslVersion::TLS1_2) && !p.includes(SslVersion::TLS1_1));
        assert!(p.legacy());
        assert_eq!(p.newest_of(|_| true), Some(0x0303));
        assert_eq!(p.newest_of(|number| number <= 0x0302), Some(0x0301));
        assert_eq!(p.newest_of(|number| number == 0x0302), None);
    }
}
