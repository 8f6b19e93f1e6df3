//! The keys of a key exchange, given back once it is over.
//!
//! OpenSSL keeps them as long as the connection, though nothing asks for them after a handshake of TLS 1.3,
//! which has no renegotiation. Those of a post-quantum exchange take nearly as much memory as all the rest
//! of an idle connection.

use foreign_types::ForeignTypeRef;
use openssl::error::ErrorStack;
use openssl::ssl::{SslRef, SslVersion};
use openssl_sys as ffi;
use std::ffi::{c_int, c_long};

/// openssl/ssl.h: ours, and the peer's.
const SSL_CTRL_GET_TMP_KEY: c_int = 133;
const SSL_CTRL_GET_PEER_TMP_KEY: c_int = 109;

unsafe extern "C" {
    fn EVP_PKEY_set_type(key: *mut ffi::EVP_PKEY, kind: c_int) -> c_int;
}

/// Frees what the connection's handshake, which is complete, has left of its key exchange.
pub(super) fn give_back(ssl: &SslRef) {
    if ssl.version2() != Some(SslVersion::TLS1_3) {
        return;
    }
    for which in [SSL_CTRL_GET_TMP_KEY, SSL_CTRL_GET_PEER_TMP_KEY] {
        let mut key: *mut ffi::EVP_PKEY = std::ptr::null_mut();
        // SAFETY: the connection is valid; on success the key is a reference of our own. Giving it another
        // type frees its contents, and leaves an empty key to the connection, which only frees it.
        unsafe {
            let found = ffi::SSL_ctrl(ssl.as_ptr(), which, 0, (&raw mut key).cast());
            if found != c_long::from(false) && !key.is_null() {
                EVP_PKEY_set_type(key, ffi::EVP_PKEY_RSA);
                ffi::EVP_PKEY_free(key);
            }
        }
    }
    drop(ErrorStack::get());
}
