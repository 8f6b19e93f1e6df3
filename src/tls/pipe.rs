//! What OpenSSL takes for its socket: bytes in memory on one side, the caller's sink on the other.
//!
//! Writing always succeeds. What the sink does not take at once waits here, so OpenSSL never meets a
//! half-sent record; that is what lets a renegotiation or a KeyUpdate arrive in the middle of a write.

use std::borrow::Cow;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::mem;

/// More than a handshake's largest flight and a record; a peer that makes us queue more does not read.
const MOST_QUEUED: usize = 256 * 1024;
/// Bytes from the start of the stream that are kept to tell what the peer speaks.
const FIRST: usize = 24;

pub(super) struct Pipe<W> {
    sink: W,
    incoming: Vec<u8>,
    /// How much of `incoming` OpenSSL has taken.
    taken: usize,
    ended: bool,
    outgoing: Vec<u8>,
    /// How much of `outgoing` the sink has taken.
    sent: usize,
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
            incoming: Vec::new(),
            taken: 0,
            ended: false,
            outgoing: Vec::new(),
            sent: 0,
            holding: false,
            held: false,
            broken: None,
            first: ([0; FIRST], 0),
        }
    }

    /// Adds ciphertext that came from the network. A buffer that is well filled is taken over as it is.
    pub fn feed(&mut self, ciphertext: Cow<'_, [u8]>) {
        let (kept, length) = &mut self.first;
        if *length < FIRST {
            let more = ciphertext.len().min(FIRST - *length);
            kept[*length..*length + more].copy_from_slice(&ciphertext[..more]);
            *length += more;
        }
        self.incoming.drain(..self.taken);
        self.taken = 0;
        match ciphertext {
            Cow::Owned(buffer)
                if self.incoming.is_empty() && buffer.len() >= buffer.capacity() / 2 =>
            {
                self.incoming = buffer;
            }
            bytes => self.incoming.extend_from_slice(&bytes),
        }
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
        self.incoming.len() - self.taken
    }

    /// Ciphertext that the sink has not taken yet, in bytes.
    pub fn queued(&self) -> usize {
        self.outgoing.len() - self.sent
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

    /// Hands what is queued to the sink; true when nothing is left.
    pub fn drain(&mut self) -> io::Result<bool> {
        self.held = false;
        if let Some(e) = &self.broken {
            return Err(same(e));
        }
        while self.queued() > 0 {
            match self.sink.write(&self.outgoing[self.sent..]) {
                Ok(0) => return Ok(false),
                Ok(n) => {
                    self.pass(n);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(e) => return Err(same(self.give_up(e))),
            }
        }
        Ok(true)
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
        match &self.outgoing[self.sent..] {
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
        self.sent += queued;
        if self.queued() == 0 {
            self.outgoing = Vec::new();
            self.sent = 0;
        }
        count - queued
    }

    fn give_up(&mut self, error: io::Error) -> &io::Error {
        self.outgoing = Vec::new();
        self.sent = 0;
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

impl<W> Read for Pipe<W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let waiting = &self.incoming[self.taken..];
        if waiting.is_empty() {
            return if self.ended {
                Ok(0)
            } else {
                Err(ErrorKind::WouldBlock.into())
            };
        }
        let n = waiting.len().min(buffer.len());
        buffer[..n].copy_from_slice(&waiting[..n]);
        self.taken += n;
        if self.taken == self.incoming.len() {
            // An idle connection holds no buffer.
            drop(mem::take(&mut self.incoming));
            self.taken = 0;
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
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) => {
                    self.give_up(e);
                    return Ok(record.len());
                }
            }
        }
        if self.queued() + rest.len() > MOST_QUEUED {
            self.give_up(io::Error::new(
                ErrorKind::ConnectionAborted,
                "the peer does not take what it asks for",
            ));
            return Ok(record.len());
        }
        self.outgoing.extend_from_slice(rest);
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
            assert!(pipe.outgoing.capacity() <= 2 * MOST_QUEUED);
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
        pipe.feed(b"abcdef".into());
        pipe.feed_end();
        assert_eq!(pipe.read(&mut buffer).unwrap(), 4);
        assert_eq!(pipe.read(&mut buffer).unwrap(), 2);
        assert_eq!(pipe.read(&mut buffer).unwrap(), 0);
        assert_eq!(pipe.incoming.capacity(), 0);
        assert_eq!(pipe.first(), b"abcdef");
    }
}
