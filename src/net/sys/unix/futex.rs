//! Sleeping until another thread changes a number: what Linux's locks are made of.
//!
//! Nothing of a sleeper is kept but in the kernel, so a child of a fork finds no trace of the threads that it
//! does not have. Libraries that keep lists of sleepers would wake those, and leave its own asleep.

use std::ffi::{c_int, c_long};
use std::ptr::{from_ref, null};
use std::sync::atomic::AtomicU32;
use std::time::Duration;

const WAIT: c_int = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
const WAKE: c_int = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;

/// The time as this system call takes it, whatever the C library's own `timespec` is.
#[repr(C)]
struct Time {
    seconds: c_long,
    nanoseconds: c_long,
}

/// Sleeps while the number is `expected`, until it is woken or the time is over. May return early. Not a
/// point of cancellation. Whether a signal's handler ended it; without a timeout, one with SA_RESTART does not.
pub fn sleep_while(number: &AtomicU32, expected: u32, timeout: Option<Duration>) -> bool {
    let limit = timeout.map(|left| Time {
        seconds: c_long::try_from(left.as_secs()).unwrap_or(c_long::MAX),
        nanoseconds: left.subsec_nanos() as c_long,
    });
    let limit = limit.as_ref().map_or(null(), from_ref);
    // SAFETY: the number and the limit live through the call, which only reads them.
    let slept = unsafe { libc::syscall(libc::SYS_futex, number.as_ptr(), WAIT, expected, limit) };
    slept < 0 && std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted
}

/// Wakes so many of those who sleep on the number.
pub fn wake(number: &AtomicU32, count: i32) {
    // SAFETY: only the number's address is used.
    unsafe { libc::syscall(libc::SYS_futex, number.as_ptr(), WAKE, count) };
}
