//! Room for what is kept with OpenSSL's contexts and connections.
//!
//! The `openssl` crate puts its callbacks there without asking whether there was memory, and ends the
//! process where OpenSSL calls one that is missing. So there is room before anything is put there.

use foreign_types::ForeignTypeRef;
use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod};
use openssl_sys as ffi;
use std::ffi::c_int;
use std::ptr;

/// More than are ever used; the places are numbered as they come into use.
const SLOTS: c_int = 16;

/// A context to be filled, with room for everything that is kept with it.
pub(super) fn context(method: SslMethod) -> Result<SslContextBuilder, ErrorStack> {
    let builder = SslContextBuilder::new(method)?;
    // SAFETY: the context is valid; nothing is put into a place that nobody uses.
    match unsafe { ffi::SSL_CTX_set_ex_data(builder.as_ptr(), SLOTS - 1, ptr::null_mut()) } {
        1 => Ok(builder),
        _ => Err(ErrorStack::get()),
    }
}

/// A connection, with room for everything that is kept with it.
pub(super) fn connection(context: &SslContext) -> Result<Ssl, ErrorStack> {
    let ssl = Ssl::new(context)?;
    let ours = ssl.as_ptr();
    // SAFETY: the connection is valid; nothing is put into a place that nobody uses.
    let has_room = unsafe { ffi::SSL_set_ex_data(ours, SLOTS - 1, ptr::null_mut()) } == 1;
    // The crate has put the context there, or has not.
    // SAFETY: the connection is valid.
    let is_whole = (0..SLOTS).any(|slot| !unsafe { ffi::SSL_get_ex_data(ours, slot) }.is_null());
    if has_room && is_whole {
        Ok(ssl)
    } else {
        Err(ErrorStack::get())
    }
}
