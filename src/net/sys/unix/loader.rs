//! Here threads begin at any time, and a process ends after its last call.

/// Why this call must not wait for a thread of the library's own: nothing forbids it.
#[inline]
pub fn threads_held_back() -> Option<&'static str> {
    None
}

/// Whether this process has lost its other threads: never before its end.
#[inline]
pub fn is_process_ending() -> bool {
    false
}
