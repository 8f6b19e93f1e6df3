//! What a TLS connection is asked to be.

use super::pins::Pins;
use super::protocols::Protocols;
use super::text::thumbprint;
use crate::constants::{
    CertificateHash, CertificateName, ProtocolSSL2, ProtocolSSL3, ProtocolTLS1, ProtocolTLS1_1,
    ProtocolTLS1_2, ProtocolTLS1_3, SSLAsServer, SSLNoVerify,
};
use crate::error::{Code, Error, Result};
use std::ops::Deref;
use zeroize::Zeroizing;

const KNOWN: i32 = ProtocolSSL2
    | ProtocolSSL3
    | ProtocolTLS1
    | ProtocolTLS1_1
    | ProtocolTLS1_2
    | ProtocolTLS1_3
    | CertificateName
    | CertificateHash
    | SSLNoVerify;

/// A password, wiped when it is dropped. It has no `Debug`, so that it never lands in a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Password(Zeroizing::new(text.to_owned()))
    }
}

impl Deref for Password {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Everything that a context depends on. Equal options share one context.
///
/// Empty text means "not given". It has no `Debug`, so that the password never lands in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsOptions {
    /// `ProtocolTLS1` … `SSLNoVerify`, added together.
    pub options: i32,
    /// Our own certificate: a path, a common name or a thumbprint, as `options` say.
    pub certificate: String,
    /// The folder in which a name or a thumbprint is looked up; empty = `WDSOCKET_CERT_STORE`.
    pub store: String,
    /// `SSLCaFile`: trusted authorities.
    pub ca_file: String,
    /// `SSLCaDirectory`: a folder of trusted authorities.
    pub ca_directory: String,
    /// `SSLCrlFile`: revocation lists.
    pub crl_file: String,
    /// `SSLKeyFile`: the key of `certificate`.
    pub key_file: String,
    /// `SSLCertificateDirectory`: a server's certificates for the names that clients ask for.
    pub certificate_directory: String,
    /// `SSLPassword`: of the key or of the PKCS#12 file.
    pub password: Password,
    /// `SSLServerName`: what the server's certificate must carry, where it is not the address.
    pub server_name: String,
    /// `SSLAlpn`: application protocols, separated by commas, the preferred first.
    pub alpn: String,
    /// `SSLCipherList`: OpenSSL's list; TLS 1.3 suites may stand in it.
    pub cipher_list: String,
    /// `SSLGroups`: OpenSSL's list of key exchanges.
    pub groups: String,
    /// `SSLSignatures`: OpenSSL's list of signature algorithms.
    pub signatures: String,
    /// `SSLPublicKeyPins`: SHA-256 of public keys, of which the peer's chain must hold one.
    pub public_key_pins: String,
    /// `SSLTicketKeyFile`: the keys that several servers seal sessions with.
    pub ticket_key_file: String,
    /// `SSLPeerFingerprintPin`: SHA-256 of the peer's certificate in hexadecimal.
    pub fingerprint_pin: String,
    /// `SSLSystemRoots`: trust the system's authorities.
    pub system_roots: bool,
    /// `SSLVerifyClient`: 0 no certificate asked for, 1 checked if offered, 2 required.
    pub verify_client: i32,
    /// `SSLVerifyDepth`: certificates between the peer's and the root.
    pub verify_depth: i32,
    /// `SSLStrict`: RFC 5280 to the letter.
    pub strict: bool,
    /// Whether connections may tell their secrets (`SocketTraceFile`, `SSLKeyLogFile`).
    pub tells_secrets: bool,
    /// `SSLNameInSubject`: a server's name may stand in its subject, where there is no alternative name.
    pub name_in_subject: bool,
}

impl Default for TlsOptions {
    fn default() -> Self {
        TlsOptions {
            options: 0,
            certificate: String::new(),
            store: String::new(),
            ca_file: String::new(),
            ca_directory: String::new(),
            crl_file: String::new(),
            key_file: String::new(),
            certificate_directory: String::new(),
            password: Password::default(),
            server_name: String::new(),
            alpn: String::new(),
            cipher_list: String::new(),
            groups: String::new(),
            signatures: String::new(),
            public_key_pins: String::new(),
            ticket_key_file: String::new(),
            fingerprint_pin: String::new(),
            system_roots: true,
            verify_client: 0,
            verify_depth: 100,
            strict: false,
            tells_secrets: false,
            name_in_subject: false,
        }
    }
}

impl TlsOptions {
    /// Refuses what no context could be made of.
    /// Errors: INVALID_ARGUMENT for unknown bits, contradictions and values out of range;
    /// NOT_SUPPORTED when only SSL 2 or SSL 3 is asked for.
    pub fn check(&self) -> Result<()> {
        let has = |bit| self.options & bit != 0;
        if has(SSLAsServer) {
            return Err(Error::invalid("SSLAsServer is for SocketStartSSL alone"));
        }
        if self.options & !KNOWN != 0 {
            return Err(Error::invalid(format!(
                "the TLS options contain {}, which is no TLS option",
                self.options & !KNOWN
            )));
        }
        if has(CertificateName) && has(CertificateHash) {
            return Err(Error::invalid(
                "CertificateName and CertificateHash exclude each other",
            ));
        }
        if !(0..=2).contains(&self.verify_client) {
            return Err(Error::invalid("SSLVerifyClient is 0, 1 or 2"));
        }
        if !(0..=1000).contains(&self.verify_depth) {
            return Err(Error::invalid("SSLVerifyDepth is 0 to 1000"));
        }
        for (name, text) in [
            ("the certificate", self.certificate.as_str()),
            ("the certificate store", &self.store),
            ("SSLCaFile", &self.ca_file),
            ("SSLCaDirectory", &self.ca_directory),
            ("SSLCrlFile", &self.crl_file),
            ("SSLKeyFile", &self.key_file),
            ("SSLCertificateDirectory", &self.certificate_directory),
            ("SSLPassword", &*self.password),
            ("SSLServerName", &self.server_name),
            ("SSLAlpn", &self.alpn),
            ("SSLCipherList", &self.cipher_list),
            ("SSLGroups", &self.groups),
            ("SSLSignatures", &self.signatures),
            ("SSLPublicKeyPins", &self.public_key_pins),
            ("SSLTicketKeyFile", &self.ticket_key_file),
            ("SSLPeerFingerprintPin", &self.fingerprint_pin),
        ] {
            if text.contains('\0') {
                return Err(Error::invalid(format!("{name} contains a zero byte")));
            }
        }
        self.protocols()?;
        self.pin()?;
        Pins::parse(&self.public_key_pins)?;
        self.alpn_wire()?;
        Ok(())
    }

    /// Whether the peer's certificate goes unchecked.
    pub(super) fn no_verify(&self) -> bool {
        self.options & SSLNoVerify != 0
    }

    /// The versions that may be negotiated.
    pub(super) fn protocols(&self) -> Result<Protocols> {
        let asked =
            self.options & (ProtocolTLS1 | ProtocolTLS1_1 | ProtocolTLS1_2 | ProtocolTLS1_3);
        if asked != 0 {
            return Ok(Protocols::new(asked));
        }
        if self.options & (ProtocolSSL2 | ProtocolSSL3) != 0 {
            return Err(Error::new(
                Code::NotSupported,
                "SSL 2 and SSL 3 are broken and no longer in OpenSSL; ask for ProtocolTLS1 or newer",
            ));
        }
        Ok(Protocols::new(ProtocolTLS1_2 | ProtocolTLS1_3))
    }

    /// The fingerprint that the peer's certificate must have, if one is given.
    pub(super) fn pin(&self) -> Result<Option<[u8; 32]>> {
        if self.fingerprint_pin.trim().is_empty() {
            return Ok(None);
        }
        thumbprint(&self.fingerprint_pin)
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .map(Some)
            .ok_or_else(|| {
                Error::invalid(
                    "SSLPeerFingerprintPin is a SHA-256 fingerprint: 64 hexadecimal digits",
                )
            })
    }

    /// The application protocols as RFC 7301 writes them; empty when none is given.
    pub(super) fn alpn_wire(&self) -> Result<Vec<u8>> {
        let mut wire = Vec::new();
        if self.alpn.trim().is_empty() {
            return Ok(wire);
        }
        for name in self.alpn.split(',').map(str::trim) {
            match u8::try_from(name.len()) {
                Ok(length) if length > 0 => wire.push(length),
                _ => {
                    return Err(Error::invalid(
                        "SSLAlpn is a list of protocol names of 1 to 255 bytes, separated by commas",
                    ));
                }
            }
            wire.extend_from_slice(name.as_bytes());
        }
        if wire.len() > usize::from(u16::MAX) {
            return Err(Error::invalid("SSLAlpn is longer than 65535 bytes"));
        }
        Ok(wire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(options: i32) -> TlsOptions {
        TlsOptions {
            options,
            ..TlsOptions::default()
        }
    }

    #[test]
    fn no_protocol_bit_means_tls_1_2_and_1_3() {
        let p = with(0).protocols().unwrap();
        assert_eq!(p.names(), "TLS 1.2, TLS 1.3");
        assert!(!p.legacy());
    }

    #[test]
    fn ssl_3_alone_is_not_supported_and_beside_others_passed_over() {
        for bits in [ProtocolSSL2, ProtocolSSL3, ProtocolSSL2 | ProtocolSSL3] {
            assert_eq!(with(bits).check().unwrap_err().code, Code::NotSupported);
        }
        let both = with(ProtocolSSL3 | ProtocolTLS1_2);
        both.check().unwrap();
        assert_eq!(both.protocols().unwrap().names(), "TLS 1.2");
    }

    #[test]
    fn contradictions_and_unknown_bits_are_invalid() {
        for bad in [
            with(512),
            with(1024),
            with(-1),
            with(CertificateName | CertificateHash),
            TlsOptions {
                verify_client: 3,
                ..with(0)
            },
            TlsOptions {
                verify_depth: -1,
                ..with(0)
            },
            TlsOptions {
                fingerprint_pin: "abcd".into(),
                ..with(0)
            },
            TlsOptions {
                public_key_pins: "sha256//abcd".into(),
                ..with(0)
            },
            TlsOptions {
                alpn: "h2,,x".into(),
                ..with(0)
            },
            TlsOptions {
                ca_file: "a\0b".into(),
                ..with(0)
            },
        ] {
            assert_eq!(bad.check().unwrap_err().code, Code::InvalidArgument);
        }
    }
}
