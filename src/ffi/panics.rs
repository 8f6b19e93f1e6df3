//! A panic in a call: it prints nothing and is told with its place.
//!
//! Rust prints a panic, with RUST_BACKTRACE set also the stack, to the standard error output. That
//! output is the host's, and so is most of the stack: walking it has ended programs.

use super::last_error;
use std::any::Any;
use std::cell::RefCell;
use std::panic;

thread_local! {
    /// Where the last panic in a call of this thread was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on a panic in a call prints nothing. Other panics, those of a host in Rust that was
/// built with this library, go the way they went.
pub fn silence() {
    // A thread that is in a panic itself may not change what panics do.
    if std::thread::panicking() {
        return;
    }
    let others = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !last_error::is_call_under_way() {
            return others(panic);
        }
        let place = panic.location().map(ToString::to_string);
        let _ = PLACE.try_with(|last| last.replace(place));
    }));
}

/// What a caught panic said and where it was.
pub fn describe(panic: &(dyn Any + Send)) -> String {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    match PLACE.try_with(RefCell::take) {
        Ok(Some(place)) => format!("{message}, at {place}"),
        _ => message.to_owned(),
    }
}
