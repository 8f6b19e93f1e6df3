//! What OpenSSL takes for its socket: bytes in memory on one side, the caller's sink on the other.
//!
//! Writing always succeeds. What the sink does not take at once waits here, so OpenSSL never meets a
//! half-sent record; that is what lets a renegotiation or a KeyUpdate arrive in the middle of a write.

use super::direct::Direct;
use crate::backlog::Backlog;
use crate::error::is_shortage;
use crate::room::{self, Room};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Read, Write};

/// More than a handshake's largest flight and a record; a peer that makes us queue more does not read.
const MOST_QUEUED: usize = 256 * 1024;
/// Bytes from the start of the stream that are kept to tell what the peer speaks.
const FIRST: usize = 24;

pub(super) struct Pipe<W> {
    sink: W,
    incoming: Option<Room>,
    /// How much of `incoming` OpenSSL has taken.
    taken: usize,
    /// What other threads received meanwhile.
    behind: VecDeque<Room>,
    direct: Direct,
    ended: bool,
    outgoing: Backlog,
    /// Room for a record that the sink does not take, where there is no other memory for it.
    reserve: Option<Room>,
    /// Whether a record that is written waits in `outgoing` for the next one, with which it leaves.
    holding: bool,
    /// Whether one waits so.
    held: bool,
    broken: Option<io::Error>,
    first: ([u8; FIRST], usize),
}

impl<W: Write> Pipe<W> {
    pub fn new(sink: W) -> Self {
        Pipe {
            sink,
            incoming: None,
            taken: 0,
            behind: VecDeque::new(),
            direct: Direct::default(),
            ended: false,
            outgoing: Backlog::default(),
            reserve: None,
            holding: false,
            held: false,
            broken: None,
            first: ([0; FIRST], 0),
        }
    }

    /// Adds ciphertext that came from the network.
    pub fn feed(&mut self, ciphertext: Room) {
        let (kept, length) = &mut self.first;
        if *length < FIRST {
            let more = ciphertext.bytes().len().min(FIRST - *length);
            kept[*length..*length + more].copy_from_slice(&ciphertext.bytes()[..more]);
            *length += more;
        }
        self.direct.expect(ciphertext.bytes().len() == room::SIZE);
        match self.incoming {
            _ if ciphertext.bytes().is_empty() => {}
            None => self.incoming = Some(ciphertext),
            Some(_) => self.behind.push_back(ciphertext),
        }
    }

    /// The other way on which ciphertext comes.
    pub fn direct(&mut self) -> &mut Direct {
        &mut self.direct
    }

    /// The network has no more to give.
    pub fn feed_end(&mut self) {
        self.ended = true;
    }

    /// Whether the network has ended.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Ciphertext that OpenSSL has not taken yet, in bytes.
    pub fn undecrypted(&self) -> usize {
        let behind: usize = self.behind.iter().map(|room| room.bytes().len()).sum();
        self.direct.held() + self.waiting().len() + behind
    }

    fn waiting(&self) -> &[u8] {
        self.incoming
            .as_ref()
            .map_or(&[], |room| &room.bytes()[self.taken..])
    }

    /// Ciphertext that the sink has not taken yet, in bytes.
    pub fn queued(&self) -> usize {
        self.outgoing.len()
    }

    /// Has room for a record, so that one that is encrypted is never lost. Errors: `OutOfMemory`.
    pub fn prepare(&mut self) -> io::Result<()> {
        if self.reserve.is_none() {
            self.reserve = Some(Room::new()?);
        }
        Ok(())
    }

    /// Gives that room back, which an idle connection does not hold.
    pub fn rest(&mut self) {
        self.reserve = None;
    }

    /// The first bytes that the peer sent.
    pub fn first(&self) -> &[u8] {
        &self.first.0[..self.first.1]
    }

    /// Whether what is written from now on waits for the next write after `hold(false)`, or for a drain.
    pub fn hold(&mut self, holding: bool) {
        self.holding = holding;
    }

    /// Whether something waits for the next write.
    pub fn has_held(&self) -> bool {
        self.held
    }

    /// Hands what is queued to the sink; true when nothing is left. A passing shortage of the system is
    /// an error of this call alone.
    pub fn drain(&mut self) -> io::Result<bool> {
        self.held = false;
        if let Some(e) = &self.broken {
            return Err(same(e));
        }
        while self.queued() > 0 {
            match self.sink.write(self.outgoing.bytes()) {
                Ok(0) => return Ok(false),
                Ok(n) => {
                    self.pass(n);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(e) if is_shortage(&e) => return Err(e),
                Err(e) => return Err(same(self.give_up(e))),
            }
        }
        match self.sink.flush() {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(e) if is_shortage(&e) => Err(e),
            Err(e) => Err(same(self.give_up(e))),
        }
    }

    /// Why nothing can be sent any more.
    pub fn broken(&self) -> Option<&io::Error> {
        self.broken.as_ref()
    }

    /// The sink.
    pub fn sink(&mut self) -> &mut W {
        &mut self.sink
    }

    /// Hands what is queued and a record behind it to the sink, without copying either.
    fn send_before(&mut self, record: &[u8]) -> io::Result<usize> {
        match self.outgoing.bytes() {
            [] => self.sink.write(record),
            queued => {
                let both = [queued, record].map(IoSlice::new);
                self.sink.write_vectored(&both)
            }
        }
    }

    /// Notes that the sink took `count` bytes, of what is queued first; tells how many were of others.
    fn pass(&mut self, count: usize) -> usize {
        let queued = count.min(self.queued());
        self.outgoing.consume(queued);
        count - queued
    }

    /// Keeps what the sink did not take. Errors: neither memory nor room for it.
    fn queue(&mut self, rest: &[u8]) -> io::Result<()> {
        let Err(error) = self.outgoing.push(rest) else {
            return Ok(());
        };
        let Some(mut room) = self.reserve.take() else {
            return Err(error.into());
        };
        let (held, length) = (self.queued(), self.queued() + rest.len());
        let Some(place) = room.space().get_mut(..length) else {
            return Err(error.into());
        };
        place[..held].copy_from_slice(self.outgoing.bytes());
        place[held..].copy_from_slice(rest);
        room.set_filled(length);
        self.outgoing.clear();
        Ok(self.outgoing.push_room(room, 0)?)
    }

    fn give_up(&mut self, error: io::Error) -> &io::Error {
        self.outgoing.clear();
        self.broken.insert(error)
    }
}

/// `io::Error` cannot be cloned; the number and the text can.
fn same(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

impl<W: Write> Read for Pipe<W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let held = self.direct.read_held(buffer);
        if held > 0 {
            return Ok(held);
        }
        let waiting = self.waiting();
        if waiting.is_empty() {
            return match self.ended {
                true => Ok(0),
                false => self.direct.receive(buffer),
            };
        }
        let n = waiting.len().min(buffer.len());
        buffer[..n].copy_from_slice(&waiting[..n]);
        self.taken += n;
        if self.waiting().is_empty() {
            // An idle connection holds no buffer.
            self.incoming = self.behind.pop_front();
            self.taken = 0;
            if self.incoming.is_none() {
                self.behind = VecDeque::new();
            }
        }
        Ok(n)
    }
}

impl<W: Write> Write for Pipe<W> {
    /// Takes everything. After the sink broke, bytes go nowhere: what the peer sent before can still
    /// be read, and the writer is told by [`Pipe::broken`].
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        if self.broken.is_some() {
            return Ok(record.len());
        }
        self.held = self.holding;
        let mut rest = record;
        while !self.holding && !rest.is_empty() {
            match self.send_before(rest) {
                Ok(0) => break,
                Ok(n) => rest = &rest[self.pass(n)..],
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock || is_shortage(&e) => break,
                Err(e) => {
                    self.give_up(e);
                    return Ok(record.len());
                }
            }
        }
        if rest.is_empty() {
            return Ok(record.len());
        }
        if self.queued() + rest.len() > MOST_QUEUED {
            self.give_up(io::Error::new(
                ErrorKind::ConnectionAborted,
                "the peer does not take what it asks for",
            ));
            return Ok(record.len());
        }
        if self.queue(rest).is_err() {
            self.give_up(io::Error::new(
                ErrorKind::ConnectionAborted,
                "there was no memory for a record that the peer did not take at once",
            ));
        }
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a few bytes at a time, then none until it is opened again.
    struct Slow(Vec<u8>, usize);

    impl Write for Slow {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            let n = data.len().min(self.1);
            if n == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            self.1 -= n;
            self.0.extend_from_slice(&data[..n]);
            Ok(n)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_the_sink_does_not_take_leaves_later_and_in_order() {
        let mut pipe = Pipe::new(Slow(Vec::new(), 3));
        assert_eq!(pipe.write(b"hello ").unwrap(), 6);
        assert_eq!(pipe.write(b"world").unwrap(), 5);
        assert!(!pipe.drain().unwrap());
        pipe.sink().1 = 100;
        assert!(pipe.drain().unwrap());
        assert_eq!(pipe.sink().0, b"hello world");
    }

    #[test]
    fn a_peer_that_never_reads_cannot_fill_the_memory() {
        let mut pipe = Pipe::new(Slow(Vec::new(), 0));
        for _ in 0..1000 {
            assert_eq!(pipe.write(&[0; 1024]).unwrap(), 1024);
            assert!(pipe.outgoing.memory() <= 2 * MOST_QUEUED);
        }
        assert!(pipe.broken().is_some());
        assert!(pipe.drain().is_err());
    }

    #[test]
    fn reading_ends_only_after_the_last_byte() {
        let mut pipe = Pipe::new(Vec::new());
        let mut buffer = [0; 4];
        assert_eq!(
            pipe.read(&mut buffer).unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
        pipe.feed(Room::from(b"abcdef".to_vec()));
        pipe.feed(Room::from(b"ghi".to_vec()));
        pipe.feed_end();
        for (count, undecrypted) in [(4, 9), (2, 5), (3, 3)] {
            assert_eq!(pipe.undecrypted(), undecrypted);
            assert_eq!(pipe.read(&mut buffer).unwrap(), count);
        }
        assert_eq!(&buffer[..3], b"ghi");
        assert_eq!(pipe.read(&mut buffer).unwrap(), 0);
        assert!(pipe.incoming.is_none());
        assert_eq!(pipe.first(), b"abcdefghi");
    }
}
