//! From a socket's name to its id and back, and the library's own name.

use super::arguments::put_text;
use super::call::{free, guard};
use crate::registry::Target;
use crate::socket::SOCKETS;
use std::ffi::c_char;

/// Tells the id of a socket: shorter to pass on, and a little faster.
///
/// An id is greater than 0, belongs to this socket alone and is not given again after it was
/// closed: a stale one says NOT_FOUND. Does not wait.
///
/// @param name  a socket.
/// @return the id, or NOT_FOUND, INVALID_ARGUMENT, as `-code`.
///
///     int32_t till = (int32_t)SocketId("till");
///     SocketWriteId(till, "hello", -1);
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketId(name: *const c_char) -> isize {
    guard("SocketId", name, |target| {
        Ok(SOCKETS.find(target)?.id() as isize)
    })
}

/// Tells the name of a socket; empty for one that the Id family made.
///
/// Does not wait.
///
/// @param id        a socket.
/// @param buffer    where the name goes, NUL-terminated; 256 bytes are always enough.
/// @param capacity  its size in bytes.
/// @return the name's length, or NOT_FOUND, BUFFER_TOO_SMALL, INVALID_ARGUMENT, as `-code`.
///
///     char name[256];
///     SocketName(id, name, sizeof name);
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketName(id: i32, buffer: *mut c_char, capacity: i32) -> isize {
    guard("SocketName", id, |target: Target<'_>| {
        let entry = SOCKETS.find(target)?;
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, entry.name()) }
    })
}

/// Tells the library's version, that of the OpenSSL in it, and the system it was built for.
///
/// Does not wait.
///
/// @param buffer    where the text goes, NUL-terminated; 128 bytes are enough.
/// @param capacity  its size in bytes.
/// @return the text's length, or BUFFER_TOO_SMALL, INVALID_ARGUMENT, as `-code`.
///
///     char version[128];
///     if (SocketVersion(version, sizeof version) > 0) puts(version);
#[unsafe(no_mangle)]
pub unsafe extern "system" fn SocketVersion(buffer: *mut c_char, capacity: i32) -> isize {
    free("SocketVersion", || {
        let version = concat!("wdsocket ", env!("CARGO_PKG_VERSION"), ", ");
        let told = format!(
            "{version}{}, {}",
            crate::tls::version(),
            env!("WDSOCKET_TARGET")
        );
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, told) }
    })
}
