//! Threads of the library's own.

use std::io;

/// The stack of a thread of ours, in bytes: what std gives to one, and more than any resolver is known to take.
const STACK: usize = 2 << 20;

/// Starts a thread that takes none of the host's signals: their handlers expect the host's own
/// threads.
pub fn spawn_quietly(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    // SAFETY: sigset_t is plain data that sigfillset and pthread_sigmask fill in; both masks
    // live through the calls.
    let before = unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        before
    };
    // Without a size std would ask the environment for one.
    let thread = std::thread::Builder::new()
        .name(name.into())
        .stack_size(STACK);
    let started = thread.spawn(work);
    // SAFETY: puts back the mask that was just read.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut()) };
    started.map(drop)
}
