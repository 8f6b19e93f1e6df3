//! From a socket's name to its id and back.

use super::arguments::put_text;
use super::export::export;
use crate::error::Result;
use crate::registry::Target;
use crate::socket::SOCKETS;
use std::ffi::c_char;

export! {
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
    fn SocketId / _(target: Target) -> isize {
        Ok(SOCKETS.find(target)?.id() as isize)
    }
}

export! {
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
    fn _ / SocketName(target: Target, buffer: *mut c_char, capacity: i32) -> usize {
        let entry = SOCKETS.find(target)?;
        // SAFETY: the caller keeps the header's promises about its pointers.
        unsafe { put_text(buffer, capacity, entry.name()) }
    }
}
