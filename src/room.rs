//! Room for what one receive brings. It is had before anything is received, so that nothing that has
//! come is lost for want of memory.

use std::cell::Cell;
use std::io::{self, IoSlice};

/// The bytes of a room: a full TLS record, and a short one that leaves or comes with it.
pub const SIZE: usize = 18 * 1024;

thread_local! {
    /// Rooms that this thread has used, for its next receives: one for ciphertext, one for plaintext.
    static SPARE: [Cell<Option<Box<[u8]>>>; 2] = const { [const { Cell::new(None) }; 2] };
}

/// Room for one receive, and what it brought. The default has no room at all.
#[derive(Debug, Default)]
pub struct Room {
    /// All of it, used or not.
    bytes: Box<[u8]>,
    filled: usize,
}

impl Room {
    /// An empty one. Errors: `OutOfMemory`.
    #[inline]
    pub fn new() -> io::Result<Self> {
        // A thread that is ending has none.
        let bytes = SPARE.try_with(|[first, _]| first.take());
        match bytes {
            Ok(Some(bytes)) => Ok(Room { bytes, filled: 0 }),
            _ => Self::other(),
        }
    }

    #[cold]
    fn other() -> io::Result<Self> {
        let used = SPARE.try_with(|[_, second]| second.take());
        if let Ok(Some(bytes)) = used {
            return Ok(Room { bytes, filled: 0 });
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(SIZE)?;
        bytes.resize(SIZE, 0);
        Ok(Room {
            bytes: bytes.into_boxed_slice(),
            filled: 0,
        })
    }

    /// All of it, to be filled from the front.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Says how many bytes of the space are used now.
    pub fn set_filled(&mut self, count: usize) {
        self.filled = count.min(self.bytes.len());
    }

    /// Fills it with several parts in order, as far as they fit.
    pub fn gather(&mut self, parts: &[IoSlice<'_>]) {
        self.filled = 0;
        for part in parts {
            let count = part.len().min(self.bytes.len() - self.filled);
            self.bytes[self.filled..][..count].copy_from_slice(&part[..count]);
            self.filled += count;
        }
    }

    /// What it was filled with.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// The memory itself, cut to what it was filled with.
    pub fn into_bytes(mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes).into_vec();
        bytes.truncate(self.filled);
        bytes
    }
}

impl From<Vec<u8>> for Room {
    /// A room full of these bytes, whatever their number.
    fn from(bytes: Vec<u8>) -> Self {
        let filled = bytes.len();
        Room {
            bytes: bytes.into_boxed_slice(),
            filled,
        }
    }
}

impl Drop for Room {
    #[inline]
    fn drop(&mut self) {
        if self.bytes.len() == SIZE {
            let bytes = std::mem::take(&mut self.bytes);
            // A thread that is ending keeps none.
            let _ = SPARE.try_with(|[first, second]| {
                if let Some(other) = first.replace(Some(bytes)) {
                    second.set(Some(other));
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_uses_its_rooms_again() {
        let (first, second) = (Room::new().unwrap(), Room::new().unwrap());
        let places = [second.bytes.as_ptr(), first.bytes.as_ptr()];
        drop(first);
        drop(second);
        let again = [Room::new().unwrap(), Room::new().unwrap()];
        assert_eq!(again.each_ref().map(|room| room.bytes.as_ptr()), places);
    }

    #[test]
    fn bytes_that_are_kept_leave_the_room() {
        let mut room = Room::new().unwrap();
        room.space()[..3].copy_from_slice(b"abc");
        room.set_filled(3);
        assert_eq!(room.bytes(), b"abc");
        assert_eq!(room.into_bytes(), b"abc");
        assert_eq!(Room::new().unwrap().bytes(), b"");
    }
}
