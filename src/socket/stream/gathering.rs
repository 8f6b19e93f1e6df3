//! Messages that are held together for a while, so that many leave with one system call (SocketGather).

use super::Stream;
use super::gathered::Gathered;
use super::outbox::Outbox;
use crate::error::{Code, Result};
use crate::framing::{Framing, Header};
use crate::net::{Deadline, SHORTAGE, SystemSocket};
use crate::socket::gatherer::{self, Gathers, Next};
use crate::socket::turns::Look;
use std::io::IoSlice;
use std::mem::take;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How long SocketClose waits at most for the system to take what is held, in milliseconds.
const LAST_WAIT: i32 = 1000;

impl Stream {
    /// How long messages are held together, in milliseconds.
    pub(super) fn gather_time(&self) -> i32 {
        let outbox = self.outbox.lock();
        let time = outbox.gathered.as_ref().map(|gathered| gathered.time);
        time.map_or(0, |time| time.as_millis() as i32)
    }

    /// Holds messages together from now on for at most so many milliseconds; with 0 no more.
    pub(super) fn set_gather_time(self: &Arc<Self>, milliseconds: i32) {
        let time = Duration::from_millis(milliseconds.unsigned_abs().into());
        let mut outbox = self.outbox.lock();
        if time.is_zero() && !self.holds.load(Ordering::Relaxed) {
            outbox.gathered = None;
            return;
        }
        let stream = Arc::downgrade(self) as Weak<dyn Gathers>;
        let gathered = &mut outbox.gathered;
        gathered
            .get_or_insert_with(|| Box::new(Gathered::new(stream)))
            .time = time;
        drop(outbox);
        if time.is_zero() {
            self.release();
        }
    }

    /// Holds the message with those before it, or sends them all. Errors: those of a message that is sent.
    pub(super) fn gather(
        &self,
        mut outbox: Look<'_, Outbox>,
        message: &[u8],
        deadline: &Deadline,
    ) -> Result<()> {
        // Once more when what was held before it is out.
        for _ in 0..2 {
            if self.hold(&mut outbox, message) {
                outbox.messages += 1;
                return Ok(());
            }
            outbox = self.flush_in_turn(outbox, deadline)?;
        }
        let (mut outbox, sent) = self.send_or_leave(outbox, Some(message), deadline);
        if sent.is_ok() {
            outbox.messages += 1;
        }
        sent
    }

    /// Holds a message; `false` where it has to be sent.
    #[inline]
    fn hold(&self, outbox: &mut Outbox, message: &[u8]) -> bool {
        let Outbox {
            framing, gathered, ..
        } = outbox;
        let Some(gathered) = gathered else {
            return false;
        };
        // Nothing is held before a header and the handshake, whose failures are told to those who write.
        if !self.wire.has_begun() {
            return false;
        }
        gathered.come_home();
        let mut room = Header::default();
        let framed = framing.frame(message, &mut room);
        let held = framed.is_ok_and(|parts| gathered.push(&parts));
        if held {
            self.holds.store(true, Ordering::Relaxed);
        }
        held
    }

    /// Gives the system what is held, waiting for room, at most SocketWriteTimeout.
    /// Errors: TIMEOUT, LIMIT (the rest is still held), LOST, CANCELLED.
    pub fn flush(&self) -> Result<()> {
        let deadline = self.write_deadline();
        let outbox = match self.turn_to_send(&deadline) {
            Err(error) if error.code == Code::Closed => return Ok(()), // SocketShutdown has sent it
            outbox => outbox?,
        };
        self.flush_in_turn(outbox, &deadline).map(drop)
    }

    /// As `flush`, with the lock; whatever is sent next comes behind it.
    pub(super) fn flush_in_turn<'a>(
        &self,
        outbox: Look<'a, Outbox>,
        deadline: &Deadline,
    ) -> Result<Look<'a, Outbox>> {
        if !self.holds.load(Ordering::Relaxed) {
            return Ok(outbox);
        }
        let (outbox, sent) = self.send_or_leave(outbox, None, deadline);
        sent.map(|()| outbox)
    }

    /// Sends what is held as far as the system takes it now; the rest leaves as soon as there is room.
    #[cold]
    pub(super) fn release(&self) {
        self.send_last(&Deadline::now());
    }

    /// Sends what is held before the connection is closed. A peer that takes nothing holds the close up for a second.
    pub(super) fn release_all(&self) {
        let most = match self.write_timeout.load(Ordering::Relaxed) {
            0 => LAST_WAIT,
            limit => limit.min(LAST_WAIT),
        };
        self.send_last(&Deadline::after(most));
        gatherer::look_again();
    }

    /// Nothing is to be done where another thread is sending: it sends what is held, too.
    fn send_last(&self, deadline: &Deadline) {
        let outbox = self.outbox.lock();
        if outbox.is_taken() || outbox.ended.is_some() {
            return;
        }
        // Where it fails, the next call tells.
        let _ = self.send_or_leave(outbox, None, deadline);
    }

    /// As `send_held`, and leaves what could not be sent to the library's thread.
    fn send_or_leave<'a>(
        &self,
        outbox: Look<'a, Outbox>,
        message: Option<&[u8]>,
        deadline: &Deadline,
    ) -> (Look<'a, Outbox>, Result<()>) {
        let (mut outbox, sent) = self.send_held(outbox, message, deadline);
        if let Some(gathered) = &mut outbox.gathered
            && self.holds.load(Ordering::Relaxed)
        {
            // Where there is no memory for it, what is sent next takes it along.
            let _ = gathered.expect(Instant::now());
        }
        (outbox, sent)
    }

    /// Sends what is held and a message behind it. Of a message that was not sent at all nothing stays.
    /// Errors: TIMEOUT, LIMIT (the rest is still held), LOST, CANCELLED, those of [`Framing::frame`].
    fn send_held<'a>(
        &self,
        mut outbox: Look<'a, Outbox>,
        message: Option<&[u8]>,
        deadline: &Deadline,
    ) -> (Look<'a, Outbox>, Result<()>) {
        let framing = match message {
            Some(_) => outbox.framing.clone(),
            None => Framing::Raw,
        };
        let mut room = Header::default();
        let [before, middle, behind] = match framing.frame(message.unwrap_or_default(), &mut room) {
            Ok(parts) => parts,
            Err(error) => return (outbox, Err(error)),
        };
        let mut held = outbox.gathered.as_mut().map_or(Vec::new(), |gathered| {
            gathered.come_home();
            take(&mut gathered.bytes)
        });
        let (mut outbox, sent) = self.send_in_turn(outbox, || {
            let mut parts = [&held[..], before, middle, behind].map(IoSlice::new);
            self.wire.send(&mut parts, false, deadline)
        });
        let done = sent.map_err(|(sent, stop)| {
            let of_held = sent.min(held.len());
            held.drain(..of_held);
            self.send_failed(&mut outbox, sent > of_held, stop, deadline)
        });
        if done.is_ok() || outbox.ended.is_some() {
            self.holds.store(false, Ordering::Relaxed);
            held.clear();
        }
        if let Some(gathered) = &mut outbox.gathered {
            if gathered.time.is_zero() && held.is_empty() && done.is_ok() {
                outbox.gathered = None;
            } else {
                gathered.bytes = held;
            }
        }
        (outbox, done)
    }
}

impl Gathers for Stream {
    fn send_due(&self, has_room: bool) -> Next {
        let mut outbox = self.outbox.lock();
        let taken = outbox.is_taken();
        let Some(gathered) = &mut outbox.gathered else {
            return Next::Unasked;
        };
        gathered.come_home();
        gathered.expected = false;
        // Whoever is sending sends it, too, and says what is left.
        if taken || !self.holds.load(Ordering::Relaxed) {
            return Next::Unasked;
        }
        let (before, due) = (gathered.bytes.len(), gathered.due());
        if !has_room && before > 0 && Instant::now() < due {
            gathered.expected = true;
            return Next::At(due);
        }
        let time = gathered.time;
        let (mut outbox, sent) = self.send_held(outbox, None, &Deadline::now());
        let Some(gathered) = &mut outbox.gathered else {
            return Next::Unasked;
        };
        let next = match sent {
            // With room and yet no way on, TLS waits for something else than room.
            Err(error)
                if error.code == Code::Timeout && has_room && gathered.bytes.len() == before =>
            {
                Next::At(Instant::now() + time.max(SHORTAGE))
            }
            Err(error) if error.code == Code::Timeout => Next::WithRoom,
            Err(error) if error.code == Code::Limit => Next::At(Instant::now() + SHORTAGE),
            _ => {
                gathered.bytes = Vec::new(); // nothing may come for a long time
                Next::Unasked
            }
        };
        gathered.expected = next != Next::Unasked;
        next
    }

    fn socket(&self) -> &SystemSocket {
        self.wire.socket()
    }
}
