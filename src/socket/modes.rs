//! The transmission mode that a program asks for, and what of it a socket's options say.

use crate::constants::*;
use crate::error::Result;
use crate::framing::{Framing, Layout};

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
