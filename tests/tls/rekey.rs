//! New keys in mid-connection: KeyUpdate (TLS 1.3) and renegotiation (TLS 1.2), asked for by a peer
//! written on OpenSSL alone.

use std::ffi::c_int;
use std::io::{self, Read, Write};

use foreign_types::ForeignTypeRef;
use openssl::ssl::{
    ErrorCode, Ssl, SslContextBuilder, SslFiletype, SslMethod, SslStream, SslVersion,
};
use wdsocket::constants::*;
use wdsocket::error::Code;
use wdsocket::tls::{ClientContext, ReadOutcome, ServerContext, Session, Step, WriteOutcome};

use crate::pair::{Wire, World, read_all, room, write_all};

unsafe extern "C" {
    fn SSL_key_update(ssl: *mut openssl_sys::SSL, kind: c_int) -> c_int;
    fn SSL_renegotiate(ssl: *mut openssl_sys::SSL) -> c_int;
    fn SSL_new_session_ticket(ssl: *mut openssl_sys::SSL) -> c_int;
}

/// openssl/ssl.h: the peer shall change its key as well.
const SSL_KEY_UPDATE_REQUESTED: c_int = 1;

#[derive(Default)]
pub struct Memory {
    incoming: Vec<u8>,
    pub outgoing: Vec<u8>,
}

impl Read for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.incoming.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = self.incoming.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.incoming[..n]);
        self.incoming.drain(..n);
        Ok(n)
    }
}

impl Write for Memory {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.outgoing.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Our end, and the other one without this library.
pub struct Mixed {
    pub ours: Session<Wire>,
    pub wire: Wire,
    pub other: SslStream<Memory>,
}

impl Mixed {
    pub fn with_server(world: &World, version: SslVersion) -> Mixed {
        let mut context = SslContextBuilder::new(SslMethod::tls()).unwrap();
        context
            .set_certificate_file(&world.server.certificate, SslFiletype::PEM)
            .unwrap();
        context
            .set_private_key_file(&world.server.certificate, SslFiletype::PEM)
            .unwrap();
        context.set_max_proto_version(Some(version)).unwrap();
        let mut ssl = Ssl::new(&context.build()).unwrap();
        ssl.set_accept_state();
        let wire = Wire::new();
        let context = ClientContext::get(&world.client).unwrap();
        let ours = Session::client(&context, "till.example", 1, wire.clone()).unwrap();
        Mixed::of(ours, wire, ssl)
    }

    fn with_client(world: &World, version: SslVersion) -> Mixed {
        let mut context = SslContextBuilder::new(SslMethod::tls()).unwrap();
        context.set_ca_file(&world.client.ca_file).unwrap();
        context.set_max_proto_version(Some(version)).unwrap();
        let mut ssl = Ssl::new(&context.build()).unwrap();
        ssl.set_connect_state();
        let wire = Wire::new();
        let context = ServerContext::get(&world.server).unwrap();
        let ours = Session::server(&context, wire.clone()).unwrap();
        Mixed::of(ours, wire, ssl)
    }

    /// A server in the middle of a renegotiation that it has asked for: ours has answered with its hello, but the
    /// server has not seen it yet and may still send data.
    fn renegotiating() -> Mixed {
        let mut world = World::new();
        world.client.options = ProtocolTLS1_2;
        let mut mixed = Mixed::with_server(&world, SslVersion::TLS1_2);
        mixed.ask_for_renegotiation();
        mixed.other.do_handshake().unwrap();
        mixed.carry();
        let answered = mixed.ours.read(&mut [0; 16]).unwrap();
        assert_eq!(answered, ReadOutcome::NeedInput);
        mixed
    }

    fn of(ours: Session<Wire>, wire: Wire, ssl: Ssl) -> Mixed {
        let other = SslStream::new(ssl, Memory::default()).unwrap();
        let mut mixed = Mixed { ours, wire, other };
        for _ in 0..10 {
            let _ = mixed.other.do_handshake();
            mixed.carry();
            if mixed.ours.handshake().unwrap() == Step::Done && mixed.other.ssl().is_init_finished()
            {
                mixed.carry();
                return mixed;
            }
            mixed.carry();
        }
        panic!("the handshake went on for ever");
    }

    fn carry(&mut self) {
        self.ours.flush().unwrap();
        self.other.get_mut().incoming.extend(self.wire.take());
        self.hand_over();
    }

    /// Takes what the other end has sent to ours, and nothing the other way.
    fn hand_over(&mut self) {
        let bytes = std::mem::take(&mut self.other.get_mut().outgoing);
        if !bytes.is_empty() {
            self.ours.feed(room(&bytes));
        }
    }

    /// What the other end reads.
    fn other_reads(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.other.ssl_read(&mut buffer) {
                Ok(n) => all.extend_from_slice(&buffer[..n]),
                Err(e) if e.code() == ErrorCode::WANT_READ => return all,
                Err(e) => panic!("the other end: {e}"),
            }
        }
    }

    fn both_ways(&mut self, data: &[u8]) {
        assert_eq!(write_all(&mut self.ours, data), data.len());
        self.carry();
        assert_eq!(self.other_reads(), data);
        assert_eq!(self.other.ssl_write(data).unwrap(), data.len());
        self.carry();
        assert_eq!(read_all(&mut self.ours), data);
        self.carry();
    }

    pub fn ask_for_key_update(&mut self) {
        // SAFETY: the connection is alive, and nothing else uses it during the call.
        let done = unsafe { SSL_key_update(self.other.ssl().as_ptr(), SSL_KEY_UPDATE_REQUESTED) };
        assert_eq!(done, 1);
    }

    fn ask_for_renegotiation(&mut self) {
        // SAFETY: the connection is alive, and nothing else uses it during the call.
        assert_eq!(unsafe { SSL_renegotiate(self.other.ssl().as_ptr()) }, 1);
    }
}

#[test]
fn a_key_update_between_messages_is_followed() {
    let world = World::new();
    for mut mixed in [
        Mixed::with_server(&world, SslVersion::TLS1_3),
        Mixed::with_client(&world, SslVersion::TLS1_3),
    ] {
        for round in 0..40 {
            mixed.ask_for_key_update();
            mixed.both_ways(&[round; 5000]);
        }
    }
}

#[test]
fn a_key_update_that_meets_a_half_sent_record_loses_nothing() {
    let world = World::new();
    for mut mixed in [
        Mixed::with_server(&world, SslVersion::TLS1_3),
        Mixed::with_client(&world, SslVersion::TLS1_3),
    ] {
        mixed.wire.set_room(100);
        assert_eq!(
            mixed.ours.write(&[1; 4000]).unwrap(),
            WriteOutcome::Bytes(4000)
        );
        mixed.ask_for_key_update();
        assert_eq!(mixed.other.ssl_write(b"new key").unwrap(), 7);
        mixed.hand_over();
        assert_eq!(read_all(&mut mixed.ours), b"new key");
        mixed.wire.set_room(usize::MAX);
        // The first hundred bytes, then the rest and the answer to the KeyUpdate.
        mixed.carry();
        mixed.carry();
        assert_eq!(mixed.other_reads(), [1; 4000]);
        mixed.both_ways(b"after");
    }
}

#[test]
fn a_peer_that_asks_for_new_keys_without_end_cannot_fill_the_memory() {
    let world = World::new();
    let mut mixed = Mixed::with_server(&world, SslVersion::TLS1_3);
    mixed.wire.set_room(0);
    let mut ended = false;
    for _ in 0..50_000 {
        mixed.ask_for_key_update();
        mixed.other.ssl_write(b"x").unwrap();
        mixed.hand_over();
        ended = mixed.ours.read(&mut [0; 16]).is_err() || mixed.ours.flush().is_err();
        if ended {
            break;
        }
    }
    assert!(ended, "the answers were queued without bound");
}

/// Hands `step`'s bytes to our end until it fails or has taken in that many; the failure.
fn until_it_fails(
    mixed: &mut Mixed,
    most: usize,
    mut step: impl FnMut(&mut Mixed),
) -> Option<wdsocket::error::Error> {
    let mut taken = 0;
    while taken < most {
        while mixed.other.get_ref().outgoing.len() < 10_000 {
            step(mixed);
        }
        taken += mixed.other.get_ref().outgoing.len();
        mixed.hand_over();
        loop {
            match mixed.ours.read(&mut [0; 1000]) {
                Ok(ReadOutcome::Bytes(_)) => {}
                Ok(outcome) => {
                    assert_eq!(outcome, ReadOutcome::NeedInput);
                    break;
                }
                Err(error) => return Some(error),
            }
        }
        mixed.other.get_mut().incoming.extend(mixed.wire.take());
        mixed.other_reads();
    }
    None
}

#[test]
fn a_peer_that_only_changes_its_keys_or_sends_tickets_is_dropped() {
    let world = World::new();
    let new_key = |mixed: &mut Mixed| {
        mixed.ask_for_key_update();
        mixed.other.do_handshake().unwrap();
    };
    let ticket = |mixed: &mut Mixed| {
        // SAFETY: the connection is alive, and nothing else uses it during the call.
        let issued = unsafe { SSL_new_session_ticket(mixed.other.ssl().as_ptr()) };
        assert_eq!(issued, 1);
        mixed.other.do_handshake().unwrap();
    };
    let server = || Mixed::with_server(&world, SslVersion::TLS1_3);
    let client = || Mixed::with_client(&world, SslVersion::TLS1_3);
    for (mut mixed, step, who) in [
        (server(), &new_key as &dyn Fn(&mut Mixed), "the server"),
        (client(), &new_key, "the client"),
        (server(), &ticket, "the server"),
    ] {
        let error = until_it_fails(&mut mixed, 2 << 20, step).expect("it is dropped");
        assert_eq!(error.code, Code::TlsProtocol);
        assert!(error.text.starts_with(who), "{error}");
        // Once for all, in both directions.
        let again = mixed.ours.read(&mut [0; 16]).unwrap_err();
        assert_eq!(
            (again.code, again.text.clone()),
            (error.code, error.text.clone())
        );
        assert_eq!(mixed.ours.write(b"x").unwrap_err().code, Code::TlsProtocol);
    }
}

#[test]
fn a_peer_that_changes_its_keys_with_every_message_is_served_for_ever() {
    let world = World::new();
    let mut mixed = Mixed::with_client(&world, SslVersion::TLS1_3);
    let error = until_it_fails(&mut mixed, 3 << 19, |mixed| {
        mixed.ask_for_key_update();
        mixed.other.ssl_write(b"x").unwrap();
    });
    assert!(error.is_none(), "{error:?}");
}

#[test]
fn a_renegotiation_that_the_server_asks_for_goes_on_beside_the_data() {
    let mut world = World::new();
    world.client.options = ProtocolTLS1_2;
    for reads_first in [true, false] {
        let mut mixed = Mixed::with_server(&world, SslVersion::TLS1_2);
        mixed.ask_for_renegotiation();
        // HelloRequest leaves with data right behind it.
        let _ = mixed.other.do_handshake();
        mixed.carry();
        let mut first = [0; 1];
        if reads_first {
            assert_eq!(mixed.ours.read(&mut first).unwrap(), ReadOutcome::NeedInput);
        }
        let (mut written, mut arrived) = (0, Vec::new());
        for _ in 0..10 {
            if written < 5 {
                written += write_all(&mut mixed.ours, &b"hello"[written..]);
            } else {
                assert_eq!(mixed.ours.read(&mut first).unwrap(), ReadOutcome::NeedInput);
            }
            mixed.carry();
            arrived.extend(mixed.other_reads());
            mixed.carry();
        }
        assert_eq!(arrived, b"hello");
        mixed.both_ways(b"after");
    }
}

#[test]
fn data_that_crosses_a_renegotiation_is_kept_for_the_reader() {
    let mut mixed = Mixed::renegotiating();
    assert_eq!(mixed.other.ssl_write(b"crossing").unwrap(), 8);
    mixed.hand_over();
    // The writer finds the data in its way, and leaves it to the reader.
    assert_eq!(mixed.ours.write(b"waits").unwrap(), WriteOutcome::NeedInput);
    assert!(mixed.ours.has_buffered());
    let (mut written, mut arrived) = (0, Vec::new());
    for _ in 0..10 {
        mixed.carry();
        arrived.extend(mixed.other_reads());
        mixed.carry();
        if written < 5 {
            written += write_all(&mut mixed.ours, &b"waits"[written..]);
        }
    }
    assert_eq!(arrived, b"waits");
    assert_eq!(read_all(&mut mixed.ours), b"crossing");
    mixed.both_ways(b"after");
}

#[test]
fn a_renegotiation_that_the_client_asks_for_is_refused() {
    let world = World::new();
    let mut mixed = Mixed::with_client(&world, SslVersion::TLS1_2);
    mixed.ask_for_renegotiation();
    let _ = mixed.other.do_handshake();
    mixed.carry();
    let ours = mixed.ours.read(&mut [0; 16]);
    mixed.carry();
    let other = mixed.other.ssl_read(&mut [0; 16]);
    // A warning, on which the client gives up, or an error on our side at once.
    let refused = ours.is_err() || other.is_err_and(|e| e.code() == ErrorCode::SSL);
    assert!(refused, "the server went along");
    if let Err(e) = ours {
        assert_eq!(e.code, Code::TlsProtocol);
    }
}

#[test]
fn a_renegotiation_behind_much_unread_data_waits_for_a_reader_and_no_more_is_taken_in() {
    let mut mixed = Mixed::renegotiating();
    let record = [7; 16 * 1024];
    let mut crossed = 0;
    while !mixed.ours.is_held_up() {
        assert!(crossed < 2 << 20, "more than a megabyte was put aside");
        crossed += mixed.other.ssl_write(&record).unwrap();
        mixed.hand_over();
        mixed.ours.write(b"waits").unwrap();
    }
    assert_eq!(
        mixed.ours.write(b"waits").unwrap(),
        WriteOutcome::NeedReader
    );
    assert_eq!(read_all(&mut mixed.ours).len(), crossed);
    assert!(!mixed.ours.is_held_up());
    assert_eq!(mixed.ours.write(b"waits").unwrap(), WriteOutcome::NeedInput);
}
