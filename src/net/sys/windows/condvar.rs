//! Condition variables on Windows, which has no fork that they would have to outlive.

use parking_lot::MutexGuard;
use std::time::Instant;

/// Lets threads wait, without a lock, for what another thread does behind that lock.
#[derive(Debug, Default)]
pub struct Condvar(parking_lot::Condvar);

impl Condvar {
    /// Nobody waits yet.
    pub fn new() -> Self {
        Condvar(parking_lot::Condvar::new())
    }

    /// Waits, the lock open meanwhile. May return early: look again.
    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        self.0.wait(guard);
    }

    /// As `wait`, until that moment at most; whether it has come.
    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, end: Instant) -> bool {
        self.0.wait_until(guard, end).timed_out()
    }

    /// As `wait_until`, with a moment or without; no handler of a signal ever runs meanwhile.
    pub fn wait_or_signal<T>(&self, guard: &mut MutexGuard<'_, T>, end: Option<Instant>) -> bool {
        match end {
            Some(end) => drop(self.0.wait_until(guard, end)),
            None => self.0.wait(guard),
        }
        false
    }

    /// Wakes one of those who wait.
    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Wakes all who wait.
    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}
