//! When the port of a closed socket is free again.
//!
//! Closing wakes the threads that are inside a call of the socket, and the last of them to let it go
//! closes its descriptor. Until then the system keeps the port.

use crate::net::{Condvar, Deadline};
use parking_lot::Mutex;
use std::sync::{Arc, OnceLock};

/// How long SocketClose waits for the others, in milliseconds. They only have to wake up and leave; a
/// signal handler that closes the socket of the call which it interrupted would wait for itself.
const PATIENCE: i32 = 1000;

/// Tells, once it is dropped, whoever waits for that. It belongs behind what holds the descriptor.
#[derive(Debug, Default)]
pub struct Freed(OnceLock<Arc<Event>>);

/// Something that happens once.
#[derive(Debug, Default)]
pub struct Event {
    happened: Mutex<bool>,
    changed: Condvar,
}

impl Freed {
    /// What will happen when this is dropped.
    pub fn event(&self) -> Arc<Event> {
        Arc::clone(self.0.get_or_init(Arc::default))
    }
}

impl Drop for Freed {
    fn drop(&mut self) {
        if let Some(event) = self.0.take() {
            *event.happened.lock() = true;
            event.changed.notify_all();
        }
    }
}

impl Event {
    /// Waits until it has happened, but not for ever.
    pub fn wait(&self) {
        let deadline = Deadline::after(PATIENCE);
        let mut happened = self.happened.lock();
        while !*happened && !deadline.has_passed() {
            if let Some(moment) = deadline.instant() {
                self.changed.wait_until(&mut happened, moment);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_goes_on_when_it_is_dropped() {
        let freed = Freed::default();
        let event = freed.event();
        let waiting = std::thread::spawn(move || event.wait());
        drop(freed);
        waiting.join().unwrap();
        // Nobody waits: nothing to tell.
        drop(Freed::default());
    }
}
