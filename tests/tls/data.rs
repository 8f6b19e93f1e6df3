//! Data over an established connection.

use std::fs;
use std::sync::Arc;

use wdsocket::constants::*;
use wdsocket::error::Code;
use wdsocket::tls::{ClientContext, ReadOutcome, ServerContext, Session, Step, WriteOutcome};

use crate::pair::{Pair, Wire, World, read_all, room, write_all};
use crate::pki;

#[test]
fn bytes_arrive_as_they_were_sent_whatever_the_sink_takes() {
    let world = World::new();
    let mut pair = world.pair("till.example");
    pair.connect();
    let data: Vec<u8> = (0..200_000u32).map(|i| (i * 7 % 251) as u8).collect();
    pair.client.out.set_room(1000);
    let mut received = Vec::new();
    let mut sent = 0;
    while received.len() < data.len() {
        sent += write_all(&mut pair.client.session, &data[sent..]);
        pair.carry();
        received.extend(read_all(&mut pair.server.session));
    }
    assert_eq!(received, data);
}

#[test]
fn a_full_sink_holds_up_the_writer_and_nothing_is_queued_beyond_one_record() {
    let world = World::new();
    let mut pair = world.pair("till.example");
    pair.connect();
    pair.client.out.set_room(100);
    let data = [7; 20_000];
    assert_eq!(
        pair.client.session.write(&data).unwrap(),
        WriteOutcome::Bytes(16 * 1024)
    );
    assert!(!pair.client.session.flush().unwrap());
    assert_eq!(
        pair.client.session.write(&data).unwrap(),
        WriteOutcome::NeedOutput
    );
    pair.client.out.set_room(usize::MAX);
    assert!(pair.client.session.flush().unwrap());
    pair.carry();
    assert_eq!(read_all(&mut pair.server.session).len(), 16 * 1024);
}

#[test]
fn decrypted_bytes_that_were_not_read_count_as_buffered() {
    let world = World::new();
    let mut pair = world.pair("till.example");
    pair.connect();
    assert!(!pair.server.session.has_buffered());
    write_all(&mut pair.client.session, b"0123456789");
    pair.carry();
    assert!(pair.server.session.has_buffered());
    let mut four = [0; 4];
    assert_eq!(
        pair.server.session.read(&mut four).unwrap(),
        ReadOutcome::Bytes(4)
    );
    assert!(pair.server.session.has_buffered());
    assert_eq!(read_all(&mut pair.server.session), b"456789");
    assert!(!pair.server.session.has_buffered());
}

#[test]
fn queued_ciphertext_is_told_and_leaves_with_any_later_call() {
    let world = World::new();
    let mut pair = world.pair("till.example");
    pair.client.out.set_room(10);
    assert_eq!(pair.client.session.handshake().unwrap(), Step::NeedInput);
    assert!(pair.client.session.wants_output());
    let mut hello = pair.client.out.take();
    assert_eq!(hello.len(), 10);
    pair.client.out.set_room(usize::MAX);
    assert_eq!(pair.client.session.handshake().unwrap(), Step::NeedInput);
    assert!(!pair.client.session.wants_output());
    hello.extend(pair.client.out.take());
    pair.server.session.feed(room(hello));
    pair.connect();
}

#[test]
fn a_session_may_move_between_threads() {
    let world = World::new();
    let mut pair = world.pair("till.example");
    pair.connect();
    let pair = std::thread::spawn(move || {
        assert_eq!(pair.server_gets(b"elsewhere"), b"elsewhere");
        pair
    });
    assert_eq!(pair.join().unwrap().client_gets(b"and back"), b"and back");
}

#[test]
fn close_notify_is_an_orderly_end_and_the_other_half_goes_on() {
    for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
        let mut world = World::new();
        world.client.options = bit;
        let mut pair = world.pair("till.example");
        pair.connect();
        write_all(&mut pair.client.session, b"last words");
        pair.client.session.close_notify();
        assert_eq!(
            pair.client.session.write(b"x").unwrap_err().code,
            Code::Closed
        );
        pair.carry();
        pair.server.session.feed_end();
        let mut buffer = [0; 64];
        assert_eq!(
            pair.server.session.read(&mut buffer).unwrap(),
            ReadOutcome::Bytes(10)
        );
        for _ in 0..2 {
            assert_eq!(
                pair.server.session.read(&mut buffer).unwrap(),
                ReadOutcome::CloseNotify
            );
        }
        assert_eq!(pair.client_gets(b"still here"), b"still here");
    }
}

#[test]
fn an_end_without_close_notify_is_lost() {
    for bit in [ProtocolTLS1, ProtocolTLS1_2, ProtocolTLS1_3] {
        let mut world = World::new();
        world.client.options = bit;
        world.server.options = bit;
        let mut pair = world.pair("till.example");
        pair.connect();
        write_all(&mut pair.client.session, b"cut");
        pair.carry();
        pair.server.session.feed_end();
        let mut buffer = [0; 64];
        assert_eq!(
            pair.server.session.read(&mut buffer).unwrap(),
            ReadOutcome::Bytes(3)
        );
        for _ in 0..2 {
            let e = pair.server.session.read(&mut buffer).unwrap_err();
            assert_eq!(e.code, Code::Lost);
            assert!(e.text.contains("close_notify"), "{e}");
        }
    }
}

#[test]
fn a_broken_sink_is_told_to_the_writer_and_the_reader_still_gets_what_came() {
    struct Broken(Wire, bool);
    impl std::io::Write for Broken {
        fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
            if self.1 {
                return Err(std::io::ErrorKind::BrokenPipe.into());
            }
            self.0.write(data)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let world = World::new();
    let (up, down) = (Wire::new(), Wire::new());
    let context = ClientContext::get(&world.client).unwrap();
    let mut client =
        Session::client(&context, "till.example", 1, Broken(up.clone(), false)).unwrap();
    let mut server =
        Session::server(&ServerContext::get(&world.server).unwrap(), down.clone()).unwrap();
    let mut done = false;
    for _ in 0..10 {
        let a = client.handshake().unwrap();
        server.feed(room(up.take()));
        let b = server.handshake().unwrap();
        client.feed(room(down.take()));
        done = (a, b) == (Step::Done, Step::Done);
    }
    assert!(done);
    assert_eq!(server.write(b"goodbye").unwrap(), WriteOutcome::Bytes(7));
    client.feed(room(down.take()));
    client.sink().1 = true;
    assert_eq!(client.write(b"x").unwrap_err().code, Code::Lost);
    assert_eq!(client.write(b"x").unwrap_err().code, Code::Lost);
    assert!(client.flush().is_err());
    let mut buffer = [0; 64];
    assert_eq!(client.read(&mut buffer).unwrap(), ReadOutcome::Bytes(7));
}

#[test]
fn a_second_connection_takes_up_the_session_of_the_first() {
    for bit in [ProtocolTLS1, ProtocolTLS1_2, ProtocolTLS1_3] {
        let mut world = World::new();
        world.client.options = bit;
        world.server.options = bit;
        let mut first = world.pair("till.example");
        first.connect();
        assert!(!first.client.session.is_resumed());
        first.client.session.close_notify();
        drop(first);
        for _ in 0..3 {
            let mut next = world.pair("till.example");
            next.connect();
            assert!(next.client.session.is_resumed(), "options {bit}");
            assert!(next.server.session.is_resumed());
        }
        // Neither another name nor other rules take it up.
        world.client.strict = true;
        let mut other = world.pair("till.example");
        other.connect();
        assert!(!other.client.session.is_resumed());
    }
}

#[test]
fn a_session_is_taken_up_after_a_connection_that_was_merely_dropped() {
    let mut world = World::new();
    world.client.options = ProtocolTLS1_2;
    world.pair("till.example").connect();
    let mut next = world.pair("till.example");
    next.connect();
    assert!(next.client.session.is_resumed());
}

#[test]
fn equal_options_share_a_context_until_a_file_changes() {
    let world = World::new();
    let first = ServerContext::get(&world.server).unwrap();
    assert!(Arc::ptr_eq(
        &first,
        &ServerContext::get(&world.server).unwrap()
    ));
    let client = ClientContext::get(&world.client).unwrap();
    assert!(Arc::ptr_eq(
        &client,
        &ClientContext::get(&world.client).unwrap()
    ));

    let renewed = pki::server().issue(Some(&world.root));
    fs::write(&world.server.certificate, renewed.with_chain(&[])).unwrap();
    let second = ServerContext::get(&world.server).unwrap();
    assert!(!Arc::ptr_eq(&first, &second));
    let mut pair = Pair::of(&client, "till.example", &second);
    pair.connect();

    let other_root = pki::authority("Another Root").issue(None);
    fs::write(&world.client.ca_file, other_root.pem()).unwrap();
    let (refused, _) = world.pair("till.example").shake();
    assert_eq!(refused.unwrap_err().code, Code::TlsCertificate);

    fs::remove_file(&world.client.ca_file).unwrap();
    let e = ClientContext::get(&world.client).err().unwrap();
    assert_eq!(e.code, Code::Certificate);
    assert!(e.text.contains("there is no file"), "{e}");
}

#[test]
fn more_sets_of_options_than_are_kept_all_work() {
    let mut world = World::new();
    for depth in 1..=80 {
        world.client.verify_depth = depth;
        ClientContext::get(&world.client).unwrap();
    }
    world.pair("till.example").connect();
}
