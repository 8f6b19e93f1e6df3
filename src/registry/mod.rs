//! Names and ids to sockets.
//!
//! A look-up takes a counted reference and lets the table go before anything is done with the
//! socket, so nobody ever waits here for the network.

mod entry;
mod recent;
mod target;

pub use entry::Entry;
pub use recent::Recent;
pub use target::Target;

use crate::error::{Code, Error, Result};
use foldhash::fast::RandomState;
use parking_lot::RwLock;
use std::borrow::Borrow;
use std::collections::{HashSet, TryReserveError, VecDeque};
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest name, in bytes.
pub const LONGEST_NAME: usize = 255;

/// The low bits of an id are the slot's place in the table, the others count the slot's tenants.
const PLACE_BITS: u32 = 20;
const PLACES: usize = 1 << PLACE_BITS;
const TENANTS: i32 = 1 << (31 - PLACE_BITS);

/// The table. `T` is what a name or an id stands for.
#[derive(Debug)]
pub struct Registry<T> {
    table: RwLock<Option<Table<T>>>,
    /// How often a socket was entered or taken out; counted with the table locked.
    changes: AtomicU64,
}

#[derive(Debug)]
struct Table<T> {
    slots: Vec<Slot<T>>,
    /// Places whose tenant left, the last one first: its memory is still warm. It has room for every place, and
    /// so has the next list: taking a socket out needs no memory.
    free: Vec<u32>,
    /// Places whose ids are all used up, in the order in which that happened. They are let again
    /// only when there is no other place, two thousand million sockets later.
    retired: VecDeque<u32>,
    names: HashSet<Named<T>, RandomState>,
}

#[derive(Debug)]
struct Slot<T> {
    tenant: i32,
    entry: Option<Arc<Entry<T>>>,
}

/// An entry as its name finds it.
#[derive(Debug)]
struct Named<T>(Arc<Entry<T>>);

impl<T> Borrow<[u8]> for Named<T> {
    fn borrow(&self) -> &[u8] {
        self.0.name()
    }
}

impl<T> Hash for Named<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name().hash(state);
    }
}

impl<T> PartialEq for Named<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl<T> Eq for Named<T> {}

impl<T> Registry<T> {
    /// An empty table.
    pub const fn new() -> Self {
        Registry {
            table: RwLock::new(None),
            changes: AtomicU64::new(0),
        }
    }

    /// Enters `value` under a new id, and under `name` unless that is empty.
    /// Errors: NAME_IN_USE, LIMIT (a million sockets exist, or there is no memory).
    pub fn insert(&self, name: &[u8], value: T) -> Result<Arc<Entry<T>>> {
        let mut guard = self.table.write();
        let table = guard.get_or_insert_with(Table::new);
        if !name.is_empty() && table.names.contains(name) {
            return Err(Error::new(
                Code::NameInUse,
                "a socket of that name exists already: close it first or choose another name",
            ));
        }
        if !name.is_empty() {
            table.names.try_reserve(1).map_err(no_memory)?;
        }
        let place = table.vacant_place()?;
        let slot = &mut table.slots[place as usize];
        let id = (slot.tenant << PLACE_BITS) | place as i32;
        let entry = Arc::new(Entry::new(id, name.into(), value));
        slot.entry = Some(Arc::clone(&entry));
        if !name.is_empty() {
            table.names.insert(Named(Arc::clone(&entry)));
        }
        self.has_changed();
        Ok(entry)
    }

    /// The socket meant. Errors: NOT_FOUND.
    pub fn find(&self, target: Target<'_>) -> Result<Arc<Entry<T>>> {
        self.get(target).ok_or_else(|| self.not_found(target))
    }

    /// As `find`, for a thread that keeps what it found in `recent`.
    pub fn find_again(&self, target: Target<'_>, recent: &Recent<T>) -> Result<Arc<Entry<T>>> {
        // Taken already where a signal has interrupted this very function.
        let Ok(mut memory) = recent.of(target).try_borrow_mut() else {
            return self.find(target);
        };
        // Before the table is looked at: what changes meanwhile only makes the memory too old.
        let changes = self.changes.load(Ordering::Acquire);
        if let Some(entry) = memory.get(target, changes) {
            return Ok(entry);
        }
        let entry = self.find(target)?;
        memory.note(&entry, changes);
        Ok(entry)
    }

    /// The socket meant, if it exists.
    pub fn get(&self, target: Target<'_>) -> Option<Arc<Entry<T>>> {
        self.table.read().as_ref()?.get(target).map(Arc::clone)
    }

    fn not_found(&self, target: Target<'_>) -> Error {
        // Some languages fill their texts up with blanks.
        let padded = match target {
            Target::Name(name) => {
                let shorter = name.trim_ascii_end();
                shorter.len() < name.len() && self.contains(Target::Name(shorter))
            }
            Target::Id(_) => false,
        };
        let sentence = match padded {
            true => "no such socket: there is one of that name without the blanks at its end",
            false => "no such socket: it was never created, or it was closed",
        };
        Error::new(Code::NotFound, sentence)
    }

    /// Whether the socket exists.
    pub fn contains(&self, target: Target<'_>) -> bool {
        let guard = self.table.read();
        guard.as_ref().and_then(|table| table.get(target)).is_some()
    }

    /// Takes the socket out: from now on its name is free and its id stale.
    pub fn remove(&self, target: Target<'_>) -> Option<Arc<Entry<T>>> {
        let mut guard = self.table.write();
        let table = guard.as_mut()?;
        let id = table.get(target)?.id();
        self.has_changed();
        table.remove(id)
    }

    /// How many places there are; every socket that is there now has one of them.
    pub fn places(&self) -> usize {
        let guard = self.table.read();
        guard.as_ref().map_or(0, |table| table.slots.len())
    }

    /// The first socket that has this place or a later one, and its place.
    pub fn next(&self, from: usize) -> Option<(usize, Arc<Entry<T>>)> {
        let guard = self.table.read();
        let slots = guard.as_ref()?.slots.get(from..)?;
        let mut entries = slots.iter().map(|slot| slot.entry.as_ref());
        let place = entries.position(|entry| entry.is_some())?;
        let entry = slots[place].entry.as_ref()?;
        Some((from + place, Arc::clone(entry)))
    }

    /// Takes out the first socket that has one of these places, and tells which.
    pub fn remove_next(&self, places: Range<usize>) -> Option<(usize, Arc<Entry<T>>)> {
        let mut guard = self.table.write();
        let table = guard.as_mut()?;
        let first = places.start;
        let slots = table.slots.get(places)?;
        let place = first + slots.iter().position(|slot| slot.entry.is_some())?;
        let id = table.slots[place].entry.as_ref()?.id();
        self.has_changed();
        Some((place, table.remove(id)?))
    }

    /// From now on nobody trusts what was found before.
    fn has_changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Table<T> {
    fn new() -> Self {
        Table {
            slots: Vec::new(),
            free: Vec::new(),
            retired: VecDeque::new(),
            names: HashSet::default(),
        }
    }

    #[inline]
    fn get(&self, target: Target<'_>) -> Option<&Arc<Entry<T>>> {
        match target {
            Target::Name(name) => self.names.get(name).map(|Named(entry)| entry),
            Target::Id(id) => {
                let place = usize::try_from(id).ok()? & (PLACES - 1);
                let entry = self.slots.get(place)?.entry.as_ref()?;
                (entry.id() == id).then_some(entry)
            }
        }
    }

    fn vacant_place(&mut self) -> Result<u32> {
        if let Some(place) = self.free.pop() {
            return Ok(place);
        }
        if self.slots.len() < PLACES {
            let all = self.slots.len() + 1;
            self.slots.try_reserve(1).map_err(no_memory)?;
            self.free
                .try_reserve(all - self.free.len())
                .map_err(no_memory)?;
            self.retired
                .try_reserve(all - self.retired.len())
                .map_err(no_memory)?;
            self.slots.push(Slot {
                tenant: 1,
                entry: None,
            });
            return Ok(self.slots.len() as u32 - 1);
        }
        self.retired.pop_front().ok_or_else(|| {
            Error::new(
                Code::Limit,
                format!("{PLACES} sockets exist already: close those that are not needed"),
            )
        })
    }

    fn remove(&mut self, id: i32) -> Option<Arc<Entry<T>>> {
        let place = id & (PLACES as i32 - 1);
        let slot = self.slots.get_mut(place as usize)?;
        let entry = slot.entry.take()?;
        slot.tenant += 1;
        if slot.tenant < TENANTS {
            self.free.push(place as u32);
        } else {
            slot.tenant = 1;
            self.retired.push_back(place as u32);
        }
        self.names.remove(entry.name());
        Some(entry)
    }
}

fn no_memory(_: TryReserveError) -> Error {
    Error::new(Code::Limit, "there is no memory for another socket")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_id_is_never_another_socket() {
        let registry = Registry::new();
        let mut seen = std::collections::HashSet::new();
        for round in 0..5_000 {
            let entry = registry.insert(b"", round).unwrap();
            assert!(entry.id() > 0);
            assert!(seen.insert(entry.id()), "id given twice");
            registry.remove(Target::Id(entry.id())).unwrap();
            assert!(registry.get(Target::Id(entry.id())).is_none());
        }
    }

    #[test]
    fn a_name_and_an_id_lead_to_the_same_socket() {
        let registry = Registry::new();
        let entry = registry.insert(b"till", 7).unwrap();
        assert!(Arc::ptr_eq(
            &entry,
            &registry.find(Target::Name(b"till")).unwrap()
        ));
        assert!(Arc::ptr_eq(
            &entry,
            &registry.find(Target::Id(entry.id())).unwrap()
        ));
        let error = registry.insert(b"till", 8).unwrap_err();
        assert_eq!(error.code, Code::NameInUse);
        registry.remove(Target::Name(b"till")).unwrap();
        let error = registry.find(Target::Id(entry.id())).unwrap_err();
        assert_eq!(error.code, Code::NotFound);
        registry.insert(b"till", 9).unwrap();
    }

    #[test]
    fn what_was_found_is_found_again_only_as_long_as_it_is_there() {
        let registry = Registry::new();
        let recent = Recent::default();
        let find = |target| registry.find_again(target, &recent).map(|entry| **entry);
        let till = Target::Name(b"till");
        for value in 0..3 {
            let entry = registry.insert(b"till", value).unwrap();
            let id = Target::Id(entry.id());
            drop(entry);
            for _ in 0..20 {
                assert_eq!(find(till).unwrap(), value);
                assert_eq!(find(id).unwrap(), value);
                assert_eq!(
                    find(Target::Name(b"tills")).unwrap_err().code,
                    Code::NotFound
                );
            }
            let removed = registry.remove(till).unwrap();
            for target in [till, id] {
                assert_eq!(find(target).unwrap_err().code, Code::NotFound);
            }
            assert_eq!(Arc::strong_count(&removed), 1, "nobody keeps it alive");
        }
    }

    #[test]
    fn sockets_that_take_turns_are_never_mistaken() {
        let registry = Registry::new();
        let recent = Recent::default();
        // Names that are remembered in the same place, and one that is not.
        let names = [b"a", b"i", b"q", b"b"];
        for (value, name) in names.iter().enumerate() {
            registry.insert(*name, value).unwrap();
        }
        // Often enough in a row to be remembered, and not.
        let often = |value| vec![value; 10];
        for order in [
            [often(0), often(1), vec![0, 1, 3], often(2), vec![1, 2, 0]].concat(),
            vec![0, 0, 1, 0, 1, 1, 2],
            vec![3, 2, 1, 0],
            vec![1, 1, 1, 3, 3, 1],
        ] {
            for &value in order.iter().cycle().take(100) {
                let target = Target::Name(names[value]);
                let found = registry.find_again(target, &recent).unwrap();
                assert_eq!(**found, value);
            }
        }
        let (mut from, all) = (0, registry.places());
        while let Some((place, _)) = registry.remove_next(from..all) {
            from = place + 1;
        }
        for name in names {
            let target = Target::Name(name);
            assert!(registry.find_again(target, &recent).is_err());
        }
    }

    #[test]
    fn blanks_behind_a_name_are_named_as_the_cause() {
        let registry = Registry::new();
        registry.insert(b"till", 1).unwrap();
        let text = |name: &[u8]| registry.find(Target::Name(name)).unwrap_err().to_string();
        assert!(text(b"till  ").contains("blanks"));
        assert!(!text(b"bank  ").contains("blanks"));
    }

    #[test]
    fn who_takes_out_all_comes_to_an_end_though_others_enter() {
        let registry = Registry::new();
        for _ in 0..100 {
            registry.insert(b"", ()).unwrap();
        }
        let (mut from, mut count, all) = (0, 0, registry.places());
        while let Some((place, _)) = registry.remove_next(from..all) {
            (from, count) = (place + 1, count + 1);
            for _ in 0..3 {
                registry.insert(b"", ()).unwrap();
            }
        }
        assert_eq!(count, 100);
    }

    #[test]
    fn ids_that_nobody_gave_are_not_found() {
        let registry = Registry::new();
        registry.insert(b"", ()).unwrap();
        for id in [i32::MIN, -1, 0, 1, PLACES as i32 - 1, i32::MAX] {
            assert!(!registry.contains(Target::Id(id)), "{id}");
        }
    }

    #[test]
    fn a_full_table_is_a_limit_and_goes_on_after_a_close() {
        let registry = Registry::new();
        let first = registry.insert(b"", ()).unwrap();
        for _ in 1..PLACES {
            registry.insert(b"", ()).unwrap();
        }
        assert_eq!(registry.insert(b"", ()).unwrap_err().code, Code::Limit);
        registry.remove(Target::Id(first.id())).unwrap();
        registry.insert(b"", ()).unwrap();
    }
}
