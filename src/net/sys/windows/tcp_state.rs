//! What Windows knows about a TCP connection, from Windows 10 on.

use super::socket::SystemSocket;
use crate::net::sys::tcp_state::TcpState;
use std::os::windows::io::AsRawSocket;
use std::ptr::{from_mut, from_ref, null_mut};
use windows_sys::Win32::Networking::WinSock::{SIO_TCP_INFO, SOCKET, TCP_INFO_v0, WSAIoctl};

impl SystemSocket {
    /// What the system knows about the connection.
    pub fn tcp_state(&self) -> TcpState {
        let (version, mut length) = (0_u32, 0_u32);
        // SAFETY: it is a C struct of integers, for which all zeros is a valid value.
        let mut info: TCP_INFO_v0 = unsafe { std::mem::zeroed() };
        // SAFETY: the input is one DWORD, the output a struct of the size that is told; both live through the
        // call, which is not overlapped.
        let told = unsafe {
            WSAIoctl(
                self.inner().as_raw_socket() as SOCKET,
                SIO_TCP_INFO,
                from_ref(&version).cast(),
                size_of::<u32>() as u32,
                from_mut(&mut info).cast(),
                size_of::<TCP_INFO_v0>() as u32,
                &mut length,
                null_mut(),
                None,
            )
        } == 0;
        TcpState {
            silent_for: Some(self.silent_for()),
            round_trip: told.then_some(info.RttUs.into()),
            retransmits: told.then_some(info.BytesRetrans.into()),
            unsent: None,
        }
    }
}
