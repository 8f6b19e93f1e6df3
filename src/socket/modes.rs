//! The transmission mode that a program asks for, and what of it a socket's options say.

use super::options::Options;
use crate::constants::*;
use crate::error::Result;
use crate::framing::{Framing, Layout};
use std::sync::atomic::AtomicI32;

/// What `SocketBinarySize` is made of.
const LENGTH: [i32; 6] = [
    SocketLengthBytes,
    SocketLengthOrder,
    SocketLengthOffset,
    SocketLengthAdjust,
    SocketLengthHeader,
    SocketLengthUncounted,
];

/// A stream's own values of the options of `SocketBinarySize`, for its next change of the mode.
#[derive(Debug)]
pub struct LengthOptions([AtomicI32; LENGTH.len()]);

impl LengthOptions {
    /// Those that a new stream starts with.
    pub fn new(options: &Options) -> Self {
        LengthOptions(LENGTH.map(|option| AtomicI32::new(options.get(option))))
    }

    /// The value of one of them.
    pub fn of(&self, option: i32) -> Option<&AtomicI32> {
        let place = LENGTH.iter().position(|&own| own == option)?;
        self.0.get(place)
    }
}

/// The mode as SocketChangeTransmissionMode is given it, with the value that the socket has now for each `option`.
/// Errors: INVALID_ARGUMENT, those of `option`.
pub fn framing(
    mode: i32,
    tag: Option<&[u8]>,
    tag_size: i32,
    option: impl Fn(i32) -> Result<i32>,
) -> Result<Framing> {
    #[allow(non_upper_case_globals)]
    match mode {
        SocketBinarySize => layout(option).map(Framing::Binary),
        SocketFixedSize => Framing::fixed(tag_size),
        _ => Framing::new(mode, tag),
    }
}

fn layout(option: impl Fn(i32) -> Result<i32>) -> Result<Layout> {
    // Each option's range is that of a byte.
    let byte = |number| option(number).map(|value| value as u8);
    let yes = |number| option(number).map(|value| value != 0);
    Ok(Layout {
        bytes: byte(SocketLengthBytes)?,
        little_endian: yes(SocketLengthOrder)?,
        offset: byte(SocketLengthOffset)?,
        adjust: byte(SocketLengthAdjust)?,
        uncounted: byte(SocketLengthUncounted)?,
        header: yes(SocketLengthHeader)?,
    })
}
