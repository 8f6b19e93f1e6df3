//! The security level: lowered for old versions, and raised again as soon as the version is known.
//!
//! TLS 1.0 and 1.1 sign with MD5 and SHA-1, which OpenSSL allows at level 0 alone, where short keys, weak
//! signatures and weak suites pass too. A hello that allows an old version is written at level 0; when
//! the two sides turn out to speak a newer one, everything from there on is held to the usual level.

use super::peer::Peer;
use super::protocols::Protocols;
use super::{hello, verify};
use foreign_types::ForeignTypeRef;
use openssl::ssl::{SslContextBuilder, SslRef};
use openssl_sys as ffi;
use std::ffi::{c_int, c_long, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// 112 bits, OpenSSL's own default.
const USUAL: u32 = 2;
/// TLS 1.2.
const FIRST_NEW: u16 = 0x0303;
/// RFC 8446, section 4.2.1.
const SUPPORTED_VERSIONS: u16 = 43;

type MessageCallback =
    unsafe extern "C" fn(c_int, c_int, c_int, *const c_void, usize, *mut ffi::SSL, *mut c_void);

unsafe extern "C" {
    fn SSL_CTX_set_msg_callback(context: *mut ffi::SSL_CTX, callback: Option<MessageCallback>);
}

/// Sets the level that a context starts with, after its suites: `@SECLEVEL` among them is the user's own.
/// Returns the level that connections of newer versions end with.
pub(super) fn set(builder: &mut SslContextBuilder, peer: Peer, protocols: Protocols) -> u32 {
    // SAFETY: the context is valid.
    let level = unsafe { ffi::SSL_CTX_get_security_level(builder.as_ptr()) };
    let level = u32::try_from(level).unwrap_or(USUAL);
    if !protocols.legacy() || level == 0 {
        return level;
    }
    builder.set_security_level(0);
    match peer {
        // SAFETY: the context is valid, and the callback keeps OpenSSL's promises.
        Peer::Server => unsafe {
            SSL_CTX_set_msg_callback(builder.as_ptr(), Some(on_message));
        },
        // `raise` is called once the client has spoken.
        Peer::Client => {}
    }
    level
}

/// Raises a server's level again where the ClientHello that is being read leads to a newer version.
pub(super) fn raise(ssl: &mut SslRef, protocols: Protocols, level: u32) {
    if protocols.legacy() && protocols.newest_of(|version| offers(ssl, version)) >= Some(FIRST_NEW)
    {
        ssl.set_security_level(level);
    }
}

/// The level before the user's suites are read.
pub(super) fn set_usual(builder: &mut SslContextBuilder) {
    // The system's own OpenSSL keeps the level of its administrator.
    if cfg!(feature = "vendored") {
        builder.set_security_level(USUAL);
    }
}

/// Whether the ClientHello that is being read offers this version.
fn offers(ssl: &SslRef, version: u16) -> bool {
    match hello::extension(ssl, SUPPORTED_VERSIONS) {
        // One byte of length, then two for each version.
        Some([_, list @ ..]) => list
            .chunks_exact(2)
            .any(|pair| *pair == version.to_be_bytes()),
        // SAFETY: the connection is valid and reads a ClientHello.
        _ => unsafe { ffi::SSL_client_hello_get0_legacy_version(ssl.as_ptr()) >= version.into() },
    }
}

/// Called by OpenSSL with every message that a client sends or receives, before it looks at it.
unsafe extern "C" fn on_message(
    sent: c_int,
    _: c_int,
    kind: c_int,
    bytes: *const c_void,
    length: usize,
    ssl: *mut ffi::SSL,
    _: *mut c_void,
) {
    const HANDSHAKE: c_int = 22;
    if sent != 0 || kind != HANDSHAKE || bytes.is_null() || ssl.is_null() {
        return;
    }
    let work = AssertUnwindSafe(|| {
        // SAFETY: OpenSSL hands over the message and the connection that it came on.
        let (message, ssl) = unsafe {
            (
                std::slice::from_raw_parts(bytes.cast::<u8>(), length),
                SslRef::from_ptr_mut(ssl),
            )
        };
        if chosen(message) >= Some(FIRST_NEW)
            && let Some(level) = verify::attached(ssl).map(|attached| attached.rules.level)
        {
            ssl.set_security_level(level);
        }
    });
    // Nothing of it can panic; if it did, the connection would merely stay at its level.
    let _ = catch_unwind(work);
}

/// The version that a ServerHello chooses; None for any other message.
fn chosen(message: &[u8]) -> Option<u16> {
    const SERVER_HELLO: u8 = 2;
    let (&kind, rest) = message.split_first()?;
    if kind != SERVER_HELLO {
        return None;
    }
    let number = |at: usize| Some(u16::from_be_bytes(*rest.get(at..)?.first_chunk()?));
    // The message's length, the version, random bytes, the session's id, the suite, the compression.
    let version = number(3)?;
    let after_id = 3 + 2 + 32 + 1 + usize::from(*rest.get(3 + 2 + 32)?);
    let mut at = after_id + 2 + 1 + 2;
    while let (Some(extension), Some(length)) = (number(at), number(at + 2)) {
        if extension == SUPPORTED_VERSIONS {
            return number(at + 4);
        }
        at += 4 + usize::from(length);
    }
    Some(version)
}

/// Gives a server groups for DHE, which old clients without elliptic curves need.
pub(super) fn allow_finite_fields(builder: &mut SslContextBuilder) {
    /// openssl/ssl.h
    const SSL_CTRL_SET_DH_AUTO: c_int = 118;
    const YES: c_long = 1;
    // SAFETY: the context is valid, and this control takes a number and no pointer.
    unsafe { ffi::SSL_CTX_ctrl(builder.as_ptr(), SSL_CTRL_SET_DH_AUTO, YES, ptr::null_mut()) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(version: u16, extensions: &[u8]) -> Vec<u8> {
        let mut message = vec![2, 0, 0, 0];
        message.extend(version.to_be_bytes());
        message.extend([7; 32]);
        message.extend([3, 1, 2, 3, 0x13, 1, 0]);
        message.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        message.extend(extensions);
        message
    }

    #[test]
    fn the_version_of_a_server_hello_is_found() {
        assert_eq!(chosen(&hello(0x0301, &[])), Some(0x0301));
        assert_eq!(chosen(&hello(0x0303, &[0, 23, 0, 0])), Some(0x0303));
        let new = [0, 51, 0, 3, 1, 2, 3, 0, 43, 0, 2, 3, 4];
        assert_eq!(chosen(&hello(0x0303, &new)), Some(0x0304));
        // Whatever is cut is no reason to go on at the lower level with a newer version.
        let whole = hello(0x0303, &new);
        for length in 0..whole.len() {
            chosen(&whole[..length]);
        }
        assert_eq!(chosen(&[1, 0, 0, 0, 3, 3]), None);
    }
}
