//! Messages in.

use super::Stream;
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{Deadline, Stop};
use crate::socket::inbox::{Inbox, Place};
use crate::socket::secure::Secure;
use crate::socket::turn::await_turn;
use crate::socket::watched::Sight;
use parking_lot::MutexGuard;
use std::sync::atomic::Ordering;

/// How often a watch receives at most from one stream before it turns to the next: a peer that
/// sends a large message must not hold up the others.
const MOST_RECEIVED: usize = 16;

/// How receiving for a read went: the message's size, or `None` where it is not complete yet.
type Received = std::result::Result<Option<usize>, Stop>;

impl Stream {
    /// Reads the next message into `out` and tells its size.
    ///
    /// Waits until the deadline, or until nothing has arrived for SocketReadIdle. Errors: TIMEOUT (what
    /// arrived is kept), BUFFER_TOO_SMALL (the message is kept), BAD_FRAME, MESSAGE_TOO_LARGE, CLOSED, LOST,
    /// CANCELLED.
    pub fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        match self.read_idle.load(Ordering::Relaxed) {
            0 => self.read_until(out, deadline),
            most => self.read_until(out, &deadline.unless_silent(most)),
        }
    }

    fn read_until(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        let mut inbox = self.inbox.lock();
        loop {
            if let Some(length) = inbox.take(out, self.limit())? {
                return Ok(length);
            }
            if inbox.receiving {
                let arrivals = inbox.arrivals();
                await_turn(self.wire.socket(), &self.received, &mut inbox, deadline)
                    .map_err(|stop| self.read_stopped(stop, deadline))?;
                if inbox.arrivals() != arrivals {
                    deadline.stir();
                }
                continue;
            }
            let place = inbox.place(out, self.limit());
            inbox.receiving = true;
            drop(inbox);
            let turn = Receiving(self);
            let taken;
            (inbox, taken) = match place {
                Place::Caller => self.receive_to_caller(turn, out, deadline),
                Place::Inbox => self.receive_to_inbox(turn, out, deadline),
                Place::Rest {
                    have,
                    length,
                    changes,
                } => {
                    let taken = self.receive_rest(&mut out[..length], have, changes, deadline);
                    (turn.end(), taken)
                }
            };
            match taken {
                Ok(Some(length)) => return Ok(length),
                Ok(None) if deadline.has_run_out() => {
                    return Err(self.read_stopped(Stop::TimedOut, deadline));
                }
                Ok(None) => deadline.stir(),
                Err(stop @ (Stop::TimedOut | Stop::Cancelled)) => {
                    return Err(self.read_stopped(stop, deadline));
                }
                Err(stop) => inbox.set_end(self.read_stopped(stop, deadline)),
            }
        }
    }

    /// The size of what the next read would return without waiting, `None` for nothing yet.
    /// Errors: what the next read would say.
    pub fn pending(&self) -> Result<Option<usize>> {
        let (next, received) = self.fill(&mut self.inbox.lock(), usize::MAX);
        if received {
            self.watched.poke();
        }
        next
    }

    /// What a watch sees; `news` says that the descriptor, or another call, has something.
    pub fn sight(&self, news: bool) -> Sight {
        let mut inbox = self.inbox.lock();
        let (next, received) = self.fill(&mut inbox, if news { MOST_RECEIVED } else { 0 });
        // Where another thread receives, it owns what comes and says so when it is done.
        let own = !inbox.receiving;
        drop(inbox);
        let ready = !matches!(next, Ok(None));
        if ready && received {
            self.watched.poke_others();
        }
        Sight {
            ready,
            own,
            client: false,
            overdue_at: self.wire.tls().and_then(Secure::overdue_at),
        }
    }

    fn limit(&self) -> usize {
        self.max_message.load(Ordering::Relaxed).unsigned_abs() as usize
    }

    /// Receives without waiting until the next message is whole, about `most` times. Tells the
    /// message's size as `pending` does, and whether anything was received.
    fn fill(&self, inbox: &mut Inbox, most: usize) -> (Result<Option<usize>>, bool) {
        let mut times = 0;
        loop {
            let next = inbox.peek(self.limit());
            // Bytes that only the wire has are taken all: no descriptor tells of them.
            let enough = times >= most && !self.wire.holds_bytes();
            if !matches!(next, Ok(None)) || inbox.receiving || enough {
                return (next, times > 0);
            }
            match self.wire.try_receive_some(|bytes| {
                inbox.push(bytes);
                bytes.len()
            }) {
                Ok(Some(0)) => self.end_orderly(inbox),
                Ok(Some(_)) => {}
                Ok(None) => return (Ok(None), times > 0),
                Err(stop) => inbox.set_end(self.read_stopped(stop, &Deadline::NOW)),
            }
            times += 1;
        }
    }

    /// Ends the turn, too.
    fn receive_to_inbox<'a>(
        &'a self,
        turn: Receiving<'a>,
        out: &mut [u8],
        deadline: &Deadline,
    ) -> (MutexGuard<'a, Inbox>, Received) {
        let mut turn = Some(turn);
        let mut end_turn = || {
            turn.take()
                .map_or_else(|| self.inbox.lock(), Receiving::end)
        };
        let absorb = |bytes: &[u8]| {
            let mut inbox = end_turn();
            let taken = if bytes.is_empty() {
                self.end_orderly(&mut inbox);
                None
            } else {
                inbox.absorb(bytes, out, self.limit())
            };
            (inbox, taken)
        };
        match self.wire.receive_some(deadline, absorb) {
            Ok((inbox, taken)) => (inbox, Ok(taken)),
            Err(stop) => (end_turn(), Err(stop)),
        }
    }

    /// Ends the turn, too.
    fn receive_to_caller<'a>(
        &'a self,
        turn: Receiving<'a>,
        out: &mut [u8],
        deadline: &Deadline,
    ) -> (MutexGuard<'a, Inbox>, Received) {
        let received = self.wire.receive(out, deadline);
        let mut inbox = turn.end();
        let taken = received.map(|count| {
            if count == 0 {
                self.end_orderly(&mut inbox);
            } else if *inbox.framing() == Framing::Raw {
                inbox.note_arrival();
                return Some(count);
            } else {
                // Another thread changed the mode in the meantime.
                inbox.push(&out[..count]);
            }
            None
        });
        (inbox, taken)
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
        let mut outcome = Ok(());
        while filled < out.len() && outcome.is_ok() {
            match self.wire.receive(&mut out[filled..], deadline) {
                Ok(0) => outcome = Err(Stop::Told(self.closed(true))),
                Ok(count) => {
                    filled += count;
                    deadline.stir();
                }
                Err(stop) => outcome = Err(stop),
            }
            if filled < out.len() && deadline.has_run_out() {
                outcome = outcome.and(Err(Stop::TimedOut));
            }
        }
        let mut inbox = self.inbox.lock();
        if filled == out.len() && inbox.finish_rest(changes) {
            return Ok(Some(filled));
        }
        inbox.push(&out[have..filled]);
        outcome.map(|()| None)
    }

    pub(super) fn read_stopped(&self, stop: Stop, deadline: &Deadline) -> Error {
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

/// The turn of the one thread that receives; given up even if the call panics.
pub(super) struct Receiving<'a>(pub &'a Stream);

impl<'a> Receiving<'a> {
    pub fn end(self) -> MutexGuard<'a, Inbox> {
        let stream = self.0;
        std::mem::forget(self);
        stream.end_receiving()
    }
}

impl Drop for Receiving<'_> {
    fn drop(&mut self) {
        drop(self.0.end_receiving());
    }
}

impl Stream {
    fn end_receiving(&self) -> MutexGuard<'_, Inbox> {
        let mut inbox = self.inbox.lock();
        inbox.receiving = false;
        self.received.notify_all();
        self.watched.poke();
        inbox
    }
}
