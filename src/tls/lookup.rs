//! How OpenSSL asks for a root by name, which a store does for what is not in it yet.

use super::root::Roots;
use foreign_types::ForeignTypeRef;
use once_cell::sync::OnceCell;
use openssl::error::ErrorStack;
use openssl::x509::X509NameRef;
use openssl::x509::store::X509StoreBuilderRef;
use openssl_sys as ffi;
use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// openssl/x509_vfy.h: a certificate is asked for, not a revocation list.
const X509_LU_X509: c_int = 1;

type Free = unsafe extern "C" fn(*mut ffi::X509_LOOKUP);
type BySubject = unsafe extern "C" fn(
    *mut ffi::X509_LOOKUP,
    c_int,
    *const ffi::X509_NAME,
    *mut ffi::X509_OBJECT,
) -> c_int;

unsafe extern "C" {
    fn X509_LOOKUP_meth_new(name: *const c_char) -> *mut ffi::X509_LOOKUP_METHOD;
    fn X509_LOOKUP_meth_set_free(method: *mut ffi::X509_LOOKUP_METHOD, free: Free) -> c_int;
    fn X509_LOOKUP_meth_set_get_by_subject(
        method: *mut ffi::X509_LOOKUP_METHOD,
        by_subject: BySubject,
    ) -> c_int;
    fn X509_LOOKUP_set_method_data(lookup: *mut ffi::X509_LOOKUP, data: *mut c_void) -> c_int;
    fn X509_LOOKUP_get_method_data(lookup: *const ffi::X509_LOOKUP) -> *mut c_void;
    fn X509_LOOKUP_get_store(lookup: *const ffi::X509_LOOKUP) -> *mut ffi::X509_STORE;
    fn X509_OBJECT_set1_X509(object: *mut ffi::X509_OBJECT, certificate: *mut ffi::X509) -> c_int;
}

/// What OpenSSL calls, made once.
struct Method(*mut ffi::X509_LOOKUP_METHOD);

// SAFETY: once it is made it is only looked at.
unsafe impl Send for Method {}
// SAFETY: as above.
unsafe impl Sync for Method {}

fn method() -> Result<*mut ffi::X509_LOOKUP_METHOD, ErrorStack> {
    static METHOD: OnceCell<Method> = OnceCell::new();
    let make = || {
        // SAFETY: the name is static, and the functions are what OpenSSL takes them for.
        unsafe {
            let method = X509_LOOKUP_meth_new(c"roots by need".as_ptr());
            if method.is_null() {
                return Err(ErrorStack::get());
            }
            X509_LOOKUP_meth_set_free(method, free);
            X509_LOOKUP_meth_set_get_by_subject(method, by_subject);
            Ok(Method(method))
        }
    };
    METHOD.get_or_try_init(make).map(|method| method.0)
}

/// Has a store find these roots. It asks for the names only of which it holds no certificate.
pub(super) fn install(
    store: &mut X509StoreBuilderRef,
    roots: &Arc<Roots>,
) -> Result<(), ErrorStack> {
    let method = method()?;
    // SAFETY: store and method are valid; the reference goes over to the lookup, which gives it back in `free`.
    unsafe {
        let lookup = ffi::X509_STORE_add_lookup(store.as_ptr(), method);
        if lookup.is_null() {
            return Err(ErrorStack::get());
        }
        X509_LOOKUP_set_method_data(lookup, Arc::into_raw(Arc::clone(roots)).cast_mut().cast());
    }
    Ok(())
}

unsafe extern "C" fn free(lookup: *mut ffi::X509_LOOKUP) {
    // SAFETY: it came from `install`, and OpenSSL gives it back once.
    unsafe {
        let roots: *const Roots = X509_LOOKUP_get_method_data(lookup).cast();
        if !roots.is_null() {
            drop(Arc::from_raw(roots));
        }
    }
}

/// Puts the roots of that name into the store, whose other threads may do the same; 1 where there are some, the first of
/// them in `found`.
unsafe extern "C" fn by_subject(
    lookup: *mut ffi::X509_LOOKUP,
    kind: c_int,
    name: *const ffi::X509_NAME,
    found: *mut ffi::X509_OBJECT,
) -> c_int {
    if kind != X509_LU_X509 {
        return 0;
    }
    // SAFETY: OpenSSL hands over what is valid for the call; the roots live as long as the lookup.
    let put = || unsafe {
        let roots: *const Roots = X509_LOOKUP_get_method_data(lookup).cast();
        let roots = roots.as_ref()?;
        let store = X509_LOOKUP_get_store(lookup);
        let mut first = None;
        for root in roots.named(X509NameRef::from_ptr(name.cast_mut())) {
            if ffi::X509_STORE_add_cert(store, root.as_ptr()) != 1 {
                return None;
            }
            first.get_or_insert(root.as_ptr());
        }
        let first = first?;
        if X509_OBJECT_set1_X509(found, first) != 1 {
            return None;
        }
        // OpenSSL takes a reference of its own to what it finds; the store has one as well.
        ffi::X509_free(first);
        Some(())
    };
    c_int::from(matches!(catch_unwind(AssertUnwindSafe(put)), Ok(Some(()))))
}
