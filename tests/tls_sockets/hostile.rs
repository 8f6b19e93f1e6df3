//! Peers that mean harm or know no better, on real sockets.

use crate::common::process::LIMIT;
use crate::common::secure::{Said, Secure};
use crate::peer;
use crate::world::{TLS1_2, TLS1_3, Version, World, words};
use openssl::ssl::{Ssl, SslConnector, SslMethod, SslStream, SslVersion};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};
use wdsocket::constants::*;

/// Bytes after which nothing of TLS 1.3's or 1.2's handshake is left to send, either way.
const HANDSHAKE: usize = 4000;

fn reset(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    socket.set_linger(Some(Duration::ZERO)).unwrap();
}

fn connected(port: u16) -> TcpStream {
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
fn client_hears(world: &World, server: impl FnOnce(TcpStream) + Send + 'static) -> Said {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        server(stream);
    });
    let said = Secure::run(&words(&[
        &world.trust(),
        &[
            "connect",
            &port,
            "localhost",
            "0",
            "",
            "mode",
            "none",
            "rest",
        ],
    ]));
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

/// Carries bytes between two sockets; after so many towards the second it ends both.
fn forward(from: &mut TcpStream, to: &mut TcpStream, most: usize) -> usize {
    let mut carried = 0;
    let mut buffer = [0; 4096];
    while carried < most {
        let room = buffer.len().min(most - carried);
        match from.read(&mut buffer[..room]) {
            Ok(count) if count > 0 && to.write_all(&buffer[..count]).is_ok() => carried += count,
            _ => return carried,
        }
    }
    carried
}

/// A connection through a proxy that carries `most` bytes from the server and then ends it.
fn cut_after(world: &World, server: &peer::Server, most: usize) -> (Said, usize) {
    let target: u16 = server.port.parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let thread = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut server = connected(target);
        let (mut up, mut on) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let back = thread::spawn(move || forward(&mut up, &mut on, usize::MAX));
        let carried = forward(&mut server, &mut client, most);
        let _ = client.shutdown(Shutdown::Write);
        let _ = back.join();
        let _ = server.shutdown(Shutdown::Both);
        carried
    });
    let said = Secure::run(&words(&[
        &world.trust(),
        &[
            "connect",
            &port,
            "localhost",
            "0",
            "",
            "mode",
            "none",
            "rest",
        ],
    ]));
    (said, thread.join().unwrap())
}

#[test]
fn a_handshake_cut_anywhere_is_lost_and_never_taken_for_an_end() {
    let world = World::new();
    let server = peer::Server::new(&world.server);
    let (whole, length) = cut_after(&world, &server, usize::MAX);
    assert_eq!(whole.went_well().bytes("rest"), "welcome");
    assert!(length < HANDSHAKE, "{length}");
    // Every byte at both ends of the stream, and a good many in between.
    let cuts = (0..100)
        .chain((100..length - 60).step_by(37))
        .chain(length - 60..length);
    for cut in cuts {
        let (said, _) = cut_after(&world, &server, cut);
        let text = said.failed(WDSOCKET_ERR_LOST, &[]);
        assert!(
            text.contains("in the middle of the TLS handshake")
                || text.contains("without TLS's close_notify"),
            "cut after {cut} of {length}: {text}"
        );
    }
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

fn tls_client(port: u16, version: &Version) -> SslStream<TcpStream> {
    let mut builder = SslConnector::builder(SslMethod::tls()).unwrap();
    builder.set_verify(openssl::ssl::SslVerifyMode::NONE);
    let asked = match version.bit {
        bit if bit == ProtocolTLS1_2 => SslVersion::TLS1_2,
        _ => SslVersion::TLS1_3,
    };
    builder.set_max_proto_version(Some(asked)).unwrap();
    builder
        .build()
        .connect("localhost", connected(port))
        .unwrap()
}

#[test]
fn the_three_ways_to_end_are_told_apart_on_a_server() {
    let world = World::new();
    for version in [TLS1_2, TLS1_3] {
        let talk = |end: fn(SslStream<TcpStream>)| {
            let server = Secure::serve(&[
                "listen",
                "0",
                &world.server,
                "",
                "accept",
                "mode",
                "none",
                "rest",
            ]);
            let mut client = tls_client(server.port, &version);
            client.write_all(b"last words").unwrap();
            end(client);
            server.said()
        };
        let orderly = talk(|mut client| drop(client.shutdown()));
        assert_eq!(orderly.went_well().bytes("rest"), "last words");
        let bare = talk(|client| client.get_ref().shutdown(Shutdown::Write).unwrap());
        assert_eq!(bare.bytes("rest"), "last words");
        bare.failed(WDSOCKET_ERR_LOST, &["without TLS's close_notify"]);
        let abrupt = talk(|client| reset(client.get_ref()));
        abrupt.failed(WDSOCKET_ERR_LOST, &["reset"]);
    }
}

#[test]
fn the_three_ways_to_end_are_told_apart_on_a_client() {
    let world = World::new();
    let context = peer::context(&world.server);
    let talk = |end: fn(SslStream<TcpStream>)| {
        let ssl = Ssl::new(&context).unwrap();
        client_hears(&world, move |stream| {
            let mut stream = ssl.accept(stream).unwrap();
            stream.write_all(b"last words").unwrap();
            end(stream);
        })
    };
    let orderly = talk(|mut stream| drop(stream.shutdown()));
    assert_eq!(orderly.went_well().bytes("rest"), "last words");
    let bare = talk(|stream| stream.get_ref().shutdown(Shutdown::Write).unwrap());
    assert_eq!(bare.bytes("rest"), "last words");
    bare.failed(WDSOCKET_ERR_LOST, &["without TLS's close_notify"]);
    talk(|stream| reset(stream.get_ref())).failed(WDSOCKET_ERR_LOST, &["reset"]);
}
