//! How a wait ends without what was waited for.

use crate::error::{Code, Error, is_shortage};
use std::io;
use std::time::Duration;

/// How long a call waits before it asks again for what the system was short of.
pub const SHORTAGE: Duration = Duration::from_millis(20);

/// Why a wait ended without what was waited for.
#[derive(Debug)]
pub enum Stop {
    /// The deadline passed.
    TimedOut,
    /// Another thread closed the socket.
    Cancelled,
    /// The system reported an error.
    Failed(io::Error),
    /// What carries the bytes has put the reason in words already.
    Told(Error),
}

impl Stop {
    /// Whether it was a passing shortage of the system's.
    pub fn is_shortage(&self) -> bool {
        match self {
            Stop::Failed(error) => is_shortage(error),
            Stop::Told(error) => error.code == Code::Limit,
            Stop::TimedOut | Stop::Cancelled => false,
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Failed(error)
    }
}
