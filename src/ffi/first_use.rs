//! What the library does when it is used for the first time: nothing runs when it is loaded.

use super::panics;
use crate::net::{enter, expect_forks, hold_cancellation, look_for_interposers};
use crate::socket;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Nothing is prepared.
const NOT_YET: u32 = 0;
/// Everything is.
const DONE: u32 = u32::MAX;

/// One of these, or the process of which a thread is preparing. (A `Once` would never be done in the child
/// of a fork at such a moment.)
static STATE: AtomicU32 = AtomicU32::new(NOT_YET);

/// Prepares, once.
#[inline]
pub fn prepare() {
    if STATE.load(Ordering::Acquire) != DONE {
        prepare_now();
    }
}

#[cold]
fn prepare_now() {
    let _held = hold_cancellation();
    let own = process::id();
    loop {
        let state = STATE.load(Ordering::Acquire);
        if state == DONE {
            return;
        }
        if state == own {
            std::thread::yield_now();
            continue;
        }
        if STATE
            .compare_exchange(state, own, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
        {
            break;
        }
    }
    #[cfg(windows)]
    crate::net::stay_loaded();
    look_for_interposers();
    expect_forks();
    // From here on no fork happens in the middle of it.
    let _inside = enter();
    panics::silence();
    socket::trace_by_environment();
    STATE.store(DONE, Ordering::Release);
}
