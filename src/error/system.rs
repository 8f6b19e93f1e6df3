//! What an error of the operating system means.

#[cfg(unix)]
use super::unix::{is_network_report, is_resource_limit};
#[cfg(windows)]
use super::windows::{is_network_report, is_resource_limit};
use std::io;

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
    ) || error.raw_os_error().is_some_and(is_network_report)
}

/// Whether a call that does not wait found nothing to do.
pub fn is_nothing_now(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), WouldBlock | Interrupted)
}
