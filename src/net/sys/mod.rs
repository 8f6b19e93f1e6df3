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
