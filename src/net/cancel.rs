//! Ending a wait of a call that has no socket to wait on yet: a name being resolved, a connection
//! attempt, a handshake.

use super::sys::{Signal, SystemSocket};
use crate::error::{Code, Error};
use parking_lot::Mutex;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// Says once and for all that the socket was closed, and wakes the calls that look up names or connect.
#[derive(Debug, Default)]
pub struct Cancel {
    set: AtomicBool,
    waiting: Mutex<Vec<Waiting>>,
}

/// What a call is waiting for.
#[derive(Debug)]
enum Waiting {
    /// Counts until the call lets it go: several may look up names on one UDP socket.
    Signal(Weak<Signal>),
    SystemSocket(Arc<SystemSocket>),
}

impl Waiting {
    fn wake(&self) {
        match self {
            Waiting::Signal(signal) => {
                if let Some(signal) = signal.upgrade() {
                    signal.set();
                }
            }
            Waiting::SystemSocket(socket) => socket.cancel(),
        }
    }

    fn is_over(&self) -> bool {
        matches!(self, Waiting::Signal(signal) if signal.strong_count() == 0)
    }
}

impl Cancel {
    /// Cancels: the calls under way, if any, wake and see it.
    pub fn set(&self) {
        self.set.store(true, Ordering::SeqCst);
        self.waiting.lock().iter().for_each(Waiting::wake);
    }

    /// Whether it was cancelled.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// The signal that one call waits for beside its sockets.
    pub fn arm(&self) -> io::Result<Arc<Signal>> {
        let signal = Arc::new(Signal::new()?);
        self.wait_for(Waiting::Signal(Arc::downgrade(&signal)));
        Ok(signal)
    }

    /// The connection stands, and the call goes on to wait on this socket.
    pub fn attach(&self, socket: &Arc<SystemSocket>) {
        self.wait_for(Waiting::SystemSocket(Arc::clone(socket)));
    }

    /// Lets go of what was waited for, once the socket is complete or has failed.
    pub fn disarm(&self) {
        *self.waiting.lock() = Vec::new();
    }

    fn wait_for(&self, waiting: Waiting) {
        let mut all = self.waiting.lock();
        if self.is_set() {
            waiting.wake();
        }
        all.retain(|other| !other.is_over());
        all.push(waiting);
    }
}

/// What every call says that another thread ended.
pub fn cancelled() -> Error {
    Error::new(
        Code::Cancelled,
        "the socket was closed by another thread during the call",
    )
}
