//! Windows has no forks: nothing has to wait for a thread that is inside the library.

use super::host::HostError;
use std::cell::Cell;

thread_local! {
    static LAST_ERROR: Cell<i32> = const { Cell::new(0) };
}

/// What is kept of this thread's last error.
pub fn last_error() -> i32 {
    LAST_ERROR.with(Cell::get)
}

/// Changes that.
pub fn set_last_error(last: i32) {
    LAST_ERROR.with(|cell| cell.set(last));
}

/// The thread that makes a call.
#[derive(Clone, Copy, Debug)]
pub struct Caller;

impl Caller {
    /// This thread.
    #[inline]
    pub fn here() -> Self {
        Caller
    }
}

/// A call that is inside the library, until this is dropped. Then the host's last error is what it was.
#[derive(Debug)]
pub struct Inside {
    #[expect(dead_code, reason = "it counts when it is dropped")]
    host: HostError,
}

/// Comes in.
#[inline]
pub fn enter() -> Inside {
    enter_after(|| {})
}

/// As [`enter`], where `prepare` has to be done before the process's first call.
#[inline]
pub fn enter_after(prepare: fn()) -> Inside {
    let host = HostError::new();
    prepare();
    Inside { host }
}

/// Which process this is.
#[inline]
pub fn forks() -> u32 {
    1
}

/// Nothing is to be expected.
pub fn expect_forks() {}
