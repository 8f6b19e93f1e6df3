//! What a peer sends before the first message and around it: a load balancer's header, WebSocket requests, answers and
//! frames, the answers of proxies. Whatever it is, it ends by its own end, with one line that says why.
#![no_main]

#[path = "abi.rs"]
mod abi;

use abi::*;
use libfuzzer_sys::fuzz_target;
use std::ffi::{CString, c_char};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};
use wdsocket::constants::*;
use wdsocket::tls::{sha1, to_base64};

/// In milliseconds, for what takes none: the peer has said everything.
const LIMIT: i32 = 5000;

const TIMEOUT: isize = -4;
/// LIMIT: no port is left.
const NO_PORT: isize = -23;

fuzz_target!(|data: &[u8]| {
    let [what, cut, rest @ ..] = data else {
        return;
    };
    let begin = Instant::now();
    let parts = rest.split_at(usize::from(*cut).min(rest.len()));
    match what % 7 {
        0 => server(&[SocketProxyProtocol], b"", parts),
        1 => server(&[WebSocketServer], b"", parts),
        2 => server(&[WebSocketServer], &request(), parts),
        3 => server(&[WebSocketServer, SocketProxyProtocol], b"", parts),
        4 => websocket(false, parts),
        5 => websocket(true, parts),
        _ => proxy(usize::from(what / 7 % 4), parts),
    }
    // SAFETY: it takes nothing.
    unsafe { SocketCloseAll() };
    // The system keeps the ports of most connections for a minute, and others want some, too.
    thread::sleep(Duration::from_millis(2));
    assert!(begin.elapsed() < Duration::from_millis(LIMIT as u64));
});

/// A request that a WebSocket server answers with yes.
fn request() -> Vec<u8> {
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        .to_vec()
}

/// A client that sends this to a server with these options.
fn server(options: &[i32], before: &[u8], (one, two): (&[u8], &[u8])) {
    let mut port = [0_u8; 8];
    // SAFETY: NUL-terminated texts and a buffer of that size.
    let (server, port) = unsafe {
        let server = SocketCreateId(0, c"127.0.0.1".as_ptr()) as i32;
        if server < 0 {
            return wait_for_ports();
        }
        for option in options {
            assert_eq!(SocketSetOptionId(server, *option, 1), 1, "{}", last_error());
        }
        assert!(SocketLocalInfoId(server, SocketPort, port.as_mut_ptr().cast::<c_char>(), 8) > 0);
        (
            server,
            std::str::from_utf8(&port)
                .unwrap()
                .trim_end_matches('\0')
                .parse()
                .unwrap(),
        )
    };
    let Ok(mut client) = TcpStream::connect(("127.0.0.1", port)) else {
        return wait_for_ports();
    };
    // SAFETY: it takes numbers.
    let channel = unsafe {
        assert_eq!(SocketWaitForConnectionId(server, LIMIT), 1);
        SocketAcceptId(server) as i32
    };
    assert!(channel > 0, "{}", last_error());
    client.write_all(&[before, one].concat()).unwrap();
    read(channel, 0); // of what is there
    // It may have been turned away by now.
    let _ = client.write_all(two);
    let _ = client.shutdown(Shutdown::Write);
    read_all(channel);
}

/// Until the system gives some back.
fn wait_for_ports() {
    thread::sleep(Duration::from_secs(1));
}

/// A WebSocket server that answers this, with or without a right answer to the request in front of it.
fn websocket(agrees: bool, parts: (&[u8], &[u8])) {
    let Some(port) = peer(parts, move |request| {
        let key = request
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
        let key = key.expect("a key").to_owned() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        let accept = to_base64(&sha1(key.as_bytes()));
        match agrees {
            true => format!(
                "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            ),
            false => String::new(),
        }
    }) else {
        return wait_for_ports();
    };
    let (host, path, nothing) = (c"127.0.0.1".as_ptr(), c"/".as_ptr(), std::ptr::null());
    // SAFETY: NUL-terminated texts.
    let id = unsafe { WebSocketClientConnectId(host, port, path, nothing, LIMIT) };
    if id == NO_PORT {
        return wait_for_ports();
    }
    assert!(id > 0 || !agrees, "{}", last_error());
    match id > 0 {
        true => read_all(id as i32),
        false => ends_well(id),
    }
}

/// A proxy that answers this.
fn proxy(kind: usize, parts: (&[u8], &[u8])) {
    let Some(port) = peer(parts, |_| String::new()) else {
        return wait_for_ports();
    };
    let scheme = ["http", "socks5", "socks5h", "socks4a"][kind];
    let url = CString::new(format!("{scheme}://user:word@127.0.0.1:{port}")).unwrap();
    // SAFETY: NUL-terminated texts.
    let id = unsafe {
        assert_eq!(
            SocketSetText(c"way".as_ptr(), SocketProxyAddress, url.as_ptr()),
            1
        );
        SocketConnect(c"way".as_ptr(), 7, c"192.0.2.1".as_ptr(), LIMIT)
    };
    if id != 1 {
        last_error();
        return;
    }
    let mut room = [0_u8; 512];
    // SAFETY: a writable buffer of that size.
    while unsafe { SocketRead(c"way".as_ptr(), 0, LIMIT, room.as_mut_ptr().cast(), 512) } >= 0 {}
    last_error();
}

/// A server for one client: it reads what comes first, answers, and waits for the client's end. None where no port is left.
fn peer(
    (one, two): (&[u8], &[u8]),
    answer: impl FnOnce(&str) -> String + Send + 'static,
) -> Option<i32> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).ok()?;
    let port = listener.local_addr().unwrap().port().into();
    let (one, two) = (one.to_vec(), two.to_vec());
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut request = String::new();
        let mut reader = BufReader::new(client.try_clone().unwrap());
        // A proxy of SOCKS is asked in bytes, one of HTTP and a WebSocket server in lines.
        if reader
            .fill_buf()
            .unwrap_or_default()
            .first()
            .is_some_and(u8::is_ascii_alphabetic)
        {
            while !request.ends_with("\r\n\r\n") && reader.read_line(&mut request).unwrap_or(0) > 0
            {
            }
        }
        let answer = answer(&request);
        let _ = client.write_all(answer.as_bytes());
        let _ = client.write_all(&one);
        let _ = client.write_all(&two);
        let _ = client.shutdown(Shutdown::Write);
        let _ = reader.read_to_end(&mut Vec::new());
    });
    Some(port)
}

fn read(id: i32, timeout: i32) -> isize {
    let mut room = [0_u8; 512];
    // SAFETY: a writable buffer of that size.
    unsafe { SocketReadId(id, 0, timeout, room.as_mut_ptr().cast(), 512) }
}

/// Reads until the peer's end. A message that does not fit is one.
fn read_all(id: i32) {
    let end = loop {
        let got = read(id, LIMIT);
        if got < 0 {
            break got;
        }
    };
    ends_well(end);
}

/// That a call has failed, and not because it waited for more of a peer that has said everything.
fn ends_well(result: isize) {
    assert!(
        result < 0 && result != TIMEOUT,
        "{result}: {}",
        last_error()
    );
    last_error();
}
