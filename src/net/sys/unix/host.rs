//! What the host keeps for itself, on Linux and its kin.

use std::ffi::{OsString, c_int};

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
