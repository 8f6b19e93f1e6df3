//! What carries a stream's bytes: the socket as it is, or what stands over it, a load balancer's header and TLS.

use super::outlet::Outlet;
use super::preamble::Preamble;
use super::secure::{Found, Secure};
use crate::error::{Code, Error, is_nothing_now};
use crate::net::{Carrier, Deadline, Ender, Endpoint, Interest, Stop, SystemSocket};
use crate::room::Room;
use crate::tls::Session;
use crate::tls::session::LARGEST_WRITE;
use crate::trace::Witness;
use once_cell::race::OnceBox;
use std::io::{self, IoSlice};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Up to here a message is short: the system takes it whole more often than not.
const SHORT: usize = 1024;

/// Up to here copying a message and what frames it costs less than what the system does for a list of parts.
const COPIED: usize = 256;

/// The bytes of a connection, in both directions.
#[derive(Debug)]
pub struct Wire {
    socket: Arc<SystemSocket>,
    /// A connection in clear has nothing here.
    above: OnceBox<Above>,
}

/// What stands between a socket and its connection's bytes.
#[derive(Debug, Default)]
struct Above {
    preamble: Option<Preamble>,
    secure: OnceLock<Secure>,
}

impl Above {
    /// Waits for what a load balancer sends before anything else. The time for TLS runs meanwhile.
    fn begin(&self, deadline: &Deadline) -> Result<(), Stop> {
        let Some(preamble) = &self.preamble else {
            return Ok(());
        };
        if !preamble.is_over()
            && let Some(tls) = self.secure.get()
        {
            tls.start_time();
        }
        preamble.finish(deadline)
    }

    fn has_begun(&self) -> bool {
        self.preamble.as_ref().is_none_or(Preamble::is_over)
    }
}

impl Wire {
    /// Bytes in clear, until `secure` is called.
    pub fn plain(socket: Arc<SystemSocket>) -> Self {
        Wire {
            socket,
            above: OnceBox::new(),
        }
    }

    /// Bytes in clear behind a load balancer's header, until `secure` is called.
    pub fn behind(socket: Arc<SystemSocket>, preamble: Preamble) -> Self {
        let above = Above {
            preamble: Some(preamble),
            secure: OnceLock::new(),
        };
        Wire {
            socket,
            above: OnceBox::with_value(Box::new(above)),
        }
    }

    /// From now on everything goes through TLS; `patience` is that of [`Secure::new`]. A `witness` hears of the handshake.
    /// Errors: WRONG_KIND (it does already).
    pub fn secure(
        &self,
        mut session: Session<Outlet>,
        patience: i32,
        witness: Option<Witness>,
    ) -> Result<(), Error> {
        if !self.is_secure() {
            self.observe(&mut session, witness);
        }
        let taken = match self.tls() {
            Some(tls) => tls.put_inside(session),
            None => {
                let secure = Secure::new(&self.socket, patience, session);
                self.above().secure.set(secure).is_ok()
            }
        };
        match taken {
            true => Ok(()),
            false => Err(Error::new(
                Code::WrongKind,
                "this connection is under TLS already, there is nothing to start",
            )),
        }
    }

    /// Everything goes through TLS to a proxy, in clear for whom it leads to, until `secure` is called. A `witness`
    /// hears of the handshake.
    pub fn tunnel(&self, mut session: Session<Outlet>, witness: Option<Witness>) {
        self.observe(&mut session, witness);
        // Only a connection that nobody has yet is given one.
        let _ = self
            .above()
            .secure
            .set(Secure::tunnel(&self.socket, session));
    }

    fn observe(&self, session: &mut Session<Outlet>, witness: Option<Witness>) {
        if let Some(witness) = witness {
            let witness = Arc::new(witness);
            session.observe(Arc::clone(&witness));
            self.socket.tap().begin_handshake(witness);
        }
    }

    /// Whether the peer itself speaks TLS.
    pub fn is_secure(&self) -> bool {
        self.of_peer().is_some()
    }

    /// The TLS that the peer itself speaks. Errors: WRONG_KIND.
    pub fn peer_tls(&self) -> Result<&Secure, Error> {
        self.of_peer().ok_or_else(no_tls)
    }

    fn of_peer(&self) -> Option<&Secure> {
        self.tls().filter(|tls| !tls.is_tunnel())
    }

    /// The TLS of this connection, if it has any, be it only to a proxy.
    pub fn tls(&self) -> Option<&Secure> {
        self.above.get()?.secure.get()
    }

    fn above(&self) -> &Above {
        self.above.get_or_init(Box::default)
    }

    /// Waits for what comes before anything else: the header of a load balancer, where one is demanded.
    pub fn begin(&self, deadline: &Deadline) -> Result<(), Stop> {
        match self.above.get() {
            None => Ok(()),
            Some(above) => above.begin(deadline),
        }
    }

    /// Whether all that comes before the connection's bytes is over, the TLS handshake too.
    pub fn has_begun(&self) -> bool {
        let is_done = |above: &Above| {
            above.has_begun() && above.secure.get().is_none_or(Secure::is_handshake_done)
        };
        self.above.get().is_none_or(is_done)
    }

    /// Whether nothing stands, or stood, over the socket.
    #[inline]
    pub fn is_bare(&self) -> bool {
        self.above.get().is_none()
    }

    /// When a peer that does not get through with that is to be dropped; `None` once it has, and after it was.
    pub fn overdue_at(&self) -> Option<Instant> {
        let above = self.above.get()?;
        match &above.preamble {
            Some(preamble) if !preamble.is_over() => preamble.overdue_at(),
            _ => above.secure.get()?.overdue_at(),
        }
    }

    /// The client that a load balancer tells of, where one does. Errors: those of [`Preamble::client`].
    pub fn client(&self) -> Result<Option<Endpoint>, Error> {
        let preamble = self.above.get().and_then(|above| above.preamble.as_ref());
        preamble.map(Preamble::client).transpose()
    }

    /// The socket, for its options and addresses.
    pub fn socket(&self) -> &Arc<SystemSocket> {
        &self.socket
    }

    /// Receives into `out`; 0 is an orderly end. One thread at a time.
    #[inline(always)]
    pub fn receive(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize, Stop> {
        match self.above.get() {
            None => self.socket.receive(out, deadline),
            Some(above) => self.receive_from(above, out, deadline),
        }
    }

    #[inline(never)]
    fn receive_from(
        &self,
        above: &Above,
        out: &mut [u8],
        deadline: &Deadline,
    ) -> Result<usize, Stop> {
        above.begin(deadline)?;
        match above.secure.get() {
            None => self.socket.receive(out, deadline),
            Some(tls) => tls.receive(out, deadline),
        }
    }

    /// Receives what comes; an empty room is an orderly end. One thread at a time.
    #[inline]
    pub fn receive_room(&self, deadline: &Deadline) -> Result<Room, Stop> {
        let Some(above) = self.above.get() else {
            return self.socket.receive_room(deadline);
        };
        above.begin(deadline)?;
        let Some(tls) = above.secure.get() else {
            return self.socket.receive_room(deadline);
        };
        let mut plaintext = Room::new()?;
        tls.receive_some(&mut plaintext, deadline)?;
        Ok(plaintext)
    }

    /// As `receive_room` without waiting, and what the look was worth. Without `may_receive` it takes
    /// only what has been received already.
    pub fn try_receive_room(&self, may_receive: bool) -> Result<(Found, Room), Stop> {
        if !may_receive && !self.above.get().is_none_or(|above| above.has_begun()) {
            return Ok((Found::Nothing, Room::default()));
        }
        match self.begin(&Deadline::now()) {
            Err(Stop::TimedOut) => return Ok((Found::Nothing, Room::default())),
            begun => begun?,
        }
        if let Some(tls) = self.tls() {
            let mut plaintext = Room::new()?;
            let look = tls.try_receive_some(&mut plaintext, may_receive)?;
            return Ok((look, plaintext));
        }
        match self.socket.try_receive_room() {
            Ok(room) => Ok((Found::Bytes, room)),
            Err(error) if is_nothing_now(&error) => Ok((Found::Nothing, Room::default())),
            Err(error) => Err(Stop::Failed(error)),
        }
    }

    /// Whether bytes may be had that the socket's descriptor does not tell of.
    pub fn holds_bytes(&self) -> bool {
        self.tls().is_some_and(Secure::holds_bytes)
    }

    /// Sends as much of a short message as the system takes without a wait, and tells how many bytes
    /// that is. Long ones, which the system rarely takes whole, and those under TLS it leaves to `send`.
    #[inline(always)]
    pub fn send_at_once(&self, message: &[u8]) -> Result<usize, Stop> {
        if !self.may_leave_at_once(message.len()) {
            return Ok(0);
        }
        self.socket
            .try_send(message)
            .or_else(|error| self.not_at_once(error))
    }

    /// As `send_at_once`, of a message in parts that have this size together.
    pub fn send_parts_at_once(&self, parts: &[IoSlice<'_>; 3], size: usize) -> Result<usize, Stop> {
        if !self.may_leave_at_once(size) {
            return Ok(0);
        }
        self.try_send_together(parts, size)
            .or_else(|error| self.not_at_once(error))
    }

    #[cold]
    fn not_at_once(&self, error: io::Error) -> Result<usize, Stop> {
        match error {
            _ if self.socket.is_cancelled() => Err(Stop::Cancelled(Ender::Close)),
            error if is_nothing_now(&error) => Ok(0),
            error => Err(Stop::Failed(error)),
        }
    }

    /// Whether a message of this size is short, and goes as it is.
    #[inline]
    fn may_leave_at_once(&self, size: usize) -> bool {
        let is_clear = |above: &Above| above.has_begun() && above.secure.get().is_none();
        (1..=SHORT).contains(&size) && self.above.get().is_none_or(is_clear)
    }

    fn try_send_together(&self, parts: &[IoSlice<'_>; 3], size: usize) -> io::Result<usize> {
        let [before, message, behind] = parts;
        if size == message.len() {
            return self.socket.try_send(message);
        }
        if size > COPIED {
            return self.socket.try_send_parts(parts);
        }
        let mut room = [0; COPIED];
        let (front, rest) = room.split_at_mut(before.len());
        let (middle, rest) = rest.split_at_mut(message.len());
        front.copy_from_slice(before);
        middle.copy_from_slice(message);
        rest[..behind.len()].copy_from_slice(behind);
        self.socket.try_send(&room[..size])
    }

    /// Sends all the parts in order, waiting for room; the rest of a message that has `begun` also waits
    /// through a shortage of the system's. On failure tells how many bytes are out.
    pub fn send(
        &self,
        parts: &mut [IoSlice<'_>],
        begun: bool,
        deadline: &Deadline,
    ) -> Result<(), (usize, Stop)> {
        self.begin(deadline).map_err(|stop| (0, stop))?;
        match self.tls() {
            None => self.socket.send(parts, begun, deadline),
            Some(tls) => send_records(tls, parts, deadline),
        }
    }

    /// Sends as much as leaves without a wait, and tells how much that is. Under TLS what is encrypted counts: it
    /// leaves as soon as it can.
    pub fn send_now(&self, bytes: &[u8]) -> Result<usize, Stop> {
        match self.begin(&Deadline::now()) {
            Err(Stop::TimedOut) => return Ok(0),
            begun => begun?,
        }
        let Some(tls) = self.tls() else {
            return self
                .socket
                .try_send(bytes)
                .or_else(|error| self.not_at_once(error));
        };
        match tls.send(bytes, false, false, &Deadline::now()) {
            Ok(()) => Ok(bytes.len()),
            Err((count, Stop::TimedOut)) => Ok(count),
            Err((_, stop)) => Err(stop),
        }
    }

    /// Ends the sending half.
    pub fn shut_down(&self, deadline: &Deadline) -> Result<(), Stop> {
        if let Some(tls) = self.tls() {
            tls.shut_down(deadline)?;
        }
        self.socket
            .end(std::net::Shutdown::Write)
            .map_err(Stop::Failed)
    }

    /// Whether the peer is still there, as far as the system knows now.
    pub fn is_connected(&self) -> bool {
        !self.socket.is_ended_by_peer() && !self.tls().is_some_and(Secure::is_ended_by_peer)
    }

    /// Whether bytes, or the end, have arrived and were not received.
    pub fn has_arrivals(&self) -> bool {
        self.socket.wait(Interest::Read, &Deadline::now()).is_ok()
    }

    /// Whether the connection ends in good order once this is dropped and what arrived is discarded.
    pub fn ends_by_itself(&self) -> bool {
        self.tls().is_none() && self.socket.ends_with_descriptor()
    }

    /// Throws away what arrived: closing over it would destroy what is on its way out.
    pub fn discard_received(&self) {
        self.socket.discard_received();
    }

    /// Ends the connection and every wait on it.
    pub fn close(&self) {
        // What another process made is that one's to end.
        if let Some(tls) = self.tls()
            && !self.socket.is_inherited()
        {
            // Whoever finds our half ended by this says that the socket was closed.
            self.socket.announce_cancel();
            tls.close_notify();
        }
        self.discard_received();
        self.socket.cancel();
        if let Some(above) = self.above.get() {
            above.preamble.as_ref().inspect(|preamble| preamble.wake());
            above.secure.get().inspect(|tls| tls.wake());
        }
    }

    /// Ends the waits of the calls that began before this cancel.
    pub fn end_waits(&self, number: u64) {
        self.socket.end_waits(number);
        if let Some(tls) = self.tls() {
            tls.wake();
        }
    }
}

impl Carrier for Wire {
    fn send(&self, bytes: &[u8], deadline: &Deadline) -> Result<(), Stop> {
        let sent = Wire::send(self, &mut [IoSlice::new(bytes)], false, deadline);
        sent.map_err(|(_, stop)| stop)
    }

    fn receive(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize, Stop> {
        self.socket.check(deadline)?;
        Wire::receive(self, out, deadline)
    }

    fn is_cancelled(&self) -> bool {
        self.socket.is_cancelled()
    }
}

/// What a socket in clear says to questions about TLS.
pub fn no_tls() -> Error {
    Error::new(Code::WrongKind, "this socket is in clear, not under TLS")
}

/// Puts what fits one TLS record together, so that a header, its message and a tag share it; larger
/// parts are not copied.
fn send_records(
    tls: &Secure,
    mut parts: &mut [IoSlice<'_>],
    deadline: &Deadline,
) -> Result<(), (usize, Stop)> {
    let mut rest: usize = parts.iter().map(|part| part.len()).sum();
    let mut sent = 0;
    let mut room;
    while rest > 0 {
        IoSlice::advance_slices(&mut parts, 0); // drops empty parts in front
        let record = if parts[0].len() < rest && rest <= LARGEST_WRITE {
            room = Room::new().map_err(|error| (sent, Stop::Failed(error)))?;
            room.gather(parts);
            room.bytes()
        } else {
            &parts[0][..parts[0].len().min(LARGEST_WRITE)]
        };
        let size = record.len();
        rest -= size;
        // A short record, in front or at the end, leaves with its neighbour in one system call.
        let hold = rest > 0 && size.min(rest) <= SHORT;
        tls.send(record, hold, sent > 0, deadline)
            .map_err(|(more, stop)| (sent + more, stop))?;
        sent += size;
        IoSlice::advance_slices(&mut parts, size);
        if rest > 0 && deadline.has_run_out() {
            return Err((sent, Stop::TimedOut));
        }
    }
    tls.flush(deadline).map_err(|stop| (sent, stop))
}
