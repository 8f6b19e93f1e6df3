//! Datagrams on Linux and its kin.

use super::cancellation as calls;
use super::socket::SystemSocket;
use super::wait::waiting;
use crate::net::deadline::Deadline;
use socket2::{Domain, SockAddr, Type};
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

/// A UDP socket that may broadcast and that receives only the groups which it has joined itself.
pub fn open_datagrams(domain: Domain) -> io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(domain, Type::DGRAM, None)?;
    socket.set_broadcast(true)?;
    #[cfg(target_os = "linux")]
    {
        // A nicety: where the system does not know it, the groups of other sockets come too. Kernels before
        // 4.20 do not for IPv6, and emulators of Linux for neither.
        let _ = socket.set_multicast_all_v4(false);
        if domain == Domain::IPV6 {
            let _ = socket.set_multicast_all_v6(false);
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
        )
    }

    /// The size of the next datagram (`WouldBlock` when there is none); it stays.
    pub fn pending_datagram(&self) -> io::Result<usize> {
        let flags = libc::MSG_PEEK | libc::MSG_TRUNC | libc::MSG_DONTWAIT;
        // SAFETY: nothing is written to an empty buffer.
        unsafe { calls::recv(self.inner().as_raw_fd(), std::ptr::null_mut(), 0, flags) }
    }

    /// Sends a datagram if there is room for it (`WouldBlock` when there is none).
    pub fn try_send_datagram(&self, bytes: &[u8], to: &SockAddr) -> io::Result<usize> {
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        // SAFETY: the descriptor is open as long as `self`.
        let sent = unsafe { calls::sendto(self.inner().as_raw_fd(), bytes, flags, to) }?;
        self.traffic().note_sent_among_others(sent);
        if self.tap().is_on() {
            self.trace_sent_to(bytes, to);
        }
        Ok(sent)
    }

    /// Receives a datagram; what does not fit into `out` goes to `rest`. Waits perhaps, at most until the deadline.
    pub fn receive_parts(
        &self,
        out: &mut [u8],
        rest: &mut [MaybeUninit<u8>],
        deadline: &Deadline,
    ) -> io::Result<(usize, SocketAddr)> {
        let flags = match self.may_wait_a_moment(deadline)? {
            true => 0,
            false => libc::MSG_DONTWAIT,
        };
        let mut parts = [
            libc::iovec {
                iov_base: out.as_mut_ptr().cast(),
                iov_len: out.len(),
            },
            libc::iovec {
                iov_base: rest.as_mut_ptr().cast(),
                iov_len: rest.len(),
            },
        ];
        let mut receive = |sender: *mut _, length: *mut _| {
            // SAFETY: msghdr is a C struct for which all zeros is a valid, empty value.
            let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
            message.msg_name = sender;
            message.msg_iov = parts.as_mut_ptr();
            message.msg_iovlen = parts.len() as _;
            // SAFETY: `try_init` hands over a sender's place and its size.
            message.msg_namelen = unsafe { *length };
            let size = waiting(flags, || {
                // SAFETY: the parts are two slices of which the system writes at most their length;
                // the sender's place is as long as said.
                unsafe { calls::recvmsg(self.inner().as_raw_fd(), &mut message, flags) }
            });
            // SAFETY: as above.
            unsafe { *length = message.msg_namelen };
            size
        };
        // SAFETY: `receive` writes a socket address of the length that it tells.
        let (size, sender) =
            unsafe { SockAddr::try_init(|place, length| receive(place.cast(), length)) }?;
        self.traffic().note_received(size);
        let sender = sender.as_socket().ok_or(io::ErrorKind::NotConnected)?;
        if self.tap().is_on() {
            self.trace_received_from(out, rest, size, sender);
        }
        Ok((size, sender))
    }
}
