//! Waiting for many sockets at once on Windows: a completion port and the system's AFD driver,
//! which the crate `polling` knows how to ask.

use super::socket::SystemSocket;
use polling::{Event, Events, PollMode};
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The most sockets that one wait tells.
const BATCH: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// One wait for any number of sockets.
#[derive(Debug)]
pub struct Poller {
    port: polling::Poller,
    /// Whether a socket was unmuted since the last wait.
    unmuted: AtomicBool,
}

impl Poller {
    /// A wait for nothing yet.
    pub fn new() -> io::Result<Self> {
        Ok(Poller {
            port: polling::Poller::new()?,
            unmuted: AtomicBool::new(false),
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

    /// Tells nothing of the socket until it is unmuted.
    pub fn mute(&self, socket: &SystemSocket, key: u32) -> io::Result<()> {
        let nothing = Event::none(key as usize);
        self.port
            .modify_with_mode(socket.inner(), nothing, PollMode::Oneshot)
    }

    /// Tells of a muted socket again, also what came meanwhile.
    pub fn unmute(&self, socket: &SystemSocket, key: u32) -> io::Result<()> {
        let wanted = Event::readable(key as usize);
        self.unmuted.store(true, Ordering::SeqCst);
        self.port
            .modify_with_mode(socket.inner(), wanted, PollMode::Level)
    }

    /// Tells nothing of the socket any more.
    pub fn remove(&self, socket: &SystemSocket) {
        // It fails only where the socket was not added.
        let _ = self.port.delete(socket.inner());
    }

    /// Waits until a socket has something, the time is over or `wake` is called, and gives the
    /// keys of some of the sockets, others at the next wait.
    pub fn wait(&self, timeout: Option<Duration>, found: impl FnMut(u32)) -> io::Result<()> {
        let mut events = Events::with_capacity(BATCH);
        let unmuted = self.unmuted.swap(false, Ordering::SeqCst);
        self.port.wait(&mut events, timeout)?;
        if unmuted && events.is_empty() && timeout == Some(Duration::ZERO) {
            // The driver's question about a muted socket had to be withdrawn first, and the crate
            // asks the new one in the next round only. A wait that has time makes that round itself.
            self.port.wait(&mut events, timeout)?;
        }
        events.iter().map(|event| event.key as u32).for_each(found);
        Ok(())
    }

    /// What other loops can wait for: a completion port is nothing of that kind.
    pub fn handle(&self) -> io::Result<isize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// There is no handle to be signalled.
    pub fn wake_after(&self, _: Option<Duration>) {}

    /// Ends the wait under way, or the next one.
    pub fn wake(&self) {
        // It fails only where the system has no memory for the packet.
        let _ = self.port.notify();
    }
}
