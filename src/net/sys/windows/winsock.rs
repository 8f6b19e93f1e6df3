//! Winsock, started once.

use std::sync::Once;
use windows_sys::Win32::Networking::WinSock::{WSADATA, WSAStartup};

/// For the calls that need it before there is a socket. It is not ended: the library stays loaded.
pub fn start_winsock() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let mut about = WSADATA::default();
        // SAFETY: version 2.2 is asked for, and told into a variable of ours.
        unsafe { WSAStartup(0x0202, &mut about) };
    });
}
