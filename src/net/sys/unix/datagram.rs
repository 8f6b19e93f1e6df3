//! Datagrams on Linux and its kin.

use super::cancellation as calls;
use super::socket::SystemSocket;
use super::wait::{Interest, waiting};
use crate::net::deadline::Deadline;
use crate::net::stop::Stop;
use socket2::{Domain, SockAddr, Type};
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

/// No datagram is larger: the length field of UDP has 16 bits.
const LARGEST: usize = 65_536;

/// How many reports about earlier datagrams a call passes over.
const MOST_REPORTS: usize = 64;

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
    /// Receives one datagram, waiting for it until the deadline, and tells its size and sender. What
    /// does not fit into `out` goes to `rest`, so that nothing is cut and one system call is enough.
    /// `rest` then has the memory for the whole; where that cannot be had, nothing is received.
    /// At most one thread at a time may be in here, since the time limit belongs to the socket.
    pub fn receive_datagram(
        &self,
        out: &mut [u8],
        rest: &mut Vec<u8>,
        deadline: &Deadline,
    ) -> Result<(usize, SocketAddr), Stop> {
        rest.clear();
        if out.len() < LARGEST {
            rest.try_reserve_exact(LARGEST).map_err(io::Error::from)?;
        }
        let mut reports = 0;
        loop {
            let flags = if self.limit_wait(deadline)? {
                0
            } else {
                libc::MSG_DONTWAIT
            };
            let received = self.receive_parts(out, rest.spare_capacity_mut(), flags);
            if self.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            match received {
                Ok((size, sender)) => {
                    // SAFETY: the system has written what went beyond `out`.
                    unsafe { rest.set_len(size.saturating_sub(out.len())) };
                    return Ok((size, sender));
                }
                Err(error) if is_report(&error) && reports < MOST_REPORTS => reports += 1,
                Err(error) => self.settle(error, Interest::Read, deadline)?,
            }
        }
    }

    /// Sends one datagram, waiting for room until the deadline.
    pub fn send_datagram(
        &self,
        bytes: &[u8],
        to: SocketAddr,
        deadline: &Deadline,
    ) -> Result<(), Stop> {
        let to = SockAddr::from(to);
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        let mut reports = 0;
        loop {
            // SAFETY: the descriptor is open as long as `self`.
            match unsafe { calls::sendto(self.inner().as_raw_fd(), bytes, flags, &to) } {
                Ok(_) => return Ok(()),
                Err(error) if is_report(&error) && reports < MOST_REPORTS => reports += 1,
                Err(error) => self.settle(error, Interest::Write, deadline)?,
            }
        }
    }

    /// The size of the next datagram (`WouldBlock` when there is none); it stays.
    pub fn pending_datagram(&self) -> io::Result<usize> {
        let flags = libc::MSG_PEEK | libc::MSG_TRUNC | libc::MSG_DONTWAIT;
        // SAFETY: nothing is written to an empty buffer.
        unsafe { calls::recv(self.inner().as_raw_fd(), std::ptr::null_mut(), 0, flags) }
    }

    fn receive_parts(
        &self,
        out: &mut [u8],
        rest: &mut [MaybeUninit<u8>],
        flags: i32,
    ) -> io::Result<(usize, SocketAddr)> {
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
        let sender = sender.as_socket().ok_or(io::ErrorKind::NotConnected)?;
        Ok((size, sender))
    }
}

/// Whether an error is about a datagram sent earlier, which its peer's machine sent back: nothing
/// is wrong with this socket, and with no other peer.
fn is_report(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}
