//! Peers that mean harm or know no better, on real sockets.

use crate::common::process::LIMIT;
use crate::common::secure::{Said, Secure};
use crate::world::{World, words};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};
use wdsocket::constants::*;

/// A connection in clear to that port.
pub fn connected(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

/// What our server says of a client that does this.
fn server_hears(world: &World, client: impl FnOnce(TcpStream)) -> Said {
    let server = Secure::serve(&words(&[
        &[
            "option",
            "SSLHandshakeTimeout",
            "2000",
            "listen",
            "0",
            &world.server,
            "",
        ],
        &["accept", "mode", "none", "take", "5"],
    ]));
    client(connected(server.port));
    server.said()
}

/// What our client says of a server that does this.
pub fn client_hears(world: &World, server: impl FnOnce(TcpStream) + Send + 'static) -> Said {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        server(stream);
    });
    let said = world.connect(&port, "rest").said();
    thread.join().unwrap();
    said
}

#[test]
fn a_client_that_does_not_speak_tls_is_told_from_one_that_does() {
    let world = World::new();
    let send = |bytes: &'static [u8]| {
        server_hears(&world, move |mut client| {
            client.write_all(bytes).unwrap();
            let _ = client.read_to_end(&mut Vec::new());
        })
    };
    send(b"GET / HTTP/1.1\r\nHost: till\r\n\r\n")
        .failed(WDSOCKET_ERR_TLS_PROTOCOL, &["plain HTTP"]);
    send(b"EHLO till\r\n").failed(
        WDSOCKET_ERR_TLS_PROTOCOL,
        &["does not speak TLS", "EHLO till"],
    );
    send(&[0x5a; 600]).failed(WDSOCKET_ERR_TLS_PROTOCOL, &["does not speak TLS"]);
    send(&[22, 3, 1, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0])
        .failed(WDSOCKET_ERR_TLS_PROTOCOL, &["OpenSSL"]);
    send(&[22, 3, 1, 0, 5, 1, 0, 0, 1, 0x42]).failed(WDSOCKET_ERR_TLS_PROTOCOL, &["OpenSSL"]);
}

#[test]
fn a_server_that_does_not_speak_tls_is_told() {
    let world = World::new();
    let answer = |bytes: &'static [u8]| {
        client_hears(&world, move |mut stream| {
            let _ = stream.read(&mut [0; 2000]);
            stream.write_all(bytes).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        })
    };
    answer(b"HTTP/1.1 400 Bad Request\r\n\r\n").failed(
        WDSOCKET_ERR_TLS_PROTOCOL,
        &["does not speak TLS here", "HTTP/1.1 400 Bad"],
    );
    answer(b"220 mail.example.com ESMTP\r\n").failed(
        WDSOCKET_ERR_TLS_PROTOCOL,
        &["220 mail.example.com", "SocketStartSSL"],
    );
    answer(&[0; 100]).failed(WDSOCKET_ERR_TLS_PROTOCOL, &["does not speak TLS"]);
}

#[test]
fn a_client_that_stops_in_mid_handshake_is_dropped_in_time() {
    let world = World::new();
    for bytes in [
        &b""[..],
        &[22, 3, 1],
        &[22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3],
    ] {
        let start = Instant::now();
        let said = server_hears(&world, |mut client| {
            client.write_all(bytes).unwrap();
            let _ = client.read_to_end(&mut Vec::new());
        });
        said.failed(WDSOCKET_ERR_LOST, &["within 2000 ms (SSLHandshakeTimeout)"]);
        let took = start.elapsed();
        assert!(
            took > Duration::from_millis(1900) && took < Duration::from_secs(20),
            "{took:?}"
        );
    }
}

#[test]
fn a_client_that_dribbles_its_hello_is_dropped_in_time() {
    let world = World::new();
    let start = Instant::now();
    server_hears(&world, |mut client| {
        for byte in [22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]
            .into_iter()
            .chain([7; 500])
        {
            if client.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("it was never dropped");
    })
    .failed(WDSOCKET_ERR_LOST, &["SSLHandshakeTimeout"]);
    assert!(start.elapsed() < Duration::from_secs(20));
}
