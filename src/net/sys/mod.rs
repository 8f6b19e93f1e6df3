//! The system's own calls: one file a system, with the same names in each.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_poller;
#[cfg(windows)]
mod windows_poller;
#[cfg(unix)]
pub use unix::*;
#[cfg(unix)]
pub use unix_poller::Poller;
#[cfg(windows)]
pub use windows_poller::Poller;
