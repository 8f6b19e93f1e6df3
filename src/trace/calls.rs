//! The lines of a text: each call with its arguments, its result and its time, and what happened within.

use super::log::{Log, is_active};
use super::system;
use crate::moment::iso;
use std::cell::RefCell;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The longest line, in bytes: what a peer says may stand in it.
const LONGEST: usize = 4_000;

/// What a thread is at.
#[derive(Default)]
struct Current {
    log: Option<Arc<Log>>,
    /// The socket, as a text names it.
    label: String,
    call: String,
    begun: Option<Instant>,
}

thread_local! {
    static CURRENT: RefCell<Current> = RefCell::new(Current::default());
}

/// From now on this thread works for a socket of that file and that name.
pub fn become_current(log: Option<Arc<Log>>, label: &str) {
    with(|current| {
        current.log = log;
        label.clone_into(&mut current.label);
    });
}

/// The file and the name of the socket that this thread works for.
#[inline]
pub fn current() -> Option<(Arc<Log>, String)> {
    is_active().then(found).flatten()
}

#[cold]
fn found() -> Option<(Arc<Log>, String)> {
    with(|current| Some((current.log.clone()?, current.label.clone()))).flatten()
}

/// A call begins: `call` is its name with its arguments, where a text is to tell them.
#[cold]
pub fn begin_call(log: Option<Arc<Log>>, label: &str, call: String) {
    with(|current| {
        current.begun = Some(Instant::now());
        current.call = call;
        current.log = log;
        label.clone_into(&mut current.label);
    });
}

/// Whether this thread has told of a call that is not over.
pub fn is_in_call() -> bool {
    with(|current| current.begun.is_some()).unwrap_or(true)
}

/// The call that this thread began is over: with which result, and why, where it failed, which is asked for a text alone.
#[cold]
pub fn end_call(result: isize, error: impl FnOnce() -> Option<(&'static str, String)>) {
    let Some(Current {
        log, call, begun, ..
    }) = with(std::mem::take)
    else {
        return;
    };
    let (Some(log), Some(begun)) = (log.filter(|log| log.is_text()), begun) else {
        return;
    };
    let micros = begun.elapsed().as_micros();
    let mut text = format!("{call} = {result}");
    if let Some((code, sentence)) = error() {
        let _ = write!(text, " {code}: {sentence}");
    }
    let _ = write!(text, " ({micros} µs)");
    line(&log, &text);
}

/// Something happened within the call of this thread.
#[inline]
pub fn note(what: impl FnOnce() -> String) {
    if let Some((log, label)) = current().filter(|(log, _)| log.is_text()) {
        event(&log, &label, &what());
    }
}

/// Something happened to a socket.
pub(super) fn event(log: &Log, label: &str, what: &str) {
    line(log, &format!("  {label}: {what}"));
}

fn line(log: &Log, text: &str) {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let whole = iso(since.as_secs());
    let mut out = format!(
        "{}.{:06}Z {:>7} ",
        whole.trim_end_matches('Z'),
        since.subsec_micros(),
        system::thread()
    );
    for letter in text.chars() {
        if out.len() > LONGEST {
            out.push_str(" …");
            break;
        }
        match letter.is_control() {
            true => out.extend(letter.escape_default()),
            false => out.push(letter),
        }
    }
    out.push('\n');
    log.write(out.as_bytes());
}

/// Nothing of a thread that is ending, and nothing within a handler that has interrupted this.
fn with<R>(work: impl FnOnce(&mut Current) -> R) -> Option<R> {
    CURRENT
        .try_with(|current| Some(work(&mut *current.try_borrow_mut().ok()?)))
        .ok()
        .flatten()
}
