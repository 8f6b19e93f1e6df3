//! What tells a loop of the host's that a watch has something: an event, a message to a window.

use super::signal::Signal;
use std::io;
use std::os::windows::io::AsRawHandle;
use windows_sys::Win32::Foundation::{
    ERROR_NOT_ENOUGH_MEMORY, ERROR_NOT_ENOUGH_QUOTA, ERROR_NOT_ENOUGH_SERVER_MEMORY,
};
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};

/// A window's own messages begin here (WM_USER); what is below is the system's.
const FIRST_OF_WINDOWS: u32 = 0x400;
/// And the names of messages end here (RegisterWindowMessage).
const LAST: u32 = 0xffff;

/// What a loop of the host's waits for, none to begin with.
#[derive(Debug, Default)]
pub(super) struct Bells {
    event: Option<Bell<Signal>>,
    message: Option<Bell<Message>>,
}

/// One of them, and whether it was rung since SocketWatchWait has ended last.
#[derive(Debug)]
struct Bell<T> {
    rings: T,
    rung: bool,
}

impl<T> Bell<T> {
    fn new(rings: T) -> Self {
        Bell { rings, rung: false }
    }
}

impl Bells {
    /// The event's handle, the same at each call.
    pub fn event(&mut self) -> io::Result<isize> {
        if self.event.is_none() {
            self.event = Some(Bell::new(Signal::new()?));
        }
        let event = self.event.as_ref();
        Ok(event.map_or(0, |event| event.rings.0.as_raw_handle() as isize))
    }

    /// Posts messages from now on, or with `None` no more.
    pub fn set_message(&mut self, message: Option<Message>) {
        self.message = message.map(Bell::new);
    }

    /// There is something to tell; `false` where this could not be said and has to be said again.
    pub fn ring(&mut self) -> bool {
        if let Some(event) = &mut self.event
            && !event.rung
        {
            event.rings.set();
            event.rung = true;
        }
        let Some(message) = &mut self.message else {
            return true;
        };
        if !message.rung {
            match message.rings.post() {
                Ok(()) => message.rung = true,
                Err(error) if is_passing(&error) => return false,
                // The window is gone.
                Err(_) => self.message = None,
            }
        }
        true
    }

    /// A wait has ended; whether there is something left to tell.
    pub fn answered(&mut self, left: bool) {
        if let Some(event) = &mut self.event
            && !left
        {
            event.rings.clear();
            event.rung = false;
        }
        if let Some(message) = &mut self.message {
            message.rung = false;
        }
    }

    /// Rings for the last time: whoever waits for the event finds the watch closed.
    pub fn end(&mut self) {
        if let Some(event) = self.event.take() {
            event.rings.set();
        }
        self.message = None;
    }
}

/// A message to a window.
#[derive(Debug)]
pub(super) struct Message {
    post_message: PostMessage,
    /// Of a window's handle 32 bits count, in 64-bit programs, too.
    window: i32,
    number: u32,
    /// What comes with it.
    id: i32,
}

/// BOOL PostMessageW(HWND, UINT, WPARAM, LPARAM)
type PostMessage = unsafe extern "system" fn(isize, u32, usize, isize) -> i32;

impl Message {
    /// A message that its window can have. Errors: InvalidInput (no such message, no such window).
    pub fn new(window: i32, number: i32, id: i32) -> io::Result<Self> {
        let number = u32::try_from(number)
            .ok()
            .filter(|number| (FIRST_OF_WINDOWS..=LAST).contains(number))
            .ok_or(io::ErrorKind::InvalidInput)?;
        let post_message = post_message().ok_or(io::ErrorKind::InvalidInput)?;
        let message = Message {
            post_message,
            window,
            number,
            id,
        };
        // One that windows do nothing about (WM_NULL) shows whether there is a window that may be posted to.
        match message.post_number(0) {
            Err(error) if !is_passing(&error) => Err(io::ErrorKind::InvalidInput.into()),
            _ => Ok(message),
        }
    }

    fn post(&self) -> io::Result<()> {
        self.post_number(self.number)
    }

    fn post_number(&self, number: u32) -> io::Result<()> {
        // SAFETY: user32's PostMessageW, which takes any four numbers and reads nothing through them. user32 stays
        // loaded as long as a thread has windows; it is never unloaded once it is initialised.
        let posted =
            unsafe { (self.post_message)(self.window as isize, number, self.id as usize, 0) };
        match posted {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

/// user32's PostMessageW. It is not linked: a service or a program of a console would load user32 for nothing, which takes
/// memory of its session's desktop. A process that has a window has loaded it.
fn post_message() -> Option<PostMessage> {
    let library: Vec<u16> = "user32.dll\0".encode_utf16().collect();
    // SAFETY: both names are NUL-terminated; PostMessageW has had this type since Windows NT.
    unsafe {
        let library = GetModuleHandleW(library.as_ptr());
        if library.is_null() {
            return None;
        }
        let function = GetProcAddress(library, c"PostMessageW".as_ptr().cast())?;
        Some(std::mem::transmute::<
            unsafe extern "system" fn() -> isize,
            PostMessage,
        >(function))
    }
}

/// Whether the window's queue is full, or memory short: it can be posted later.
fn is_passing(error: &io::Error) -> bool {
    let code = error.raw_os_error().unwrap_or_default().unsigned_abs();
    [
        ERROR_NOT_ENOUGH_QUOTA,
        ERROR_NOT_ENOUGH_MEMORY,
        ERROR_NOT_ENOUGH_SERVER_MEMORY,
    ]
    .contains(&code)
}
