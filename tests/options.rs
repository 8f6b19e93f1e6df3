//! The tables of options are what the functions do: each is known, has the default that its row says, and counts for the
//! kinds of sockets that it names.

use std::ffi::c_char;
use std::ptr::{null, null_mut};
use wdsocket::constants::*;
use wdsocket::ffi::*;

const HERE: *const c_char = c"127.0.0.1".as_ptr();

/// The code of the last call.
fn code() -> i32 {
    // SAFETY: it takes nothing.
    unsafe { SocketErrorCode() as i32 }
}

/// A socket of this kind, and what has to stay while it is used.
fn made(kind: SocketKind) -> i32 {
    // SAFETY: the text ends with a NUL, and the buffer is as large as is said.
    let id = unsafe {
        match kind {
            SocketKind::Listener => SocketCreateId(0, HERE),
            SocketKind::Udp => SocketCreateUDPId(0, HERE),
            SocketKind::Watch => SocketWatchId(),
            SocketKind::Stream => {
                let server = SocketCreateId(0, HERE) as i32;
                let mut port = [0_u8; 16];
                let length = SocketLocalInfoId(server, SocketPort, port.as_mut_ptr().cast(), 16);
                let port = std::str::from_utf8(&port[..length as usize]).expect("a port");
                SocketConnectId(port.parse().expect("a number"), HERE, WDSOCKET_DEFAULT)
            }
            SocketKind::Bluetooth => panic!("few machines have one"),
            SocketKind::WebSocket => panic!("another test has them"),
        }
    };
    assert!(id > 0, "{kind:?}: {}", -id);
    id as i32
}

#[test]
fn each_option_counts_for_the_kinds_of_sockets_that_its_row_names() {
    for kind in [
        SocketKind::Stream,
        SocketKind::Listener,
        SocketKind::Udp,
        SocketKind::Watch,
    ] {
        let id = made(kind);
        for option in OPTIONS {
            let name = format!("{} of {kind:?}", option.name);
            // SAFETY: numbers alone.
            let value = unsafe { SocketGetOptionId(id, option.number) };
            let expected = if option.is_of(kind) {
                0
            } else {
                WDSOCKET_ERR_WRONG_KIND
            };
            assert_eq!(code(), expected, "{name} is told");
            assert_eq!(value < 0, expected != 0, "{name} is {value}");

            // A server in clear makes no TLS.
            let is_idle = option.keeper == Keeper::Tls && kind == SocketKind::Listener;
            let is_taken = option.is_of(kind) && !option.at_creation && !is_idle;
            let value = option.built_in.max(option.lowest);
            // SAFETY: numbers alone.
            let result = unsafe { SocketSetOptionId(id, option.number, value) };
            let expected = if is_taken { 0 } else { WDSOCKET_ERR_WRONG_KIND };
            assert_eq!(code(), expected, "{name} is set");
            assert_eq!(result == 1, expected == 0, "{name} is set");
        }
    }
}

#[test]
fn each_option_has_the_default_of_its_row_and_the_numbers_around_are_none() {
    for option in OPTIONS {
        // SAFETY: NULL stands for the defaults.
        let value = unsafe { SocketGetOption(null(), option.number) };
        assert_eq!(value, option.built_in as isize, "{}", option.name);
    }
    let last = OPTIONS.last().expect("options").number;
    for number in [OPTIONS[0].number - 1, last + 1, TEXTS[0].number] {
        // SAFETY: NULL stands for the defaults.
        unsafe { SocketGetOption(null(), number) };
        assert_eq!(code(), WDSOCKET_ERR_INVALID_ARGUMENT, "{number}");
    }
}

#[test]
fn each_text_and_info_of_the_tables_is_known_and_the_numbers_around_are_not() {
    let set = |number| {
        // SAFETY: NULL stands for the defaults, and for no text.
        unsafe { SocketSetText(null(), number, null()) };
        code()
    };
    for text in TEXTS {
        assert_eq!(set(text.number), 0, "{}", text.name);
    }
    let last = TEXTS.last().expect("texts").number;
    for number in [TEXTS[0].number - 1, last + 1] {
        assert_eq!(set(number), WDSOCKET_ERR_INVALID_ARGUMENT, "{number}");
    }
    let stream = made(SocketKind::Stream);
    let ask = |number| {
        // SAFETY: no buffer, of which the size is said to be 0.
        unsafe { SocketSSLInfoId(stream, number, null_mut(), 0) };
        code()
    };
    for info in SSL_INFOS {
        // It is in clear: only a question that is one comes so far.
        assert_eq!(ask(info.number), WDSOCKET_ERR_WRONG_KIND, "{}", info.name);
    }
    let last = SSL_INFOS.last().expect("infos").number;
    for number in [SSL_INFOS[0].number - 1, last + 1] {
        assert_eq!(ask(number), WDSOCKET_ERR_INVALID_ARGUMENT, "{number}");
    }
}
