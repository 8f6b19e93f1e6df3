//! The network below the sockets: deadlines, names to addresses, connecting, waiting.
//!
//! What differs between systems is in `sys/unix.rs` and its twin `sys/windows.rs`.

mod bluetooth;
mod cancel;
mod connect;
mod deadline;
mod endpoint;
mod host;
mod machine;
mod resolve;
mod sys;

pub use bluetooth::{connect as connect_bluetooth, listen as listen_bluetooth};
pub use cancel::{Cancel, cancelled};
pub use connect::connect;
pub use deadline::Deadline;
pub use endpoint::Endpoint;
pub use host::Host;
pub use machine::addresses_of;
pub use resolve::{LOOKUP_TIME, resolve};
pub use sys::{
    Interest, Interface, Poller, Signal, Socket, family_of, interfaces, is_family_missing,
    is_port_held, is_resource_limit, keep_alive_time, machine_name, open_datagrams,
    set_unique_address, unique_address,
};

#[cfg(windows)]
pub use sys::{EXPORT_PASSWORD, stay_loaded, stored_certificates};

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

/// Whether a call that does not wait found nothing to do.
pub fn is_nothing_now(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), WouldBlock | Interrupted)
}
