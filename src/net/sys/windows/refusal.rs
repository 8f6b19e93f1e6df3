//! A closed port that says so at once.
//!
//! Windows sends the first packet of a connection again when it was refused, and tells of the refusal after about
//! two seconds.

use std::mem::size_of;
use std::net::{IpAddr, SocketAddr};
use std::os::windows::io::AsRawSocket;
use std::ptr::{from_ref, null_mut};
use windows_sys::Win32::Networking::WinSock::{
    SIO_TCP_INITIAL_RTO, SOCKET, TCP_INITIAL_RTO_PARAMETERS, WSAIoctl,
};

/// The round-trip time stays the system's own (mstcpip.h).
const SYSTEMS_OWN: u16 = u16::MAX;
/// Nothing is sent again (mstcpip.h); Windows 10 and later.
const NOT_AGAIN: u8 = u8::MAX - 1;

/// Has the attempt that is about to begin fail at its first refusal, where the peer is near. Then it gives up after
/// one lost packet, too: a time-out asks for another attempt without this. Whether it was done.
pub fn hasten_refusal(socket: &socket2::Socket, peer: &SocketAddr) -> bool {
    if !is_near(peer.ip()) {
        return false;
    }
    let wish = TCP_INITIAL_RTO_PARAMETERS {
        Rtt: SYSTEMS_OWN,
        MaxSynRetransmissions: NOT_AGAIN,
    };
    let mut length = 0;
    // SAFETY: the socket is open; the input lives through the call, which is not overlapped.
    let outcome = unsafe {
        WSAIoctl(
            socket.as_raw_socket() as SOCKET,
            SIO_TCP_INITIAL_RTO,
            from_ref(&wish).cast(),
            size_of::<TCP_INITIAL_RTO_PARAMETERS>() as u32,
            null_mut(),
            0,
            &mut length,
            null_mut(),
            None,
        )
    };
    outcome == 0
}

/// Whether an address is on this machine or in a network of its own site, where packets are seldom lost.
fn is_near(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_of_this_machine_and_of_its_site_are_near() {
        for ip in [
            "127.0.0.1",
            "192.168.1.9",
            "10.0.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_near(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["8.8.8.8", "2001:db8::1", "172.32.0.1"] {
            assert!(!is_near(ip.parse().unwrap()), "{ip}");
        }
    }
}
