//! Names and ids to sockets.
//!
//! A look-up by id touches the socket's own slot and nothing else; one by name the table of names, unless the thread
//! remembers its id. Both hold the socket, and let the table go before anything is done with it, so nobody ever waits
//! here for the network.

mod entry;
mod recent;
mod slot;
mod target;

pub use entry::Entry;
pub use recent::Recent;
pub use target::Target;

use crate::error::{Code, Error, Result};
use foldhash::fast::RandomState;
use parking_lot::RwLock;
use slot::Slot;
use std::collections::{HashMap, TryReserveError, VecDeque};
use std::num::NonZeroI32;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The longest name, in bytes.
pub const LONGEST_NAME: usize = 255;

/// The low bits of an id are the slot's place in the table, the others count the slot's tenants.
const PLACE_BITS: u32 = 20;
const PLACES: usize = 1 << PLACE_BITS;
const TENANTS: i32 = 1 << (31 - PLACE_BITS);

/// Slots are made so many at a time, and stay where they are.
const BLOCK: usize = 256;

/// How many places are looked at for one that nobody holds, before a new one is made.
const MOST_TRIED: usize = 8;

/// A socket that is not dropped as long as this is there.
pub type Held<'a, T> = slot::Held<'a, Entry<T>>;

type Block<T> = Box<[Slot<Entry<T>>; BLOCK]>;

/// The table. `T` is what a name or an id stands for.
#[derive(Debug)]
pub struct Registry<T> {
    blocks: [OnceLock<Block<T>>; PLACES / BLOCK],
    table: RwLock<Option<Table>>,
}

/// Who is where; changed by those who enter a socket or take one out.
#[derive(Debug)]
struct Table {
    /// The next tenant of each place.
    tenants: Vec<i32>,
    /// Places whose tenant left, the last one last: its memory is still warm. It has room for every place, and
    /// so has the next list: taking a socket out needs no memory.
    free: VecDeque<u32>,
    /// Places whose ids are all used up, in the order in which that happened. They are let again
    /// only when there is no other place, two thousand million sockets later.
    retired: VecDeque<u32>,
    names: HashMap<Arc<[u8]>, i32, RandomState>,
}

impl<T> Registry<T> {
    /// An empty table.
    pub const fn new() -> Self {
        Registry {
            blocks: [const { OnceLock::new() }; PLACES / BLOCK],
            table: RwLock::new(None),
        }
    }

    /// Enters `value` under a new id, and under `name` unless that is empty.
    /// Errors: NAME_IN_USE, LIMIT (a million sockets exist, or there is no memory).
    pub fn insert(&self, name: &[u8], value: T) -> Result<Held<'_, T>> {
        let mut guard = self.table.write();
        let table = guard.get_or_insert_with(Table::new);
        if !name.is_empty() && table.names.contains_key(name) {
            return Err(Error::new(
                Code::NameInUse,
                "a socket of that name exists already: close it first or choose another name",
            ));
        }
        let name = match name {
            [] => None,
            name => {
                table.names.try_reserve(1).map_err(no_memory)?;
                Some(Arc::<[u8]>::from(name))
            }
        };
        let place = self.vacant_place(table)?;
        let id = (table.tenants[place as usize] << PLACE_BITS) | place as i32;
        let slot = self.slot(place as usize).zip(NonZeroI32::new(id));
        let held = slot.and_then(|(slot, number)| {
            slot.let_to(id as u32, Entry::new(number, name.clone(), value))
        });
        if let Some(name) = name {
            table.names.insert(name, id);
        }
        Ok(held.unwrap_or_else(|| unreachable!("the place is vacant")))
    }

    /// The socket meant. Errors: NOT_FOUND.
    #[cold]
    pub fn find(&self, target: Target<'_>) -> Result<Held<'_, T>> {
        self.get(target).ok_or_else(|| self.not_found(target))
    }

    /// The socket meant, if it exists.
    pub fn get(&self, target: Target<'_>) -> Option<Held<'_, T>> {
        match target {
            Target::Id(id) => self.of_id(id),
            Target::Name(name) => {
                let guard = self.table.read();
                self.of_id(*guard.as_ref()?.names.get(name)?)
            }
        }
    }

    /// The socket of an id, if it exists.
    #[inline(always)]
    pub fn of_id(&self, id: i32) -> Option<Held<'_, T>> {
        self.slot(id as usize)?.hold(id as u32)
    }

    #[inline(always)]
    fn slot(&self, place: usize) -> Option<&Slot<Entry<T>>> {
        let block = self.blocks[place % PLACES / BLOCK].get()?;
        Some(&block[place % BLOCK])
    }

    /// Why there is no such socket.
    pub fn not_found(&self, target: Target<'_>) -> Error {
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
        self.get(target).is_some()
    }

    /// Takes the socket out: from now on its name is free and its id stale.
    pub fn remove(&self, target: Target<'_>) -> Option<Held<'_, T>> {
        let mut guard = self.table.write();
        let table = guard.as_mut()?;
        let id = match target {
            Target::Id(id) => id,
            Target::Name(name) => table.names.remove(name)?,
        };
        let place = id as usize % PLACES;
        let is_here = self.slot(place)?.id() == id as u32 && id != 0;
        let held = is_here.then(|| self.take_out(table, place)).flatten()?;
        if let Target::Id(_) = target {
            table.forget(held.name());
        }
        Some(held)
    }

    /// How many places there are; every socket that is there now has one of them.
    pub fn places(&self) -> usize {
        let guard = self.table.read();
        guard.as_ref().map_or(0, |table| table.tenants.len())
    }

    /// The first socket that has this place or a later one, and its place.
    pub fn next(&self, from: usize) -> Option<(usize, Held<'_, T>)> {
        (from..self.places()).find_map(|place| {
            let slot = self.slot(place)?;
            Some((place, slot.hold(slot.id())?))
        })
    }

    /// Takes out the first socket that has one of these places, and tells which.
    pub fn remove_next(&self, mut places: Range<usize>) -> Option<(usize, Held<'_, T>)> {
        let mut guard = self.table.write();
        let table = guard.as_mut()?;
        let place = places.find(|&place| self.slot(place).is_some_and(|slot| slot.id() != 0))?;
        let held = self.take_out(table, place)?;
        table.forget(held.name());
        Some((place, held))
    }

    fn take_out(&self, table: &mut Table, place: usize) -> Option<Held<'_, T>> {
        let held = self.slot(place)?.close()?;
        table.leave(place);
        Some(held)
    }

    /// A place for a new tenant. Errors: LIMIT.
    fn vacant_place(&self, table: &mut Table) -> Result<u32> {
        let is_vacant = |place: &u32| self.slot(*place as usize).is_some_and(Slot::is_vacant);
        // A place whose last tenant somebody still holds waits behind the others.
        for _ in 0..table.free.len().min(MOST_TRIED) {
            match table.free.pop_back() {
                Some(place) if is_vacant(&place) => return Ok(place),
                Some(place) => table.free.push_front(place),
                None => break,
            }
        }
        let place = table.tenants.len();
        if place < PLACES {
            if place.is_multiple_of(BLOCK) {
                let block = new_block().map_err(no_memory)?;
                self.blocks[place / BLOCK].get_or_init(|| block);
            }
            table.grow()?;
            return Ok(place as u32);
        }
        let all = [&mut table.free, &mut table.retired];
        all.into_iter()
            .find_map(|places| places.remove(places.iter().position(is_vacant)?))
            .ok_or_else(|| {
                Error::new(
                    Code::Limit,
                    format!("{PLACES} sockets exist already: close those that are not needed"),
                )
            })
    }
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    fn new() -> Self {
        Table {
            tenants: Vec::new(),
            free: VecDeque::new(),
            retired: VecDeque::new(),
            names: HashMap::default(),
        }
    }

    /// One more place, and room for it in each list. Errors: LIMIT.
    fn grow(&mut self) -> Result<()> {
        let all = self.tenants.len() + 1;
        self.tenants.try_reserve(1).map_err(no_memory)?;
        for places in [&mut self.free, &mut self.retired] {
            places.try_reserve(all - places.len()).map_err(no_memory)?;
        }
        self.tenants.push(1);
        Ok(())
    }

    /// A name is free, if it is one.
    fn forget(&mut self, name: &[u8]) {
        if !name.is_empty() {
            self.names.remove(name);
        }
    }

    /// The tenant of a place has left it.
    fn leave(&mut self, place: usize) {
        self.tenants[place] += 1;
        if self.tenants[place] < TENANTS {
            self.free.push_back(place as u32);
        } else {
            self.tenants[place] = 1;
            self.retired.push_back(place as u32);
        }
    }
}

fn new_block<T>() -> std::result::Result<Block<T>, TryReserveError> {
    let mut slots = Vec::new();
    slots.try_reserve_exact(BLOCK)?;
    slots.resize_with(BLOCK, Slot::new);
    let block = slots.into_boxed_slice().try_into();
    Ok(block.unwrap_or_else(|_| unreachable!("there are as many as that")))
}

fn no_memory(_: TryReserveError) -> Error {
    Error::new(Code::Limit, "there is no memory for another socket")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a thread finds it that remembers names.
    fn find_again<'a, T>(
        registry: &'a Registry<T>,
        target: Target<'_>,
        recent: &Recent,
    ) -> Result<Held<'a, T>> {
        let Target::Name(name) = target else {
            return registry.find(target);
        };
        if let Some(held) = registry.of_id(recent.id_of(name)) {
            return Ok(held);
        }
        let held = registry.find(target)?;
        recent.note(name, held.id());
        Ok(held)
    }

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
        let by_name = registry.find(Target::Name(b"till")).unwrap();
        assert_eq!((by_name.id(), **by_name), (entry.id(), 7));
        let by_id = registry.find(Target::Id(entry.id())).unwrap();
        assert_eq!((by_id.name(), **by_id), (&b"till"[..], 7));
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
        let find = |target| find_again(&registry, target, &recent).map(|held| **held);
        let till = Target::Name(b"till");
        for value in 0..3 {
            let entry = registry.insert(b"till", value).unwrap();
            let id = Target::Id(entry.id());
            drop(entry);
            for _ in 0..3 {
                assert_eq!(find(till).unwrap(), value);
                assert_eq!(find(id).unwrap(), value);
                assert_eq!(
                    find(Target::Name(b"tills")).unwrap_err().code,
                    Code::NotFound
                );
            }
            registry.remove(till).unwrap();
            for target in [till, id] {
                assert_eq!(find(target).unwrap_err().code, Code::NotFound);
            }
        }
    }

    #[test]
    fn names_that_share_a_thread_s_memory_are_never_mistaken() {
        let registry = Registry::new();
        let recent = Recent::default();
        // Some end with the same letter, and two are too long to be remembered.
        let (longest, longer, long) = ("a".repeat(27), "a".repeat(28), "a".repeat(255));
        let names = ["a", "aa", "i", "q", "b", &longest, &longer, &long];
        for (value, name) in names.iter().enumerate() {
            registry.insert(name.as_bytes(), value).unwrap();
        }
        for step in [1, 3, 5, 7] {
            for turn in 0..100 {
                let value = turn * step / 2 % names.len();
                let target = Target::Name(names[value].as_bytes());
                assert_eq!(**find_again(&registry, target, &recent).unwrap(), value);
            }
        }
        let (mut from, all) = (0, registry.places());
        while let Some((place, _)) = registry.remove_next(from..all) {
            from = place + 1;
        }
        for name in names {
            let target = Target::Name(name.as_bytes());
            assert!(find_again(&registry, target, &recent).is_err());
        }
    }

    #[test]
    fn a_socket_that_is_held_keeps_its_place_and_is_dropped_by_its_last_holder() {
        let registry = Registry::new();
        let value = Arc::new(());
        let entry = registry.insert(b"", Arc::clone(&value)).unwrap();
        let other = registry.find(Target::Id(entry.id())).unwrap();
        let removed = registry.remove(Target::Id(entry.id())).unwrap();
        let next = registry.insert(b"", Arc::default()).unwrap();
        assert_ne!(next.id() as usize % PLACES, entry.id() as usize % PLACES);
        drop((entry, removed));
        assert_eq!(Arc::strong_count(&value), 2);
        drop(other.clone());
        drop(other);
        assert_eq!(Arc::strong_count(&value), 1);
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
        let first = registry.insert(b"", ()).unwrap().id();
        for _ in 1..PLACES {
            registry.insert(b"", ()).unwrap();
        }
        assert_eq!(registry.insert(b"", ()).unwrap_err().code, Code::Limit);
        registry.remove(Target::Id(first)).unwrap();
        registry.insert(b"", ()).unwrap();
    }
}
