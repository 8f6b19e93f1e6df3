//! Public keys of which a peer's chain must hold one (`SSLPublicKeyPins`).

use super::text::thumbprint;
use crate::error::{Error, Result};
use foreign_types::ForeignTypeRef;
use openssl::base64;
use openssl::sha::sha256;
use openssl::x509::X509Ref;
use openssl_sys as ffi;
use std::ffi::c_int;
use std::ptr;

/// openssl/x509.h
enum PublicKeyInfo {}

unsafe extern "C" {
    fn X509_get_X509_PUBKEY(certificate: *const ffi::X509) -> *mut PublicKeyInfo;
    fn i2d_X509_PUBKEY(key: *const PublicKeyInfo, to: *mut *mut u8) -> c_int;
}

/// SHA-256 of a SubjectPublicKeyInfo (RFC 7469, section 2.4): a certificate that is renewed for the same key
/// keeps it.
type Pin = [u8; 32];

/// The keys that are pinned; none where nothing is.
#[derive(Debug, Default)]
pub(super) struct Pins(Vec<Pin>);

impl Pins {
    /// A list in base64 or hexadecimal, with commas or semicolons between. "sha256/" or "sha256//" may stand
    /// before each, as other programs write it. Errors: INVALID_ARGUMENT.
    pub fn parse(list: &str) -> Result<Pins> {
        let texts = list.split([',', ';']).map(str::trim);
        let texts = texts.filter(|text| !text.is_empty());
        let pins: Option<Vec<Pin>> = texts.map(pin).collect();
        match pins {
            Some(pins) if !pins.is_empty() || list.trim().is_empty() => Ok(Pins(pins)),
            _ => Err(Error::invalid(
                "SSLPublicKeyPins is a list of SHA-256 sums of public keys, each as 44 characters of base64 or 64 hexadecimal digits, separated by commas",
            )),
        }
    }

    /// Whether any key is pinned.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the certificate's key is among them.
    pub fn hold(&self, certificate: &X509Ref) -> bool {
        of(certificate).is_some_and(|pin| self.0.contains(&pin))
    }
}

/// A certificate's pin, as it is written in the list; nothing where there is no memory to make it.
pub(super) fn written(certificate: &X509Ref) -> String {
    of(certificate).map_or_else(String::new, |pin| base64::encode_block(&pin))
}

fn pin(text: &str) -> Option<Pin> {
    let text = match text.strip_prefix("sha256/") {
        // A slash may also be the first digit.
        Some(rest) if rest.len() == 44 => rest,
        Some(rest) => rest.strip_prefix('/').unwrap_or(rest),
        None => text,
    };
    let bytes = match text.len() {
        44 => base64::decode_block(text).ok(),
        _ => thumbprint(text),
    };
    Pin::try_from(bytes?).ok()
}

fn of(certificate: &X509Ref) -> Option<Pin> {
    // SAFETY: the certificate is valid, and its key's part lives in it. The first call tells the length that
    // the second one writes.
    unsafe {
        let key = X509_get_X509_PUBKEY(certificate.as_ptr());
        if key.is_null() {
            return None;
        }
        let length = usize::try_from(i2d_X509_PUBKEY(key, ptr::null_mut())).ok()?;
        let mut der = Vec::new();
        der.try_reserve_exact(length).ok()?;
        der.resize(length, 0);
        let mut at = der.as_mut_ptr();
        (i2d_X509_PUBKEY(key, &mut at) > 0).then(|| sha256(&der))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_in_each_way_that_programs_write_them() {
        let bytes: Pin = std::array::from_fn(|i| i as u8 * 9);
        let plain = base64::encode_block(&bytes);
        let hex = bytes.map(|byte| format!("{byte:02x}"));
        for text in [
            plain.clone(),
            format!("sha256//{plain}"),
            format!(" sha256/{plain} ; "),
            hex.concat(),
            hex.join(":").to_uppercase(),
        ] {
            assert_eq!(Pins::parse(&text).unwrap().0, [bytes], "{text}");
        }
        // A slash may begin the base64 itself.
        let slash = base64::encode_block(&[0xff; 32]);
        assert!(slash.starts_with('/'));
        assert_eq!(Pins::parse(&slash).unwrap().0, [[0xff; 32]]);
        assert_eq!(Pins::parse(&format!("{plain},{slash}")).unwrap().0.len(), 2);
        assert!(Pins::parse(" ").unwrap().is_empty());
        for bad in [",", "sha256//", &plain[1..], "sha1//AAAA", "zz"] {
            Pins::parse(bad).unwrap_err();
        }
    }
}
