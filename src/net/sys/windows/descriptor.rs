//! Sockets that another part of the program made: none is taken over on Windows, where one may be bound to waits of its own.

use crate::net::sys::role::Role;
use socket2::{SockAddr, Socket};
use std::io;
use std::os::windows::io::AsRawSocket;

/// The number by which the process knows a socket, of which 32 bits count.
pub fn descriptor_of(socket: &Socket) -> isize {
    socket.as_raw_socket() as isize
}

/// What a descriptor is a socket for.
pub fn role_of(_: i32) -> io::Result<Option<(Role, SockAddr)>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Takes a descriptor over.
pub fn take_over(_: i32, _: Role) -> io::Result<Socket> {
    Err(io::ErrorKind::Unsupported.into())
}

/// As `take_over`, of a descriptor that stays as well.
pub fn copy_of(_: i32, _: Role) -> io::Result<Socket> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Closes a descriptor that is nobody's.
pub fn close_descriptor(_: i32) {}
