//! A server that could not take a client, because the system is out of descriptors or memory, rests for a
//! moment: the client goes on waiting, and without the rest every loop of a program would spin.

use crate::net::{Deadline, Stop, SystemSocket};
use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// How long a server is not ready after it could not take a client.
const REST: Duration = Duration::from_millis(100);

/// Until when a server rests.
#[derive(Debug, Default)]
pub struct Rest(Mutex<Option<Instant>>);

impl Rest {
    /// A client could not be taken.
    pub fn begin(&self) {
        *self.0.lock() = Some(Instant::now() + REST);
    }

    /// One could.
    pub fn end(&self) {
        *self.0.lock() = None;
    }

    /// When it is over; `None` where it is.
    pub fn until(&self) -> Option<Instant> {
        let mut until = self.0.lock();
        if until.is_some_and(|until| until <= Instant::now()) {
            *until = None;
        }
        *until
    }

    /// Waits until it is over, at most until the deadline. Ends where another thread cancels the socket.
    pub fn wait(&self, socket: &SystemSocket, deadline: &Deadline) -> Result<(), Stop> {
        while let Some(until) = self.until() {
            socket.pause(until.saturating_duration_since(Instant::now()), deadline)?;
        }
        Ok(())
    }
}
