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

/// What one wait tells. Its sockets may be ready still, so they stay in the queue when the wait is over; so do those that
/// it was looking at if the call panics. Those that were told without a look do not: their descriptors say so again.
pub(super) struct Telling<'a> {
    state: &'a Turns<State>,
    poller: &'a Poller,
    ids: &'a mut [i32],
    count: usize,
    /// The thread that waits.
    here: u32,
    /// Which of the watch's waits it is.
    number: u32,
    looks: [Option<Looked>; AT_ONCE],
}

/// A look at a socket.
struct Looked {
    key: u32,
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
            here: this_thread(),
            number: state.lock().next_wait(),
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

    /// Whether it tells a socket already.
    fn tells(&self, member: &Member) -> bool {
        member.told_by == self.number && self.count > 0
    }

    fn tell(&mut self, member: &mut Member) {
        member.told_by = self.number;
        self.ids[self.count] = member.id;
        self.count += 1;
    }

    /// Tells a socket whose descriptor has something, unless that takes a look first; whether it is told now.
    #[inline]
    pub(super) fn tell_unlooked(&mut self, member: &mut Member) -> bool {
        if self.tells(member) {
            return true; // and has not been read yet
        }
        if self.room() == 0 || member.socket.glance(self.here) != Glance::Direct {
            return false;
        }
        self.tell(member);
        true
    }

    /// Looks at the sockets of this round, as long as there is room for their ids.
    pub(super) fn look(&mut self) {
        while self.room() > 0 && self.look_at(Part::Round, self.room()) > 0 {}
    }

    /// Looks whether those that the last wait told are ready still; the others leave the queue.
    pub(super) fn look_again(&mut self) {
        while self.look_at(Part::JustTold, AT_ONCE) > 0 {}
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

    /// Takes sockets that it takes a look to know of.
    fn take(&mut self, part: Part, most: usize) -> usize {
        let mut state = self.state.lock();
        let State { members, queue, .. } = &mut *state;
        let mut taken = 0;
        queue.take(part, members, |member| {
            let is_known = part == Part::JustTold && !member.news && !member.has_room();
            if is_known && member.socket.glance(self.here) != Glance::Unclear {
                member.listen_to_own(self.poller);
                member.place = Place::Out; // as after most reads
                return true;
            }
            member.place = Place::Looked;
            self.looks[taken] = Some(Looked {
                key: member.key,
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
        for i in 0..taken {
            let Some(&Looked { key, sight, .. }) = self.looks[i].as_ref() else {
                continue;
            };
            // Nobody hears of a socket that was closed or taken out during the look.
            let Some(member) = members.get_mut(key) else {
                continue;
            };
            alarms.set(member, sight.look_at);
            let poked = member.place == Place::LookedAndPoked;
            if sight.ready {
                member.news |= poked;
            } else {
                member.listen(self.poller, sight);
            }
            let stays = sight.ready || poked;
            if part == Part::JustTold {
                match (sight.ready, poked || member.has_room()) {
                    (true, _) => queue.enter_again(member),
                    (false, true) => queue.enter(member),
                    (false, false) => member.place = Place::Out,
                }
            } else if self.tells(member) {
                match stays || member.has_room() {
                    true => queue.enter_again(member),
                    false => member.place = Place::Out,
                }
            } else {
                let is_told = member.take_room() || sight.ready;
                if is_told {
                    self.tell(member);
                }
                match (is_told, stays) {
                    (true, true) => queue.enter_told(member),
                    (false, true) => queue.enter(member),
                    (_, false) => member.place = Place::Out,
                }
            }
        }
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        if self.looks[0].is_none() {
            return;
        }
        let mut state = self.state.lock();
        let State { members, queue, .. } = &mut *state;
        for look in self.looks.iter().flatten() {
            if let Some(member) = members.get_mut(look.key)
                && matches!(member.place, Place::Looked | Place::LookedAndPoked)
            {
                queue.enter_told(member);
            }
        }
    }
}
