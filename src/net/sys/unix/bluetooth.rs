//! RFCOMM, Bluetooth's serial ports, on Linux.

use socket2::{Domain, Protocol, SockAddr, SockAddrStorage, Type};
use std::io;

/// linux/net.h and bluetooth/bluetooth.h, where C has no common header for them.
const AF_BLUETOOTH: i32 = 31;
const BTPROTO_RFCOMM: i32 = 3;

/// `struct sockaddr_rc`; the device's address has its last byte first.
#[repr(C)]
#[derive(Clone, Copy)]
struct RfcommAddress {
    family: u16,
    device: [u8; 6],
    channel: u8,
}

/// An RFCOMM socket that is not connected.
pub fn open_bluetooth() -> io::Result<socket2::Socket> {
    socket2::Socket::new(
        Domain::from(AF_BLUETOOTH),
        Type::STREAM,
        Some(Protocol::from(BTPROTO_RFCOMM)),
    )
}

/// The system's form of a Bluetooth address and channel.
pub fn bluetooth_address(mac: [u8; 6], channel: u8) -> SockAddr {
    let mut device = mac;
    device.reverse();
    let mut storage = SockAddrStorage::zeroed();
    // SAFETY: the storage is zeroed, larger than the struct and aligned for every socket address.
    *unsafe { storage.view_as::<RfcommAddress>() } = RfcommAddress {
        family: AF_BLUETOOTH as u16,
        device,
        channel,
    };
    // SAFETY: the storage holds an address of that family and length.
    unsafe { SockAddr::new(storage, size_of::<RfcommAddress>() as _) }
}

/// The Bluetooth address and channel in the system's form; `None` for other families.
pub fn bluetooth_peer(address: &SockAddr) -> Option<([u8; 6], u8)> {
    let is_whole = address.len() as usize > std::mem::offset_of!(RfcommAddress, channel);
    if i32::from(address.family()) != AF_BLUETOOTH || !is_whole {
        return None;
    }
    // SAFETY: a SockAddr's storage is larger than this struct, and every byte of it is initialised.
    let mut found = unsafe { address.as_ptr().cast::<RfcommAddress>().read_unaligned() };
    found.device.reverse();
    Some((found.device, found.channel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_the_systems_form_is_that_of_the_linux_header() {
        let mac = [0, 0x1A, 0x7D, 0xDA, 0x71, 0x0F];
        let address = bluetooth_address(mac, 3);
        assert_eq!(size_of::<RfcommAddress>(), 10);
        assert_eq!(address.len(), 10);
        assert_eq!(bluetooth_peer(&address), Some((mac, 3)));
        // SAFETY: the address is ten bytes long.
        let bytes = unsafe { std::slice::from_raw_parts(address.as_ptr().cast::<u8>(), 9) };
        let family = 31u16.to_ne_bytes();
        assert_eq!(bytes[..2], family);
        assert_eq!(bytes[2..], [0x0F, 0x71, 0xDA, 0x7D, 0x1A, 0, 3]);
    }

    #[test]
    fn an_ip_address_is_no_bluetooth_address() {
        let ip: std::net::SocketAddr = "127.0.0.1:80".parse().unwrap();
        assert_eq!(bluetooth_peer(&ip.into()), None);
    }
}
