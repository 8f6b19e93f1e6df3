//! Condition variables that outlive a fork, see [`fork`](super::fork).

use super::fork::outside;
use super::futex::{sleep_while, wake};
use parking_lot::MutexGuard;
// Under loom (see models/) every order of these is tried.
#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// In place of no limit: a sleep with one never begins anew after a signal's handler.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// Lets threads wait, without a lock, for what another thread does behind that lock.
#[derive(Debug, Default)]
pub struct Condvar {
    /// How often somebody was notified.
    notices: AtomicU32,
    /// How many wait: with none, there is nobody to wake.
    waiting: AtomicU32,
}

impl Condvar {
    /// Nobody waits yet.
    pub fn new() -> Self {
        Condvar {
            notices: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
        }
    }

    /// Waits, the lock open meanwhile. May return early: look again.
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        self.sleep(guard, None);
    }

    /// As `wait`, until that moment at most; whether it has come.
    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, end: Instant) -> bool {
        let left = end.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            self.sleep(guard, Some(left));
        }
        Instant::now() >= end
    }

    /// As `wait_until`, with a moment or without; whether a signal's handler ran meanwhile.
    pub fn wait_or_signal<T>(&self, guard: &mut MutexGuard<'_, T>, end: Option<Instant>) -> bool {
        let left = end.map_or(LONG, |end| end.saturating_duration_since(Instant::now()));
        !left.is_zero() && self.sleep(guard, Some(left))
    }

    /// Wakes one of those who wait.
    pub fn notify_one(&self) {
        self.notify(1);
    }

    /// Wakes all who wait.
    pub fn notify_all(&self) {
        self.notify(i32::MAX);
    }

    /// Whether a signal's handler ran meanwhile; without a timeout it may go unnoticed.
    fn sleep<T>(&self, guard: &mut MutexGuard<'_, T>, timeout: Option<Duration>) -> bool {
        // Both before the lock opens: whoever changes something behind it from then on counts on it.
        let seen = self.notices.load(Ordering::Relaxed);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let interrupted = MutexGuard::unlocked(guard, || {
            outside(|| sleep_while(&self.notices, seen, timeout))
        });
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        interrupted
    }

    fn notify(&self, count: i32) {
        if self.waiting.load(Ordering::SeqCst) == 0 {
            return;
        }
        self.notices.fetch_add(1, Ordering::SeqCst);
        wake(&self.notices, count);
    }
}
