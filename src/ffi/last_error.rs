//! What the last call of this thread said.

use crate::error::Code;
use crate::net::{last_error, set_last_error};
use std::cell::RefCell;

thread_local! {
    static DETAIL: RefCell<(i32, String)> = const { RefCell::new((0, String::new())) };
}

/// The text of a thread that has given up its memory.
const GONE: &str = "Socket: this thread is ending, the text of its last error is gone; its code is what SocketErrorCode tells.";

/// Added to a code that has a text.
const HAS_TEXT: i32 = 1 << 16;

/// What stands here while a call is under way: no error has INTERNAL without a text.
const UNDER_WAY: i32 = Code::Internal as i32;

/// A call begins.
#[inline]
pub fn begin() {
    set_last_error(UNDER_WAY);
}

/// Whether a call of this thread has not ended yet.
pub fn is_call_under_way() -> bool {
    last_error() == UNDER_WAY
}

/// The call succeeded.
#[inline]
pub fn clear() {
    set_last_error(0);
}

/// The call failed.
pub fn set(code: Code, system: i32, text: String) {
    set_last_error(code as i32 | HAS_TEXT);
    // A thread that is ending may have no text any more; then nobody can ask for it either.
    let _ = DETAIL.try_with(|detail| detail.replace((system, text)));
}

/// The call succeeded, and there is something to know.
pub fn warn(text: String) {
    set_last_error(HAS_TEXT);
    let _ = DETAIL.try_with(|detail| detail.replace((0, text)));
}

/// The code of the last call.
pub fn code() -> i32 {
    last_error() & !HAS_TEXT
}

/// The text of the last call, empty where there is none.
pub fn text() -> String {
    match has_text() {
        false => String::new(),
        true => DETAIL
            .try_with(|detail| detail.borrow().1.clone())
            .unwrap_or_else(|_| GONE.to_owned()),
    }
}

/// What the system said of the last error of this thread; 0 where it had no part in it.
pub fn system() -> i32 {
    match has_text() {
        false => 0,
        true => DETAIL.try_with(|detail| detail.borrow().0).unwrap_or(0),
    }
}

fn has_text() -> bool {
    last_error() & HAS_TEXT != 0
}
