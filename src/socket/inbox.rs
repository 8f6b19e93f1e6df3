//! Bytes that have arrived on a stream and are not yet read, and the messages in them.

use crate::backlog::Backlog;
use crate::error::{Code, Error, Result};
use crate::framing::{Framing, Front};
use crate::room::{self, Room};

/// A message whose rest is at least this long is received straight into the caller's buffer.
const WORTH_DIRECT: usize = 16 * 1024;
/// Unless more than this of it has arrived: it would be copied back and forth at every time-out.
const MOST_MOVED: usize = 64 * 1024;

/// The receiving side of a stream, without its socket.
///
/// What a peer can make it hold is one message of SocketMaxMessage and what one receive brings beyond.
/// That grows with the bytes that arrive, and is given back when the message has been read: of the next
/// messages what has come of them stays, and at most 64 KiB beside it.
#[derive(Debug, Default)]
#[repr(C)] // what most messages touch comes first
pub struct Inbox {
    /// How messages are told apart.
    framing: Framing,
    unread: Backlog,
    /// How the stream ended, once it has.
    end: Option<Error>,
    /// The thread that received last, as far as a watch wants to know; 0 for none.
    pub receiver: u32,
    /// Whether a thread receives into memory of its own and counts on the room that was made here for it.
    pub room_is_promised: bool,
    /// Whether a watch has found a thread receiving, and waits to hear that it is done.
    pub is_awaited: bool,
    /// How many messages were read.
    pub messages: u64,
    /// How many of the unread bytes hold no tag; in the mode of exact sizes, how many the last read that found
    /// too few asked for.
    seen: usize,
    /// How often the mode has changed.
    changes: u64,
}

/// Where the next bytes from the network should go.
#[derive(Debug, PartialEq, Eq)]
pub enum Destination {
    /// Destination a scratch buffer, then here.
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

    /// Notes how the stream ended; the first end stays.
    pub fn set_end(&mut self, end: Error) {
        self.end.get_or_insert(end);
    }

    /// Whether the end of the stream is known.
    pub fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Whether the peer has said that nothing more comes, in good order.
    pub fn is_closed(&self) -> bool {
        self.end
            .as_ref()
            .is_some_and(|end| end.code == Code::Closed)
    }

    /// Whether unread bytes are here.
    pub fn has_bytes(&self) -> bool {
        !self.unread.is_empty()
    }

    /// The size of the next message, `None` while it is not complete. Errors: as `take`.
    #[inline]
    pub fn peek(&mut self, limit: usize) -> Result<Option<usize>> {
        if !self.has_bytes() && !self.has_ended() {
            return Ok(None);
        }
        match self.look(self.seen, limit)? {
            Some((_, length, _)) => Ok(Some(length)),
            None => self.end.clone().map_or(Ok(None), Err),
        }
    }

    /// Moves the next message into `out` and tells its size; `None` while it is not complete.
    /// Errors: BUFFER_TOO_SMALL (the message stays), BAD_FRAME, MESSAGE_TOO_LARGE, and once
    /// everything was read the way the stream ended.
    pub fn take(&mut self, out: &mut [u8], limit: usize) -> Result<Option<usize>> {
        let Some((skip, length, tail)) = self.look(out.len(), limit)? else {
            return self.end.clone().map_or(Ok(None), Err);
        };
        let length = self.fit(length, out.len())?;
        out[..length].copy_from_slice(&self.unread.bytes()[skip..skip + length]);
        self.consume(skip + length + tail);
        Ok(Some(length))
    }

    /// Has room for the next receive, where a message has begun: what begins one keeps the room that it
    /// came in. Errors: LIMIT (nothing is lost, and nothing was received).
    pub fn make_room(&mut self, limit: usize) -> Result<()> {
        if !self.has_bytes() {
            return Ok(());
        }
        let most = match self
            .framing
            .look(self.unread.bytes(), self.seen, self.seen, limit)
        {
            Ok(Front::Body { skip, length }) => skip + length + room::SIZE,
            _ => usize::MAX,
        };
        self.unread.reserve(room::SIZE, most).map_err(|_| {
            Error::new(
                Code::Limit,
                format!(
                    "there is no memory for more than the {} bytes that have come of the message; they stay, read again when there is some",
                    self.unread.len()
                ),
            )
        })
    }

    /// Tries to have room for a message's rest that is received elsewhere, in case it does not come whole.
    pub fn make_room_for(&mut self, more: usize) {
        // Without it only an end in the middle while memory is still short would have to lose it.
        let _ = self.unread.reserve(more, 0);
    }

    /// Takes in bytes from the network. Where they begin with a whole message that fits, it goes
    /// to `out` at once and only what follows is kept.
    pub fn absorb(&mut self, received: Room, out: &mut [u8], limit: usize) -> Option<usize> {
        let bytes = received.bytes();
        if !self.has_bytes()
            && let Ok(Front::Message { skip, length, tail }) =
                self.framing.look(bytes, 0, out.len(), limit)
            && let Ok(length) = self.fit(length, out.len())
        {
            out[..length].copy_from_slice(&bytes[skip..skip + length]);
            let taken = skip + length + tail;
            if taken < bytes.len() {
                self.push(received, taken);
            }
            return Some(length);
        }
        self.push(received, 0);
        None
    }

    /// Takes in what came from the network, from `from` on.
    pub fn push(&mut self, received: Room, from: usize) {
        if self.unread.push_room(received, from).is_err() {
            self.set_end(lost_for_memory());
        }
    }

    /// Takes in bytes that were received elsewhere.
    pub fn push_bytes(&mut self, received: &[u8]) {
        if self.unread.push(received).is_err() {
            self.set_end(lost_for_memory());
        }
    }

    /// Whether nothing is here and whatever comes goes straight into the caller's buffer.
    #[inline]
    pub fn is_passed_by(&self, out: &[u8]) -> bool {
        let goes_to_caller = matches!(self.framing, Framing::Raw) && !out.is_empty();
        goes_to_caller && !self.has_bytes() && !self.has_ended()
    }

    /// Where the next bytes should go, given a caller's buffer; call when `take` found nothing.
    pub fn place(&mut self, out: &mut [u8], limit: usize) -> Destination {
        if matches!(self.framing, Framing::Raw) && !out.is_empty() {
            return Destination::Caller;
        }
        if !self.has_bytes() {
            return Destination::Inbox;
        }
        let unread = self.unread.bytes();
        match self.framing.look(unread, self.seen, out.len(), limit) {
            Ok(Front::Body { skip, length }) if length <= out.len() => {
                self.seen = length;
                let have = unread.len() - skip;
                if length - have < WORTH_DIRECT || have > MOST_MOVED {
                    return Destination::Inbox;
                }
                out[..have].copy_from_slice(&unread[skip..]);
                Destination::Rest {
                    have,
                    length,
                    changes: self.changes,
                }
            }
            _ => Destination::Inbox,
        }
    }

    /// A message that went to the caller directly is complete: its header and first bytes, all
    /// that is here, are done with. `false` if the mode has changed since it began, though it may
    /// be the same again: another thread may have read the bytes that are here in between.
    pub fn finish_rest(&mut self, changes: u64) -> bool {
        let unchanged = self.changes == changes;
        if unchanged {
            self.consume(self.unread.len());
        }
        unchanged
    }

    /// The next message as (header, message, tag) sizes, where it is complete.
    fn look(&mut self, wanted: usize, limit: usize) -> Result<Option<(usize, usize, usize)>> {
        if !self.has_bytes() {
            return Ok(None); // the usual case before a receive
        }
        let unread = self.unread.bytes();
        match self.framing.look(unread, self.seen, wanted, limit)? {
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
        if self.framing.has_no_frames() && room > 0 {
            return Ok(room);
        }
        Err(Error::new(
            Code::BufferTooSmall,
            format!(
                "the message has {length} bytes and the buffer {room}: give a buffer of {length} bytes and read again"
            ),
        ))
    }

    /// Forgets bytes that were delivered, and gives back the memory that is not needed any more.
    fn consume(&mut self, count: usize) {
        self.unread.consume(count);
        self.seen = 0;
        if !self.room_is_promised {
            self.unread.shrink();
        }
    }
}

/// The end of a stream that cannot go on, because what came could not be kept.
fn lost_for_memory() -> Error {
    Error::new(
        Code::Lost,
        "there was no memory to keep what came of a message, connect again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::SocketEndTag;

    const LIMIT: usize = 1 << 20;

    fn room(bytes: &[u8]) -> Room {
        Room::from(bytes.to_vec())
    }

    fn read(inbox: &mut Inbox, room: usize) -> Result<Option<Vec<u8>>> {
        let mut out = vec![0; room];
        let length = inbox.take(&mut out, LIMIT)?;
        Ok(length.map(|length| out[..length].to_vec()))
    }

    #[test]
    fn a_message_that_does_not_fit_stays() {
        let mut inbox = Inbox::new(Framing::Size);
        inbox.push_bytes(b"5\r\nhello3\r\nabc");
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
        inbox.push_bytes(b"99\r\nab<EOF>cd");
        assert_eq!(read(&mut inbox, 99).unwrap(), None);
        inbox.set_framing(Framing::new(SocketEndTag, None).unwrap());
        assert_eq!(read(&mut inbox, 99).unwrap().unwrap(), b"99\r\nab");
        inbox.set_framing(Framing::Raw);
        assert_eq!(read(&mut inbox, 1).unwrap().unwrap(), b"c");
        assert_eq!(read(&mut inbox, 9).unwrap().unwrap(), b"d");
    }

    #[test]
    fn an_exact_size_is_waited_for_and_noted_for_the_watches() {
        let mut inbox = Inbox::new(Framing::Exact);
        inbox.push_bytes(b"abc");
        assert_eq!(inbox.peek(LIMIT).unwrap(), Some(3), "nobody has asked yet");
        assert_eq!(read(&mut inbox, 0).unwrap_err().code, Code::BufferTooSmall);
        let mut five = [0; 5];
        assert_eq!(inbox.take(&mut five, LIMIT).unwrap(), None);
        assert_eq!(inbox.place(&mut five, LIMIT), Destination::Inbox);
        assert_eq!(inbox.peek(LIMIT).unwrap(), None, "five were asked for");
        assert_eq!(read(&mut inbox, 2).unwrap().unwrap(), b"ab");
        assert_eq!(inbox.peek(LIMIT).unwrap(), Some(1));
        inbox.push_bytes(b"defgh");
        assert_eq!(read(&mut inbox, 5).unwrap().unwrap(), b"cdefg");
        assert_eq!(read(&mut inbox, 2).unwrap(), None);
        inbox.set_end(Error::new(Code::Closed, "gone"));
        assert_eq!(read(&mut inbox, 2).unwrap_err().code, Code::Closed);
        assert_eq!(read(&mut inbox, 1).unwrap().unwrap(), b"h");
    }

    #[test]
    fn complete_messages_come_before_the_end() {
        let mut inbox = Inbox::new(Framing::Size);
        inbox.push_bytes(b"1\r\na1\r\nb5\r\nxy");
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
                    if let Some(length) = inbox.absorb(room(part), &mut out, LIMIT) {
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
        inbox.push_bytes(&b"4\r\nabcd".repeat(1000));
        while read(&mut inbox, 64).unwrap().is_some() {}
        assert_eq!(inbox.unread.memory(), 0);
    }

    #[test]
    fn a_message_grows_to_its_size_and_not_to_twice_that() {
        const LENGTH: usize = 20 << 20;
        let mut inbox = Inbox::new(Framing::Size);
        inbox.push(room(format!("{LENGTH}\r\n").as_bytes()), 0);
        let mut missing = LENGTH;
        while missing > 0 {
            inbox.make_room(256 << 20).unwrap();
            let part = missing.min(room::SIZE);
            inbox.push(room(&vec![7; part]), 0);
            missing -= part;
            assert!(inbox.unread.memory() <= inbox.unread.len() / 4 * 5 + 2 * room::SIZE);
        }
        assert!(inbox.unread.memory() <= LENGTH + 2 * room::SIZE);
    }

    #[test]
    fn one_byte_of_the_next_message_does_not_hold_the_memory_of_the_last() {
        let mut inbox = Inbox::new(Framing::Size);
        inbox.push_bytes(b"1000000\r\n");
        inbox.push_bytes(&vec![7; 1_000_000]);
        inbox.push_bytes(b"5");
        assert_eq!(read(&mut inbox, LIMIT).unwrap().unwrap().len(), 1_000_000);
        assert!(
            inbox.unread.memory() <= 64 << 10,
            "{}",
            inbox.unread.memory()
        );
        inbox.push_bytes(b"\r\nhello");
        assert_eq!(read(&mut inbox, 5).unwrap().unwrap(), b"hello");
    }

    #[test]
    fn a_large_message_goes_straight_to_the_caller() {
        let mut inbox = Inbox::new(Framing::Size);
        inbox.push_bytes(b"100000\r\nabc");
        let mut out = vec![0; 100_000];
        let place = inbox.place(&mut out, LIMIT);
        let rest = Destination::Rest {
            have: 3,
            length: 100_000,
            changes: 0,
        };
        assert_eq!(place, rest);
        assert_eq!(&out[..3], b"abc");
        assert_eq!(inbox.place(&mut out[..99_999], LIMIT), Destination::Inbox);
        inbox.set_framing(Framing::Raw);
        inbox.set_framing(Framing::Size);
        assert!(!inbox.finish_rest(0), "the mode has changed meanwhile");
        assert!(inbox.has_bytes());
    }
}
