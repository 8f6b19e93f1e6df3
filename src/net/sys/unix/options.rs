//! Options that the system keeps for a socket.

use crate::net::sys::keep_alive::KeepAlive;
use std::io;
use std::time::Duration;

/// The address family of a socket, bound or not.
pub fn family_of(socket: &socket2::Socket) -> io::Result<socket2::Domain> {
    Ok(socket.local_addr()?.domain())
}

/// Has the system ask a silent peer whether it lives, and take it for dead when it does not answer; one that owes us
/// an acknowledgement as well, which no question is sent for.
pub fn set_keep_alive(socket: &socket2::Socket, keep_alive: &KeepAlive) -> io::Result<()> {
    if keep_alive.silence.is_zero() {
        socket.set_keepalive(false)?;
    } else {
        let questions = socket2::TcpKeepalive::new().with_time(keep_alive.silence);
        let questions = questions.with_interval(keep_alive.between);
        socket.set_tcp_keepalive(&questions.with_retries(keep_alive.questions))?;
    }
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(keep_alive.patience))?;
    Ok(())
}

/// How long a connection may be silent before the system asks whether the peer lives.
pub fn keep_alive_time(socket: &socket2::Socket) -> io::Result<Duration> {
    socket.tcp_keepalive_time()
}
