//! Servers that do what none may.

use super::ours::{Failure, connect, connect_within};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use wdsocket::constants::*;
use wdsocket::tls::{sha1, to_base64};

/// A server for one client: `answer` gets the key's mark and says what to send, and in which parts.
fn serve(
    answer: impl FnOnce(&str) -> Vec<Vec<u8>> + Send + 'static,
) -> (u16, thread::JoinHandle<Vec<u8>>) {
    let door = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = door.local_addr().expect("its address").port();
    let served = thread::spawn(move || {
        let (mut client, _) = door.accept().expect("a client");
        client.set_nodelay(true).expect("no delay");
        let request = head(&mut client);
        let key = request
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
        let key = format!(
            "{}258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
            key.expect("a key")
        );
        let mark = to_base64(&sha1(key.as_bytes()));
        for part in answer(&mark) {
            if client.write_all(&part).is_err() {
                break;
            }
        }
        let _ = client.shutdown(std::net::Shutdown::Write);
        let mut rest = Vec::new();
        let _ = client.read_to_end(&mut rest);
        rest
    });
    (port, served)
}

fn head(client: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).expect("a request");
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).expect("text")
}

fn good(mark: &str) -> Vec<u8> {
    format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {mark}\r\n\r\n").into_bytes()
}

/// What connecting says of an answer.
fn refused(answer: impl FnOnce(&str) -> String + Send + 'static) -> Failure {
    let (port, served) = serve(move |mark| vec![answer(mark).into_bytes()]);
    let failure = connect(port, "/", "mqtt").expect_err("no WebSocket");
    served.join().expect("the server");
    failure
}

#[test]
fn an_answer_that_does_not_fit_opens_nothing() {
    let with = |status: &'static str, lines: &'static str| {
        refused(move |mark| {
            let lines = lines.replace("MARK", mark);
            format!("HTTP/1.1 {status}\r\n{lines}\r\n")
        })
    };
    let open = "101 Switching Protocols";
    let accept = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: MARK\r\n";
    for (status, lines, code, words) in [
        (
            open,
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
            WDSOCKET_ERR_BAD_FRAME,
            "the key",
        ),
        (
            open,
            "Upgrade: websocket\r\nConnection: Upgrade\r\n",
            WDSOCKET_ERR_BAD_FRAME,
            "the key",
        ),
        (
            open,
            "Connection: Upgrade\r\nSec-WebSocket-Accept: MARK\r\n",
            WDSOCKET_ERR_BAD_FRAME,
            "Upgrade",
        ),
        ("200 OK", accept, WDSOCKET_ERR_REFUSED, "200 OK"),
        (
            "302 Found",
            "Location: ws://127.0.0.1/there\r\n",
            WDSOCKET_ERR_REFUSED,
            "ws://127.0.0.1/there",
        ),
        ("401 Unauthorized", "", WDSOCKET_ERR_ACCESS_DENIED, "401"),
    ] {
        let Failure(told, text) = with(status, lines);
        assert_eq!(told, code, "{text}");
        assert!(text.contains(words), "{text}");
    }
    let other = refused(|mark| {
        String::from_utf8(good(mark))
            .expect("text")
            .replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: soap\r\n\r\n")
    });
    assert!(
        other.1.contains("\"soap\", which was not offered"),
        "{}",
        other.1
    );
    let zipped = refused(|mark| {
        String::from_utf8(good(mark)).expect("text").replace(
            "\r\n\r\n",
            "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
        )
    });
    assert_eq!(zipped.0, WDSOCKET_ERR_BAD_FRAME, "{}", zipped.1);
    let endless = refused(|_| format!("HTTP/1.1 101 X\r\n{}", "A: b\r\n".repeat(20_000)));
    assert_eq!(endless.0, WDSOCKET_ERR_BAD_FRAME, "{}", endless.1);
    assert!(endless.1.contains("16384"), "{}", endless.1);
    let other = refused(|_| "220 mail.example ESMTP\r\n\r\n".to_owned());
    assert_eq!(other.0, WDSOCKET_ERR_BAD_FRAME, "{}", other.1);
    let nothing = refused(|_| String::new());
    assert_eq!(nothing.0, WDSOCKET_ERR_LOST, "{}", nothing.1);
    // One that says nothing, and does not go either.
    let door = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = door.local_addr().expect("its address").port();
    let silent = connect_within(port, "/", "", 100).expect_err("nobody answers");
    assert_eq!(silent.0, WDSOCKET_ERR_TIMEOUT, "{}", silent.1);
}

#[test]
fn an_answer_cut_anywhere_and_the_message_behind_it_are_the_same() {
    let whole = |mark: &str| [&good(mark)[..], b"\x81\x02hi\x88\x02\x03\xe8"].concat();
    for cut in (1..whole("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=").len()).step_by(3) {
        let (port, served) = serve(move |mark| {
            let (front, back) = (whole(mark)[..cut].to_vec(), whole(mark)[cut..].to_vec());
            vec![front, back]
        });
        let socket = connect(port, "/", "").unwrap_or_else(|e| panic!("{cut}: {e:?}"));
        assert_eq!(socket.read().expect("a message"), b"hi");
        let Failure(code, text) = socket.read().expect_err("an end");
        assert_eq!(code, WDSOCKET_ERR_CLOSED, "{text}");
        drop(socket);
        let answer = served.join().expect("the server");
        assert_eq!(&answer[..2], b"\x88\x82", "a CLOSE, masked");
    }
}

#[test]
fn an_answer_that_ends_anywhere_is_lost_and_none() {
    for cut in 1..good("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=").len() {
        let (port, served) = serve(move |mark| vec![good(mark)[..cut].to_vec()]);
        let Failure(code, text) = connect(port, "/", "").expect_err("half an answer");
        assert_eq!(code, WDSOCKET_ERR_LOST, "{cut}: {text}");
        served.join().expect("the server");
    }
}

#[test]
fn a_server_that_breaks_the_protocol_is_told_so_under_a_mask() {
    for (frame, code, words) in [
        (&b"\x81\x82\0\0\0\0hi"[..], 1002_u16, "with a mask"),
        (b"\xc1\x00", 1002, "reserved"),
        (b"\x09\x00", 1002, "fragments"),
        (b"\x89\x7e\x00\x7e", 1002, "125"),
        (
            b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
            1002,
            "highest bit",
        ),
        (b"\x88\x01\x03", 1002, "one byte"),
        (b"\x01\x01\xe2\x80\x01\x28", 1007, "UTF-8"),
    ] {
        let (port, served) = serve(move |mark| vec![good(mark), frame.to_vec()]);
        let socket = connect(port, "/", "").expect("open");
        let Failure(told, text) = socket.read().expect_err("no message");
        assert_eq!(told, WDSOCKET_ERR_BAD_FRAME, "{text}");
        assert!(text.contains(words), "{text}");
        drop(socket);
        let sent = served.join().expect("the server");
        assert_eq!(sent[0], 0x88);
        let told = [sent[6] ^ sent[2], sent[7] ^ sent[3]];
        assert_eq!(u16::from_be_bytes(told), code, "{frame:?}");
    }
    let (port, served) = serve(|mark| {
        vec![
            good(mark),
            b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        ]
    });
    let socket = connect(port, "/", "").expect("open");
    let Failure(told, text) = socket.read().expect_err("no message");
    assert_eq!(told, WDSOCKET_ERR_MESSAGE_TOO_LARGE, "{text}");
    drop(socket);
    served.join().expect("the server");
}

#[test]
fn each_frame_has_a_mask_of_its_own() {
    let (port, served) = serve(|mark| vec![good(mark)]);
    let socket = connect(port, "/", "").expect("open");
    for _ in 0..100 {
        socket.write(b"same", false).expect("sent");
    }
    drop(socket);
    let sent = served.join().expect("the server");
    let masks: std::collections::BTreeSet<_> = sent[..1000]
        .chunks(10)
        .map(|frame| {
            assert_eq!(frame[..2], [0x81, 0x84]);
            frame[2..6].to_vec()
        })
        .collect();
    assert!(masks.len() > 98, "{}", masks.len());
}
