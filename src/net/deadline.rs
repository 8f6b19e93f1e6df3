//! One moment by which a whole call has to end.

use super::cancels;
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
    /// How many cancels there had been when the call began (SocketCancel).
    cancels: Cell<u64>,
    /// How long nothing at all may arrive, where that has a limit of its own.
    silence: Option<Silence>,
}

#[derive(Clone, Debug)]
enum End {
    /// There is no limit.
    Never,
    /// Nothing waits; what such a call has done so far.
    Now(Cell<u32>),
    /// The whole time after that moment, once it is known.
    After(Cell<Option<Instant>>),
}

/// A limit that begins anew with everything that arrives.
#[derive(Clone, Debug)]
struct Silence {
    /// In milliseconds.
    most: i32,
    /// When it began; `None` until the first wait, and again after each arrival.
    begun: Cell<Option<Instant>>,
}

impl Silence {
    fn end(&self) -> Instant {
        moment(&self.begun, self.most)
    }

    fn has_passed(&self) -> bool {
        self.begun
            .get()
            .is_some_and(|begun| begun.elapsed() >= milliseconds(self.most))
    }
}

impl Deadline {
    /// Never: the call waits until something happens, or it is cancelled or the socket closed.
    #[inline]
    pub fn never() -> Self {
        Self::new(WDSOCKET_INFINITE, End::Never)
    }

    /// Do not wait.
    #[inline]
    pub fn now() -> Self {
        Self::new(0, End::Now(Cell::new(0)))
    }

    #[inline]
    fn new(total: i32, end: End) -> Self {
        Deadline {
            total,
            end,
            cancels: Cell::new(cancels::count()),
            silence: None,
        }
    }

    /// How many cancels there had been when the call began.
    #[inline]
    pub fn cancels(&self) -> u64 {
        self.cancels.get()
    }

    /// The deadline that a caller's `timeout` in milliseconds means, from this moment on.
    ///
    /// `WDSOCKET_INFINITE` is without limit, `WDSOCKET_DEFAULT` is `default`, 0 does not wait;
    /// other negative numbers are `INVALID_ARGUMENT`.
    pub fn from_timeout(timeout: i32, default: i32) -> Result<Self> {
        let deadline = Self::from_first_wait(timeout, default)?;
        deadline.start();
        Ok(deadline)
    }

    /// As `from_timeout`, but the time runs from the first wait on.
    pub fn from_first_wait(timeout: i32, default: i32) -> Result<Self> {
        let timeout = match timeout {
            WDSOCKET_DEFAULT => default,
            given => given,
        };
        match timeout {
            WDSOCKET_INFINITE | 0.. => Ok(Self::from_start(timeout)),
            _ => Err(Error::invalid(format!(
                "the timeout {timeout} is not a time: give milliseconds, -1 to wait without limit or -2 for the default"
            ))),
        }
    }

    /// The moment `milliseconds` from now; 0 and less do not wait.
    pub fn after(milliseconds: i32) -> Self {
        let deadline = match milliseconds {
            ..=0 => Self::now(),
            _ => Self::from_start(milliseconds),
        };
        deadline.start();
        deadline
    }

    /// So many milliseconds from its [`start`](Self::start) on, such as what a peer owes from the moment on at which the first
    /// call needs it: a server may come late to its client. `WDSOCKET_INFINITE` is without limit.
    pub fn from_start(milliseconds: i32) -> Self {
        match milliseconds {
            WDSOCKET_INFINITE => Self::never(),
            ..=0 => Self::now(),
            _ => Self::new(milliseconds, End::After(Cell::default())),
        }
    }

    /// Lets the time run, where it does not yet.
    #[inline]
    pub fn start(&self) {
        if let End::After(begun) = &self.end
            && begun.get().is_none()
        {
            begun.set(Some(Instant::now()));
        }
    }

    /// Waits with the same deadline, which also ends once nothing has arrived for `most` milliseconds (0 for no
    /// such end). A call that does not wait anyway stays as it is.
    #[inline]
    pub fn unless_silent<R>(&self, most: i32, wait: impl FnOnce(&Deadline) -> R) -> R {
        match most {
            0 => wait(self),
            most => wait(&self.ending_with_a_silence(most)),
        }
    }

    fn ending_with_a_silence(&self, most: i32) -> Self {
        let waits = !matches!(self.end, End::Now(_));
        Deadline {
            silence: waits.then(|| Silence {
                most,
                begun: Cell::default(),
            }),
            ..self.clone()
        }
    }

    /// Something has arrived: a silence begins anew with the next wait.
    pub fn stir(&self) {
        if let Some(silence) = &self.silence {
            silence.begun.set(None);
        }
    }

    /// How long was waited, for the text of a time-out: "within 100 ms".
    pub fn in_words(&self) -> String {
        match &self.silence {
            Some(silence) if silence.has_passed() => {
                format!("for {} ms (SocketReadIdle)", silence.most)
            }
            _ => format!("within {} ms", self.total),
        }
    }

    /// As `after`, where 0 means no limit.
    pub fn after_or_never(milliseconds: i32) -> Self {
        if milliseconds == 0 {
            return Self::never();
        }
        Self::after(milliseconds)
    }

    /// The earlier of the two, for the call that this one is of.
    pub fn min<'a>(&'a self, other: &'a Deadline) -> &'a Deadline {
        other.cancels.set(self.cancels());
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
        if let End::Now(_) = self.end {
            return Some(Duration::ZERO);
        }
        self.instant()
            .map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// Lets the time run, where it does not yet: whether the whole of it, in milliseconds, is still to come
    /// and nothing else ends the wait.
    #[inline]
    pub fn begin(&self) -> bool {
        if self.silence.is_some() {
            return false;
        }
        let End::After(begun) = &self.end else {
            return true;
        };
        let Some(begun) = begun.get() else {
            begun.set(Some(Instant::now()));
            return true;
        };
        begun.elapsed() < Duration::from_millis(1)
    }

    /// Whether nothing is left. Before the time runs, all of it is.
    pub fn has_passed(&self) -> bool {
        let whole = match &self.end {
            End::Never => false,
            End::Now(_) => true,
            End::After(begun) => begun
                .get()
                .is_some_and(|begun| begun.elapsed() >= self.whole()),
        };
        whole || self.silence.as_ref().is_some_and(Silence::has_passed)
    }

    /// Whether time was given and has run out. A call that was told not to wait may still take
    /// everything that is there already; one that was given time must end with it.
    pub fn has_run_out(&self) -> bool {
        self.total != 0 && self.has_passed()
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
        let whole = match &self.end {
            End::Never => None,
            End::Now(_) => return Some(Instant::now()),
            End::After(begun) => Some(moment(begun, self.total)),
        };
        let silent = self.silence.as_ref().map(Silence::end);
        match (whole, silent) {
            (Some(whole), Some(silent)) => Some(whole.min(silent)),
            (one, other) => one.or(other),
        }
    }

    fn whole(&self) -> Duration {
        milliseconds(self.total)
    }
}

fn milliseconds(count: i32) -> Duration {
    Duration::from_millis(count.unsigned_abs().into())
}

/// When a time of so many milliseconds is over, which begins now unless it has begun.
fn moment(begun: &Cell<Option<Instant>>, total: i32) -> Instant {
    let start = begun.get().unwrap_or_else(|| {
        let now = Instant::now();
        begun.set(Some(now));
        now
    });
    start + milliseconds(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    #[test]
    fn a_default_may_be_to_wait_without_limit() {
        let deadline = Deadline::from_timeout(WDSOCKET_DEFAULT, WDSOCKET_INFINITE).unwrap();
        assert_eq!(deadline.total(), WDSOCKET_INFINITE);
        assert_eq!(deadline.remaining(), None);
        let deadline = Deadline::from_timeout(WDSOCKET_DEFAULT, 7).unwrap();
        assert_eq!(deadline.total(), 7);
    }

    #[test]
    fn a_silence_ends_any_wait_and_begins_anew_with_each_arrival() {
        for whole in [Deadline::never(), Deadline::after(60_000)] {
            let deadline = whole.ending_with_a_silence(20);
            assert!(!deadline.begin());
            let before = Instant::now();
            assert!(deadline.instant().unwrap() >= before + Duration::from_millis(20));
            while !deadline.has_passed() {
                sleep(deadline.remaining().unwrap());
            }
            assert!(before.elapsed() >= Duration::from_millis(20));
            assert!(deadline.has_run_out());
            assert_eq!(deadline.in_words(), "for 20 ms (SocketReadIdle)");
            deadline.stir();
            assert!(!deadline.has_passed());
            assert!(deadline.remaining().unwrap() > Duration::ZERO);
        }
        let short = Deadline::after(1).ending_with_a_silence(60_000);
        sleep(Duration::from_millis(2));
        assert!(short.has_passed());
        assert_eq!(short.in_words(), "within 1 ms");
        assert!(!Deadline::now().ending_with_a_silence(20).has_run_out());
    }

    #[test]
    fn a_call_that_does_not_wait_has_an_end_all_the_same() {
        let now = Deadline::now();
        let receives = (1..).find(|_| now.ends_after(1)).unwrap();
        assert_eq!(receives, MOST_EFFORT);
        let now = Deadline::now();
        assert!(!now.ends_after(BARREN) && now.ends_after(BARREN));
        assert!((0..10_000).all(|_| !Deadline::never().ends_after(BARREN)));
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
        assert!(Deadline::never().begin());
        // On a machine that does something else a millisecond may pass between two lines, but not always.
        assert!((0..1000).any(|_| Deadline::after(60_000).begin()));
        assert!((0..1000).any(|_| Deadline::after(1).begin()));
    }
}
