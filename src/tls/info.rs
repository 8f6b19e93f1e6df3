//! What SocketSSLInfo tells about a connection.

use super::{suites, text};
use crate::constants;
use openssl::ssl::SslRef;

/// A question about a TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslInfo {
    /// The version, such as `TLSv1.3`.
    Protocol,
    /// The cipher suite by its standard name, such as `TLS_AES_256_GCM_SHA384`.
    Cipher,
    /// The subject of the peer's certificate, `CN=till.example, O=Shop`.
    PeerSubject,
    /// Its issuer.
    PeerIssuer,
    /// Its SHA-256 fingerprint, `AB:CD:…`.
    PeerFingerprint,
    /// The last moment at which it is valid, `2026-11-22T15:20:05Z`.
    PeerNotAfter,
    /// The application protocol that both chose.
    Alpn,
    /// The key exchange, such as `X25519MLKEM768`.
    Group,
}

impl SslInfo {
    /// The question of a constant such as `SSLProtocol`; None for any other number.
    pub fn from_number(number: i32) -> Option<SslInfo> {
        Some(match number {
            constants::SSLProtocol => SslInfo::Protocol,
            constants::SSLCipher => SslInfo::Cipher,
            constants::SSLPeerSubject => SslInfo::PeerSubject,
            constants::SSLPeerIssuer => SslInfo::PeerIssuer,
            constants::SSLPeerFingerprint => SslInfo::PeerFingerprint,
            constants::SSLPeerNotAfter => SslInfo::PeerNotAfter,
            constants::SSLAlpn => SslInfo::Alpn,
            constants::SSLGroup => SslInfo::Group,
            _ => return None,
        })
    }
}

/// The answer; empty where the peer showed no certificate, no application protocol was chosen, or keys were
/// exchanged without a group.
pub(super) fn answer(ssl: &SslRef, question: SslInfo) -> String {
    let certificate = || ssl.peer_certificate();
    let found = match question {
        SslInfo::Protocol => Some(ssl.version_str().to_owned()),
        SslInfo::Cipher => ssl
            .current_cipher()
            .map(|cipher| cipher.standard_name().unwrap_or(cipher.name()).to_owned()),
        SslInfo::PeerSubject => certificate().map(|c| text::name(c.subject_name())),
        SslInfo::PeerIssuer => certificate().map(|c| text::name(c.issuer_name())),
        SslInfo::PeerFingerprint => certificate().map(|c| text::fingerprint(&c)),
        SslInfo::PeerNotAfter => certificate().map(|c| text::date(c.not_after())),
        SslInfo::Alpn => ssl
            .selected_alpn_protocol()
            .map(|name| text::printable(&String::from_utf8_lossy(name))),
        SslInfo::Group => suites::group(ssl),
    };
    found.unwrap_or_default()
}
