//! Ending a wait of a call that has no socket to wait on yet: a name being resolved, a connection
//! attempt, a handshake.

use super::cancels::LastCancel;
use super::deadline::Deadline;
use super::stop::Ender;
use super::sys::{self, Signal, SystemSocket};
use crate::error::{Error, Result};
use parking_lot::Mutex;
use std::fmt::Display;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Says once and for all that the socket was closed, and wakes the calls that look up names or connect.
#[derive(Debug, Default)]
pub struct Cancel {
    set: AtomicBool,
    /// The last SocketCancel.
    last: LastCancel,
    /// Whether a signal's handler ends the waits (SocketSignalEndsWait).
    by_signals: AtomicBool,
    /// The calls that do so, where there are any.
    waiting: Mutex<Option<Box<Calls>>>,
}

#[derive(Debug, Default)]
struct Calls(Vec<Waiting>);

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

    fn end_wait(&self, number: u64) {
        match self {
            Waiting::Signal(_) => self.wake(),
            Waiting::SystemSocket(socket) => socket.end_waits(number),
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
        self.each(Waiting::wake);
    }

    /// SocketCancel: the calls under way, if any, wake and see that they have ended.
    pub fn end_waits(&self, number: u64) {
        self.last.note(number);
        self.each(|waiting| waiting.end_wait(number));
    }

    fn each(&self, tell: impl Fn(&Waiting)) {
        if let Some(calls) = &*self.waiting.lock() {
            calls.0.iter().for_each(tell);
        }
    }

    /// Whether a call goes on. Errors: CANCELLED.
    pub fn check(&self, deadline: &Deadline) -> Result<()> {
        if self.is_set() {
            return Err(Ender::Close.told());
        }
        match self.last.ends(deadline.cancels()) {
            true => Err(Ender::Cancel.told()),
            false => Ok(()),
        }
    }

    /// Whether it was cancelled.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// Whether a signal's handler that runs in a waiting thread ends the wait, from now on.
    pub fn end_waits_with_signals(&self, ends: bool) {
        self.by_signals.store(ends, Ordering::Relaxed);
    }

    /// Whether it does.
    pub fn signals_end_waits(&self) -> bool {
        self.by_signals.load(Ordering::Relaxed)
    }

    /// Waits until one of the sockets that are being connected has come to its end, the signal is set or the time
    /// is over. Tells which have; none where a handler interrupted it. Errors: CANCELLED (a handler ends it), the system's.
    pub fn wait_any(
        &self,
        sockets: &[&socket2::Socket],
        signal: &Signal,
        timeout: Option<Duration>,
        doing: impl Display,
    ) -> Result<Vec<bool>> {
        match sys::wait_any(sockets, Some(signal), timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                Err(Error::from_io(&error, doing))
            }
            Err(_) if self.signals_end_waits() => Err(Ender::Signal.told()),
            Err(_) => Ok(vec![false; sockets.len()]),
            Ok(done) => Ok(done),
        }
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
        *self.waiting.lock() = None;
    }

    fn wait_for(&self, waiting: Waiting) {
        let mut all = self.waiting.lock();
        if self.is_set() {
            waiting.wake();
        } else if self.last.number() > 0 {
            // It ends only what began before it.
            waiting.end_wait(self.last.number());
        }
        let calls = &mut all.get_or_insert_default().0;
        calls.retain(|other| !other.is_over());
        calls.push(waiting);
    }
}

/// What every call says whose socket was closed.
pub fn cancelled() -> Error {
    Ender::Close.told()
}
