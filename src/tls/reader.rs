//! What a file holds: certificates and keys as PEM, DER, PKCS#7 or PKCS#12.

use super::contents::{Contents, Key, useless};
use super::locked::{self, Lock};
use super::pem::{self, Block};
use super::problem::Problem;
use super::{library, memory, pkcs12};
use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::error::ErrorStack;
use openssl::pkcs7::Pkcs7;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::x509::{X509, X509Crl, X509Ref, X509Req};
use openssl_sys as ffi;
use std::collections::TryReserveError;
use std::ffi::{c_int, c_long, c_uchar};
use std::ptr;
use zeroize::Zeroizing;

unsafe extern "C" {
    fn d2i_X509_AUX(
        certificate: *mut *mut ffi::X509,
        data: *mut *const c_uchar,
        length: c_long,
    ) -> *mut ffi::X509;
    fn X509_check_purpose(
        certificate: *mut ffi::X509,
        purpose: c_int,
        of_authority: c_int,
    ) -> c_int;
}

/// Longer than any `DEK-Info` header (RFC 1423) that names a cipher and its start value.
const LONGEST_INFO: usize = 200;

/// The certificates and keys in a file's bytes. The password is for PKCS#12, in which even the certificates
/// are under it; keys are opened later.
pub(super) fn read(data: &[u8], password: &str) -> Result<Contents, Problem> {
    library::start();
    memory::enough(|| {
        let found = parse(data, password)?;
        for certificate in &found.certificates {
            settle(certificate);
        }
        Ok(found)
    })
    .unwrap_or(Err(Problem::Memory))
}

/// Has OpenSSL look at a certificate's extensions, which it does once, and remembers where it could not.
pub(super) fn settle(certificate: &X509Ref) {
    const NONE: c_int = -1;
    // SAFETY: the certificate is valid; no purpose is asked for, so what comes back says nothing.
    unsafe { X509_check_purpose(certificate.as_ptr(), NONE, 0) };
}

fn parse(data: &[u8], password: &str) -> Result<Contents, Problem> {
    let data = pem::text(data)?;
    let blocks = pem::blocks(&data)?;
    let found = if blocks.is_empty() {
        binary(&data, password)
    } else {
        armoured(&blocks, password)
    };
    drop(ErrorStack::get());
    let cut =
        || pem::is_cut(&data).then(|| Problem::Damaged("a block without its END line".into()));
    match found {
        Err(Problem::Unknown) => Err(cut().unwrap_or(Problem::Unknown)),
        Ok(mut found) if found.certificates.is_empty() && found.damaged.is_none() => {
            found.damaged = cut();
            Ok(found)
        }
        found => found,
    }
}

fn armoured(blocks: &[Block<'_>], password: &str) -> Result<Contents, Problem> {
    let mut found = Contents {
        certificates: Vec::new(),
        damaged: None,
        keys: Vec::new(),
    };
    let mut seen = 0;
    for block in blocks {
        if block.is_certificate() {
            seen += 1;
            match certificate(block)? {
                Some(certificate) => {
                    found.certificates.try_reserve(1)?;
                    found.certificates.push(certificate);
                }
                None => {
                    let which = format!("the certificate number {seen}");
                    found.damaged.get_or_insert(Problem::Damaged(which));
                }
            }
        } else if block.is_collection() {
            let der = block.der()?;
            match der.map_or(Ok(None), |der| collection(&der))? {
                Some(certificates) => append(&mut found.certificates, certificates)?,
                None => {
                    let which = "the collection of certificates (PKCS#7)".into();
                    found.damaged.get_or_insert(Problem::Damaged(which));
                }
            }
        } else if block.label == "PKCS12" {
            let more = block
                .der()?
                .ok_or(Problem::Damaged("the PKCS#12 block".into()));
            let more = pkcs12::read(&more?, password)?;
            append(&mut found.certificates, more.certificates)?;
            append(&mut found.keys, more.keys)?;
        } else if block.is_key() {
            found.keys.try_reserve(1)?;
            found.keys.push(key(block)?);
        }
    }
    if found.certificates.is_empty() && found.keys.is_empty() && found.damaged.is_none() {
        return Err(blocks
            .iter()
            .find_map(|b| other(b.label))
            .unwrap_or(Problem::Unknown));
    }
    Ok(found)
}

/// Puts all of one list behind another.
fn append<T>(all: &mut Vec<T>, more: Vec<T>) -> Result<(), TryReserveError> {
    all.try_reserve(more.len())?;
    all.extend(more);
    Ok(())
}

fn key(block: &Block<'_>) -> Result<Key, TryReserveError> {
    let Some(der) = block.der()? else {
        return Ok(Key::Useless(Problem::Damaged("the private key".into())));
    };
    Ok(if block.is_encrypted() {
        let how = block.header("DEK-Info").unwrap_or_default();
        Key::Locked(der, Lock::Rfc1423(how.chars().take(LONGEST_INFO).collect()))
    } else if block.label == "ENCRYPTED PRIVATE KEY" {
        Key::Locked(der, Lock::Pkcs8)
    } else {
        Key::Der(der)
    })
}

/// What a block is that is neither a certificate nor a key.
fn other(label: &str) -> Option<Problem> {
    Some(match label {
        "OPENSSH PRIVATE KEY" => Problem::Foreign(
            "a private key of OpenSSH's own form",
            "`ssh-keygen -p -m PKCS8 -f FILE`",
        ),
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "SSH2 PUBLIC KEY" => Problem::Other("a public key only"),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Problem::Other(
            "a request for a certificate, which an authority has to answer with the certificate",
        ),
        "X509 CRL" => Problem::Other("a list of revoked certificates"),
        "EC PARAMETERS" | "DH PARAMETERS" | "X9.42 DH PARAMETERS" | "DSA PARAMETERS" => {
            Problem::Other("parameters without a key")
        }
        _ if label.starts_with("PGP ") => Problem::Other("something of PGP's"),
        _ => return None,
    })
}

fn binary(data: &[u8], password: &str) -> Result<Contents, Problem> {
    let of = |certificates, keys| Contents {
        certificates,
        damaged: None,
        keys,
    };
    if let Some(certificate) = from_der(data) {
        return Ok(of(vec![certificate], Vec::new()));
    }
    if Pkcs12::from_der(data).is_ok() {
        return pkcs12::read(data, password);
    }
    if let Some(certificates) = collection(data)? {
        return Ok(of(certificates, Vec::new()));
    }
    if locked::is_pkcs8(data) {
        let mut der = Zeroizing::new(Vec::new());
        der.try_reserve_exact(data.len())?;
        der.extend_from_slice(data);
        return Ok(of(Vec::new(), vec![Key::Locked(der, Lock::Pkcs8)]));
    }
    match PKey::private_key_from_der(data) {
        Ok(key) => return Ok(of(Vec::new(), vec![Key::Open(key)])),
        Err(errors) if locked::is_plain_pkcs8(data) => return Err(useless(&errors)),
        Err(_) => {}
    }
    Err(match data {
        [0xfe, 0xed, 0xfe, 0xed, ..] => Problem::Foreign(
            "a Java keystore",
            "`keytool -importkeystore -srckeystore FILE -deststoretype pkcs12 -destkeystore NEW.p12`",
        ),
        [0x1e, 0xf1, 0xb5, 0xb0, ..] => Problem::Foreign(
            "a private key of Microsoft's form PVK",
            "`openssl pkey -inform PVK -in FILE -out NEW.pem`",
        ),
        [7, 2, 0, 0, ..] => Problem::Foreign(
            "a private key of Microsoft's form MSBLOB",
            "`openssl pkey -inform MSBLOB -in FILE -out NEW.pem`",
        ),
        _ if X509Crl::from_der(data).is_ok() => Problem::Other("a list of revoked certificates"),
        _ if X509Req::from_der(data).is_ok() => Problem::Other(
            "a request for a certificate, which an authority has to answer with the certificate",
        ),
        _ if PKey::public_key_from_der(data).is_ok() => Problem::Other("a public key only"),
        _ => Problem::Unknown,
    })
}

/// The certificate of a block; `TRUSTED CERTIFICATE` keeps its note of what it is trusted for.
pub(super) fn certificate(block: &Block<'_>) -> Result<Option<X509>, TryReserveError> {
    if block.is_encrypted() {
        return Ok(None);
    }
    let der = block.der()?;
    Ok(der.and_then(|der| decode(&der, block.has_note())))
}

/// A certificate as DER, with a note of what it is trusted for or without.
pub(super) fn decode(der: &[u8], has_note: bool) -> Option<X509> {
    match has_note {
        true => trusted(der),
        false => X509::from_der(der).ok(),
    }
}

/// A certificate as DER, with or without a note of what it is trusted for.
pub(super) fn from_der(data: &[u8]) -> Option<X509> {
    trusted(data).or_else(|| X509::from_der(data).ok())
}

/// A certificate with a note of what it is trusted for, as `openssl x509 -trustout` writes it.
fn trusted(data: &[u8]) -> Option<X509> {
    let length = c_long::try_from(data.len()).ok()?;
    let mut at = data.as_ptr();
    // SAFETY: the bytes live through the call, which leaves `at` within or right behind them; what it
    // returns is the caller's.
    unsafe {
        let certificate = d2i_X509_AUX(ptr::null_mut(), &mut at, length);
        (!certificate.is_null()).then(|| X509::from_ptr(certificate))
    }
}

/// The certificates of a PKCS#7 structure.
fn collection(data: &[u8]) -> Result<Option<Vec<X509>>, TryReserveError> {
    let collection = Pkcs7::from_der(data).ok();
    let signed = collection
        .as_ref()
        .and_then(|collection| collection.signed());
    let Some(inside) = signed.and_then(|signed| signed.certificates()) else {
        return Ok(None);
    };
    let mut certificates = Vec::new();
    certificates.try_reserve_exact(inside.len())?;
    certificates.extend(inside.iter().map(ToOwned::to_owned));
    Ok((!certificates.is_empty()).then_some(certificates))
}
