//! Where the bytes that a socket receives go; each system has the call itself.

use super::Socket;
use crate::net::{Deadline, Stop};
use std::io;
use std::mem::MaybeUninit;

/// Bytes taken in by one system call where the caller's own buffer is not the place for them.
/// A full TLS record and a short one behind it come in one call.
const SCRATCH: usize = 17 * 1024;

/// How often `discard_received` empties the receive buffer before it lets a peer have its way.
const MOST_DISCARDS: usize = 1024;

impl Socket {
    /// Receives what is there, waiting for it until the deadline; 0 is the end of the stream.
    /// At most one thread at a time may be in here, since the time limit belongs to the socket.
    pub fn receive(&self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Stop> {
        // SAFETY: initialised bytes are valid as possibly uninitialised ones, and `receive_into`
        // only writes bytes that the system has set.
        let buffer = unsafe { &mut *(std::ptr::from_mut(buffer) as *mut [MaybeUninit<u8>]) };
        self.receive_into(buffer, deadline)
    }

    /// Like `receive`, into a buffer on the stack that costs nothing to have: no socket keeps
    /// memory for bytes that have not come. `take` gets what arrived; nothing is the end.
    pub fn receive_some<R>(
        &self,
        deadline: &Deadline,
        take: impl FnOnce(&[u8]) -> R,
    ) -> Result<R, Stop> {
        let mut scratch = [MaybeUninit::<u8>::uninit(); SCRATCH];
        let count = self.receive_into(&mut scratch, deadline)?;
        // SAFETY: the system has written the first `count` bytes.
        Ok(take(unsafe { scratch[..count].assume_init_ref() }))
    }

    /// Like `receive`, into a buffer of its own.
    pub fn receive_buffer(&self, deadline: &Deadline) -> Result<Vec<u8>, Stop> {
        let mut buffer = Vec::with_capacity(SCRATCH);
        let count = self.receive_into(buffer.spare_capacity_mut(), deadline)?;
        // SAFETY: the system has written the first `count` bytes.
        unsafe { buffer.set_len(count) };
        Ok(buffer)
    }

    /// Like `receive_some` without waiting (`WouldBlock` when there is nothing).
    pub fn try_receive_some<R>(&self, take: impl FnOnce(&[u8]) -> R) -> io::Result<R> {
        let mut scratch = [MaybeUninit::<u8>::uninit(); SCRATCH];
        let count = self.receive_now(&mut scratch)?;
        // SAFETY: the system has written the first `count` bytes.
        Ok(take(unsafe { scratch[..count].assume_init_ref() }))
    }

    /// Throws away what has arrived and was not read. Closing a socket over unread bytes would
    /// reset the connection and destroy what is still on its way out. Bounded, since a peer may
    /// send without end. Of a socket that another process made, they are that one's.
    pub fn discard_received(&self) {
        if self.is_inherited() {
            return;
        }
        for _ in 0..MOST_DISCARDS {
            if !matches!(self.try_receive_some(<[u8]>::len), Ok(1..)) {
                return;
            }
        }
    }
}
