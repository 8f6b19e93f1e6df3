//! The environment, where it may be trusted.

use std::env;
use std::ffi::OsString;

/// A variable of the environment that is not empty. A program that has more rights than whoever started it
/// (set-uid, set-gid, file capabilities) takes nothing from there: it is the starter's word.
pub(super) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty() && !has_more_rights())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn has_more_rights() -> bool {
    // SAFETY: the call only reads what the system has told this process at its start.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn has_more_rights() -> bool {
    // SAFETY: the calls only ask the system about this process.
    unsafe { libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}

#[cfg(not(unix))]
fn has_more_rights() -> bool {
    false
}
