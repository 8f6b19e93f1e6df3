//! The system's own calls: one file a system and subject, with the same names in each.

#[cfg(unix)]
mod poller_unix;
#[cfg(windows)]
mod poller_windows;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_bluetooth;
#[cfg(unix)]
mod unix_datagram;
#[cfg(unix)]
mod unix_machine;
#[cfg(unix)]
pub use {poller_unix::Poller, unix::*, unix_bluetooth::*, unix_datagram::*, unix_machine::*};

#[cfg(windows)]
mod windows;
#[cfg(windows)]
mod windows_afd;
#[cfg(windows)]
mod windows_bluetooth;
#[cfg(windows)]
mod windows_datagram;
#[cfg(windows)]
mod windows_machine;
#[cfg(windows)]
pub use {poller_windows::Poller, windows::*, windows_bluetooth::*, windows_datagram::*, windows_machine::*};
