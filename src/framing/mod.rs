//! The transmission modes: bytes in, messages out. No I/O.

mod binary;
mod front;
mod header;
#[cfg(test)]
mod tests;

use crate::constants::*;
use crate::error::{Code, Error, Result};
pub use binary::Layout;
pub use front::Front;
use front::too_large;
pub use header::Header;
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
    /// Binary length, message.
    Binary(Layout),
    /// Messages that all have this size.
    Fixed(usize),
    /// Message, LF; a CR before it goes too. Written with CR LF.
    Line,
    /// Bytes as many as the reader asks for.
    Exact,
}

impl Framing {
    /// The framing of a mode that is said by a tag, or by nothing; the modes without a tag ignore it.
    /// Errors: INVALID_ARGUMENT.
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
            SocketLine => Ok(Framing::Line),
            SocketExactSize => Ok(Framing::Exact),
            _ => Err(Error::invalid(format!(
                "{mode} is no transmission mode: give one of the header's, such as SocketSize or SocketEndTag"
            ))),
        }
    }

    /// The framing of messages that all have one size. Errors: INVALID_ARGUMENT.
    pub fn fixed(size: i32) -> Result<Self> {
        match usize::try_from(size) {
            Ok(size @ 1..) => Ok(Framing::Fixed(size)),
            _ => Err(Error::invalid(format!(
                "messages of SocketFixedSize have 1 byte or more, not {size}: give their size as the tag's"
            ))),
        }
    }

    /// A message as it goes on the wire, in three parts. `room` holds what is written of a header.
    /// Errors: MESSAGE_TOO_LARGE, INVALID_ARGUMENT (its size is none of this mode's).
    #[inline]
    pub fn frame<'a>(&'a self, message: &'a [u8], room: &'a mut Header) -> Result<[&'a [u8]; 3]> {
        Ok(match self {
            Framing::Size => [room.write(message.len()), message, &[]],
            Framing::Tag(tag) => [&[], message, tag],
            Framing::Raw | Framing::Exact => [&[], message, &[]],
            Framing::Line => [&[], message, b"\r\n"],
            Framing::Binary(layout) => layout.frame(message, room)?,
            Framing::Fixed(size) if message.len() == *size => [&[], message, &[]],
            Framing::Fixed(size) => return Err(other_size(message.len(), *size)),
        })
    }

    /// Looks at the front of what was received; the first `seen` bytes hold no tag, as an earlier
    /// look told. `wanted` is how many bytes the reader asks for, which counts for `Exact` alone.
    /// Errors: BAD_FRAME, MESSAGE_TOO_LARGE (more than `limit` bytes).
    pub fn look(&self, bytes: &[u8], seen: usize, wanted: usize, limit: usize) -> Result<Front> {
        match self {
            Framing::Size => look_for_length(bytes, limit),
            Framing::Tag(tag) => look_for_tag(tag, bytes, seen, limit),
            Framing::Raw => Ok(all_of(bytes, 1)),
            Framing::Binary(layout) => layout.look(bytes, limit),
            Framing::Fixed(size) => look_for_size(*size, bytes, limit),
            Framing::Line => look_for_line(bytes, seen, limit),
            Framing::Exact => Ok(all_of(bytes, wanted.max(1))),
        }
    }

    /// Whether a reader takes no more than it has room for, and leaves the rest.
    pub fn has_no_frames(&self) -> bool {
        matches!(self, Framing::Raw | Framing::Exact)
    }
}

/// All the bytes, once there are so many, at least one.
fn all_of(bytes: &[u8], least: usize) -> Front {
    match bytes.len() {
        0 => Front::Unknown { seen: 0 },
        length if length >= least => Front::Message {
            skip: 0,
            length,
            tail: 0,
        },
        _ => Front::Body {
            skip: 0,
            length: least,
        },
    }
}

fn look_for_size(size: usize, bytes: &[u8], limit: usize) -> Result<Front> {
    match size {
        _ if size > limit => Err(too_large(&format!("has {size} bytes"), limit)),
        length if bytes.len() >= length => Ok(Front::Message {
            skip: 0,
            length,
            tail: 0,
        }),
        length => Ok(Front::Body { skip: 0, length }),
    }
}

fn look_for_line(bytes: &[u8], seen: usize, limit: usize) -> Result<Front> {
    let found = memchr::memchr(b'\n', &bytes[seen..]).map(|at| seen + at);
    let end = found.unwrap_or(bytes.len());
    let has_return = end > 0 && bytes[end - 1] == b'\r';
    let length = end - usize::from(has_return);
    match found {
        _ if length > limit => Err(too_large("shows no end of its line", limit)),
        Some(end) => Ok(Front::Message {
            skip: 0,
            length,
            tail: end + 1 - length,
        }),
        None => Ok(Front::Unknown { seen: end }),
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

fn other_size(size: usize, fixed: usize) -> Error {
    Error::invalid(format!(
        "the message has {size} bytes, and in this mode each has {fixed} (SocketFixedSize)"
    ))
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
