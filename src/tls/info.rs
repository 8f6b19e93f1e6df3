//! What SocketSSLInfo tells about a connection.

use super::failure::from_openssl;
use super::{suites, text};
use crate::constants;
use crate::error::{Code, Error, Result};
use foreign_types::ForeignTypeRef;
use openssl::error::ErrorStack;
use openssl::ssl::{NameType, SslRef};
use openssl::x509::X509Ref;
use openssl_sys as ffi;

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
    /// The names in the peer's certificate, `till.example, 192.0.2.7`.
    PeerNames,
    /// Its serial number, `04D2`.
    PeerSerial,
    /// The first moment at which it is valid.
    PeerNotBefore,
    /// What the peer sent of its chain, as PEM.
    PeerChain,
    /// Whether an earlier session was taken up, `1` or `0`.
    Resumed,
    /// The server's name, as the client asked for it.
    ServerName,
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
            constants::SSLPeerNames => SslInfo::PeerNames,
            constants::SSLPeerSerial => SslInfo::PeerSerial,
            constants::SSLPeerNotBefore => SslInfo::PeerNotBefore,
            constants::SSLPeerChain => SslInfo::PeerChain,
            constants::SSLResumed => SslInfo::Resumed,
            constants::SSLServerName => SslInfo::ServerName,
            _ => return None,
        })
    }
}

/// The answer; empty where the peer showed no certificate, no application protocol was chosen, keys were
/// exchanged without a group, or the client asked for no name. Errors: LIMIT where there is no memory for it.
pub(super) fn answer(ssl: &SslRef, question: SslInfo) -> Result<String> {
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
        SslInfo::PeerNotBefore => certificate().map(|c| text::date(c.not_before())),
        SslInfo::PeerSerial => certificate().map(|c| text::serial(&c)),
        SslInfo::PeerNames => match certificate() {
            Some(certificate) => {
                afford(size(&certificate)?)?;
                Some(text::all_identities(&certificate))
            }
            None => None,
        },
        SslInfo::PeerChain => Some(chain(ssl)?),
        SslInfo::Alpn => ssl
            .selected_alpn_protocol()
            .map(|name| text::printable(&String::from_utf8_lossy(name))),
        SslInfo::Group => suites::group(ssl),
        SslInfo::Resumed => Some(u8::from(ssl.session_reused()).to_string()),
        SslInfo::ServerName => ssl
            .servername_raw(NameType::HOST_NAME)
            .map(|name| text::printable(&String::from_utf8_lossy(name))),
    };
    drop(ErrorStack::get());
    Ok(found.unwrap_or_default())
}

/// What the peer sent, its own certificate first; that one alone where a session was taken up whose ticket
/// holds no more.
fn chain(ssl: &SslRef) -> Result<String> {
    let Some(leaf) = ssl.peer_certificate() else {
        return Ok(String::new());
    };
    // A client's view of it begins with the server's own, a server's with what stands above the client's.
    let others = ssl.peer_cert_chain().into_iter().flatten();
    let others: Vec<&X509Ref> = others.filter(|other| **other != *leaf).collect();
    let mut pem = String::new();
    for certificate in std::iter::once::<&X509Ref>(&leaf).chain(others) {
        afford(size(certificate)?)?;
        let block = certificate.to_pem().map_err(|e| unreadable(&e))?;
        pem.try_reserve(block.len()).map_err(|_| no_memory())?;
        pem.push_str(&String::from_utf8_lossy(&block));
    }
    Ok(pem)
}

/// How large a certificate is: its sender chose it.
fn size(certificate: &X509Ref) -> Result<usize> {
    // SAFETY: the certificate is valid, and without a place to write to only the length is told.
    let size = unsafe { ffi::i2d_X509(certificate.as_ptr(), std::ptr::null_mut()) };
    usize::try_from(size).map_err(|_| unreadable(&ErrorStack::get()))
}

/// Whether there is memory for what is made of so many bytes: where there is none, asking for it here is no end
/// of the process.
fn afford(bytes: usize) -> Result<()> {
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(6 * bytes).map_err(|_| no_memory())
}

fn no_memory() -> Error {
    Error::new(
        Code::Limit,
        "there is no memory for the peer's certificates",
    )
}

fn unreadable(errors: &ErrorStack) -> Error {
    from_openssl(errors, "the peer's certificate cannot be written")
}
