//! A moment that can be polled beside sockets.

use super::cancellation as calls;
use super::signal::Descriptor;
use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

/// Readable once its moment has come.
#[derive(Debug)]
pub(super) struct Timer(Descriptor);

impl Timer {
    /// A timer without a moment.
    pub fn new() -> io::Result<Self> {
        // SAFETY: takes no pointers.
        let fd = unsafe {
            libc::timerfd_create(
                libc::CLOCK_MONOTONIC,
                libc::TFD_CLOEXEC | libc::TFD_NONBLOCK,
            )
        };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a descriptor that was just made and that nobody else knows.
        Ok(Timer(unsafe { Descriptor::new(fd) }))
    }

    /// Its moment comes after this time; without one it never does.
    pub fn set(&self, time: Option<Duration>) {
        // SAFETY: itimerspec is a C struct for which all zeros is a valid value, which means no moment.
        let mut when: libc::itimerspec = unsafe { std::mem::zeroed() };
        if let Some(time) = time {
            // A moment that has come already is the next one.
            let time = time.max(Duration::from_nanos(1));
            when.it_value.tv_sec = time.as_secs() as _;
            when.it_value.tv_nsec = time.subsec_nanos() as _;
        }
        // SAFETY: the descriptor is open as long as `self`; the moment lives through the call.
        unsafe { libc::timerfd_settime(self.0.as_raw_fd(), 0, &when, std::ptr::null_mut()) };
    }

    /// Forgets a moment that has come.
    pub fn clear(&self) {
        // SAFETY: the descriptor is open as long as `self`.
        unsafe { calls::read_event(self.0.as_raw_fd()) };
    }

    /// The descriptor that is readable once the moment has come.
    pub fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Becomes another one, in this process alone.
    pub fn replace(&self, other: Self) -> io::Result<()> {
        self.0.replace(other.0)
    }
}
