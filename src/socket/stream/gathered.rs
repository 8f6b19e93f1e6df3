//! What a stream holds for a while of what was written (SocketGather), without its socket.

use crate::net::forks;
use crate::socket::gatherer::{self, Gathering, Gathers};
use std::io;
use std::sync::Weak;
use std::time::{Duration, Instant};

/// So many bytes leave at once.
const MOST: usize = 64 * 1024;

/// What a stream holds.
#[derive(Debug)]
pub struct Gathered {
    /// Framed messages, the first one perhaps without its beginning.
    pub bytes: Vec<u8>,
    /// How long they may be held; zero from the moment on at which the option was switched off.
    pub time: Duration,
    /// Whether the library's thread is going to look.
    pub expected: bool,
    /// When the first of them came.
    since: Instant,
    /// The process whose bytes these are: a child of a fork leaves them to its parent.
    made_in: u32,
    stream: Weak<dyn Gathers>,
    _counted: Gathering,
}

impl Gathered {
    /// Nothing yet.
    pub fn new(stream: Weak<dyn Gathers>) -> Self {
        Gathered {
            bytes: Vec::new(),
            time: Duration::ZERO,
            expected: false,
            since: Instant::now(),
            made_in: forks(),
            stream,
            _counted: Gathering::begin(),
        }
    }

    /// Holds a message, too; `false` where it has to be sent.
    #[inline]
    pub fn push(&mut self, parts: &[&[u8]; 3]) -> bool {
        let size: usize = parts.iter().map(|part| part.len()).sum();
        let fits = self.bytes.len() + size < MOST && !self.time.is_zero();
        if !fits || self.bytes.try_reserve(size).is_err() {
            return false;
        }
        if self.bytes.is_empty() {
            self.since = Instant::now();
        }
        if !self.expected && self.expect(self.since + self.time).is_err() {
            return false;
        }
        parts
            .iter()
            .for_each(|part| self.bytes.extend_from_slice(part));
        true
    }

    /// Has the library's thread look at that moment. Errors: there is no memory, or no thread to be had.
    pub fn expect(&mut self, at: Instant) -> io::Result<()> {
        let stream = Weak::clone(&self.stream);
        gatherer::expect(at, stream)?;
        self.expected = true;
        Ok(())
    }

    /// When they have to leave.
    pub fn due(&self) -> Instant {
        self.since + self.time
    }

    /// Leaves what the parent of a fork held to that one.
    pub fn come_home(&mut self) {
        if self.made_in != forks() {
            self.made_in = forks();
            self.expected = false;
            self.bytes = Vec::new();
        }
    }
}
