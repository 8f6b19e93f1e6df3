//! One TLS connection as a state machine: it never waits and knows no socket.

mod outcome;
mod plaintext;

pub use outcome::{ReadOutcome, Step, WriteOutcome};

use super::context::{ClientContext, ServerContext};
use super::direct::Source;
use super::failure::{self, Situation, from_openssl};
use super::info::{self, SslInfo};
use super::library;
use super::names::Expected;
use super::observing;
use super::peer::Peer;
use super::pipe::Pipe;
use super::protocols::Protocols;
use super::renegotiation;
use super::shares;
use super::slots;
use super::verify::{self, Attachment, Rules};
use crate::backlog::Backlog;
use crate::error::{Code, Error, Result};
use crate::room::Room;
use crate::trace::Witness;
use openssl::error::ErrorStack;
use openssl::ssl::{ErrorCode, ShutdownState, Ssl, SslRef, SslStream};
use parking_lot::Mutex;
use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

/// The most that one [`Session::write`] takes: a full TLS record.
pub const LARGEST_WRITE: usize = 16 * 1024;
/// The most ciphertext without a byte of data in it, after the handshake. Each KeyUpdate and session
/// ticket costs us work that the peer does not have. Peers that change their keys with every record,
/// send a dozen tickets or renegotiate with long chains stay far below; one that is idle and changes
/// its keys every hour meets it after four years.
const MOST_BARREN: usize = 1 << 20;

/// One TLS connection over `sink`, which must not block: what it refuses with `WouldBlock` is kept and
/// sent by [`Session::flush`], or by any later call.
///
/// It is `Send`; two threads that read and write share it behind a lock which each holds for one call only.
pub struct Session<W: Write> {
    stream: SslStream<Pipe<W>>,
    rules: Arc<Rules>,
    protocols: Protocols,
    handshake_done: bool,
    failure: Option<Error>,
    close_sent: bool,
    close_received: bool,
    aside: Backlog,
    /// How much ciphertext has come since the last byte of data, or the handshake.
    barren: usize,
}

impl<W: Write> Session<W> {
    /// A client's end. `host` is the name or address as the user typed it (empty = this machine); the
    /// server's certificate must carry it, or `SSLServerName` where that is given. Sends nothing yet.
    /// Errors: INVALID_ARGUMENT for a host that no certificate could carry.
    pub fn client(
        context: &Arc<ClientContext>,
        host: &str,
        port: u16,
        sink: W,
    ) -> Result<Session<W>> {
        let expected = Expected::new(match context.server_name.as_str() {
            "" => host,
            name => name,
        })?;
        let shared = &context.shared;
        let server = (expected.key(), port);
        let set_up = || -> std::result::Result<Ssl, ErrorStack> {
            let mut ssl = slots::connection(&shared.ssl)?;
            take_side(&mut ssl, SslRef::set_connect_state)?;
            if let Some(name) = expected.to_send() {
                ssl.set_hostname(name)?;
            }
            if let Some(session) = context.sessions.take(&server) {
                // SAFETY: this context's own connections made the session; no other context's are kept there.
                unsafe { ssl.set_session(&session)? };
            }
            Ok(ssl)
        };
        let ssl = set_up().map_err(|e| from_openssl(&e, "TLS cannot be prepared"))?;
        let attached = Attachment {
            server: Some(server),
            expected: Some(expected),
            rules: Arc::clone(&shared.rules),
            refusal: Mutex::new(None),
            witness: OnceLock::new(),
        };
        Session::start(ssl, attached, &shared.rules, shared.protocols, sink)
    }

    /// A server's end. Sends nothing before the client has spoken.
    /// Errors: INTERNAL when OpenSSL has no memory left.
    pub fn server(context: &Arc<ServerContext>, sink: W) -> Result<Session<W>> {
        let shared = &context.shared;
        let mut ssl = slots::connection(&shared.ssl)
            .map_err(|e| from_openssl(&e, "TLS cannot be prepared"))?;
        take_side(&mut ssl, SslRef::set_accept_state)
            .map_err(|e| from_openssl(&e, "TLS cannot be prepared"))?;
        let attached = Attachment {
            server: None,
            expected: None,
            rules: Arc::clone(&shared.rules),
            refusal: Mutex::new(None),
            witness: OnceLock::new(),
        };
        Session::start(ssl, attached, &shared.rules, shared.protocols, sink)
    }

    fn start(
        mut ssl: Ssl,
        attached: Attachment,
        rules: &Arc<Rules>,
        protocols: Protocols,
        sink: W,
    ) -> Result<Self> {
        let index = verify::attached_index()
            .ok_or_else(|| Error::new(Code::Limit, "OpenSSL has no memory left"))?;
        ssl.set_ex_data(index, attached);
        let stream = SslStream::new(ssl, Pipe::new(sink))
            .map_err(|e| from_openssl(&e, "TLS cannot be prepared"))?;
        Ok(Session {
            stream,
            rules: Arc::clone(rules),
            protocols,
            handshake_done: false,
            failure: None,
            close_sent: false,
            close_received: false,
            aside: Backlog::default(),
            barren: 0,
        })
    }

    /// From now on this witness hears of secrets and alerts.
    pub fn observe(&mut self, witness: Arc<Witness>) {
        observing::observe(self.stream.ssl(), witness);
    }

    /// From there a read may receive by itself, once a call, where what was fed has filled its room.
    pub fn receive_from(&mut self, source: Option<Source>) {
        self.stream.get_mut().direct().set_source(source);
    }

    /// No read does so until something is fed.
    pub fn stop_receiving(&mut self) {
        self.stream.get_mut().direct().close();
    }

    /// The same, for whoever is about to receive. Errors: why the last read that did so has failed.
    pub fn take_over_receiving(&mut self) -> io::Result<()> {
        let direct = self.stream.get_mut().direct();
        direct.close();
        direct.take_failure().map_or(Ok(()), Err)
    }

    /// Adds ciphertext that came from the network. Call it only after `NeedInput`, so that no more than
    /// one receive is ever held here.
    pub fn feed(&mut self, ciphertext: impl Into<Room>) {
        let ciphertext = ciphertext.into();
        let pipe = self.stream.get_mut();
        if self.handshake_done {
            self.barren += ciphertext.bytes().len() + pipe.direct().received();
        }
        pipe.feed(ciphertext);
    }

    /// Tells that the network has ended; what was fed before is still read.
    pub fn feed_end(&mut self) {
        self.stream.get_mut().feed_end();
    }

    /// Ends it: what was fed before is no longer read, and every later call tells this.
    pub fn end(&mut self, reason: Error) {
        self.failure.get_or_insert(reason);
    }

    /// A peer that asks for a renegotiation is told no, so that writing never waits for what comes.
    pub fn refuse_renegotiation(&mut self) {
        renegotiation::refuse(self.stream.ssl());
    }

    /// Goes on with the handshake as far as the bytes fed allow.
    /// Errors: TLS_CERTIFICATE, TLS_PROTOCOL or LOST, the same one at every later call. An alert for the peer
    /// may be waiting: call [`Session::flush`] before the connection is closed.
    pub fn handshake(&mut self) -> Result<Step> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if self.handshake_done {
            return Ok(Step::Done);
        }
        self.try_to_send();
        self.prepare()?;
        forget_errors();
        let outcome = self.stream.do_handshake();
        self.stream.get_mut().rest();
        match outcome {
            Ok(()) => {
                self.check_outcome()?;
                shares::give_back(self.stream.ssl());
                self.handshake_done = true;
                Ok(Step::Done)
            }
            Err(e) if e.code() == ErrorCode::WANT_READ => Ok(Step::NeedInput),
            Err(e) => Err(self.fail(&e)),
        }
    }

    /// Whether this end is the server's.
    pub fn is_server(&self) -> bool {
        self.rules.peer == Peer::Client
    }

    /// Whether the first handshake is complete.
    pub fn is_handshake_done(&self) -> bool {
        self.handshake_done
    }

    /// Encrypts up to [`LARGEST_WRITE`] bytes and hands them to the sink. Does the handshake first.
    ///
    /// After `NeedInput` other threads' reads may find bytes: ask [`Session::has_buffered`].
    /// Errors: as [`Session::handshake`]; LOST when the sink is broken; CLOSED after [`Session::close_notify`].
    pub fn write(&mut self, data: &[u8]) -> Result<WriteOutcome> {
        if self.close_sent {
            return Err(Error::new(
                Code::Closed,
                "this side has ended its half of the TLS connection",
            ));
        }
        if self.handshake()? == Step::NeedInput {
            return Ok(WriteOutcome::NeedInput);
        }
        let pipe = self.stream.get_mut();
        if !pipe.has_held() && !pipe.drain().map_err(|e| broken(&e))? {
            return Ok(WriteOutcome::NeedOutput);
        }
        // Driven by a write, a renegotiation would stumble over data that the peer sent before it.
        if !self.stream.ssl().is_init_finished() && !self.renegotiate()? {
            return Ok(if self.is_held_up() {
                WriteOutcome::NeedReader
            } else {
                WriteOutcome::NeedInput
            });
        }
        self.prepare()?;
        forget_errors();
        let written = self
            .stream
            .ssl_write(&data[..data.len().min(LARGEST_WRITE)]);
        self.stream.get_mut().rest();
        if let Some(e) = self.stream.get_ref().broken() {
            return Err(broken(e));
        }
        match written {
            Ok(n) => Ok(WriteOutcome::Bytes(n)),
            Err(e) if e.code() == ErrorCode::WANT_READ => Ok(WriteOutcome::NeedInput),
            Err(e) => Err(self.fail(&e)),
        }
    }

    /// Whether the records of the writes from now on wait, and leave together with that of the first write
    /// after `hold(false)`; [`Session::flush`] sends them too.
    pub fn hold(&mut self, holding: bool) {
        self.stream.get_mut().hold(holding);
    }

    /// Hands queued ciphertext to the sink; true when all of it is out.
    /// Errors: The sink's own.
    pub fn flush(&mut self) -> io::Result<bool> {
        self.stream.get_mut().drain()
    }

    /// Whether ciphertext is queued. Whoever waits for input meanwhile must also wait until the sink takes
    /// more, and then [`Session::flush`]: the peer may be waiting for it. Handshakes and KeyUpdates queue too.
    pub fn wants_output(&self) -> bool {
        self.stream.get_ref().queued() > 0
    }

    /// Tells the peer that no more will be written (RFC 8446 section 6.1). Reading goes on.
    /// The alert may be queued: [`Session::flush`]. Without a handshake, and after a failure, it does nothing.
    pub fn close_notify(&mut self) {
        if self.close_sent || !self.handshake_done || self.failure.is_some() {
            return;
        }
        self.close_sent = true;
        forget_errors();
        // It fails only within a renegotiation, where the peer must do without.
        let _ = self.stream.shutdown();
        forget_errors();
    }

    /// Whether a read may find something without more bytes from the network.
    pub fn has_buffered(&self) -> bool {
        let pipe = self.stream.get_ref();
        !self.aside.is_empty()
            || self.stream.ssl().pending() > 0
            || pipe.undecrypted() > 0
            || pipe.ended()
            || self.close_received
            || self.failure.is_some()
    }

    /// Whether there is ciphertext that was not looked at yet.
    pub fn is_fed(&self) -> bool {
        self.stream.get_ref().undecrypted() > 0
    }

    /// Whether the peer's close_notify was read.
    pub fn is_ended_by_peer(&self) -> bool {
        self.close_received
    }

    /// What is known about the connection.
    /// Errors: NO_CONNECTION before the handshake is complete; LIMIT.
    pub fn info(&self, question: SslInfo) -> Result<String> {
        if !self.handshake_done {
            return Err(Error::new(
                Code::NoConnection,
                "the TLS handshake is not complete yet",
            ));
        }
        info::answer(self.stream.ssl(), question)
    }

    /// Whether the handshake took up an earlier session, which spares both sides the certificates.
    pub fn is_resumed(&self) -> bool {
        self.stream.ssl().session_reused()
    }

    /// The sink, to look at or to replace a part of it.
    pub fn sink(&mut self) -> &mut W {
        self.stream.get_mut().sink()
    }

    /// Has the room for what OpenSSL writes.
    fn prepare(&mut self) -> Result<()> {
        self.stream.get_mut().prepare().map_err(|e| no_memory(&e))
    }

    /// Sends what is queued as far as it goes. A broken sink is told to writers only: what came in is still read.
    fn try_to_send(&mut self) {
        if self.wants_output() {
            let _ = self.stream.get_mut().drain();
        }
    }

    /// What OpenSSL does not look at: a version that is not asked for, between two that are; a suite without
    /// a certificate; and the pin in a session that is taken up.
    fn check_outcome(&mut self) -> Result<()> {
        let ssl = self.stream.ssl();
        let version = ssl.version2();
        let peer = self.rules.peer.name();
        let error = if !version.is_some_and(|version| self.protocols.includes(version)) {
            Some(Error::new(
                Code::TlsProtocol,
                failure::version_between(self.rules.peer, self.protocols, ssl.version_str()),
            ))
        } else if let Some(certificate) = ssl.peer_certificate() {
            let refusal = self.rules.against_pin(&certificate);
            refusal.map(|sentence| Error::new(Code::TlsCertificate, sentence))
        } else if self.rules.required {
            Some(Error::new(
                Code::TlsCertificate,
                format!("the {peer} showed no certificate"),
            ))
        } else {
            None
        };
        match error {
            None => Ok(()),
            Some(error) => {
                self.failure = Some(error.clone());
                Err(error)
            }
        }
    }

    /// The end of a peer that only ever gives work to do.
    fn give_up(&mut self) -> Error {
        let error = Error::new(
            Code::TlsProtocol,
            format!(
                "the {} was dropped: after the handshake it sent {} KiB of TLS messages (new keys, session tickets) without a byte of data",
                self.rules.peer.name(),
                self.barren / 1024
            ),
        );
        self.failure = Some(error.clone());
        error
    }

    /// Remembers the failure: after one, OpenSSL must not be asked again.
    fn fail(&mut self, error: &openssl::ssl::Error) -> Error {
        if error.ssl_error().is_some_and(failure::is_shortage) {
            forget_errors();
            self.failure = Some(Error::new(
                Code::Lost,
                "there was no memory for TLS, which ended this connection: connect again",
            ));
            return Error::new(
                Code::Limit,
                "there is no memory for TLS, and this connection cannot go on without",
            );
        }
        let situation = Situation {
            peer: self.rules.peer,
            protocols: self.protocols,
            first: self.stream.get_ref().first(),
            refusal: verify::attached(self.stream.ssl())
                .and_then(|attached| attached.refusal.lock().take()),
            handshake_done: self.handshake_done,
        };
        let error = failure::explain(error, &situation);
        forget_errors();
        self.failure = Some(error.clone());
        error
    }
}

impl<W: Write> Drop for Session<W> {
    fn drop(&mut self) {
        if self.handshake_done && self.failure.is_none() {
            // A session whose connection was merely dropped can still be taken up (RFC 5246 section 7.2.1).
            self.stream
                .set_shutdown(ShutdownState::SENT | ShutdownState::RECEIVED);
        }
        forget_errors();
    }
}

/// Makes it a client's end or a server's. OpenSSL gives no sign where it finds no memory for that, except in
/// its error queue, and must not be asked again then.
fn take_side(ssl: &mut Ssl, side: impl FnOnce(&mut SslRef)) -> std::result::Result<(), ErrorStack> {
    forget_errors();
    side(ssl);
    let errors = ErrorStack::get();
    match errors.errors() {
        [] => Ok(()),
        _ => Err(errors),
    }
}

/// OpenSSL's error queue belongs to the thread: what the host or an earlier call left there would be taken for ours.
fn forget_errors() {
    library::attend_thread();
    // SAFETY: it may be called at any time.
    if unsafe { openssl_sys::ERR_peek_last_error() } != 0 {
        drop(ErrorStack::get());
    }
}

/// Lets a session work in the middle of another one's call of OpenSSL, whose errors stay as they are.
pub fn amid_another<R>(work: impl FnOnce() -> R) -> R {
    let errors = ErrorStack::get();
    let result = work();
    drop(ErrorStack::get());
    errors.put();
    result
}

fn no_memory(error: &io::Error) -> Error {
    Error::from_io(error, "making room for TLS")
}

fn broken(error: &io::Error) -> Error {
    Error::from_io(error, "sending over TLS")
}
