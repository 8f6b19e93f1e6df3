//! What a connection tells a witness: its secrets, line by line, and its alerts.

use super::verify::attached;
use crate::trace::Witness;
use foreign_types::ForeignTypeRef;
use openssl::ssl::{SslContextBuilder, SslRef};
use openssl_sys as ffi;
use std::ffi::{CStr, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

unsafe extern "C" {
    fn SSL_set_info_callback(
        ssl: *mut ffi::SSL,
        callback: Option<unsafe extern "C" fn(*const ffi::SSL, c_int, c_int)>,
    );
    fn SSL_alert_desc_string_long(value: c_int) -> *const c_char;
}

/// openssl/ssl.h: an alert, and that it was received.
const SSL_CB_ALERT: c_int = 0x4000;
const SSL_CB_READ: c_int = 0x04;

/// Has the connections of a context tell their secrets to those who asked for them.
pub(super) fn tell_secrets(builder: &mut SslContextBuilder) {
    builder.set_keylog_callback(|ssl, line| {
        if let Some(witness) = witness(ssl) {
            witness.secret(line);
        }
    });
}

/// Has a connection tell this witness, once and for all.
pub(super) fn observe(ssl: &SslRef, observer: Arc<Witness>) {
    if let Some(attached) = attached(ssl) {
        let _ = attached.witness.set(observer);
        // SAFETY: the connection is valid, and the function is one for this.
        unsafe { SSL_set_info_callback(ssl.as_ptr(), Some(on_news)) };
    }
}

fn witness(ssl: &SslRef) -> Option<&Arc<Witness>> {
    attached(ssl)?.witness.get()
}

unsafe extern "C" fn on_news(ssl: *const ffi::SSL, what: c_int, alert: c_int) {
    if what & SSL_CB_ALERT == 0 {
        return;
    }
    // OpenSSL's code cannot unwind.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: OpenSSL calls with a connection that stands.
        let ssl = unsafe { SslRef::from_ptr(ssl.cast_mut()) };
        // SAFETY: it gives a text that is always there.
        let text = unsafe { CStr::from_ptr(SSL_alert_desc_string_long(alert)) };
        if let Some(witness) = witness(ssl) {
            let way = match what & SSL_CB_READ {
                0 => "sent",
                _ => "received",
            };
            witness.alert(format!("TLS alert {way}: {}", text.to_string_lossy()));
        }
    }));
}
