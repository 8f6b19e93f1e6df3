//! A connection: messages out, messages in, from any number of threads at once.

mod gathered;
mod gathering;
mod heard;
mod idle;
mod outbox;
mod reading;
mod securing;
mod sight;
mod writing;

use super::bind;
use super::inbox::Inbox;
use super::keep_alive;
use super::options::{self, Level};
use super::settings::{self, Settings};
use super::statistics::Counts;
use super::turns::Turns;
use super::watched::{Glance, Sight, Watchable, Watched};
use super::wire::Wire;
use crate::constants::{
    SocketGather, SocketIdleTimeout, SocketMaxMessage, SocketReadIdle, SocketSignalEndsWait,
    SocketTraceFile, SocketTraceLimit, SocketWriteTimeout,
};
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{self, Endpoint, Stop, SystemSocket};
use heard::Heard;
use once_cell::race::OnceBox;
use outbox::Outbox;
use parking_lot::Mutex;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// A connection, made by SocketConnect or accepted by a listener.
///
/// One thread at a time receives for all readers, and one at a time sends a message; the others
/// wait for their turn within their own deadlines. Neither side waits for the other, and no lock
/// is held while the network is waited for.
#[repr(C)] // what every message touches comes first, so that it lies in few lines of the processor's caches
pub struct Stream {
    wire: Wire,
    watched: Watched,
    max_message: AtomicI32,
    /// Whether something of what was written is held here (SocketGather).
    holds: AtomicBool,
    /// Whether SocketReadIdle or SocketIdleTimeout is set.
    any_idle: AtomicBool,
    inbox: Turns<Inbox>,
    outbox: Turns<Outbox>,
    write_timeout: AtomicI32,
    read_idle: AtomicI32,
    idle_timeout: AtomicI32,
    peer: Endpoint,
    /// Where silence has a limit.
    heard: OnceBox<Mutex<Heard>>,
    /// What it was made with, and what was set since beside what has a place here.
    settings: Mutex<Arc<Settings>>,
}

impl Stream {
    /// A connection that stands.
    pub fn new(wire: Wire, peer: Endpoint, framing: Framing, settings: Arc<Settings>) -> Arc<Self> {
        let get = |option| settings.options.get(option);
        let (read_idle, idle_timeout) = (get(SocketReadIdle), get(SocketIdleTimeout));
        let (signals, gather) = (get(SocketSignalEndsWait), get(SocketGather));
        let stream = Arc::new(Stream {
            wire,
            peer,
            inbox: Turns::new(Inbox::new(framing.clone())),
            outbox: Turns::new(Outbox::new(framing)),
            holds: AtomicBool::new(false),
            max_message: AtomicI32::new(get(SocketMaxMessage)),
            write_timeout: AtomicI32::new(get(SocketWriteTimeout)),
            read_idle: AtomicI32::new(read_idle),
            idle_timeout: AtomicI32::new(idle_timeout),
            any_idle: AtomicBool::new(read_idle | idle_timeout != 0),
            heard: OnceBox::new(),
            settings: Mutex::new(settings),
            watched: Watched::default(),
        });
        if signals != 0 {
            stream.socket().end_waits_with_signals(true);
        }
        if gather != 0 {
            stream.set_gather_time(gather);
        }
        stream
    }

    /// A connection that stands, in clear and in the usual mode, with what was set for it.
    pub fn in_clear(wire: Wire, peer: Endpoint, settings: Arc<Settings>) -> Arc<Self> {
        Stream::new(wire, peer, Framing::default(), settings)
    }

    /// The peer's address.
    pub fn peer(&self) -> Endpoint {
        self.peer.clone()
    }

    /// Whose connection it is: the client that a load balancer tells of, else the peer.
    /// Errors: those of [`Preamble::client`](super::preamble::Preamble::client).
    pub fn client(&self) -> Result<Endpoint> {
        Ok(self.wire.client()?.unwrap_or_else(|| self.peer()))
    }

    /// What carries the bytes.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// What has gone through it.
    pub fn counts(&self) -> Counts {
        let (received, sent) = (self.inbox.lock().messages, self.outbox.lock().messages);
        Counts::new(self.wire.socket(), received, sent)
    }

    /// How many messages there were, where another layer puts them together of what was read here.
    pub fn note_messages(&self, received: u64, sent: u64) {
        self.inbox.lock().messages = received;
        self.outbox.lock().messages = sent;
    }

    /// The value of an option. Errors: INVALID_ARGUMENT, WRONG_KIND.
    pub fn option(&self, option: i32) -> Result<i32> {
        options::known(option)?;
        self.check_kind(option)?;
        let set = || self.settings.lock().options.get(option);
        if options::is_system(option) {
            return options::read_system(self.wire.socket().inner(), option, set())
                .map_err(|error| self.failed(&error));
        }
        match option {
            o if o == SocketGather => Ok(self.gather_time()),
            o if o == SocketSignalEndsWait => Ok(self.socket().signals_end_waits().into()),
            o => match self.at_hand(o) {
                Some(value) => Ok(value.load(Ordering::Relaxed)),
                None => Ok(set()),
            },
        }
    }

    /// Sets an option. Errors: INVALID_ARGUMENT, WRONG_KIND.
    pub fn set_option(self: &Arc<Self>, option: i32, value: i32) -> Result<()> {
        let value = options::check(option, value, Level::SystemSocket)?;
        self.check_kind(option)?;
        let socket = self.wire.socket().inner();
        if keep_alive::is_one(option) {
            let settings = self.settings();
            let get = |other| settings.options.get(other);
            keep_alive::apply(socket, keep_alive::changed(option, value, get))
                .map_err(|error| self.failed(&error))?;
        } else if options::is_system(option) {
            return options::write_system(socket, option, value)
                .map_err(|error| self.failed(&error));
        } else if options::is_tls(option) {
            self.check_tls_may_begin()?;
        }
        match option {
            o if o == SocketGather => self.set_gather_time(value),
            o if o == SocketSignalEndsWait => self.socket().end_waits_with_signals(value != 0),
            o => match self.at_hand(o) {
                Some(place) => place.store(value, Ordering::Relaxed),
                None => Arc::make_mut(&mut self.settings.lock())
                    .options
                    .set(o, value),
            },
        }
        if [SocketReadIdle, SocketIdleTimeout].contains(&option) {
            self.note_idle_limits();
        }
        self.watched.poke();
        Ok(())
    }

    /// Sets a text option for SocketStartSSL. Errors: INVALID_ARGUMENT, WRONG_KIND (TLS stands).
    pub fn set_text(&self, option: i32, text: &str) -> Result<()> {
        if option == SocketTraceFile {
            return self.set_trace(text);
        }
        self.check_tls_may_begin()?;
        self.put_text(option, text)
    }

    fn put_text(&self, option: i32, text: &str) -> Result<()> {
        let limit = self.settings.lock().options.get(SocketTraceLimit);
        settings::check_text(option, text, limit)?;
        Arc::make_mut(&mut self.settings.lock()).put_text(option, text);
        Ok(())
    }

    /// What goes on goes into another file from now on, or into none.
    fn set_trace(&self, file: &str) -> Result<()> {
        self.put_text(SocketTraceFile, file)?;
        let socket = self.wire.socket();
        match self.settings().log() {
            Some(log) => socket
                .tap()
                .start_connection(log, "", bind::ends(socket.inner())),
            None => socket.tap().stop(),
        }
        Ok(())
    }

    /// What it was made with, and what was set since.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.lock())
    }

    /// Goes on in another transmission mode, in both directions. A message that is being sent
    /// keeps the mode it began with.
    pub fn set_framing(&self, framing: &Framing) {
        self.outbox.lock().framing = framing.clone();
        self.inbox.lock().set_framing(framing.clone());
        self.watched.poke();
    }

    /// Whether the peer is still there, as far as the system knows now.
    pub fn is_connected(&self) -> bool {
        // An end that was told here counts at once; not every system tells it of the socket then.
        !self.inbox.lock().has_ended() && self.wire.is_connected()
    }

    /// Ends the connection: what was written goes out (for what is held that may take a second), waiting calls end with CANCELLED.
    pub fn close(&self) {
        if self.holds.load(Ordering::Relaxed) && !self.wire.socket().is_inherited() {
            self.release_all();
        }
        self.wire.close();
        self.inbox.wake();
        self.outbox.wake();
    }

    /// As `close`, where nobody else uses it and it is about to be dropped.
    pub fn close_alone(&self) {
        if !self.wire.ends_by_itself() || self.holds.load(Ordering::Relaxed) {
            self.close();
        } else if !self.inbox.lock().is_closed() {
            self.wire.discard_received();
        }
    }

    /// Ends the waits of the calls that began before this cancel.
    pub fn end_waits(&self, number: u64) {
        self.wire.end_waits(number);
        self.inbox.wake();
        self.outbox.wake();
    }

    /// Errors: WRONG_KIND (no option of such a connection).
    fn check_kind(&self, option: i32) -> Result<()> {
        options::check_kind(option, &self.peer)?;
        match options::is_of_streams(option) {
            true => Ok(()),
            false => Err(options::wrong_kind(option)),
        }
    }

    /// Errors: WRONG_KIND (TLS stands).
    fn check_tls_may_begin(&self) -> Result<()> {
        match self.wire.is_secure() {
            false => Ok(()),
            true => Err(Error::new(
                Code::WrongKind,
                "TLS options are read when TLS starts: set them before connecting",
            )),
        }
    }

    /// The options that messages ask for, which have a place of their own.
    fn at_hand(&self, option: i32) -> Option<&AtomicI32> {
        match option {
            o if o == SocketMaxMessage => Some(&self.max_message),
            o if o == SocketWriteTimeout => Some(&self.write_timeout),
            o if o == SocketReadIdle => Some(&self.read_idle),
            o if o == SocketIdleTimeout => Some(&self.idle_timeout),
            _ => None,
        }
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::from_io(error, format_args!("the connection to {}", self.peer))
    }

    fn explain(&self, stop: Stop, timed_out: impl FnOnce() -> String) -> Error {
        match stop {
            Stop::TimedOut => Error::new(Code::Timeout, timed_out()),
            Stop::Cancelled(ender) => ender.told(),
            Stop::Failed(error) => self.failed(&error),
            Stop::Told(_) if self.wire.socket().is_cancelled() => net::cancelled(),
            Stop::Told(error) => error,
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let (received, sent) = (
            self.inbox.get_mut().messages,
            self.outbox.get_mut().messages,
        );
        Counts::new(self.wire.socket(), received, sent).keep();
    }
}

impl Watchable for Stream {
    fn watched(&self) -> &Watched {
        &self.watched
    }

    fn socket(&self) -> &SystemSocket {
        self.wire.socket()
    }

    fn sight(&self, news: bool) -> Sight {
        self.look(news)
    }

    fn glance(&self, here: u32) -> Glance {
        Stream::glance(self, here)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({})", self.peer)
    }
}
