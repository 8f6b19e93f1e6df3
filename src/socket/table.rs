//! All sockets of the process: what a name or an id stands for, from the moment it is taken until it is closed.

use super::freed::{Event, Freed};
use super::kind::{Denied, Kind};
use super::settings::{self, Settings};
use crate::error::{Code, Error, Result};
use crate::moment;
use crate::net::{self, Cancel};
use crate::registry::{Held, Recent, Registry, Target};
use crate::trace::{self, Log};
use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// All sockets of this process.
pub static SOCKETS: Registry<Socket> = Registry::new();

thread_local! {
    /// The names that this thread uses again and again.
    static RECENT: Recent = const { Recent::new() };
}

/// The socket meant. Errors: NOT_FOUND.
#[inline(always)] // most of what it costs would be the call
pub fn find(target: Target<'_>) -> Result<SocketEntry> {
    match target {
        Target::Id(id) => match SOCKETS.of_id(id) {
            Some(entry) => Ok(entry),
            None => Err(missing(id)),
        },
        Target::Name(name) => {
            let id = RECENT.with(|recent| recent.id_of(name));
            match SOCKETS.of_id(id) {
                Some(entry) => Ok(entry),
                None => find_anew(name),
            }
        }
    }
}

#[cold]
#[inline(never)]
fn missing(id: i32) -> Error {
    SOCKETS.not_found(Target::Id(id))
}

#[cold]
fn find_anew(name: &[u8]) -> Result<SocketEntry> {
    let entry = SOCKETS.find(Target::Name(name))?;
    RECENT.with(|recent| recent.note(name, entry.id()));
    Ok(entry)
}

/// A socket's place in the table.
pub type SocketEntry = Held<'static, Socket>;

/// A socket of any kind; while it is being connected, of none yet.
#[derive(Debug, Default)]
pub struct Socket {
    cancel: Cancel,
    kind: OnceCell<Arc<dyn Kind>>,
    /// Since when it is of its kind, in seconds since 1970.
    since: AtomicU64,
    last_error: OnceBox<Mutex<Box<str>>>,
}

/// Keeps the text of an error that a call has said of a socket, if it exists.
pub fn note_error(target: Target<'_>, text: &str) {
    if let Some(entry) = SOCKETS.get(target) {
        entry.note_trouble();
        entry.keep_error(text);
    }
}

/// The file that the trace of a socket goes into, or of the next one of that name, and how a trace names it.
pub fn trace_of(target: Option<Target<'_>>) -> (Option<Arc<Log>>, String) {
    let log = match (target.and_then(|target| SOCKETS.get(target)), target) {
        (Some(entry), _) => entry.kind().ok().and_then(|kind| kind.log()),
        (None, Some(Target::Name(name))) => Settings::for_new(name).log(),
        (None, _) => Settings::for_new(b"").log(),
    };
    let label = target.filter(|_| log.is_some());
    (log, label.map_or(String::new(), |label| label.to_string()))
}

/// Has the trace call a socket by its name, or its id where it has none.
#[inline]
fn name_in_trace(entry: &SocketEntry) {
    if trace::is_active()
        && let Some(tap) = entry.kind().ok().and_then(|kind| kind.tap())
    {
        tap.name(&label_of(entry));
    }
}

fn label_of(entry: &SocketEntry) -> String {
    match entry.name() {
        [] => Target::Id(entry.id()).to_string(),
        name => Target::Name(name).to_string(),
    }
}

/// Sets a text option of a socket, or keeps it for the next socket of that name.
/// Errors: INVALID_ARGUMENT, NOT_FOUND (an id), WRONG_KIND, CERTIFICATE.
pub fn set_text(target: Target<'_>, option: i32, text: &str) -> Result<()> {
    match (SOCKETS.get(target), target) {
        (None, Target::Name(name)) => settings::keep_text(name, option, text),
        _ => {
            let entry = SOCKETS.find(target)?;
            entry.kind()?.set_text(option, text)?;
            name_in_trace(&entry);
            Ok(())
        }
    }
}

/// Enters a socket under `name`, then makes what it stands for; takes it out again on failure.
/// Either way the texts that were kept for it have been used.
pub fn make(
    name: &[u8],
    build: impl FnOnce(&Cancel) -> Result<Arc<dyn Kind>>,
) -> Result<SocketEntry> {
    let reserved = Reserved(Some(SOCKETS.insert(name, Socket::default())?));
    let entry = reserved.entry();
    if trace::is_active() {
        trace::become_current(Settings::for_new(name).log(), &label_of(entry));
    }
    let made = build(&entry.cancel).and_then(|kind| entry.become_kind(kind));
    name_in_trace(entry);
    settings::forget_kept(name);
    made?;
    Ok(reserved.keep())
}

/// A place in the table that is given back unless the socket comes to be, even on a panic.
struct Reserved(Option<SocketEntry>);

impl Reserved {
    fn entry(&self) -> &SocketEntry {
        self.0
            .as_ref()
            .unwrap_or_else(|| unreachable!("kept only once"))
    }

    fn keep(mut self) -> SocketEntry {
        self.0
            .take()
            .unwrap_or_else(|| unreachable!("kept only once"))
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some(entry) = self.0.take() {
            SOCKETS.remove(Target::Id(entry.id()));
        }
    }
}

/// Closes a socket; `false` when there is none. Texts that are kept for the name are forgotten.
pub fn close(target: Target<'_>) -> bool {
    if let Target::Name(name) = target {
        settings::forget_kept(name);
    }
    let Some(entry) = SOCKETS.remove(target) else {
        return false;
    };
    if let Some(freed) = close_entry(entry) {
        freed.wait();
    }
    true
}

/// Sends a client away: of a listener the waiting one, or else the attached one; a connection is closed.
/// Errors: NOT_FOUND, NO_CONNECTION (no client), WRONG_KIND, LIMIT.
pub fn deny(target: Target<'_>) -> Result<()> {
    let entry = find(target)?;
    if entry.kind()?.deny()? == Denied::Client {
        return Ok(());
    }
    match close(Target::Id(entry.id())) {
        true => Ok(()),
        false => find(target).map(drop), // another thread was faster
    }
}

/// Closes every socket that is there when it begins, and tells how many it closed; those that others make
/// meanwhile may stay. No text is kept for any name after it.
pub fn close_all() -> usize {
    settings::forget_all_kept();
    let (mut count, mut from) = (0, 0);
    let all = SOCKETS.places();
    let mut ports = Vec::new();
    while let Some((place, entry)) = SOCKETS.remove_next(from..all) {
        (count, from) = (count + 1, place + 1);
        let Some(port) = close_entry(entry) else {
            continue;
        };
        // Where there is no memory to wait for all of them at the end, for each at once.
        match ports.try_reserve(1) {
            Ok(()) => ports.push(port),
            Err(_) => port.wait(),
        }
    }
    ports.iter().for_each(|port| port.wait());
    count
}

/// Closes a socket that is in the table no more; what will happen when its port, if it has one, is free.
fn close_entry(entry: SocketEntry) -> Option<Arc<Event>> {
    // Alone with it, there is no call to end.
    let is_alone = entry.is_last();
    if !is_alone {
        entry.cancel.set();
    }
    let kind = entry.kind.get()?;
    kind.leave_watches();
    // Whoever might come by a weak reference counts, too.
    match is_alone && Arc::strong_count(kind) == 1 && Arc::weak_count(kind) == 0 {
        true => kind.close_alone(),
        false => kind.close(),
    }
    kind.freed().map(Freed::event)
}

/// Adds a socket to a watch; that it is in already changes nothing.
/// Errors: WRONG_KIND, NO_CONNECTION (still connecting), NOT_FOUND (closed meanwhile), LIMIT.
pub fn watch_also(watch: &Socket, entry: &SocketEntry) -> Result<()> {
    let watch = watch.kind()?.as_watch()?;
    let socket = Arc::clone(entry.kind()?).watchable()?;
    watch.add(entry.id(), &socket)?;
    // Closing takes a socket out of the table first and out of its watches then.
    SOCKETS
        .find(Target::Id(entry.id()))
        .map(drop)
        .inspect_err(|_| {
            watch.remove(&socket);
        })
}

/// Takes a socket out of a watch. Errors: NOT_FOUND (it is not in this watch), WRONG_KIND.
pub fn watch_no_more(watch: &Socket, entry: &SocketEntry) -> Result<()> {
    let watch = watch.kind()?.as_watch()?;
    let socket = Arc::clone(entry.kind()?).watchable()?;
    match watch.remove(&socket) {
        true => Ok(()),
        false => Err(Error::new(
            Code::NotFound,
            "the socket is not in this watch",
        )),
    }
}

/// Posts a message with the watch's id to a window whenever the watch may tell something.
/// Errors: those of [`Watch::post_to`](super::watch::Watch::post_to), WRONG_KIND.
pub fn watch_message(watch: &SocketEntry, window: i32, message: i32) -> Result<()> {
    let id = watch.id();
    watch.kind()?.as_watch()?.post_to(window, message, id)
}

/// Has a watch tell a socket of it once, when it can be written to.
/// Errors: those of [`Watch::expect_room`](super::watch::Watch::expect_room), WRONG_KIND.
pub fn watch_room(watch: &Socket, entry: &SocketEntry) -> Result<()> {
    let watch = watch.kind()?.as_watch()?;
    let socket = Arc::clone(entry.kind()?).watchable()?;
    watch.expect_room(entry.id(), &socket)
}

impl Socket {
    /// One that nobody else knows yet.
    fn of(kind: Arc<dyn Kind>) -> Self {
        Socket {
            kind: OnceCell::with_value(kind),
            since: AtomicU64::new(moment::now()),
            ..Socket::default()
        }
    }

    /// Takes the waiting client of a listener as a channel with a name of its own.
    /// Errors: NO_CONNECTION, WRONG_KIND, LIMIT.
    pub fn accept(&self, named: bool) -> Result<SocketEntry> {
        static CHANNELS: AtomicU64 = AtomicU64::new(1);
        let connection = self.kind()?.accept()?;
        let entry = match named {
            false => SOCKETS.insert(b"", Socket::of(connection))?,
            true => loop {
                let name = channel_name(CHANNELS.fetch_add(1, Ordering::Relaxed));
                match SOCKETS.insert(&name, Socket::of(Arc::clone(&connection))) {
                    Err(error) if error.code == Code::NameInUse => {} // the program has taken it
                    entered => break entered?,
                }
            },
        };
        name_in_trace(&entry);
        Ok(entry)
    }

    /// What it is. Errors: NO_CONNECTION (it is being connected still).
    #[inline]
    pub fn kind(&self) -> Result<&Arc<dyn Kind>> {
        self.kind.get().ok_or_else(|| {
            Error::new(
                Code::NoConnection,
                "this socket is still being connected in another thread",
            )
        })
    }

    /// Since when it stands, in seconds since 1970. Errors: NO_CONNECTION (it is being connected still).
    pub fn since(&self) -> Result<u64> {
        self.kind()?;
        Ok(self.since.load(Ordering::Relaxed))
    }

    /// The text of the last error that a call has said of it, empty for none.
    pub fn last_error(&self) -> String {
        self.note_trouble();
        let kept = self.last_error.get();
        kept.map_or(String::new(), |kept| kept.lock().to_string())
    }

    fn keep_error(&self, text: &str) {
        *self.last_error.get_or_init(Box::default).lock() = text.into();
    }

    /// That its trace could not be written any more is the last error, too.
    fn note_trouble(&self) {
        let tap = self.kind.get().and_then(|kind| kind.tap());
        if let Some(trouble) = tap.and_then(|tap| tap.trouble()) {
            self.keep_error(&trouble);
        }
    }

    /// Ends the waits of the calls on it that have begun, in whatever thread; it goes on.
    pub fn end_waits(&self) {
        let number = net::next_cancel();
        self.cancel.end_waits(number);
        if let Some(kind) = self.kind.get() {
            kind.end_waits(number);
        }
    }

    /// What ends a wait of it, such as that for a name server.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Makes the socket what it is; if it was closed in the meantime, closes that too.
    fn become_kind(&self, kind: Arc<dyn Kind>) -> Result<()> {
        self.since.store(moment::now(), Ordering::Relaxed);
        let kind = self.kind.get_or_init(|| kind);
        if self.cancel.is_set() {
            kind.close();
            return Err(net::cancelled());
        }
        Ok(())
    }
}

/// "C" and 16 hexadecimal digits. Written out: a tenth of what `format!` would take, of every accept.
fn channel_name(number: u64) -> [u8; 17] {
    let mut name = [b'C'; 17];
    let digit = |place: usize| b"0123456789abcdef"[(number >> (60 - 4 * place)) as usize & 15];
    name[1..].copy_from_slice(&std::array::from_fn::<_, 16, _>(digit));
    name
}
