//! The ids of the names that a thread uses again and again, so that a name costs little more than an id.

use std::cell::RefCell;

/// How many names one thread remembers at most.
const MOST: usize = 8;

/// The longest name that is remembered, in bytes.
const LONGEST: usize = 27;

/// One thread's memory. What it says is a guess: an id is never given twice, so that one that is out of date finds
/// nothing.
#[derive(Debug)]
pub struct Recent([RefCell<Memory>; MOST]);

/// A name and its id; 0 for none.
#[derive(Clone, Copy, Debug)]
struct Memory {
    id: i32,
    length: u8,
    name: [u8; LONGEST],
}

impl Recent {
    /// Nothing found yet.
    pub const fn new() -> Self {
        const NOTHING: Memory = Memory {
            id: 0,
            length: 0,
            name: [0; LONGEST],
        };
        Recent([const { RefCell::new(NOTHING) }; MOST])
    }

    /// The id that the name had, 0 where it is not remembered.
    #[inline]
    pub fn id_of(&self, name: &[u8]) -> i32 {
        match self.of(name).try_borrow() {
            Ok(memory) if name == &memory.name[..memory.length.into()] => memory.id,
            _ => 0,
        }
    }

    /// Remembers a name, where it is short; another one may be displaced.
    pub fn note(&self, name: &[u8], id: i32) {
        // Taken already where a signal has interrupted this very function.
        if let Ok(mut memory) = self.of(name).try_borrow_mut()
            && let Some(place) = memory.name.get_mut(..name.len())
        {
            place.copy_from_slice(name);
            (memory.length, memory.id) = (name.len() as u8, id);
        }
    }

    /// Where a name is remembered, if it is.
    #[inline]
    fn of(&self, name: &[u8]) -> &RefCell<Memory> {
        let last = name.last().copied().unwrap_or(0);
        &self.0[usize::from(last) % MOST]
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self::new()
    }
}
