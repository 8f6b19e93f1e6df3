//! From OpenSSL's reasons to sentences that say what to do.

use super::peer::Peer;
use super::protocols::Protocols;
use super::text;
use crate::error::{Code, Error};
use openssl::error::ErrorStack;
use openssl::ssl::{Error as SslError, ErrorCode, SslVersion};
use openssl::x509::X509Ref;
use std::ffi::c_int;

/// What is known about a connection whose TLS failed.
pub(super) struct Situation<'a> {
    pub peer: Peer,
    pub protocols: Protocols,
    /// The first bytes that the peer sent.
    pub first: &'a [u8],
    /// Why the peer's certificate was refused here.
    pub refusal: Option<String>,
    pub handshake_done: bool,
}

// openssl/sslerr.h
const BAD_LENGTH_OF_RECORD: i32 = 198;
const HTTPS_PROXY_REQUEST: i32 = 155;
const HTTP_REQUEST: i32 = 156;
const CERTIFICATE_VERIFY_FAILED: i32 = 134;
const NO_CIPHERS_AVAILABLE: i32 = 181;
const NO_PROTOCOLS_AVAILABLE: i32 = 191;
const NO_SHARED_CIPHER: i32 = 193;
const NO_CERTIFICATE_RETURNED: i32 = 199;
const NO_APPLICATION_PROTOCOL: i32 = 235;
const UNKNOWN_PROTOCOL: i32 = 252;
const UNSUPPORTED_PROTOCOL: i32 = 258;
const WRONG_SSL_VERSION: i32 = 266;
const WRONG_VERSION_NUMBER: i32 = 267;
const UNEXPECTED_EOF: i32 = 294;
const VERSION_TOO_LOW: i32 = 396;
const OLD_RENEGOTIATION: i32 = 338;
const DH_KEY_TOO_SMALL: i32 = 394;
const NO_SUITABLE_SIGNATURE: i32 = 118;
const NO_SHARED_SIGNATURES: i32 = 376;
const WRONG_SIGNATURE_TYPE: i32 = 370;
const NO_SUITABLE_KEY_SHARE: i32 = 101;
const NO_SUITABLE_GROUPS: i32 = 295;
const NO_SHARED_GROUPS: i32 = 410;
const CA_KEY_TOO_SMALL: i32 = 397;
const CA_MD_TOO_WEAK: i32 = 398;
const EE_KEY_TOO_SMALL: i32 = 399;
const UNKNOWN_CERTIFICATE_TYPE: i32 = 247;
/// Reasons above this are alerts that the peer sent (RFC 8446 section 6).
const ALERTS: i32 = 1000;
/// openssl/err.h
const ERR_LIB_SSL: i32 = 20;
/// What this library itself puts into OpenSSL's queue.
const ERR_LIB_USER: i32 = 128;

const TOO_WEAK: &str = "is too weak for TLS 1.2 and newer: RSA needs 2048 bits, EC 224, and a signature SHA-256 or better; have a new one made";

/// Whether OpenSSL found no memory.
pub(super) fn is_shortage(errors: &ErrorStack) -> bool {
    let said = |e: &openssl::error::Error| e.reason() == Some("malloc failure");
    errors.errors().iter().any(said)
}

/// Notes in OpenSSL's queue that there was no memory.
pub(super) fn put_shortage() {
    /// openssl/err.h
    const ERR_LIB_CRYPTO: c_int = 15;
    const ERR_R_MALLOC_FAILURE: c_int = 256 | 3 << 18;
    // SAFETY: an error without a text may be put there at any time.
    unsafe {
        openssl_sys::ERR_new();
        openssl_sys::ERR_set_error(ERR_LIB_CRYPTO, ERR_R_MALLOC_FAILURE, std::ptr::null());
    }
}

/// OpenSSL's own words for the end of a sentence; nothing where it has none.
pub(super) fn in_brackets(errors: &ErrorStack) -> String {
    match errors.errors() {
        [] => String::new(),
        _ => format!(" (OpenSSL: {errors})"),
    }
}

/// An error of OpenSSL in which no peer had a part.
pub(super) fn from_openssl(errors: &ErrorStack, doing: &str) -> Error {
    let code = match is_shortage(errors) {
        true => Code::Limit,
        false => Code::Internal,
    };
    Error::new(code, format!("{doing}{}", in_brackets(errors)))
}

/// What the owner of a private key outside said, where that is the reason.
fn owner_of_key(errors: &[openssl::error::Error]) -> Option<String> {
    let is_ours = |error: &&openssl::error::Error| error.library_code() == ERR_LIB_USER;
    let error = errors.iter().find(is_ours)?;
    error.data().map(str::to_owned)
}

/// Why OpenSSL does not take our own certificate and its key.
pub(super) fn own_certificate(certificate: &X509Ref, errors: &ErrorStack) -> Error {
    let is = |reasons: &[i32]| {
        let mut all = errors.errors().iter();
        all.any(|e| e.library_code() == ERR_LIB_SSL && reasons.contains(&e.reason_code()))
    };
    let what = if is(&[EE_KEY_TOO_SMALL, CA_KEY_TOO_SMALL, CA_MD_TOO_WEAK]) {
        TOO_WEAK
    } else if is(&[UNKNOWN_CERTIFICATE_TYPE]) {
        "has a key of a kind that TLS cannot use: have one made for a key of RSA, EC or Ed25519"
    } else {
        "cannot be used: have a new one made"
    };
    let subject = text::name(certificate.subject_name());
    Error::new(
        Code::Certificate,
        format!(
            "the certificate \"{subject}\" {what}{}",
            in_brackets(errors)
        ),
    )
}

/// The error that a caller sees.
pub(super) fn explain(error: &SslError, situation: &Situation<'_>) -> Error {
    let peer = situation.peer.name();
    let errors = error
        .ssl_error()
        .map(ErrorStack::errors)
        .unwrap_or_default();
    let cause = errors
        .iter()
        .find(|e| e.library_code() == ERR_LIB_SSL)
        .or(errors.first());
    let reason = cause
        .filter(|e| e.library_code() == ERR_LIB_SSL)
        .map_or(0, openssl::error::Error::reason_code);
    let said = cause.and_then(|e| e.reason()).unwrap_or("no reason given");

    if reason == UNEXPECTED_EOF || error.code() == ErrorCode::SYSCALL {
        return Error::new(
            Code::Lost,
            if situation.handshake_done {
                format!(
                    "the {peer} ended the connection without TLS's close_notify: the last message may be cut"
                )
            } else {
                format!("the {peer} ended the connection in the middle of the TLS handshake")
            },
        );
    }
    if let Some(refusal) = &situation.refusal {
        return Error::new(Code::TlsCertificate, refusal.clone());
    }
    if (ALERTS..ALERTS + 256).contains(&reason) {
        return alert(reason - ALERTS, said, situation);
    }
    if let Some(why) = owner_of_key(errors) {
        return Error::new(Code::Certificate, why);
    }
    let (code, text) = match reason {
        CERTIFICATE_VERIFY_FAILED => (
            Code::TlsCertificate,
            format!("the {peer}'s certificate could not be checked"),
        ),
        NO_CERTIFICATE_RETURNED => (
            Code::TlsCertificate,
            format!("the {peer} showed no certificate, which SSLVerifyClient requires"),
        ),
        HTTP_REQUEST | HTTPS_PROXY_REQUEST => (
            Code::TlsProtocol,
            format!("the {peer} spoke plain HTTP to a TLS port"),
        ),
        UNSUPPORTED_PROTOCOL | VERSION_TOO_LOW | WRONG_SSL_VERSION => {
            (Code::TlsProtocol, versions(situation))
        }
        WRONG_VERSION_NUMBER | UNKNOWN_PROTOCOL | BAD_LENGTH_OF_RECORD
            if !situation.handshake_done =>
        {
            (Code::TlsProtocol, not_tls(situation))
        }
        NO_SHARED_CIPHER => (
            Code::TlsProtocol,
            format!(
                "the {peer} offered no cipher suite that is allowed here and fits the certificate"
            ),
        ),
        NO_CIPHERS_AVAILABLE | NO_PROTOCOLS_AVAILABLE => (
            Code::TlsProtocol,
            format!(
                "SSLCipherList leaves no cipher suite that is strong enough and fits the versions allowed here ({})",
                situation.protocols.names()
            ),
        ),
        NO_SUITABLE_GROUPS => (
            Code::TlsProtocol,
            format!(
                "SSLGroups leaves no key exchange that fits the versions allowed here ({})",
                situation.protocols.names()
            ),
        ),
        NO_SUITABLE_KEY_SHARE | NO_SHARED_GROUPS => (
            Code::TlsProtocol,
            format!("the {peer} offered no key exchange that is allowed here (SSLGroups)"),
        ),
        NO_APPLICATION_PROTOCOL => (
            Code::TlsProtocol,
            format!("the {peer} offered none of the application protocols in SSLAlpn"),
        ),
        OLD_RENEGOTIATION => (
            Code::TlsProtocol,
            format!(
                "the {peer} is too old for safe TLS (RFC 5746); ProtocolTLS1 among the options admits it"
            ),
        ),
        NO_SHARED_SIGNATURES | NO_SUITABLE_SIGNATURE => (
            Code::TlsProtocol,
            format!(
                "the {peer} offered no signature that is allowed here (SSLSignatures), strong enough and fits the certificate; SSLCipherList with @SECLEVEL=0 at its end admits weak ones"
            ),
        ),
        WRONG_SIGNATURE_TYPE => (
            Code::TlsProtocol,
            format!("the {peer} signs only in ways that are not allowed here (SSLSignatures)"),
        ),
        DH_KEY_TOO_SMALL => (
            Code::TlsProtocol,
            format!(
                "the {peer} can only do cryptography that is too weak; SSLCipherList with @SECLEVEL=0 at its end admits it"
            ),
        ),
        EE_KEY_TOO_SMALL | CA_KEY_TOO_SMALL | CA_MD_TOO_WEAK => (
            Code::Certificate,
            format!("this side's own certificate {TOO_WEAK}"),
        ),
        _ if situation.handshake_done => (
            Code::TlsProtocol,
            format!("the {peer} sent something that is not valid TLS"),
        ),
        _ if plain_text(situation.first).is_some() => (Code::TlsProtocol, not_tls(situation)),
        _ => (
            Code::TlsProtocol,
            format!("the TLS handshake with the {peer} failed"),
        ),
    };
    Error::new(code, format!("{text} (OpenSSL: {said})"))
}

/// What an alert of the peer means (RFC 8446 section 6.2).
fn alert(number: i32, said: &str, situation: &Situation<'_>) -> Error {
    let peer = situation.peer.name();
    let (code, text) = match number {
        116 => (
            Code::TlsCertificate,
            format!("the {peer} requires a certificate from this side and got none"),
        ),
        42 | 43 | 46 => (
            Code::TlsCertificate,
            format!("the {peer} refused this side's certificate"),
        ),
        44 => (
            Code::TlsCertificate,
            format!("the {peer} refused this side's certificate because it is revoked"),
        ),
        45 => (
            Code::TlsCertificate,
            format!("the {peer} refused this side's certificate because it expired"),
        ),
        48 => (
            Code::TlsCertificate,
            format!(
                "the {peer} refused this side's certificate because it does not know the authority that issued it"
            ),
        ),
        49 => (
            Code::TlsCertificate,
            format!("the {peer} accepts this side's certificate but gives it no access"),
        ),
        70 => (Code::TlsProtocol, versions(situation)),
        40 if !situation.handshake_done => (
            Code::TlsProtocol,
            format!(
                "the {peer} found nothing in common in the handshake: \
                 no version ({} here), cipher suite or key exchange that both allow, or it requires a certificate from this side",
                situation.protocols.names()
            ),
        ),
        112 => (
            Code::TlsProtocol,
            format!("the {peer} does not know the server name that was sent"),
        ),
        120 => (
            Code::TlsProtocol,
            format!("the {peer} supports none of the application protocols (SSLAlpn)"),
        ),
        _ => (
            Code::TlsProtocol,
            format!("the {peer} ended TLS with an alert"),
        ),
    };
    Error::new(code, format!("{text} (alert {number}, OpenSSL: {said})"))
}

/// The sentence for two sides without a version in common.
fn versions(situation: &Situation<'_>) -> String {
    let ours = situation.protocols.names();
    let peer = situation.peer.name();
    if let Some((number, name, option)) = version_in(situation.first)
        && number < situation.protocols.oldest_on_the_wire()
    {
        let way = match option {
            Some("ProtocolTLS1_2") => "ProtocolTLS1_2 among the options admits it".into(),
            Some(option) => format!("{option} among the options admits it, with weaker security"),
            None => "it cannot be admitted".into(),
        };
        return format!(
            "the {peer} offers only {name}, which is older than what is allowed here ({ours}); {way}"
        );
    }
    let has = |version| situation.protocols.includes(version);
    let hint = match (has(SslVersion::TLS1_2), has(SslVersion::TLS1_3)) {
        (true, true) if situation.protocols.legacy() => "",
        (true, true) => {
            "; if it is an old machine, ProtocolTLS1 or ProtocolTLS1_1 among the options may admit it"
        }
        (false, true) => "; ProtocolTLS1_2 among the options may admit it",
        (true, false) => "; ProtocolTLS1_3 among the options may admit it",
        (false, false) => "; ProtocolTLS1_2 or ProtocolTLS1_3 among the options may admit it",
    };
    format!("the {peer} accepts none of the TLS versions allowed here ({ours}){hint}")
}

/// The sentence for a connection that ended on a version which was offered only because it lies between two
/// that are allowed.
pub(super) fn version_between(peer: Peer, protocols: Protocols, version: &str) -> String {
    format!(
        "the {} chose {version}, which is not among the versions allowed here ({}): where two are allowed, those between them have to be offered, and are refused afterwards",
        peer.name(),
        protocols.names()
    )
}

/// The version in a ClientHello or ServerHello, and the option that allows it.
fn version_in(first: &[u8]) -> Option<(u16, &'static str, Option<&'static str>)> {
    let &[22, _, _, _, _, 1 | 2, _, _, _, major, minor, ..] = first else {
        return None;
    };
    let number = u16::from_be_bytes([major, minor]);
    Some(match number {
        0x0300 => (number, "SSL 3.0", None),
        0x0301 => (number, "TLS 1.0", Some("ProtocolTLS1")),
        0x0302 => (number, "TLS 1.1", Some("ProtocolTLS1_1")),
        0x0303 => (number, "TLS 1.2", Some("ProtocolTLS1_2")),
        _ => return None,
    })
}

fn not_tls(situation: &Situation<'_>) -> String {
    let peer = situation.peer.name();
    match plain_text(situation.first) {
        Some(text) if situation.peer == Peer::Client && is_http(&text) => {
            format!("the client spoke plain HTTP to a TLS port: \"{text}\"")
        }
        Some(text) => format!(
            "the {peer} does not speak TLS here: it sent \"{text}\"; check the port, or whether TLS starts in mid-stream (SocketStartSSL)"
        ),
        None => format!("the {peer} does not speak TLS here; check the address and the port"),
    }
}

/// OpenSSL knows four methods only.
fn is_http(line: &str) -> bool {
    [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE",
    ]
    .contains(&line.split(' ').next().unwrap_or_default())
}

/// The first line, where the peer sent text.
fn plain_text(first: &[u8]) -> Option<String> {
    let readable = |b: &u8| (b' '..=b'~').contains(b) || b"\r\n\t".contains(b);
    if first.len() < 4 || !first.iter().all(readable) {
        return None;
    }
    let line = first.split(|b| *b == b'\r' || *b == b'\n').next()?;
    Some(text::printable(&String::from_utf8_lossy(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_recognised_and_binary_is_not() {
        assert_eq!(
            plain_text(b"220 mail ESMTP\r\n").as_deref(),
            Some("220 mail ESMTP")
        );
        assert_eq!(plain_text(&[22, 3, 1, 0, 5]), None);
        assert_eq!(plain_text(b"ab"), None);
    }
}
