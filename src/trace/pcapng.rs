//! The blocks of a capture, as draft-ietf-opsawg-pcapng has them.

use std::time::{SystemTime, UNIX_EPOCH};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;
const SECRETS: u32 = 0x0a;

/// Packets begin with their IP header.
const LINKTYPE_RAW: u16 = 101;
/// The secrets are lines of NSS's key log.
const TLS_KEY_LOG: u32 = 0x544c_534b;

const END: u16 = 0;
const COMMENT: u16 = 1;
const INTERFACE_NAME: u16 = 2;
const PACKET_FLAGS: u16 = 2;
const APPLICATION: u16 = 4;
const RESOLUTION: u16 = 9;

/// What a file begins with.
pub(super) fn beginning() -> Vec<u8> {
    let mut out = Vec::new();
    block(&mut out, SECTION, |body| {
        body.extend(0x1a2b_3c4d_u32.to_ne_bytes());
        body.extend(1_u16.to_ne_bytes());
        body.extend(0_u16.to_ne_bytes());
        body.extend(u64::MAX.to_ne_bytes()); // of any length
        let name = concat!("wdsocket ", env!("CARGO_PKG_VERSION"));
        option(body, APPLICATION, name.as_bytes());
        option(body, END, b"");
    });
    block(&mut out, INTERFACE, |body| {
        body.extend(LINKTYPE_RAW.to_ne_bytes());
        body.extend([0; 2]);
        body.extend(0_u32.to_ne_bytes()); // packets of any size
        option(body, INTERFACE_NAME, b"wdsocket");
        option(body, RESOLUTION, &[9]); // nanoseconds
        option(body, END, b"");
    });
    out
}

/// A packet that left, or came, at that moment.
pub(super) fn packet(
    out: &mut Vec<u8>,
    at: SystemTime,
    is_outbound: bool,
    comment: &str,
    bytes: &[u8],
) {
    block(out, PACKET, |body| {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let nanoseconds = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        body.extend(0_u32.to_ne_bytes()); // the only interface
        body.extend(((nanoseconds >> 32) as u32).to_ne_bytes());
        body.extend((nanoseconds as u32).to_ne_bytes());
        body.extend((bytes.len() as u32).to_ne_bytes());
        body.extend((bytes.len() as u32).to_ne_bytes());
        body.extend(bytes);
        pad(body);
        if !comment.is_empty() {
            option(body, COMMENT, comment.as_bytes());
        }
        let direction = if is_outbound { 2_u32 } else { 1 };
        option(body, PACKET_FLAGS, &direction.to_ne_bytes());
        option(body, END, b"");
    });
}

/// The secrets of TLS for the packets that follow.
pub(super) fn secrets(out: &mut Vec<u8>, lines: &str) {
    block(out, SECRETS, |body| {
        body.extend(TLS_KEY_LOG.to_ne_bytes());
        body.extend((lines.len() as u32).to_ne_bytes());
        body.extend(lines.as_bytes());
        pad(body);
    });
}

fn block(out: &mut Vec<u8>, kind: u32, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend(kind.to_ne_bytes());
    out.extend([0; 4]);
    body(out);
    let length = (out.len() - start + 4) as u32;
    out.extend(length.to_ne_bytes());
    out[start + 4..start + 8].copy_from_slice(&length.to_ne_bytes());
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(u16::MAX.into())];
    out.extend(code.to_ne_bytes());
    out.extend((value.len() as u16).to_ne_bytes());
    out.extend(value);
    pad(out);
}

/// Fills up to a whole number of four bytes; every block begins at one.
fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}
