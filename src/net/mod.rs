//! The network below the sockets: deadlines, names to addresses, connecting, waiting.
//!
//! What differs between systems is in `sys/unix.rs` and its twin `sys/windows.rs`.

mod bluetooth;
mod cancel;
mod connect;
mod deadline;
mod endpoint;
mod host;
mod hosts;
mod machine;
mod proxy;
mod resolve;
mod route;
mod socks;
mod sys;

pub use bluetooth::{connect as connect_bluetooth, listen as listen_bluetooth};
pub use cancel::{Cancel, cancelled};
pub use connect::connect;
pub use deadline::{BARREN, Deadline};
pub use endpoint::Endpoint;
pub use host::Host;
pub use machine::addresses_of;
pub use proxy::{end_proxy, proxy, set_proxy};
pub use resolve::{LOOKUP_TIME, LookUpError, resolve};
pub use route::refusal;
pub use sys::{
    Condvar, HostError, Interest, Interface, Poller, SHORTAGE, Signal, Socket, enter, environment,
    expect_forks, family_of, forks, hold_cancellation, interfaces, is_family_missing, is_port_held,
    is_resource_limit, keep_alive_time, last_error, look_for_interposers, machine_name,
    open_datagrams, set_keep_alive, set_last_error, set_unique_address, unique_address,
};

#[cfg(windows)]
pub use sys::{EXPORT_PASSWORD, stay_loaded, stored_certificates};

use crate::error::{Code, Error};
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

impl Stop {
    /// Whether it was a passing shortage of the system's.
    pub fn is_shortage(&self) -> bool {
        match self {
            Stop::Failed(error) => is_shortage(error),
            Stop::Told(error) => error.code == Code::Limit,
            Stop::TimedOut | Stop::Cancelled => false,
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Failed(error)
    }
}

/// Whether the system is out of memory or descriptors for the moment: the same call may succeed later.
pub fn is_shortage(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory
        || error.raw_os_error().is_some_and(is_resource_limit)
}

/// Whether an accept failed for what became of the one client, in the words of one system or the other: Linux
/// tells what the network had to say of it.
pub fn is_lost_client(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        error.kind(),
        K::Interrupted
            | K::ConnectionAborted
            | K::ConnectionReset
            | K::NotConnected
            | K::TimedOut
            | K::PermissionDenied
            | K::NetworkDown
            | K::NetworkUnreachable
            | K::HostUnreachable
    ) || error.raw_os_error().is_some_and(sys::is_network_report)
}

/// Whether a call that does not wait found nothing to do.
pub fn is_nothing_now(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), WouldBlock | Interrupted)
}
