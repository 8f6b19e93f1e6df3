//! Addresses and text options, as people type them.
#![no_main]

#[path = "abi.rs"]
mod abi;

use abi::*;
use libfuzzer_sys::fuzz_target;
use std::ffi::CString;
use wdsocket::constants::*;

fuzz_target!(|data: &[u8]| {
    let [what, rest @ ..] = data else {
        return;
    };
    let Ok(text) = CString::new(rest) else {
        return;
    };
    // Names that the resolver would be asked for are not for here.
    let numeric = |byte: &u8| b"0123456789abcdefABCDEFxX.:[]% \t-".contains(byte);
    // SAFETY: NUL-terminated texts throughout.
    unsafe {
        match what % 6 {
            0 if rest.iter().all(numeric) && !rest.iter().any(|b| b"gG-".contains(b)) => {
                SocketCreateUDP(c"s".as_ptr(), 0, text.as_ptr());
                last_error();
                SocketClose(c"s".as_ptr());
            }
            1 => {
                SocketCreateUDP(c"s".as_ptr(), 0, c"127.0.0.1".as_ptr());
                SocketJoinGroup(c"s".as_ptr(), text.as_ptr(), c"lo".as_ptr());
                last_error();
                SocketJoinGroup(c"s".as_ptr(), c"239.1.2.3".as_ptr(), text.as_ptr());
                last_error();
                SocketClose(c"s".as_ptr());
            }
            2 => {
                let options = [SSLAlpn, SSLCipherList, SSLPeerFingerprintPin, SSLServerName];
                for option in options {
                    SocketSetText(c"s".as_ptr(), option, text.as_ptr());
                    last_error();
                    SocketConnectSSL(
                        c"s".as_ptr(),
                        1,
                        c"127.0.0.1".as_ptr(),
                        256,
                        50,
                        c"".as_ptr(),
                    );
                    last_error();
                }
            }
            3 => {
                let [a, b, c, d, ..] = *rest else {
                    return;
                };
                let (option, value) = (i32::from(a) + 50, i32::from_le_bytes([b, c, d, b]));
                SocketCreate(c"s".as_ptr(), 0, c"127.0.0.1".as_ptr());
                SocketSetOption(c"s".as_ptr(), option, value);
                last_error();
                SocketGetOption(c"s".as_ptr(), option);
                last_error();
                SocketClose(c"s".as_ptr());
            }
            4 => {
                SocketConnectBluetooth(c"s".as_ptr(), c"1".as_ptr(), text.as_ptr(), 0);
                last_error();
                SocketCreateBluetooth(c"s".as_ptr(), text.as_ptr());
                last_error();
                SocketClose(c"s".as_ptr());
            }
            _ => {
                // By thumbprint and by name, in a folder where nothing is.
                for bits in [CertificateName, CertificateHash] {
                    SocketCreateSSL(
                        c"s".as_ptr(),
                        0,
                        text.as_ptr(),
                        bits,
                        c"127.0.0.1".as_ptr(),
                        c"/var/empty".as_ptr(),
                    );
                    last_error();
                    SocketClose(c"s".as_ptr());
                }
            }
        }
    }
});
