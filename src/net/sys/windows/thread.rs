//! Threads of the library's own.

use std::io;

/// Starts a thread. (Windows has no signals that would have to be kept from it.)
pub fn spawn_quietly(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let started = std::thread::Builder::new().name(name.into()).spawn(work);
    started.map(drop)
}
