//! What the last call of this thread said.

use super::arguments::put_text;
use crate::error::{Code, Error, Result};
use crate::net::{last_error, set_last_error};
use std::cell::RefCell;
use std::ffi::c_char;
use std::panic::{UnwindSafe, catch_unwind};

thread_local! {
    static DETAIL: RefCell<(i32, String)> = const { RefCell::new((0, String::new())) };
}

/// What stands here while a call is under way: no error has INTERNAL without a text.
const UNDER_WAY: (i32, bool) = (Code::Internal as i32, false);

/// A call begins.
pub fn begin() {
    set_last_error(UNDER_WAY);
}

/// Whether a call of this thread has not ended yet.
pub fn is_call_under_way() -> bool {
    last_error() == UNDER_WAY
}

/// The call succeeded.
pub fn clear() {
    set_last_error((0, false));
}

/// The call failed.
pub fn set(code: Code, system: i32, text: String) {
    set_last_error((code as i32, true));
    // A thread that is ending may have no text any more; then nobody can ask for it either.
    let _ = DETAIL.try_with(|detail| detail.replace((system, text)));
}

/// The call succeeded, and there is something to know.
pub fn warn(text: String) {
    set_last_error((0, true));
    let _ = DETAIL.try_with(|detail| detail.replace((0, text)));
}

/// The code of the last call.
pub fn code() -> i32 {
    last_error().0
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
    last_error().1
}

/// Code of the last error of this thread.
///
/// Every call but SocketErrorCode, SocketErrorSystem, SocketErrorInfo and SocketErrorText sets it; a
/// call that succeeds sets it to 0. Does not wait.
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
    tell(|| {
        // SAFETY: the caller gives `capacity` writable bytes, as the header asks.
        unsafe { put_text(buffer, capacity, text()) }
    })
}

/// What an error code means: one English sentence, UTF-8, for programs whose calls move between
/// threads, so that SocketErrorInfo may tell of another call. It names no socket and no address.
///
/// Does not wait, and leaves the last error as it is.
///
/// @param code      one of `WDSOCKET_ERR_…`, or a negative result as a function returned it;
///                  `WDSOCKET_OK` has the empty text.
/// @param buffer    where the text goes, NUL-terminated.
/// @param capacity  its size in bytes; 256 is enough for every text.
/// @return the text's length without the NUL, or `-WDSOCKET_ERR_BUFFER_TOO_SMALL` (and an empty
///         text), `-WDSOCKET_ERR_INVALID_ARGUMENT` (no such code).
///
///     intptr_t length = SocketReadId(id, 0, 5000, data, sizeof data);
///     char text[256];
///     if (length < 0 && SocketErrorText((int32_t)length, text, sizeof text) > 0) puts(text);
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketErrorText(
    code: i32,
    buffer: *mut c_char,
    capacity: i32,
) -> isize {
    tell(|| {
        let known = match code {
            0 => Some(""),
            _ => Code::sentence_of(code.saturating_abs()),
        };
        let sentence = known.ok_or_else(|| Error::invalid("no error has that code"));
        // An unknown code, too, leaves the empty text behind.
        // SAFETY: the caller gives `capacity` writable bytes, as the header asks.
        let length = unsafe { put_text(buffer, capacity, *sentence.as_ref().unwrap_or(&"")) }?;
        sentence.map(|_| length)
    })
}

/// The body of an export that tells of errors and has none itself to tell of.
fn tell(put: impl FnOnce() -> Result<usize> + UnwindSafe) -> isize {
    match catch_unwind(put) {
        Ok(Ok(length)) => length as isize,
        Ok(Err(error)) => -(error.code as isize),
        Err(_) => -(Code::Internal as isize),
    }
}
