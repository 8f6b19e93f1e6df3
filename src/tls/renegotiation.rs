//! Renegotiation, for connections that are to have none (RFC 5246, section 7.2.2: no_renegotiation).

use foreign_types::ForeignTypeRef;
use openssl::ssl::SslRef;
use openssl_sys as ffi;

unsafe extern "C" {
    fn SSL_set_options(ssl: *mut ffi::SSL, options: u64) -> u64;
}

/// A peer that asks for a renegotiation is told no.
pub(super) fn refuse(ssl: &SslRef) {
    /// openssl/ssl.h: SSL_OP_NO_RENEGOTIATION
    const NO_RENEGOTIATION: u64 = 1 << 30;
    // SAFETY: the connection is valid; it takes a number.
    unsafe { SSL_set_options(ssl.as_ptr(), NO_RENEGOTIATION) };
}
