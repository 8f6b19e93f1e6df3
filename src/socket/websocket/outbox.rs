//! The sending side of a WebSocket, without its stream: what waits to be sent beside the messages.

use crate::backlog::Backlog;
use crate::error::{Code, Error, Result};
use crate::tls::random;
use crate::websocket::Side;
use crate::websocket::decoder::Short;
use crate::websocket::frame::{
    Control, Header, LONGEST_CONTROL, LONGEST_HEADER, Opcode, apply_mask,
};

/// Normal closure (RFC 6455, section 7.4.1).
pub const NORMAL: u16 = 1000;

/// The sending side of a WebSocket.
#[derive(Debug)]
pub struct Outbox {
    side: Side,
    /// What has to leave before anything else: a handshake's answer, or control frames of which a part is out.
    pub unsent: Backlog,
    /// The answer to the last PING.
    pong: Option<Short>,
    /// The CLOSE that is to be sent.
    close: Option<Short>,
    /// Whether a CLOSE is out, or on its way: nothing comes behind it.
    pub is_closing: bool,
    /// Whether nothing more is wanted of the peer: the connection's sending half ends behind the CLOSE.
    pub is_over: bool,
    /// Whether the system takes no more for now.
    pub is_blocked: bool,
    /// Why no message can be sent any more.
    pub ended: Option<Error>,
    /// How many messages were written.
    pub messages: u64,
}

impl Outbox {
    /// Nothing was sent yet.
    pub fn new(side: Side) -> Self {
        Outbox {
            side,
            unsent: Backlog::default(),
            pong: None,
            close: None,
            is_closing: false,
            is_over: false,
            is_blocked: false,
            ended: None,
            messages: 0,
        }
    }

    /// Answers a PING; an answer that has not left is not needed any more (RFC 6455, section 5.5.3).
    pub fn answer(&mut self, ping: Short) {
        if !self.is_closing {
            self.pong = Some(ping);
        }
    }

    /// Sends a CLOSE, once, with a code and a reason; `why` is what is said to writers from now on.
    pub fn close(&mut self, code: Option<u16>, reason: &str, why: Error) {
        self.ended.get_or_insert(why);
        if self.is_closing {
            return;
        }
        self.is_closing = true;
        let mut payload = [0; LONGEST_CONTROL];
        let (number, text) = payload.split_at_mut(2);
        let reason = &reason[..reason.floor_char_boundary(text.len())];
        text[..reason.len()].copy_from_slice(reason.as_bytes());
        let size = match code {
            Some(code) => {
                number.copy_from_slice(&code.to_be_bytes());
                2 + reason.len()
            }
            None => 0,
        };
        self.close = Some(Short::new(&payload[..size]));
    }

    /// Turns away a client that did not ask for a WebSocket: there is nothing to send but the answer.
    pub fn refuse(&mut self, why: Error) {
        self.ended.get_or_insert(why);
        self.is_closing = true;
        self.is_over = true;
    }

    /// Nothing can be sent any more, not even a CLOSE.
    pub fn end(&mut self, why: Error) {
        self.ended.get_or_insert(why);
        self.is_closing = true;
        self.unsent.clear();
        (self.pong, self.close) = (None, None);
    }

    /// What has to leave next, beside messages: nothing if it is empty.
    pub fn next(&mut self) -> &[u8] {
        if self.unsent.is_empty() {
            // Without memory or a mask it waits for another time.
            if let Some(pong) = self.pong
                && self.frame(Control::Pong, pong).is_ok()
            {
                self.pong = None;
            } else if let Some(close) = self.close
                && self.frame(Control::Close, close).is_ok()
            {
                self.close = None;
            }
        }
        self.unsent.bytes()
    }

    fn frame(&mut self, control: Control, payload: Short) -> Result<()> {
        let length = payload.bytes().len();
        let header = Header {
            opcode: Opcode::Control(control),
            is_final: true,
            length: length as u64,
            mask: mask(self.side)?,
        };
        let mut room = [0; LONGEST_HEADER];
        let size = header.write(&mut room);
        let mut frame = [0; LONGEST_HEADER + LONGEST_CONTROL];
        frame[..size].copy_from_slice(&room[..size]);
        frame[size..][..length].copy_from_slice(payload.bytes());
        if let Some(mask) = header.mask {
            apply_mask(&mut frame[size..][..length], mask, 0);
        }
        let pushed = self.unsent.push(&frame[..size + length]);
        pushed.map_err(|_| Error::new(Code::Limit, "there is no memory for a frame"))
    }
}

/// A fresh mask, where this side masks what it sends (RFC 6455, section 5.3).
pub fn mask(side: Side) -> Result<Option<[u8; 4]>> {
    let mut mask = [0; 4];
    match side {
        Side::Client => random(&mut mask).map(|()| Some(mask)),
        Side::Server => Ok(None),
    }
}
