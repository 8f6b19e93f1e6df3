//! Datagrams on Windows.

use super::socket::SystemSocket;
use crate::error::winsock_error;
use crate::net::deadline::Deadline;
use crate::net::sys::datagram_limits::{LARGEST, MOST_REPORTS};
use socket2::{Domain, SockAddr, Type};
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::windows::io::AsRawSocket;
use std::ptr::{from_ref, null_mut};
use windows_sys::Win32::Networking::WinSock::{
    self, MSG_PEEK, SIO_UDP_CONNRESET, SOCKET, SOCKET_ERROR, WSABUF, WSAIoctl, WSARecvFrom,
};

/// mswsock.h: tells of routers that found a datagram too old.
const SIO_UDP_NETRESET: u32 = 0x9800_000f;

/// A UDP socket that may broadcast and that receives only the groups which it has joined itself.
pub fn open_datagrams(domain: Domain) -> io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(domain, Type::DGRAM, None)?;
    socket.set_broadcast(true)?;
    // Otherwise a peer that refuses a datagram, or a router that drops one, makes the next receive fail, whoever it
    // is from. Where it cannot be had, `is_report` passes over those failures.
    for reports in [SIO_UDP_CONNRESET, SIO_UDP_NETRESET] {
        let (no, mut length) = (0_u32, 0_u32);
        // SAFETY: the input is one BOOL that lives through the call, which is not overlapped.
        unsafe {
            WSAIoctl(
                raw(&socket),
                reports,
                from_ref(&no).cast(),
                size_of::<u32>() as u32,
                null_mut(),
                0,
                &mut length,
                null_mut(),
                None,
            );
        }
    }
    Ok(socket)
}

impl SystemSocket {
    /// Whether an error is about a datagram sent earlier, which its peer's machine sent back: nothing
    /// is wrong with this socket, and with no other peer.
    pub fn is_report(error: &io::Error) -> bool {
        matches!(
            error.kind(),
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
        ) || error.raw_os_error() == Some(WinSock::WSAENETRESET)
    }

    /// The size of the next datagram (`WouldBlock` when there is none); it stays.
    pub fn pending_datagram(&self) -> io::Result<usize> {
        // Winsock tells the size of all that waits, or that a buffer is too small for the next one;
        // only a buffer large enough for any gets its size.
        let mut room: Vec<MaybeUninit<u8>> = Vec::new();
        room.try_reserve_exact(LARGEST)?;
        let mut reports = 0;
        loop {
            // SAFETY: the system writes at most the capacity.
            let size = unsafe {
                WinSock::recv(
                    raw(self.inner()),
                    room.as_mut_ptr().cast(),
                    LARGEST as i32,
                    MSG_PEEK,
                )
            };
            if let Ok(size) = usize::try_from(size) {
                return Ok(size);
            }
            let error = winsock_error();
            if !Self::is_report(&error) || reports == 2 * MOST_REPORTS {
                return Err(error);
            }
            reports += 1;
            if reports == MOST_REPORTS {
                self.take_report();
            }
        }
    }

    /// Takes a report that looking does not take away: every look has found it.
    fn take_report(&self) {
        // SAFETY: nothing is written where there is no room.
        unsafe { WinSock::recv(raw(self.inner()), null_mut(), 0, 0) };
    }

    /// Sends a datagram if there is room for it (`WouldBlock` when there is none).
    pub fn try_send_datagram(&self, bytes: &[u8], to: &SockAddr) -> io::Result<usize> {
        let sent = self.inner().send_to(bytes, to)?;
        self.traffic().note_sent_among_others(sent);
        if self.tap().is_on() {
            self.trace_sent_to(bytes, to);
        }
        Ok(sent)
    }

    /// Receives a datagram that is there; what does not fit into `out` goes to `rest`.
    pub fn receive_parts(
        &self,
        out: &mut [u8],
        rest: &mut [MaybeUninit<u8>],
        _: &Deadline,
    ) -> io::Result<(usize, SocketAddr)> {
        let parts = [
            WSABUF {
                len: u32::try_from(out.len()).unwrap_or(u32::MAX),
                buf: out.as_mut_ptr(),
            },
            WSABUF {
                len: rest.len() as u32,
                buf: rest.as_mut_ptr().cast(),
            },
        ];
        let (mut size, mut flags) = (0_u32, 0_u32);
        let mut receive = |sender: *mut _, length: *mut _| {
            // SAFETY: the parts are two slices of which the system writes at most their length;
            // `try_init` hands over the sender's place and its size.
            let outcome = unsafe {
                WSARecvFrom(
                    raw(self.inner()),
                    parts.as_ptr(),
                    parts.len() as u32,
                    &mut size,
                    &mut flags,
                    sender,
                    length,
                    null_mut(),
                    None,
                )
            };
            if outcome == SOCKET_ERROR {
                return Err(winsock_error());
            }
            Ok(())
        };
        // SAFETY: `receive` writes a socket address of the length that it tells.
        let ((), sender) =
            unsafe { SockAddr::try_init(|place, length| receive(place.cast(), length)) }?;
        self.traffic().note_received(size as usize);
        let sender = sender.as_socket().ok_or(io::ErrorKind::NotConnected)?;
        if self.tap().is_on() {
            self.trace_received_from(out, rest, size as usize, sender);
        }
        Ok((size as usize, sender))
    }
}

fn raw(socket: &socket2::Socket) -> SOCKET {
    socket.as_raw_socket() as SOCKET
}
