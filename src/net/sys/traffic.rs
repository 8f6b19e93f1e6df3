//! The bytes that have gone through a socket, counted without a lock.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The bytes of one socket, in both directions. Whoever receives or sends has the turn to, so that nobody
/// else counts the same way meanwhile.
#[derive(Debug, Default)]
pub struct Traffic {
    received: AtomicU64,
    sent: AtomicU64,
}

impl Traffic {
    /// So many bytes have come.
    #[inline]
    pub fn note_received(&self, count: usize) {
        add(&self.received, count);
    }

    /// The system has taken so many bytes.
    #[inline]
    pub fn note_sent(&self, count: usize) {
        add(&self.sent, count);
    }

    /// As `note_sent`, where others may send at the same time.
    #[inline]
    pub fn note_sent_among_others(&self, count: usize) {
        self.sent.fetch_add(count as u64, Relaxed);
    }

    /// The bytes that have come.
    pub fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// The bytes that the system has taken.
    pub fn sent(&self) -> u64 {
        self.sent.load(Relaxed)
    }
}

/// Two plain instructions, where `fetch_add` would lock the memory bus.
#[inline]
fn add(counter: &AtomicU64, count: usize) {
    counter.store(counter.load(Relaxed) + count as u64, Relaxed);
}
