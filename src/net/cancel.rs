//! Ending a wait that has no socket yet: a name being resolved, a connection being made.

use super::Signal;
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Says once and for all that the socket was closed, and wakes the call that makes its connection.
#[derive(Debug, Default)]
pub struct Cancel {
    set: AtomicBool,
    waiting: Mutex<Option<Arc<Signal>>>,
}

impl Cancel {
    /// Cancels: the call under way, if any, wakes and sees it.
    pub fn set(&self) {
        self.set.store(true, Ordering::SeqCst);
        if let Some(signal) = &*self.waiting.lock() {
            signal.set();
        }
    }

    /// Whether it was cancelled.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// The signal that the connecting call waits for beside its sockets, made when it is first
    /// asked for: a connection that stands at once needs none.
    pub fn arm(&self) -> io::Result<Arc<Signal>> {
        let mut waiting = self.waiting.lock();
        let signal = match &*waiting {
            Some(signal) => Arc::clone(signal),
            None => Arc::clone(waiting.insert(Arc::new(Signal::new()?))),
        };
        if self.is_set() {
            signal.set();
        }
        Ok(signal)
    }

    /// Lets the signal go once the connection stands or has failed.
    pub fn disarm(&self) {
        *self.waiting.lock() = None;
    }
}
