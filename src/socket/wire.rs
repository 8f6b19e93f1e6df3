//! What carries a stream's bytes: the socket as it is, with the system's words turned into ours.

use super::stream::cancelled;
use crate::error::{Code, Error, Result};
use crate::net::{Deadline, Endpoint, Socket, Stop};
use std::io::{self, IoSlice};

/// The bytes of a connection, in both directions.
#[derive(Debug)]
pub struct Wire {
    socket: Socket,
}

/// A message that did not go out.
pub struct SendFailure {
    /// Why.
    pub error: Error,
    /// Whether some of it did.
    pub is_partial: bool,
}

impl Wire {
    /// Bytes in clear.
    pub fn plain(socket: Socket) -> Self {
        Wire { socket }
    }

    /// The socket, for its options and addresses.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Receives into `out`; 0 is an orderly end. Errors: TIMEOUT, CANCELLED, LOST.
    pub fn receive(&self, out: &mut [u8], deadline: &Deadline, peer: Endpoint) -> Result<usize> {
        self.socket
            .receive(out, deadline)
            .map_err(|stop| explain(stop, peer))
    }

    /// Receives and hands over what came; nothing is an orderly end. Errors: as `receive`.
    pub fn receive_some<R>(
        &self,
        deadline: &Deadline,
        peer: Endpoint,
        take: impl FnOnce(&[u8]) -> R,
    ) -> Result<R> {
        self.socket
            .receive_some(deadline, take)
            .map_err(|stop| explain(stop, peer))
    }

    /// As `receive_some` without waiting: `None` when there is nothing.
    pub fn try_receive_some<R>(
        &self,
        peer: Endpoint,
        take: impl FnOnce(&[u8]) -> R,
    ) -> Result<Option<R>> {
        match self.socket.try_receive_some(take) {
            Ok(taken) => Ok(Some(taken)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(None),
            Err(error) => Err(explain(Stop::Failed(error), peer)),
        }
    }

    /// Sends all the parts in order, waiting for room.
    pub fn send(
        &self,
        parts: &mut [IoSlice<'_>],
        deadline: &Deadline,
        peer: Endpoint,
    ) -> std::result::Result<(), SendFailure> {
        self.socket
            .send(parts, deadline)
            .map_err(|(sent, stop)| SendFailure {
                error: explain(stop, peer),
                is_partial: sent > 0,
            })
    }

    /// Ends the sending half.
    pub fn shut_down(&self, peer: Endpoint) -> Result<()> {
        self.socket
            .inner()
            .shutdown(std::net::Shutdown::Write)
            .map_err(|error| explain(Stop::Failed(error), peer))
    }

    /// Whether the peer is still there, as far as the system knows now.
    pub fn is_connected(&self) -> bool {
        !self.socket.is_ended_by_peer()
    }

    /// Ends the connection and every wait on it.
    pub fn close(&self) {
        self.socket.discard_received();
        self.socket.cancel();
    }

    /// Whether `close` was called.
    pub fn is_closed(&self) -> bool {
        self.socket.is_cancelled()
    }
}

fn explain(stop: Stop, peer: Endpoint) -> Error {
    match stop {
        Stop::TimedOut => Error::new(Code::Timeout, "the time is over"),
        Stop::Cancelled => cancelled(),
        Stop::Failed(error) => Error::from_io(&error, format_args!("the connection to {peer}")),
    }
}
