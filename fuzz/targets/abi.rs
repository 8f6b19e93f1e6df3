//! The C functions that the targets call.
#![allow(dead_code, clippy::missing_safety_doc)]

use std::ffi::c_char;
pub use wdsocket::ffi::*;

/// Text of the last error; it is one line, names its function and is no defect.
pub fn last_error() -> String {
    let mut text = [0_u8; 4096];
    // SAFETY: a writable buffer of that size.
    let length = unsafe { SocketErrorInfo(text.as_mut_ptr().cast::<c_char>(), 4096) };
    assert!(length >= 0, "an error text that does not fit");
    // SAFETY: it takes nothing.
    let code = unsafe { SocketErrorCode() };
    assert_ne!(code, 25, "a defect");
    let text = String::from_utf8(text[..length as usize].to_vec()).expect("UTF-8");
    if code != 0 {
        assert!(
            ["Socket", "Net", "WebSocket"]
                .iter()
                .any(|family| text.starts_with(family)),
            "{text}"
        );
        assert!(text.len() < 1000, "{} bytes: {text}", text.len());
        assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
    }
    text
}
