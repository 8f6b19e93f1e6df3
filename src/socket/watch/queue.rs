//! Which sockets of a watch are worth a look.

use super::member::{Member, Place};
use std::collections::{TryReserveError, VecDeque};

/// The sockets worth a look, each once.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) ids: VecDeque<i32>,
    /// How many of them have not been told since they came in.
    pub(super) fresh: usize,
}

impl Queue {
    /// Has room for all of so many members, each of which is in it once or not at all. What is in it no more
    /// leaves as much room as it took, so nothing that enters later needs memory.
    pub(super) fn reserve(&mut self, members: usize) -> Result<(), TryReserveError> {
        self.ids.try_reserve(members)
    }

    /// There is news of a socket.
    pub(super) fn enter(&mut self, member: &mut Member) {
        member.place = Place::Queued;
        member.fresh = true;
        self.fresh += 1;
        self.ids.push_back(member.id);
    }

    /// A socket that was told may have more.
    pub(super) fn enter_again(&mut self, member: &mut Member) {
        member.place = Place::Queued;
        self.ids.push_back(member.id);
    }

    /// A socket leaves it, for a look or for good.
    pub(super) fn leave(&mut self, member: &mut Member) {
        self.fresh -= usize::from(std::mem::take(&mut member.fresh));
    }
}
