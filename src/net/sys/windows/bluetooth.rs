//! RFCOMM, Bluetooth's serial ports, on Windows.

use socket2::{Domain, Protocol, SockAddr, SockAddrStorage, Type};
use std::io;

/// ws2bth.h.
const AF_BTH: u16 = 32;
const BTHPROTO_RFCOMM: i32 = 3;
/// To listen on "any free channel"; 0 means so for a device's own RFCOMM.
const ANY_PORT: u32 = u32::MAX;

/// `SOCKADDR_BTH`, which has no padding; the device's address is a number of 48 bits.
#[repr(C, packed)]
#[derive(Clone, Copy)]
struct RfcommAddress {
    family: u16,
    device: u64,
    service: [u8; 16],
    port: u32,
}

/// An RFCOMM socket that is not connected.
pub fn open_bluetooth() -> io::Result<socket2::Socket> {
    socket2::Socket::new(
        Domain::from(i32::from(AF_BTH)),
        Type::STREAM,
        Some(Protocol::from(BTHPROTO_RFCOMM)),
    )
}

/// The system's form of a Bluetooth address and channel.
pub fn bluetooth_address(mac: [u8; 6], channel: u8) -> SockAddr {
    let [a, b, c, d, e, f] = mac;
    let mut storage = SockAddrStorage::zeroed();
    // SAFETY: the storage is zeroed and larger than the struct, which needs no alignment.
    *unsafe { storage.view_as::<RfcommAddress>() } = RfcommAddress {
        family: AF_BTH,
        device: u64::from_be_bytes([0, 0, a, b, c, d, e, f]),
        service: [0; 16],
        port: match channel {
            0 => ANY_PORT,
            _ => channel.into(),
        },
    };
    // SAFETY: the storage holds an address of that family and length.
    unsafe { SockAddr::new(storage, size_of::<RfcommAddress>() as _) }
}

/// The Bluetooth address and channel in the system's form; `None` for other families.
pub fn bluetooth_peer(address: &SockAddr) -> Option<([u8; 6], u8)> {
    if address.family() != AF_BTH || (address.len() as usize) < size_of::<RfcommAddress>() {
        return None;
    }
    // SAFETY: a SockAddr's storage is larger than this struct, and every byte of it is initialised.
    let found = unsafe { address.as_ptr().cast::<RfcommAddress>().read_unaligned() };
    let [_, _, mac @ ..] = u64::to_be_bytes(found.device);
    Some((mac, u8::try_from(found.port).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_the_systems_form_is_that_of_ws2bth_h() {
        let mac = [0, 0x1A, 0x7D, 0xDA, 0x71, 0x0F];
        let address = bluetooth_address(mac, 3);
        assert_eq!(address.len(), 30);
        assert_eq!(bluetooth_peer(&address), Some((mac, 3)));
        // SAFETY: the address is thirty bytes long.
        let bytes = unsafe { std::slice::from_raw_parts(address.as_ptr().cast::<u8>(), 30) };
        assert_eq!(bytes[..10], [32, 0, 0x0F, 0x71, 0xDA, 0x7D, 0x1A, 0, 0, 0]);
        assert_eq!(bytes[10..26], [0; 16]);
        assert_eq!(bytes[26..], [3, 0, 0, 0]);
    }

    #[test]
    fn an_ip_address_is_no_bluetooth_address() {
        let ip: std::net::SocketAddr = "127.0.0.1:80".parse().unwrap();
        assert_eq!(bluetooth_peer(&ip.into()), None);
    }
}
