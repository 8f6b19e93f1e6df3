//! Private keys under a password: PKCS#8 (RFC 5958, RFC 8018) and the older form of PEM (RFC 1423).

use super::library;
use super::problem::Problem;
use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;
use openssl::error::ErrorStack;
use openssl::hash::{Hasher, MessageDigest};
use openssl::pkey::{PKey, Private};
use openssl_sys as ffi;
use std::ffi::{c_long, c_uchar};
use std::ptr;
use zeroize::Zeroizing;

/// openssl/x509.h
enum X509Sig {}

unsafe extern "C" {
    fn d2i_X509_SIG(
        object: *mut *mut X509Sig,
        data: *mut *const c_uchar,
        length: c_long,
    ) -> *mut X509Sig;
    fn X509_SIG_free(object: *mut X509Sig);
}

/// How a key is under its password.
pub(super) enum Lock {
    Pkcs8,
    /// What stands in `DEK-Info`: the cipher and its start value.
    Rfc1423(String),
}

/// Whether the bytes are a key under a password as PKCS#8 has it.
pub(super) fn is_pkcs8(data: &[u8]) -> bool {
    let (Ok(length), mut at) = (c_long::try_from(data.len()), data.as_ptr()) else {
        return false;
    };
    // SAFETY: the bytes live through the call; freeing null is allowed.
    unsafe {
        let object = d2i_X509_SIG(ptr::null_mut(), &mut at, length);
        X509_SIG_free(object);
        !object.is_null()
    }
}

/// Whether the bytes are a key without a password as PKCS#8 has it, of whatever kind.
pub(super) fn is_plain_pkcs8(data: &[u8]) -> bool {
    let (Ok(length), mut at) = (c_long::try_from(data.len()), data.as_ptr()) else {
        return false;
    };
    // SAFETY: as above.
    unsafe {
        let object = ffi::d2i_PKCS8_PRIV_KEY_INFO(ptr::null_mut(), &mut at, length);
        ffi::PKCS8_PRIV_KEY_INFO_free(object);
        !object.is_null()
    }
}

/// Opens a key. Some are under an empty password.
pub(super) fn open(der: &[u8], lock: &Lock, password: &str) -> Result<PKey<Private>, Problem> {
    let opened = match lock {
        Lock::Pkcs8 => pkcs8(der, password.as_bytes()),
        Lock::Rfc1423(how) => rfc1423(der, how, password.as_bytes()),
    };
    drop(ErrorStack::get());
    opened
}

fn pkcs8(der: &[u8], password: &[u8]) -> Result<PKey<Private>, Problem> {
    if let Ok(key) = PKey::private_key_from_pkcs8_passphrase(der, password) {
        return Ok(key);
    }
    // The MD5, DES or RC2 of PKCS#5 1.5, and what else is too old. The key leaves that context as DER.
    let opened = library::with_old_algorithms(|| {
        PKey::private_key_from_pkcs8_passphrase(der, password)?
            .private_key_to_pkcs8()
            .map(Zeroizing::new)
    });
    match opened {
        Ok(Ok(der)) => PKey::private_key_from_pkcs8(&der)
            .map_err(|errors| kind_of(&errors).unwrap_or(Problem::Password)),
        Ok(Err(errors)) | Err(errors) => Err(kind_of(&errors).unwrap_or(Problem::Password)),
    }
}

/// The older form: the key is a chain of MD5 sums, its salt the first bytes of the cipher's start value.
fn rfc1423(der: &[u8], how: &str, password: &[u8]) -> Result<PKey<Private>, Problem> {
    let damaged = || Problem::Damaged("the private key".into());
    let (name, iv) = how.split_once(',').ok_or_else(damaged)?;
    let (name, iv) = (name.trim(), hexadecimal(iv.trim()).ok_or_else(damaged)?);
    let salt = iv.get(..8).ok_or_else(damaged)?;
    let work = || -> Result<Result<Zeroizing<Vec<u8>>, Problem>, ErrorStack> {
        let Ok(cipher) = Cipher::fetch(None, name, None) else {
            return Ok(Err(Problem::Algorithm(name.to_owned())));
        };
        if iv.len() != cipher.iv_length() {
            return Ok(Err(damaged()));
        }
        let mut key = Zeroizing::new(Vec::with_capacity(64));
        let mut sum = Zeroizing::new(Vec::new());
        while key.len() < cipher.key_length() {
            let mut hasher = Hasher::new(MessageDigest::md5())?;
            hasher.update(&sum)?;
            hasher.update(password)?;
            hasher.update(salt)?;
            sum = Zeroizing::new(hasher.finish()?.to_vec());
            key.extend_from_slice(&sum);
        }
        key.truncate(cipher.key_length());
        let mut context = CipherCtx::new()?;
        context.decrypt_init(Some(&cipher), Some(&key), Some(&iv))?;
        // As long as it can be, so that no part stays behind where it would grow.
        let mut plain = Zeroizing::new(Vec::new());
        if let Err(e) = plain.try_reserve_exact(der.len() + 2 * cipher.block_size()) {
            return Ok(Err(e.into()));
        }
        let opened = context
            .cipher_update_vec(der, &mut plain)
            .and_then(|_| context.cipher_final_vec(&mut plain));
        Ok(opened.map(|_| plain).map_err(|_| Problem::Password))
    };
    let failed = |errors: ErrorStack| Problem::Algorithm(errors.to_string());
    let plain = library::with_old_algorithms(work)
        .and_then(|done| done)
        .map_err(failed)??;
    // By chance a wrong password leaves what looks like an end; it is no key all the same.
    PKey::private_key_from_der(&plain).map_err(|_| Problem::Password)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    super::text::thumbprint(text)
}

/// What OpenSSL's reasons say of a key or of what it is under; None where they speak of neither, so that it is
/// the password or the bytes.
pub(super) fn kind_of(errors: &ErrorStack) -> Option<Problem> {
    /// openssl/err.h; it calls every form unsupported that it has tried in vain.
    const ERR_LIB_OSSL_DECODER: i32 = 60;
    let telling = errors.errors().iter().find(|error| {
        let reason = error.reason().unwrap_or_default();
        error.library_code() != ERR_LIB_OSSL_DECODER
            && ["unsupported", "unknown", "memory limit"]
                .iter()
                .any(|word| reason.starts_with(word))
    })?;
    let reason = telling.reason().unwrap_or_default();
    Some(Problem::Algorithm(match telling.data() {
        Some(data) => format!("{reason}: {data}"),
        None => reason.to_owned(),
    }))
}
