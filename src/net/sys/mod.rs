//! The system's own calls: one file a system and subject, with the same names in each.

mod receive;

use std::time::Duration;

/// How often the system asks a silent peer whether it lives, before it takes it for dead.
const QUESTIONS: u32 = 3;

/// The time between two of these questions, where the first comes after this `silence`: whole seconds, a third.
fn between_questions(silence: Duration) -> Duration {
    Duration::from_secs(silence.as_secs().div_ceil(QUESTIONS.into()))
}

/// How long a call waits before it asks again for what the system was short of.
pub const SHORTAGE: Duration = Duration::from_millis(20);

#[cfg(unix)]
mod bluetooth_unix;
#[cfg(unix)]
mod cancellation_unix;
#[cfg(unix)]
mod condvar_unix;
#[cfg(unix)]
mod datagram_unix;
#[cfg(unix)]
mod fork_unix;
#[cfg(unix)]
mod futex_unix;
#[cfg(unix)]
mod host_unix;
#[cfg(unix)]
mod lookup_unix;
#[cfg(unix)]
mod machine_unix;
#[cfg(unix)]
mod poller_unix;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use {
    bluetooth_unix::*,
    cancellation_unix::{hold_cancellation, look_for_interposers},
    condvar_unix::Condvar,
    datagram_unix::*,
    fork_unix::*,
    host_unix::*,
    lookup_unix::*,
    machine_unix::*,
    poller_unix::Poller,
    unix::*,
};

#[cfg(windows)]
mod afd_windows;
#[cfg(windows)]
mod bluetooth_windows;
#[cfg(windows)]
mod cancellation_windows;
#[cfg(windows)]
mod certificates_windows;
#[cfg(windows)]
mod condvar_windows;
#[cfg(windows)]
mod datagram_windows;
#[cfg(windows)]
mod fork_windows;
#[cfg(windows)]
mod host_windows;
#[cfg(windows)]
mod lookup_windows;
#[cfg(windows)]
mod machine_windows;
#[cfg(windows)]
mod poller_windows;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use {
    bluetooth_windows::*, cancellation_windows::*, certificates_windows::*,
    condvar_windows::Condvar, datagram_windows::*, fork_windows::*, host_windows::*,
    lookup_windows::*, machine_windows::*, poller_windows::Poller, windows::*,
};
