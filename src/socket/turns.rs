//! One thread at a time does for all what takes a while: it has the turn, the others wait for it.
//!
//! What is shared lies behind a lock that is never held while the network is waited for. Whoever receives,
//! or sends, takes the turn, opens the lock and comes back with what it has; the turn is given up
//! even where the work panics.

use crate::net::{Condvar, Deadline, Ender, Stop, SystemSocket, forks};
use parking_lot::{Mutex, MutexGuard};
use std::ops::{Deref, DerefMut};
use std::time::Instant;

/// What threads share, and the turn to work for all of them.
#[derive(Debug)]
pub struct Turns<S> {
    shared: Mutex<Shared<S>>,
    changed: Condvar,
}

#[derive(Debug)]
#[repr(C)] // beside the lock, which is in front of it
struct Shared<S> {
    /// In which process a thread has the turn, 0 for none. In a child of a fork, that the parent's thread had it
    /// counts for nothing: that thread is not there.
    taken_in: u32,
    /// How often something has come for all.
    arrivals: u32,
    state: S,
}

/// What is shared, locked for a moment.
pub struct Look<'a, S> {
    turns: &'a Turns<S>,
    shared: MutexGuard<'a, Shared<S>>,
}

/// The turn, given up when it is dropped.
struct Turn<'a, S, F: FnMut(&mut S)> {
    turns: &'a Turns<S>,
    given_up: F,
}

impl<S> Turns<S> {
    /// Nobody has the turn.
    pub fn new(state: S) -> Self {
        Turns {
            shared: Mutex::new(Shared {
                taken_in: 0,
                arrivals: 0,
                state,
            }),
            changed: Condvar::new(),
        }
    }

    /// Takes the lock; holders never wait for the network.
    #[inline]
    pub fn lock(&self) -> Look<'_, S> {
        Look {
            turns: self,
            shared: self.shared.lock(),
        }
    }

    /// As `lock`, where nobody has it: it waits for nobody, whatever else is locked.
    #[inline]
    pub fn try_lock(&self) -> Option<Look<'_, S>> {
        let shared = self.shared.try_lock()?;
        Some(Look {
            turns: self,
            shared,
        })
    }

    /// What is shared, where nobody else has it.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.shared.get_mut().state
    }

    /// Wakes every thread that waits: what it waits for may be there, or its socket was cancelled.
    pub fn wake(&self) {
        // Whoever looked just before is asleep once the lock can be had.
        drop(self.shared.lock());
        self.changed.notify_all();
    }

    /// As `wake`, for what a thread changed that holds, or has just held, the lock.
    pub fn tell(&self) {
        self.changed.notify_all();
    }

    /// As `tell`, where one thread is enough.
    pub fn tell_one(&self) {
        self.changed.notify_one();
    }
}

impl<'a, S> Look<'a, S> {
    /// Whether a thread has the turn.
    #[inline]
    pub fn is_taken(&self) -> bool {
        self.shared.taken_in == forks()
    }

    /// Something has come: for a deadline that ends with a silence it begins anew.
    #[inline]
    pub fn note_arrival(&mut self) {
        self.shared.arrivals = self.shared.arrivals.wrapping_add(1);
    }

    /// How often something has come; only whether it has changed says anything.
    #[inline]
    pub fn arrivals(&self) -> u32 {
        self.shared.arrivals
    }

    /// Waits until that thread says that something changed, until the deadline, or until the socket is closed.
    /// May return early: look again.
    pub fn wait(&mut self, socket: &SystemSocket, deadline: &Deadline) -> Result<(), Stop> {
        socket.check(deadline)?;
        let arrivals = self.arrivals();
        let timed_out = match socket.signals_end_waits() {
            false => self.wait_until(deadline.instant()),
            true => self.wait_or_signal(deadline.instant())?,
        };
        if self.arrivals() != arrivals {
            deadline.stir();
        }
        if timed_out {
            return Err(Stop::TimedOut);
        }
        socket.check(deadline)
    }

    /// Waits until something changed; with a moment, until then at most. Whether that has come.
    pub fn wait_until(&mut self, moment: Option<Instant>) -> bool {
        match moment {
            None => {
                self.turns.changed.wait(&mut self.shared);
                false
            }
            Some(moment) => self.turns.changed.wait_until(&mut self.shared, moment),
        }
    }

    /// As `wait_until`, where a signal's handler ends the wait.
    pub fn wait_or_signal(&mut self, moment: Option<Instant>) -> Result<bool, Stop> {
        let interrupted = self.turns.changed.wait_or_signal(&mut self.shared, moment);
        match interrupted {
            true => Err(Stop::Cancelled(Ender::Signal)),
            false => Ok(moment.is_some_and(|moment| Instant::now() >= moment)),
        }
    }

    /// Does something with the lock open, without having the turn.
    pub fn unlocked<R>(&mut self, work: impl FnOnce() -> R) -> R {
        MutexGuard::unlocked(&mut self.shared, work)
    }

    /// Takes the turn, which must be free, and works with the lock open; then everybody hears that it is free.
    /// `given_up` puts right what a turn leaves behind, also that of a thread that panicked.
    #[inline(always)]
    pub fn in_turn<R>(self, given_up: impl FnMut(&mut S), work: impl FnOnce() -> R) -> (Self, R) {
        let turns = self.turns;
        let done = self.take_turn(given_up, work);
        turns.tell();
        done
    }

    /// As `in_turn`, where the next thread is told alone: each that is woken takes the turn, or tells the next.
    #[inline]
    pub fn in_turn_of_many<R>(
        self,
        given_up: impl FnMut(&mut S),
        work: impl FnOnce() -> R,
    ) -> (Self, R) {
        let turns = self.turns;
        let done = self.take_turn(given_up, work);
        turns.tell_one();
        done
    }

    /// The turn from its beginning to its end, of which nobody has heard yet.
    #[inline(always)]
    fn take_turn<R>(mut self, given_up: impl FnMut(&mut S), work: impl FnOnce() -> R) -> (Self, R) {
        self.shared.taken_in = forks();
        let turn = Turn {
            turns: self.turns,
            given_up,
        };
        drop(self); // opens the lock
        let result = work();
        (turn.end(), result)
    }
}

impl<'a, S, F: FnMut(&mut S)> Turn<'a, S, F> {
    #[inline(always)]
    fn end(mut self) -> Look<'a, S> {
        let look = self.give_up();
        std::mem::forget(self);
        look
    }

    #[inline(always)]
    fn give_up(&mut self) -> Look<'a, S> {
        let mut look = self.turns.lock();
        look.shared.taken_in = 0;
        (self.given_up)(&mut look);
        look
    }
}

impl<S, F: FnMut(&mut S)> Drop for Turn<'_, S, F> {
    fn drop(&mut self) {
        drop(self.give_up());
        self.turns.tell();
    }
}

impl<S> Deref for Look<'_, S> {
    type Target = S;

    #[inline]
    fn deref(&self) -> &S {
        &self.shared.state
    }
}

impl<S> DerefMut for Look<'_, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut S {
        &mut self.shared.state
    }
}
