//! The tables in which OpenSSL finds what a provider has.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr::null;

/// OSSL_DISPATCH: a function by its number in openssl/core_dispatch.h.
#[repr(C)]
pub struct Function(pub c_int, pub *const c_void);

/// What stands behind the last function.
pub const END: Function = Function(0, null());

/// OSSL_PARAM, of which there is only the name and kind.
#[repr(C)]
pub struct Parameter {
    key: *const c_char,
    kind: c_uint,
    data: *const c_void,
    size: usize,
    returned: usize,
}

impl Parameter {
    /// One that is a number or a text.
    pub const fn named(key: &'static CStr) -> Self {
        const INTEGER: c_uint = 1;
        Parameter {
            key: key.as_ptr(),
            kind: INTEGER,
            data: null(),
            size: 0,
            returned: 0,
        }
    }

    /// What stands behind the last.
    pub const NO_MORE: Self = Parameter {
        key: null(),
        kind: 0,
        data: null(),
        size: 0,
        returned: 0,
    };
}

/// What OpenSSL reads and nobody changes.
pub struct Table<T: 'static>(pub &'static [T]);

// SAFETY: the pointers in it are to functions and texts of the program, which are there for ever.
unsafe impl<T> Sync for Table<T> {}
