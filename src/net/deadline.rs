//! One moment by which a whole call has to end.

use crate::constants::{WDSOCKET_DEFAULT, WDSOCKET_INFINITE};
use crate::error::{Error, Result};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How much a call that was told not to wait does at most with what a peer goes on sending: one for
/// every receive that brought something, [`BARREN`] for one that did not.
const MOST_EFFORT: u32 = 1024;

/// The effort of a receive that brought nothing to read: work for this side alone, such as new TLS keys.
pub const BARREN: u32 = MOST_EFFORT / 2;

/// When a call has to end, whatever it does until then.
///
/// The time runs from the deadline's making on; or from the first wait on, for a call that often has
/// no need to wait and so none to read the clock.
#[derive(Clone, Debug)]
pub struct Deadline {
    total: i32,
    end: End,
}

#[derive(Clone, Debug)]
enum End {
    /// There is no limit.
    Never,
    /// Nothing waits; what such a call has done so far.
    Now(Cell<u32>),
    /// The moment, once it is known.
    At(Cell<Option<Instant>>),
}

impl Deadline {
    /// Never: the call waits until something happens or the socket is closed.
    pub const NEVER: Deadline = Deadline {
        total: WDSOCKET_INFINITE,
        end: End::Never,
    };

    /// Do not wait.
    pub const fn now() -> Self {
        Deadline {
            total: 0,
            end: End::Now(Cell::new(0)),
        }
    }

    /// The deadline that a caller's `timeout` in milliseconds means, from this moment on.
    ///
    /// `WDSOCKET_INFINITE` is without limit, `WDSOCKET_DEFAULT` is `default`, 0 does not wait;
    /// other negative numbers are `INVALID_ARGUMENT`.
    pub fn from_timeout(timeout: i32, default: i32) -> Result<Self> {
        let deadline = Self::from_first_wait(timeout, default)?;
        deadline.begin();
        Ok(deadline)
    }

    /// As `from_timeout`, but the time runs from the first wait on.
    pub fn from_first_wait(timeout: i32, default: i32) -> Result<Self> {
        match timeout {
            WDSOCKET_INFINITE => Ok(Self::NEVER),
            WDSOCKET_DEFAULT => Ok(Self::not_begun(default)),
            0.. => Ok(Self::not_begun(timeout)),
            _ => Err(Error::invalid(format!(
                "the timeout {timeout} is not a time: give milliseconds, -1 to wait without limit or -2 for the default"
            ))),
        }
    }

    /// The moment `milliseconds` from now; 0 and less do not wait.
    pub fn after(milliseconds: i32) -> Self {
        let deadline = Self::not_begun(milliseconds);
        deadline.begin();
        deadline
    }

    fn not_begun(milliseconds: i32) -> Self {
        if milliseconds <= 0 {
            return Self::now();
        }
        Deadline {
            total: milliseconds,
            end: End::At(Cell::default()),
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
    pub fn min<'a>(&'a self, other: &'a Deadline) -> &'a Deadline {
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
        match &self.end {
            End::Never => None,
            End::Now(_) => Some(Duration::ZERO),
            End::At(end) => Some(self.moment(end).saturating_duration_since(Instant::now())),
        }
    }

    /// Lets the time run, where it does not yet: whether the whole of it, in milliseconds, is still to come.
    pub fn begin(&self) -> bool {
        let End::At(end) = &self.end else {
            return true;
        };
        let Some(moment) = end.get() else {
            self.moment(end);
            return true;
        };
        let left = moment.saturating_duration_since(Instant::now());
        left + Duration::from_millis(1) > self.whole()
    }

    /// Whether nothing is left. Before the time runs, all of it is.
    pub fn has_passed(&self) -> bool {
        match &self.end {
            End::Never => false,
            End::Now(_) => true,
            End::At(end) => end.get().is_some_and(|end| end <= Instant::now()),
        }
    }

    /// Whether time was given and has run out. A call that was told not to wait may still take
    /// everything that is there already; one that was given time must end with it.
    pub fn has_run_out(&self) -> bool {
        self.total > 0 && self.has_passed()
    }

    /// Whether the call has to end after one more receive that did not finish its work. One that was told
    /// not to wait takes what is there already, but not for ever what a peer goes on sending.
    pub fn ends_after(&self, effort: u32) -> bool {
        let End::Now(so_far) = &self.end else {
            return self.has_passed();
        };
        so_far.set(so_far.get().saturating_add(effort));
        so_far.get() >= MOST_EFFORT
    }

    /// The moment itself, for waiting on a condition variable; `None` for no limit.
    pub fn instant(&self) -> Option<Instant> {
        match &self.end {
            End::Never => None,
            End::Now(_) => Some(Instant::now()),
            End::At(end) => Some(self.moment(end)),
        }
    }

    fn whole(&self) -> Duration {
        Duration::from_millis(self.total.unsigned_abs().into())
    }

    fn moment(&self, end: &Cell<Option<Instant>>) -> Instant {
        end.get().unwrap_or_else(|| {
            let moment = Instant::now() + self.whole();
            end.set(Some(moment));
            moment
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    #[test]
    fn a_call_that_does_not_wait_has_an_end_all_the_same() {
        let now = Deadline::now();
        let receives = (1..).find(|_| now.ends_after(1)).unwrap();
        assert_eq!(receives, MOST_EFFORT);
        let now = Deadline::now();
        assert!(!now.ends_after(BARREN) && now.ends_after(BARREN));
        assert!((0..10_000).all(|_| !Deadline::NEVER.ends_after(BARREN)));
        let later = Deadline::after(60_000);
        assert!((0..10_000).all(|_| !later.ends_after(BARREN)));
    }

    #[test]
    fn the_whole_time_is_to_come_as_long_as_not_a_millisecond_has_gone() {
        let never_begun = Deadline::from_first_wait(60_000, 0).unwrap();
        sleep(Duration::from_millis(2));
        assert!(never_begun.begin());
        let begun = Deadline::after(60_000);
        sleep(Duration::from_millis(2));
        assert!(!begun.begin());
        assert!(Deadline::NEVER.begin());
        // On a machine that does something else a millisecond may pass between two lines, but not always.
        assert!((0..1000).any(|_| Deadline::after(60_000).begin()));
        assert!((0..1000).any(|_| Deadline::after(1).begin()));
    }
}
