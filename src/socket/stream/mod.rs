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
use super::keep_alive::{self, KeepAliveOptions};
use super::modes::LengthOptions;
use super::options::{self, Level, Options};
use super::settings::Settings;
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
pub struct Stream {
    wire: Wire,
    peer: Endpoint,
    inbox: Turns<Inbox>,
    outbox: Turns<Outbox>,
    /// Whether something of what was written is held here (SocketGather).
    holds: AtomicBool,
    max_message: AtomicI32,
    write_timeout: AtomicI32,
    read_idle: AtomicI32,
    trace_limit: AtomicI32,
    length: LengthOptions,
    idle_timeout: AtomicI32,
    /// Whether one of these two is set.
    any_idle: AtomicBool,
    /// Where silence has a limit.
    heard: Mutex<Option<Box<Heard>>>,
    keep_alive: KeepAliveOptions,
    /// What TLS was, or will be, made with, where that is not the defaults in force then.
    settings: Mutex<Option<Arc<Settings>>>,
    watched: Watched,
}

impl Stream {
    /// A connection that stands.
    pub fn new(wire: Wire, peer: Endpoint, framing: Framing, options: &Options) -> Arc<Self> {
        let stream = Arc::new(Stream {
            wire,
            peer,
            inbox: Turns::new(Inbox::new(framing.clone())),
            outbox: Turns::new(Outbox::new(framing)),
            holds: AtomicBool::new(false),
            max_message: AtomicI32::new(options.get(SocketMaxMessage)),
            write_timeout: AtomicI32::new(options.get(SocketWriteTimeout)),
            read_idle: AtomicI32::new(options.get(SocketReadIdle)),
            trace_limit: AtomicI32::new(options.get(SocketTraceLimit)),
            length: LengthOptions::new(options),
            idle_timeout: AtomicI32::new(options.get(SocketIdleTimeout)),
            any_idle: AtomicBool::new(
                options.get(SocketReadIdle) | options.get(SocketIdleTimeout) != 0,
            ),
            heard: Mutex::default(),
            keep_alive: KeepAliveOptions::new(|option| options.get(option)),
            settings: Mutex::new(None),
            watched: Watched::default(),
        });
        if options.signals_end_waits() {
            stream.socket().end_waits_with_signals(true);
        }
        match options.get(SocketGather) {
            0 => {}
            time => stream.set_gather_time(time),
        }
        stream
    }

    /// A connection that stands, in clear and in the usual mode, with what was set for it.
    pub fn in_clear(wire: Wire, peer: Endpoint, settings: Settings) -> Arc<Self> {
        let stream = Stream::new(wire, peer, Framing::default(), &settings.options);
        // Kept only where SocketStartSSL may want something other than the defaults.
        if settings.must_be_kept() {
            stream.keep_settings(Arc::new(settings));
        }
        stream
    }

    /// Keeps what TLS was, or will be, made with.
    pub fn keep_settings(&self, settings: Arc<Settings>) {
        *self.settings.lock() = Some(settings);
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
        options::check_kind(option, &self.peer)?;
        if options::is_system(option) {
            let set = self.keep_alive.get(option);
            return options::read_system(self.wire.socket().inner(), option, set)
                .map_err(|error| self.failed(&error));
        }
        if options::is_tls(option) {
            return Ok(self.settings().options.get(option));
        }
        if keep_alive::is_one(option) {
            return Ok(self.keep_alive.get(option));
        }
        match option {
            o if o == SocketGather => Ok(self.gather_time()),
            o if o == SocketSignalEndsWait => Ok(self.socket().signals_end_waits().into()),
            o => Ok(self.own_option(o)?.load(Ordering::Relaxed)),
        }
    }

    /// Sets an option. Errors: INVALID_ARGUMENT, WRONG_KIND.
    pub fn set_option(self: &Arc<Self>, option: i32, value: i32) -> Result<()> {
        let value = options::check(option, value, Level::SystemSocket)?;
        options::check_kind(option, &self.peer)?;
        if keep_alive::is_one(option) {
            let set = self
                .keep_alive
                .set(self.wire.socket().inner(), option, value);
            return set.map_err(|error| self.failed(&error));
        }
        if options::is_system(option) {
            options::write_system(self.wire.socket().inner(), option, value)
                .map_err(|error| self.failed(&error))?;
            return Ok(());
        }
        if options::is_tls(option) {
            return self.change_settings(|settings| {
                settings.options.set(option, value);
                Ok(())
            });
        }
        match option {
            o if o == SocketGather => self.set_gather_time(value),
            o if o == SocketSignalEndsWait => self.socket().end_waits_with_signals(value != 0),
            o => self.own_option(o)?.store(value, Ordering::Relaxed),
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
        self.change_settings(|settings| settings.set_text(option, text))
    }

    /// What goes on goes into another file from now on, or into none.
    fn set_trace(&self, file: &str) -> Result<()> {
        let mut settings = self.settings().as_ref().clone();
        let limit = self.trace_limit.load(Ordering::Relaxed);
        settings.options.set(SocketTraceLimit, limit);
        settings.set_text(SocketTraceFile, file)?;
        let socket = self.wire.socket();
        match settings.log() {
            Some(log) => socket
                .tap()
                .start_connection(log, "", bind::ends(socket.inner())),
            None => socket.tap().stop(),
        }
        *self.settings.lock() = Some(Arc::new(settings));
        Ok(())
    }

    /// What TLS was, or would now be, made with.
    pub fn settings(&self) -> Arc<Settings> {
        let kept = self.settings.lock().clone();
        kept.unwrap_or_else(|| Arc::new(Settings::for_new(b"")))
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
        match self.wire.ends_by_itself() && !self.holds.load(Ordering::Relaxed) {
            true => self.wire.discard_received(),
            false => self.close(),
        }
    }

    /// Ends the waits of the calls that began before this cancel.
    pub fn end_waits(&self, number: u64) {
        self.wire.end_waits(number);
        self.inbox.wake();
        self.outbox.wake();
    }

    fn change_settings(&self, change: impl FnOnce(&mut Settings) -> Result<()>) -> Result<()> {
        if self.wire.is_secure() {
            return Err(Error::new(
                Code::WrongKind,
                "TLS options are read when TLS starts: set them before connecting",
            ));
        }
        let mut settings = self.settings().as_ref().clone();
        change(&mut settings)?;
        *self.settings.lock() = Some(Arc::new(settings));
        Ok(())
    }

    fn own_option(&self, option: i32) -> Result<&AtomicI32> {
        match option {
            o if o == SocketMaxMessage => Ok(&self.max_message),
            o if o == SocketWriteTimeout => Ok(&self.write_timeout),
            o if o == SocketReadIdle => Ok(&self.read_idle),
            o if o == SocketIdleTimeout => Ok(&self.idle_timeout),
            o if o == SocketTraceLimit => Ok(&self.trace_limit),
            o => self.length.of(o).ok_or_else(|| options::wrong_kind(o)),
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
        self.counts().keep();
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
        self.look_from_afar(here)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({})", self.peer)
    }
}
