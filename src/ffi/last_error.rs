//! What the last call of this thread said.

use super::arguments::put_text;
use crate::error::{Code, Result};
use std::cell::{Cell, RefCell};
use std::ffi::c_char;
use std::panic::catch_unwind;

thread_local! {
    /// The code, and whether there is a text.
    static CODE: Cell<(i32, bool)> = const { Cell::new((0, false)) };
    static DETAIL: RefCell<(i32, String)> = const { RefCell::new((0, String::new())) };
}

/// What stands here while a call is under way: no error has INTERNAL without a text.
const UNDER_WAY: (i32, bool) = (Code::Internal as i32, false);

/// A call begins.
pub fn begin() {
    let _ = CODE.try_with(|last| last.set(UNDER_WAY));
}

/// Whether a call of this thread has not ended yet.
pub fn is_call_under_way() -> bool {
    CODE.try_with(Cell::get).is_ok_and(|last| last == UNDER_WAY)
}

/// The call succeeded.
pub fn clear() {
    // A thread that is ending may have no last error any more; then nobody can ask for it either.
    let _ = CODE.try_with(|last| last.set((0, false)));
}

/// The call failed.
pub fn set(code: Code, system: i32, text: String) {
    let _ = CODE.try_with(|last| last.set((code as i32, true)));
    let _ = DETAIL.try_with(|detail| detail.replace((system, text)));
}

/// The call succeeded, and there is something to know.
pub fn warn(text: String) {
    let _ = CODE.try_with(|last| last.set((0, true)));
    let _ = DETAIL.try_with(|detail| detail.replace((0, text)));
}

/// The code of the last call.
pub fn code() -> i32 {
    CODE.try_with(Cell::get).unwrap_or_default().0
}

/// The text of the last call, empty where there is none.
pub fn text() -> String {
    match has_text() {
        false => String::new(),
        true => DETAIL
            .try_with(|detail| detail.borrow().1.clone())
            .unwrap_or_default(),
    }
}

fn has_text() -> bool {
    CODE.try_with(Cell::get).unwrap_or_default().1
}

/// Code of the last error of this thread.
///
/// Every call but SocketErrorCode, SocketErrorSystem and SocketErrorInfo sets it; a call that
/// succeeds sets it to 0. Does not wait.
///
/// @return `WDSOCKET_OK` (0) or one of the `WDSOCKET_ERR_…` constants, always positive.
///
///     if (!SocketConnect("till", 5000, "192.0.2.7", WDSOCKET_DEFAULT)
///         && SocketErrorCode() == WDSOCKET_ERR_TIMEOUT) try_again();
#[unsafe(no_mangle)]
pub extern "system" fn SocketErrorCode() -> isize {
    code() as isize
}

/// What the operating system said of the last error of this thread.
///
/// Does not wait.
///
/// @return `errno` on Unix, the WSA code on Windows; 0 where the system had no part in the error.
///
///     printf("system error %d\n", (int)SocketErrorSystem());
#[unsafe(no_mangle)]
pub extern "system" fn SocketErrorSystem() -> isize {
    if !has_text() {
        return 0;
    }
    DETAIL
        .try_with(|detail| detail.borrow().0 as isize)
        .unwrap_or(0)
}

/// Text of the last error of this thread: one English sentence, UTF-8, that names the function,
/// the socket, the address, what the system said and what to do. Empty after a success, unless
/// there is a warning (a certificate that is out of date).
///
/// Does not wait, and leaves the last error as it is.
///
/// @param buffer    where the text goes, NUL-terminated.
/// @param capacity  its size in bytes; 1024 is enough for nearly every text.
/// @return the text's length without the NUL, or `-WDSOCKET_ERR_BUFFER_TOO_SMALL` (and an empty
///         text), `-WDSOCKET_ERR_INVALID_ARGUMENT`.
///
///     char text[1024];
///     if (SocketErrorInfo(text, sizeof text) > 0) fprintf(stderr, "%s\n", text);
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketErrorInfo(buffer: *mut c_char, capacity: i32) -> isize {
    let tell = || -> Result<usize> {
        // SAFETY: the caller gives `capacity` writable bytes, as the header asks.
        unsafe { put_text(buffer, capacity, text()) }
    };
    match catch_unwind(tell) {
        Ok(Ok(length)) => length as isize,
        Ok(Err(error)) => -(error.code as isize),
        Err(_) => -(Code::Internal as isize),
    }
}
