//! TLS of a connection: the handshake, and TLS that begins in mid-stream.

use super::Stream;
use super::reading::MOST_AT_ONCE;
use crate::constants::WDSOCKET_INFINITE;
use crate::error::{Code, Error, Result};
use crate::net::Deadline;
use crate::socket::outlet::Outlet;
use crate::tls::Session;

impl Stream {
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
        let outbox = self.turn_to_send(deadline)?;
        let outbox = self.flush_in_turn(outbox, deadline)?;
        let begun = self.wire.begin(deadline);
        begun.map_err(|stop| self.read_stopped(stop, deadline))?;
        let (_, done) = self.send_in_turn(outbox, || self.start_tls_in_turn(deadline, session));
        done
    }

    /// Nobody else sends meanwhile.
    fn start_tls_in_turn(&self, deadline: &Deadline, session: Session<Outlet>) -> Result<()> {
        let mut inbox = self.inbox.lock();
        while inbox.is_taken() {
            inbox
                .wait(self.wire.socket(), deadline)
                .map_err(|stop| self.read_stopped(stop, deadline))?;
        }
        // What arrives over TLS to a proxy need not be bytes.
        if self.wire.tls().is_some() && !self.wire.is_secure() {
            let _ = self.fill(&mut inbox, MOST_AT_ONCE);
        }
        let is_server = session.is_server();
        let is_silent = || self.wire.tls().is_some() || !self.wire.has_arrivals();
        // What comes to a server from now on may be the client's first message: TLS alone reads it.
        let is_dirty = inbox.has_bytes() || !is_server && !is_silent();
        if !self.wire.is_secure() && is_dirty {
            let error = if is_server {
                format!(
                    "{} has sent bytes in clear behind its request for TLS, TLS cannot start over them: close the connection, somebody may have put bytes into it",
                    self.peer
                )
            } else {
                format!(
                    "{} has sent bytes in clear that were not read, TLS cannot start over them: read the peer's whole answer first; if it was whole, somebody may have put bytes into the connection",
                    self.peer
                )
            };
            return Err(Error::new(Code::TlsProtocol, error));
        }
        let witness = self.settings().witness();
        self.wire.secure(session, WDSOCKET_INFINITE, witness)?;
        let (mut inbox, done) = self.receive_in_turn(inbox, || self.handshake(deadline));
        if let Err(error) = &done {
            let end = match error.code {
                Code::Timeout | Code::Limit | Code::Cancelled => Error::of_system(
                    Code::Lost,
                    error.system,
                    format!(
                        "the TLS handshake of SocketStartSSL did not end well, connect again ({error})"
                    ),
                ),
                _ => error.clone(),
            };
            inbox.set_end(end.clone());
            (self.outbox.lock().ended).get_or_insert(end);
            let _ = self.wire.socket().end(std::net::Shutdown::Both);
        }
        done
    }
}
