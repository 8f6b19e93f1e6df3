//! Messages out, and what leaves between them.

use super::WebSocket;
use super::outbox::{NORMAL, Outbox, mask};
use crate::constants::{SocketWriteTimeout, WebSocketBinary};
use crate::error::{Code, Error, Result};
use crate::net::{self, Deadline, Stop};
use crate::room::Room;
use crate::socket::kind::Kind as _;
use crate::socket::turns::Look;
use crate::websocket::Kind;
use crate::websocket::frame::{Header, LONGEST_HEADER, Opcode, apply_mask};
use std::io::IoSlice;

/// How much of a message is masked, and leaves, at once: with its header it fits one TLS record.
const PART: usize = 16 * 1024 - LONGEST_HEADER;

/// How a message went out, or not: what of it is out, and why no more.
type Sent = std::result::Result<(), (usize, Stop)>;

impl WebSocket {
    /// Sends one message, as one frame. Waits for room, at most SocketWriteTimeout.
    ///
    /// Errors: INVALID_ARGUMENT (a text that is not UTF-8), TIMEOUT, LIMIT, LOST, CANCELLED, CLOSED (either side has
    /// closed). A message of which only a part went out ends the sending half.
    pub fn write(&self, message: &[u8]) -> Result<()> {
        let kind = match self.option(WebSocketBinary)? {
            0 => Kind::Text,
            _ => Kind::Binary,
        };
        if kind == Kind::Text && str::from_utf8(message).is_err() {
            return Err(Error::invalid(
                "the message is not UTF-8 text, as a WebSocket's texts are: set WebSocketBinary to 1 to send bytes",
            ));
        }
        let deadline = self.write_deadline()?;
        self.await_opening(&deadline)?;
        let outbox = self.turn_to_send(&deadline)?;
        let header = Header {
            opcode: Opcode::Begin(kind),
            is_final: true,
            length: message.len() as u64,
            mask: mask(self.side)?,
        };
        self.send_in_turn(outbox, &deadline, || {
            self.send_frame(header, message, &deadline)
        })?;
        self.outbox.lock().messages += 1;
        Ok(())
    }

    /// Ends the sending half with a CLOSE; reading goes on, up to the peer's.
    /// Errors: LOST, CANCELLED, TIMEOUT (SocketWriteTimeout).
    pub fn shut_down(&self) -> Result<()> {
        let deadline = self.write_deadline()?;
        self.await_opening(&deadline)?;
        let mut outbox = match self.turn_to_send(&deadline) {
            Err(error) if error.code == Code::Closed => return Ok(()),
            outbox => outbox?,
        };
        let why = "SocketShutdown has closed this side of the WebSocket";
        outbox.close(Some(NORMAL), "", Error::new(Code::Closed, why));
        self.send_in_turn(outbox, &deadline, || Ok(()))
    }

    /// Says CLOSE as far as the system takes it at once: the socket is being closed.
    pub(super) fn say_goodbye(&self) {
        // What another process made is that one's to end.
        if self.stream.wire().socket().is_inherited() {
            return;
        }
        // A client that was not answered knows of no CLOSE.
        let is_open = self.inbox.lock().opening.is_none();
        let mut outbox = self.outbox.lock();
        if is_open && !outbox.is_taken() && outbox.ended.is_none() {
            outbox.close(Some(NORMAL), "", net::cancelled());
        }
        drop(outbox);
        self.send_control();
    }

    /// Sends what waits beside the messages, as far as the system takes it at once. A writer at work does it itself.
    pub(super) fn send_control(&self) {
        let mut outbox = self.outbox.lock();
        if outbox.is_taken() {
            return;
        }
        outbox.is_blocked = false;
        loop {
            let bytes = outbox.next();
            let size = bytes.len();
            if size == 0 {
                break;
            }
            match self.stream.wire().send_now(bytes) {
                Ok(count) => {
                    outbox.unsent.consume(count);
                    if count < size {
                        outbox.is_blocked = true;
                        return;
                    }
                }
                // It passes, and the next call tries again.
                Err(stop) if stop.is_shortage() => return,
                Err(stop) => {
                    let error = self.stream.read_stopped(stop, &Deadline::now());
                    return outbox.end(error);
                }
            }
        }
        self.end_sending(&mut outbox);
    }

    /// Ends the connection's sending half, where both sides have said everything (RFC 6455, section 7.1.1).
    fn end_sending(&self, outbox: &mut Outbox) {
        if outbox.is_over && outbox.is_closing {
            outbox.is_over = false;
            let _ = self.stream.wire().shut_down(&Deadline::now());
        }
    }

    fn write_deadline(&self) -> Result<Deadline> {
        let time = self.stream.option(SocketWriteTimeout)?;
        Ok(Deadline::after_or_never(time))
    }

    /// Waits until nobody sends. Errors: why nothing can be sent any more, TIMEOUT, CANCELLED.
    fn turn_to_send(&self, deadline: &Deadline) -> Result<Look<'_, Outbox>> {
        let mut outbox = self.outbox.lock();
        while outbox.is_taken() {
            outbox
                .wait(self.stream.wire().socket(), deadline)
                .map_err(|stop| self.stream.write_stopped(stop, deadline))?;
        }
        match &outbox.ended {
            Some(error) => Err(error.clone()),
            None => Ok(outbox),
        }
    }

    /// Sends a message with nobody else doing so, and what waits before it and behind it.
    fn send_in_turn(
        &self,
        outbox: Look<'_, Outbox>,
        deadline: &Deadline,
        send: impl FnOnce() -> Sent,
    ) -> Result<()> {
        let (mut outbox, outcome) = outbox.in_turn(
            |_| {},
            || {
                // Nothing of the message is out before what waits in front of it is.
                self.send_waiting(deadline).map_err(|stop| (0, stop))?;
                send()?;
                // What readers left here: they may be asleep by now, and nobody else would see that there is room.
                let _ = self.send_waiting(deadline);
                Ok(())
            },
        );
        let Err((sent, stop)) = outcome else {
            drop(outbox);
            // Told by a reader since.
            self.send_control();
            return Ok(());
        };
        let goes_on = stop.is_passing();
        let error = match stop {
            Stop::Cancelled(ender) if sent > 0 => ender.told_of_a_part(),
            stop => self.stream.write_stopped(stop, deadline),
        };
        if sent > 0 || !goes_on {
            let text = format!("an earlier message did not go out whole, connect again ({error})");
            outbox.end(Error::of_system(Code::Lost, error.system, text));
        }
        Err(error)
    }

    /// Sends what waits beside the messages: what has begun, a PONG and a CLOSE. More PONGs wait for the next time.
    fn send_waiting(&self, deadline: &Deadline) -> std::result::Result<(), Stop> {
        for _ in 0..3 {
            let mut outbox = self.outbox.lock();
            // At most a handshake's answer.
            let mut bytes = [0; 512];
            let next = outbox.next();
            let size = next.len().min(bytes.len());
            bytes[..size].copy_from_slice(&next[..size]);
            drop(outbox);
            if size == 0 {
                return Ok(());
            }
            let mut parts = [IoSlice::new(&bytes[..size])];
            let sent = self.stream.wire().send(&mut parts, false, deadline);
            let count = sent.as_ref().map_or_else(|(count, _)| *count, |()| size);
            self.outbox.lock().unsent.consume(count);
            sent.map_err(|(_, stop)| stop)?;
        }
        Ok(())
    }

    /// Sends a frame, masked where it has a mask; the caller's bytes stay as they are.
    fn send_frame(&self, header: Header, message: &[u8], deadline: &Deadline) -> Sent {
        let wire = self.stream.wire();
        let mut front = [0; LONGEST_HEADER];
        let size = header.write(&mut front);
        let Some(mask) = header.mask else {
            let mut parts = [IoSlice::new(&front[..size]), IoSlice::new(message)];
            return wire.send(&mut parts, false, deadline);
        };
        let mut room = Room::new().map_err(|error| (0, Stop::Failed(error)))?;
        let (mut sent, mut masked) = (0, 0);
        loop {
            let part = &message[masked..][..PART.min(message.len() - masked)];
            let front = if masked == 0 { &front[..size] } else { &[][..] };
            let space = &mut room.space()[..front.len() + part.len()];
            space[..front.len()].copy_from_slice(front);
            space[front.len()..].copy_from_slice(part);
            apply_mask(&mut space[front.len()..], mask, masked as u64);
            wire.send(&mut [IoSlice::new(space)], sent > 0, deadline)
                .map_err(|(count, stop)| (sent + count, stop))?;
            sent += space.len();
            masked += part.len();
            if masked == message.len() {
                return Ok(());
            }
            if deadline.has_run_out() {
                return Err((sent, Stop::TimedOut));
            }
        }
    }
}
