//! The system's own calls: a folder a system, with the same face, which [`shell`] states.

mod datagrams;
mod keep_alive;
mod receive;
mod sending;
mod shell;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::*;
