//! The header of the PROXY protocol, in which a load balancer says whose connection it passes on
//! (HAProxy's proxy-protocol.txt, versions 1 and 2).
//!
//! It is told how many bytes it still needs at least, so that none behind the header is ever received with it.
//! That is why it is read here: the crates for it want a buffer in which more may stand.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest header of version 1, with CR LF (section 2.1).
const LONGEST_V1: usize = 107;
/// The longest header of version 2 that is taken, all of it.
const LONGEST_V2: usize = 4096;
/// What version 2 begins with (section 2.2).
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The part of version 2 whose length is known.
const FIXED: usize = 16;
/// The shortest header of version 1. That of version 2 is longer.
const SHORTEST: usize = "PROXY UNKNOWN\r\n".len();

/// What the bytes that have come are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// So far a header, to which at least so many bytes are missing.
    Needs(usize),
    /// All of it: the client, or `None` where the balancer speaks for itself or does not know it.
    Whole(Option<SocketAddr>),
}

impl ProxyHeader {
    /// What these bytes are, which are all that has come so far. An error says what is wrong with them.
    pub fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.is_empty() {
            return Ok(ProxyHeader::Needs(SHORTEST));
        }
        let begin = bytes.len().min(SIGNATURE.len());
        if bytes[..begin] == SIGNATURE[..begin] {
            return version_2(bytes);
        }
        let begin = bytes.len().min(PROXY.len());
        if bytes[..begin] == PROXY[..begin] {
            return version_1(bytes);
        }
        Err("it does not begin as one")
    }
}

const PROXY: &[u8] = b"PROXY ";

/// Version 1: a line of text.
fn version_1(bytes: &[u8]) -> Result<ProxyHeader, &'static str> {
    let Some(line) = bytes.strip_suffix(b"\r\n") else {
        let missing = match bytes.last() {
            _ if bytes.len() < SHORTEST => SHORTEST - bytes.len(),
            Some(b'\n') => return Err("a line of it does not end with CR LF"),
            Some(b'\r') => 1,
            _ => 2,
        };
        if bytes.len() + missing > LONGEST_V1 {
            return Err("its line has no end within 107 bytes");
        }
        return Ok(ProxyHeader::Needs(missing));
    };
    let line = line.strip_prefix(PROXY).unwrap_or_default();
    if line.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return Err("it has more than one line");
    }
    if line == b"UNKNOWN" || line.starts_with(b"UNKNOWN ") {
        return Ok(ProxyHeader::Whole(None));
    }
    let line = std::str::from_utf8(line).map_err(|_| "it is no text")?;
    let client = addresses(line).ok_or("its addresses are none")?;
    Ok(ProxyHeader::Whole(Some(client)))
}

/// The client of a line such as "TCP4 192.0.2.7 192.0.2.1 50000 443", of which every part is as it should be.
fn addresses(line: &str) -> Option<SocketAddr> {
    let mut words = line.split(' ');
    let family = words.next()?;
    let mut address = || {
        let word = words.next()?;
        match family {
            "TCP4" => word.parse().map(IpAddr::V4).ok(),
            "TCP6" => word.parse().map(IpAddr::V6).ok(),
            _ => None,
        }
    };
    let (client, _) = (address()?, address()?);
    let mut port = || {
        let word = words.next()?;
        let is_plain = word.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = is_plain && (word == "0" || !word.starts_with('0'));
        word.parse::<u16>().ok().filter(|_| is_plain)
    };
    let (client_port, _) = (port()?, port()?);
    words
        .next()
        .is_none()
        .then(|| SocketAddr::new(client, client_port))
}

/// Version 2: binary.
fn version_2(bytes: &[u8]) -> Result<ProxyHeader, &'static str> {
    const LOCAL: u8 = 0x20;
    const PROXIED: u8 = 0x21;
    let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else {
        return match bytes.get(SIGNATURE.len()) {
            Some(&(LOCAL | PROXIED)) | None => Ok(ProxyHeader::Needs(FIXED - bytes.len())),
            Some(_) => Err("its version or command is none that is known"),
        };
    };
    let [.., command, family, high, low] = *fixed;
    let length = usize::from(u16::from_be_bytes([high, low]));
    let block = match (command, family) {
        // What family it is says nothing then.
        (LOCAL, _) => None,
        (PROXIED, 0x00) => Some(0),
        (PROXIED, 0x11) => Some(12),
        (PROXIED, 0x21) => Some(36),
        (PROXIED, _) => return Err("it is of no TCP connection"),
        _ => return Err("its version or command is none that is known"),
    };
    if FIXED + length > LONGEST_V2 {
        return Err("it says that it is longer than 4,096 bytes");
    }
    if block.is_some_and(|block| length < block) {
        return Err("it has no room for its addresses");
    }
    if rest.len() < length {
        return Ok(ProxyHeader::Needs(length - rest.len()));
    }
    let client = match block {
        Some(12) => {
            client(rest).map(|(bytes, port)| (IpAddr::from(Ipv4Addr::from_octets(bytes)), port))
        }
        Some(36) => {
            client(rest).map(|(bytes, port)| (IpAddr::from(Ipv6Addr::from_octets(bytes)), port))
        }
        _ => None,
    };
    if let Some(block) = block
        && !is_list(&rest[block..length])
    {
        return Err("the lengths of its parts do not add up");
    }
    Ok(ProxyHeader::Whole(client.map(SocketAddr::from)))
}

/// The first address of two, and the first port behind them.
fn client<const N: usize>(block: &[u8]) -> Option<([u8; N], u16)> {
    let address = block.first_chunk()?;
    let port = block.get(2 * N..)?.first_chunk()?;
    Some((*address, u16::from_be_bytes(*port)))
}

/// Whether this is a list of types, lengths and values. What they say is not asked for.
fn is_list(mut bytes: &[u8]) -> bool {
    while let [_, high, low, rest @ ..] = bytes {
        match rest.get(usize::from(u16::from_be_bytes([*high, *low]))..) {
            Some(next) => bytes = next,
            None => return false,
        }
    }
    bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProxyHeader::{Needs, Whole};

    /// Reads as a socket is read: what is needed, and no byte more. What is behind, and how it ended.
    fn received(bytes: &[u8]) -> (&[u8], Result<ProxyHeader, &'static str>) {
        let mut have = 0;
        loop {
            match ProxyHeader::read(&bytes[..have]) {
                Ok(Needs(0)) => panic!("nothing is needed at {have}"),
                Ok(Needs(more)) if have + more <= bytes.len() => have += more,
                ended => return (&bytes[have..], ended),
            }
        }
    }

    fn version_2(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
        let length = u16::try_from(block.len()).unwrap();
        let mut header = SIGNATURE.to_vec();
        header.extend([command, family]);
        header.extend(length.to_be_bytes());
        header.extend(block);
        header
    }

    const FOUR: &[u8] = &[192, 0, 2, 7, 192, 0, 2, 1, 0xC3, 0x50, 1, 187];

    /// Headers, and whom they tell of.
    fn good() -> Vec<(Vec<u8>, Option<&'static str>)> {
        let text = |text: &str| text.as_bytes().to_vec();
        let mut six = Ipv6Addr::from([0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7])
            .octets()
            .to_vec();
        six.extend([0; 16]);
        six.extend([0xC3, 0x50, 1, 187]);
        let with = |parts: &[u8]| [FOUR, parts].concat();
        let longest = [&[4, 0x0F, 0xE1][..], &[0; 0xFE1]].concat();
        vec![
            (text("PROXY UNKNOWN\r\n"), None),
            (text("PROXY UNKNOWN ::1 what ever\0\r\n"), None),
            (
                text("PROXY TCP4 192.0.2.7 192.0.2.1 50000 443\r\n"),
                Some("192.0.2.7:50000"),
            ),
            (text("PROXY TCP6 :: :: 0 0\r\n"), Some("[::]:0")),
            (
                text(
                    "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
                ),
                Some("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"),
            ),
            (version_2(0x20, 0, b""), None),
            (version_2(0x20, 0x77, b"what is not looked at"), None),
            (version_2(0x21, 0, b""), None),
            (version_2(0x21, 0, &[4, 0, 1, 0]), None),
            (version_2(0x21, 0x11, FOUR), Some("192.0.2.7:50000")),
            (
                version_2(0x21, 0x11, &with(&[1, 0, 2, b'h', b'2', 5, 0, 0])),
                Some("192.0.2.7:50000"),
            ),
            (
                version_2(0x21, 0x11, &with(&longest)[..4080]),
                Some("192.0.2.7:50000"),
            ),
            (version_2(0x21, 0x21, &six), Some("[2001:db8::7]:50000")),
        ]
    }

    #[test]
    fn a_header_tells_the_client_and_no_byte_behind_it_is_taken() {
        for (header, client) in good() {
            let told = client.map(|client| client.parse().unwrap());
            for behind in [&b""[..], b"\r\n", b"x", &header] {
                let bytes = [&header[..], behind].concat();
                assert_eq!(received(&bytes), (behind, Ok(Whole(told))), "{header:?}");
            }
        }
    }

    #[test]
    fn a_header_that_is_cut_anywhere_is_none_yet() {
        for (header, _) in good() {
            for length in 0..header.len() {
                let read = ProxyHeader::read(&header[..length]);
                assert!(
                    matches!(read, Ok(Needs(more)) if more <= header.len() - length),
                    "{read:?} of {:?}",
                    &header[..length]
                );
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(92));
        let mut bad: Vec<Vec<u8>> = [
            "GET / HTTP/1.1\r\n\r\n",
            "proxy TCP4 192.0.2.7 192.0.2.1 1 2\r\n",
            "PROXY\r\nTCP4 192.0.2.7 192.0.2.1 1 2\r\n",
            "PROXY UNKNOWN\n and no CR before it\n",
            "PROXY UNKNOWNS\r\n",
            "PROXY TCP4 \n\n\n\n\r\n",
            "PROXY TCP4 192.0.2.7 192.0.2.1 1\r\n",
            "PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n",
            "PROXY TCP4 192.0.2.7  192.0.2.1 1 2\r\n",
            "PROXY TCP4 192.0.2.7 192.0.2.1 1 2 \r\n",
            "PROXY TCP4 192.0.2.07 192.0.2.1 1 2\r\n",
            "PROXY TCP4 ::1 ::1 1 2\r\n",
            "PROXY TCP6 192.0.2.7 192.0.2.1 1 2\r\n",
            "PROXY TCP6 fe80::1%lo ::1 1 2\r\n",
            "PROXY TCP4 192.0.2.7 192.0.2.1 +1 2\r\n",
            "PROXY TCP4 192.0.2.7 192.0.2.1 01 2\r\n",
            "PROXY TCP4 192.0.2.7 192.0.2.1 65536 2\r\n",
            "PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\0\r\n",
            "PROXY UDP4 192.0.2.7 192.0.2.1 1 2\r\n",
            &long,
        ]
        .map(|text| text.as_bytes().to_vec())
        .into();
        let lying = [FOUR, &[4, 0, 2, 0]].concat();
        let cut = [FOUR, &[4, 0]].concat();
        for (command, family, block) in [
            (0x11, 0x11, FOUR),
            (0x31, 0x11, FOUR),
            (0x22, 0x11, FOUR),
            (0x21, 0x12, FOUR),      // UDP
            (0x21, 0x31, &[0; 216]), // AF_UNIX
            (0x21, 0x41, FOUR),
            (0x21, 0x01, FOUR),
            (0x21, 0x11, &FOUR[..11]),
            (0x21, 0x21, FOUR),
            (0x21, 0x11, &lying),
            (0x21, 0x11, &cut),
            (0x21, 0x11, &[0; 4081]),
            (0x20, 0x00, &[0; 4081]),
        ] {
            bad.push(version_2(command, family, block));
        }
        let mut signature = version_2(0x21, 0x11, FOUR);
        signature[11] = b'\r';
        bad.push(signature);
        for bytes in bad {
            let (_, read) = received(&bytes);
            assert!(read.is_err(), "{read:?} of {:?}", bytes.escape_ascii());
        }
    }

    #[test]
    fn whatever_comes_it_ends_within_its_bounds() {
        // A small generator, so that every run tries the same.
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let good = good();
        for _ in 0..20_000 {
            let mut bytes = good[random() as usize % good.len()].0.clone();
            for _ in 0..=random() % 3 {
                let place = random() as usize % bytes.len();
                match random() % 3 {
                    0 => bytes[place] = random() as u8,
                    1 => bytes.truncate(place + 1),
                    _ => bytes.insert(place, random() as u8),
                }
            }
            bytes.extend([b'x'; 5000]);
            let (behind, _) = received(&bytes);
            assert!(bytes.len() - behind.len() <= LONGEST_V2);
        }
    }
}
