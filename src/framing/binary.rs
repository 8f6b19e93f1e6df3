//! Messages behind a binary length, as other machines frame them: where the length stands and what it counts.

use super::front::{Front, too_large};
use super::header::Header;
use crate::error::{Code, Error, Result};

/// The most bytes that can stand before a length.
const MOST_BEFORE: usize = 255;

/// What stands before a length that is written, where the message does not hold it.
const ZEROS: [u8; MOST_BEFORE] = [0; MOST_BEFORE];

/// How a length stands in front of its message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// How many bytes the length has, 1 to 4.
    pub bytes: u8,
    /// Whether its lowest byte comes first.
    pub little_endian: bool,
    /// How many bytes stand before it.
    pub offset: u8,
    /// How many bytes it counts that do not stand behind it.
    pub adjust: u8,
    /// How many bytes stand behind it that it does not count.
    pub uncounted: u8,
    /// Whether the message is the whole frame: what stands before the length, the length and what stands behind.
    pub header: bool,
}

impl Layout {
    /// Looks for a whole message. Errors: BAD_FRAME, MESSAGE_TOO_LARGE.
    pub(super) fn look(&self, bytes: &[u8], limit: usize) -> Result<Front> {
        let head = self.head();
        let Some(length) = bytes.get(self.offset.into()..head) else {
            return Ok(Front::Unknown { seen: 0 });
        };
        let number = self.number(length);
        let behind = self.behind(number).ok_or_else(|| self.lies(number))?;
        let (skip, length) = match self.header {
            true => (0, head as u64 + behind),
            false => (head, behind),
        };
        match usize::try_from(length) {
            Ok(length) if length <= limit => Ok(match bytes.len() - skip >= length {
                true => Front::Message {
                    skip,
                    length,
                    tail: 0,
                },
                false => Front::Body { skip, length },
            }),
            _ => Err(too_large(&format!("announces {length} bytes"), limit)),
        }
    }

    /// The parts of a message on the wire: what is before the length, the length, what is behind it.
    /// Errors: MESSAGE_TOO_LARGE, INVALID_ARGUMENT (it is too short).
    pub(super) fn frame<'a>(
        &self,
        message: &'a [u8],
        room: &'a mut Header,
    ) -> Result<[&'a [u8]; 3]> {
        let (before, behind) = match self.header {
            false => (&ZEROS[..self.offset.into()], message),
            true => match (
                message.get(..self.offset.into()),
                message.get(self.head()..),
            ) {
                (Some(before), Some(behind)) => (before, behind),
                _ => return Err(self.too_short(message.len(), self.head())),
            },
        };
        let counted = behind.len() as u64 + u64::from(self.adjust);
        let number = counted
            .checked_sub(self.uncounted.into())
            .ok_or_else(|| self.too_short(behind.len(), (self.uncounted - self.adjust).into()))?;
        let most = u64::from(u32::MAX) >> (32 - 8 * u32::from(self.bytes));
        if number > most {
            return Err(Error::new(
                Code::MessageTooLarge,
                format!(
                    "the length of the message is {number} and {} bytes hold at most {most}: see SocketLengthBytes",
                    self.bytes
                ),
            ));
        }
        Ok([before, self.text(number as u32, room), behind])
    }

    /// The size of what ends with the length.
    fn head(&self) -> usize {
        usize::from(self.offset) + usize::from(self.bytes)
    }

    /// How many bytes stand behind the length, where the number makes sense.
    fn behind(&self, number: u32) -> Option<u64> {
        (u64::from(number) + u64::from(self.uncounted)).checked_sub(self.adjust.into())
    }

    fn number(&self, length: &[u8]) -> u32 {
        let add = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
        match self.little_endian {
            true => length.iter().rev().fold(0, add),
            false => length.iter().fold(0, add),
        }
    }

    fn text<'a>(&self, number: u32, room: &'a mut Header) -> &'a [u8] {
        let size = usize::from(self.bytes);
        match self.little_endian {
            true => {
                room.0[..4].copy_from_slice(&number.to_le_bytes());
                &room.0[..size]
            }
            false => {
                room.0[..4].copy_from_slice(&number.to_be_bytes());
                &room.0[4 - size..4]
            }
        }
    }

    fn lies(&self, number: u32) -> Error {
        Error::new(
            Code::BadFrame,
            format!(
                "the peer sent the length {number}, of which SocketLengthAdjust takes {} away: does it count otherwise, or use another transmission mode?",
                self.adjust
            ),
        )
    }

    fn too_short(&self, size: usize, least: usize) -> Error {
        Error::invalid(format!(
            "the message has {size} bytes, fewer than the {least} that always belong to one: see SocketLengthHeader and SocketLengthUncounted"
        ))
    }
}
