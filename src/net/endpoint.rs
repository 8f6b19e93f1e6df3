//! Where a socket or its peer is, in words.

use super::{host, sys};
use socket2::SockAddr;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// An address as error texts and SocketClientInfo tell it: "192.0.2.7 port 80".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// An IP address and a port.
    Ip(SocketAddr),
    /// A Bluetooth address, its first byte first, and an RFCOMM channel.
    Bluetooth([u8; 6], u8),
    /// A Unix socket as its address is typed: "unix:/path", or "unix:" for one without a name.
    Unix(Arc<str>),
}

impl Endpoint {
    /// What the system told, where it is one of these.
    pub fn from_system(address: &SockAddr) -> Option<Self> {
        let ip = address.as_socket().map(Endpoint::Ip);
        ip.or_else(|| {
            sys::bluetooth_peer(address).map(|(mac, channel)| Self::Bluetooth(mac, channel))
        })
        .or_else(|| sys::unix_name(address).map(|name| Self::Unix(format!("unix:{name}").into())))
    }

    /// The address without its port, with its zone if it has one; an IPv4 peer of a dual-stack socket
    /// is told as IPv4.
    pub fn address(&self) -> String {
        match self {
            Endpoint::Ip(address) => host::told(address),
            Endpoint::Bluetooth(mac, _) => {
                let bytes = mac.map(|byte| format!("{byte:02X}"));
                bytes.join(":")
            }
            Endpoint::Unix(told) => told.to_string(),
        }
    }

    /// The port, or the RFCOMM channel; 0 of a Unix socket.
    pub fn port(&self) -> u16 {
        match self {
            Endpoint::Ip(address) => address.port(),
            Endpoint::Bluetooth(_, channel) => (*channel).into(),
            Endpoint::Unix(_) => 0,
        }
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Endpoint::Ip(address)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = match self {
            Endpoint::Ip(_) => "port",
            Endpoint::Bluetooth(..) => "channel",
            Endpoint::Unix(told) if &**told == "unix:" => {
                return f.write_str("a Unix socket without a name");
            }
            Endpoint::Unix(told) => return f.write_str(told),
        };
        write!(f, "{} {port} {}", self.address(), self.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_as_people_write_them() {
        let told = |text: &str| Endpoint::from(text.parse::<SocketAddr>().unwrap()).to_string();
        assert_eq!(told("192.0.2.7:80"), "192.0.2.7 port 80");
        assert_eq!(told("[::ffff:192.0.2.7]:80"), "192.0.2.7 port 80");
        assert_eq!(told("[2001:db8::1]:80"), "2001:db8::1 port 80");
        let phone = Endpoint::Bluetooth([0, 0x1A, 0x7D, 0xDA, 0x71, 0x0F], 3);
        assert_eq!(phone.to_string(), "00:1A:7D:DA:71:0F channel 3");
    }
}
