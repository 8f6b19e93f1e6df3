//! Datagrams in and out within a deadline; each system has the calls themselves.

use super::datagram_limits::{LARGEST, MOST_REPORTS};
use super::{Interest, SystemSocket};
use crate::net::deadline::Deadline;
use crate::net::stop::{Ender, Stop};
use socket2::SockAddr;
use std::io;
use std::net::SocketAddr;

impl SystemSocket {
    /// Receives one datagram, waiting for it until the deadline, and tells its size and sender. What
    /// does not fit into `out` goes to `rest`, so that nothing is cut and one system call is enough.
    /// `rest` then has the memory for the whole; where that cannot be had, nothing is received.
    /// At most one thread at a time may be in here, since the time limit belongs to the socket.
    pub fn receive_datagram(
        &self,
        out: &mut [u8],
        rest: &mut Vec<u8>,
        deadline: &Deadline,
    ) -> Result<(usize, SocketAddr), Stop> {
        rest.clear();
        if out.len() < LARGEST {
            rest.try_reserve_exact(LARGEST).map_err(io::Error::from)?;
        }
        let mut reports = 0;
        loop {
            let received = self.receive_parts(out, rest.spare_capacity_mut(), deadline);
            if self.is_cancelled() {
                return Err(Stop::Cancelled(Ender::Close));
            }
            match received {
                Ok((size, sender)) => {
                    // SAFETY: the system has written what went beyond `out`.
                    unsafe { rest.set_len(size.saturating_sub(out.len())) };
                    return Ok((size, sender));
                }
                Err(error) if Self::is_report(&error) && reports < MOST_REPORTS => reports += 1,
                Err(error) => self.settle(error, Interest::Read, deadline)?,
            }
        }
    }

    /// Sends one datagram, waiting for room until the deadline.
    pub fn send_datagram(
        &self,
        bytes: &[u8],
        to: SocketAddr,
        deadline: &Deadline,
    ) -> Result<(), Stop> {
        let to = SockAddr::from(to);
        let mut reports = 0;
        loop {
            match self.try_send_datagram(bytes, &to) {
                Ok(_) => return Ok(()),
                Err(error) if Self::is_report(&error) && reports < MOST_REPORTS => reports += 1,
                Err(error) => self.settle(error, Interest::Write, deadline)?,
            }
        }
    }
}
