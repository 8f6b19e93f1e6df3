//! Which sockets of a watch are worth a look.

use super::member::{Member, Place};
use std::collections::{HashMap, TryReserveError, VecDeque};

/// How many places of sockets that have left may stay, beside one for each member.
pub(super) const SPARE: usize = 64;

/// The sockets worth a look, each once.
#[derive(Default)]
pub(super) struct Queue {
    /// Ids with the tickets that their members had when they came in. A member that has left the watch leaves
    /// its place behind; should its socket come back, it has another ticket.
    pub(super) places: VecDeque<(i32, u32)>,
    last_ticket: u32,
    /// How many of the places belong to members that have left.
    left_behind: usize,
    /// How many members in it have not been told since they came in.
    pub(super) fresh: usize,
}

impl Queue {
    /// Has room for all of so many members, each of which is in it once or not at all. What is in it no more
    /// leaves as much room as it took, so nothing that enters later needs memory.
    pub(super) fn reserve(&mut self, members: usize) -> Result<(), TryReserveError> {
        self.places.try_reserve(members)
    }

    /// There is news of a socket.
    pub(super) fn enter(&mut self, member: &mut Member) {
        member.fresh = true;
        self.fresh += 1;
        self.enter_again(member);
    }

    /// A socket that was told may have more.
    pub(super) fn enter_again(&mut self, member: &mut Member) {
        member.place = Place::Queued;
        self.last_ticket = self.last_ticket.wrapping_add(1);
        member.ticket = self.last_ticket;
        self.places.push_back((member.id, member.ticket));
    }

    /// Whether nobody is in it; only places that were left behind may make it say `false`.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Takes out the next socket, for a look.
    pub(super) fn next<'a>(
        &mut self,
        members: &'a mut HashMap<i32, Member>,
    ) -> Option<&'a mut Member> {
        loop {
            let place = self.places.pop_front()?;
            if holder(members, place).is_some() {
                let member = members.get_mut(&place.0)?;
                self.no_longer_fresh(member);
                return Some(member);
            }
            self.left_behind -= 1;
        }
    }

    /// A socket has left the watch, whose members are now these. Places that were left behind are cleared
    /// away before there are many more of them than members: a watch on which nobody waits does not grow.
    pub(super) fn forget(&mut self, member: &mut Member, members: &HashMap<i32, Member>) {
        self.no_longer_fresh(member);
        if member.place != Place::Queued {
            return;
        }
        self.left_behind += 1;
        if self.left_behind > members.len() + SPARE {
            self.places
                .retain(|&place| holder(members, place).is_some());
            self.left_behind = 0;
        }
    }

    fn no_longer_fresh(&mut self, member: &mut Member) {
        self.fresh -= usize::from(std::mem::take(&mut member.fresh));
    }
}

/// The member whose place it is, unless it has left.
fn holder(members: &HashMap<i32, Member>, (id, ticket): (i32, u32)) -> Option<&Member> {
    let member = members.get(&id)?;
    (member.place == Place::Queued && member.ticket == ticket).then_some(member)
}
