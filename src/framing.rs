//! The four transmission modes: bytes in, messages out. No I/O.

use crate::constants::{SocketEndTag, SocketEndTagBuffer, SocketNoEndTag, SocketSize};
use crate::error::{Code, Error, Result};
use std::sync::Arc;

/// The tag where none is given, WLanguage's own.
const DEFAULT_TAG: &[u8] = b"<EOF>";
/// The longest tag, in bytes.
const LONGEST_TAG: usize = 255;
/// The most digits of a length.
const MOST_DIGITS: usize = 10;

/// How messages are told apart on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Decimal length, CR LF, message.
    #[default]
    Size,
    /// Message, tag.
    Tag(Arc<[u8]>),
    /// Bytes as they come.
    Raw,
}

/// What stands at the front of the bytes received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// A whole message: `skip` bytes of header, `length` bytes of message, `tail` bytes of tag.
    Message {
        /// Bytes before the message.
        skip: usize,
        /// The message's size.
        length: usize,
        /// Bytes behind it.
        tail: usize,
    },
    /// A message whose size is known and whose end has not come yet.
    Body {
        /// Bytes before the message.
        skip: usize,
        /// The message's size.
        length: usize,
    },
    /// Too little to tell. The first `seen` bytes need not be looked at again.
    Unknown {
        /// Bytes in which no tag begins.
        seen: usize,
    },
}

impl Framing {
    /// The framing of a mode and a tag, as SocketChangeTransmissionMode takes them; the modes
    /// without a tag ignore it. Errors: INVALID_ARGUMENT.
    pub fn new(mode: i32, tag: Option<&[u8]>) -> Result<Self> {
        #[allow(non_upper_case_globals)]
        match mode {
            SocketEndTag | SocketEndTagBuffer => match tag.unwrap_or(DEFAULT_TAG) {
                tag if (1..=LONGEST_TAG).contains(&tag.len()) => Ok(Framing::Tag(tag.into())),
                tag => Err(Error::invalid(format!(
                    "a tag has 1 to {LONGEST_TAG} bytes, not {}",
                    tag.len()
                ))),
            },
            SocketSize => Ok(Framing::Size),
            SocketNoEndTag => Ok(Framing::Raw),
            _ => Err(Error::invalid(format!(
                "{mode} is no transmission mode: give SocketEndTag, SocketSize, SocketEndTagBuffer or SocketNoEndTag"
            ))),
        }
    }

    /// What goes before and behind a message of `size` bytes. `room` holds the header's text.
    pub fn frame<'a>(&'a self, size: usize, room: &'a mut Header) -> (&'a [u8], &'a [u8]) {
        match self {
            Framing::Size => (room.write(size), &[]),
            Framing::Tag(tag) => (&[], tag),
            Framing::Raw => (&[], &[]),
        }
    }

    /// Looks at the front of what was received; the first `seen` bytes hold no tag, as an earlier
    /// look told. Errors: BAD_FRAME, MESSAGE_TOO_LARGE (more than `limit` bytes).
    pub fn look(&self, bytes: &[u8], seen: usize, limit: usize) -> Result<Front> {
        match self {
            Framing::Size => look_for_length(bytes, limit),
            Framing::Tag(tag) => look_for_tag(tag, bytes, seen, limit),
            Framing::Raw if bytes.is_empty() => Ok(Front::Unknown { seen: 0 }),
            Framing::Raw => Ok(Front::Message {
                skip: 0,
                length: bytes.len(),
                tail: 0,
            }),
        }
    }
}

fn look_for_length(bytes: &[u8], limit: usize) -> Result<Front> {
    let digits = bytes
        .iter()
        .take(MOST_DIGITS + 1)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let end = &bytes[digits..];
    let well_formed = match (digits, end) {
        (0, [_, ..]) => false,
        (_, [first, ..]) if *first != b'\r' => false,
        (_, [_, second, ..]) if *second != b'\n' => false,
        _ => digits <= MOST_DIGITS,
    };
    if !well_formed {
        return Err(bad_frame(bytes));
    }
    if end.len() < 2 {
        return Ok(Front::Unknown { seen: 0 });
    }
    let length = bytes[..digits]
        .iter()
        .fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    let skip = digits + 2;
    match usize::try_from(length) {
        Ok(length) if length <= limit => Ok(if bytes.len() - skip >= length {
            Front::Message {
                skip,
                length,
                tail: 0,
            }
        } else {
            Front::Body { skip, length }
        }),
        _ => Err(too_large(&format!("announces {length} bytes"), limit)),
    }
}

fn look_for_tag(tag: &[u8], bytes: &[u8], seen: usize, limit: usize) -> Result<Front> {
    let rest = &bytes[seen..];
    let found = match tag {
        [byte] => memchr::memchr(*byte, rest),
        _ => memchr::memmem::find(rest, tag),
    };
    match found {
        Some(at) if seen + at <= limit => Ok(Front::Message {
            skip: 0,
            length: seen + at,
            tail: tag.len(),
        }),
        None if bytes.len() < limit.saturating_add(tag.len()) => Ok(Front::Unknown {
            // The last bytes may be the beginning of a tag.
            seen: bytes.len().saturating_sub(tag.len() - 1).max(seen),
        }),
        _ => Err(too_large("shows no end tag", limit)),
    }
}

fn bad_frame(bytes: &[u8]) -> Error {
    let start = &bytes[..bytes.len().min(MOST_DIGITS + 2)];
    Error::new(
        Code::BadFrame,
        format!(
            "the peer sent \"{}\" where a length and CR LF were expected: does it use another transmission mode?",
            start.escape_ascii()
        ),
    )
}

fn too_large(what: &str, limit: usize) -> Error {
    Error::new(
        Code::MessageTooLarge,
        format!(
            "the peer's message {what} and the limit is {limit}: raise SocketMaxMessage if such messages are expected"
        ),
    )
}

/// Room for the text of a length header: 20 digits, CR LF.
#[derive(Debug, Default)]
pub struct Header([u8; 22]);

impl Header {
    fn write(&mut self, size: usize) -> &[u8] {
        let mut start = self.0.len() - 2;
        self.0[start..].copy_from_slice(b"\r\n");
        let mut rest = size;
        loop {
            start -= 1;
            self.0[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                return &self.0[start..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1000;

    fn size(bytes: &[u8]) -> Result<Front> {
        Framing::Size.look(bytes, 0, LIMIT)
    }

    fn message(skip: usize, length: usize, tail: usize) -> Front {
        Front::Message { skip, length, tail }
    }

    #[test]
    fn a_length_header_may_stop_anywhere() {
        for part in ["", "1", "12", "12\r"] {
            let front = size(part.as_bytes()).unwrap();
            assert_eq!(front, Front::Unknown { seen: 0 }, "{part:?}");
        }
        let body = Front::Body {
            skip: 4,
            length: 12,
        };
        assert_eq!(size(b"12\r\n").unwrap(), body);
        assert_eq!(size(b"12\r\nhello worl").unwrap(), body);
        assert_eq!(size(b"12\r\nhello world!5").unwrap(), message(4, 12, 0));
        assert_eq!(size(b"0\r\n").unwrap(), message(3, 0, 0));
        assert_eq!(size(b"0000000003\r\nabc").unwrap(), message(12, 3, 0));
    }

    #[test]
    fn anything_but_a_length_is_a_bad_frame() {
        for bad in [
            "abc\r\n",
            "-1\r\n",
            "+1\r\n",
            " 1\r\n",
            "\r\n",
            "1\n",
            "1\rx",
            "1 \r\n",
            "1x",
            "99999999999\r\n",
            "00000000001\r\n",
            "12345678901",
        ] {
            assert_eq!(
                size(bad.as_bytes()).unwrap_err().code,
                Code::BadFrame,
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_message_over_the_limit_is_refused_from_its_header() {
        assert!(size(b"1000\r\n").is_ok());
        for large in ["1001\r\n", "9999999999\r\n"] {
            let error = size(large.as_bytes()).unwrap_err();
            assert_eq!(error.code, Code::MessageTooLarge, "{large:?}");
        }
    }

    #[test]
    fn a_tag_is_found_however_it_is_split() {
        let tag: &[u8] = b"<END>";
        let framing = Framing::new(SocketEndTag, Some(tag)).unwrap();
        let bytes = b"a<EN<END>b";
        let mut seen = 0;
        for length in 0..9 {
            match framing.look(&bytes[..length], seen, LIMIT).unwrap() {
                Front::Unknown { seen: now } => seen = now,
                other => panic!("{other:?} after {length} bytes"),
            }
        }
        assert_eq!(framing.look(bytes, seen, LIMIT).unwrap(), message(0, 4, 5));
    }

    #[test]
    fn a_beginning_of_the_tag_belongs_to_the_message() {
        for mode in [SocketEndTag, SocketEndTagBuffer] {
            let framing = Framing::new(mode, None).unwrap();
            for text in ["", "a<EO", "<", "<EOF", "<<EOF", "b<EO>c", "<E<EO<EOF"] {
                let wire = format!("{text}<EOF>rest");
                let mut seen = 0;
                let end = text.len() + 5;
                for length in 0..end {
                    match framing
                        .look(&wire.as_bytes()[..length], seen, LIMIT)
                        .unwrap()
                    {
                        Front::Unknown { seen: now } => seen = now,
                        other => panic!("{other:?} after {length} bytes of {wire}"),
                    }
                }
                let front = framing.look(wire.as_bytes(), seen, LIMIT).unwrap();
                assert_eq!(front, message(0, text.len(), 5), "{wire}");
            }
        }
    }

    #[test]
    fn a_message_that_never_ends_is_too_large() {
        let framing = Framing::new(SocketEndTagBuffer, None).unwrap();
        assert_eq!(framing.look(b"abc<EOF>", 0, 3).unwrap(), message(0, 3, 5));
        for bytes in [&b"abcd<EOF"[..], b"abcd<EOF>"] {
            let error = framing.look(bytes, 0, 3).unwrap_err();
            assert_eq!(error.code, Code::MessageTooLarge);
        }
    }

    #[test]
    fn frames_are_the_bytes_of_the_contract() {
        let mut room = Header::default();
        assert_eq!(Framing::Size.frame(0, &mut room), (&b"0\r\n"[..], &b""[..]));
        assert_eq!(
            Framing::Size.frame(1234567890, &mut room).0,
            b"1234567890\r\n"
        );
        let tag = Framing::new(SocketEndTag, None).unwrap();
        assert_eq!(tag.frame(5, &mut room), (&b""[..], &b"<EOF>"[..]));
        assert_eq!(Framing::Raw.frame(5, &mut room), (&b""[..], &b""[..]));
    }

    #[test]
    fn modes_and_tags_outside_the_contract_are_refused() {
        for (mode, tag) in [
            (4, None),
            (-1, None),
            (0, Some(&b""[..])),
            (2, Some(&[7; 256])),
        ] {
            let error = Framing::new(mode, tag).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument);
        }
    }
}
