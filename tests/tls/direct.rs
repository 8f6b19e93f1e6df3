//! Ciphertext that a read receives by itself, from a peer that sends faster than it is read.

use std::ffi::c_int;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};

use foreign_types::ForeignTypeRef;
use openssl::ssl::SslVersion;
use wdsocket::constants::*;
use wdsocket::error::Code;
use wdsocket::room::{self, Room};
use wdsocket::tls::{ReadOutcome, Session};

use crate::pair::{Wire, World, write_all};
use crate::rekey::Mixed;

unsafe extern "C" {
    fn SSL_set_block_padding(ssl: *mut openssl_sys::SSL, size: usize) -> c_int;
}

/// What has come and was not received, and how often a read has received by itself.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<(Vec<u8>, usize)>>);

impl Line {
    fn add(&self, bytes: &[u8]) {
        self.0.lock().unwrap().0.extend_from_slice(bytes);
    }

    fn take(&self, most: usize) -> Vec<u8> {
        let mut line = self.0.lock().unwrap();
        let count = line.0.len().min(most);
        line.0.drain(..count).collect()
    }

    fn receives(&self) -> usize {
        self.0.lock().unwrap().1
    }

    fn lead_to(&self, session: &mut Session<Wire>) {
        let line = self.clone();
        session.receive_from(Some(Box::new(move |first, second| {
            line.0.lock().unwrap().1 += 1;
            let bytes = line.take(first.len() + second.len());
            let front = bytes.len().min(first.len());
            first[..front].copy_from_slice(&bytes[..front]);
            second[..bytes.len() - front].copy_from_slice(&bytes[front..]);
            match bytes.is_empty() {
                true => Err(ErrorKind::WouldBlock.into()),
                false => Ok(bytes.len()),
            }
        })));
    }

    /// Receives as whoever waits does.
    fn feed(&self, session: &mut Session<Wire>) -> bool {
        session.take_over_receiving().unwrap();
        let bytes = self.take(room::SIZE);
        let some = !bytes.is_empty();
        if some {
            session.feed(Room::from(bytes));
        }
        some
    }
}

#[test]
fn a_stream_that_fills_its_rooms_arrives_whole_and_in_order() {
    for (bit, size) in [
        (ProtocolTLS1_3, 16 * 1024),
        (ProtocolTLS1_2, 16 * 1024),
        (ProtocolTLS1_3, 9_000),
        (ProtocolTLS1_3, 700),
    ] {
        let mut world = World::new();
        world.client.options = bit;
        world.server.options = bit;
        let mut pair = world.pair("till.example");
        pair.connect();
        let line = Line::default();
        line.lead_to(&mut pair.client.session);
        let data: Vec<u8> = (0..100 * size).map(|i| (i * 7 % 251) as u8).collect();
        for record in data.chunks(size) {
            assert_eq!(write_all(&mut pair.server.session, record), record.len());
        }
        line.add(&pair.server.out.take());
        let (mut received, mut fed) = (Vec::new(), 0);
        let mut buffer = vec![0; size];
        loop {
            match pair.client.session.read(&mut buffer).unwrap() {
                ReadOutcome::Bytes(n) => received.extend_from_slice(&buffer[..n]),
                _ if line.feed(&mut pair.client.session) => fed += 1,
                _ => break,
            }
        }
        assert!(received == data, "{bit} {size}");
        match size {
            16_384 => assert!((line.receives(), fed) > (95, 0) && fed < 5),
            700 => assert_eq!(line.receives(), 0),
            _ => assert!(line.receives() > 20),
        }
        // Who stops it, receives alone.
        let before = line.receives();
        for record in data.chunks(size) {
            write_all(&mut pair.server.session, record);
        }
        line.add(&pair.server.out.take());
        assert!(line.feed(&mut pair.client.session));
        pair.client.session.stop_receiving();
        while pair.client.session.read(&mut buffer).unwrap() != ReadOutcome::NeedInput {}
        assert_eq!(line.receives(), before);
    }
}

#[test]
fn records_without_data_are_received_one_a_read_and_end_the_connection_as_ever() {
    let world = World::new();
    let mut mixed = Mixed::with_server(&world, SslVersion::TLS1_3);
    let line = Line::default();
    line.lead_to(&mut mixed.ours);
    // SAFETY: the connection is alive, and nothing else uses it during the call.
    assert_eq!(1, unsafe {
        SSL_set_block_padding(mixed.other.ssl().as_ptr(), 16 * 1024)
    });
    for _ in 0..200 {
        mixed.ask_for_key_update();
        mixed.other.do_handshake().unwrap();
    }
    let bytes = std::mem::take(&mut mixed.other.get_mut().outgoing);
    assert!(bytes.len() > 3 << 20);
    line.add(&bytes);
    let mut taken = 0;
    let error = loop {
        let before = line.receives();
        match mixed.ours.read(&mut [0; 100]) {
            Ok(ReadOutcome::NeedInput) => assert!(line.feed(&mut mixed.ours)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
        mixed.wire.take();
        assert!(line.receives() <= before + 1);
        taken += 1;
    };
    assert!(line.receives() > 20 && taken < 40, "{taken}");
    assert_eq!(error.code, Code::TlsProtocol);
    assert!(error.text.contains("without a byte of data"), "{error:?}");
}

#[test]
fn a_failure_is_told_to_whoever_receives_next() {
    let world = World::new();
    let mut pair = world.pair("till.example");
    pair.connect();
    let reset = || io::Error::from(ErrorKind::ConnectionReset);
    pair.client
        .session
        .receive_from(Some(Box::new(move |_, _| Err(reset()))));
    for _ in 0..2 {
        write_all(&mut pair.server.session, &[7; 16 * 1024]);
    }
    let bytes = pair.server.out.take();
    pair.client
        .session
        .feed(Room::from(bytes[..room::SIZE].to_vec()));
    let mut buffer = vec![0; 16 * 1024];
    let mut read = || pair.client.session.read(&mut buffer).unwrap();
    assert_eq!(read(), ReadOutcome::Bytes(16 * 1024));
    assert_eq!(read(), ReadOutcome::NeedInput);
    let told = pair.client.session.take_over_receiving().unwrap_err();
    assert_eq!(told.kind(), ErrorKind::ConnectionReset);
    assert!(pair.client.session.take_over_receiving().is_ok());
    // What was not received comes on the other way.
    pair.client
        .session
        .feed(Room::from(bytes[room::SIZE..].to_vec()));
    let rest = pair.client.session.read(&mut buffer).unwrap();
    assert_eq!(rest, ReadOutcome::Bytes(16 * 1024));
}
