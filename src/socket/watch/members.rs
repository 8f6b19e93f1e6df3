//! The sockets of a watch.

use super::member::{CLIENT, Member};
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// The low bits of a key are the member's place, the others but that for clients count the place's members: what is told
/// of one that has left is nobody's.
const PLACE_BITS: u32 = 20;
const PLACES: usize = 1 << PLACE_BITS;

/// The sockets of a watch, each in a place of its own, which the poller tells by its key.
#[derive(Default)]
pub(super) struct Members {
    places: Vec<Option<Member>>,
    /// The next keys of the places that nobody has. It has room for all.
    vacant: Vec<u32>,
    /// No peer chooses these, so that any hash will do.
    keys: HashMap<i32, u32, RandomState>,
}

impl Members {
    /// How many these are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Makes room for one more, and tells its key. `None`: there is no memory, or there are a million.
    pub(super) fn vacancy(&mut self) -> Option<u32> {
        let places = self.places.len() + 1;
        self.places.try_reserve(1).ok()?;
        self.vacant.try_reserve(places - self.vacant.len()).ok()?;
        self.keys.try_reserve(1).ok()?;
        let next = self.vacant.last().copied();
        next.or_else(|| (places <= PLACES).then_some(self.places.len() as u32))
    }

    /// Takes a member in whose key is the one that `vacancy` has told.
    pub(super) fn insert(&mut self, member: Member) {
        self.keys.insert(member.id, member.key);
        match self.places.get_mut(place(member.key)) {
            Some(place) => {
                *place = Some(member);
                self.vacant.pop();
            }
            None => self.places.push(Some(member)),
        }
    }

    /// Lets the member of an id go.
    pub(super) fn remove(&mut self, id: i32) -> Option<Member> {
        let key = self.keys.remove(&id)?;
        let next = key.wrapping_add(1 << PLACE_BITS) & !CLIENT;
        self.vacant.push(next);
        self.places.get_mut(place(key))?.take()
    }

    /// The member of a key, if it is still here.
    #[inline]
    pub(super) fn get(&self, key: u32) -> Option<&Member> {
        let member = self.places.get(place(key))?.as_ref();
        member.filter(|member| member.key == key)
    }

    /// The same, to be changed.
    #[inline]
    pub(super) fn get_mut(&mut self, key: u32) -> Option<&mut Member> {
        let member = self.places.get_mut(place(key))?.as_mut();
        member.filter(|member| member.key == key)
    }

    /// The member of an id.
    pub(super) fn of_id(&mut self, id: i32) -> Option<&mut Member> {
        let key = *self.keys.get(&id)?;
        self.get_mut(key)
    }

    /// Every one.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.places.iter().flatten()
    }
}

impl IntoIterator for Members {
    type Item = Member;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Option<Member>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.places.into_iter().flatten()
    }
}

#[inline]
fn place(key: u32) -> usize {
    key as usize % PLACES
}
