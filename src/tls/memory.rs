//! OpenSSL's memory. While a key is loaded it is wiped before it is given back, for OpenSSL itself leaves parts of a
//! key that it decodes in memory that it frees. And where there was none, that is known: OpenSSL would keep what it could
//! read only in part, and take it for damaged ever after.

use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn realloc(memory: *mut c_void, size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
    #[cfg_attr(windows, link_name = "_msize")]
    fn malloc_usable_size(memory: *mut c_void) -> usize;
    fn CRYPTO_set_mem_functions(
        allocate: extern "C" fn(usize, *const c_char, c_int) -> *mut c_void,
        resize: unsafe extern "C" fn(*mut c_void, usize, *const c_char, c_int) -> *mut c_void,
        release: unsafe extern "C" fn(*mut c_void, *const c_char, c_int),
    ) -> c_int;
    fn OPENSSL_cleanse(memory: *mut c_void, size: usize);
}

/// How many threads are loading a key.
static LOADING: AtomicUsize = AtomicUsize::new(0);

/// How often there was no memory.
static SHORTAGES: AtomicUsize = AtomicUsize::new(0);

/// Gives OpenSSL these functions, before it asks for its first memory. The system's OpenSSL, which the host may use
/// too, keeps its own.
pub(super) fn take_over() {
    if cfg!(feature = "vendored") {
        // SAFETY: three functions that are what the C library's are.
        unsafe { CRYPTO_set_mem_functions(allocate, resize, release) };
    }
}

/// Loads a key; whatever OpenSSL frees meanwhile is wiped.
pub(super) fn wiping<T>(load: impl FnOnce() -> T) -> T {
    struct Loading;
    impl Drop for Loading {
        fn drop(&mut self) {
            LOADING.fetch_sub(1, Ordering::Relaxed);
        }
    }
    LOADING.fetch_add(1, Ordering::Relaxed);
    let _loading = Loading;
    load()
}

/// Does what needs OpenSSL's memory; None where it was short of it meanwhile, on whatever thread.
pub(super) fn enough<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = SHORTAGES.load(Ordering::Relaxed);
    let outcome = work();
    (SHORTAGES.load(Ordering::Relaxed) == before).then_some(outcome)
}

/// Notes where there is none.
fn noted(memory: *mut c_void, size: usize) -> *mut c_void {
    if memory.is_null() && size != 0 {
        SHORTAGES.fetch_add(1, Ordering::Relaxed);
    }
    memory
}

extern "C" fn allocate(size: usize, _: *const c_char, _: c_int) -> *mut c_void {
    // SAFETY: the C library's own.
    noted(unsafe { malloc(size) }, size)
}

unsafe extern "C" fn resize(
    memory: *mut c_void,
    size: usize,
    _: *const c_char,
    _: c_int,
) -> *mut c_void {
    if memory.is_null() || LOADING.load(Ordering::Relaxed) == 0 {
        // SAFETY: memory of the C library's, or none.
        return noted(unsafe { realloc(memory, size) }, size);
    }
    // SAFETY: as above; both are as large as what is copied.
    unsafe {
        let moved = noted(malloc(size), size);
        if !moved.is_null() {
            let most = malloc_usable_size(memory).min(size);
            moved
                .cast::<u8>()
                .copy_from_nonoverlapping(memory.cast(), most);
            release(memory, std::ptr::null(), 0);
        }
        moved
    }
}

unsafe extern "C" fn release(memory: *mut c_void, _: *const c_char, _: c_int) {
    if memory.is_null() {
        return;
    }
    // SAFETY: memory of the C library's, wiped to its end.
    unsafe {
        if LOADING.load(Ordering::Relaxed) != 0 {
            OPENSSL_cleanse(memory, malloc_usable_size(memory));
        }
        free(memory);
    }
}
