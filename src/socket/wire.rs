//! What carries a stream's bytes: the socket as it is.

use crate::net::{Deadline, Socket, Stop};
use std::io::{self, IoSlice};

/// The bytes of a connection, in both directions.
#[derive(Debug)]
pub struct Wire {
    socket: Socket,
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

    /// Receives into `out`; 0 is an orderly end. One thread at a time.
    pub fn receive(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize, Stop> {
        self.socket.receive(out, deadline)
    }

    /// Receives and hands over what came; nothing is an orderly end. One thread at a time.
    pub fn receive_some<R>(
        &self,
        deadline: &Deadline,
        take: impl FnOnce(&[u8]) -> R,
    ) -> Result<R, Stop> {
        self.socket.receive_some(deadline, take)
    }

    /// As `receive_some` without waiting: `None` when there is nothing.
    pub fn try_receive_some<R>(&self, take: impl FnOnce(&[u8]) -> R) -> Result<Option<R>, Stop> {
        use io::ErrorKind::{Interrupted, WouldBlock};
        match self.socket.try_receive_some(take) {
            Ok(taken) => Ok(Some(taken)),
            Err(error) if matches!(error.kind(), WouldBlock | Interrupted) => Ok(None),
            Err(error) => Err(Stop::Failed(error)),
        }
    }

    /// Whether bytes may be had that the socket's descriptor does not tell of.
    pub fn holds_bytes(&self) -> bool {
        false
    }

    /// Sends all the parts in order, waiting for room. On failure tells how many bytes are out.
    pub fn send(
        &self,
        parts: &mut [IoSlice<'_>],
        deadline: &Deadline,
    ) -> Result<(), (usize, Stop)> {
        self.socket.send(parts, deadline)
    }

    /// Ends the sending half.
    pub fn shut_down(&self) -> Result<(), Stop> {
        let socket = self.socket.inner();
        socket
            .shutdown(std::net::Shutdown::Write)
            .map_err(Stop::Failed)
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
