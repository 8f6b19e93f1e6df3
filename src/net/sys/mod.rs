//! The system's own calls: one file a system and subject, with the same names in each.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_bluetooth;
#[cfg(unix)]
mod unix_datagram;
#[cfg(unix)]
mod unix_machine;
#[cfg(unix)]
mod unix_poller;
#[cfg(unix)]
pub use {unix::*, unix_bluetooth::*, unix_datagram::*, unix_machine::*, unix_poller::*};

#[cfg(windows)]
mod windows_poller;
#[cfg(windows)]
pub use windows_poller::*;
