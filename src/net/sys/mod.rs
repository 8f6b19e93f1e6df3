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
pub use {unix::*, unix_bluetooth::*, unix_datagram::*, unix_machine::*};

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
pub use {windows::*, windows_bluetooth::*, windows_datagram::*, windows_machine::*};
