//! What a wait waits for, and waiting for connections that are being made.

use super::afd;
use super::signal::Signal;
use std::io;
use std::time::Duration;

/// What a wait waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Bytes, a client or the end of the stream.
    Read,
    /// Room in the send buffer, or the end of a connection attempt.
    Write,
    /// Whichever comes first.
    ReadOrWrite,
}

impl Interest {
    pub(super) fn events(self) -> u32 {
        match self {
            Interest::Read => afd::RECEIVE | afd::ACCEPT | afd::DISCONNECT | BROKEN,
            Interest::Write => afd::SEND | BROKEN,
            Interest::ReadOrWrite => Interest::Read.events() | Interest::Write.events(),
        }
    }
}

/// The connection is gone, or was never made. (Wine tells a reset, too, as a connection that could
/// not be made.)
pub(super) const BROKEN: u32 = afd::ABORT | afd::CONNECT_FAIL;

/// Waits until one of the sockets has room (one that is being connected: until that is done), the signal is set or the
/// time is over. Tells for each socket whether it has.
pub fn wait_any(
    sockets: &[&socket2::Socket],
    signal: Option<&Signal>,
    timeout: Option<Duration>,
) -> io::Result<Vec<bool>> {
    let mut entries = Vec::with_capacity(sockets.len());
    for socket in sockets {
        entries.push(afd::PollEntry::new(
            afd::base(socket)?,
            Interest::Write.events(),
        ));
    }
    afd::poll(&mut entries, signal, timeout)?;
    Ok(entries.iter().map(|entry| entry.events != 0).collect())
}
