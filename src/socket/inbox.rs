//! Bytes that have arrived on a stream and are not yet read, and the messages in them.

use crate::error::{Code, Error, Result};
use crate::framing::{Framing, Front};

/// A message whose rest is at least this long is received straight into the caller's buffer.
const WORTH_DIRECT: usize = 16 * 1024;
/// Unless more than this of it has arrived: it would be copied back and forth at every time-out.
const MOST_MOVED: usize = 64 * 1024;

/// The receiving side of a stream, without its socket.
#[derive(Debug, Default)]
pub struct Inbox {
    /// How messages are told apart.
    framing: Framing,
    /// How often that has changed.
    changes: u64,
    bytes: Vec<u8>,
    /// Where the unread bytes begin.
    start: usize,
    /// How many of the unread bytes hold no tag.
    seen: usize,
    /// How the stream ended, once it has.
    end: Option<Error>,
    /// How often something has arrived.
    arrivals: u32,
    /// Whether a thread is waiting for the network on behalf of all.
    pub receiving: bool,
}

/// Where the next bytes from the network should go.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// Into a scratch buffer, then here.
    Inbox,
    /// Whatever comes, straight into the caller's buffer.
    Caller,
    /// The rest of a message, straight into the caller's buffer: its first bytes are there already.
    Rest {
        /// Bytes of the message already in the caller's buffer.
        have: usize,
        /// The message's size.
        length: usize,
        /// How often the mode had changed when the message began.
        changes: u64,
    },
}

impl Inbox {
    /// An empty inbox.
    pub fn new(framing: Framing) -> Self {
        Inbox {
            framing,
            ..Inbox::default()
        }
    }

    /// Goes on in another mode with the bytes that are there.
    pub fn set_framing(&mut self, framing: Framing) {
        self.framing = framing;
        self.changes += 1;
        self.seen = 0;
    }

    /// How messages are told apart.
    pub fn framing(&self) -> &Framing {
        &self.framing
    }

    /// How often something has arrived; only whether it has changed says anything.
    pub fn arrivals(&self) -> u32 {
        self.arrivals
    }

    /// Something has arrived, which went elsewhere.
    pub fn note_arrival(&mut self) {
        self.arrivals = self.arrivals.wrapping_add(1);
    }

    /// Notes how the stream ended; the first end stays.
    pub fn set_end(&mut self, end: Error) {
        self.end.get_or_insert(end);
    }

    /// Whether unread bytes are here.
    pub fn has_bytes(&self) -> bool {
        self.start < self.bytes.len()
    }

    /// The size of the next message, `None` while it is not complete. Errors: as `take`.
    pub fn peek(&mut self, limit: usize) -> Result<Option<usize>> {
        match self.look(limit)? {
            Some((_, length, _)) => Ok(Some(length)),
            None => self.end.clone().map_or(Ok(None), Err),
        }
    }

    /// Moves the next message into `out` and tells its size; `None` while it is not complete.
    /// Errors: BUFFER_TOO_SMALL (the message stays), BAD_FRAME, MESSAGE_TOO_LARGE, and once
    /// everything was read the way the stream ended.
    pub fn take(&mut self, out: &mut [u8], limit: usize) -> Result<Option<usize>> {
        let Some((skip, length, tail)) = self.look(limit)? else {
            return self.end.clone().map_or(Ok(None), Err);
        };
        let length = self.fit(length, out.len())?;
        let from = self.start + skip;
        out[..length].copy_from_slice(&self.bytes[from..from + length]);
        self.consume(skip + length + tail);
        Ok(Some(length))
    }

    /// Takes in bytes from the network. Where they begin with a whole message that fits, it goes
    /// to `out` at once and only what follows is kept.
    pub fn absorb(&mut self, received: &[u8], out: &mut [u8], limit: usize) -> Option<usize> {
        let mut rest = received;
        let mut taken = None;
        if !self.has_bytes()
            && let Ok(Front::Message { skip, length, tail }) = self.framing.look(received, 0, limit)
            && let Ok(length) = self.fit(length, out.len())
        {
            out[..length].copy_from_slice(&received[skip..skip + length]);
            rest = &received[skip + length + tail..];
            taken = Some(length);
            self.note_arrival();
        }
        self.push(rest);
        taken
    }

    /// Takes in bytes from the network.
    pub fn push(&mut self, received: &[u8]) {
        if received.is_empty() {
            return;
        }
        self.note_arrival();
        if self.start > 0 && self.start >= self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(received);
    }

    /// Where the next bytes should go, given a caller's buffer; call when `take` found nothing.
    pub fn place(&mut self, out: &mut [u8], limit: usize) -> Place {
        if self.framing == Framing::Raw && !out.is_empty() {
            return Place::Caller;
        }
        if !self.has_bytes() {
            return Place::Inbox;
        }
        let unread = &self.bytes[self.start..];
        match self.framing.look(unread, self.seen, limit) {
            Ok(Front::Body { skip, length }) if length <= out.len() => {
                let have = unread.len() - skip;
                if length - have < WORTH_DIRECT || have > MOST_MOVED {
                    return Place::Inbox;
                }
                out[..have].copy_from_slice(&unread[skip..]);
                Place::Rest {
                    have,
                    length,
                    changes: self.changes,
                }
            }
            _ => Place::Inbox,
        }
    }

    /// A message that went to the caller directly is complete: its header and first bytes, all
    /// that is here, are done with. `false` if the mode has changed since it began, though it may
    /// be the same again: another thread may have read the bytes that are here in between.
    pub fn finish_rest(&mut self, changes: u64) -> bool {
        let unchanged = self.changes == changes;
        if unchanged {
            self.note_arrival();
            self.consume(self.bytes.len() - self.start);
        }
        unchanged
    }

    /// The next message as (header, message, tag) sizes, where it is complete.
    fn look(&mut self, limit: usize) -> Result<Option<(usize, usize, usize)>> {
        if !self.has_bytes() {
            return Ok(None); // the usual case before a receive
        }
        let unread = &self.bytes[self.start..];
        match self.framing.look(unread, self.seen, limit)? {
            Front::Message { skip, length, tail } => Ok(Some((skip, length, tail))),
            Front::Body { .. } => Ok(None),
            Front::Unknown { seen } => {
                self.seen = seen;
                Ok(None)
            }
        }
    }

    /// How much of a message goes into a buffer: all or nothing, except where there are no frames.
    fn fit(&self, length: usize, room: usize) -> Result<usize> {
        if length <= room {
            return Ok(length);
        }
        if self.framing == Framing::Raw && room > 0 {
            return Ok(room);
        }
        Err(Error::new(
            Code::BufferTooSmall,
            format!(
                "the message has {length} bytes and the buffer {room}: give a buffer of {length} bytes and read again"
            ),
        ))
    }

    /// Forgets bytes that were delivered, and the memory once nothing is left.
    fn consume(&mut self, count: usize) {
        self.start += count;
        self.seen = 0;
        if !self.has_bytes() {
            self.bytes = Vec::new();
            self.start = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::SocketEndTag;

    const LIMIT: usize = 1 << 20;

    fn read(inbox: &mut Inbox, room: usize) -> Result<Option<Vec<u8>>> {
        let mut out = vec![0; room];
        let length = inbox.take(&mut out, LIMIT)?;
        Ok(length.map(|length| out[..length].to_vec()))
    }

    #[test]
    fn a_message_that_does_not_fit_stays() {
        let mut inbox = Inbox::new(Framing::Size);
        inbox.push(b"5\r\nhello3\r\nabc");
        let error = read(&mut inbox, 4).unwrap_err();
        assert_eq!(error.code, Code::BufferTooSmall);
        assert_eq!(inbox.peek(LIMIT).unwrap(), Some(5));
        assert_eq!(read(&mut inbox, 5).unwrap().unwrap(), b"hello");
        assert_eq!(read(&mut inbox, 5).unwrap().unwrap(), b"abc");
        assert_eq!(read(&mut inbox, 5).unwrap(), None);
    }

    #[test]
    fn bytes_received_are_read_in_the_new_mode() {
        let mut inbox = Inbox::new(Framing::Size);
        inbox.push(b"9\r\nab<EOF>cd");
        assert_eq!(read(&mut inbox, 99).unwrap(), None);
        inbox.set_framing(Framing::new(SocketEndTag, None).unwrap());
        assert_eq!(read(&mut inbox, 99).unwrap().unwrap(), b"9\r\nab");
        inbox.set_framing(Framing::Raw);
        assert_eq!(read(&mut inbox, 1).unwrap().unwrap(), b"c");
        assert_eq!(read(&mut inbox, 9).unwrap().unwrap(), b"d");
    }

    #[test]
    fn complete_messages_come_before_the_end() {
        let mut inbox = Inbox::new(Framing::Size);
        inbox.push(b"1\r\na1\r\nb5\r\nxy");
        inbox.set_end(Error::new(Code::Closed, "gone"));
        assert_eq!(read(&mut inbox, 9).unwrap().unwrap(), b"a");
        assert_eq!(read(&mut inbox, 9).unwrap().unwrap(), b"b");
        assert_eq!(read(&mut inbox, 9).unwrap_err().code, Code::Closed);
        inbox.set_framing(Framing::Raw);
        assert_eq!(read(&mut inbox, 9).unwrap().unwrap(), b"5\r\nxy");
        assert_eq!(read(&mut inbox, 9).unwrap_err().code, Code::Closed);
    }

    #[test]
    fn every_split_of_a_stream_gives_the_same_messages() {
        let stream = b"5\r\nhello0\r\n12\r\nhello world!1\r\n\x1A";
        for cut in 0..stream.len() {
            for second in cut..stream.len() {
                let mut inbox = Inbox::new(Framing::Size);
                let mut messages = Vec::new();
                for part in [&stream[..cut], &stream[cut..second], &stream[second..]] {
                    let mut out = [0; 64];
                    if let Some(length) = inbox.absorb(part, &mut out, LIMIT) {
                        messages.push(out[..length].to_vec());
                    }
                    while let Some(message) = read(&mut inbox, 64).unwrap() {
                        messages.push(message);
                    }
                }
                assert_eq!(messages, [&b"hello"[..], b"", b"hello world!", b"\x1A"]);
            }
        }
    }

    #[test]
    fn nothing_is_held_once_everything_is_read() {
        let mut inbox = Inbox::new(Framing::Size);
        inbox.push(&b"4\r\nabcd".repeat(1000));
        while read(&mut inbox, 64).unwrap().is_some() {}
        assert_eq!(inbox.bytes.capacity(), 0);
    }

    #[test]
    fn a_large_message_goes_straight_to_the_caller() {
        let mut inbox = Inbox::new(Framing::Size);
        inbox.push(b"100000\r\nabc");
        let mut out = vec![0; 100_000];
        let place = inbox.place(&mut out, LIMIT);
        let rest = Place::Rest {
            have: 3,
            length: 100_000,
            changes: 0,
        };
        assert_eq!(place, rest);
        assert_eq!(&out[..3], b"abc");
        assert_eq!(inbox.place(&mut out[..99_999], LIMIT), Place::Inbox);
        inbox.set_framing(Framing::Raw);
        inbox.set_framing(Framing::Size);
        assert!(!inbox.finish_rest(0), "the mode has changed meanwhile");
        assert!(inbox.has_bytes());
    }
}
