//! Messages out.

use super::Stream;
use super::outbox::Outbox;
use crate::error::{Code, Error, Result};
use crate::framing::{Framing, Header};
use crate::net::{Deadline, Stop};
use crate::socket::turns::Look;
use std::io::{self, IoSlice};
use std::sync::atomic::Ordering;

impl Stream {
    /// Sends one message, framed. Waits for room, at most SocketWriteTimeout; 1 of SocketWrite
    /// means that the system has every byte, or with SocketGather that it is held and will be sent in time.
    ///
    /// Errors: TIMEOUT, LIMIT, LOST, CANCELLED, CLOSED (after SocketShutdown), INVALID_ARGUMENT and
    /// MESSAGE_TOO_LARGE (nothing of its size can be framed, and nothing was sent). A message of which only a
    /// part went out ends the sending half: what came after it could not be understood.
    pub fn write(&self, message: &[u8]) -> Result<()> {
        let mut outbox = self.outbox.lock();
        if outbox.is_taken() || outbox.ended.is_some() || outbox.gathered.is_some() {
            return self.write_later(outbox, message);
        }
        if !outbox.framing.has_no_frames() {
            return self.write_framed(outbox, message);
        }
        // What the system takes at once goes out under the lock: nobody waits.
        let begun = self.wire.send_at_once(message);
        if matches!(begun, Ok(sent) if sent == message.len()) {
            outbox.messages += 1;
            return Ok(());
        }
        self.send_rest(outbox, message, begun)
    }

    /// As `write`, in a mode that adds something to the message.
    #[inline(never)]
    fn write_framed(&self, mut outbox: Look<'_, Outbox>, message: &[u8]) -> Result<()> {
        let mut room = Header::default();
        let parts = frame(&outbox.framing, message, &mut room)?;
        let size = parts.iter().map(|part| part.len()).sum();
        let begun = self.wire.send_parts_at_once(&parts, size);
        if matches!(begun, Ok(sent) if sent == size) {
            outbox.messages += 1;
            return Ok(());
        }
        self.send_rest(outbox, message, begun)
    }

    /// As `write`, where another message is on its way, nothing can be sent any more, or messages are held together.
    #[cold]
    fn write_later(&self, outbox: Look<'_, Outbox>, message: &[u8]) -> Result<()> {
        let deadline = self.write_deadline();
        let outbox = self.wait_to_send(outbox, &deadline)?;
        if outbox.gathered.is_some() {
            return self.gather(outbox, message, &deadline);
        }
        frame(&outbox.framing, message, &mut Header::default())?;
        self.send_rest_until(outbox, message, Ok(0), &deadline)
    }

    /// Sends what did not leave at once of a message that can be framed.
    #[cold]
    fn send_rest(
        &self,
        outbox: Look<'_, Outbox>,
        message: &[u8],
        begun: std::result::Result<usize, Stop>,
    ) -> Result<()> {
        self.send_rest_until(outbox, message, begun, &self.write_deadline())
    }

    fn send_rest_until(
        &self,
        outbox: Look<'_, Outbox>,
        message: &[u8],
        begun: std::result::Result<usize, Stop>,
        deadline: &Deadline,
    ) -> Result<()> {
        let framing = outbox.framing.clone();
        let (mut outbox, outcome) = self.send_in_turn(outbox, || {
            let sent = begun.map_err(|stop| (0, stop))?;
            let mut room = Header::default();
            let mut parts =
                frame(&framing, message, &mut room).map_err(|error| (0, Stop::Told(error)))?;
            let mut parts = &mut parts[..];
            IoSlice::advance_slices(&mut parts, sent);
            let rest = self.wire.send(parts, sent > 0, deadline);
            rest.map_err(|(more, stop)| (sent + more, stop))
        });
        match outcome {
            Ok(()) => {
                outbox.messages += 1;
                Ok(())
            }
            Err((sent, stop)) => Err(self.send_failed(&mut outbox, sent > 0, stop, deadline)),
        }
    }

    /// What a send that failed says. The stream goes on where no message was `cut` and what was missing
    /// may come again: time, or memory of the system's.
    pub(super) fn send_failed(
        &self,
        outbox: &mut Outbox,
        cut: bool,
        stop: Stop,
        deadline: &Deadline,
    ) -> Error {
        let is_over = cut || !stop.is_passing();
        let reset = matches!(&stop, Stop::Failed(e) if e.kind() == io::ErrorKind::ConnectionReset);
        let error = match stop {
            Stop::Cancelled(ender) if cut => ender.told_of_a_part(),
            stop => self.write_stopped(stop, deadline),
        };
        if is_over {
            outbox.ended.get_or_insert_with(|| {
                let text =
                    format!("an earlier message did not go out whole, connect again ({error})");
                Error::of_system(Code::Lost, error.system, text)
            });
            if reset {
                outbox.reset.get_or_insert_with(|| error.clone());
            }
        }
        error
    }

    /// Ends the sending half once the message under way is out; reading goes on.
    /// Errors: LOST, CANCELLED, TIMEOUT (SocketWriteTimeout).
    pub fn shut_down(&self) -> Result<()> {
        let deadline = self.write_deadline();
        let outbox = match self.turn_to_send(&deadline) {
            Err(error) if error.code == Code::Closed => return Ok(()),
            outbox => outbox?,
        };
        let outbox = self.flush_in_turn(outbox, &deadline)?;
        let (mut outbox, done) = self.send_in_turn(outbox, || self.wire.shut_down(&deadline));
        done.map_err(|stop| self.write_stopped(stop, &deadline))?;
        outbox.ended = Some(Error::new(
            Code::Closed,
            "SocketShutdown has ended the sending half of this socket",
        ));
        Ok(())
    }

    /// When a call that sends has to end.
    pub(super) fn write_deadline(&self) -> Deadline {
        Deadline::after_or_never(self.write_timeout.load(Ordering::Relaxed))
    }

    /// Waits until nobody sends. Errors: why nothing can be sent any more, TIMEOUT, CANCELLED.
    #[inline]
    pub(super) fn turn_to_send(&self, deadline: &Deadline) -> Result<Look<'_, Outbox>> {
        let outbox = self.outbox.lock();
        match outbox.is_taken() || outbox.ended.is_some() {
            false => Ok(outbox),
            true => self.wait_to_send(outbox, deadline),
        }
    }

    #[cold]
    fn wait_to_send<'a>(
        &self,
        mut outbox: Look<'a, Outbox>,
        deadline: &Deadline,
    ) -> Result<Look<'a, Outbox>> {
        while outbox.is_taken() {
            outbox
                .wait(self.wire.socket(), deadline)
                .map_err(|stop| self.write_stopped(stop, deadline))?;
        }
        match &outbox.ended {
            Some(error) => Err(Error::clone(error)),
            None => Ok(outbox),
        }
    }

    /// Sends with nobody else doing so. Everyone hears of the end: a thread that finds the sending half ended
    /// would not wake the next one.
    pub(super) fn send_in_turn<'a, R>(
        &self,
        outbox: Look<'a, Outbox>,
        send: impl FnOnce() -> R,
    ) -> (Look<'a, Outbox>, R) {
        let given_up = |_: &mut Outbox| {
            // A handshake within a write may have received what the next read will find.
            if self.watched.is_used() && self.wire.holds_bytes() {
                self.watched.poke();
            }
        };
        outbox.in_turn(given_up, send)
    }

    /// Why nothing could be sent.
    pub(in crate::socket) fn write_stopped(&self, stop: Stop, deadline: &Deadline) -> Error {
        self.explain(stop, || {
            format!(
                "{} took no more bytes within {} ms (SocketWriteTimeout)",
                self.peer,
                deadline.total()
            )
        })
    }
}

/// The message as it goes on the wire. Errors: those of [`Framing::frame`].
#[inline]
fn frame<'a>(
    framing: &'a Framing,
    message: &'a [u8],
    room: &'a mut Header,
) -> Result<[IoSlice<'a>; 3]> {
    Ok(framing.frame(message, room)?.map(IoSlice::new))
}
