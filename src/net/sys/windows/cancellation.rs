//! Windows cannot cancel a thread within a call in good order: nothing has to be held back.

/// As long as it lives, nobody cancels this thread.
#[derive(Debug)]
pub struct Uncancelled;

/// Holds cancellation of this thread back.
#[inline]
pub fn hold_cancellation() -> Uncancelled {
    Uncancelled
}

/// Nobody has to stand aside.
pub fn look_for_interposers() {}
