//! A frame's header and its mask (RFC 6455, section 5), and what the two sides may send.

/// The longest header: two bytes, a length of eight, a mask of four.
pub const LONGEST_HEADER: usize = 14;
/// The longest payload of a control frame (section 5.5).
pub const LONGEST_CONTROL: usize = 125;

/// The bit of a message's last frame.
const FINAL: u8 = 0x80;
/// The bits that no extension has given a meaning.
const RESERVED: u8 = 0x70;
/// The bit of a payload that is masked.
const MASKED: u8 = 0x80;
/// Lengths that stand for the two and the eight bytes behind them.
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;

/// Which end of the connection this is. Clients mask what they send, servers do not (section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It has connected.
    Client,
    /// It was connected to.
    Server,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

impl Kind {
    /// As SocketClientInfo tells it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Binary => "binary",
        }
    }
}

/// What a frame is (section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// More of the message that has begun.
    Continuation,
    /// The beginning of a message.
    Begin(Kind),
    /// Something about the connection itself.
    Control(Control),
}

/// The control frames (section 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Nothing comes behind it.
    Close,
    /// To be answered.
    Ping,
    /// The answer.
    Pong,
}

impl Opcode {
    fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Opcode::Continuation,
            1 => Opcode::Begin(Kind::Text),
            2 => Opcode::Begin(Kind::Binary),
            8 => Opcode::Control(Control::Close),
            9 => Opcode::Control(Control::Ping),
            10 => Opcode::Control(Control::Pong),
            _ => return None,
        })
    }

    fn number(self) -> u8 {
        match self {
            Opcode::Continuation => 0,
            Opcode::Begin(Kind::Text) => 1,
            Opcode::Begin(Kind::Binary) => 2,
            Opcode::Control(Control::Close) => 8,
            Opcode::Control(Control::Ping) => 9,
            Opcode::Control(Control::Pong) => 10,
        }
    }
}

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the frame is.
    pub opcode: Opcode,
    /// Whether the message ends with it.
    pub is_final: bool,
    /// The payload's size.
    pub length: u64,
    /// What its payload is masked with.
    pub mask: Option<[u8; 4]>,
}

impl Header {
    /// The header at the front of what a peer sent, and its size; `None` while it is not complete. Says in words
    /// what no peer may send to this `side`, as soon as that can be seen.
    pub fn parse(bytes: &[u8], side: Side) -> Result<Option<(Self, usize)>, &'static str> {
        let &[first, second, ..] = bytes else {
            return match bytes {
                [first] => check_first(*first).map(|_| None),
                _ => Ok(None),
            };
        };
        let opcode = check_first(first)?;
        let is_final = first & FINAL != 0;
        let is_masked = second & MASKED != 0;
        match side {
            Side::Server if !is_masked => return Err("a client's frame without a mask"),
            Side::Client if is_masked => return Err("a server's frame with a mask"),
            _ => {}
        }
        let short = second & !MASKED;
        if matches!(opcode, Opcode::Control(_)) {
            if !is_final {
                return Err("a control frame in fragments");
            }
            if usize::from(short) > LONGEST_CONTROL {
                return Err("a control frame of more than 125 bytes");
            }
        }
        let extended = match short {
            TWO_BYTES => 2,
            EIGHT_BYTES => 8,
            _ => 0,
        };
        let Some(digits) = bytes.get(2..2 + extended) else {
            return Ok(None);
        };
        let length = match extended {
            0 => short.into(),
            _ => digits
                .iter()
                .fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
        };
        if length >> 63 != 0 {
            return Err("a length with its highest bit set");
        }
        if extended == 2 && length < TWO_BYTES.into() || extended == 8 && length <= 0xFFFF {
            return Err("a length that is longer than it needs to be");
        }
        let size = 2 + extended;
        if !is_masked {
            return Ok(Some((
                Header {
                    opcode,
                    is_final,
                    length,
                    mask: None,
                },
                size,
            )));
        }
        let Some(&[a, b, c, d]) = bytes.get(size..size + 4) else {
            return Ok(None);
        };
        let mask = Some([a, b, c, d]);
        Ok(Some((
            Header {
                opcode,
                is_final,
                length,
                mask,
            },
            size + 4,
        )))
    }

    /// Writes it and tells its size.
    pub fn write(&self, room: &mut [u8; LONGEST_HEADER]) -> usize {
        let masked = if self.mask.is_some() { MASKED } else { 0 };
        room[0] = self.opcode.number() | if self.is_final { FINAL } else { 0 };
        let mut size = 2;
        match self.length {
            short @ 0..=125 => room[1] = masked | short as u8,
            medium @ 126..=0xFFFF => {
                room[1] = masked | TWO_BYTES;
                room[2..4].copy_from_slice(&(medium as u16).to_be_bytes());
                size = 4;
            }
            long => {
                room[1] = masked | EIGHT_BYTES;
                room[2..10].copy_from_slice(&long.to_be_bytes());
                size = 10;
            }
        }
        if let Some(mask) = self.mask {
            room[size..size + 4].copy_from_slice(&mask);
            size += 4;
        }
        size
    }
}

fn check_first(first: u8) -> Result<Opcode, &'static str> {
    if first & RESERVED != 0 {
        return Err("a frame with reserved bits set, though no extension was agreed on");
    }
    let opcode = Opcode::from_number(first & 0x0F).ok_or("a frame of an unknown kind")?;
    if matches!(opcode, Opcode::Control(_)) && first & FINAL == 0 {
        return Err("a control frame in fragments");
    }
    Ok(opcode)
}

/// Masks bytes, or takes the mask off again: `from` is how many bytes of the same payload came before (section 5.3).
pub fn apply_mask(bytes: &mut [u8], mask: [u8; 4], from: u64) {
    let mut turned = mask;
    turned.rotate_left((from % 4) as usize);
    let mut words = bytes.chunks_exact_mut(4);
    for word in &mut words {
        for (byte, mask) in word.iter_mut().zip(turned) {
            *byte ^= mask;
        }
    }
    for (byte, mask) in words.into_remainder().iter_mut().zip(turned) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, (1 << 63) - 1] {
            for (side, mask) in [(Side::Client, None), (Side::Server, Some([0, 1, 2, 255]))] {
                for opcode in [
                    Opcode::Continuation,
                    Opcode::Begin(Kind::Text),
                    Opcode::Begin(Kind::Binary),
                ] {
                    let header = Header {
                        opcode,
                        is_final: length % 2 == 0,
                        length,
                        mask,
                    };
                    let mut room = [0; LONGEST_HEADER];
                    let size = header.write(&mut room);
                    assert_eq!(Header::parse(&room[..size], side), Ok(Some((header, size))));
                    for cut in 0..size {
                        assert_eq!(Header::parse(&room[..cut], side), Ok(None));
                    }
                }
            }
        }
    }

    #[test]
    fn what_the_protocol_forbids_is_told_at_its_first_sign() {
        for (bytes, words) in [
            (&[0xC1][..], "reserved"),
            (&[0x90], "reserved"),
            (&[0x83], "unknown"),
            (&[0x8B], "unknown"),
            (&[0x09], "fragments"),
            (&[0x88, 126], "125"),
            (&[0x89, 127], "125"),
            (&[0x81, 0x80], "with a mask"),
            (&[0x82, 126, 0, 125], "longer than it needs"),
            (
                &[0x82, 127, 0, 0, 0, 0, 0, 0, 255, 255],
                "longer than it needs",
            ),
            (&[0x82, 127, 128, 0, 0, 0, 0, 0, 0, 0], "highest bit"),
        ] {
            let told = Header::parse(bytes, Side::Client).unwrap_err();
            assert!(told.contains(words), "{bytes:?}: {told}");
        }
        let told = Header::parse(&[0x81, 5], Side::Server).unwrap_err();
        assert!(told.contains("without a mask"), "{told}");
    }

    #[test]
    fn a_mask_goes_on_where_the_last_part_ended() {
        let mask = [1, 20, 77, 255];
        let plain: Vec<u8> = (0..50).collect();
        let mut whole = plain.clone();
        apply_mask(&mut whole, mask, 0);
        for cut in 0..plain.len() {
            let mut parts = plain.clone();
            let (front, back) = parts.split_at_mut(cut);
            apply_mask(front, mask, 0);
            apply_mask(back, mask, cut as u64);
            assert_eq!(parts, whole);
        }
        apply_mask(&mut whole, mask, 0);
        assert_eq!(whole, plain);
    }
}
