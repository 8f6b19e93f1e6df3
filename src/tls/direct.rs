//! Ciphertext on the short way from the system into OpenSSL's own memory.
//!
//! Usually what comes is received while nobody has the connection's lock, into a room, and copied from there. A receive that
//! has filled its room has left something behind: then the rest of a record, which OpenSSL asks for, and the next one's
//! header are received right where they belong. That never waits, so that it may be done under the lock.

use std::io::{self, ErrorKind};

/// A record's header (RFC 8446, section 5.1), which OpenSSL reads before the record.
const HEADER: usize = 5;
/// For the rest of a shorter record a room is filled, which takes several of them.
const SHORTEST: usize = 4096;

/// Receives without waiting, into the first place and what is more into the second.
pub type Source = Box<dyn FnMut(&mut [u8], &mut [u8]) -> io::Result<usize> + Send>;

#[derive(Default)]
pub(super) struct Direct {
    source: Option<Source>,
    /// Whether the last receive brought all that there was room for, and nobody else receives.
    has_more: bool,
    /// Whether a receive may be made.
    is_open: bool,
    /// The next record's header, as far as it has come.
    header: [u8; HEADER],
    held: usize,
    /// How much has come since it was opened.
    received: usize,
    failure: Option<io::Error>,
}

impl Direct {
    /// From where to receive; without it there is no such way.
    pub fn set_source(&mut self, source: Option<Source>) {
        self.source = source;
    }

    /// Somebody else has received; whether he has left something behind.
    pub fn expect(&mut self, more: bool) {
        self.has_more = more;
    }

    /// One receive may be made, where there is more.
    pub fn open(&mut self) {
        self.is_open = self.has_more;
        self.received = 0;
    }

    /// None may be made until somebody else has received.
    pub fn close(&mut self) {
        self.has_more = false;
        self.is_open = false;
    }

    /// Why the last one failed, for whoever receives next: the system says it once.
    pub fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// How many bytes have come and were not read.
    pub fn held(&self) -> usize {
        self.held
    }

    /// How many bytes have come since it was opened.
    pub fn received(&self) -> usize {
        self.received
    }

    /// Hands over what is held; tells how much that is.
    pub fn read_held(&mut self, buffer: &mut [u8]) -> usize {
        if self.held == 0 {
            return 0;
        }
        let count = self.held.min(buffer.len());
        buffer[..count].copy_from_slice(&self.header[..count]);
        self.header.copy_within(count..self.held, 0);
        self.held -= count;
        count
    }

    /// Receives into `buffer`. Nothing may be held. Errors: `WouldBlock`, also for the end, which whoever receives next meets
    /// again, and for a failure.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let nothing = Err(ErrorKind::WouldBlock.into());
        let Some(source) = &mut self.source else {
            return nothing;
        };
        if !self.is_open || buffer.len() < SHORTEST {
            return nothing;
        }
        self.is_open = false;
        self.has_more = false;
        match source(buffer, &mut self.header) {
            Ok(0) => nothing,
            Ok(count) => {
                self.received += count;
                self.has_more = count == buffer.len() + HEADER;
                self.held = count.saturating_sub(buffer.len());
                Ok(count - self.held)
            }
            Err(error) => {
                self.failure = Some(error).filter(|e| e.kind() != ErrorKind::WouldBlock);
                nothing
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// What comes, and a way on which it does.
    fn way(bytes: &[u8]) -> (Arc<Mutex<Vec<u8>>>, Direct) {
        let coming = Arc::new(Mutex::new(bytes.to_vec()));
        let source = Arc::clone(&coming);
        let mut direct = Direct::default();
        direct.set_source(Some(Box::new(move |first, second| {
            let mut coming = source.lock().unwrap();
            let count = coming.len().min(first.len() + second.len());
            let front = count.min(first.len());
            first[..front].copy_from_slice(&coming[..front]);
            second[..count - front].copy_from_slice(&coming[front..count]);
            coming.drain(..count);
            Ok(count)
        })));
        (coming, direct)
    }

    #[test]
    fn a_record_and_the_next_header_come_in_one_receive() {
        let bytes: Vec<u8> = (0..20_000).map(|i| (i % 251) as u8).collect();
        let (coming, mut direct) = way(&bytes);
        let mut buffer = [0; 8000];
        direct.open();
        assert!(direct.receive(&mut buffer).is_err());
        direct.expect(true);
        assert!(direct.receive(&mut buffer).is_err());
        direct.open();
        assert!(direct.receive(&mut buffer[..SHORTEST - 1]).is_err());
        assert_eq!(direct.receive(&mut buffer).unwrap(), 8000);
        assert_eq!(buffer, bytes[..8000]);
        assert_eq!((direct.held(), direct.received()), (HEADER, 8005));
        for (count, from) in [(2, 8000), (3, 8002)] {
            assert_eq!(direct.read_held(&mut buffer[..count]), count);
            assert_eq!(buffer[..count], bytes[from..from + count]);
        }
        // One receive each time that it is opened.
        assert!(direct.receive(&mut buffer).is_err());
        direct.open();
        assert_eq!(direct.receive(&mut buffer).unwrap(), 8000);
        assert_eq!(direct.read_held(&mut [0; HEADER]), HEADER);
        // Not while somebody else receives.
        direct.expect(true);
        direct.open();
        direct.close();
        assert!(direct.receive(&mut buffer).is_err());
        direct.open();
        assert!(direct.receive(&mut buffer).is_err());
        direct.expect(true);
        direct.open();
        assert_eq!(direct.receive(&mut buffer).unwrap(), 3990);
        assert_eq!((direct.held(), coming.lock().unwrap().len()), (0, 0));
        // That was all.
        direct.open();
        assert_eq!(direct.received(), 0);
        coming.lock().unwrap().push(0);
        assert!(direct.receive(&mut buffer).is_err());
    }

    #[test]
    fn an_end_is_left_to_the_next_receive_and_a_failure_is_kept_for_it() {
        let mut buffer = [0; SHORTEST];
        let (_, mut ended) = way(&[]);
        let mut broken = Direct::default();
        broken.set_source(Some(Box::new(
            |_, _| Err(ErrorKind::ConnectionReset.into()),
        )));
        for (direct, kind) in [
            (&mut ended, None),
            (&mut broken, Some(ErrorKind::ConnectionReset)),
        ] {
            direct.expect(true);
            direct.open();
            let nothing = direct.receive(&mut buffer).unwrap_err();
            assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
            assert_eq!(direct.take_failure().map(|e| e.kind()), kind);
            assert!(direct.take_failure().is_none());
        }
    }
}
