//! Which waits SocketCancel ends: those of the calls that had begun before it. Calls and cancels are told apart by counting.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many cancels there have been, of all sockets.
static COUNT: AtomicU64 = AtomicU64::new(1);

/// How many there have been so far, which a call notes when it begins.
#[inline]
pub fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// One more: its number.
pub fn next() -> u64 {
    COUNT.fetch_add(1, Ordering::SeqCst) + 1
}

/// The last cancel of one socket.
#[derive(Debug, Default)]
pub struct LastCancel(AtomicU64);

impl LastCancel {
    /// This one was of the socket. Whoever waits has to be woken then.
    pub fn note(&self, number: u64) {
        self.0.fetch_max(number, Ordering::SeqCst);
    }

    /// Its number; 0 where there was none.
    pub fn number(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether it ends a call that began when there had been so many.
    pub fn ends(&self, begun: u64) -> bool {
        self.number() > begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_ends_the_calls_before_it_and_no_later_one() {
        let (one, other) = (LastCancel::default(), LastCancel::default());
        let before = count();
        assert!(!one.ends(before));
        one.note(next());
        assert!(one.ends(before) && !one.ends(count()));
        assert!(!other.ends(before));
        one.note(1); // an older one that comes late
        assert!(one.ends(before));
    }
}
