//! Peers that do not speak TLS, stop in the middle, or send nonsense.

use wdsocket::constants::*;
use wdsocket::error::{Code, Error};
use wdsocket::tls::{ClientContext, ReadOutcome, ServerContext, Session, Step};

use crate::pair::{Wire, World, room, write_all};

fn server_hears(bytes: &[u8]) -> Error {
    let world = World::new();
    let mut server =
        Session::server(&ServerContext::get(&world.server).unwrap(), Wire::new()).unwrap();
    server.feed(room(bytes));
    server.feed_end();
    server.handshake().unwrap_err()
}

fn client_hears(bytes: &[u8]) -> Error {
    let world = World::new();
    let context = ClientContext::get(&world.client).unwrap();
    let mut client = Session::client(&context, "till.example", 1, Wire::new()).unwrap();
    assert_eq!(client.handshake().unwrap(), Step::NeedInput);
    client.feed(room(bytes));
    client.feed_end();
    client.handshake().unwrap_err()
}

#[test]
fn plain_http_to_a_tls_port_is_recognised() {
    for request in [
        "GET / HTTP/1.1\r\nHost: till\r\n\r\n",
        "POST /x HTTP/1.0\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\n\r\n",
    ] {
        let e = server_hears(request.as_bytes());
        assert_eq!(e.code, Code::TlsProtocol);
        assert!(e.text.contains("plain HTTP"), "{e}");
    }
}

#[test]
fn a_server_that_answers_in_plain_text_is_quoted() {
    for (answer, quoted) in [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1.1 400 Bad"),
        ("220 mail.example ESMTP\r\n", "220 mail.example ESMTP"),
    ] {
        let e = client_hears(answer.as_bytes());
        assert_eq!(e.code, Code::TlsProtocol);
        assert!(e.text.contains(quoted), "{e}");
        assert!(e.text.contains("SocketStartSSL"), "{e}");
    }
}

#[test]
fn garbage_is_not_tls() {
    for seed in 0..200u32 {
        let garbage: Vec<u8> = (0..400u32)
            .map(|i| {
                (i.wrapping_mul(2_654_435_761)
                    .wrapping_add(seed.wrapping_mul(40_503))
                    >> 13) as u8
            })
            .collect();
        for e in [server_hears(&garbage), client_hears(&garbage)] {
            assert!(matches!(e.code, Code::TlsProtocol | Code::Lost), "{e}");
        }
    }
}

#[test]
fn silence_and_a_cut_hello_are_lost() {
    for bytes in [
        &b""[..],
        b"\x16\x03\x01",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let e = server_hears(bytes);
        assert_eq!(e.code, Code::Lost, "{e}");
        assert!(e.text.contains("middle of the TLS handshake"), "{e}");
    }
}

/// The bytes of both directions of a handshake with data, in the order in which they were sent.
struct Recorded {
    to_server: Vec<u8>,
    to_client: Vec<u8>,
}

fn record(world: &World) -> Recorded {
    let mut pair = world.pair("till.example");
    let mut recorded = Recorded {
        to_server: Vec::new(),
        to_client: Vec::new(),
    };
    for _ in 0..10 {
        pair.client.session.handshake().unwrap();
        let bytes = pair.client.out.take();
        pair.server.session.feed(room(&bytes));
        recorded.to_server.extend(bytes);
        pair.server.session.handshake().unwrap();
        let bytes = pair.server.out.take();
        pair.client.session.feed(room(&bytes));
        recorded.to_client.extend(bytes);
    }
    recorded
}

#[test]
fn a_handshake_cut_at_any_byte_ends_in_an_error() {
    for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
        let mut world = World::new();
        world.client.options = bit;
        let recorded = record(&world);
        let server = ServerContext::get(&world.server).unwrap();
        let client = ClientContext::get(&world.client).unwrap();
        for cut in 0..recorded.to_server.len() {
            let mut session = Session::server(&server, Wire::new()).unwrap();
            session.feed(room(&recorded.to_server[..cut]));
            // A recorded Finished does not fit a new handshake, so it may fail before the end.
            if let Ok(step) = session.handshake() {
                assert_eq!(step, Step::NeedInput);
                session.feed_end();
                assert_eq!(session.handshake().unwrap_err().code, Code::Lost);
            }
        }
        for cut in 0..recorded.to_client.len() {
            let mut session = Session::client(&client, "till.example", 2, Wire::new()).unwrap();
            assert_eq!(session.handshake().unwrap(), Step::NeedInput);
            session.feed(room(&recorded.to_client[..cut]));
            if let Ok(step) = session.handshake() {
                assert_eq!(step, Step::NeedInput);
                session.feed_end();
                let e = session.handshake().unwrap_err();
                assert!(matches!(e.code, Code::Lost | Code::TlsProtocol), "{e}");
            }
        }
    }
}

#[test]
fn a_handshake_that_comes_byte_by_byte_succeeds() {
    for bit in [ProtocolTLS1, ProtocolTLS1_2, ProtocolTLS1_3] {
        let mut world = World::new();
        world.client.options = bit;
        world.server.options = bit;
        let mut pair = world.pair("till.example");
        for _ in 0..10 {
            pair.client.session.handshake().unwrap();
            for byte in pair.client.out.take() {
                pair.server.session.feed(room([byte]));
                pair.server.session.handshake().unwrap();
            }
            for byte in pair.server.out.take() {
                pair.client.session.feed(room([byte]));
                pair.client.session.handshake().unwrap();
            }
        }
        pair.connect();
    }
}

#[test]
fn a_flipped_bit_in_a_record_is_never_delivered() {
    let world = World::new();
    for position in 0..60 {
        let mut pair = world.pair("till.example");
        pair.connect();
        write_all(&mut pair.client.session, &[b'a'; 38]);
        let mut record = pair.client.out.take();
        assert_eq!(record.len(), 60);
        record[position] ^= 1;
        pair.server.session.feed(room(record));
        pair.server.session.feed_end();
        let e = pair.server.session.read(&mut [0; 100]).unwrap_err();
        assert!(matches!(e.code, Code::TlsProtocol | Code::Lost), "{e}");
        // And the error stays.
        let again = pair.server.session.read(&mut [0; 100]).unwrap_err();
        assert_eq!(again.text, e.text);
    }
}

#[test]
fn data_before_a_bad_record_is_delivered_first() {
    let world = World::new();
    let mut pair = world.pair("till.example");
    pair.connect();
    write_all(&mut pair.client.session, b"good");
    let mut bytes = pair.client.out.take();
    bytes.extend_from_slice(b"\x17\x03\x03\x00\x14this is not a record");
    pair.server.session.feed(room(&bytes));
    let mut buffer = [0; 100];
    assert_eq!(
        pair.server.session.read(&mut buffer).unwrap(),
        ReadOutcome::Bytes(4)
    );
    assert_eq!(
        pair.server.session.read(&mut buffer).unwrap_err().code,
        Code::TlsProtocol
    );
}

#[test]
fn the_alert_for_the_peer_is_on_the_wire_after_a_failure() {
    let world = World::new();
    let wire = Wire::new();
    let mut server =
        Session::server(&ServerContext::get(&world.server).unwrap(), wire.clone()).unwrap();
    server.feed(room(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"));
    assert!(server.handshake().is_err());
    assert!(server.flush().unwrap());
    let alert = wire.take();
    assert_eq!(alert.first(), Some(&21), "no alert record: {alert:?}");
}
