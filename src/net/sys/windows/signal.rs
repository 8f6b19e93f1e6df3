//! What wakes a thread that waits: an event.

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr::null;
use windows_sys::Win32::System::Threading::{CreateEventW, ResetEvent, SetEvent};

/// Wakes a thread that waits in `wait_any`.
#[derive(Debug)]
pub struct Signal(pub(super) OwnedHandle);

impl Signal {
    /// A signal that is not set.
    pub fn new() -> io::Result<Self> {
        // SAFETY: NULL means the default attributes, not inheritable, and no name.
        let event = unsafe { CreateEventW(null(), 1, 0, null()) };
        if event.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a handle that was just made and that nobody else knows.
        Ok(Signal(unsafe { OwnedHandle::from_raw_handle(event) }))
    }

    /// Wakes the waiting thread, now or as soon as it waits.
    pub fn set(&self) {
        // SAFETY: the handle is open as long as `self`.
        unsafe { SetEvent(self.0.as_raw_handle()) };
    }

    /// Forgets that it was set.
    pub fn clear(&self) {
        // SAFETY: the handle is open as long as `self`.
        unsafe { ResetEvent(self.0.as_raw_handle()) };
    }
}
