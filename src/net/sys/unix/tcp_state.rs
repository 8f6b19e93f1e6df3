//! What Linux knows about a TCP connection.

use super::socket::SystemSocket;
use crate::net::sys::tcp_state::TcpState;

impl SystemSocket {
    /// What the system knows about the connection: nothing where it is none of TCP.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn tcp_state(&self) -> TcpState {
        use std::os::fd::AsRawFd;
        /// linux/sockios.h: what is in the send buffer and was never sent.
        const SIOCOUTQNSD: libc::c_ulong = 0x894b;
        let descriptor = self.inner().as_raw_fd();
        // SAFETY: tcp_info is a C struct of integers, for which all zeros is a valid value.
        let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
        let mut length = size_of::<libc::tcp_info>() as libc::socklen_t;
        // SAFETY: the system writes at most `length` bytes of the struct.
        let told = unsafe {
            libc::getsockopt(
                descriptor,
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                (&raw mut info).cast(),
                &mut length,
            )
        };
        if told != 0 {
            return TcpState::default();
        }
        let mut unsent: libc::c_int = 0;
        // SAFETY: this request writes one int.
        let counted = unsafe { libc::ioctl(descriptor, SIOCOUTQNSD as _, &raw mut unsent) };
        TcpState {
            silent_for: Some(info.tcpi_last_data_recv.into()),
            round_trip: Some(info.tcpi_rtt.into()),
            retransmits: Some(info.tcpi_total_retrans.into()),
            unsent: (counted == 0).then_some(u64::from(unsent.unsigned_abs())),
        }
    }

    /// What the system knows about the connection: nothing that this library reads.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub fn tcp_state(&self) -> TcpState {
        TcpState::default()
    }
}
