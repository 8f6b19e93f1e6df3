//! Plaintext in: what was decrypted, and what is put aside while a renegotiation holds up a writer.

use super::outcome::{ReadOutcome, Step};
use super::{MOST_BARREN, Session, forget_errors, no_memory};
use crate::error::Result;
use crate::room::{self, Room};
use openssl::ssl::ErrorCode;
use std::io::Write;

/// The most plaintext that is put aside while a renegotiation holds up a writer.
const MOST_ASIDE: usize = 1 << 20;

impl<W: Write> Session<W> {
    /// Decrypts into `buffer` as much as is there. Does the handshake first.
    /// Errors: as [`Session::handshake`]; LOST for an end without close_notify. Bytes before the error come first.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<ReadOutcome> {
        if buffer.is_empty() {
            return Ok(ReadOutcome::Bytes(0));
        }
        let mut filled = self.take_aside(buffer);
        self.stream.get_mut().direct().open();
        while filled < buffer.len() {
            match self.read_once(&mut buffer[filled..]) {
                Ok(ReadOutcome::Bytes(n)) => {
                    filled += n;
                    if !self.has_buffered() {
                        break;
                    }
                }
                // The end and the errors stay: the next read gives them.
                outcome if filled == 0 => return outcome,
                _ => break,
            }
        }
        Ok(ReadOutcome::Bytes(filled))
    }

    /// As [`Session::read`], into a room that may be any size.
    /// Errors: as [`Session::read`].
    pub fn read_room(&mut self, room: &mut Room) -> Result<ReadOutcome> {
        room.set_filled(0);
        let outcome = self.read(room.space())?;
        if let ReadOutcome::Bytes(n) = outcome {
            room.set_filled(n);
        }
        Ok(outcome)
    }

    /// Whether a writer waits until what was put aside is read.
    pub fn is_held_up(&self) -> bool {
        self.aside.len() >= MOST_ASIDE && !self.stream.ssl().is_init_finished()
    }

    /// Goes on with a renegotiation, putting aside what the peer sent before it; true when it is over.
    pub(super) fn renegotiate(&mut self) -> Result<bool> {
        while self.aside.len() < MOST_ASIDE && !self.stream.ssl().is_init_finished() {
            // Had first: what is decrypted must not be lost.
            let mut record = Room::new().map_err(|e| no_memory(&e))?;
            let room = self.aside.reserve(room::SIZE, usize::MAX);
            room.map_err(|e| no_memory(&e.into()))?;
            match self.read_once(record.space())? {
                ReadOutcome::Bytes(n) => {
                    let pushed = self.aside.push(&record.space()[..n]);
                    pushed.map_err(|e| no_memory(&e.into()))?;
                }
                ReadOutcome::NeedInput | ReadOutcome::CloseNotify => break,
            }
        }
        Ok(self.stream.ssl().is_init_finished())
    }

    fn read_once(&mut self, buffer: &mut [u8]) -> Result<ReadOutcome> {
        if self.handshake()? == Step::NeedInput {
            return Ok(ReadOutcome::NeedInput);
        }
        if self.close_received {
            return Ok(ReadOutcome::CloseNotify);
        }
        self.try_to_send();
        forget_errors();
        match self.stream.ssl_read(buffer) {
            Ok(n) => {
                self.barren = 0;
                Ok(ReadOutcome::Bytes(n))
            }
            Err(e) if e.code() == ErrorCode::ZERO_RETURN => {
                self.close_received = true;
                Ok(ReadOutcome::CloseNotify)
            }
            Err(e) if e.code() == ErrorCode::WANT_READ && self.barren > MOST_BARREN => {
                Err(self.give_up())
            }
            Err(e) if e.code() == ErrorCode::WANT_READ => Ok(ReadOutcome::NeedInput),
            Err(e) => Err(self.fail(&e)),
        }
    }

    fn take_aside(&mut self, buffer: &mut [u8]) -> usize {
        let n = self.aside.len().min(buffer.len());
        if n == 0 {
            return 0;
        }
        buffer[..n].copy_from_slice(&self.aside.bytes()[..n]);
        self.aside.consume(n);
        self.aside.shrink();
        n
    }
}
