//! One moment by which a whole call has to end.

use crate::constants::{WDSOCKET_DEFAULT, WDSOCKET_INFINITE};
use crate::error::{Error, Result};
use std::time::{Duration, Instant};

/// When a call has to end, whatever it does until then.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    total: i32,
    end: Option<Instant>,
}

impl Deadline {
    /// Never: the call waits until something happens or the socket is closed.
    pub const NEVER: Deadline = Deadline {
        total: WDSOCKET_INFINITE,
        end: None,
    };

    /// Do not wait.
    pub const NOW: Deadline = Deadline {
        total: 0,
        end: None,
    };

    /// The deadline that a caller's `timeout` in milliseconds means, from this moment on.
    ///
    /// `WDSOCKET_INFINITE` is without limit, `WDSOCKET_DEFAULT` is `default`, 0 does not wait;
    /// other negative numbers are `INVALID_ARGUMENT`.
    pub fn from_timeout(timeout: i32, default: i32) -> Result<Self> {
        match timeout {
            WDSOCKET_INFINITE => Ok(Self::NEVER),
            WDSOCKET_DEFAULT => Ok(Self::after(default)),
            0.. => Ok(Self::after(timeout)),
            _ => Err(Error::invalid(format!(
                "the timeout {timeout} is not a time: give milliseconds, -1 to wait without limit or -2 for the default"
            ))),
        }
    }

    /// The moment `milliseconds` from now; 0 and less do not wait.
    pub fn after(milliseconds: i32) -> Self {
        if milliseconds <= 0 {
            return Self::NOW;
        }
        let end = Instant::now() + Duration::from_millis(milliseconds.unsigned_abs().into());
        Deadline {
            total: milliseconds,
            end: Some(end),
        }
    }

    /// As `after`, where 0 means no limit.
    pub fn after_or_never(milliseconds: i32) -> Self {
        if milliseconds == 0 {
            return Self::NEVER;
        }
        Self::after(milliseconds)
    }

    /// The earlier of the two.
    pub fn min(self, other: Deadline) -> Deadline {
        match (self.remaining(), other.remaining()) {
            (Some(mine), Some(theirs)) if theirs < mine => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// The whole time in milliseconds that was given, -1 for no limit.
    pub fn total(&self) -> i32 {
        self.total
    }

    /// What is left; `None` where there is no limit.
    pub fn remaining(&self) -> Option<Duration> {
        match self.end {
            Some(end) => Some(end.saturating_duration_since(Instant::now())),
            None if self.total == 0 => Some(Duration::ZERO),
            None => None,
        }
    }

    /// Whether nothing is left.
    pub fn has_passed(&self) -> bool {
        self.remaining() == Some(Duration::ZERO)
    }

    /// Whether time was given and has run out. A call that was told not to wait may still take
    /// everything that is there already; one that was given time must end with it.
    pub fn has_run_out(&self) -> bool {
        self.total > 0 && self.has_passed()
    }

    /// Whether the whole time is still to come, to the millisecond.
    pub fn is_fresh(&self) -> bool {
        match self.end {
            Some(_) => self
                .remaining()
                .is_some_and(|left| left.as_micros().div_ceil(1000) == self.total as u128),
            None => true,
        }
    }

    /// The moment itself, for waiting on a condition variable; `None` for no limit.
    pub fn instant(&self) -> Option<Instant> {
        match self.end {
            None if self.total == 0 => Some(Instant::now()),
            end => end,
        }
    }
}
