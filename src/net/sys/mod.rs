//! The system's own calls: one file a system, with the same names in each.

#[cfg(unix)]
mod poller_unix;
#[cfg(windows)]
mod poller_windows;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use poller_unix::Poller;
#[cfg(windows)]
pub use poller_windows::Poller;
#[cfg(unix)]
pub use unix::*;
