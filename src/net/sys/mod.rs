//! The system's own calls: one file a system and subject, with the same names in each.

#[cfg(unix)]
mod bluetooth_unix;
#[cfg(unix)]
mod datagram_unix;
#[cfg(unix)]
mod machine_unix;
#[cfg(unix)]
mod poller_unix;
#[cfg(windows)]
mod poller_windows;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use {bluetooth_unix::*, datagram_unix::*, machine_unix::*, poller_unix::Poller, unix::*};
