//! A watch: one wait for many sockets.
//!
//! The system tells which descriptors have bytes; whether these make a message only the socket
//! knows. So a watch keeps a queue of the sockets worth a look: those whose descriptor was told
//! as readable, those that were ready at the last wait and may still be, and those that another
//! call has poked. A wait asks the system for no more than it may tell, since what the
//! system and the sockets touch is then still in the processor's caches when they are read; nothing is
//! ever done for the sockets that are quiet.
//!
//! Of a connection without frames whatever comes can be read: where nothing else is to be seen of it, it is told
//! as soon as its descriptor is, and never enters the queue. Its read then takes the bytes from the system.
//!
//! Descriptors are level-triggered, so that nothing is lost however a wait ends. One that goes on
//! being readable without news (its socket is queued already, or another thread reads it) is
//! muted until its socket is quiet again.
//!
//! Locks are taken in this order: a server's client, a stream's inbox, a socket's list of
//! watches, a watch's state.

mod alarms;
mod handle;
mod lookout;
mod member;
mod members;
mod queue;
mod room;
mod state;
mod telling;
#[cfg(test)]
mod tests;

use super::turns::{Look, Turns};
use super::watched::{Observer, Watchable};
use crate::error::{Code, Error, Result};
use crate::net::{Deadline, Ender, Interest, LastCancel, Poller, SystemSocket, cancelled};
use alarms::Alarms;
use member::{CLIENT, Member, Place};
use queue::Queue;
use state::State;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use telling::Telling;

/// One wait for many sockets.
pub struct Watch {
    /// Itself, as its sockets and its thread know it.
    this: Weak<Watch>,
    poller: Poller,
    /// One thread at a time looks, asks and tells.
    state: Turns<State>,
    last_cancel: LastCancel,
    signals_end_waits: AtomicBool,
}

impl Watch {
    /// A watch without sockets; whether a signal's handler ends its waits. Errors: LIMIT.
    pub fn new(signals_end_waits: bool) -> Result<Arc<Self>> {
        let poller = Poller::new().map_err(failed)?;
        Ok(Arc::new_cyclic(|this| Watch {
            this: Weak::clone(this),
            poller,
            state: Turns::new(State::default()),
            last_cancel: LastCancel::default(),
            signals_end_waits: AtomicBool::new(signals_end_waits),
        }))
    }

    /// Whether a signal's handler that runs in a waiting thread ends the wait, from now on.
    pub fn end_waits_with_signals(&self, ends: bool) {
        self.signals_end_waits.store(ends, Ordering::Relaxed);
    }

    /// Whether it does.
    pub fn signals_end_waits(&self) -> bool {
        self.signals_end_waits.load(Ordering::Relaxed)
    }

    /// Adds a socket, which is told under `id`; that it is in already changes nothing.
    /// Errors: CANCELLED (the watch was closed), LIMIT.
    pub fn add(&self, id: i32, socket: &Arc<dyn Watchable>) -> Result<()> {
        let this = Weak::clone(&self.this) as Weak<dyn Observer>;
        socket
            .watched()
            .join(id, &this, || self.admit(id, socket))?;
        socket.share_client().inspect_err(|_| {
            self.remove(socket);
        })?;
        // What came before may be with the socket already, where no descriptor tells of it.
        let sight = socket.sight(false);
        if sight.ready {
            self.poke(id);
        }
        let mut state = self.state.lock();
        let State {
            members, alarms, ..
        } = &mut *state;
        if let Some(member) = members.of_id(id) {
            alarms.set(member, sight.look_at);
            // A thread that sleeps already does not know of it.
            if state.asleep && sight.look_at.is_some() {
                self.poller.wake();
            }
        }
        self.signal(&state);
        Ok(())
    }

    /// Takes a socket out; `false` where it is not in this watch.
    pub fn remove(&self, socket: &Arc<dyn Watchable>) -> bool {
        socket.watched().leave(self, socket.socket())
    }

    /// Waits until sockets are ready, writes their ids and tells how many; 0 when the time is
    /// over. With more ready than there is room for, the next wait begins with the others.
    /// Errors: CANCELLED, LIMIT.
    pub fn wait(&self, ids: &mut [i32], deadline: &Deadline) -> Result<usize> {
        loop {
            let state = self.await_turn(deadline);
            let state = state.inspect_err(|_| self.signal_anew(&self.state.lock()))?;
            // Also where the thread that waited for the system has panicked.
            let awake = |state: &mut State| state.asleep = false;
            let (state, told) = state.in_turn(awake, || self.wait_in_turn(ids, deadline));
            if let Some(told) = told.transpose() {
                self.signal_anew(&state);
                return told;
            }
            self.signal(&state);
        }
    }

    /// `None` where others whose time is over shall take their last look first.
    fn wait_in_turn(&self, ids: &mut [i32], deadline: &Deadline) -> Result<Option<usize>> {
        let mut telling = Telling::new(&self.state, &self.poller, ids);
        let mut heard_all = false;
        telling.look_again();
        loop {
            telling.look();
            let is_over = telling.count() > 0 || deadline.has_passed();
            if telling.room() == 0 || heard_all && is_over {
                return Ok(Some(telling.count()));
            }
            heard_all = self.ask(Some(&mut telling), deadline)?;
            if telling.count() == 0 && self.must_yield(deadline) {
                return Ok(None);
            }
        }
    }

    /// Ends the waits that began before this cancel.
    pub fn end_waits(&self, number: u64) {
        self.last_cancel.note(number);
        self.poller.wake();
        self.state.wake();
    }

    /// Whether a wait goes on. Errors: CANCELLED.
    fn check(&self, state: &State, deadline: &Deadline) -> Result<()> {
        if state.closed {
            return Err(cancelled());
        }
        match self.last_cancel.ends(deadline.cancels()) {
            true => Err(Ender::Cancel.told()),
            false => Ok(()),
        }
    }

    /// Ends every wait, now and later, and lets the sockets go.
    pub fn close(&self) {
        let members = {
            let mut state = self.state.lock();
            state.closed = true;
            state.queue = Queue::default();
            state.alarms = Alarms::default();
            self.poller.silence();
            std::mem::take(&mut state.members)
        };
        self.poller.wake();
        self.state.wake();
        for member in members {
            if let Some(client) = &member.client {
                self.poller.remove(client);
            }
            self.poller.remove(member.socket.socket());
            self.remove(&member.socket);
        }
    }

    /// Enters a socket and its descriptor.
    fn admit(&self, id: i32, socket: &Arc<dyn Watchable>) -> Result<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(cancelled());
        }
        self.come_home(&mut state)?;
        let State { members, queue, .. } = &mut *state;
        let key = members.vacancy();
        let key = key.filter(|_| queue.reserve(members.len() + 1).is_ok());
        let Some(key) = key else {
            return Err(Error::new(
                Code::Limit,
                "there is no memory for another socket in the watch",
            ));
        };
        self.poller.add(socket.socket(), key).map_err(failed)?;
        members.insert(Member::new(key, id, socket));
        Ok(())
    }

    fn enqueue(&self, state: &mut State, id: i32) {
        let State { members, queue, .. } = &mut *state;
        let Some(member) = members.of_id(id) else {
            return;
        };
        member.news = true;
        match member.place {
            Place::Looked => member.place = Place::LookedAndPoked,
            Place::Out => {
                queue.enter(member);
                if state.asleep {
                    self.poller.wake();
                }
                if state.is_handed_out {
                    self.poller.ring();
                }
            }
            Place::Queued | Place::Again | Place::LookedAndPoked => {}
        }
    }

    /// The system tells what a descriptor has; whether the socket was in this round already. The system tells who
    /// comes again behind all others. What needs no look is told at once.
    fn hear(
        &self,
        state: &mut State,
        key: u32,
        told: Interest,
        telling: Option<&mut Telling<'_>>,
    ) -> bool {
        // A socket that was taken out a moment ago is told no more.
        let State { members, queue, .. } = &mut *state;
        let Some(member) = members.get_mut(key & !CLIENT) else {
            return false;
        };
        if told != Interest::Read {
            self.note_room(queue, member);
        }
        if told == Interest::Write {
            return false;
        }
        if member.place == Place::Out {
            let has_come_round = queue.has_seen(member);
            if key & CLIENT == 0 && telling.is_some_and(|telling| telling.tell_unlooked(member)) {
                queue.pass(member);
            } else {
                member.news = true;
                queue.enter(member);
            }
            return has_come_round;
        }
        member.news = true;
        // It would be told at every wait until somebody reads.
        member.mute(&self.poller, key & CLIENT != 0);
        false
    }

    /// Waits until no other thread is waiting for the sockets. Those whose time is over go first:
    /// they take a last look.
    fn await_turn(&self, deadline: &Deadline) -> Result<Look<'_, State>> {
        let mut state = self.state.lock();
        self.come_home(&mut state)?;
        loop {
            self.check(&state, deadline)?;
            let hurry = deadline.has_passed();
            if !state.is_taken() && (hurry || state.hurried == 0) {
                return Ok(state);
            }
            if hurry {
                state.hurried += 1;
                self.poller.wake();
                state.wait_until(None);
                state.hurried -= 1;
            } else if self.signals_end_waits() {
                let waited = state.wait_or_signal(deadline.instant());
                waited.map_err(|_| Ender::Signal.told())?;
            } else {
                state.wait_until(deadline.instant());
            }
        }
    }

    /// Makes a watch that was inherited by a fork this process's own: the parent's goes on as it is, and
    /// its waiting threads are not here. Errors: LIMIT.
    fn come_home(&self, state: &mut State) -> Result<()> {
        if !self.poller.is_inherited() {
            return Ok(());
        }
        let members = &state.members;
        self.poller
            .renew(|own| members.iter().try_for_each(|member| member.join(own)))
            .map_err(failed)?;
        state.asleep = false;
        state.hurried = 0;
        Ok(())
    }

    fn must_yield(&self, deadline: &Deadline) -> bool {
        !deadline.has_passed() && self.state.lock().hurried > 0
    }

    /// Asks the system for descriptors that are readable, as many as can be told. Where nothing is told yet, and
    /// nothing else may be, it waits for the first one until the deadline. Whether it has heard of all: then who was
    /// told before is looked at again. Without a telling everything is left to the next wait.
    fn ask(&self, telling: Option<&mut Telling<'_>>, deadline: &Deadline) -> Result<bool> {
        let may_wait = telling.as_ref().is_none_or(|telling| telling.count() == 0);
        let mut state = self.state.lock();
        if !state.queue.round_is_over() {
            return Ok(false);
        }
        let mut patience = Some(Duration::ZERO);
        if may_wait {
            self.check(&state, deadline)?;
        }
        if may_wait && !state.queue.has_more_rounds() {
            state.asleep = true;
            let until_alarm = state.alarms.until_next();
            patience = deadline.remaining().into_iter().chain(until_alarm).min();
        }
        let since = state.queue.now();
        drop(state);
        let asked = self.poll(telling, patience);
        let mut state = self.state.lock();
        state.asleep = false;
        while let Some(id) = state.alarms.ring() {
            self.enqueue(&mut state, id);
        }
        let heard_all = asked?;
        if heard_all {
            let State { members, queue, .. } = &mut *state;
            queue.begin_round(since, members);
        }
        Ok(heard_all)
    }

    /// Hears what the system tells; whether that was all, or the first of those who come again.
    fn poll(
        &self,
        mut telling: Option<&mut Telling<'_>>,
        timeout: Option<Duration>,
    ) -> Result<bool> {
        let most = telling
            .as_ref()
            .map_or(usize::MAX, |telling| telling.room());
        let mut state = None;
        let mut has_come_round = false;
        let hear = |key, told| {
            let state = state.get_or_insert_with(|| self.state.lock());
            has_come_round |= self.hear(state, key, told, telling.as_deref_mut());
        };
        match self.poller.wait(timeout, most, hear) {
            Ok(may_have_more) => Ok(!may_have_more || has_come_round),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(failed(error)),
            Err(_) if self.signals_end_waits() => Err(Ender::Signal.told()),
            Err(_) => Ok(true),
        }
    }
}

impl Observer for Watch {
    fn poke(&self, id: i32) {
        self.enqueue(&mut self.state.lock(), id);
    }

    fn forget(&self, id: i32, own: &SystemSocket) {
        let mut state = self.state.lock();
        let State {
            members,
            queue,
            alarms,
            ..
        } = &mut *state;
        if let Some(mut member) = members.remove(id) {
            queue.forget(&member, members);
            alarms.set(&mut member, None);
            self.poller.remove(own);
            if let Some(client) = &member.client {
                self.poller.remove(client);
            }
        }
    }

    fn client_came(&self, id: i32, client: &Arc<SystemSocket>) -> Result<()> {
        let mut state = self.state.lock();
        if let Some(member) = state.members.of_id(id)
            && member.client.is_none()
        {
            self.poller
                .add(client, member.key | CLIENT)
                .map_err(failed)?;
            member.client = Some(Arc::clone(client));
            member.client_muted = false;
        }
        Ok(())
    }

    fn client_left(&self, id: i32, client: &Arc<SystemSocket>) {
        let mut state = self.state.lock();
        // First, since it wakes a thread that sleeps.
        self.enqueue(&mut state, id);
        let State { members, queue, .. } = &mut *state;
        if let Some(member) = members.of_id(id)
            && let Some(known) = &member.client
            && Arc::ptr_eq(known, client)
        {
            self.poller.remove(client);
            member.client = None;
            self.note_room(queue, member);
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

fn failed(error: io::Error) -> Error {
    Error::from_io(&error, "the watch")
}
