//! Windows has no forks: nothing has to wait for a thread that is inside the library.

use std::cell::Cell;

thread_local! {
    static LAST_ERROR: Cell<(i32, bool)> = const { Cell::new((0, false)) };
}

/// The code of this thread's last error, and whether there is a text.
pub fn last_error() -> (i32, bool) {
    LAST_ERROR.with(Cell::get)
}

/// Changes that.
pub fn set_last_error(last: (i32, bool)) {
    LAST_ERROR.with(|cell| cell.set(last));
}

/// A call that is inside the library, until this is dropped.
#[derive(Debug)]
pub struct Inside;

/// Comes in.
#[inline]
pub fn enter() -> Inside {
    Inside
}

/// Which process this is.
#[inline]
pub fn forks() -> u32 {
    1
}

/// Nothing is to be expected.
pub fn expect_forks() {}
