//! Waiting for descriptors, with poll.

use super::cancellation::hold_cancellation;
use super::fork::outside;
use super::signal::Signal;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

/// What a wait waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Bytes, a client or the end of the stream.
    Read,
    /// Room in the send buffer, or the end of a connection attempt.
    Write,
    /// Whichever comes first.
    ReadOrWrite,
}

/// Waits until one of the sockets has room (one that is being connected: until that is done), the signal is set or the
/// time is over. Tells for each socket whether it has. A signal's handler ends it with `Interrupted`.
pub fn wait_any(
    sockets: &[&socket2::Socket],
    signal: Option<&Signal>,
    timeout: Option<Duration>,
) -> io::Result<Vec<bool>> {
    let mut entries: Vec<_> = sockets
        .iter()
        .map(|socket| poll_entry(socket.as_raw_fd(), Interest::Write))
        .collect();
    entries.extend(signal.map(|signal| poll_entry(signal.as_raw_fd(), Interest::Read)));
    poll(&mut entries, timeout)?;
    entries.truncate(sockets.len());
    Ok(entries.iter().map(|entry| entry.revents != 0).collect())
}

/// Makes a system call with these flags, which may wait unless they say otherwise.
#[inline]
pub(super) fn waiting<R>(flags: i32, call: impl FnOnce() -> R) -> R {
    if flags & libc::MSG_DONTWAIT != 0 {
        return call();
    }
    outside(call)
}

pub(super) fn poll_entry(fd: RawFd, interest: Interest) -> libc::pollfd {
    let events = match interest {
        Interest::Read => libc::POLLIN,
        Interest::Write => libc::POLLOUT,
        Interest::ReadOrWrite => libc::POLLIN | libc::POLLOUT,
    };
    libc::pollfd {
        fd,
        events,
        revents: 0,
    }
}

pub(super) fn poll(entries: &mut [libc::pollfd], timeout: Option<Duration>) -> io::Result<usize> {
    let limit = timeout.map(|left| libc::timespec {
        tv_sec: left.as_secs() as _,
        tv_nsec: left.subsec_nanos() as _,
    });
    let limit = limit.as_ref().map_or(std::ptr::null(), |limit| limit);
    let _held = hold_cancellation();
    let flags = match timeout {
        Some(Duration::ZERO) => libc::MSG_DONTWAIT,
        _ => 0,
    };
    waiting(flags, || {
        // SAFETY: the entries are a slice's; the limit is null or lives through the call.
        let ready = unsafe {
            libc::ppoll(
                entries.as_mut_ptr(),
                entries.len() as _,
                limit,
                std::ptr::null(),
            )
        };
        usize::try_from(ready).map_err(|_| io::Error::last_os_error())
    })
}
