//! Sending all of a message; each system has the call itself.

use super::{Interest, SystemSocket};
use crate::error::is_shortage;
use crate::net::deadline::Deadline;
use crate::net::stop::{SHORTAGE, Stop};
use std::io::IoSlice;

impl SystemSocket {
    /// Sends all the parts in order, waiting for room until the deadline. The rest of a message that has
    /// `begun` waits through a shortage of the system's, too. On failure tells how many bytes the system took.
    pub fn send(
        &self,
        mut parts: &mut [IoSlice<'_>],
        begun: bool,
        deadline: &Deadline,
    ) -> Result<(), (usize, Stop)> {
        let mut sent = 0;
        IoSlice::advance_slices(&mut parts, 0); // drops empty parts in front
        while !parts.is_empty() {
            match self.send_some(parts, deadline) {
                Ok(count) => {
                    sent += count;
                    IoSlice::advance_slices(&mut parts, count);
                    if parts.is_empty() {
                        break;
                    }
                    self.check(deadline).map_err(|stop| (sent, stop))?;
                    if deadline.has_run_out() {
                        return Err((sent, Stop::TimedOut));
                    }
                }
                Err(error) => {
                    let settled = match begun || sent > 0 {
                        true if is_shortage(&error) => self.pause(SHORTAGE, deadline),
                        _ => self.settle(error, Interest::Write, deadline),
                    };
                    settled.map_err(|stop| (sent, stop))?;
                }
            }
        }
        Ok(())
    }
}
