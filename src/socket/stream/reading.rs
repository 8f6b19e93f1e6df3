//! Messages in.

use super::Stream;
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{self, Deadline, Stop};
use crate::socket::inbox::{Destination, Inbox};
use crate::socket::secure::Found;
use crate::socket::turns::Look;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// How often SocketPending receives at most. A peer may go on sending for ever; what was there when the
/// call began is less.
pub(super) const MOST_AT_ONCE: u32 = 1024;

/// The first part of a large message for which its rest is received, and then twice as much each time.
const FIRST_PART: usize = 64 * 1024;

/// How receiving for a read went: the message's size, or `None` where it is not complete yet.
type Received = std::result::Result<Option<usize>, Stop>;

impl Stream {
    /// Reads the next message into `out` and tells its size.
    ///
    /// Waits until the deadline, or until nothing has arrived for SocketReadIdle. Errors: TIMEOUT (what
    /// arrived is kept), BUFFER_TOO_SMALL (the message is kept), BAD_FRAME, MESSAGE_TOO_LARGE, CLOSED, LOST,
    /// CANCELLED.
    pub fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        match self.any_idle.load(Ordering::Relaxed) {
            false => self.read_until(out, deadline),
            true => self.read_in_time(out, deadline),
        }
    }

    pub(super) fn read_until(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        let inbox = self.inbox.lock();
        let waits = deadline.total() != 0;
        let is_held = waits && self.holds.load(Ordering::Relaxed);
        if inbox.is_taken() || is_held || !inbox.is_passed_by(out) {
            return self.read_on(inbox, waits, out, deadline);
        }
        // Most often there is nothing to do but to receive.
        let receive = |out: &mut [u8]| self.wire.receive(out, deadline);
        let (mut inbox, received) = self.receive_to_caller(inbox, out, receive);
        if let Ok(Some(length)) = received {
            self.note_arrival(&mut inbox);
            inbox.messages += 1;
            return Ok(length);
        }
        let inbox = self.go_on(inbox, received, deadline)?;
        self.read_on(inbox, waits, out, deadline)
    }

    /// Reads where there may be more to do than to receive. What is written and held goes first where the read `waits`:
    /// what the peer is to answer may be among it.
    #[inline(never)]
    fn read_on(
        &self,
        mut inbox: Look<'_, Inbox>,
        mut waits: bool,
        out: &mut [u8],
        deadline: &Deadline,
    ) -> Result<usize> {
        loop {
            if let Some(length) = inbox.take(out, self.limit())? {
                inbox.messages += 1;
                return Ok(length);
            }
            if waits && self.holds.load(Ordering::Relaxed) {
                waits = false;
                inbox.unlocked(|| self.release());
                continue;
            }
            if inbox.is_taken() {
                inbox
                    .wait(self.wire.socket(), deadline)
                    .map_err(|stop| self.read_stopped(stop, deadline))?;
                continue;
            }
            let received;
            (inbox, received) = match inbox.place(out, self.limit()) {
                Destination::Caller => {
                    let receive = |out: &mut [u8]| self.wire.receive(out, deadline);
                    self.receive_to_caller(inbox, out, receive)
                }
                Destination::Inbox => {
                    inbox.make_room(self.limit())?;
                    self.receive_to_inbox(inbox, out, deadline)
                }
                Destination::Rest {
                    have,
                    length,
                    changes,
                } => self.receive_in_turn(inbox, || {
                    self.receive_rest(&mut out[..length], have, changes, deadline)
                }),
            };
            if let Ok(Some(length)) = received {
                self.note_arrival(&mut inbox);
                if inbox.has_bytes() {
                    self.watched.poke();
                }
                inbox.messages += 1;
                return Ok(length);
            }
            inbox = self.go_on(inbox, received, deadline)?;
        }
    }

    /// After a receive that completed no message: whether the read goes on. Errors: why it does not.
    #[cold]
    fn go_on<'a>(
        &self,
        mut inbox: Look<'a, Inbox>,
        received: Received,
        deadline: &Deadline,
    ) -> Result<Look<'a, Inbox>> {
        if received.is_ok() {
            self.note_arrival(&mut inbox);
        }
        self.watched.poke();
        match received {
            Ok(_) => {
                self.wire
                    .socket()
                    .check(deadline)
                    .map_err(|stop| self.read_stopped(stop, deadline))?;
                deadline.stir();
                match deadline.ends_after(1) {
                    true => Err(self.read_stopped(Stop::TimedOut, deadline)),
                    false => Ok(inbox),
                }
            }
            // The stream goes on.
            Err(stop @ (Stop::TimedOut | Stop::Cancelled(_))) => {
                Err(self.read_stopped(stop, deadline))
            }
            Err(stop) if stop.is_shortage() => Err(self.read_stopped(stop, deadline)),
            Err(stop) => {
                inbox.set_end(self.read_stopped(stop, deadline));
                Ok(inbox)
            }
        }
    }

    /// The size of what the next read would return without waiting, `None` for nothing yet.
    /// Errors: what the next read would say.
    pub fn pending(&self) -> Result<Option<usize>> {
        let (next, received, _) = self.fill_in_time(&mut self.inbox.lock(), MOST_AT_ONCE);
        if received {
            self.watched.poke();
        }
        next
    }

    /// As `fill`, where a peer that has been silent for too long ends the stream; and when that will be.
    pub(super) fn fill_in_time(
        &self,
        inbox: &mut Look<'_, Inbox>,
        most: u32,
    ) -> (Result<Option<usize>>, bool, Option<Instant>) {
        let (next, received) = self.fill(inbox, most);
        if !self.any_idle.load(Ordering::Relaxed) {
            return (next, received, None);
        }
        let end = self.idle_end(inbox);
        let is_silent = matches!(next, Ok(None)) && most > 0 && !inbox.is_taken();
        if end.is_some() && is_silent && self.end_if_idle(inbox) {
            return (inbox.peek(self.limit()), received, None);
        }
        (next, received, end.filter(|_| !inbox.has_ended()))
    }

    /// The largest message (SocketMaxMessage).
    pub(in crate::socket) fn limit(&self) -> usize {
        self.max_message.load(Ordering::Relaxed).unsigned_abs() as usize
    }

    /// Receives without waiting until the next message is whole, about `most` times; a receive that brings
    /// nothing to read is half of these. Tells the message's size as `pending`
    /// does, and whether anything was received.
    pub(super) fn fill(
        &self,
        inbox: &mut Look<'_, Inbox>,
        most: u32,
    ) -> (Result<Option<usize>>, bool) {
        let mut effort = 0;
        loop {
            let next = inbox.peek(self.limit());
            // Bytes that only the wire has are taken all: no descriptor tells of them.
            let may_receive = effort < most;
            let enough = !may_receive && !self.wire.holds_bytes();
            if !matches!(next, Ok(None)) || inbox.is_taken() || enough {
                return (next, effort > 0);
            }
            if self.wire.socket().is_cancelled() {
                return (Err(net::cancelled()), effort > 0);
            }
            if let Err(error) = inbox.make_room(self.limit()) {
                return (Err(error), effort > 0);
            }
            match self.wire.try_receive_room(may_receive) {
                Ok((Found::Nothing, _)) => return (Ok(None), effort > 0),
                Ok((Found::Barren, _)) => effort += most / 2,
                Ok((Found::Bytes, room)) if room.bytes().is_empty() => self.end_orderly(inbox),
                Ok((Found::Bytes, room)) => {
                    inbox.push(room, 0);
                    self.note_arrival(inbox);
                }
                Err(stop) if stop.is_shortage() => {
                    return (Err(self.read_stopped(stop, &Deadline::now())), effort > 0);
                }
                Err(stop) => inbox.set_end(self.read_stopped(stop, &Deadline::now())),
            }
            effort += 1;
        }
    }

    /// Receives with nobody else doing so.
    #[inline(always)]
    pub(super) fn receive_in_turn<'a, R>(
        &self,
        mut inbox: Look<'a, Inbox>,
        receive: impl FnOnce() -> R,
    ) -> (Look<'a, Inbox>, R) {
        inbox.room_is_promised = true;
        let given_up = |inbox: &mut Inbox| {
            inbox.room_is_promised = false;
            // What TLS has received beyond what was asked for no descriptor tells of.
            if std::mem::take(&mut inbox.is_awaited) || !self.wire.is_bare() {
                self.watched.poke();
            }
        };
        inbox.in_turn(given_up, receive)
    }

    #[inline(never)]
    fn receive_to_inbox<'a>(
        &self,
        inbox: Look<'a, Inbox>,
        out: &mut [u8],
        deadline: &Deadline,
    ) -> (Look<'a, Inbox>, Received) {
        let (mut inbox, received) =
            self.receive_in_turn(inbox, || self.wire.receive_room(deadline));
        let taken = received.map(|room| {
            if room.bytes().is_empty() {
                self.end_orderly(&mut inbox);
                return None;
            }
            inbox.absorb(room, out, self.limit())
        });
        (inbox, taken)
    }

    #[inline(always)]
    fn receive_to_caller<'a>(
        &self,
        inbox: Look<'a, Inbox>,
        out: &mut [u8],
        receive: impl FnOnce(&mut [u8]) -> std::result::Result<usize, Stop>,
    ) -> (Look<'a, Inbox>, Received) {
        let (mut inbox, received) = self.receive_in_turn(inbox, || receive(out));
        let taken = match (received, inbox.framing()) {
            (Ok(count @ 1..), Framing::Raw) => Ok(Some(count)),
            (Ok(count), _) => {
                self.keep(&mut inbox, &out[..count]);
                Ok(None)
            }
            (Err(stop), _) => Err(stop),
        };
        (inbox, taken)
    }

    /// Keeps what was received for a read that cannot take it: nothing, which is the end, or bytes without frames that
    /// came when another thread had just changed the mode.
    #[cold]
    fn keep(&self, inbox: &mut Inbox, received: &[u8]) {
        match received {
            [] => self.end_orderly(inbox),
            bytes => inbox.push_bytes(bytes),
        }
    }

    /// Receives what is missing of a message whose first `have` bytes are in `out` already (and
    /// still in the inbox, behind their header).
    fn receive_rest(
        &self,
        out: &mut [u8],
        have: usize,
        changes: u64,
        deadline: &Deadline,
    ) -> Received {
        let mut filled = have;
        let mut part = have;
        let mut outcome = Ok(());
        while filled < out.len() && outcome.is_ok() {
            if filled == part {
                // Room to keep what comes, should it not come whole. It grows with that, too.
                part = out.len().min(FIRST_PART.max(2 * filled));
                self.inbox.lock().make_room_for(part - have);
            }
            match self.wire.receive(&mut out[filled..part], deadline) {
                Ok(0) => outcome = Err(Stop::Told(self.closed(true))),
                Ok(count) => {
                    filled += count;
                    deadline.stir();
                    let effort = 1 + count / FIRST_PART;
                    if filled < out.len() {
                        outcome = match deadline.ends_after(effort as u32) {
                            true => Err(Stop::TimedOut),
                            false => self.wire.socket().check(deadline),
                        };
                    }
                }
                Err(stop) => outcome = Err(stop),
            }
        }
        let mut inbox = self.inbox.lock();
        if filled == out.len() && inbox.finish_rest(changes) {
            return Ok(Some(filled));
        }
        inbox.push_bytes(&out[have..filled]);
        outcome.map(|()| None)
    }

    /// Why nothing could be received.
    pub(in crate::socket) fn read_stopped(&self, stop: Stop, deadline: &Deadline) -> Error {
        self.explain(stop, || {
            format!(
                "no whole message came from {} {}",
                self.peer,
                deadline.in_words()
            )
        })
    }

    fn end_orderly(&self, inbox: &mut Inbox) {
        // The system tells of a reset only once, be it to a writer.
        let reset = self.outbox.lock().reset.clone();
        let end = reset.unwrap_or_else(|| self.closed(inbox.has_bytes()));
        inbox.set_end(end);
    }

    fn closed(&self, unfinished: bool) -> Error {
        let rest = if unfinished {
            "; its last message is unfinished, SocketNoEndTag lets you read what came of it"
        } else {
            ""
        };
        Error::new(
            Code::Closed,
            format!("{} ended the connection{rest}", self.peer),
        )
    }
}
