//! What has gone through a socket, and how it does.

use crate::constants::*;
use crate::error::{Code, Error, Result};
use crate::net::SystemSocket;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What sockets that are gone have counted, in the order of [`Counts`].
static GONE: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// What sockets that are gone have counted.
pub fn gone() -> [u64; 4] {
    std::array::from_fn(|place| GONE[place].load(Relaxed))
}

/// Bytes and messages, in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes that have come.
    pub bytes_received: u64,
    /// Bytes that the system has taken.
    pub bytes_sent: u64,
    /// Messages that were read.
    pub messages_received: u64,
    /// Messages that were written.
    pub messages_sent: u64,
}

impl Counts {
    /// Those of a socket, which counts its bytes itself.
    pub fn new(socket: &SystemSocket, messages_received: u64, messages_sent: u64) -> Self {
        let traffic = socket.traffic();
        Counts {
            bytes_received: traffic.received(),
            bytes_sent: traffic.sent(),
            messages_received,
            messages_sent,
        }
    }

    /// Keeps them for the sums of the process: their socket is going.
    pub fn keep(self) {
        for (sum, count) in GONE.iter().zip(self.parts()) {
            if count != 0 {
                sum.fetch_add(count, Relaxed);
            }
        }
    }

    /// The number that an info asks for.
    pub fn get(self, info: i32) -> Option<u64> {
        let place = usize::try_from(info.checked_sub(SocketBytesReceived)?).ok()?;
        self.parts().get(place).copied()
    }

    /// In the order of their infos.
    pub fn parts(self) -> [u64; 4] {
        [
            self.bytes_received,
            self.bytes_sent,
            self.messages_received,
            self.messages_sent,
        ]
    }
}

/// What a connection tells of an info from SocketBytesReceived to SocketHandshakeTime.
/// Errors: WRONG_KIND (no TLS), NO_CONNECTION (the handshake is not done), NOT_SUPPORTED.
pub fn of_connection(
    counts: Counts,
    socket: &SystemSocket,
    handshake: impl FnOnce() -> Result<Duration>,
    info: i32,
) -> Result<String> {
    let state = || socket.tcp_state();
    #[allow(non_upper_case_globals)]
    let told = match info {
        SocketSilentFor => state().silent_for,
        SocketRoundTrip => state().round_trip,
        SocketRetransmits => state().retransmits,
        SocketUnsent => state().unsent,
        SocketHandshakeTime => Some(micros(handshake()?)),
        _ => counts.get(info),
    };
    told.map(|number| number.to_string()).ok_or_else(|| {
        Error::new(
            Code::NotSupported,
            "this system does not tell that of such a connection",
        )
    })
}

/// What a UDP socket tells. Errors: WRONG_KIND.
pub fn of_datagrams(counts: Counts, silent_for: Duration, info: i32) -> Result<String> {
    #[allow(non_upper_case_globals)]
    let told = match info {
        SocketSilentFor => Some(silent_for.as_millis().try_into().unwrap_or(u64::MAX)),
        _ => counts.get(info),
    };
    told.map(|number| number.to_string()).ok_or_else(|| {
        Error::new(
            Code::WrongKind,
            "this socket is a UDP socket: only a connection has a round trip, retransmits and a handshake",
        )
    })
}

fn micros(time: Duration) -> u64 {
    time.as_micros().try_into().unwrap_or(u64::MAX)
}
