//! Waiting for the thread that has the turn to receive, or to send, on a socket.

use crate::net::{Deadline, Socket, Stop};
use parking_lot::{Condvar, MutexGuard};

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
            if done.wait_until(guard, moment).timed_out() {
                return Err(Stop::TimedOut);
            }
        }
    }
    if socket.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    Ok(())
}
