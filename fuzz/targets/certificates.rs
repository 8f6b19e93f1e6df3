//! Files that are to be certificates, keys, authorities or revocation lists: PEM, DER and PKCS#12.
#![no_main]

#[path = "abi.rs"]
mod abi;

use abi::*;
use libfuzzer_sys::fuzz_target;
use std::ffi::CString;
use std::sync::OnceLock;
use wdsocket::constants::*;

fn folder() -> &'static str {
    static FOLDER: OnceLock<String> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let path = format!("/dev/shm/wdsocket-fuzz-{}", std::process::id());
        std::fs::create_dir_all(&path).expect("a folder");
        path
    })
}

fuzz_target!(|data: &[u8]| {
    let [role, rest @ ..] = data else {
        return;
    };
    let path = format!("{}/file", folder());
    std::fs::write(&path, rest).expect("write the file");
    let path = CString::new(path).expect("a path");
    let password = match role & 4 {
        0 => c"",
        _ => c"secret",
    };
    // SAFETY: NUL-terminated texts throughout.
    unsafe {
        SocketSetText(c"s".as_ptr(), SSLPassword, password.as_ptr());
        if role & 3 == 0 {
            SocketCreateSSL(
                c"s".as_ptr(),
                0,
                path.as_ptr(),
                0,
                c"127.0.0.1".as_ptr(),
                c"".as_ptr(),
            );
        } else {
            let option = [SSLCaFile, SSLCrlFile, SSLCaFile][usize::from(role & 3) - 1];
            SocketSetOption(c"".as_ptr(), SSLSystemRoots, 0);
            SocketSetText(c"s".as_ptr(), option, path.as_ptr());
            SocketConnectSSL(c"s".as_ptr(), 1, c"127.0.0.1".as_ptr(), 0, 50, c"".as_ptr());
        }
        last_error();
        SocketClose(c"s".as_ptr());
    }
});
