//! Bytes that wait to be taken, the first one first.
//!
//! It grows with what arrives, in steps that are bounded, and only where there is memory; what is not
//! needed any more it gives back, also while some bytes are still there.

use crate::room::{self, Room};
use std::collections::TryReserveError;

/// Memory that may be kept beside the bytes that wait.
const MOST_SPARE: usize = 64 * 1024;

/// Bytes in their order.
#[derive(Debug, Default)]
pub struct Backlog {
    bytes: Vec<u8>,
    /// Where those begin that were not taken.
    start: usize,
}

impl Backlog {
    /// The bytes that wait.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// The same, to be changed in their place.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..]
    }

    /// How many these are.
    pub fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Has room for `more` bytes. A little beyond, so that many small steps do not move all bytes each
    /// time, but not for more than `most` bytes in all where they fit these.
    pub fn reserve(&mut self, more: usize, most: usize) -> Result<(), TryReserveError> {
        if self.room() < more && self.start >= self.len() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        if self.room() >= more {
            return Ok(());
        }
        let most = most.saturating_sub(self.len());
        let step = more.max((self.len() / 4).min(most));
        let larger = self.bytes.try_reserve_exact(step);
        larger.or_else(|_| self.bytes.try_reserve_exact(more))
    }

    fn room(&self) -> usize {
        self.bytes.capacity() - self.bytes.len()
    }

    /// Adds bytes. Errors: there is no memory for them, and none was added.
    pub fn push(&mut self, more: &[u8]) -> Result<(), TryReserveError> {
        self.reserve(more.len(), usize::MAX)?;
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// Adds what a room holds from `from` on. It fails only where `reserve` did not have room before:
    /// the first bytes keep the room itself where there is no memory for a smaller place.
    pub fn push_room(&mut self, room: Room, from: usize) -> Result<(), TryReserveError> {
        let more = &room.bytes()[from..];
        if !self.is_empty() || more.is_empty() {
            return self.push(more);
        }
        self.clear();
        if self.bytes.try_reserve_exact(more.len()).is_ok() {
            self.bytes.extend_from_slice(more);
        } else {
            self.bytes = room.into_bytes();
            self.start = from;
        }
        Ok(())
    }

    /// Bytes at the front were taken.
    pub fn consume(&mut self, count: usize) {
        self.start += count;
        if self.is_empty() {
            self.clear();
        }
    }

    /// Gives memory back of which not a quarter is used. Not while a receive counts on its room.
    pub fn shrink(&mut self) {
        let used = self.len();
        if self.bytes.capacity() - used <= MOST_SPARE || self.bytes.capacity() / 4 < used {
            return;
        }
        let mut smaller = Vec::new();
        // Where there is no memory for less, the more stays.
        if smaller.try_reserve_exact(used + room::SIZE).is_ok() {
            smaller.extend_from_slice(self.bytes());
            self.bytes = smaller;
            self.start = 0;
        }
    }

    /// Forgets everything, and the memory.
    pub fn clear(&mut self) {
        *self = Backlog::default();
    }

    /// The memory it holds, in bytes.
    #[cfg(test)]
    pub fn memory(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_holds_much_more_than_what_is_to_come() {
        const WHOLE: usize = 10 << 20;
        let mut backlog = Backlog::default();
        while backlog.len() < WHOLE {
            backlog.reserve(room::SIZE, WHOLE + room::SIZE).unwrap();
            let more = room::SIZE.min(WHOLE - backlog.len());
            backlog.push(&vec![7; more]).unwrap();
            assert!(backlog.memory() <= backlog.len() / 4 * 5 + 2 * room::SIZE);
            assert!(backlog.memory() <= WHOLE + room::SIZE);
        }
    }

    #[test]
    fn few_bytes_do_not_hold_the_memory_of_many() {
        let mut backlog = Backlog::default();
        backlog.push(&vec![7; 1 << 20]).unwrap();
        backlog.consume((1 << 20) - 1);
        backlog.shrink();
        assert_eq!(backlog.bytes(), [7]);
        assert!(backlog.memory() <= MOST_SPARE, "{}", backlog.memory());
        backlog.consume(1);
        assert_eq!(backlog.memory(), 0);
    }

    #[test]
    fn what_cannot_be_had_is_an_error_and_changes_nothing() {
        let mut backlog = Backlog::default();
        backlog.push(b"abc").unwrap();
        backlog.consume(1);
        assert!(backlog.reserve(usize::MAX / 2, usize::MAX).is_err());
        assert_eq!(backlog.bytes(), b"bc");
    }

    #[test]
    fn bytes_come_out_in_their_order_however_they_are_taken() {
        let mut backlog = Backlog::default();
        let (mut pushed, mut taken) = (0u32, 0u32);
        for round in 0..2000usize {
            for _ in 0..round % 37 {
                backlog.push(&pushed.to_le_bytes()).unwrap();
                pushed += 1;
            }
            for _ in 0..round % 31 {
                if backlog.is_empty() {
                    break;
                }
                assert_eq!(backlog.bytes()[..4], taken.to_le_bytes());
                backlog.consume(4);
                backlog.shrink();
                taken += 1;
            }
        }
        assert!(taken > 1000);
    }
}
