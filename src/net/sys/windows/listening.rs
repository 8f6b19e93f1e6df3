//! Taking a port.

use super::ports::listening_process;
use crate::error::{is_port_held, winsock_error};
use std::io;
use std::os::windows::io::AsRawSocket;
use std::ptr::from_ref;
use std::thread::sleep;
use std::time::Duration;
use windows_sys::Win32::Networking::WinSock::{
    self, SO_EXCLUSIVEADDRUSE, SOCKET, SOCKET_ERROR, SOL_SOCKET,
};
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};

/// Makes a listening port the socket's own (`unique`), or one that other programs may take too.
/// SO_REUSEADDR here means only the latter.
pub fn set_unique_address(socket: &socket2::Socket, unique: bool) -> io::Result<()> {
    match unique {
        true => set_exclusive(socket, true),
        false => socket.set_reuse_address(true),
    }
}

/// Whether a bound port is the socket's own.
pub fn unique_address(socket: &socket2::Socket) -> io::Result<bool> {
    socket.reuse_address().map(|shared| !shared)
}

/// How often a port that is taken is asked for again, and the first of the times between, each of which is twice the
/// one before: 62 milliseconds together.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// Binds a socket.
///
/// Where a watch waited for a socket that was closed, the driver holds its port until it has given that wait up, which
/// it does on a thread that waits. So a port that is taken is asked for again, for a moment.
pub fn bind(socket: &socket2::Socket, address: &socket2::SockAddr) -> io::Result<()> {
    let mut outcome = socket.bind(address);
    let is_any = address.as_socket().is_none_or(|asked| asked.port() == 0);
    for again in 0..TRIES {
        match &outcome {
            Err(error) if !is_any && is_taken(error) => sleep(FIRST_PAUSE * 2_u32.pow(again)),
            _ => break,
        }
        outcome = socket.bind(address);
    }
    outcome
}

/// Binds a socket that is to connect. Here SO_REUSEADDR would take a port away from others, so each port is one socket's.
pub fn bind_to_connect(socket: &socket2::Socket, address: &socket2::SockAddr) -> io::Result<()> {
    socket.bind(address)
}

fn is_taken(error: &io::Error) -> bool {
    is_port_held(error) || error.kind() == io::ErrorKind::AddrInUse
}

/// Binds a socket that is to listen.
///
/// Connections that an earlier server accepted hold its port against an exclusive one (SO_EXCLUSIVEADDRUSE) as long as
/// they live. Where nobody listens there any more, the port is taken as programs take it that say nothing: other users
/// stay out, and a second server of ours, too.
pub fn bind_to_listen(socket: &socket2::Socket, address: &socket2::SockAddr) -> io::Result<()> {
    let Err(error) = bind(socket, address) else {
        return Ok(());
    };
    let shared = socket.reuse_address().unwrap_or(true);
    let nobody = |address| matches!(listening_process(&address), Ok(None));
    if is_taken(&error) && !shared && address.as_socket().is_some_and(nobody) {
        set_exclusive(socket, false)?;
        return socket.bind(address).map_err(|_| error);
    }
    Err(error)
}

fn set_exclusive(socket: &socket2::Socket, exclusive: bool) -> io::Result<()> {
    let value = i32::from(exclusive);
    // SAFETY: the socket is open; the value is an int that lives through the call.
    let outcome = unsafe {
        WinSock::setsockopt(
            socket.as_raw_socket() as SOCKET,
            SOL_SOCKET,
            SO_EXCLUSIVEADDRUSE,
            from_ref(&value).cast(),
            size_of::<i32>() as i32,
        )
    };
    if outcome == SOCKET_ERROR {
        return Err(winsock_error());
    }
    Ok(())
}

/// More clients than this wait only where the number is given as a hint (winsock2.h, SOMAXCONN_HINT).
const MOST_WITHOUT_HINT: i32 = 200;

/// How many clients may wait, as the system wants it told.
pub fn queue_length(wanted: i32) -> i32 {
    match wanted > MOST_WITHOUT_HINT && takes_hints() {
        true => -wanted,
        false => wanted,
    }
}

/// Windows 8 and later; what is asked for came with it.
fn takes_hints() -> bool {
    let library: Vec<u16> = "kernel32.dll\0".encode_utf16().collect();
    // SAFETY: both names are NUL-terminated; the library is loaded in every process.
    unsafe {
        let library = GetModuleHandleW(library.as_ptr());
        GetProcAddress(library, c"GetSystemTimePreciseAsFileTime".as_ptr().cast()).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_queue_is_asked_for_as_a_hint_and_a_short_one_as_it_is() {
        assert_eq!(queue_length(1), 1);
        assert_eq!(queue_length(200), 200);
        assert_eq!(queue_length(4096).abs(), 4096);
        assert_eq!(queue_length(4096) < 0, takes_hints());
    }
}
