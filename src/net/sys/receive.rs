//! Where the bytes that a socket receives go; each system has the call itself.

use super::SystemSocket;
use crate::net::deadline::Deadline;
use crate::net::stop::Stop;
use crate::room::Room;
use std::io;
use std::mem::MaybeUninit;

/// Bytes thrown away by one system call.
const SCRATCH: usize = 16 * 1024;

/// How often `discard_received` empties the receive buffer before it lets a peer have its way.
const MOST_DISCARDS: usize = 1024;

impl SystemSocket {
    /// Receives what is there, waiting for it until the deadline; 0 is the end of the stream.
    /// At most one thread at a time may be in here, since the time limit belongs to the socket.
    #[inline(always)]
    pub fn receive(&self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Stop> {
        self.receive_into(uninit(buffer), deadline)
    }

    /// Like `receive`, into a room that is had first: where there is no memory, nothing is received.
    /// An empty one is the end of the stream.
    #[inline]
    pub fn receive_room(&self, deadline: &Deadline) -> Result<Room, Stop> {
        let mut room = Room::new()?;
        let count = self.receive(room.space(), deadline)?;
        room.set_filled(count);
        Ok(room)
    }

    /// Like `receive_room` without waiting (`WouldBlock` when there is nothing).
    pub fn try_receive_room(&self) -> io::Result<Room> {
        let mut room = Room::new()?;
        let count = self.receive_now(uninit(room.space()))?;
        room.set_filled(count);
        Ok(room)
    }

    /// As `try_receive_room`, into `first`, and behind that into `second`, as far as the system has it. Traced, or on a
    /// system that cannot do both at once, into `first` alone.
    pub fn try_receive_both(&self, first: &mut [u8], second: &mut [u8]) -> io::Result<usize> {
        match self.tap().is_on() {
            true => self.receive_now(uninit(first)),
            false => self.receive_both_now(uninit(first), uninit(second)),
        }
    }

    /// Throws away what has arrived and was not read. Closing a socket over unread bytes would
    /// reset the connection and destroy what is still on its way out. Bounded, since a peer may
    /// send without end. Of a socket that another process made, they are that one's.
    pub fn discard_received(&self) {
        if self.is_inherited() {
            return;
        }
        let mut scratch = [MaybeUninit::uninit(); SCRATCH];
        for _ in 0..MOST_DISCARDS {
            // Less than there was room for: that was all.
            if !matches!(self.receive_now(&mut scratch), Ok(SCRATCH)) {
                return;
            }
        }
    }
}

fn uninit(buffer: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    // SAFETY: initialised bytes are valid as possibly uninitialised ones, and what receives into them
    // only writes bytes that the system has set.
    unsafe { &mut *(std::ptr::from_mut(buffer) as *mut [MaybeUninit<u8>]) }
}
