//! A peer that says nothing at all: SocketReadIdle ends the read, SocketIdleTimeout the connection.

use super::Stream;
use super::heard::Heard;
use crate::error::{Code, Error, Result};
use crate::net::Deadline;
use crate::socket::inbox::Inbox;
use crate::socket::secure::Secure;
use crate::socket::turns::Look;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

impl Stream {
    /// Reads with a limit for the peer's silence.
    #[cold]
    pub(super) fn read_in_time(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        let idle = self.read_idle.load(Ordering::Relaxed);
        deadline.unless_silent(idle, |deadline| self.read_unless_lost(out, deadline))
    }

    /// As `read`, whatever SocketReadIdle says.
    pub(in crate::socket) fn read_unless_lost(
        &self,
        out: &mut [u8],
        deadline: &Deadline,
    ) -> Result<usize> {
        loop {
            let Some(end) = self.idle_end(&self.inbox.lock()) else {
                return self.read_until(out, deadline);
            };
            let left = end.saturating_duration_since(Instant::now());
            let idle = Deadline::after(left.as_micros().div_ceil(1000) as i32);
            let first = deadline.min(&idle);
            let arrivals = self.inbox.lock().arrivals();
            let read = self.read_until(out, first);
            let mut inbox = self.inbox.lock();
            if inbox.arrivals() != arrivals {
                deadline.stir();
            }
            self.idle_end(&inbox); // from now on, if something has come
            match read {
                Err(error) if error.code == Code::Timeout && !self.end_if_idle(&mut inbox) => {
                    if std::ptr::eq(first, deadline) || deadline.has_passed() {
                        return Err(error);
                    }
                }
                Err(error) if error.code == Code::Timeout => {}
                read => return read,
            }
        }
    }

    /// When the peer will have been silent for too long, where that has a limit.
    pub(super) fn idle_end(&self, inbox: &Look<'_, Inbox>) -> Option<Instant> {
        let most = self.idle_timeout.load(Ordering::Relaxed);
        if most == 0 {
            return None;
        }
        let of_tls = self.wire.tls().map_or(0, Secure::arrivals);
        let arrivals = inbox.arrivals().wrapping_add(of_tls);
        let mut heard = self.heard.get_or_init(Box::default).lock();
        if heard.arrivals != arrivals {
            *heard = Heard { arrivals, at: None };
        }
        let at = *heard.at.get_or_insert_with(Instant::now);
        Some(at + Duration::from_millis(most.unsigned_abs().into()))
    }

    /// Ends a stream whose peer has been silent for too long, once nothing more of it is there; whether that is so.
    pub(super) fn end_if_idle(&self, inbox: &mut Look<'_, Inbox>) -> bool {
        let is_over = self
            .idle_end(inbox)
            .is_some_and(|end| end <= Instant::now());
        if is_over {
            inbox.set_end(Error::new(
                Code::Lost,
                format!(
                    "{} has sent nothing for {} ms (SocketIdleTimeout) and counts as gone: close the connection",
                    self.peer,
                    self.idle_timeout.load(Ordering::Relaxed)
                ),
            ));
        }
        is_over
    }

    /// The limits have changed: a silence begins now.
    pub(super) fn note_idle_limits(&self) {
        let read = self.read_idle.load(Ordering::Relaxed);
        let any = read | self.idle_timeout.load(Ordering::Relaxed);
        if let Some(heard) = self.heard.get() {
            *heard.lock() = Heard::default();
        }
        self.any_idle.store(any != 0, Ordering::Relaxed);
    }
}
