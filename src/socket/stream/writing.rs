//! Messages out.

use super::Stream;
use crate::error::{Code, Error, Result};
use crate::framing::{Framing, Header};
use crate::net::{Deadline, Stop};
use crate::socket::turn::{Turn, await_turn};
use parking_lot::MutexGuard;
use std::io::{self, IoSlice};
use std::sync::atomic::Ordering;

/// The sending side of a stream.
#[derive(Debug)]
pub(super) struct Outbox {
    pub framing: Framing,
    sending: Turn,
    /// Why nothing can be sent any more.
    pub ended: Option<Error>,
    /// That the peer has reset the connection, where a writer met it.
    pub reset: Option<Error>,
}

impl Outbox {
    pub fn new(framing: Framing) -> Self {
        Outbox {
            framing,
            sending: Turn::FREE,
            ended: None,
            reset: None,
        }
    }
}

impl Stream {
    /// Sends one message, framed. Waits for room, at most SocketWriteTimeout; 1 of SocketWrite
    /// means that the system has every byte.
    ///
    /// Errors: TIMEOUT, LIMIT, LOST, CANCELLED, CLOSED (after SocketShutdown). A message of which only a
    /// part went out ends the sending half: what came after it could not be understood.
    pub fn write(&self, message: &[u8]) -> Result<()> {
        let deadline = Deadline::after_or_never(self.write_timeout.load(Ordering::Relaxed));
        let outbox = self.turn_to_send(&deadline)?;
        let mut room = Header::default();
        let parts = frame(&outbox.framing, message, &mut room);
        let size = parts.iter().map(|part| part.len()).sum();
        // What the system takes at once goes out under the lock: nobody waits.
        let begun = self.wire.send_at_once(&parts);
        if matches!(begun, Ok(sent) if sent == size) {
            return Ok(());
        }
        let (turn, framing) = Sending::begin(self, outbox);
        let outcome = begun.map_err(|stop| (0, stop)).and_then(|sent| {
            let mut parts = &mut frame(&framing, message, &mut room)[..];
            IoSlice::advance_slices(&mut parts, sent);
            let rest = self.wire.send(parts, sent > 0, &deadline);
            rest.map_err(|(more, stop)| (sent + more, stop))
        });
        let Err((sent, stop)) = outcome else {
            return Ok(());
        };
        // A shortage of the system's passes; nothing of this message went out.
        let goes_on = matches!(stop, Stop::TimedOut) || stop.is_shortage();
        let is_over = sent > 0 || !goes_on;
        let reset = matches!(&stop, Stop::Failed(e) if e.kind() == io::ErrorKind::ConnectionReset);
        let error = self.write_stopped(stop, &deadline);
        if is_over {
            let reason = Error {
                code: Code::Lost,
                system: error.system,
                text: format!("an earlier message did not go out whole, connect again ({error})")
                    .into(),
            };
            let mut outbox = turn.0.outbox.lock();
            outbox.ended.get_or_insert(reason);
            if reset {
                outbox.reset.get_or_insert(error.clone());
            }
        }
        Err(error)
    }

    /// Ends the sending half once the message under way is out; reading goes on.
    /// Errors: LOST, CANCELLED, TIMEOUT (SocketWriteTimeout).
    pub fn shut_down(&self) -> Result<()> {
        let deadline = Deadline::after_or_never(self.write_timeout.load(Ordering::Relaxed));
        let outbox = match self.turn_to_send(&deadline) {
            Err(error) if error.code == Code::Closed => return Ok(()),
            outbox => outbox?,
        };
        let (turn, _) = Sending::begin(self, outbox);
        self.wire
            .shut_down(&deadline)
            .map_err(|stop| self.write_stopped(stop, &deadline))?;
        turn.0.outbox.lock().ended = Some(Error::new(
            Code::Closed,
            "SocketShutdown has ended the sending half of this socket",
        ));
        Ok(())
    }

    /// Waits until nobody sends. Errors: why nothing can be sent any more, TIMEOUT, CANCELLED.
    pub(super) fn turn_to_send(&self, deadline: &Deadline) -> Result<MutexGuard<'_, Outbox>> {
        let mut outbox = self.outbox.lock();
        while outbox.sending.is_taken() {
            await_turn(self.wire.socket(), &self.sent, &mut outbox, deadline)
                .map_err(|stop| self.write_stopped(stop, deadline))?;
        }
        match &outbox.ended {
            Some(error) => Err(error.clone()),
            None => Ok(outbox),
        }
    }

    fn write_stopped(&self, stop: Stop, deadline: &Deadline) -> Error {
        self.explain(stop, || {
            format!(
                "{} took no more bytes within {} ms (SocketWriteTimeout)",
                self.peer,
                deadline.total()
            )
        })
    }
}

/// The message between what goes before and behind it.
fn frame<'a>(framing: &'a Framing, message: &'a [u8], room: &'a mut Header) -> [IoSlice<'a>; 3] {
    let (before, behind) = framing.frame(message.len(), room);
    [before, message, behind].map(IoSlice::new)
}

/// The turn of the one thread that sends; given up even if the call panics.
pub(super) struct Sending<'a>(&'a Stream);

impl<'a> Sending<'a> {
    /// Takes the turn, and tells the mode that holds for it.
    pub fn begin(stream: &'a Stream, mut outbox: MutexGuard<'_, Outbox>) -> (Self, Framing) {
        outbox.sending.take();
        (Sending(stream), outbox.framing.clone())
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.0.outbox.lock().sending.give_up();
        // Everyone: a thread that finds the sending half ended would not wake the next one.
        self.0.sent.notify_all();
        // A handshake within a write may have received what the next read will find.
        if self.0.watched.is_used() && self.0.wire.holds_bytes() {
            self.0.watched.poke();
        }
    }
}
