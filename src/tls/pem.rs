//! PEM: base64 between two lines (RFC 7468), any number of blocks in one file.

use memchr::memmem;
use openssl::base64;
use openssl::x509::{X509, X509Crl};

/// One block, from its BEGIN line to its END line.
pub(super) struct Block<'a> {
    /// What the BEGIN line says, such as `CERTIFICATE`.
    pub label: &'a str,
    /// The block as it stands in the file.
    pub text: &'a [u8],
    body: &'a [u8],
}

impl Block<'_> {
    /// The bytes inside. None where they are not base64, or encrypted.
    pub fn der(&self) -> Option<Vec<u8>> {
        // OpenSSL would ask for the password on the terminal; a certificate is never encrypted.
        if self.body.contains(&b':') {
            return None;
        }
        let digits: String = std::str::from_utf8(self.body)
            .ok()?
            .split_ascii_whitespace()
            .collect();
        base64::decode_block(&digits).ok()
    }

    /// Whether it is a certificate.
    pub fn is_certificate(&self) -> bool {
        self.label == "CERTIFICATE" || self.label == "X509 CERTIFICATE"
    }

    /// Whether it is a private key.
    pub fn is_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    /// Whether it is a private key that needs a password.
    pub fn is_encrypted(&self) -> bool {
        self.label == "ENCRYPTED PRIVATE KEY" || memmem::find(self.body, b"ENCRYPTED").is_some()
    }

    /// Whether it is encrypted with DES as in RFC 1423, which today's OpenSSL does not open.
    pub fn is_single_des(&self) -> bool {
        memmem::find(self.body, b"DEK-Info: DES-CBC,").is_some()
    }
}

/// Whether a parameter is PEM text itself and not the path of a file.
pub(super) fn is_text(parameter: &str) -> bool {
    parameter.trim_start().starts_with("-----BEGIN ")
}

/// The blocks of a file, in their order. Anything around them is passed over.
pub(super) fn blocks(data: &[u8]) -> Vec<Block<'_>> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = memmem::find(&data[at..], BEGIN).map(|i| at + i) {
        let label_at = start + BEGIN.len();
        at = label_at;
        let Some(length) = memmem::find(&data[label_at..], b"-----") else {
            break;
        };
        let Ok(label) = std::str::from_utf8(&data[label_at..label_at + length]) else {
            continue;
        };
        let body_at = label_at + length + 5;
        let end = format!("-----END {label}-----");
        let Some(body) = memmem::find(&data[body_at..], end.as_bytes()) else {
            continue;
        };
        at = body_at + body + end.len();
        found.push(Block {
            label,
            text: &data[start..at],
            body: &data[body_at..body_at + body],
        });
    }
    found
}

/// The certificates of a PEM or DER file. None where one of them cannot be read, or there is none.
pub(super) fn certificates(data: &[u8]) -> Option<Vec<X509>> {
    let blocks = blocks(data);
    if blocks.is_empty() {
        return Some(vec![X509::from_der(data).ok()?]);
    }
    let found: Vec<X509> = blocks
        .iter()
        .filter(|b| b.is_certificate())
        .map(|b| X509::from_der(&b.der()?).ok())
        .collect::<Option<_>>()?;
    (!found.is_empty()).then_some(found)
}

/// The revocation lists of a PEM or DER file. None where one of them cannot be read, or there is none.
pub(super) fn revocation_lists(data: &[u8]) -> Option<Vec<X509Crl>> {
    let blocks = blocks(data);
    if blocks.is_empty() {
        return Some(vec![X509Crl::from_der(data).ok()?]);
    }
    let found: Vec<X509Crl> = blocks
        .iter()
        .filter(|b| b.label == "X509 CRL")
        .map(|b| X509Crl::from_der(&b.der()?).ok())
        .collect::<Option<_>>()?;
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_between_other_text() {
        let file = b"subject=x\n-----BEGIN A-----\nAAEC\n-----END A-----\nnoise\n\
            -----BEGIN CUT-----\nAAEC\n-----BEGIN B-----\r\nAw==\r\n-----END B-----";
        let found = blocks(file);
        let labels: Vec<_> = found.iter().map(|b| b.label).collect();
        assert_eq!(labels, ["A", "B"]);
        assert_eq!(found[0].der().unwrap(), [0, 1, 2]);
        assert_eq!(found[1].der().unwrap(), [3]);
    }

    #[test]
    fn an_encrypted_block_is_never_opened_without_being_asked() {
        let file = b"-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n\nAAEC\n-----END CERTIFICATE-----\n";
        assert!(blocks(file)[0].der().is_none());
        assert!(certificates(file).is_none());
    }
}
