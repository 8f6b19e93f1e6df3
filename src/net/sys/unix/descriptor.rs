//! Sockets that another part of the program made, or that it was started with.

use crate::net::sys::role::Role;
use socket2::{SockAddr, SockRef, Socket, Type};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd};

/// The number by which the process knows a socket.
pub fn descriptor_of(socket: &Socket) -> isize {
    socket.as_raw_fd() as isize
}

/// What a descriptor is a socket for, and its peer's address where it is connected, else its own; `None` for what this
/// library has no use for, such as a socket that is not connected. Errors: `InvalidInput` (a negative number), the system's (it is not open, or no socket).
pub fn role_of(descriptor: i32) -> io::Result<Option<(Role, SockAddr)>> {
    if descriptor < 0 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: it is no -1, and the system says whether it is open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let socket = SockRef::from(&borrowed);
    let kind = socket.r#type()?;
    if kind == Type::DGRAM {
        let local = socket.local_addr()?;
        let has_port = local.as_socket().is_some_and(|local| local.port() != 0);
        return Ok(has_port.then_some((Role::Datagrams, local)));
    }
    if kind != Type::STREAM {
        return Ok(None);
    }
    if socket.is_listener()? {
        return Ok(Some((Role::Listener, socket.local_addr()?)));
    }
    Ok(socket.peer_addr().ok().map(|peer| (Role::Connection, peer)))
}

/// Takes a descriptor over that `role_of` knows, and sets it as a socket of this library's is: closed by exec, with waits of
/// its own, and never blocking where a listener or UDP is waited for. On an error it stays the caller's.
pub fn take_over(descriptor: i32, role: Role) -> io::Result<Socket> {
    // SAFETY: as above.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let socket = SockRef::from(&borrowed);
    socket.set_cloexec(true)?;
    socket.set_nonblocking(role == Role::Listener)?;
    socket.set_read_timeout(None)?;
    socket.set_write_timeout(None)?;
    // SAFETY: it is an open socket, and its owner gives it away.
    Ok(unsafe { Socket::from_raw_fd(descriptor) })
}

/// As `take_over`, of a descriptor that stays as well.
pub fn copy_of(descriptor: i32, role: Role) -> io::Result<Socket> {
    // SAFETY: as above.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let original = SockRef::from(&borrowed);
    original.set_cloexec(true)?;
    take_over(original.try_clone()?.into_raw_fd(), role)
}

/// Closes a descriptor that is nobody's.
pub fn close_descriptor(descriptor: i32) {
    // SAFETY: nobody else uses it.
    drop(unsafe { Socket::from_raw_fd(descriptor) });
}
