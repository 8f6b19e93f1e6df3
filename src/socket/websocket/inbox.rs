//! The receiving side of a WebSocket, without its stream.

use crate::backlog::Backlog;
use crate::error::{Code, Error, Result};
use crate::net::Deadline;
use crate::room::{self, Room};
use crate::websocket::handshake::LONGEST_HEAD;
use crate::websocket::{Decoder, Side};
use std::time::Instant;

/// The receiving side of a WebSocket.
#[derive(Debug)]
pub struct Inbox {
    /// What has come and was not taken apart: a handshake that is not whole, or what stands behind a whole message.
    pub raw: Backlog,
    /// The messages.
    pub decoder: Decoder,
    /// A server's, as long as the client has not asked for a WebSocket.
    pub opening: Option<Opening>,
    /// How the WebSocket ended, once it has.
    end: Option<Error>,
    /// How many messages were read.
    pub messages: u64,
}

/// A client that has not asked yet.
#[derive(Debug)]
pub struct Opening {
    /// The first bytes in which no request ends.
    pub seen: usize,
    /// When it is dropped; starts with the first call that needs the client.
    pub drop_at: Deadline,
}

impl Inbox {
    /// A client's, whose handshake is done: `raw` came behind the answer.
    pub fn open(raw: Backlog) -> Self {
        Inbox {
            raw,
            decoder: Decoder::new(Side::Client),
            opening: None,
            end: None,
            messages: 0,
        }
    }

    /// A server's, whose client may take so many milliseconds to ask.
    pub fn unopened(patience: i32) -> Self {
        Inbox {
            raw: Backlog::default(),
            decoder: Decoder::new(Side::Server),
            opening: Some(Opening {
                seen: 0,
                drop_at: Deadline::from_start(patience),
            }),
            end: None,
            messages: 0,
        }
    }

    /// Notes how it ended; the first end stays, behind a message that came before it.
    pub fn set_end(&mut self, end: Error) {
        self.end.get_or_insert(end);
    }

    /// How it ended.
    pub fn end(&self) -> Option<&Error> {
        self.end.as_ref()
    }

    /// Whether the end is known.
    pub fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// When a client that does not ask is dropped; `None` once it has asked, or the end is known.
    pub fn drop_at(&self) -> Option<&Deadline> {
        let opening = self.opening.as_ref().filter(|_| self.end.is_none())?;
        opening.drop_at.start();
        Some(&opening.drop_at)
    }

    /// The same as a moment.
    pub fn overdue_at(&self) -> Option<Instant> {
        self.drop_at()?.instant()
    }

    /// Has room for the next receive. Errors: LIMIT (nothing is lost, and nothing was received).
    pub fn make_room(&mut self) -> Result<()> {
        if self.raw.is_empty() {
            return Ok(()); // the first bytes keep the room that they come in
        }
        let more = self.raw.reserve(room::SIZE, LONGEST_HEAD + room::SIZE);
        more.map_err(|_| {
            Error::new(
                Code::Limit,
                "there is no memory for what comes; read again when there is some",
            )
        })
    }

    /// Takes in what came.
    pub fn push(&mut self, room: Room) {
        if self.raw.push_room(room, 0).is_err() {
            self.set_end(Error::new(
                Code::Lost,
                "there was no memory to keep what came, connect again",
            ));
        }
    }
}
