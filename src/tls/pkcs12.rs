//! PKCS#12 (RFC 7292): a certificate with its key and its chain under one password.

use super::contents::{Contents, Key};
use super::problem::Problem;
use super::{library, locked};
use foreign_types::ForeignType;
use openssl::error::ErrorStack;
use openssl::pkcs12::Pkcs12;
use openssl::x509::X509;
use openssl_sys as ffi;
use std::ffi::c_int;
use zeroize::Zeroizing;

unsafe extern "C" {
    fn PKCS12_mac_present(store: *const ffi::PKCS12) -> c_int;
}

/// Opens a PKCS#12 structure, the RC2 and triple DES of old exports included.
pub(super) fn read(data: &[u8], password: &str) -> Result<Contents, Problem> {
    let refused = match open(data, password) {
        Ok(contents) => return Ok(contents),
        Err(refused) => refused,
    };
    if is_wrong_password(&refused) {
        // Some programs put an empty password on what they do not protect.
        return open(data, "").map_err(|_| Problem::Password);
    }
    // Everything leaves the old algorithms' context as DER.
    let opened = library::with_old_algorithms(|| {
        let contents = open(data, password)?;
        let certificates: Vec<Vec<u8>> = contents
            .certificates
            .iter()
            .map(|certificate| certificate.to_der())
            .collect::<Result<_, _>>()?;
        let keys: Vec<Zeroizing<Vec<u8>>> = contents
            .keys
            .iter()
            .filter_map(|key| key.open(password).ok())
            .map(|key| key.private_key_to_pkcs8().map(Zeroizing::new))
            .collect::<Result<_, _>>()?;
        Ok::<_, ErrorStack>((certificates, keys))
    });
    let (certificates, keys) = match opened {
        Ok(Ok(opened)) => opened,
        Ok(Err(errors)) | Err(errors) => return Err(reason(data, &errors)),
    };
    let certificates = certificates.iter().map(|der| X509::from_der(der));
    Ok(Contents {
        certificates: certificates
            .collect::<Result<_, _>>()
            .map_err(|errors| reason(data, &errors))?,
        damaged: None,
        keys: keys.into_iter().map(Key::Der).collect(),
    })
}

/// Why it does not open.
fn reason(data: &[u8], errors: &ErrorStack) -> Problem {
    if is_wrong_password(errors) {
        return Problem::Password;
    }
    if let Some(problem) = locked::kind_of(errors) {
        return problem;
    }
    // Where there is no sum over the whole, a wrong password shows in what it opens.
    let has_sum = Pkcs12::from_der(data)
        // SAFETY: the structure is valid, and only looked at.
        .is_ok_and(|store| unsafe { PKCS12_mac_present(store.as_ptr()) } == 1);
    if has_sum {
        Problem::Damaged("what its password protects".into())
    } else {
        Problem::Password
    }
}

/// Whether OpenSSL says that the file's integrity check failed with this password.
fn is_wrong_password(errors: &ErrorStack) -> bool {
    /// openssl/pkcs12err.h
    const PKCS12_R_MAC_VERIFY_FAILURE: i32 = 113;
    /// openssl/err.h
    const ERR_LIB_PKCS12: i32 = 35;
    errors.errors().iter().any(|e| {
        e.library_code() == ERR_LIB_PKCS12 && e.reason_code() == PKCS12_R_MAC_VERIFY_FAILURE
    })
}

fn open(data: &[u8], password: &str) -> Result<Contents, ErrorStack> {
    let parsed = Pkcs12::from_der(data)?.parse2(password)?;
    let mut certificates: Vec<X509> = parsed.cert.into_iter().collect();
    certificates.extend(parsed.ca.into_iter().flatten());
    Ok(Contents {
        certificates,
        damaged: None,
        keys: parsed.pkey.map(Key::Open).into_iter().collect(),
    })
}
