//! Ending a wait that has no socket yet: a name being resolved, a connection being made.

use super::Signal;
use parking_lot::Mutex;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// Says once and for all that the socket was closed, and wakes the calls that look up names or connect.
#[derive(Debug, Default)]
pub struct Cancel {
    set: AtomicBool,
    waiting: Mutex<Vec<Weak<Signal>>>,
}

impl Cancel {
    /// Cancels: the calls under way, if any, wake and see it.
    pub fn set(&self) {
        self.set.store(true, Ordering::SeqCst);
        for signal in self.waiting.lock().iter().filter_map(Weak::upgrade) {
            signal.set();
        }
    }

    /// Whether it was cancelled.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// The signal that one call waits for beside its sockets; it counts until the call drops it.
    pub fn arm(&self) -> io::Result<Arc<Signal>> {
        let signal = Arc::new(Signal::new()?);
        let mut waiting = self.waiting.lock();
        waiting.retain(|other| other.strong_count() > 0);
        waiting.push(Arc::downgrade(&signal));
        drop(waiting);
        if self.is_set() {
            signal.set();
        }
        Ok(signal)
    }

    /// Lets the signals go once the connection stands or has failed.
    pub fn disarm(&self) {
        *self.waiting.lock() = Vec::new();
    }
}
