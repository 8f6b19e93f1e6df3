//! Signatures by the owner of a key (provider-signature(7)): over a whole message at once, as TLS has them.

use super::dispatch::{END, Function, Parameter, Table};
use super::management::{Slot, key_of};
use super::signer::{OutsideKey, Scheme};
use openssl::bn::BigNum;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::Id;
use openssl_sys as ffi;
use std::ffi::{CStr, CString, c_char, c_int, c_uchar, c_void};
use std::ptr::null;
use std::slice;
use std::sync::Arc;

/// For every kind of key.
pub static FUNCTIONS: Table<Function> = Table(&[
    Function(1, new as *const c_void),
    Function(8, begin as *const c_void),
    Function(11, sign as *const c_void),
    Function(16, free as *const c_void),
    Function(17, copy as *const c_void),
    Function(20, set as *const c_void),
    Function(21, what_is_set as *const c_void),
    END,
]);

/// RSA_PKCS1_PSS_PADDING (openssl/rsa.h).
const PSS: c_int = 6;
/// ERR_LIB_USER (openssl/err.h).
const OWN_LIBRARY: c_int = 128;

unsafe extern "C" {
    fn OSSL_PARAM_get_int(parameter: *const ffi::OSSL_PARAM, value: *mut c_int) -> c_int;
    fn ERR_new();
    fn ERR_set_error(library: c_int, reason: c_int, format: *const c_char, ...);
}

/// A signature that is being made.
#[derive(Clone, Default)]
struct Making {
    key: Option<Arc<OutsideKey>>,
    kind: Option<MessageDigest>,
    is_pss: bool,
}

extern "C" fn new(_own: *mut c_void, _properties: *const c_char) -> *mut Making {
    Box::into_raw(Box::default())
}

unsafe extern "C" fn free(making: *mut Making) {
    if !making.is_null() {
        // SAFETY: it came from `new` or `copy`, and OpenSSL gives it back once.
        drop(unsafe { Box::from_raw(making) });
    }
}

unsafe extern "C" fn copy(making: *const Making) -> *mut Making {
    // SAFETY: it came from `new` or `copy`.
    Box::into_raw(Box::new(unsafe { (*making).clone() }))
}

unsafe extern "C" fn begin(
    making: *mut Making,
    kind: *const c_char,
    slot: *const Slot,
    parameters: *const ffi::OSSL_PARAM,
) -> c_int {
    // SAFETY: OpenSSL hands over what it got from here, a NUL-terminated name or NULL, and parameters of its own.
    unsafe {
        let making = &mut *making;
        if let Some(key) = key_of(slot) {
            making.key = Some(Arc::clone(key));
        }
        if !kind.is_null() {
            let name = CStr::from_ptr(kind).to_str().unwrap_or_default();
            making.kind = MessageDigest::from_name(name);
        }
        making.is_pss = false;
        if making.key.is_none() || making.kind.is_none() {
            return 0;
        }
        set(making, parameters)
    }
}

/// Takes the padding of RSA; the length of a salt is that of the hash in any case.
unsafe extern "C" fn set(making: *mut Making, parameters: *const ffi::OSSL_PARAM) -> c_int {
    if parameters.is_null() {
        return 1;
    }
    // SAFETY: as in `begin`.
    unsafe {
        let padding = ffi::OSSL_PARAM_locate_const(parameters, c"pad-mode".as_ptr());
        if padding.is_null() {
            return 1;
        }
        let (mut number, mut text) = (0, null());
        let is_number = OSSL_PARAM_get_int(padding, &mut number) == 1;
        let is_text = !is_number && ffi::OSSL_PARAM_get_utf8_string_ptr(padding, &mut text) == 1;
        (*making).is_pss = is_number && number == PSS || is_text && CStr::from_ptr(text) == c"pss";
    }
    drop(ErrorStack::get());
    1
}

extern "C" fn what_is_set(_making: *mut c_void, _own: *mut c_void) -> *const Parameter {
    static SET: Table<Parameter> = Table(&[
        Parameter::named(c"pad-mode"),
        Parameter::named(c"saltlen"),
        Parameter::named(c"digest"),
        Parameter::NO_MORE,
    ]);
    SET.0.as_ptr()
}

unsafe extern "C" fn sign(
    making: *mut Making,
    signature: *mut c_uchar,
    length: *mut usize,
    room: usize,
    message: *const c_uchar,
    message_length: usize,
) -> c_int {
    // SAFETY: as in `begin`; the message has that many bytes, and the signature has room for so many, or is NULL.
    unsafe {
        let making = &*making;
        let (Some(key), Some(kind)) = (&making.key, making.kind) else {
            return 0;
        };
        if signature.is_null() {
            *length = key.public.size();
            return 1;
        }
        let message = match message_length {
            0 => &[],
            length => slice::from_raw_parts(message, length),
        };
        match signed(key, kind, making.is_pss, message) {
            Ok(made) if made.len() <= room => {
                signature.copy_from_nonoverlapping(made.as_ptr(), made.len());
                *length = made.len();
                1
            }
            Ok(_) => 0,
            Err(why) => {
                let why = CString::new(why).unwrap_or_default();
                ERR_new();
                ERR_set_error(OWN_LIBRARY, 1, c"%s".as_ptr(), why.as_ptr());
                0
            }
        }
    }
}

/// The signature as TLS has it. Errors: a sentence.
fn signed(
    key: &OutsideKey,
    kind: MessageDigest,
    is_pss: bool,
    message: &[u8],
) -> Result<Vec<u8>, String> {
    let hash = hash(kind, message).map_err(|error| error.to_string())?;
    let scheme = match key.public.id() {
        Id::EC => Scheme::Ecdsa,
        _ if is_pss => Scheme::Pss,
        _ => Scheme::Pkcs1,
    };
    let made = key
        .signer
        .sign(scheme, kind, &hash)
        .map_err(|error| format!("the owner of the private key did not sign ({error})"))?;
    match scheme {
        Scheme::Ecdsa => as_der(&made).map_err(|error| error.to_string()),
        _ => Ok(made),
    }
}

/// The two numbers as a structure of ASN.1 (RFC 3279, section 2.2.3).
fn as_der(numbers: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let (r, s) = numbers.split_at(numbers.len() / 2);
    EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?.to_der()
}
