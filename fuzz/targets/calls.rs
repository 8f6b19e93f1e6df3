//! Calls in any order, on a model that knows which sockets there are and what was written to each.
#![no_main]

#[path = "abi.rs"]
mod abi;

use abi::*;
use libfuzzer_sys::fuzz_target;
use std::collections::VecDeque;
use std::ffi::{CString, c_char};
use wdsocket::constants::*;

/// Both ends of a connection, and what each will read.
struct Pair {
    ends: [i32; 2],
    coming: [VecDeque<Vec<u8>>; 2],
    closed: [bool; 2],
}

fn make_pair() -> Pair {
    let mut port = [0_u8; 8];
    // SAFETY: NUL-terminated texts and a buffer of that size.
    unsafe {
        let server = SocketCreateId(0, c"127.0.0.1".as_ptr()) as i32;
        assert!(SocketLocalInfoId(server, SocketPort, port.as_mut_ptr().cast::<c_char>(), 8) > 0);
        let port: i32 = std::str::from_utf8(&port)
            .unwrap()
            .trim_end_matches('\0')
            .parse()
            .unwrap();
        let one = SocketConnectId(port, c"127.0.0.1".as_ptr(), 5000) as i32;
        assert_eq!(SocketWaitForConnectionId(server, 5000), 1);
        let other = SocketAcceptId(server) as i32;
        assert_eq!(SocketCloseId(server), 1);
        Pair {
            ends: [one, other],
            coming: Default::default(),
            closed: [false; 2],
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let mut pair = make_pair();
    // SAFETY: it takes nothing.
    #[allow(unused_unsafe)]
    let watch = unsafe { SocketWatchId() } as i32;
    let mut watched = [false; 2];
    let mut room = [0_u8; 600];
    for step in data.chunks(3).take(60) {
        let &[what, a, b] = step else {
            break;
        };
        let me = usize::from(a & 1);
        let (id, other) = (pair.ends[me], 1 - me);
        // SAFETY: buffers of the sizes given.
        unsafe {
            match what % 8 {
                0 | 1 => {
                    let message = vec![b; usize::from(b) * 2];
                    let sent = SocketWriteId(id, message.as_ptr().cast(), message.len() as i32);
                    let can = !pair.closed[me] && !pair.closed[other];
                    assert!(sent == 1 || !can, "{}", last_error());
                    if sent == 1 && can {
                        pair.coming[other].push_back(message);
                    }
                }
                2 | 3 => {
                    let size = if a & 2 == 0 { 600 } else { usize::from(b) };
                    let got = SocketReadId(
                        id,
                        0,
                        if pair.coming[me].is_empty() { 0 } else { 5000 },
                        room.as_mut_ptr().cast(),
                        size as i32,
                    );
                    match pair.coming[me].front() {
                        _ if pair.closed[me] => assert_eq!(got, -2),
                        Some(next) if next.len() > size => {
                            assert!([-13, -1].contains(&got), "{got}")
                        }
                        Some(next) => {
                            assert_eq!(got, next.len() as isize, "{}", last_error());
                            assert_eq!(&room[..next.len()], &next[..]);
                            pair.coming[me].pop_front();
                        }
                        None if pair.closed[other] => assert!([-5, -6, -4].contains(&got), "{got}"),
                        None => assert_eq!(got, -4),
                    }
                }
                4 => {
                    let pending = SocketPendingId(id);
                    assert!(pending <= pair.coming[me].front().map_or(0, Vec::len) as isize);
                }
                5 => {
                    let done = if b & 1 == 0 {
                        SocketWatchAddId(watch, id)
                    } else {
                        SocketWatchRemoveId(watch, id)
                    };
                    let can = !pair.closed[me] && (b & 1 == 0 || watched[me]);
                    assert_eq!(done == 1, can, "{}", last_error());
                    if done == 1 {
                        watched[me] = b & 1 == 0;
                    }
                }
                6 => {
                    let mut ids = [0; 4];
                    let count = SocketWatchWaitId(watch, 0, ids.as_mut_ptr(), 4);
                    assert!((0..=2).contains(&count));
                    for id in &ids[..count as usize] {
                        let at = usize::from(*id == pair.ends[1]);
                        assert!(pair.ends.contains(id) && watched[at] && !pair.closed[at]);
                        assert!(!pair.coming[at].is_empty() || pair.closed[1 - at]);
                    }
                }
                _ if b > 230 => {
                    assert_eq!(SocketCloseId(id) == 1, !pair.closed[me]);
                    // What was written goes out, and what was not read may reset the connection.
                    pair.closed[me] = true;
                    watched[me] = false;
                    if !pair.coming[me].is_empty() {
                        break;
                    }
                }
                _ => {
                    let name = CString::new(vec![b.max(1); usize::from(a) + 1]).unwrap();
                    assert_eq!(SocketExist(name.as_ptr()), 0);
                    last_error();
                }
            }
        }
    }
    // SAFETY: it takes nothing.
    unsafe { SocketCloseAll() };
});
