//! OpenSSL itself: how it is started, and its algorithms of the past.

use super::memory;
use foreign_types::ForeignType;
use openssl::error::ErrorStack;
use openssl::lib_ctx::LibCtx;
use openssl::provider::Provider;
use std::ptr;
use std::sync::Once;

unsafe extern "C" {
    fn OPENSSL_thread_stop();
    fn OSSL_LIB_CTX_set0_default(
        context: *mut openssl_sys::OSSL_LIB_CTX,
    ) -> *mut openssl_sys::OSSL_LIB_CTX;
}

/// openssl/crypto.h; the crate `openssl-sys` does not name it.
const OPENSSL_INIT_NO_LOAD_CONFIG: u64 = 0x0000_0080;

/// Starts OpenSSL once, without an exit handler in the host program.
///
/// The OpenSSL inside this library does not read the machine's openssl.cnf: the same library behaves
/// the same on every machine. A build that links the system's OpenSSL reads it, because whoever asks
/// for the system's OpenSSL asks for its rules (Red Hat's crypto policies live there).
pub(super) fn start() {
    static STARTED: Once = Once::new();
    attend_thread();
    STARTED.call_once(|| {
        memory::take_over();
        let mut how =
            openssl_sys::OPENSSL_INIT_LOAD_SSL_STRINGS | openssl_sys::OPENSSL_INIT_NO_ATEXIT;
        if cfg!(feature = "vendored") {
            how |= OPENSSL_INIT_NO_LOAD_CONFIG;
        }
        // SAFETY: OPENSSL_init_ssl may be called at any time from any thread, and takes no settings.
        unsafe { openssl_sys::OPENSSL_init_ssl(how, ptr::null()) };
        openssl::init();
    });
}

/// Has what OpenSSL keeps for this thread freed when the thread ends.
///
/// Under Windows an OpenSSL that is linked in statically does not hear of a thread's end. Elsewhere it
/// does, but at a moment when a fork would not wait for it.
pub(super) fn attend_thread() {
    let _ = THREAD_END.try_with(|_| ());
}

thread_local! {
    static THREAD_END: ThreadEnd = const { ThreadEnd };
}

struct ThreadEnd;

impl Drop for ThreadEnd {
    fn drop(&mut self) {
        let _inside = crate::net::enter();
        // SAFETY: it may be called at any time; what a later call needs is made anew.
        unsafe { OPENSSL_thread_stop() };
    }
}

/// The version of the OpenSSL in use, such as "OpenSSL 3.5.5 27 Jan 2026".
pub fn version() -> &'static str {
    start();
    openssl::version::version()
}

/// Runs `work` with RC2, single DES and the like at hand, in an OpenSSL library context of its own.
///
/// Keys and certificates made inside belong to that context and must not leave it; their DER may.
/// The host's and our other TLS never see these algorithms.
/// Errors: OpenSSL's, when it was built without its legacy provider.
pub(super) fn with_old_algorithms<T>(work: impl FnOnce() -> T) -> Result<T, ErrorStack> {
    start();
    let context = LibCtx::new()?;
    let _default = Provider::load(Some(&context), "default")?;
    let _legacy = Provider::load(Some(&context), "legacy")?;
    let _restore = ThreadDefault::set(&context);
    Ok(work())
}

/// Makes a library context this thread's default until it is dropped.
struct ThreadDefault(*mut openssl_sys::OSSL_LIB_CTX);

impl ThreadDefault {
    fn set(context: &LibCtx) -> Self {
        // SAFETY: the context outlives the guard, which is dropped before it.
        ThreadDefault(unsafe { OSSL_LIB_CTX_set0_default(context.as_ptr()) })
    }
}

impl Drop for ThreadDefault {
    fn drop(&mut self) {
        // SAFETY: it is the pointer that the same function returned on this thread.
        unsafe { OSSL_LIB_CTX_set0_default(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::cipher::Cipher;

    #[test]
    fn old_algorithms_are_there_inside_and_only_inside() {
        start();
        let rc2 = || Cipher::fetch(None, "RC2-40-CBC", None).is_ok();
        assert!(!rc2());
        assert!(with_old_algorithms(rc2).unwrap());
        assert!(!rc2());
    }
}
