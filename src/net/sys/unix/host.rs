//! What the host keeps for itself, on Linux and its kin.

use std::ffi::{OsString, c_int};

/// The thread's `errno` as the host left it: put back when this is dropped.
#[derive(Debug)]
pub struct HostError {
    place: *mut c_int,
    value: c_int,
}

impl HostError {
    /// As it is now.
    #[inline]
    pub fn new() -> Self {
        let place = errno();
        // SAFETY: the C library gives this thread's own number, which lives as long as the thread;
        // `place` never leaves it, since a raw pointer keeps the type from being sent.
        let value = unsafe { *place };
        HostError { place, value }
    }
}

impl Drop for HostError {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: as in `new`.
        unsafe { *self.place = self.value };
    }
}

/// Where this thread's `errno` is.
#[inline]
pub(super) fn errno() -> *mut c_int {
    // SAFETY: takes nothing.
    unsafe { errno_location() }
}

#[cfg(target_os = "android")]
use libc::__errno as errno_location;
#[cfg(not(target_os = "android"))]
use libc::__errno_location as errno_location;

/// A variable of the environment that is not empty. None at all for a program that runs with more
/// rights than the user who started it: what such a user says is not for it.
pub fn environment(name: &str) -> Option<OsString> {
    // SAFETY: takes no pointers.
    if unsafe { libc::getauxval(libc::AT_SECURE) } != 0 {
        return None;
    }
    std::env::var_os(name).filter(|value| !value.is_empty())
}
