//! TLS between a stream and its socket: who receives, who waits, and until when.
//!
//! OpenSSL allows one thread at a time in a connection, so each of its calls is made behind a
//! short lock. Waiting happens outside: one thread receives ciphertext for all, whoever needs
//! some meanwhile sleeps until it has come.

use super::outlet::{Outlet, deliver, pass_on};
use super::turns::{Look, Turns};
use crate::constants::WDSOCKET_INFINITE;
use crate::error::{Code, Error, is_nothing_now, is_shortage};
use crate::net::{BARREN, Deadline, Interest, SHORTAGE, Stop, SystemSocket, hold_cancellation};
use crate::room::Room;
use crate::tls::{ReadOutcome, Session, SslInfo, Step, WriteOutcome};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a look at a connection without waiting has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Bytes, or the end.
    Bytes,
    /// The system has nothing more at this moment.
    Nothing,
    /// A receive brought nothing that could be read; there may be more.
    Barren,
}

/// The TLS of one connection.
pub struct Secure {
    socket: Arc<SystemSocket>,
    state: Turns<State>,
}

struct State {
    session: Session<Outlet>,
    /// When a peer that does not finish its handshake is dropped; starts with the first call that needs it.
    drop_at: Deadline,
    handshake: Handshake,
    /// Whether it leads to a proxy and no further: what it carries is in clear.
    is_tunnel: bool,
}

/// How long the handshake takes.
enum Handshake {
    Ahead,
    Since(Instant),
    Took(Duration),
}

impl State {
    /// Notes when the handshake begins and what it took.
    fn time_handshake(&mut self) {
        match self.handshake {
            Handshake::Since(begin) if self.session.is_handshake_done() => {
                self.handshake = Handshake::Took(begin.elapsed());
            }
            Handshake::Ahead => self.handshake = Handshake::Since(Instant::now()),
            Handshake::Since(_) | Handshake::Took(_) => {}
        }
    }

    fn is_in_handshake(&self) -> bool {
        matches!(self.handshake, Handshake::Since(_))
    }

    /// What was agreed on, in words.
    fn agreement(&self) -> String {
        let told = |question| self.session.info(question).unwrap_or_default();
        format!(
            "the TLS handshake is done: {}, {}",
            told(SslInfo::Protocol),
            told(SslInfo::Cipher)
        )
    }

    fn is_overdue(&self) -> bool {
        !self.session.is_handshake_done() && self.drop_at.has_passed()
    }
}

impl Secure {
    /// TLS over `socket`, with a limit in milliseconds for the peer's handshake (-1 for none beside
    /// the deadline of the call that does it).
    pub fn new(socket: &Arc<SystemSocket>, patience: i32, mut session: Session<Outlet>) -> Self {
        *session.sink() = Outlet::Socket(Arc::clone(socket));
        let source = Arc::clone(socket);
        session.receive_from(Some(Box::new(move |first, second| {
            source.try_receive_both(first, second)
        })));
        Secure {
            socket: Arc::clone(socket),
            state: Turns::new(State {
                session,
                drop_at: Deadline::from_start(patience),
                handshake: Handshake::Ahead,
                is_tunnel: false,
            }),
        }
    }

    /// TLS that leads to a proxy and no further.
    pub fn tunnel(socket: &Arc<SystemSocket>, mut session: Session<Outlet>) -> Self {
        session.refuse_renegotiation();
        let tunnel = Self::new(socket, WDSOCKET_INFINITE, session);
        tunnel.state.lock().is_tunnel = true;
        tunnel
    }

    /// Whether it leads to a proxy and no further.
    pub fn is_tunnel(&self) -> bool {
        self.state.lock().is_tunnel
    }

    /// Puts a client's TLS with the server inside the one that leads to the proxy; `false` where that is none.
    pub fn put_inside(&self, session: Session<Outlet>) -> bool {
        let mut state = self.state.lock();
        if !state.is_tunnel {
            return false;
        }
        state.is_tunnel = false;
        state.handshake = Handshake::Ahead;
        let mut tunnel = std::mem::replace(&mut state.session, session);
        // As much as is received for both.
        tunnel.receive_from(None);
        *state.session.sink() = Outlet::Tunnel(Box::new(tunnel));
        pass_on(&mut state.session);
        true
    }

    /// Does the handshake.
    pub fn handshake(&self, deadline: &Deadline) -> Result<(), Stop> {
        self.drive(deadline, |session| {
            Ok(match session.handshake()? {
                Step::Done => Some(()),
                Step::NeedInput => None,
            })
        })
    }

    /// Decrypts into `out`; 0 is an orderly end. Does the handshake first.
    pub fn receive(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize, Stop> {
        let count = self.drive(deadline, |session| found(session.read(out)?))?;
        self.state.tell(); // a writer may wait for a reader
        Ok(count)
    }

    /// As `receive`, whatever comes; nothing is an orderly end.
    pub fn receive_some(&self, some: &mut Room, deadline: &Deadline) -> Result<(), Stop> {
        self.drive(deadline, |session| found(session.read_room(some)?))?;
        self.state.tell();
        Ok(())
    }

    /// As `receive_some` without waiting: what is decrypted already, or with `may_receive` what one
    /// receive brings. No more, since a peer may send for ever what only gives work to do, and nobody
    /// else can have the connection meanwhile.
    pub fn try_receive_some(&self, some: &mut Room, may_receive: bool) -> Result<Found, Stop> {
        let mut state = self.lock();
        if !may_receive {
            state.session.stop_receiving();
        }
        if self.read_room(&mut state, some)? {
            return Ok(Found::Bytes);
        }
        if state.is_taken() || !may_receive {
            return Ok(Found::Nothing);
        }
        let over = state.session.take_over_receiving();
        match over.and_then(|()| self.socket.try_receive_room()) {
            Ok(room) => feed(&mut state, room),
            Err(error) if is_nothing_now(&error) && state.is_overdue() => {
                return Err(self.overdue(&state));
            }
            Err(error) if is_nothing_now(&error) => return Ok(Found::Nothing),
            Err(error) => return Err(Stop::Failed(error)),
        }
        match self.read_room(&mut state, some)? {
            true => Ok(Found::Bytes),
            false => Ok(Found::Barren),
        }
    }

    fn read_room(&self, state: &mut State, some: &mut Room) -> Result<bool, Stop> {
        let read = |session: &mut Session<_>| found(session.read_room(some)?);
        let found = self.step(state, read)?.is_some();
        if found {
            self.state.tell();
        }
        Ok(found)
    }

    /// Encrypts what fits one record and sends it as far as the system takes it at once.
    /// With `hold` it leaves with the next one, or in `flush`. Waits where an earlier one has not left,
    /// and through a shortage of the system's where the message has `begun`.
    /// On failure tells how many bytes are out: a peer may have asked for smaller records (RFC 6066, section 4).
    pub fn send(
        &self,
        record: &[u8],
        hold: bool,
        begun: bool,
        deadline: &Deadline,
    ) -> Result<(), (usize, Stop)> {
        let mut sent = 0;
        while sent < record.len() {
            match self.send_piece(&record[sent..], hold, deadline) {
                Ok(count) => sent += count,
                Err(stop) if stop.is_shortage() && (begun || sent > 0) => {
                    let paused = self.socket.pause(SHORTAGE, deadline);
                    paused.map_err(|stop| (sent, stop))?;
                }
                Err(stop) => return Err((sent, stop)),
            }
        }
        Ok(())
    }

    /// Waits until everything encrypted has left.
    pub fn flush(&self, deadline: &Deadline) -> Result<(), Stop> {
        loop {
            let flushed = self.state.lock().session.flush();
            match flushed {
                Ok(true) => return Ok(()),
                // The peer may ask for more and more answers.
                _ if deadline.has_run_out() => return Err(Stop::TimedOut),
                Ok(false) => self.socket.wait(Interest::Write, deadline)?,
                Err(error) if is_shortage(&error) => self.socket.pause(SHORTAGE, deadline)?,
                Err(error) => return Err(Stop::Failed(error)),
            }
        }
    }

    /// How often something has come; only whether it has changed says anything.
    pub fn arrivals(&self) -> u32 {
        self.state.lock().arrivals()
    }

    /// Whether the handshake is done.
    pub fn is_handshake_done(&self) -> bool {
        self.state.lock().session.is_handshake_done()
    }

    /// Tells the peer that nothing more will come, as far as the system takes it now.
    pub fn close_notify(&self) {
        let mut state = self.state.lock();
        state.session.close_notify();
        // What cannot leave now never will: the connection is being closed.
        let flushed = state.session.flush();
        if let (Ok(true), Some(tunnel)) = (flushed, state.session.sink().tunnel()) {
            tunnel.close_notify();
            let _ = tunnel.flush();
        }
    }

    /// As `close_notify`, and waits until it has left.
    pub fn shut_down(&self, deadline: &Deadline) -> Result<(), Stop> {
        self.close_notify();
        self.flush(deadline)?;
        // That of a proxy's TLS leaves behind the other.
        self.close_notify();
        self.flush(deadline)
    }

    /// Wakes the threads that wait for another one's ciphertext, after the socket or their calls were cancelled.
    pub fn wake(&self) {
        self.state.wake();
    }

    /// Whether the peer has said that nothing more comes from it.
    pub fn is_ended_by_peer(&self) -> bool {
        let mut state = self.state.lock();
        let tunnel = state.session.sink().tunnel();
        tunnel.is_some_and(|tunnel| tunnel.is_ended_by_peer()) || state.session.is_ended_by_peer()
    }

    /// Whether something was received that is not read: bytes, the end, a failure.
    pub fn holds_bytes(&self) -> bool {
        self.state.lock().session.has_buffered()
    }

    /// From now on the time runs that the peer has for its handshake.
    pub fn start_time(&self) {
        drop(self.lock());
    }

    /// When a peer that does not finish its handshake is to be dropped; `None` once it has, and
    /// after it was.
    pub fn overdue_at(&self) -> Option<Instant> {
        let state = self.lock();
        let end = state.drop_at.instant()?;
        (!state.session.is_handshake_done() && !state.session.has_buffered()).then_some(end)
    }

    /// How long the handshake took, from the first call that worked at it. Errors: NO_CONNECTION (it is not done).
    pub fn handshake_time(&self) -> crate::error::Result<Duration> {
        match self.state.lock().handshake {
            Handshake::Took(time) => Ok(time),
            _ => Err(Error::new(
                Code::NoConnection,
                "the TLS handshake is not done yet: the first SocketRead or SocketWrite does it",
            )),
        }
    }

    /// What is known about the connection. Errors: NO_CONNECTION before the handshake is done.
    pub fn info(&self, question: SslInfo) -> crate::error::Result<String> {
        self.state.lock().session.info(question)
    }

    fn send_piece(&self, piece: &[u8], hold: bool, deadline: &Deadline) -> Result<usize, Stop> {
        loop {
            let outcome = self.drive(deadline, |session| {
                session.hold(hold);
                let outcome = session.write(piece);
                session.hold(false);
                Ok(match outcome? {
                    WriteOutcome::NeedInput => None,
                    outcome => Some(outcome),
                })
            })?;
            match outcome {
                WriteOutcome::Bytes(count) => return Ok(count),
                WriteOutcome::NeedReader => self.await_reader(deadline)?,
                _ => self.socket.wait(Interest::Write, deadline)?,
            }
            if deadline.has_run_out() {
                return Err(Stop::TimedOut);
            }
        }
    }

    /// Waits until a reader has made room for what a renegotiation finds in its way.
    fn await_reader(&self, deadline: &Deadline) -> Result<(), Stop> {
        let mut state = self.state.lock();
        while state.session.is_held_up() {
            state.wait(&self.socket, deadline)?;
        }
        Ok(())
    }

    /// Repeats `work` until it has something, receiving ciphertext in between.
    fn drive<T>(
        &self,
        deadline: &Deadline,
        mut work: impl FnMut(&mut Session<Outlet>) -> crate::error::Result<Option<T>>,
    ) -> Result<T, Stop> {
        let mut state = self.lock();
        loop {
            if let Some(done) = self.step(&mut state, &mut work)? {
                return Ok(done);
            }
            if deadline.ends_after(BARREN) {
                return Err(Stop::TimedOut);
            }
            let in_handshake = !state.session.is_handshake_done();
            let drop_at = state.drop_at.clone();
            let limit = match in_handshake {
                true => deadline.min(&drop_at),
                false => deadline,
            };
            let arrivals = state.arrivals();
            let waited;
            (state, waited) = match state.session.flush() {
                Ok(false) => self.await_both_ways(state, limit),
                Err(error) if is_shortage(&error) => {
                    let paused = state.unlocked(|| self.socket.pause(SHORTAGE, limit));
                    (state, paused)
                }
                // A sink that is broken is the writers' affair; what has come can still be read.
                _ => self.await_ciphertext(state, limit),
            };
            match waited {
                Err(Stop::TimedOut) if state.is_overdue() => return Err(self.overdue(&state)),
                waited => waited?,
            }
            if state.arrivals() != arrivals {
                deadline.stir();
            }
        }
    }

    /// One call of OpenSSL. A failure's alert goes out, and then our end of the connection.
    fn step<T>(
        &self,
        state: &mut State,
        work: impl FnOnce(&mut Session<Outlet>) -> crate::error::Result<Option<T>>,
    ) -> Result<Option<T>, Stop> {
        state.time_handshake();
        let was_in_handshake = state.is_in_handshake();
        let done = work(&mut state.session);
        state.time_handshake();
        if self.socket.tap().is_on() {
            self.trace(state, was_in_handshake, done.as_ref().err());
        }
        done.map_err(|error| {
            let _ = state.session.flush();
            if !state.session.is_handshake_done() && error.code != Code::Limit {
                let _ = self.socket.end(std::net::Shutdown::Write);
            }
            Stop::Told(error)
        })
    }

    /// Tells the trace what OpenSSL has said.
    #[cold]
    fn trace(&self, state: &State, was_in_handshake: bool, error: Option<&Error>) {
        let _held = hold_cancellation();
        let tap = self.socket.tap();
        match error {
            Some(error) if was_in_handshake && error.code != Code::Limit => {
                tap.end_handshake(|| format!("the TLS handshake has failed: {}", error.text));
            }
            Some(error) => {
                tap.write_alerts();
                tap.note(|| format!("TLS has ended: {}", error.text));
            }
            None if was_in_handshake && !state.is_in_handshake() => {
                tap.end_handshake(|| state.agreement());
            }
            None => tap.write_alerts(),
        }
    }

    /// Receives ciphertext for all, or waits for the thread that does.
    fn await_ciphertext<'a>(
        &self,
        mut state: Look<'a, State>,
        deadline: &Deadline,
    ) -> (Look<'a, State>, Result<(), Stop>) {
        if let Err(stop) = self.socket.check(deadline) {
            return (state, Err(stop));
        }
        if state.is_taken() {
            let waited = state.wait(&self.socket, deadline);
            return (state, waited);
        }
        if let Err(error) = state.session.take_over_receiving() {
            return (state, Err(Stop::Failed(error)));
        }
        let receive = || self.socket.receive_room(deadline);
        let (mut state, received) = state.in_turn(|_| {}, receive);
        let fed = received.map(|room| feed(&mut state, room));
        (state, fed)
    }

    /// As `await_ciphertext`, while a reply of ours (a handshake, a KeyUpdate) waits for room: the
    /// peer may say nothing before it has that.
    fn await_both_ways<'a>(
        &self,
        mut state: Look<'a, State>,
        deadline: &Deadline,
    ) -> (Look<'a, State>, Result<(), Stop>) {
        // A thread that has the turn may sleep as long as the peer says nothing: the reply is ours to send.
        let interest = match state.is_taken() {
            true => Interest::Write,
            false => Interest::ReadOrWrite,
        };
        let waited = state.unlocked(|| self.socket.wait(interest, deadline));
        let done = match waited {
            Ok(()) if interest == Interest::ReadOrWrite => self.receive_what_came(&mut state),
            waited => waited,
        };
        (state, done)
    }

    fn receive_what_came(&self, state: &mut Look<'_, State>) -> Result<(), Stop> {
        // Another thread may be at it by now, or have received what is not decrypted yet.
        if state.is_taken() || state.session.is_fed() {
            return Ok(());
        }
        let over = state.session.take_over_receiving();
        match over.and_then(|()| self.socket.try_receive_room()) {
            Ok(room) => feed(state, room),
            Err(error) if is_nothing_now(&error) => {}
            Err(error) => return Err(Stop::Failed(error)),
        }
        Ok(())
    }

    /// The state, for a call that may have to do the handshake.
    fn lock(&self) -> Look<'_, State> {
        let state = self.state.lock();
        state.drop_at.start();
        state
    }

    fn overdue(&self, state: &State) -> Stop {
        let _ = self.socket.end(std::net::Shutdown::Both);
        Stop::Told(Error::new(
            Code::Lost,
            format!(
                "the peer did not finish its TLS handshake within {} ms (SSLHandshakeTimeout) and was dropped: perhaps it does not speak TLS",
                state.drop_at.total()
            ),
        ))
    }
}

impl fmt::Debug for Secure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secure")
    }
}

/// Takes in ciphertext; nothing is the end.
fn feed(state: &mut Look<'_, State>, room: Room) {
    state.note_arrival();
    deliver(&mut state.session, room);
}

/// How many bytes a read found, 0 for an orderly end; `None` for nothing yet.
fn found(outcome: ReadOutcome) -> crate::error::Result<Option<usize>> {
    Ok(match outcome {
        ReadOutcome::Bytes(count) => Some(count),
        ReadOutcome::CloseNotify => Some(0),
        ReadOutcome::NeedInput => None,
    })
}
