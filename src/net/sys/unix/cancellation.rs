//! pthread_cancel, which would unwind through a call: held back until the call is over.
//!
//! The C library acts on it in the system calls that may wait. To switch that off and on again costs as
//! much as a quarter of a short message, so the calls that move messages do without: what they ask of the
//! system goes through this file, which makes the system call itself. Where another library stands in
//! between (a sanitizer, a preloaded proxy, a test that makes calls fail), the C library's function is
//! called, with cancellation switched off around it.

use libc::msghdr;
use socket2::SockAddr;
use std::ffi::{CStr, c_int, c_long, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(not(target_os = "android"))]
unsafe extern "C" {
    fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
}

/// Android has no cancellation.
#[cfg(target_os = "android")]
unsafe fn pthread_setcancelstate(_: c_int, _: *mut c_int) -> c_int {
    0
}

/// pthread.h, the same number in every C library of Linux.
const PTHREAD_CANCEL_DISABLE: c_int = 1;

/// As long as it lives, nobody cancels this thread.
#[derive(Debug)]
pub struct Uncancelled {
    before: c_int,
}

/// Holds cancellation of this thread back.
#[inline]
pub fn hold_cancellation() -> Uncancelled {
    let mut before = PTHREAD_CANCEL_DISABLE;
    // SAFETY: the state that was goes to a variable of ours.
    unsafe { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &mut before) };
    Uncancelled { before }
}

impl Drop for Uncancelled {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: a state that the same function told, of this thread.
        unsafe { pthread_setcancelstate(self.before, &mut self.before) };
    }
}

/// Whether the functions below are the C library's own, so that leaving them out changes nothing.
static DIRECT: AtomicBool = AtomicBool::new(false);

/// Looks whether another library stands in between.
pub fn look_for_interposers() {
    const NAMES: [&CStr; 9] = [
        c"recv",
        c"recvmsg",
        c"send",
        c"sendto",
        c"sendmsg",
        c"epoll_wait",
        c"epoll_pwait",
        c"read",
        c"write",
    ];
    // SAFETY: names are NUL-terminated; the library is one that is loaded already, and it stays.
    let own = |name: &CStr| unsafe {
        let library = libc::dlopen(c"libc.so.6".as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD);
        if library.is_null() {
            return false;
        }
        let found = libc::dlsym(library, name.as_ptr());
        libc::dlclose(library);
        !found.is_null() && found == libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr())
    };
    // Older kernels have other system calls for sockets on 32 bits.
    let direct = cfg!(target_pointer_width = "64") && NAMES.iter().all(|name| own(name));
    DIRECT.store(direct, Ordering::Relaxed);
}

/// A parameter of a system call.
trait Word: Copy {
    fn word(self) -> usize;
}

macro_rules! words {
    ($($kind:ty),+) => {$(
        impl Word for $kind {
            #[inline]
            fn word(self) -> usize {
                self as usize
            }
        }
    )+};
}

words!(c_int, u32, usize);

impl<T> Word for *const T {
    #[inline]
    fn word(self) -> usize {
        self as usize
    }
}

impl<T> Word for *mut T {
    #[inline]
    fn word(self) -> usize {
        self as usize
    }
}

/// One system call; the negative error number where it failed.
///
/// # Safety
/// As the call's.
#[cfg(target_arch = "x86_64")]
#[inline]
unsafe fn system_call(number: c_long, [a, b, c, d, e, f]: [usize; 6]) -> isize {
    let result;
    // SAFETY: Linux's convention on this processor, which changes these registers and no others.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            in("r8") e,
            in("r9") f,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// One system call; the negative error number where it failed.
///
/// # Safety
/// As the call's.
#[cfg(not(target_arch = "x86_64"))]
unsafe fn system_call(number: c_long, [a, b, c, d, e, f]: [usize; 6]) -> isize {
    // SAFETY: as this function's.
    match unsafe { libc::syscall(number, a, b, c, d, e, f) } {
        -1 => -(io::Error::last_os_error().raw_os_error().unwrap_or(0) as isize),
        result => result as isize,
    }
}

/// Makes the system call, or calls the C library's function.
macro_rules! direct {
    ($number:ident($($given:expr),*); $function:ident($($usual:expr),*)) => {
        if DIRECT.load(Ordering::Relaxed) {
            match system_call(libc::$number, [$($given.word()),*]) {
                count @ 0.. => Ok(count as usize),
                error => Err(failed(error)),
            }
        } else {
            usual(move || libc::$function($($usual),*) as isize)
        }
    };
}

#[cold]
fn failed(error: isize) -> io::Error {
    io::Error::from_raw_os_error(-error as i32)
}

#[cold]
#[inline(never)]
fn usual(call: impl FnOnce() -> isize) -> io::Result<usize> {
    let _held = hold_cancellation();
    usize::try_from(call()).map_err(|_| io::Error::last_os_error())
}

/// A parameter that a system call does not have.
const NONE: usize = 0;

/// `recv`.
///
/// # Safety
/// As `recv`'s.
#[inline]
pub unsafe fn recv(fd: c_int, buffer: *mut c_void, size: usize, flags: c_int) -> io::Result<usize> {
    // SAFETY: as this function's.
    unsafe {
        direct!(
            SYS_recvfrom(fd, buffer, size, flags, NONE, NONE);
            recv(fd, buffer, size, flags)
        )
    }
}

/// `recvmsg`.
///
/// # Safety
/// As `recvmsg`'s.
#[inline]
pub unsafe fn recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> io::Result<usize> {
    // SAFETY: as this function's.
    unsafe {
        direct!(SYS_recvmsg(fd, message, flags, NONE, NONE, NONE); recvmsg(fd, message, flags))
    }
}

/// `send`.
///
/// # Safety
/// `fd` is open.
#[inline]
pub unsafe fn send(fd: c_int, bytes: &[u8], flags: c_int) -> io::Result<usize> {
    let (start, size) = (bytes.as_ptr().cast::<c_void>(), bytes.len());
    // SAFETY: as this function's; the bytes are a slice's.
    unsafe { direct!(SYS_sendto(fd, start, size, flags, NONE, NONE); send(fd, start, size, flags)) }
}

/// `sendto`.
///
/// # Safety
/// `fd` is open.
pub unsafe fn sendto(fd: c_int, bytes: &[u8], flags: c_int, to: &SockAddr) -> io::Result<usize> {
    let (start, size) = (bytes.as_ptr().cast::<c_void>(), bytes.len());
    let (address, length) = (to.as_ptr().cast::<libc::sockaddr>(), to.len());
    // SAFETY: as this function's; the bytes are a slice's, and the address is whole.
    unsafe {
        direct!(
            SYS_sendto(fd, start, size, flags, address, length);
            sendto(fd, start, size, flags, address, length)
        )
    }
}

/// `sendmsg`.
///
/// # Safety
/// As `sendmsg`'s.
#[inline]
pub unsafe fn sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> io::Result<usize> {
    // SAFETY: as this function's.
    unsafe {
        direct!(SYS_sendmsg(fd, message, flags, NONE, NONE, NONE); sendmsg(fd, message, flags))
    }
}

/// `epoll_wait`; the events that it counts are set.
///
/// # Safety
/// `epoll` is open.
#[inline]
pub unsafe fn epoll_wait(
    epoll: c_int,
    found: &mut [MaybeUninit<libc::epoll_event>],
    timeout: c_int,
) -> io::Result<usize> {
    let events = found.as_mut_ptr().cast::<libc::epoll_event>();
    let room = found.len() as c_int;
    // SAFETY: as this function's; the events are a slice's, and no mask of signals is given.
    unsafe {
        direct!(
            SYS_epoll_pwait(epoll, events, room, timeout, NONE, NONE);
            epoll_wait(epoll, events, room, timeout)
        )
    }
}

/// `read` of an eventfd's number, which it forgets.
///
/// # Safety
/// `fd` is open.
pub unsafe fn read_event(fd: c_int) {
    let mut count = 0_u64;
    let place = (&raw mut count).cast::<c_void>();
    // SAFETY: eight writable bytes. It fails only where the number is zero.
    let _ = unsafe { direct!(SYS_read(fd, place, 8_usize, NONE, NONE, NONE); read(fd, place, 8)) };
}

/// `write` of one to an eventfd.
///
/// # Safety
/// `fd` is open.
pub unsafe fn write_event(fd: c_int) {
    let one = 1_u64;
    let place = (&raw const one).cast::<c_void>();
    // SAFETY: eight readable bytes. It fails only where the number is full, and then it is set.
    let _ =
        unsafe { direct!(SYS_write(fd, place, 8_usize, NONE, NONE, NONE); write(fd, place, 8)) };
}
