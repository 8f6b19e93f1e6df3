//! Options that the system keeps for a socket.

use crate::net::sys::keep_alive::{QUESTIONS, between_questions};
use std::io;
use std::time::Duration;

/// The address family of a socket, bound or not.
pub fn family_of(socket: &socket2::Socket) -> io::Result<socket2::Domain> {
    Ok(socket.local_addr()?.domain())
}

/// Has the system ask a peer that was silent for so long (0: never) whether it lives, and take it for dead
/// when it does not answer; one that owes us an acknowledgement as well, which no question is sent for.
pub fn set_keep_alive(socket: &socket2::Socket, silence: Duration) -> io::Result<()> {
    let between = between_questions(silence);
    if silence.is_zero() {
        socket.set_keepalive(false)?;
    } else {
        let questions = socket2::TcpKeepalive::new().with_time(silence);
        let questions = questions.with_interval(between).with_retries(QUESTIONS);
        socket.set_tcp_keepalive(&questions)?;
    }
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(silence + between * QUESTIONS))?;
    Ok(())
}

/// How long a connection may be silent before the system asks whether the peer lives.
pub fn keep_alive_time(socket: &socket2::Socket) -> io::Result<Duration> {
    socket.tcp_keepalive_time()
}
