//! Which sockets of a watch are worth a look, in rounds that are fair: who was told comes again in the next round at
//! the earliest, behind all that have become ready meanwhile.

use super::member::{Member, Place};
use super::members::Members;
use std::collections::{TryReserveError, VecDeque};

/// How many places of sockets that have left may stay, beside one for each member.
pub(super) const SPARE: usize = 64;

/// Members' keys. One that has left the watch leaves its place behind; should its socket come back, it has another key.
type Places = VecDeque<u32>;

/// The sockets worth a look, each once.
#[derive(Default)]
pub(super) struct Queue {
    /// Those of this round.
    round: Places,
    /// Those that a wait tells or has told: by the next one most of them will have been read.
    just_told: Places,
    /// Those that were told and are ready still. They wait for the next round.
    again: Places,
    last_ticket: u32,
    /// The last ticket before this round.
    last_before: u32,
    /// How many of the places belong to members that have left.
    left_behind: usize,
}

/// Which sockets of the queue are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Those of this round: who is ready is told.
    Round,
    /// Those that were just told: who is ready waits for the next round.
    JustTold,
}

impl Queue {
    /// Has room for all of so many members, each of which is in it once or not at all. What is in it no more
    /// leaves as much room as it took, so nothing that enters later needs memory.
    pub(super) fn reserve(&mut self, members: usize) -> Result<(), TryReserveError> {
        let mut parts = self.parts().into_iter();
        parts.try_for_each(|places| places.try_reserve(members))
    }

    fn parts(&mut self) -> [&mut Places; 3] {
        [&mut self.round, &mut self.just_told, &mut self.again]
    }

    /// There is news of a socket.
    pub(super) fn enter(&mut self, member: &mut Member) {
        member.place = Place::Queued;
        self.round.push_back(ticket(&mut self.last_ticket, member));
    }

    /// A socket is told without having been in it.
    pub(super) fn pass(&mut self, member: &mut Member) {
        ticket(&mut self.last_ticket, member);
    }

    /// A socket is being told, and may be ready still when the wait is over.
    pub(super) fn enter_told(&mut self, member: &mut Member) {
        member.place = Place::Again;
        self.just_told
            .push_back(ticket(&mut self.last_ticket, member));
    }

    /// A socket that was told is ready still.
    pub(super) fn enter_again(&mut self, member: &mut Member) {
        member.place = Place::Again;
        self.again.push_back(ticket(&mut self.last_ticket, member));
    }

    /// Whether nobody is in it; only places that were left behind may make it say `false`.
    pub(super) fn is_empty(&self) -> bool {
        self.places() == 0
    }

    /// How many places there are, with those that were left behind.
    pub(super) fn places(&self) -> usize {
        self.round.len() + self.just_told.len() + self.again.len()
    }

    /// Whether nobody of this round is left.
    pub(super) fn round_is_over(&self) -> bool {
        self.round.is_empty()
    }

    /// Whether somebody waits for the next round.
    pub(super) fn has_more_rounds(&self) -> bool {
        !self.again.is_empty()
    }

    /// What tells which sockets come in from now on.
    pub(super) fn now(&self) -> u32 {
        self.last_ticket
    }

    /// Whether a socket was in this round already.
    pub(super) fn has_seen(&self, member: &Member) -> bool {
        member.ticket.wrapping_sub(self.last_before).cast_signed() > 0
    }

    /// Begins a round with those that came in since then; who was told and is ready still comes behind them.
    pub(super) fn begin_round(&mut self, since: u32, members: &Members) {
        self.last_before = since;
        for place in self.again.drain(..) {
            match members.get(place).is_some() {
                true => self.round.push_back(place),
                false => self.left_behind -= 1,
            }
        }
    }

    /// Takes sockets out for a look, as long as `take` wants more.
    pub(super) fn take(
        &mut self,
        part: Part,
        members: &mut Members,
        mut take: impl FnMut(&mut Member) -> bool,
    ) {
        let places = match part {
            Part::Round => &mut self.round,
            Part::JustTold => &mut self.just_told,
        };
        while let Some(place) = places.pop_front() {
            match members.get_mut(place) {
                Some(member) => {
                    if !take(member) {
                        return;
                    }
                }
                None => self.left_behind -= 1,
            }
        }
    }

    /// A socket has left the watch, whose members are now these. Places that were left behind are cleared
    /// away before there are many more of them than members: a watch on which nobody waits does not grow.
    pub(super) fn forget(&mut self, member: &Member, members: &Members) {
        if !member.place.is_in_queue() {
            return;
        }
        self.left_behind += 1;
        if self.left_behind > members.len() + SPARE {
            for places in self.parts() {
                places.retain(|&place| members.get(place).is_some());
            }
            self.left_behind = 0;
        }
    }
}

/// The place of a member who comes in.
#[inline]
fn ticket(last: &mut u32, member: &mut Member) -> u32 {
    *last = last.wrapping_add(1);
    member.ticket = *last;
    member.key
}
