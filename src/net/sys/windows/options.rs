//! Options that the system keeps for a socket.

use crate::error::winsock_error;
use crate::net::sys::keep_alive::KeepAlive;
use std::io;
use std::os::windows::io::AsRawSocket;
use std::ptr::{from_mut, from_ref};
use std::time::Duration;
use windows_sys::Win32::Networking::WinSock::{self, SOCKET, SOCKET_ERROR, SOL_SOCKET};

/// The address family of a socket, bound or not. (One that is not bound has no address here.)
pub fn family_of(socket: &socket2::Socket) -> io::Result<socket2::Domain> {
    let mut protocol = WinSock::WSAPROTOCOL_INFOW::default();
    let mut size = size_of_val(&protocol) as i32;
    // SAFETY: the socket is open; the description and its size live through the call.
    let outcome = unsafe {
        WinSock::getsockopt(
            socket.as_raw_socket() as SOCKET,
            SOL_SOCKET,
            WinSock::SO_PROTOCOL_INFOW,
            from_mut(&mut protocol).cast(),
            &mut size,
        )
    };
    if outcome == SOCKET_ERROR {
        return Err(winsock_error());
    }
    Ok(protocol.iAddressFamily.into())
}

/// Has the system ask a silent peer whether it lives, and take it for dead when it does not answer; one that owes us
/// an acknowledgement as well, which no question is sent for. Windows counts the latter in whole seconds.
pub fn set_keep_alive(socket: &socket2::Socket, keep_alive: &KeepAlive) -> io::Result<()> {
    if keep_alive.silence.is_zero() {
        socket.set_keepalive(false)?;
    } else {
        let questions = socket2::TcpKeepalive::new().with_time(keep_alive.silence);
        let questions = questions.with_interval(keep_alive.between);
        // Windows before 10 (1703) asks ten times, whatever one would like.
        let counted = questions.clone().with_retries(keep_alive.questions);
        let set = socket.set_tcp_keepalive(&counted);
        set.or_else(|_| socket.set_tcp_keepalive(&questions))?;
    }
    // The default is what -1 means here; it is a nicety, which not every Windows has.
    let whole = keep_alive.patience.as_millis().div_ceil(1000);
    let seconds = if whole == 0 {
        -1
    } else {
        i32::try_from(whole).unwrap_or(i32::MAX)
    };
    // SAFETY: the socket is open; the value is an int that lives through the call.
    unsafe {
        WinSock::setsockopt(
            socket.as_raw_socket() as SOCKET,
            WinSock::IPPROTO_TCP,
            WinSock::TCP_MAXRT,
            from_ref(&seconds).cast(),
            size_of::<i32>() as i32,
        );
    }
    Ok(())
}

/// How long a connection may be silent before the system asks whether the peer lives. Fails where the system takes
/// that time but does not tell it: Windows before 10 (1709).
pub fn keep_alive_time(socket: &socket2::Socket) -> io::Result<Duration> {
    let (mut seconds, mut size) = (0_u32, size_of::<u32>() as i32);
    // SAFETY: the socket is open; the value and its size live through the call.
    let outcome = unsafe {
        WinSock::getsockopt(
            socket.as_raw_socket() as SOCKET,
            WinSock::IPPROTO_TCP,
            WinSock::TCP_KEEPIDLE,
            from_mut(&mut seconds).cast(),
            &mut size,
        )
    };
    if outcome == SOCKET_ERROR {
        return Err(winsock_error());
    }
    Ok(Duration::from_secs(seconds.into()))
}
