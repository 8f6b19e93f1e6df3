//! How connections end: orderly, bare, by a reset, and cut in the middle of a handshake.

use crate::common::secure::Said;
use crate::hostile::{client_hears, connected};
use crate::peer;
use crate::world::{TLS1_2, TLS1_3, Version, World};
use openssl::ssl::{Ssl, SslConnector, SslMethod, SslStream, SslVersion};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use wdsocket::constants::*;

/// Bytes after which nothing of TLS 1.3's or 1.2's handshake is left to send, either way.
const HANDSHAKE: usize = 4000;

fn reset(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    socket.set_linger(Some(Duration::ZERO)).unwrap();
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
    let said = world.connect(&port, "rest").said();
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

/// What our server says when only `most` bytes of a client come through; and how many it sent.
fn server_cut_after(world: &World, most: usize) -> (Said, usize) {
    let ours = world.serve("rest");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = thread::spawn(move || {
        let mut builder = SslConnector::builder(SslMethod::tls()).unwrap();
        builder.set_verify(openssl::ssl::SslVerifyMode::NONE);
        let connector = builder.build();
        if let Ok(mut stream) = connector.connect("localhost", connected(port)) {
            let _ = stream.write_all(b"hello");
            let _ = stream.shutdown();
            // Closing over tickets that were not read would reset the connection, and what was
            // sent could be lost with it.
            let _ = stream.get_ref().shutdown(Shutdown::Write);
            let _ = stream.get_mut().read_to_end(&mut Vec::new());
        }
    });
    let (mut from, _) = listener.accept().unwrap();
    let mut to = connected(ours.port);
    let (mut down, mut back) = (to.try_clone().unwrap(), from.try_clone().unwrap());
    let answers = thread::spawn(move || forward(&mut down, &mut back, usize::MAX));
    let carried = forward(&mut from, &mut to, most);
    let _ = to.shutdown(Shutdown::Write);
    let said = ours.said();
    drop((from, to));
    let _ = answers.join();
    client.join().unwrap();
    (said, carried)
}

#[test]
fn a_clients_handshake_cut_anywhere_is_lost_and_never_taken_for_an_end() {
    let world = World::new();
    let (whole, length) = server_cut_after(&world, usize::MAX);
    assert_eq!(whole.went_well().bytes("rest"), "hello");
    assert!(length < HANDSHAKE, "{length}");
    let cuts = (0..12).chain((12..length - 30).step_by(29));
    for cut in cuts.chain(length - 30..length) {
        let (said, _) = server_cut_after(&world, cut);
        let text = said.failed(WDSOCKET_ERR_LOST, &["the client ended the connection"]);
        assert!(
            text.contains("in the middle of the TLS handshake")
                || text.contains("without TLS's close_notify"),
            "cut after {cut} of {length}: {text}"
        );
    }
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
            let server = world.serve("rest");
            let mut client = tls_client(server.port, &version);
            client.write_all(b"last words").unwrap();
            end(client);
            server.said()
        };
        let orderly = talk(|mut client| {
            client.shutdown().unwrap();
            // Closing with tickets unread would be a reset.
            let _ = client.get_mut().read_to_end(&mut Vec::new());
        });
        assert_eq!(orderly.went_well().bytes("rest"), "last words");
        let bare = talk(|client| client.get_ref().shutdown(Shutdown::Write).unwrap());
        assert_eq!(bare.bytes("rest"), "last words");
        bare.failed(WDSOCKET_ERR_LOST, &["without TLS's close_notify"]);
        let abrupt = talk(|client| reset(client.get_ref()));
        // Where the reset meets bytes of ours on their way, the system tells it as an end.
        abrupt.failed(WDSOCKET_ERR_LOST, &[]);
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
    talk(|stream| reset(stream.get_ref())).failed(WDSOCKET_ERR_LOST, &[]);
}
