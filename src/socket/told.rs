//! What SocketLocalInfo tells beyond the address: of one socket, and of all together.

use super::statistics::{self, Counts};
use super::table::{SOCKETS, Socket};
use crate::constants::*;
use crate::error::{Error, Result};
use crate::moment::iso;

/// What one socket tells.
/// Errors: INVALID_ARGUMENT (no such info), WRONG_KIND, NO_CONNECTION (no client), NOT_SUPPORTED (the system
/// does not tell).
pub fn tell(socket: &Socket, info: i32) -> Result<String> {
    #[allow(non_upper_case_globals)]
    match info {
        SocketSince => Ok(iso(socket.since()?)),
        SocketLastError => Ok(socket.last_error()),
        SocketBytesReceived..=SocketHandshakeTime => socket.kind()?.statistic(info),
        _ => Err(Error::invalid(format!(
            "{info} is nothing that can be told of a socket: give SocketAddress, SocketPort or SocketBytesReceived to SocketLastError"
        ))),
    }
}

/// What the process as a whole tells. A socket that is closed while a call still uses it counts again when that
/// call has ended. Errors: INVALID_ARGUMENT (only a socket can tell that).
pub fn tell_sums(info: i32) -> Result<String> {
    let mut sums = statistics::gone();
    let (mut open, mut place) = (0_u64, 0);
    while let Some((found, entry)) = SOCKETS.next(place) {
        (open, place) = (open + 1, found + 1);
        let counts = entry.kind().ok().and_then(|kind| kind.counts().ok());
        for (sum, count) in sums.iter_mut().zip(counts.unwrap_or_default().parts()) {
            *sum += count;
        }
    }
    if info == SocketOpenSockets {
        return Ok(open.to_string());
    }
    let [bytes_received, bytes_sent, messages_received, messages_sent] = sums;
    let all = Counts {
        bytes_received,
        bytes_sent,
        messages_received,
        messages_sent,
    };
    all.get(info).map(|sum| sum.to_string()).ok_or_else(|| {
        Error::invalid(
            "without a name only sums can be told: give SocketBytesReceived, SocketBytesSent, SocketMessagesReceived, SocketMessagesSent or SocketOpenSockets, or the name of a socket",
        )
    })
}
