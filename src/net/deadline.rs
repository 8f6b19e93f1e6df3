//! One moment by which a whole call has to end.

use super::cancels;
#[cfg(unix)]
use super::sys::unix::fork::Caller;
#[cfg(windows)]
use super::sys::windows::fork::Caller;
use crate::constants::{WDSOCKET_DEFAULT, WDSOCKET_INFINITE};
use crate::error::{Error, Result};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How much a call that was told not to wait does at most with what a peer goes on sending: one for
/// every receive that brought something, [`BARREN`] for one that did not.
const MOST_EFFORT: u32 = 1024;

/// The effort of a receive that brought nothing to read: work for this side alone, such as new TLS keys.
pub const BARREN: u32 = MOST_EFFORT / 2;

/// From so many milliseconds on, the first wait of a moment goes by without the clock.
const LONG: i32 = 1000;

/// When a call has to end, whatever it does until then.
///
/// The time runs from the deadline's making on; or from the first wait on, for a call that often has
/// no need to wait and so none to read the clock.
#[derive(Clone, Debug)]
pub struct Deadline {
    /// In milliseconds; -1 for no limit, 0 where nothing waits.
    total: i32,
    /// What a call that does not wait has done so far.
    effort: Cell<u32>,
    start: Cell<Start>,
    call: Cell<Call>,
    /// How long nothing at all may arrive, where that has a limit of its own.
    silence: Option<Silence>,
}

/// The call whose deadline it is.
#[derive(Clone, Copy, Debug)]
struct Call {
    /// How many cancels there had been when it began (SocketCancel).
    cancels: u64,
    caller: Caller,
}

/// When the whole time began to run.
#[derive(Clone, Copy, Debug)]
enum Start {
    NotYet,
    /// A moment ago at most, with a first wait that often is the only one: nobody has looked at the clock.
    WithFirstWait,
    At(Instant),
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
        let begun = self.begun.get().unwrap_or_else(Instant::now);
        self.begun.set(Some(begun));
        begun + milliseconds(self.most)
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
        Self::from_start(WDSOCKET_INFINITE)
    }

    /// Do not wait.
    #[inline]
    pub fn now() -> Self {
        Self::from_start(0)
    }

    /// How many cancels there had been when the call began.
    #[inline]
    pub fn cancels(&self) -> u64 {
        self.call.get().cancels
    }

    /// The deadline that a caller's `timeout` means, from this moment on. Errors: those of [`milliseconds_of`].
    pub fn from_timeout(timeout: i32, default: i32) -> Result<Self> {
        let deadline = Self::from_start(milliseconds_of(timeout, default)?);
        deadline.start();
        Ok(deadline)
    }

    /// The moment `milliseconds` from now; 0 and less do not wait.
    pub fn after(milliseconds: i32) -> Self {
        let deadline = Self::from_start(milliseconds.max(0));
        deadline.start();
        deadline
    }

    /// So many milliseconds from its [`start`](Self::start), or from the first wait on: what a call waits for that often
    /// has no need to, or what a peer owes from the moment on at which the first call needs it, since a server
    /// may come late to its client. `WDSOCKET_INFINITE` is without limit; no other is less than 0.
    #[inline]
    pub fn from_start(milliseconds: i32) -> Self {
        Deadline {
            total: milliseconds,
            effort: Cell::new(0),
            start: Cell::new(Start::NotYet),
            call: Cell::new(Call {
                cancels: cancels::count(),
                caller: Caller::here(),
            }),
            silence: None,
        }
    }

    /// Lets the time run, where it does not yet.
    #[inline]
    pub fn start(&self) {
        if self.total > 0 {
            self.started();
        }
    }

    /// When the time began to run, which it does now unless it has begun.
    fn started(&self) -> Instant {
        match self.start.get() {
            Start::At(moment) => moment,
            Start::NotYet | Start::WithFirstWait => {
                let now = Instant::now();
                self.start.set(Start::At(now));
                now
            }
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
        let waits = self.total != 0;
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
        other.call.set(self.call.get());
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
        if self.total == 0 {
            return Some(Duration::ZERO);
        }
        self.instant()
            .map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// Whether nothing is left. Before the time runs, all of it is.
    pub fn has_passed(&self) -> bool {
        let whole = match self.start.get() {
            _ if self.total <= 0 => self.total == 0,
            Start::NotYet => false,
            _ => self.started().elapsed() >= milliseconds(self.total),
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
        if self.total != 0 {
            return self.has_passed();
        }
        let effort = self.effort.get().saturating_add(effort);
        self.effort.set(effort);
        effort >= MOST_EFFORT
    }

    /// The moment itself, for waiting on a condition variable; `None` for no limit.
    pub fn instant(&self) -> Option<Instant> {
        let whole = match self.total {
            0 => return Some(Instant::now()),
            ..0 => None,
            total => Some(self.started() + milliseconds(total)),
        };
        let silent = self.silence.as_ref().map(Silence::end);
        match (whole, silent) {
            (Some(whole), Some(silent)) => Some(whole.min(silent)),
            (one, other) => one.or(other),
        }
    }
}

/// For a wait of a moment that the system bounds itself.
#[cfg_attr(
    windows,
    expect(dead_code, reason = "only on Linux does recv wait itself")
)]
impl Deadline {
    /// The thread that makes the call.
    #[inline]
    pub fn caller(&self) -> Caller {
        self.call.get().caller
    }

    /// Before a wait of a moment: lets the time run, where it does not yet. Whether the whole of it, in milliseconds, is
    /// still to come and nothing else ends the wait.
    ///
    /// Of a second or more, the first such wait may be the only one, and does without the clock: where it is not, the time
    /// may begin to run a moment late.
    #[inline]
    pub fn begin(&self) -> bool {
        match self.start.get() {
            _ if self.silence.is_some() => false,
            _ if self.total <= 0 => true,
            Start::NotYet if self.total >= LONG => {
                self.start.set(Start::WithFirstWait);
                true
            }
            Start::NotYet => {
                self.start();
                true
            }
            _ => self.started().elapsed() < Duration::from_millis(1),
        }
    }

    /// A first wait that did not look at the clock has taken so long.
    pub fn note_first_wait(&self, time: Duration) {
        if let Start::WithFirstWait = self.start.get() {
            let now = Instant::now();
            let start = now.checked_sub(time).unwrap_or(now);
            self.start.set(Start::At(start));
        }
    }
}

/// What a caller's `timeout` in milliseconds means: `WDSOCKET_DEFAULT` is `default`, `WDSOCKET_INFINITE` is without
/// limit, 0 does not wait. Errors: INVALID_ARGUMENT (other negative numbers).
#[inline]
pub fn milliseconds_of(timeout: i32, default: i32) -> Result<i32> {
    match timeout {
        0.. | WDSOCKET_INFINITE => Ok(timeout),
        WDSOCKET_DEFAULT => Ok(default),
        _ => Err(no_time(timeout)),
    }
}

#[cold]
fn no_time(timeout: i32) -> Error {
    Error::invalid(format!(
        "the timeout {timeout} is not a time: give milliseconds, -1 to wait without limit or -2 for the default"
    ))
}

fn milliseconds(count: i32) -> Duration {
    Duration::from_millis(count.unsigned_abs().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    #[test]
    fn a_first_wait_without_the_clock_is_counted_all_the_same() {
        let told = Deadline::from_start(1000);
        assert!(told.begin());
        told.note_first_wait(Duration::from_millis(40));
        assert!(!told.begin());
        let left = told.remaining().unwrap();
        assert!(left <= Duration::from_millis(960), "{left:?}");
        told.note_first_wait(Duration::from_secs(60)); // it was no first one
        assert!(!told.has_passed());
        // Where nobody tells how long it took, the time runs from the next look on.
        for look in [
            |deadline: &Deadline| deadline.begin(),
            |deadline: &Deadline| !deadline.ends_after(1),
            |deadline: &Deadline| deadline.instant().is_some(),
        ] {
            let deadline = Deadline::from_start(1000);
            assert!(deadline.begin() && look(&deadline));
            sleep(Duration::from_millis(2));
            assert!(!deadline.begin());
            assert!(deadline.remaining().unwrap() < Duration::from_secs(1));
        }
    }

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
        for total in [999, 60_000] {
            let never_begun = Deadline::from_start(total);
            sleep(Duration::from_millis(2));
            assert!(never_begun.begin());
        }
        let begun = Deadline::after(60_000);
        sleep(Duration::from_millis(2));
        assert!(!begun.begin());
        assert!(Deadline::never().begin());
        // On a machine that does something else a millisecond may pass between two lines, but not always.
        assert!((0..1000).any(|_| Deadline::after(60_000).begin()));
        assert!((0..1000).any(|_| Deadline::after(1).begin()));
    }
}
