//! What a load balancer sends before anything else on a connection: whose it is (SocketProxyProtocol).
//!
//! Whoever reads or writes first reads it, so that no client holds up the others by sending it slowly. What
//! comes behind it is left to the connection.

use super::turns::{Look, Turns};
use crate::error::{Code, Error, Result};
use crate::net::{Deadline, Ender, Endpoint, Prefix, ProxyHeader, Stop, SystemSocket};
use std::io::ErrorKind;
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What one receive takes at most.
const PIECE: usize = 512;

/// The header in front of a connection's bytes.
#[derive(Debug)]
pub struct Preamble {
    socket: Arc<SystemSocket>,
    peer: Endpoint,
    state: Turns<State>,
    /// Whether it has come.
    is_over: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// What has come of it.
    bytes: Vec<u8>,
    /// When a peer that does not send it is dropped; starts with the first call that needs it.
    drop_at: Deadline,
    /// Once it has come: the client, if it tells one, or why the connection is refused.
    outcome: Option<Result<Option<SocketAddr>>>,
}

impl Preamble {
    /// Before the header has come, for which the peer has `patience` milliseconds. Where its address is none of
    /// those that are trusted, the connection ends here.
    pub fn new(
        socket: &Arc<SystemSocket>,
        peer: Endpoint,
        trusted: &[Prefix],
        patience: i32,
    ) -> Self {
        let preamble = Preamble {
            socket: Arc::clone(socket),
            peer,
            state: Turns::new(State {
                bytes: Vec::new(),
                drop_at: Deadline::from_start(patience),
                outcome: None,
            }),
            is_over: AtomicBool::new(false),
        };
        if !is_trusted(&preamble.peer, trusted) {
            let error = Error::new(
                Code::AccessDenied,
                format!(
                    "{} may not say whose connection it passes on and was turned away: SocketProxyFrom names the load balancers that may",
                    preamble.peer
                ),
            );
            preamble.refuse(&mut preamble.state.lock(), error);
        }
        preamble
    }

    /// Whether the header has come.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Waits until the header has come, and takes no byte behind it. A peer that ends the connection before its first byte, as one
    /// does that only looks whether the server lives, is left to whoever reads.
    /// Tells BAD_FRAME, ACCESS_DENIED (the peer is not trusted), LOST (it took too long).
    pub fn finish(&self, deadline: &Deadline) -> std::result::Result<(), Stop> {
        if self.is_over() {
            return Ok(());
        }
        let (mut state, drop_at) = self.lock();
        let limit = deadline.min(&drop_at);
        loop {
            match &state.outcome {
                Some(Ok(_)) => return Ok(()),
                Some(Err(error)) => return Err(Stop::Told(error.clone())),
                None if self.socket.is_cancelled() => return Err(Stop::Cancelled(Ender::Close)),
                None => {}
            }
            let waited;
            (state, waited) = match state.is_taken() {
                true => {
                    let waited = state.wait(&self.socket, limit);
                    (state, waited)
                }
                false => self.receive(state, limit),
            };
            match waited {
                Ok(()) => deadline.stir(),
                Err(Stop::TimedOut) if drop_at.has_passed() => self.give_up(&mut state),
                Err(stop) => return Err(stop),
            }
            if state.outcome.is_none() && deadline.ends_after(1) {
                return Err(Stop::TimedOut);
            }
        }
    }

    /// When a peer that does not send its header is to be dropped; `None` once it has, and after it was.
    pub fn overdue_at(&self) -> Option<Instant> {
        let (state, drop_at) = self.lock();
        match state.outcome {
            None => drop_at.instant(),
            Some(_) => None,
        }
    }

    /// The client that the balancer tells of; the peer itself where it tells of none. Looks whether the header has come, without waiting.
    /// Errors: NO_CONNECTION (it has not), and those of `finish`.
    pub fn client(&self) -> Result<Endpoint> {
        let finished = self.finish(&Deadline::now());
        finished.map_err(|stop| match stop {
            Stop::TimedOut => Error::new(
                Code::NoConnection,
                format!(
                    "{} has not said yet whose connection it passes on (SocketProxyProtocol): ask after the first SocketRead",
                    self.peer
                ),
            ),
            Stop::Cancelled(ender) => ender.told(),
            Stop::Failed(error) => {
                Error::from_io(&error, format_args!("the connection to {}", self.peer))
            }
            Stop::Told(error) => error,
        })?;
        match &self.state.lock().outcome {
            Some(Ok(Some(client))) => Ok((*client).into()),
            _ => Ok(self.peer.clone()),
        }
    }

    /// Wakes the threads that wait for another one to receive, after the socket was cancelled.
    pub fn wake(&self) {
        self.state.wake();
    }

    fn lock(&self) -> (Look<'_, State>, Deadline) {
        let state = self.state.lock();
        state.drop_at.start();
        let drop_at = state.drop_at.clone();
        (state, drop_at)
    }

    /// Receives some of what is missing, as the only one.
    fn receive<'a>(
        &'a self,
        mut state: Look<'a, State>,
        limit: &Deadline,
    ) -> (Look<'a, State>, std::result::Result<(), Stop>) {
        let missing = match ProxyHeader::read(&state.bytes) {
            Ok(ProxyHeader::Needs(missing)) => missing.min(PIECE),
            _ => 0, // it would be over
        };
        if state.bytes.try_reserve(missing).is_err() {
            return (state, Err(Stop::Failed(ErrorKind::OutOfMemory.into())));
        }
        let mut piece = [0; PIECE];
        let piece = &mut piece[..missing];
        let (mut state, received) = state.in_turn(|_| {}, || self.socket.receive(piece, limit));
        let taken = received.map(|count| self.take_in(&mut state, &piece[..count]));
        (state, taken)
    }

    fn take_in(&self, state: &mut State, piece: &[u8]) {
        state.bytes.extend_from_slice(piece);
        let read = match ProxyHeader::read(&state.bytes) {
            _ if piece.is_empty() && state.bytes.is_empty() => Ok(None),
            _ if piece.is_empty() => Err("the connection ended in it"),
            Ok(ProxyHeader::Needs(_)) => return,
            Ok(ProxyHeader::Whole(client)) => Ok(client),
            Err(what) => Err(what),
        };
        match read {
            Ok(client) => self.accept(state, client),
            Err(what) => {
                let error = Error::new(
                    Code::BadFrame,
                    format!(
                        "{} sent no header of the PROXY protocol, which SocketProxyProtocol demands, and was turned away: {what}",
                        self.peer
                    ),
                );
                self.refuse(state, error);
            }
        }
    }

    fn accept(&self, state: &mut State, client: Option<SocketAddr>) {
        if let Some(client) = client {
            let told = || format!("{} passes on {}", self.peer, Endpoint::from(client));
            self.socket.tap().note(told);
        }
        state.bytes = Vec::new();
        state.outcome = Some(Ok(client));
        self.is_over.store(true, Ordering::Release);
    }

    fn refuse(&self, state: &mut State, error: Error) {
        let _ = self.socket.end(Shutdown::Both);
        state.bytes = Vec::new();
        state.outcome = Some(Err(error));
    }

    fn give_up(&self, state: &mut State) {
        let text = format!(
            "{} did not send a header of the PROXY protocol (SocketProxyProtocol) within {} ms (SSLHandshakeTimeout) and was dropped",
            self.peer,
            state.drop_at.total()
        );
        self.refuse(state, Error::new(Code::Lost, text));
    }
}

/// Whether a peer may say whose connection it passes on: one on this machine, or one that is named.
fn is_trusted(peer: &Endpoint, trusted: &[Prefix]) -> bool {
    match peer {
        Endpoint::Ip(address) if trusted.is_empty() => is_loopback(address.ip()),
        Endpoint::Ip(address) => trusted.iter().any(|prefix| prefix.holds(address.ip())),
        Endpoint::Unix(_) => trusted.is_empty(),
        Endpoint::Bluetooth(..) => false,
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The prefixes of a text of SocketProxyFrom; none for an empty one. Errors: INVALID_ARGUMENT.
pub fn trusted(text: &str) -> Result<Vec<Prefix>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let parse = |part: &str| {
        Prefix::parse(part.trim()).ok_or_else(|| {
            Error::invalid(format!(
                "SocketProxyFrom takes addresses and prefixes such as \"192.0.2.9, 2001:db8::/32\", not \"{}\"",
                part.trim().escape_debug()
            ))
        })
    };
    text.split(',').map(parse).collect()
}
