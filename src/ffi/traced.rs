//! What a trace tells of a call: its name and its arguments. Never what may be a secret: contents, passwords, texts
//! whose meaning is not known here.

use super::arguments::About;
use super::last_error;
use crate::error::Code;
use crate::net::{enter, hold_cancellation, is_process_ending};
use crate::registry::Target;
use crate::socket;
use crate::trace;
use std::ffi::{CStr, c_char, c_void};
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Texts that a trace tells.
const TOLD: [&str; 7] = [
    "address", "group", "network", "service", "mac", "machine", "path",
];

/// A call begins. Before the first call of a process nothing is traced, so that all is prepared.
#[cold]
pub fn begin(function: &str, about: impl About, arguments: &[(&str, &dyn Argument)]) {
    if is_process_ending() {
        return;
    }
    let _inside = enter();
    quietly(|| {
        let (log, label) = socket::trace_of(about.target());
        // Most calls are about a socket that no text tells of.
        let call = match log.as_ref().is_some_and(|log| log.is_text()) {
            true => told(function, &label, arguments),
            false => String::new(),
        };
        trace::begin_call(log, &label, call);
    });
}

/// The call, with what may be told of its arguments.
fn told(function: &str, label: &str, arguments: &[(&str, &dyn Argument)]) -> String {
    let mut text = label.to_owned();
    for (name, argument) in arguments {
        argument.tell(name, &mut text);
    }
    format!("{function}({})", text.trim_start_matches(", "))
}

/// The call of this thread is over.
#[cold]
pub fn end(function: &str, about: impl About, result: isize) {
    let target = about.target();
    quietly(|| {
        if !trace::is_in_call() {
            // Tracing has begun within it.
            let (log, label) = socket::trace_of(target);
            trace::begin_call(log, &label, format!("{function}({label})"));
        }
        trace::end_call(result, || why(function, target));
    });
}

/// Why the call has failed, if it has: the code and the sentence, without the call that stands before it.
fn why(function: &str, target: Option<Target<'_>>) -> Option<(&'static str, String)> {
    let code = last_error::code();
    let code = Code::ALL.iter().find(|known| **known as i32 == code)?;
    let text = last_error::text();
    let before = match target {
        Some(target) => format!("{function}({target}): "),
        None => format!("{function}: "),
    };
    let text = text.strip_prefix(&before).unwrap_or(&text);
    let name = code.constant().trim_start_matches("WDSOCKET_ERR_");
    Some((name, text.to_owned()))
}

/// Whatever happens here is nothing to the call.
fn quietly(work: impl FnOnce()) {
    let _held = hold_cancellation();
    let _ = catch_unwind(AssertUnwindSafe(work));
}

/// An argument, as C gives it.
pub trait Argument {
    /// Writes it behind the others, if it may be told.
    fn tell(&self, name: &str, line: &mut String);
}

impl Argument for i32 {
    fn tell(&self, name: &str, line: &mut String) {
        let _ = write!(line, ", {name} {self}");
    }
}

impl Argument for *const c_char {
    fn tell(&self, name: &str, line: &mut String) {
        if self.is_null() || !TOLD.contains(&name) {
            return;
        }
        // SAFETY: an export's caller passes a NUL-terminated text or NULL, as the header asks.
        let text = unsafe { CStr::from_ptr(*self) }.to_string_lossy();
        let _ = match (name, text.split_once('?')) {
            // What stands behind it may be a token.
            ("path", Some((path, _))) => write!(line, ", {name} {path}?…"),
            ("path", None) => write!(line, ", {name} {text}"),
            // A login may stand before the host of a proxy.
            _ => {
                let host = text.rsplit_once('@').map_or(&*text, |(_, host)| host);
                write!(line, ", {name} {host}")
            }
        };
    }
}

impl Argument for *mut c_char {
    fn tell(&self, _: &str, _: &mut String) {}
}

impl Argument for *const c_void {
    fn tell(&self, _: &str, _: &mut String) {}
}

impl Argument for *mut c_void {
    fn tell(&self, _: &str, _: &mut String) {}
}

impl Argument for *mut i32 {
    fn tell(&self, _: &str, _: &mut String) {}
}
