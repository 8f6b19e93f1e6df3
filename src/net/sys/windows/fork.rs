//! Windows has no forks: nothing has to wait for a thread that is inside the library.

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

/// A call that is inside the library, until this is dropped.
#[derive(Debug)]
pub struct Inside;

/// Comes in.
#[inline]
pub fn enter() -> Inside {
    Inside
}

/// As [`enter`], where `prepare` has to be done before the process's first call.
#[inline]
pub fn enter_after(prepare: fn()) -> Inside {
    prepare();
    Inside
}

/// Which process this is.
#[inline]
pub fn forks() -> u32 {
    1
}

/// Nothing is to be expected.
pub fn expect_forks() {}
