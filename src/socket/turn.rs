//! Waiting for the thread that has the turn to receive, or to send, on a socket.

use crate::net::{Condvar, Deadline, Socket, Stop, forks};
use parking_lot::MutexGuard;

/// Whether a thread has a turn. In a child of a fork, that the parent's thread had it counts for nothing:
/// that thread is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn(u32);

impl Turn {
    /// Nobody has it.
    pub const FREE: Turn = Turn(0);

    /// This thread takes it.
    pub fn take(&mut self) {
        self.0 = forks();
    }

    /// Whoever has it gives it up.
    pub fn give_up(&mut self) {
        self.0 = 0;
    }

    /// Whether somebody has it.
    pub fn is_taken(self) -> bool {
        self.0 == forks()
    }
}

/// Waits until that thread says `done`, until the deadline, or until the socket is closed. May return early: look again.
pub fn await_turn<T>(
    socket: &Socket,
    done: &Condvar,
    guard: &mut MutexGuard<'_, T>,
    deadline: &Deadline,
) -> Result<(), Stop> {
    if socket.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    match deadline.instant() {
        None => done.wait(guard),
        Some(moment) => {
            if done.wait_until(guard, moment) {
                return Err(Stop::TimedOut);
            }
        }
    }
    if socket.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    Ok(())
}
