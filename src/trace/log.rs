//! A file that a trace goes into: many sockets and threads write into one, each event whole.

use super::{pcapng, system};
use parking_lot::{Mutex, MutexGuard};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The least that a file may be limited to, in bytes.
const SMALLEST: u64 = 64 * 1024;
/// How many files are written at most at a time.
const MOST_LOGS: usize = 256;
/// How long an event waits for those of other threads. More only where a signal's handler has interrupted one.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether anything is traced.
static ACTIVE: AtomicBool = AtomicBool::new(false);
/// The files that are open.
static LOGS: Mutex<Vec<Arc<Log>>> = Mutex::new(Vec::new());

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Packets, with the secrets of TLS.
    Capture,
    /// A line an event.
    Text,
    /// Secrets of TLS alone, for captures made elsewhere.
    Keys,
}

/// A file that a trace goes into.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    form: Form,
    limit: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// None once it cannot be written any more.
    file: Option<File>,
    size: u64,
    largest: u64,
    ended: String,
    /// The conversations that are being written. One with both ends in this process is written by the first.
    conversations: HashSet<(SocketAddr, SocketAddr)>,
}

/// Whether anything is traced.
#[inline]
pub fn is_active() -> bool {
    ACTIVE.load(Ordering::Relaxed)
}

/// The file of this name, in which `%p` is the process's id: a capture if it ends in `.pcapng`, else text. It is begun,
/// or gone on with, and moved to `.1` where it would become larger than `limit` bytes.
/// Errors: those of opening it.
pub fn open(name: &str, limit: u64) -> io::Result<Arc<Log>> {
    let form = match name.ends_with(".pcapng") {
        true => Form::Capture,
        false => Form::Text,
    };
    open_as(form, name, limit.max(SMALLEST))
}

/// The file of this name for secrets alone. Errors: those of opening it.
pub fn open_keys(name: &str) -> io::Result<Arc<Log>> {
    open_as(Form::Keys, name, u64::MAX)
}

/// Closes the files that no socket writes any more.
pub fn forget() {
    let mut logs = LOGS.lock();
    logs.retain(|log| Arc::strong_count(log) > 1);
    ACTIVE.store(!logs.is_empty(), Ordering::Relaxed);
}

fn open_as(form: Form, name: &str, limit: u64) -> io::Result<Arc<Log>> {
    let path = PathBuf::from(name.replace("%p", &std::process::id().to_string()));
    let mut logs = LOGS.lock();
    // One that ended is begun anew.
    logs.retain(|log| log.path != path || log.trouble().is_none());
    let found = logs
        .iter()
        .find(|log| log.path == path && log.form == form && log.limit == limit);
    if let Some(log) = found {
        return Ok(Arc::clone(log));
    }
    if logs.len() >= MOST_LOGS {
        logs.retain(|log| Arc::strong_count(log) > 1);
        if logs.len() >= MOST_LOGS {
            return Err(io::Error::other("too many traces are written at a time"));
        }
    }
    let mut state = State {
        file: None,
        size: 0,
        largest: system::largest_file(),
        ended: String::new(),
        conversations: HashSet::new(),
    };
    state.begin(&path, form)?;
    let log = Arc::new(Log {
        path,
        form,
        limit,
        state: Mutex::new(state),
    });
    logs.push(Arc::clone(&log));
    ACTIVE.store(true, Ordering::Relaxed);
    Ok(log)
}

impl Log {
    /// Whether packets go into it.
    pub fn is_capture(&self) -> bool {
        self.form == Form::Capture
    }

    /// Whether lines go into it.
    pub fn is_text(&self) -> bool {
        self.form == Form::Text
    }

    /// Why it is not written any more, once that is so.
    pub fn trouble(&self) -> Option<String> {
        let state = self.lock()?;
        (!state.ended.is_empty()).then(|| state.ended.clone())
    }

    /// Writes an event, or several, in one piece; `false` once that cannot be done any more.
    pub fn write(&self, events: &[u8]) -> bool {
        let Some(mut state) = self.lock() else {
            return true;
        };
        if state.file.is_none() {
            return false;
        }
        let written = self.make_room(&mut state, events.len() as u64);
        let written = written.and_then(|()| state.append(events));
        if let Err(error) = &written {
            state.file = None;
            let path = self.path.display();
            state.ended = format!("the trace {path} has ended: {error}");
        }
        written.is_ok()
    }

    /// Whether the conversation between these two is this caller's to write, until `leave`.
    pub(super) fn join(&self, ends: (SocketAddr, SocketAddr)) -> bool {
        self.lock()
            .is_some_and(|mut state| state.conversations.insert(in_order(ends)))
    }

    /// The conversation is over.
    pub(super) fn leave(&self, ends: (SocketAddr, SocketAddr)) {
        if let Some(mut state) = self.lock() {
            state.conversations.remove(&in_order(ends));
        }
    }

    fn make_room(&self, state: &mut State, more: u64) -> io::Result<()> {
        if state.size == 0 || state.size.saturating_add(more) <= self.limit {
            return Ok(());
        }
        let mut earlier = self.path.clone().into_os_string();
        earlier.push(".1");
        state.file = None; // a system may refuse to move an open file
        fs::rename(&self.path, earlier)?;
        state.begin(&self.path, self.form)
    }

    fn lock(&self) -> Option<MutexGuard<'_, State>> {
        self.state.try_lock_for(PATIENCE)
    }
}

impl State {
    fn begin(&mut self, path: &std::path::Path, form: Form) -> io::Result<()> {
        let file = system::open_to_append(path)?;
        let about = file.metadata()?;
        self.size = if about.is_file() { about.len() } else { 0 };
        self.file = Some(file);
        match form {
            Form::Capture => self.append(&pcapng::beginning()),
            _ => Ok(()),
        }
    }

    fn append(&mut self, events: &[u8]) -> io::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let after = self.size.saturating_add(events.len() as u64);
        if after > self.largest {
            return Err(io::Error::other(
                "this process may not make a file so large",
            ));
        }
        let written = loop {
            match file.write(events) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => break written?,
            }
        };
        if written < events.len() {
            // What is there stays whole.
            let _ = file
                .metadata()
                .and_then(|about| file.set_len(about.len().saturating_sub(written as u64)));
            return Err(io::Error::other("there is no room left for it"));
        }
        self.size = after;
        Ok(())
    }
}

fn in_order((one, other): (SocketAddr, SocketAddr)) -> (SocketAddr, SocketAddr) {
    (one.min(other), one.max(other))
}
