//! The provider as OpenSSL sees it (provider(7)).

use super::dispatch::{END, Function, Table};
use super::{management, signature};
use foreign_types::ForeignType;
use once_cell::sync::OnceCell;
use openssl::error::ErrorStack;
use openssl::lib_ctx::LibCtx;
use openssl::provider::Provider;
use openssl_sys as ffi;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null;

/// OSSL_ALGORITHM.
#[repr(C)]
struct Algorithm {
    names: *const c_char,
    properties: *const c_char,
    functions: *const Function,
    description: *const c_char,
}

impl Algorithm {
    const fn new(names: &'static std::ffi::CStr, functions: &'static Table<Function>) -> Self {
        Algorithm {
            names: names.as_ptr(),
            properties: c"provider=wdsocket".as_ptr(),
            functions: functions.0.as_ptr(),
            description: null(),
        }
    }
}

const PROVIDER_QUERY_OPERATION: c_int = 1027;
const OPERATION_KEYMGMT: c_int = 10;
const OPERATION_SIGNATURE: c_int = 12;

static PROVIDER: Table<Function> = Table(&[
    Function(PROVIDER_QUERY_OPERATION, algorithms as *const c_void),
    END,
]);

const NO_MORE: Algorithm = Algorithm {
    names: null(),
    properties: null(),
    functions: null(),
    description: null(),
};

static KEYS: Table<Algorithm> = Table(&[
    Algorithm::new(c"RSA:rsaEncryption:1.2.840.113549.1.1.1", &management::RSA),
    Algorithm::new(c"EC:id-ecPublicKey:1.2.840.10045.2.1", &management::EC),
    NO_MORE,
]);

static SIGNATURES: Table<Algorithm> = Table(&[
    Algorithm::new(
        c"RSA:rsaEncryption:1.2.840.113549.1.1.1",
        &signature::FUNCTIONS,
    ),
    Algorithm::new(c"ECDSA", &signature::FUNCTIONS),
    NO_MORE,
]);

unsafe extern "C" {
    fn OSSL_PROVIDER_add_builtin(
        context: *mut ffi::OSSL_LIB_CTX,
        name: *const c_char,
        start: unsafe extern "C" fn(
            *const c_void,
            *const c_void,
            *mut *const Function,
            *mut *mut c_void,
        ) -> c_int,
    ) -> c_int;
}

/// A library context with this provider alone, kept.
struct Context {
    context: LibCtx,
    _provider: Provider,
}

// SAFETY: OpenSSL's library contexts and providers may be used by any thread at any time.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

/// The library context of the keys outside. Errors: OpenSSL's.
pub fn context() -> Result<*mut ffi::OSSL_LIB_CTX, ErrorStack> {
    static CONTEXT: OnceCell<Context> = OnceCell::new();
    let kept = CONTEXT.get_or_try_init(|| {
        crate::tls::library::start();
        let context = LibCtx::new()?;
        // SAFETY: the context is open, and the name is a text of the program.
        if unsafe { OSSL_PROVIDER_add_builtin(context.as_ptr(), c"wdsocket".as_ptr(), start) } != 1
        {
            return Err(ErrorStack::get());
        }
        let provider = Provider::load(Some(&context), "wdsocket")?;
        Ok(Context {
            context,
            _provider: provider,
        })
    })?;
    Ok(kept.context.as_ptr())
}

/// OSSL_provider_init.
unsafe extern "C" fn start(
    handle: *const c_void,
    _core: *const c_void,
    functions: *mut *const Function,
    own: *mut *mut c_void,
) -> c_int {
    // SAFETY: OpenSSL hands over two places to write to.
    unsafe {
        *functions = PROVIDER.0.as_ptr();
        *own = handle.cast_mut();
    }
    1
}

unsafe extern "C" fn algorithms(
    _own: *mut c_void,
    operation: c_int,
    may_not_be_kept: *mut c_int,
) -> *const Algorithm {
    // SAFETY: OpenSSL hands over a place to write to.
    unsafe { *may_not_be_kept = 0 };
    match operation {
        OPERATION_KEYMGMT => KEYS.0.as_ptr(),
        OPERATION_SIGNATURE => SIGNATURES.0.as_ptr(),
        _ => null(),
    }
}
