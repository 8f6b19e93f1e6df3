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
    /// It was ended before its time.
    Cancelled(Ender),
    /// The system reported an error.
    Failed(io::Error),
    /// What carries the bytes has put the reason in words already.
    Told(Error),
}

/// Who ends a wait before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ender {
    /// Another thread, which closed the socket.
    Close,
    /// Another thread, by SocketCancel: the socket goes on.
    Cancel,
    /// A signal's handler, which ran in the waiting thread (SocketSignalEndsWait): the socket goes on.
    Signal,
}

impl Ender {
    /// What the call says.
    pub fn told(self) -> Error {
        let text = match self {
            Ender::Close => "the socket was closed by another thread during the call",
            Ender::Cancel => {
                "SocketCancel ended the call in another thread: the socket goes on, make the call again when it is wanted"
            }
            Ender::Signal => {
                "a signal's handler ran during the wait and ended it (SocketSignalEndsWait): make the call again to go on"
            }
        };
        Error::new(Code::Cancelled, text)
    }

    /// As `told`, of a message of which a part is out.
    pub fn told_of_a_part(self) -> Error {
        match self {
            Ender::Close => self.told(),
            Ender::Cancel => of_a_part("SocketCancel ended the call in another thread"),
            Ender::Signal => of_a_part(
                "a signal's handler ran during the wait and ended it (SocketSignalEndsWait)",
            ),
        }
    }
}

impl Stop {
    /// Whether the socket goes on as if the call had not been made.
    pub fn is_passing(&self) -> bool {
        match self {
            Stop::TimedOut | Stop::Cancelled(Ender::Cancel | Ender::Signal) => true,
            stop => stop.is_shortage(),
        }
    }

    /// Whether it was a passing shortage of the system's.
    pub fn is_shortage(&self) -> bool {
        match self {
            Stop::Failed(error) => is_shortage(error),
            Stop::Told(error) => error.code == Code::Limit,
            Stop::TimedOut | Stop::Cancelled(_) => false,
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Failed(error)
    }
}

fn of_a_part(why: &str) -> Error {
    Error::new(
        Code::Cancelled,
        format!(
            "{why} while the message was on its way: only a part of it is out, which ends the sending half, connect again"
        ),
    )
}
