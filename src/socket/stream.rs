//! A connection: messages out, messages in, from any number of threads at once.

use super::inbox::{Inbox, Place};
use super::options::{self, Level, Options};
use super::secure::Secure;
use super::settings::Settings;
use super::watched::{Sight, Watched};
use super::wire::Wire;
use crate::constants::{SocketMaxMessage, SocketWriteTimeout};
use crate::error::{Code, Error, Result};
use crate::framing::{Framing, Header};
use crate::net::{self, Deadline, Endpoint, Stop};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::fmt;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

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
    /// What TLS was, or will be, made with, where that is not the defaults in force then.
    settings: Mutex<Option<Arc<Settings>>>,
    watched: Watched,
}

/// How often a watch receives at most from one stream before it turns to the next: a peer that
/// sends a large message must not hold up the others.
const MOST_RECEIVED: usize = 16;

/// How receiving for a read went: the message's size, or `None` where it is not complete yet.
type Received = std::result::Result<Option<usize>, Stop>;

/// The sending side of a stream.
#[derive(Debug)]
struct Outbox {
    framing: Framing,
    sending: bool,
    /// Why nothing can be sent any more.
    ended: Option<Error>,
}

impl Stream {
    /// A connection that stands.
    pub fn new(wire: Wire, peer: Endpoint, framing: Framing, options: &Options) -> Arc<Self> {
        Arc::new(Stream {
            wire,
            peer,
            inbox: Mutex::new(Inbox::new(framing.clone())),
            received: Condvar::new(),
            outbox: Mutex::new(Outbox {
                framing,
                sending: false,
                ended: None,
            }),
            sent: Condvar::new(),
            max_message: AtomicI32::new(options.get(SocketMaxMessage)),
            write_timeout: AtomicI32::new(options.get(SocketWriteTimeout)),
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

    /// Whether streams keep a value of their own for an option that the system does not have.
    pub fn has_own_option(option: i32) -> bool {
        option == SocketMaxMessage || option == SocketWriteTimeout
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

    /// Puts the connection under TLS in mid-stream; `begin` makes the TLS of its socket.
    ///
    /// Waits for the turn of both readers and writers, then for the handshake. A failed handshake
    /// ends the connection. Errors: those of `handshake`, WRONG_KIND (it is under TLS already),
    /// TLS_PROTOCOL (bytes that came in clear have not been read: they could be an attacker's).
    pub fn start_tls(
        &self,
        deadline: &Deadline,
        begin: impl FnOnce(&Wire) -> Result<Secure>,
    ) -> Result<()> {
        let _sending = Sending::begin(self, self.turn_to_send(deadline)?);
        let mut inbox = self.inbox.lock();
        while inbox.receiving {
            self.await_turn(&self.received, &mut inbox, deadline)
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
        self.wire.secure(begin(&self.wire)?)?;
        inbox.receiving = true;
        drop(inbox);
        let turn = Receiving(self);
        let done = self.handshake(deadline);
        let mut inbox = turn.end();
        if let Err(error) = &done {
            inbox.set_end(error.clone());
            self.outbox.lock().ended.get_or_insert(error.clone());
        }
        done
    }

    /// Reads the next message into `out` and tells its size.
    ///
    /// Waits until the deadline. Errors: TIMEOUT (what arrived is kept), BUFFER_TOO_SMALL (the
    /// message is kept), BAD_FRAME, MESSAGE_TOO_LARGE, CLOSED, LOST, CANCELLED.
    pub fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        let mut inbox = self.inbox.lock();
        loop {
            if let Some(length) = inbox.take(out, self.limit())? {
                return Ok(length);
            }
            if inbox.receiving {
                self.await_turn(&self.received, &mut inbox, deadline)
                    .map_err(|stop| self.read_stopped(stop, deadline))?;
                continue;
            }
            let place = inbox.place(out, self.limit());
            inbox.receiving = true;
            drop(inbox);
            let turn = Receiving(self);
            let taken;
            (inbox, taken) = match place {
                Place::Caller => self.receive_to_caller(turn, out, deadline),
                Place::Inbox => {
                    let taken = self.receive_to_inbox(out, deadline);
                    (turn.end(), taken)
                }
                Place::Rest {
                    have,
                    length,
                    changes,
                } => {
                    let taken = self.receive_rest(&mut out[..length], have, changes, deadline);
                    (turn.end(), taken)
                }
            };
            match taken {
                Ok(Some(length)) => return Ok(length),
                Ok(None) if deadline.has_run_out() => {
                    return Err(self.read_stopped(Stop::TimedOut, deadline));
                }
                Ok(None) => {}
                Err(stop @ (Stop::TimedOut | Stop::Cancelled)) => {
                    return Err(self.read_stopped(stop, deadline));
                }
                Err(stop) => inbox.set_end(self.read_stopped(stop, deadline)),
            }
        }
    }

    /// Sends one message, framed. Waits for room, at most SocketWriteTimeout; 1 of SocketWrite
    /// means that the system has every byte.
    ///
    /// Errors: TIMEOUT, LOST, CANCELLED, CLOSED (after SocketShutdown). A message of which only a
    /// part went out ends the sending half: what came after it could not be understood.
    pub fn write(&self, message: &[u8]) -> Result<()> {
        let deadline = Deadline::after_or_never(self.write_timeout.load(Ordering::Relaxed));
        let outbox = self.turn_to_send(&deadline)?;
        let mut room = Header::default();
        let parts = frame(&outbox.framing, message, &mut room);
        let size = parts.iter().map(|part| part.len()).sum();
        // What the system takes at once goes out under the lock: nobody waits.
        let begun = self.wire.send_at_once(&parts);
        if matches!(begun, Ok(sent) if sent == size) {
            return Ok(());
        }
        let (turn, framing) = Sending::begin(self, outbox);
        let outcome = begun.map_err(|stop| (0, stop)).and_then(|sent| {
            let mut parts = &mut frame(&framing, message, &mut room)[..];
            IoSlice::advance_slices(&mut parts, sent);
            let rest = self.wire.send(parts, &deadline);
            rest.map_err(|(more, stop)| (sent + more, stop))
        });
        let Err((sent, stop)) = outcome else {
            return Ok(());
        };
        let is_over = sent > 0 || !matches!(stop, Stop::TimedOut);
        let error = self.write_stopped(stop, &deadline);
        if is_over {
            let reason = Error {
                code: Code::Lost,
                system: error.system,
                text: format!("an earlier message did not go out whole, connect again ({error})")
                    .into(),
            };
            turn.0.outbox.lock().ended.get_or_insert(reason);
        }
        Err(error)
    }

    /// Ends the sending half once the message under way is out; reading goes on.
    /// Errors: LOST, CANCELLED, TIMEOUT (SocketWriteTimeout).
    pub fn shut_down(&self) -> Result<()> {
        let deadline = Deadline::after_or_never(self.write_timeout.load(Ordering::Relaxed));
        let outbox = match self.turn_to_send(&deadline) {
            Err(error) if error.code == Code::Closed => return Ok(()),
            outbox => outbox?,
        };
        let (turn, _) = Sending::begin(self, outbox);
        self.wire
            .shut_down(&deadline)
            .map_err(|stop| self.write_stopped(stop, &deadline))?;
        turn.0.outbox.lock().ended = Some(Error::new(
            Code::Closed,
            "SocketShutdown has ended the sending half of this socket",
        ));
        Ok(())
    }

    /// The size of what the next read would return without waiting, `None` for nothing yet.
    /// Errors: what the next read would say.
    pub fn pending(&self) -> Result<Option<usize>> {
        let (next, received) = self.fill(&mut self.inbox.lock(), usize::MAX);
        if received {
            self.watched.poke();
        }
        next
    }

    /// What a watch sees; `news` says that the descriptor, or another call, has something.
    pub fn sight(&self, news: bool) -> Sight {
        let mut inbox = self.inbox.lock();
        let (next, received) = self.fill(&mut inbox, if news { MOST_RECEIVED } else { 0 });
        // Where another thread receives, it owns what comes and says so when it is done.
        let own = !inbox.receiving;
        drop(inbox);
        let ready = !matches!(next, Ok(None));
        if ready && received {
            self.watched.poke_others();
        }
        Sight {
            ready,
            own,
            client: false,
            overdue_at: self.wire.tls().and_then(Secure::overdue_at),
        }
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
        self.wire.is_connected()
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
            _ => Err(options::wrong_kind(option)),
        }
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::from_io(error, format_args!("the connection to {}", self.peer))
    }

    fn limit(&self) -> usize {
        self.max_message.load(Ordering::Relaxed).unsigned_abs() as usize
    }

    /// Receives without waiting until the next message is whole, about `most` times. Tells the
    /// message's size as `pending` does, and whether anything was received.
    fn fill(&self, inbox: &mut Inbox, most: usize) -> (Result<Option<usize>>, bool) {
        let mut times = 0;
        loop {
            let next = inbox.peek(self.limit());
            // Bytes that only the wire has are taken all: no descriptor tells of them.
            let enough = times >= most && !self.wire.holds_bytes();
            if !matches!(next, Ok(None)) || inbox.receiving || enough {
                return (next, times > 0);
            }
            match self.wire.try_receive_some(|bytes| {
                inbox.push(bytes);
                bytes.len()
            }) {
                Ok(Some(0)) => self.end_orderly(inbox),
                Ok(Some(_)) => {}
                Ok(None) => return (Ok(None), times > 0),
                Err(stop) => inbox.set_end(self.read_stopped(stop, &Deadline::NOW)),
            }
            times += 1;
        }
    }

    fn receive_to_inbox(&self, out: &mut [u8], deadline: &Deadline) -> Received {
        let absorb = |bytes: &[u8]| {
            let mut inbox = self.inbox.lock();
            if bytes.is_empty() {
                self.end_orderly(&mut inbox);
                return None;
            }
            inbox.absorb(bytes, out, self.limit())
        };
        self.wire.receive_some(deadline, absorb)
    }

    /// Ends the turn, too.
    fn receive_to_caller<'a>(
        &'a self,
        turn: Receiving<'a>,
        out: &mut [u8],
        deadline: &Deadline,
    ) -> (MutexGuard<'a, Inbox>, Received) {
        let received = self.wire.receive(out, deadline);
        let mut inbox = turn.end();
        let taken = received.map(|count| {
            if count == 0 {
                self.end_orderly(&mut inbox);
            } else if *inbox.framing() == Framing::Raw {
                return Some(count);
            } else {
                // Another thread changed the mode in the meantime.
                inbox.push(&out[..count]);
            }
            None
        });
        (inbox, taken)
    }

    /// Receives what is missing of a message whose first `have` bytes are in `out` already (and
    /// still in the inbox, behind their header).
    fn receive_rest(
        &self,
        out: &mut [u8],
        have: usize,
        changes: u64,
        deadline: &Deadline,
    ) -> Received {
        let mut filled = have;
        let mut outcome = Ok(());
        while filled < out.len() && outcome.is_ok() {
            match self.wire.receive(&mut out[filled..], deadline) {
                Ok(0) => outcome = Err(Stop::Told(self.closed(true))),
                Ok(count) => filled += count,
                Err(stop) => outcome = Err(stop),
            }
            if filled < out.len() && deadline.has_run_out() {
                outcome = outcome.and(Err(Stop::TimedOut));
            }
        }
        let mut inbox = self.inbox.lock();
        if filled == out.len() && inbox.finish_rest(changes) {
            return Ok(Some(filled));
        }
        inbox.push(&out[have..filled]);
        outcome.map(|()| None)
    }

    /// Waits until nobody sends. Errors: why nothing can be sent any more, TIMEOUT, CANCELLED.
    fn turn_to_send(&self, deadline: &Deadline) -> Result<MutexGuard<'_, Outbox>> {
        let mut outbox = self.outbox.lock();
        while outbox.sending {
            self.await_turn(&self.sent, &mut outbox, deadline)
                .map_err(|stop| self.write_stopped(stop, deadline))?;
        }
        match &outbox.ended {
            Some(error) => Err(error.clone()),
            None => Ok(outbox),
        }
    }

    /// Waits until the thread that has the turn is done, the deadline or SocketClose.
    fn await_turn<T>(
        &self,
        done: &Condvar,
        guard: &mut MutexGuard<'_, T>,
        deadline: &Deadline,
    ) -> std::result::Result<(), Stop> {
        if self.wire.is_closed() {
            return Err(Stop::Cancelled);
        }
        match deadline.instant() {
            None => done.wait(guard),
            Some(moment) => {
                if done.wait_until(guard, moment).timed_out() {
                    return Err(Stop::TimedOut);
                }
            }
        }
        if self.wire.is_closed() {
            return Err(Stop::Cancelled);
        }
        Ok(())
    }

    fn read_stopped(&self, stop: Stop, deadline: &Deadline) -> Error {
        self.explain(stop, || {
            format!(
                "no whole message came from {} within {} ms",
                self.peer,
                deadline.total()
            )
        })
    }

    fn write_stopped(&self, stop: Stop, deadline: &Deadline) -> Error {
        self.explain(stop, || {
            format!(
                "{} took no more bytes within {} ms (SocketWriteTimeout)",
                self.peer,
                deadline.total()
            )
        })
    }

    fn explain(&self, stop: Stop, timed_out: impl FnOnce() -> String) -> Error {
        match stop {
            Stop::TimedOut => Error::new(Code::Timeout, timed_out()),
            Stop::Cancelled => net::cancelled(),
            Stop::Failed(error) => self.failed(&error),
            Stop::Told(error) => error,
        }
    }

    fn end_orderly(&self, inbox: &mut Inbox) {
        let end = self.closed(inbox.has_bytes());
        inbox.set_end(end);
    }

    fn closed(&self, unfinished: bool) -> Error {
        let rest = if unfinished {
            "; its last message is unfinished, SocketNoEndTag lets you read what came of it"
        } else {
            ""
        };
        Error::new(
            Code::Closed,
            format!("{} ended the connection{rest}", self.peer),
        )
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({})", self.peer)
    }
}

/// The message between what goes before and behind it.
fn frame<'a>(framing: &'a Framing, message: &'a [u8], room: &'a mut Header) -> [IoSlice<'a>; 3] {
    let (before, behind) = framing.frame(message.len(), room);
    [before, message, behind].map(IoSlice::new)
}

/// The turn of the one thread that receives; given up even if the call panics.
struct Receiving<'a>(&'a Stream);

impl<'a> Receiving<'a> {
    fn end(self) -> MutexGuard<'a, Inbox> {
        let stream = self.0;
        std::mem::forget(self);
        stream.end_receiving()
    }
}

impl Drop for Receiving<'_> {
    fn drop(&mut self) {
        drop(self.0.end_receiving());
    }
}

impl Stream {
    fn end_receiving(&self) -> MutexGuard<'_, Inbox> {
        let mut inbox = self.inbox.lock();
        inbox.receiving = false;
        self.received.notify_all();
        self.watched.poke();
        inbox
    }
}

/// The turn of the one thread that sends; given up even if the call panics.
struct Sending<'a>(&'a Stream);

impl<'a> Sending<'a> {
    /// Takes the turn, and tells the mode that holds for it.
    fn begin(stream: &'a Stream, mut outbox: MutexGuard<'_, Outbox>) -> (Self, Framing) {
        outbox.sending = true;
        (Sending(stream), outbox.framing.clone())
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.0.outbox.lock().sending = false;
        // Everyone: a thread that finds the sending half ended would not wake the next one.
        self.0.sent.notify_all();
        // A handshake within a write may have received what the next read will find.
        if self.0.watched.is_used() && self.0.wire.holds_bytes() {
            self.0.watched.poke();
        }
    }
}
