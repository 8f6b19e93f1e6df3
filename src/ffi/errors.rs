//! Errors: what the last call of this thread said, and what a code means.

use super::arguments::put_text;
use super::export::export;
use super::last_error;
use crate::constants::WDSOCKET_OK;
use crate::error::{Code, Error, Result};
use std::ffi::c_char;

export! {
    /// Code of the last error of this thread.
    ///
    /// Every call but SocketErrorCode, SocketErrorSystem, SocketErrorInfo and SocketErrorText sets it; a
    /// call that succeeds sets it to 0. Does not wait.
    ///
    /// @return `WDSOCKET_OK` (0) or one of the `WDSOCKET_ERR_…` constants, always positive.
    ///
    ///     if (!SocketConnect("till", 5000, "192.0.2.7", WDSOCKET_DEFAULT)
    ///         && SocketErrorCode() == WDSOCKET_ERR_TIMEOUT) try_again();
    tell fn SocketErrorCode() -> isize {
        Ok(last_error::code() as isize)
    }
}

export! {
    /// What the operating system said of the last error of this thread.
    ///
    /// Does not wait.
    ///
    /// @return `errno` on Unix, the WSA code on Windows; 0 where the system had no part in the error.
    ///
    ///     printf("system error %d\n", (int)SocketErrorSystem());
    tell fn SocketErrorSystem() -> isize {
        Ok(last_error::system() as isize)
    }
}

export! {
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
    tell fn SocketErrorInfo(buffer: *mut c_char, capacity: i32) -> usize {
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, last_error::text()) }
    }
}

export! {
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
    tell fn SocketErrorText(code: i32, buffer: *mut c_char, capacity: i32) -> usize {
        let sentence = sentence_of(code);
        // An unknown code, too, leaves the empty text behind.
        // SAFETY: the caller keeps the header's promises about its pointers.
        let length = unsafe { put_text(buffer, capacity, sentence.as_ref().unwrap_or(&"")) }?;
        sentence.map(|_| length)
    }
}

/// What SocketErrorText says of a code or a negative result. Errors: INVALID_ARGUMENT.
fn sentence_of(code: i32) -> Result<&'static str> {
    if code == WDSOCKET_OK {
        return Ok("");
    }
    Code::from_number(code.saturating_abs())
        .map(Code::sentence)
        .ok_or_else(|| Error::invalid("no error has that code"))
}
