//! What the host keeps for itself, on Windows.

use std::ffi::OsString;
use windows_sys::Win32::Foundation::{GetLastError, SetLastError};

/// The thread's last error as the host left it: put back when this is dropped.
#[derive(Debug)]
pub(super) struct HostError(u32);

impl HostError {
    /// As it is now.
    pub fn new() -> Self {
        // SAFETY: takes nothing and only looks.
        HostError(unsafe { GetLastError() })
    }
}

impl Drop for HostError {
    fn drop(&mut self) {
        // SAFETY: takes a number and keeps it.
        unsafe { SetLastError(self.0) };
    }
}

/// A variable of the environment that is not empty. (Windows runs no program with more rights than
/// the user's own by a bit of its file.)
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
