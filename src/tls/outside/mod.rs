//! Private keys that stay where they are: in a store that does not give them away, in a chip.
//!
//! To OpenSSL such a key is one of a provider of its own, which knows the public half and has the owner of the key sign.
//! The provider lives in a library context of its own too, so that no other key is ever taken for one of these.

mod dispatch;
mod management;
mod provider;
mod signature;
mod signer;

pub use signer::{Scheme, Signer};

use foreign_types::ForeignType;
use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey, Private, Public};
use openssl_sys as ffi;
use signer::{HANDED, OutsideKey};
use std::ffi::{c_char, c_int};
use std::ptr::{from_ref, null, null_mut};
use std::sync::Arc;

unsafe extern "C" {
    fn EVP_PKEY_CTX_new_from_name(
        context: *mut ffi::OSSL_LIB_CTX,
        name: *const c_char,
        properties: *const c_char,
    ) -> *mut ffi::EVP_PKEY_CTX;
    fn EVP_PKEY_fromdata_init(context: *mut ffi::EVP_PKEY_CTX) -> c_int;
    fn EVP_PKEY_fromdata(
        context: *mut ffi::EVP_PKEY_CTX,
        key: *mut *mut ffi::EVP_PKEY,
        selection: c_int,
        parameters: *mut ffi::OSSL_PARAM,
    ) -> c_int;
}

/// The key whose public half this is, and with which `signer` signs. `None` for kinds other than RSA and elliptic
/// curves. Errors: OpenSSL's.
pub fn key(
    public: PKey<Public>,
    signer: Box<dyn Signer>,
) -> Result<Option<PKey<Private>>, ErrorStack> {
    let name = match public.id() {
        Id::RSA => c"RSA",
        Id::EC => c"EC",
        _ => return Ok(None),
    };
    let context = provider::context()?;
    let handed = Arc::new(OutsideKey { public, signer });
    let pointer = Arc::as_ptr(&handed);
    let mut key = null_mut();
    // SAFETY: the name and the parameters live through the calls, which take a reference of their own to what is handed
    // to them. The context is freed once.
    unsafe {
        let making = EVP_PKEY_CTX_new_from_name(context, name.as_ptr(), null());
        if making.is_null() {
            return Err(ErrorStack::get());
        }
        let mut parameters = [
            ffi::OSSL_PARAM_construct_octet_string(
                HANDED.as_ptr(),
                from_ref(&pointer).cast_mut().cast(),
                size_of_val(&pointer),
            ),
            ffi::OSSL_PARAM_construct_end(),
        ];
        let made = EVP_PKEY_fromdata_init(making) == 1
            && EVP_PKEY_fromdata(
                making,
                &mut key,
                management::KEY_PAIR,
                parameters.as_mut_ptr(),
            ) == 1;
        ffi::EVP_PKEY_CTX_free(making);
        match made {
            true => Ok(Some(PKey::from_ptr(key))),
            false => Err(ErrorStack::get()),
        }
    }
}

#[cfg(test)]
mod tests;
