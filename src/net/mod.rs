//! The network below the sockets: deadlines, names to addresses, connecting, waiting.
//!
//! What differs between systems is in `sys/unix.rs` and its twin `sys/windows.rs`.

mod cancel;
mod connect;
mod deadline;
mod resolve;
mod sys;

pub use cancel::Cancel;
pub use connect::connect;
pub use deadline::Deadline;
pub use resolve::{Endpoint, resolve};
pub use sys::{
    Interest, Poller, Signal, Socket, is_family_missing, is_resource_limit, set_unique_address,
};

use crate::error::Error;
use std::io;

/// Why a wait ended without what was waited for.
#[derive(Debug)]
pub enum Stop {
    /// The deadline passed.
    TimedOut,
    /// Another thread closed the socket.
    Cancelled,
    /// The system reported an error.
    Failed(io::Error),
    /// What carries the bytes has put the reason in words already.
    Told(Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Failed(error)
    }
}
