//! What other protocols need of OpenSSL: random bytes, a digest, base64.

use super::library;
use crate::error::{Code, Error, Result};
use openssl::{base64, rand, sha};

/// Fills a buffer from OpenSSL's generator, which is seeded by the system and anew after a fork.
/// Errors: SYSTEM (the system gives no random numbers).
pub fn random(bytes: &mut [u8]) -> Result<()> {
    library::start();
    rand::rand_bytes(bytes).map_err(|_| {
        Error::new(
            Code::System,
            "no random numbers can be had from OpenSSL: the system gives it none to begin with",
        )
    })
}

/// The SHA-1 digest of some bytes: for protocols that have it as a mark, not for security.
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    library::start();
    sha::sha1(bytes)
}

/// Bytes as base64 (RFC 4648, section 4).
pub fn to_base64(bytes: &[u8]) -> String {
    base64::encode_block(bytes)
}
