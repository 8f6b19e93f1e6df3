//! What OpenSSL asks of a key (provider-keymgmt(7)): whatever the public half can tell.

use super::dispatch::{END, Function, Parameter, Table};
use super::signer::{HANDED, OutsideKey};
use foreign_types::ForeignType;
use openssl_sys as ffi;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::Arc;

/// OSSL_KEYMGMT_SELECT_PRIVATE_KEY.
const PRIVATE_KEY: c_int = 1;
/// Both halves and all parameters (OSSL_KEYMGMT_SELECT_ALL).
pub const KEY_PAIR: c_int = 0x87;

/// What OpenSSL has of a key: nothing yet, or the key.
pub type Slot = Option<Arc<OutsideKey>>;

macro_rules! functions {
    ($name_of:ident) => {
        Table(&[
            Function(1, new as *const c_void),
            Function(10, free as *const c_void),
            Function(11, tell as *const c_void),
            Function(12, what_is_told as *const c_void),
            Function(20, $name_of as *const c_void),
            Function(21, has as *const c_void),
            Function(23, matches as *const c_void),
            Function(40, take as *const c_void),
            Function(41, what_is_taken as *const c_void),
            Function(42, give as *const c_void),
            Function(43, what_is_taken as *const c_void),
            END,
        ])
    };
}

/// RSA.
pub static RSA: Table<Function> = functions!(signatures_of_rsa);
/// Elliptic curves.
pub static EC: Table<Function> = functions!(signatures_of_curves);

unsafe extern "C" {
    fn EVP_PKEY_get_params(key: *const ffi::EVP_PKEY, parameters: *mut ffi::OSSL_PARAM) -> c_int;
    fn EVP_PKEY_todata(
        key: *const ffi::EVP_PKEY,
        selection: c_int,
        parameters: *mut *mut ffi::OSSL_PARAM,
    ) -> c_int;
}

extern "C" fn signatures_of_rsa(_operation: c_int) -> *const c_char {
    c"RSA".as_ptr()
}

extern "C" fn signatures_of_curves(_operation: c_int) -> *const c_char {
    c"ECDSA".as_ptr()
}

extern "C" fn new(_own: *mut c_void) -> *mut Slot {
    Box::into_raw(Box::default())
}

unsafe extern "C" fn free(slot: *mut Slot) {
    if !slot.is_null() {
        // SAFETY: it came from `new`, and OpenSSL gives it back once.
        drop(unsafe { Box::from_raw(slot) });
    }
}

/// The key of a slot.
///
/// # Safety
/// `slot` is NULL or came from `new`, and stays as long as the result is used.
pub unsafe fn key_of<'a>(slot: *const Slot) -> Option<&'a Arc<OutsideKey>> {
    // SAFETY: as this function's.
    unsafe { slot.as_ref() }?.as_ref()
}

/// Takes what `key` hands over, and nothing else.
unsafe extern "C" fn take(
    slot: *mut Slot,
    _selection: c_int,
    parameters: *const ffi::OSSL_PARAM,
) -> c_int {
    let (mut bytes, mut size) = (null(), 0);
    // SAFETY: the parameters are OpenSSL's. Under this name nobody but this library has any, a pointer to a key that
    // lives through the call.
    unsafe {
        let handed = ffi::OSSL_PARAM_locate_const(parameters, HANDED.as_ptr());
        if handed.is_null()
            || ffi::OSSL_PARAM_get_octet_string_ptr(handed, &mut bytes, &mut size) != 1
            || size != size_of::<*const OutsideKey>()
        {
            return 0;
        }
        let key = bytes.cast::<*const OutsideKey>().read_unaligned();
        Arc::increment_strong_count(key);
        *slot = Some(Arc::from_raw(key));
    }
    1
}

/// What may be handed over or given away has no names that others would know.
extern "C" fn what_is_taken(_selection: c_int) -> *const Parameter {
    nothing()
}

/// An empty list of parameters.
fn nothing() -> *const Parameter {
    static NOTHING: Table<Parameter> = Table(&[Parameter::NO_MORE]);
    NOTHING.0.as_ptr()
}

/// Gives the public half away.
unsafe extern "C" fn give(
    slot: *const Slot,
    selection: c_int,
    receive: unsafe extern "C" fn(*const ffi::OSSL_PARAM, *mut c_void) -> c_int,
    receiver: *mut c_void,
) -> c_int {
    // SAFETY: OpenSSL hands over a slot.
    let Some(key) = (unsafe { key_of(slot) }) else {
        return 0;
    };
    if selection & PRIVATE_KEY != 0 {
        return 0;
    }
    let mut parameters = null_mut();
    // SAFETY: the key is open; the parameters are freed once, after they were received.
    unsafe {
        if EVP_PKEY_todata(key.public.as_ptr(), selection, &mut parameters) != 1 {
            return 0;
        }
        let received = receive(parameters, receiver);
        ffi::OSSL_PARAM_free(parameters);
        received
    }
}

/// Tells sizes, the curve and the like.
unsafe extern "C" fn tell(slot: *const Slot, parameters: *mut ffi::OSSL_PARAM) -> c_int {
    // SAFETY: OpenSSL hands over a slot and places for answers.
    unsafe {
        match key_of(slot) {
            Some(key) => EVP_PKEY_get_params(key.public.as_ptr(), parameters),
            None => 0,
        }
    }
}

extern "C" fn what_is_told(_own: *mut c_void) -> *const Parameter {
    nothing()
}

unsafe extern "C" fn has(slot: *const Slot, _selection: c_int) -> c_int {
    // SAFETY: OpenSSL hands over a slot. Both halves are there, each in its way.
    c_int::from(unsafe { key_of(slot) }.is_some())
}

unsafe extern "C" fn matches(one: *const Slot, other: *const Slot, _selection: c_int) -> c_int {
    // SAFETY: OpenSSL hands over two slots.
    match unsafe { (key_of(one), key_of(other)) } {
        (Some(one), Some(other)) => c_int::from(one.public.public_eq(&other.public)),
        _ => 0,
    }
}
