//! What arrives, taken apart: messages put together from their fragments, and the control frames between these.
//!
//! It stops at each of both. So it never holds more than one message, of at most SocketMaxMessage, which grows
//! with the bytes that arrive and not with what a header announces.

use super::frame::{
    Control, Header, Kind, LONGEST_CONTROL, LONGEST_HEADER, Opcode, Side, apply_mask,
};
use crate::backlog::Backlog;
use crate::error::{Code, Error};

/// Close codes for what a peer did wrong (RFC 6455, section 7.4.1).
pub const PROTOCOL_ERROR: u16 = 1002;
const NO_UTF8: u16 = 1007;

/// The payload of a control frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    bytes: [u8; LONGEST_CONTROL],
    length: usize,
}

impl Short {
    /// As much of some bytes as there is room for.
    pub fn new(bytes: &[u8]) -> Self {
        let mut short = Short {
            bytes: [0; LONGEST_CONTROL],
            length: bytes.len().min(LONGEST_CONTROL),
        };
        short.bytes[..short.length].copy_from_slice(&bytes[..short.length]);
        short
    }

    /// The payload.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// A message is whole: `message` has it until `done` is called.
    Message,
    /// A PING, to be answered with the same payload.
    Ping(Short),
    /// A PONG, of which nobody needs to know.
    Pong,
    /// Nothing comes behind it.
    Close {
        /// The peer's code, if it gave one.
        code: Option<u16>,
        /// Its reason, perhaps empty.
        reason: String,
    },
}

/// Why what came cannot be taken.
#[derive(Debug)]
pub enum Trouble {
    /// The peer breaks the protocol: the connection is to end with this close code.
    Violation(u16, String),
    /// For now; the rest stays as it is: MESSAGE_TOO_LARGE (the limit may be raised) or LIMIT (memory may come).
    Refused(Error),
}

/// The frame whose header has come.
#[derive(Debug)]
struct Frame {
    header: Header,
    /// Bytes of its payload that were taken.
    taken: u64,
}

/// One direction of a connection.
#[derive(Debug)]
pub struct Decoder {
    side: Side,
    /// The beginning of a header.
    start: [u8; LONGEST_HEADER],
    started: usize,
    frame: Option<Frame>,
    control: Short,
    /// What the message is, of which something has come.
    kind: Option<Kind>,
    message: Backlog,
    is_whole: bool,
}

impl Decoder {
    /// Nothing has come yet.
    pub fn new(side: Side) -> Self {
        Decoder {
            side,
            start: [0; LONGEST_HEADER],
            started: 0,
            frame: None,
            control: Short::new(&[]),
            kind: None,
            message: Backlog::default(),
            is_whole: false,
        }
    }

    /// The whole message, where there is one.
    pub fn message(&self) -> Option<(Kind, &[u8])> {
        let kind = self.kind.filter(|_| self.is_whole)?;
        Some((kind, self.message.bytes()))
    }

    /// The message was read: its memory is given back.
    pub fn done(&mut self) {
        self.kind = None;
        self.is_whole = false;
        self.message.clear();
    }

    /// Takes bytes in, up to the next event, and tells how many it took. `limit` is the size of the largest message.
    /// Not to be called while a whole message waits.
    pub fn advance(
        &mut self,
        bytes: &[u8],
        limit: usize,
    ) -> (usize, Result<Option<Event>, Trouble>) {
        let mut used = 0;
        loop {
            let step = match self.frame {
                None => self.take_header(bytes, &mut used),
                Some(_) => self.take_payload(bytes, &mut used, limit),
            };
            match step {
                Ok(Step::GoOn) => {}
                Ok(Step::NeedMore) => return (used, Ok(None)),
                Ok(Step::Event(event)) => return (used, Ok(Some(event))),
                Err(trouble) => return (used, Err(trouble)),
            }
        }
    }

    fn take_header(&mut self, bytes: &[u8], used: &mut usize) -> Result<Step, Trouble> {
        let rest = &bytes[*used..];
        let more = rest.len().min(LONGEST_HEADER - self.started);
        self.start[self.started..][..more].copy_from_slice(&rest[..more]);
        let have = self.started + more;
        let parsed = Header::parse(&self.start[..have], self.side);
        let Some((header, size)) = parsed.map_err(|what| violation(format!("it sent {what}")))?
        else {
            self.started = have;
            *used += more;
            return Ok(Step::NeedMore);
        };
        *used += size - self.started;
        self.started = 0;
        match (header.opcode, self.kind) {
            (Opcode::Begin(_), Some(_)) => {
                return Err(violation("it began a message within another one"));
            }
            (Opcode::Continuation, None) => {
                return Err(violation("it went on with a message that it had not begun"));
            }
            (Opcode::Begin(kind), None) => self.kind = Some(kind),
            _ => {}
        }
        self.frame = Some(Frame { header, taken: 0 });
        Ok(Step::GoOn)
    }

    fn take_payload(
        &mut self,
        bytes: &[u8],
        used: &mut usize,
        limit: usize,
    ) -> Result<Step, Trouble> {
        let Some(Frame { header, taken }) = &mut self.frame else {
            return Ok(Step::GoOn);
        };
        let rest = &bytes[*used..];
        let missing = header.length - *taken;
        let count = usize::try_from(missing).map_or(rest.len(), |missing| missing.min(rest.len()));
        let part = &rest[..count];
        match header.opcode {
            Opcode::Control(_) => {
                let from = *taken as usize; // at most 125, as the header's check has seen
                let place = &mut self.control.bytes[from..][..count];
                place.copy_from_slice(part);
                if let Some(mask) = header.mask {
                    apply_mask(place, mask, *taken);
                }
                self.control.length = from + count;
            }
            _ => {
                // What came of this frame is in the message already.
                let whole = (self.message.len() as u64).saturating_add(missing);
                if whole > limit as u64 {
                    return Err(Trouble::Refused(too_large(whole, limit)));
                }
                let from = self.message.len();
                self.message
                    .reserve(count, whole as usize)
                    .and_then(|()| self.message.push(part))
                    .map_err(|_| Trouble::Refused(no_memory(from)))?;
                if let Some(mask) = header.mask {
                    apply_mask(&mut self.message.bytes_mut()[from..], mask, *taken);
                }
            }
        }
        *used += count;
        *taken += count as u64;
        if *taken < header.length {
            return Ok(Step::NeedMore);
        }
        let header = *header;
        self.frame = None;
        self.finish(header)
    }

    /// A frame is whole.
    fn finish(&mut self, header: Header) -> Result<Step, Trouble> {
        match header.opcode {
            Opcode::Control(Control::Ping) => Ok(Step::Event(Event::Ping(self.control()))),
            Opcode::Control(Control::Pong) => Ok(Step::Event(Event::Pong)),
            Opcode::Control(Control::Close) => close(self.control().bytes()).map(Step::Event),
            _ if !header.is_final => Ok(Step::GoOn),
            _ => {
                // Looked at once it is whole: a character may lie over the border of two fragments.
                if self.kind == Some(Kind::Text) && str::from_utf8(self.message.bytes()).is_err() {
                    let what = "it sent a text that is not UTF-8".to_owned();
                    return Err(Trouble::Violation(NO_UTF8, what));
                }
                self.is_whole = true;
                Ok(Step::Event(Event::Message))
            }
        }
    }

    /// The control frame that has come; the next one begins empty.
    fn control(&mut self) -> Short {
        std::mem::replace(&mut self.control, Short::new(&[]))
    }
}

enum Step {
    GoOn,
    NeedMore,
    Event(Event),
}

/// The payload of a CLOSE (section 5.5.1, and the codes of section 7.4).
fn close(payload: &[u8]) -> Result<Event, Trouble> {
    let (code, reason) = match payload {
        [] => (None, ""),
        [_] => return Err(violation("it sent a close code of one byte")),
        &[high, low, ref reason @ ..] => {
            let code = u16::from_be_bytes([high, low]);
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(violation(format!(
                    "it sent the close code {code}, which nobody may send"
                )));
            }
            let reason = str::from_utf8(reason).map_err(|_| {
                Trouble::Violation(NO_UTF8, "it sent a reason that is not UTF-8".to_owned())
            })?;
            (Some(code), reason)
        }
    };
    Ok(Event::Close {
        code,
        reason: reason.to_owned(),
    })
}

fn violation(what: impl Into<String>) -> Trouble {
    Trouble::Violation(PROTOCOL_ERROR, what.into())
}

fn too_large(size: u64, limit: usize) -> Error {
    Error::new(
        Code::MessageTooLarge,
        format!(
            "the peer's message has {size} bytes or more and the limit is {limit}: raise SocketMaxMessage if such messages are expected"
        ),
    )
}

fn no_memory(have: usize) -> Error {
    Error::new(
        Code::Limit,
        format!(
            "there is no memory for more than the {have} bytes that have come of the message; they stay, read again when there is some"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1000;

    /// Everything that a stream brings when it arrives in these parts.
    fn all(side: Side, parts: &[&[u8]], limit: usize) -> Result<Vec<String>, Trouble> {
        let mut decoder = Decoder::new(side);
        let mut told = Vec::new();
        for part in parts {
            let mut rest = *part;
            loop {
                let (used, event) = decoder.advance(rest, limit);
                rest = &rest[used..];
                match event? {
                    None => break,
                    Some(Event::Message) => {
                        let (kind, message) = decoder.message().unwrap();
                        told.push(format!("{} {}", kind.name(), message.escape_ascii()));
                        decoder.done();
                    }
                    Some(Event::Ping(short)) => {
                        told.push(format!("ping {}", short.bytes().escape_ascii()));
                    }
                    Some(Event::Pong) => told.push("pong".to_owned()),
                    Some(Event::Close { code, reason }) => {
                        told.push(format!("close {code:?} {reason}"));
                    }
                }
            }
            assert_eq!(rest, b"");
        }
        Ok(told)
    }

    const STREAM: &[u8] = b"\x81\x05hello\x02\x02ab\x89\x02p1\x00\x00\x8a\x00\x80\x01c\x82\x00\
        \x01\x01\xe2\x80\x02\x82\xac\x88\x05\x0f\xa0bye";

    #[test]
    fn every_split_of_a_stream_gives_the_same_messages() {
        let expected = [
            "text hello",
            "ping p1",
            "pong",
            "binary abc",
            "binary ",
            "text \\xe2\\x82\\xac",
            "close Some(4000) bye",
        ];
        for cut in 0..STREAM.len() {
            for second in cut..STREAM.len() {
                let parts = [&STREAM[..cut], &STREAM[cut..second], &STREAM[second..]];
                assert_eq!(all(Side::Client, &parts, LIMIT).unwrap(), expected);
            }
        }
    }

    #[test]
    fn masked_frames_are_the_same_in_every_split_and_a_mask_of_zero_is_one() {
        let stream = b"\x81\x85\x01\x02\x03\x04igohn\x89\x80\0\0\0\0\x82\x82\0\0\0\0ok";
        for cut in 0..stream.len() {
            let told = all(Side::Server, &[&stream[..cut], &stream[cut..]], LIMIT).unwrap();
            assert_eq!(told, ["text hello", "ping ", "binary ok"]);
        }
    }

    #[test]
    fn what_breaks_the_protocol_ends_it_with_its_close_code() {
        for (bytes, code) in [
            (&b"\x80\x00"[..], 1002),
            (b"\x01\x00\x81\x00", 1002),
            (b"\x88\x01\x03", 1002),
            (b"\x88\x02\x03\xed", 1002), // 1005
            (b"\x88\x02\x03\xee", 1002), // 1006
            (b"\x88\x02\x00\x00", 1002),
            (b"\x88\x02\x0b\xb7", 1002), // 2999
            (b"\x88\x02\x13\x88", 1002), // 5000
            (b"\x88\x03\x03\xe8\xff", 1007),
            (b"\x81\x01\xff", 1007),
            (b"\x01\x01\xe2\x80\x02\x82\x28", 1007),
            (b"\x01\x02\xe2\x82\x80\x00", 1007),
        ] {
            match all(Side::Client, &[bytes], LIMIT) {
                Err(Trouble::Violation(told, _)) => assert_eq!(told, code, "{bytes:?}"),
                other => panic!("{bytes:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_message_over_the_limit_waits_for_a_higher_one() {
        let mut decoder = Decoder::new(Side::Client);
        let stream = b"\x02\x03abc\x80\x02de";
        let (used, event) = decoder.advance(stream, 4);
        assert_eq!(used, 7);
        for _ in 0..2 {
            let (used, event) = decoder.advance(&stream[used..], 4);
            assert!(matches!(event, Err(Trouble::Refused(e)) if e.code == Code::MessageTooLarge));
            assert_eq!(used, 0);
        }
        assert!(matches!(event, Err(Trouble::Refused(_))));
        let (rest, event) = decoder.advance(&stream[used..], 5);
        assert_eq!((rest, event.unwrap()), (2, Some(Event::Message)));
        assert_eq!(decoder.message(), Some((Kind::Binary, &b"abcde"[..])));
    }

    #[test]
    fn memory_grows_with_what_comes_and_not_with_what_is_announced() {
        let mut decoder = Decoder::new(Side::Client);
        let mut head = vec![0x82, 127];
        head.extend_from_slice(&(200u64 << 20).to_be_bytes());
        decoder.advance(&head, 256 << 20).1.unwrap();
        decoder.advance(&[7; 1000], 256 << 20).1.unwrap();
        assert!(decoder.message.memory() < 10_000);
        let (_, refused) = decoder.advance(&[7], 199 << 20);
        assert!(matches!(refused, Err(Trouble::Refused(_))));
        let lie = b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff";
        let (_, refused) = Decoder::new(Side::Client).advance(lie, usize::MAX);
        assert!(refused.is_ok() || matches!(refused, Err(Trouble::Refused(_))));
    }
}
