//! What a thread has just found, found again without the table's lock.

use super::entry::Entry;
use super::target::Target;
use std::cell::RefCell;
use std::sync::{Arc, Weak};

/// How many sockets one thread remembers at most.
const MOST: usize = 8;

/// How often in a row a socket is asked for before it is remembered: a thread that makes a few calls
/// for each of many sockets would gain nothing by it.
const OFTEN: u32 = 8;

/// One thread's memory of the sockets that it uses again and again.
///
/// The table's lock costs more than the rest of a look-up, and many times as much where several
/// threads look something up at once. Nothing here keeps a socket alive, and what is remembered is
/// good only as long as the table has not changed.
#[derive(Debug)]
pub struct Recent<T>([RefCell<Memory<T>>; MOST]);

impl<T> Recent<T> {
    /// Nothing found yet.
    pub const fn new() -> Self {
        Recent([const { RefCell::new(Memory::new()) }; MOST])
    }

    /// Where a socket is remembered, if it is. One may displace another.
    #[inline]
    pub(super) fn of(&self, target: Target<'_>) -> &RefCell<Memory<T>> {
        let place = match target {
            Target::Name(name) => usize::from(name.last().copied().unwrap_or(0)),
            Target::Id(id) => id as usize,
        };
        &self.0[place % MOST]
    }
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// One socket that was found.
#[derive(Debug)]
pub(super) struct Memory<T> {
    /// How often the table had changed when the entry was in it.
    changes: u64,
    id: i32,
    name: Vec<u8>,
    entry: Weak<Entry<T>>,
    /// The id of what the table's lock was last taken for, and how often in a row.
    last: (i32, u32),
}

impl<T> Memory<T> {
    const fn new() -> Self {
        Memory {
            changes: 0,
            id: 0,
            name: Vec::new(),
            entry: Weak::new(),
            last: (0, 0),
        }
    }

    /// The socket meant, where it is the one remembered; `changes` is how often the table has changed.
    #[inline]
    pub fn get(&self, target: Target<'_>, changes: u64) -> Option<Arc<Entry<T>>> {
        let same = match target {
            Target::Name(name) => name == self.name,
            Target::Id(id) => id == self.id,
        };
        if !same || changes != self.changes {
            return None;
        }
        self.entry.upgrade()
    }

    /// Notes what the table had, and remembers it once it is asked for often.
    pub fn note(&mut self, entry: &Arc<Entry<T>>, changes: u64) {
        let (id, times) = self.last;
        self.last = (
            entry.id(),
            if id == entry.id() {
                times.saturating_add(1)
            } else {
                1
            },
        );
        if self.last.1 < OFTEN {
            return;
        }
        if self.entry.as_ptr() != Arc::as_ptr(entry) {
            self.entry = Arc::downgrade(entry);
            self.id = entry.id();
            self.name.clear();
            self.name.extend_from_slice(entry.name());
        }
        self.changes = changes;
    }
}
