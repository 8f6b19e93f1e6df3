//! Waiting for many sockets at once on Windows: a completion port and the system's AFD driver,
//! which the crate `polling` knows how to ask.

use super::bells::{Bells, Message};
use super::socket::SystemSocket;
use super::wait::Interest;
use parking_lot::Mutex;
use polling::{Event, Events, PollMode};
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The most sockets that one wait tells.
const BATCH: usize = 256;

/// One wait for any number of sockets.
#[derive(Debug)]
pub struct Poller {
    port: polling::Poller,
    /// Whether more was asked of a socket since the last wait.
    changed: AtomicBool,
    bells: Mutex<Bells>,
}

impl Poller {
    /// Whether a thread has to wait for it, so that the host's loop is told: no loop can wait for a completion port.
    pub const NEEDS_LOOKOUT: bool = true;

    /// A wait for nothing yet.
    pub fn new() -> io::Result<Self> {
        Ok(Poller {
            port: polling::Poller::new()?,
            changed: AtomicBool::new(false),
            bells: Mutex::default(),
        })
    }

    /// Whether another process made it: Windows has no forks.
    pub fn is_inherited(&self) -> bool {
        false
    }

    /// Makes it this process's own, which it is.
    pub fn renew(&self, _: impl FnOnce(&Poller) -> io::Result<()>) -> io::Result<()> {
        Ok(())
    }

    /// Tells `key` from now on whenever the socket has bytes, a client or an end.
    pub fn add(&self, socket: &SystemSocket, key: u32) -> io::Result<()> {
        let wanted = Event::readable(key as usize);
        // SAFETY: whoever adds a socket removes it before it is closed.
        unsafe {
            self.port
                .add_with_mode(socket.inner(), wanted, PollMode::Level)
        }
    }

    /// Tells of the socket what it is asked for from now on, also what is there already; without anything to ask
    /// for nothing.
    pub fn change(
        &self,
        socket: &SystemSocket,
        key: u32,
        interest: Option<Interest>,
    ) -> io::Result<()> {
        let key = key as usize;
        let (wanted, mode) = match interest {
            Some(Interest::Read) => (Event::readable(key), PollMode::Level),
            Some(Interest::Write) => (Event::writable(key), PollMode::Level),
            Some(Interest::ReadOrWrite) => (Event::all(key), PollMode::Level),
            None => (Event::none(key), PollMode::Oneshot),
        };
        if interest.is_some() {
            self.changed.store(true, Ordering::SeqCst);
        }
        self.port.modify_with_mode(socket.inner(), wanted, mode)
    }

    /// Tells nothing of the socket any more.
    pub fn remove(&self, socket: &SystemSocket) {
        // It fails only where the socket was not added.
        let _ = self.port.delete(socket.inner());
    }

    /// Waits until a socket has something, the time is over or `wake` is called, and gives the keys of some of the
    /// sockets with what they have, about `most`, others at the next wait; whether there may be others.
    pub fn wait(
        &self,
        timeout: Option<Duration>,
        most: usize,
        mut found: impl FnMut(u32, Interest),
    ) -> io::Result<bool> {
        let most = BATCH.min(most.saturating_add(1));
        let mut events =
            Events::with_capacity(NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN));
        let changed = self.changed.swap(false, Ordering::SeqCst);
        self.port.wait(&mut events, timeout)?;
        if changed && events.is_empty() && timeout == Some(Duration::ZERO) {
            // The driver's earlier question about the socket had to be withdrawn first, and the crate
            // asks the new one in the next round only. A wait that has time makes that round itself.
            self.port.wait(&mut events, timeout)?;
        }
        for event in events.iter() {
            let told = match (event.readable, event.writable) {
                (true, false) => Interest::Read,
                (false, true) => Interest::Write,
                _ => Interest::ReadOrWrite,
            };
            found(event.key as u32, told);
        }
        Ok(events.len() == most)
    }

    /// What other loops can wait for: an event, signalled by `ring` until it was `answered` and nothing is left.
    pub fn handle(&self) -> io::Result<isize> {
        self.bells.lock().event()
    }

    /// Posts a message to a window at each `ring` after it was `answered`; to window 0, no more.
    /// Errors: InvalidInput (no such window, no such message).
    pub fn post_to(&self, window: i32, message: i32, id: i32) -> io::Result<()> {
        let message = match window {
            0 => None,
            _ => Some(Message::new(window, message, id)?),
        };
        self.bells.lock().set_message(message);
        Ok(())
    }

    /// Tells the host's loop that there is something; `false` where it has to be told again in a moment.
    pub fn ring(&self) -> bool {
        self.bells.lock().ring()
    }

    /// The host has waited; whether there is something `left`.
    pub fn answered(&self, left: bool) {
        self.bells.lock().answered(left);
    }

    /// Closes the event, and posts no more.
    pub fn silence(&self) {
        self.bells.lock().end();
    }

    /// The thread that waits knows of the moment itself.
    pub fn wake_after(&self, _: Option<Duration>) {}

    /// Ends the wait under way, or the next one.
    pub fn wake(&self) {
        // It fails only where the system has no memory for the packet.
        let _ = self.port.notify();
    }
}
