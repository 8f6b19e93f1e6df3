//! A connection: messages out, messages in, from any number of threads at once.

mod reading;
mod writing;

use super::inbox::Inbox;
use super::options::{self, Level, Options};
use super::secure::Outlet;
use super::settings::Settings;
use super::turn::await_turn;
use super::watched::Watched;
use super::wire::Wire;
use crate::constants::{SocketMaxMessage, SocketReadIdle, SocketWriteTimeout, WDSOCKET_INFINITE};
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{self, Condvar, Deadline, Endpoint, Stop};
use crate::tls::Session;
use parking_lot::Mutex;
use reading::Receiving;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use writing::{Outbox, Sending};

/// A connection, made by SocketConnect or accepted by a listener.
///
/// One thread at a time receives for all readers, and one at a time sends a message; the others
/// wait for their turn within their own deadlines. Neither side waits for the other, and no lock
/// is held while the network is waited for.
pub struct Stream {
    wire: Wire,
    peer: Endpoint,
    inbox: Mutex<Inbox>,
    received: Condvar,
    outbox: Mutex<Outbox>,
    sent: Condvar,
    max_message: AtomicI32,
    write_timeout: AtomicI32,
    read_idle: AtomicI32,
    /// What TLS was, or will be, made with, where that is not the defaults in force then.
    settings: Mutex<Option<Arc<Settings>>>,
    watched: Watched,
}

impl Stream {
    /// A connection that stands.
    pub fn new(wire: Wire, peer: Endpoint, framing: Framing, options: &Options) -> Arc<Self> {
        Arc::new(Stream {
            wire,
            peer,
            inbox: Mutex::new(Inbox::new(framing.clone())),
            received: Condvar::new(),
            outbox: Mutex::new(Outbox::new(framing)),
            sent: Condvar::new(),
            max_message: AtomicI32::new(options.get(SocketMaxMessage)),
            write_timeout: AtomicI32::new(options.get(SocketWriteTimeout)),
            read_idle: AtomicI32::new(options.get(SocketReadIdle)),
            settings: Mutex::new(None),
            watched: Watched::default(),
        })
    }

    /// Keeps what TLS was, or will be, made with.
    pub fn keep_settings(&self, settings: Arc<Settings>) {
        *self.settings.lock() = Some(settings);
    }

    /// The peer's address.
    pub fn peer(&self) -> Endpoint {
        self.peer
    }

    /// The watches it is in.
    pub fn watched(&self) -> &Watched {
        &self.watched
    }

    /// What carries the bytes.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The value of an option. Errors: INVALID_ARGUMENT, WRONG_KIND.
    pub fn option(&self, option: i32) -> Result<i32> {
        options::known(option)?;
        options::check_kind(option, self.peer)?;
        if options::is_system(option) {
            return options::read_system(self.wire.socket().inner(), option)
                .map_err(|error| self.failed(&error));
        }
        if options::is_tls(option) {
            return Ok(self.settings().options.get(option));
        }
        Ok(self.own_option(option)?.load(Ordering::Relaxed))
    }

    /// Sets an option. Errors: INVALID_ARGUMENT, WRONG_KIND.
    pub fn set_option(&self, option: i32, value: i32) -> Result<()> {
        let value = options::check(option, value, Level::Socket)?;
        options::check_kind(option, self.peer)?;
        if options::is_system(option) {
            return options::write_system(self.wire.socket().inner(), option, value)
                .map_err(|error| self.failed(&error));
        }
        if options::is_tls(option) {
            return self.change_settings(|settings| {
                settings.options.set(option, value);
                Ok(())
            });
        }
        self.own_option(option)?.store(value, Ordering::Relaxed);
        self.watched.poke();
        Ok(())
    }

    /// Sets a text option for SocketStartSSL. Errors: INVALID_ARGUMENT, WRONG_KIND (TLS stands).
    pub fn set_text(&self, option: i32, text: &str) -> Result<()> {
        self.change_settings(|settings| settings.set_text(option, text))
    }

    /// What TLS was, or would now be, made with.
    pub fn settings(&self) -> Arc<Settings> {
        let kept = self.settings.lock().clone();
        kept.unwrap_or_else(|| Arc::new(Settings::for_new(b"")))
    }

    /// Does the TLS handshake of a connection that was made for TLS.
    /// Errors: TIMEOUT, CANCELLED, TLS_PROTOCOL, TLS_CERTIFICATE, LOST.
    pub fn handshake(&self, deadline: &Deadline) -> Result<()> {
        let Some(tls) = self.wire.tls() else {
            return Ok(());
        };
        tls.handshake(deadline).map_err(|stop| {
            self.explain(stop, || {
                format!(
                    "{} did not finish the TLS handshake within {} ms: perhaps it does not speak TLS",
                    self.peer,
                    deadline.total()
                )
            })
        })
    }

    /// Puts the connection under TLS in mid-stream, as `session` begins it.
    ///
    /// Waits for the turn of both readers and writers, then for the handshake. A handshake that fails, or
    /// does not end in time, ends the connection: neither side could tell what the other takes the next
    /// bytes for. Errors: those of `handshake`, WRONG_KIND (it is under TLS already), TLS_PROTOCOL (bytes
    /// that came in clear have not been read: they could be an attacker's).
    pub fn start_tls(&self, deadline: &Deadline, session: Session<Outlet>) -> Result<()> {
        let _sending = Sending::begin(self, self.turn_to_send(deadline)?);
        let mut inbox = self.inbox.lock();
        while inbox.receiving.is_taken() {
            await_turn(self.wire.socket(), &self.received, &mut inbox, deadline)
                .map_err(|stop| self.read_stopped(stop, deadline))?;
        }
        if self.wire.tls().is_none() && (inbox.has_bytes() || self.wire.has_arrivals()) {
            return Err(Error::new(
                Code::TlsProtocol,
                format!(
                    "{} has sent bytes in clear that were not read, TLS cannot start over them: read the peer's whole answer first; if it was whole, somebody may have put bytes into the connection",
                    self.peer
                ),
            ));
        }
        self.wire.secure(session, WDSOCKET_INFINITE)?;
        inbox.receiving.take();
        drop(inbox);
        let turn = Receiving(self);
        let done = self.handshake(deadline);
        let mut inbox = turn.end();
        if let Err(error) = &done {
            let end = match error.code {
                Code::Timeout | Code::Limit | Code::Cancelled => Error {
                    code: Code::Lost,
                    system: error.system,
                    text: format!(
                        "the TLS handshake of SocketStartSSL did not end well, connect again ({error})"
                    )
                    .into(),
                },
                _ => error.clone(),
            };
            inbox.set_end(end.clone());
            self.outbox.lock().ended.get_or_insert(end);
            let _ = self
                .wire
                .socket()
                .inner()
                .shutdown(std::net::Shutdown::Both);
        }
        done
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

    /// Ends the connection: what was written goes out, waiting calls end with CANCELLED.
    pub fn close(&self) {
        self.wire.close();
        // Whoever checked just before the line above is asleep once the lock can be had.
        drop(self.inbox.lock());
        self.received.notify_all();
        drop(self.outbox.lock());
        self.sent.notify_all();
    }

    fn change_settings(&self, change: impl FnOnce(&mut Settings) -> Result<()>) -> Result<()> {
        if self.wire.tls().is_some() {
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
            _ => Err(options::wrong_kind(option)),
        }
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::from_io(error, format_args!("the connection to {}", self.peer))
    }

    fn explain(&self, stop: Stop, timed_out: impl FnOnce() -> String) -> Error {
        match stop {
            Stop::TimedOut => Error::new(Code::Timeout, timed_out()),
            Stop::Cancelled => net::cancelled(),
            Stop::Failed(error) => self.failed(&error),
            Stop::Told(_) if self.wire.socket().is_cancelled() => net::cancelled(),
            Stop::Told(error) => error,
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({})", self.peer)
    }
}
