//! Ending a wait of a call that makes a connection: a name being resolved, a connection attempt,
//! a handshake.

use super::{Signal, Socket};
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Says once and for all that the socket was closed, and wakes the call that makes its connection.
#[derive(Debug, Default)]
pub struct Cancel {
    set: AtomicBool,
    waiting: Mutex<Option<Waiting>>,
}

/// What the connecting call is waiting for.
#[derive(Debug)]
enum Waiting {
    Signal(Arc<Signal>),
    Socket(Arc<Socket>),
}

impl Waiting {
    fn wake(&self) {
        match self {
            Waiting::Signal(signal) => signal.set(),
            Waiting::Socket(socket) => socket.cancel(),
        }
    }
}

impl Cancel {
    /// Cancels: the call under way, if any, wakes and sees it.
    pub fn set(&self) {
        self.set.store(true, Ordering::SeqCst);
        if let Some(waiting) = &*self.waiting.lock() {
            waiting.wake();
        }
    }

    /// Whether it was cancelled.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// The signal that the connecting call waits for beside its sockets.
    pub fn arm(&self) -> io::Result<Arc<Signal>> {
        let signal = Arc::new(Signal::new()?);
        self.wait_for(Waiting::Signal(Arc::clone(&signal)));
        Ok(signal)
    }

    /// The connection stands, and the call goes on to wait on this socket.
    pub fn attach(&self, socket: &Arc<Socket>) {
        self.wait_for(Waiting::Socket(Arc::clone(socket)));
    }

    /// Lets go of what was waited for, once the socket is complete or has failed.
    pub fn disarm(&self) {
        *self.waiting.lock() = None;
    }

    fn wait_for(&self, waiting: Waiting) {
        let mut place = self.waiting.lock();
        if self.is_set() {
            waiting.wake();
        }
        *place = Some(waiting);
    }
}
