//! What one wait tells.

use super::member::{Member, Place};
use super::queue::Part;
use super::state::State;
use crate::net::Poller;
use crate::socket::turns::Turns;
use crate::socket::watched::{Glance, Sight, Watchable, this_thread};
use std::sync::Arc;

/// How many sockets are looked at between two visits to what the threads share.
const AT_ONCE: usize = 16;

/// What one wait tells. Its sockets may be ready still, so they stay in the queue when the wait is over; also if the
/// call panics, together with those that it was looking at.
pub(super) struct Telling<'a> {
    state: &'a Turns<State>,
    poller: &'a Poller,
    ids: &'a mut [i32],
    count: usize,
    /// How many of them are told without a look: their descriptors will say so again if they are ready still.
    unlooked: usize,
    /// The thread that waits.
    here: u32,
    /// Which of the watch's waits it is.
    number: u64,
    looks: [Option<Looked>; AT_ONCE],
}

/// A look at a socket.
struct Looked {
    id: i32,
    socket: Arc<dyn Watchable>,
    /// Whether its descriptor may have more.
    news: bool,
    sight: Sight,
}

impl<'a> Telling<'a> {
    /// Nothing yet, and room for these ids.
    pub(super) fn new(state: &'a Turns<State>, poller: &'a Poller, ids: &'a mut [i32]) -> Self {
        Telling {
            state,
            poller,
            ids,
            count: 0,
            unlooked: 0,
            here: this_thread(),
            number: 0,
            looks: [const { None }; AT_ONCE],
        }
    }

    /// How many sockets it tells.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many more it may tell.
    pub(super) fn room(&self) -> usize {
        self.ids.len() - self.count
    }

    /// Tells a socket whose descriptor has something, unless that takes a look first; whether it is told now.
    #[inline]
    pub(super) fn tell_unlooked(&mut self, member: &mut Member) -> bool {
        if member.told_by == self.number {
            return true; // and has not been read yet
        }
        if self.room() == 0 || member.socket.glance(self.here) != Glance::Direct {
            return false;
        }
        member.told_by = self.number;
        self.ids[self.count] = member.id;
        self.count += 1;
        self.unlooked += 1;
        true
    }

    /// Looks at the sockets of this round, as long as there is room for their ids.
    pub(super) fn look(&mut self) {
        while self.room() > 0 && self.look_at(Part::Round, self.room()) > 0 {}
    }

    /// Looks whether those that the last wait told are ready still; the others leave the queue.
    pub(super) fn look_again(&mut self) {
        let mut left = {
            let mut state = self.state.lock();
            state.waits += 1;
            self.number = state.waits;
            state.queue.just_told()
        };
        while left > 0 {
            match self.look_at(Part::JustTold, left) {
                0 => return,
                looked => left -= looked.min(left),
            }
        }
    }

    /// Looks at some sockets, at most so many, and tells how many these were.
    fn look_at(&mut self, part: Part, most: usize) -> usize {
        let taken = self.take(part, most.min(AT_ONCE));
        for look in self.looks[..taken].iter_mut().flatten() {
            look.sight = look.socket.sight(look.news);
        }
        self.settle(part, taken);
        // With no lock held: it may be the last reference.
        self.looks[..taken].fill_with(|| None);
        taken
    }

    fn take(&mut self, part: Part, most: usize) -> usize {
        let mut state = self.state.lock();
        let State { members, queue, .. } = &mut *state;
        let mut taken = 0;
        queue.take(part, members, |member| {
            member.place = Place::Looked;
            self.looks[taken] = Some(Looked {
                id: member.id,
                socket: Arc::clone(&member.socket),
                news: std::mem::take(&mut member.news),
                sight: Sight::default(),
            });
            taken += 1;
            taken < most
        });
        taken
    }

    /// Notes what the looks have shown.
    fn settle(&mut self, part: Part, taken: usize) {
        let mut state = self.state.lock();
        let State {
            members,
            queue,
            alarms,
            ..
        } = &mut *state;
        for &Looked { id, sight, .. } in self.looks[..taken].iter().flatten() {
            // Nobody hears of a socket that was closed or taken out during the look.
            let Some(member) = members.get_mut(&id) else {
                continue;
            };
            alarms.set(member, sight.look_at);
            let poked = member.place == Place::LookedAndPoked;
            if sight.ready {
                member.news |= poked;
            } else {
                member.listen(self.poller, sight);
            }
            if part == Part::JustTold {
                match (sight.ready, poked || member.has_room()) {
                    (true, _) => queue.enter_again(member),
                    (false, true) => queue.enter(member),
                    (false, false) => member.place = Place::Out,
                }
                continue;
            }
            if member.told_by == self.number {
                match sight.ready || poked || member.has_room() {
                    true => queue.enter_again(member),
                    false => member.place = Place::Out,
                }
                continue;
            }
            let has_room = member.take_room();
            match (sight.ready || has_room, sight.ready || poked) {
                (true, true) => member.place = Place::Told,
                (true, false) => member.place = Place::ToldOfRoom,
                (false, true) => queue.enter(member),
                (false, false) => member.place = Place::Out,
            }
            if sight.ready || has_room {
                self.ids[self.count] = id;
                self.count += 1;
            }
        }
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        if self.count == self.unlooked && self.looks[0].is_none() {
            return;
        }
        let looked = self.looks.iter().flatten().map(|look| &look.id);
        let mut left = self.ids[..self.count].iter().chain(looked).peekable();
        if left.peek().is_none() {
            return;
        }
        let mut state = self.state.lock();
        let State { members, queue, .. } = &mut *state;
        for id in left {
            let Some(member) = members.get_mut(id) else {
                continue;
            };
            match member.place {
                Place::Told | Place::Looked | Place::LookedAndPoked => queue.enter_told(member),
                Place::ToldOfRoom => member.place = Place::Out,
                Place::Out | Place::Queued | Place::Again => {}
            }
        }
    }
}
