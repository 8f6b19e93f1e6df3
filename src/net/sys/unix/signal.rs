//! What wakes a thread that waits: an event that can be polled beside sockets.

use super::cancellation::{self as calls, hold_cancellation};
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Wakes a thread that waits in `wait_any`.
#[derive(Debug)]
pub struct Signal(Descriptor);

impl Signal {
    /// A signal that is not set.
    pub fn new() -> io::Result<Self> {
        // SAFETY: takes no pointers.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a descriptor that was just made and that nobody else knows.
        Ok(Signal(unsafe { Descriptor::new(fd) }))
    }

    /// Wakes the waiting thread, now or as soon as it waits.
    pub fn set(&self) {
        // SAFETY: the descriptor is open as long as `self`.
        unsafe { calls::write_event(self.0.as_raw_fd()) };
    }

    /// The descriptor that is readable while the signal is set.
    pub(super) fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Forgets that it was set.
    pub fn clear(&self) {
        // SAFETY: the descriptor is open as long as `self`.
        unsafe { calls::read_event(self.0.as_raw_fd()) };
    }

    /// Becomes another one, in this process alone.
    pub(super) fn replace(&self, other: Self) -> io::Result<()> {
        self.0.replace(other.0)
    }
}

/// A descriptor that is closed without letting anybody cancel the thread meanwhile.
#[derive(Debug)]
pub(super) struct Descriptor(ManuallyDrop<OwnedFd>);

impl Descriptor {
    /// Takes over a descriptor.
    ///
    /// # Safety
    /// It is open and nobody else's.
    pub unsafe fn new(fd: RawFd) -> Self {
        // SAFETY: as this function's.
        Descriptor(ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Its number.
    pub fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Lets the same number stand for what `other` stands for.
    pub fn replace(&self, other: Self) -> io::Result<()> {
        // SAFETY: two open descriptors.
        match unsafe { libc::dup3(other.as_raw_fd(), self.as_raw_fd(), libc::O_CLOEXEC) } {
            0.. => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        let _held = hold_cancellation();
        // SAFETY: nobody uses the descriptor after this.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}
