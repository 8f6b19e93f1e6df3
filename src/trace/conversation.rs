//! The packets that would have carried what a socket sent and received: numbers and checksums are right, headers invented.

use super::pcapng;
use std::net::{IpAddr, SocketAddr};
use std::time::SystemTime;

/// The most bytes of a segment.
const SEGMENT: usize = 1_400;
/// How many bytes one side sends at most before the other acknowledges them.
const UNACKNOWLEDGED: u32 = 256 * 1024;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// A segment of 1,400 bytes at most, and windows of a gigabyte, so that whatever was sent fits.
const SYN_OPTIONS: [u8; 8] = [2, 4, (SEGMENT >> 8) as u8, SEGMENT as u8, 1, 3, 3, 14];

/// Who sends a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Us,
    Peer,
}

/// One side of a connection.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// The number of its next byte.
    next: u32,
    unacknowledged: u32,
    has_ended: bool,
}

/// A connection or a UDP socket, as it is written.
#[derive(Debug)]
pub(super) struct Conversation {
    us: SocketAddr,
    peer: SocketAddr,
    sides: [Side; 2],
    is_reset: bool,
    packets: u16,
}

impl Conversation {
    /// Between these two. `seed` is where the numbers begin.
    pub fn new(us: SocketAddr, peer: SocketAddr, seed: u32) -> Self {
        let side = |next| Side {
            next,
            ..Side::default()
        };
        Conversation {
            us: plain(us),
            peer: plain(peer),
            sides: [side(seed), side(!seed)],
            is_reset: false,
            packets: 0,
        }
    }

    /// The two ends.
    pub fn ends(&self) -> (SocketAddr, SocketAddr) {
        (self.us, self.peer)
    }

    /// The three packets that make a connection.
    pub fn open(&mut self, out: &mut Vec<u8>, opener: From, comment: &str, at: SystemTime) {
        let other = other(opener);
        self.segment(out, opener, SYN, &SYN_OPTIONS, &[], comment, at);
        self.side(opener).next = self.side(opener).next.wrapping_add(1);
        self.segment(out, other, SYN | ACK, &SYN_OPTIONS, &[], "", at);
        self.side(other).next = self.side(other).next.wrapping_add(1);
        self.segment(out, opener, ACK, &[], &[], "", at);
    }

    /// Bytes that one side has sent. Those behind its end are not written.
    pub fn data(
        &mut self,
        out: &mut Vec<u8>,
        from: From,
        bytes: &[u8],
        mut comment: &str,
        at: SystemTime,
    ) {
        if self.is_reset || self.side(from).has_ended {
            return;
        }
        for part in bytes.chunks(SEGMENT) {
            self.segment(out, from, PSH | ACK, &[], part, comment, at);
            comment = "";
            let side = self.side(from);
            side.next = side.next.wrapping_add(part.len() as u32);
            side.unacknowledged += part.len() as u32;
            if side.unacknowledged >= UNACKNOWLEDGED {
                self.acknowledge(out, other(from), at);
            }
        }
    }

    /// One side says that nothing more comes from it.
    pub fn end(&mut self, out: &mut Vec<u8>, from: From, at: SystemTime) {
        if self.is_reset || self.side(from).has_ended {
            return;
        }
        self.segment(out, from, FIN | ACK, &[], &[], "", at);
        let side = self.side(from);
        side.next = side.next.wrapping_add(1);
        side.has_ended = true;
        self.acknowledge(out, other(from), at);
    }

    /// One side breaks the connection.
    pub fn reset(&mut self, out: &mut Vec<u8>, from: From, at: SystemTime) {
        if !self.is_reset {
            self.segment(out, from, RST | ACK, &[], &[], "", at);
            self.is_reset = true;
        }
    }

    /// A datagram to or from somebody.
    pub fn datagram(
        &mut self,
        out: &mut Vec<u8>,
        from: From,
        with: SocketAddr,
        bytes: &[u8],
        comment: &str,
        at: SystemTime,
    ) {
        let with = plain(with);
        let us = addressed(self.us, with);
        let (source, target) = match from {
            From::Us => (us, with),
            From::Peer => (with, us),
        };
        let mut datagram = Vec::with_capacity(8 + bytes.len());
        datagram.extend(source.port().to_be_bytes());
        datagram.extend(target.port().to_be_bytes());
        datagram.extend(((8 + bytes.len()) as u16).to_be_bytes());
        datagram.extend([0; 2]);
        datagram.extend(bytes);
        // 0 would mean that there is none (RFC 768).
        let sum = match transport_sum(source.ip(), target.ip(), UDP, &datagram) {
            0 => u16::MAX,
            sum => sum,
        };
        datagram[6..8].copy_from_slice(&sum.to_be_bytes());
        let packet = self.packet(source.ip(), target.ip(), UDP, &datagram);
        pcapng::packet(out, at, from == From::Us, comment, &packet);
    }

    fn acknowledge(&mut self, out: &mut Vec<u8>, from: From, at: SystemTime) {
        self.segment(out, from, ACK, &[], &[], "", at);
    }

    #[allow(clippy::too_many_arguments)] // each is a field of the packet
    fn segment(
        &mut self,
        out: &mut Vec<u8>,
        from: From,
        flags: u8,
        options: &[u8],
        bytes: &[u8],
        comment: &str,
        at: SystemTime,
    ) {
        let number = self.side(from).next;
        let seen = match flags & ACK {
            0 => 0,
            _ => {
                let seen = self.side(other(from));
                seen.unacknowledged = 0;
                seen.next
            }
        };
        let (source, target) = match from {
            From::Us => (self.us, self.peer),
            From::Peer => (self.peer, self.us),
        };
        let mut segment = Vec::with_capacity(20 + options.len() + bytes.len());
        segment.extend(source.port().to_be_bytes());
        segment.extend(target.port().to_be_bytes());
        segment.extend(number.to_be_bytes());
        segment.extend(seen.to_be_bytes());
        segment.push((((20 + options.len()) / 4) << 4) as u8);
        segment.push(flags);
        segment.extend(u16::MAX.to_be_bytes());
        segment.extend([0; 4]);
        segment.extend(options);
        segment.extend(bytes);
        let sum = transport_sum(source.ip(), target.ip(), TCP, &segment);
        segment[16..18].copy_from_slice(&sum.to_be_bytes());
        let packet = self.packet(source.ip(), target.ip(), TCP, &segment);
        pcapng::packet(out, at, from == From::Us, comment, &packet);
    }

    fn packet(&mut self, source: IpAddr, target: IpAddr, protocol: u8, body: &[u8]) -> Vec<u8> {
        let mut packet = Vec::with_capacity(40 + body.len());
        match (source, target) {
            (IpAddr::V4(source), IpAddr::V4(target)) => {
                self.packets = self.packets.wrapping_add(1);
                packet.extend([0x45, 0]);
                packet.extend(((20 + body.len()) as u16).to_be_bytes());
                packet.extend(self.packets.to_be_bytes());
                packet.extend([0x40, 0, 64, protocol, 0, 0]);
                packet.extend(source.octets());
                packet.extend(target.octets());
                let sum = !fold(sum(0, &packet));
                packet[10..12].copy_from_slice(&sum.to_be_bytes());
            }
            _ => {
                packet.extend([0x60, 0, 0, 0]);
                packet.extend((body.len() as u16).to_be_bytes());
                packet.extend([protocol, 64]);
                packet.extend(octets(source));
                packet.extend(octets(target));
            }
        }
        packet.extend(body);
        packet
    }

    fn side(&mut self, from: From) -> &mut Side {
        &mut self.sides[from as usize]
    }
}

fn other(from: From) -> From {
    match from {
        From::Us => From::Peer,
        From::Peer => From::Us,
    }
}

/// An IPv4 peer of a dual-stack socket is written as IPv4.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Our address towards a peer, where the socket is bound to all of them.
fn addressed(us: SocketAddr, peer: SocketAddr) -> SocketAddr {
    if us.is_ipv4() == peer.is_ipv4() && !us.ip().is_unspecified() {
        return us;
    }
    let ip = match peer {
        _ if peer.ip().is_loopback() => peer.ip(),
        SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    SocketAddr::new(ip, us.port())
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// The checksum of TCP and UDP, over addresses too (RFC 9293, section 3.1).
fn transport_sum(source: IpAddr, target: IpAddr, protocol: u8, body: &[u8]) -> u16 {
    let mut total = u64::from(protocol) + body.len() as u64;
    for ip in [source, target] {
        total = match ip {
            IpAddr::V4(ip) => sum(total, &ip.octets()),
            IpAddr::V6(ip) => sum(total, &ip.octets()),
        };
    }
    !fold(sum(total, body))
}

fn sum(mut total: u64, bytes: &[u8]) -> u64 {
    let mut pairs = bytes.chunks_exact(2);
    for pair in &mut pairs {
        total += u64::from(u16::from_be_bytes([pair[0], pair[1]]));
    }
    total
        + pairs
            .remainder()
            .first()
            .map_or(0, |byte| u64::from(*byte) << 8)
}

fn fold(mut total: u64) -> u16 {
    while total > 0xffff {
        total = (total >> 16) + (total & 0xffff);
    }
    total as u16
}
