//! TLS that starts in mid-stream: with a real mail server, and against one that puts bytes in between.

use crate::common;
use crate::common::process::{LIMIT, Process, hex};
use crate::common::secure::{Said, Secure};
use crate::peer;
use crate::world::{World, words};
use openssl::ssl::Ssl;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use wdsocket::constants::*;

/// A mail server that takes one message and prints it. It knows STARTTLS and nothing without it.
const MAIL_SERVER: &str = "
import ssl, sys, threading
from aiosmtpd.controller import Controller
class Handler:
    async def handle_DATA(self, server, session, envelope):
        print(envelope.mail_from, envelope.rcpt_tos[0], envelope.content.decode().strip(), session.ssl is not None)
        sys.stdout.flush()
        return '250 taken'
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
class Local(Controller):
    def _trigger_server(self):
        pass
Local(Handler(), hostname='127.0.0.1', port=0, tls_context=context, require_starttls=True).start()
threading.Event().wait()
";

/// A Python that has aiosmtpd; says so when there is none.
fn python() -> Option<&'static str> {
    let has = |python: &&&str| {
        let mut command = Command::new(python);
        command
            .args(["-c", "import aiosmtpd"])
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let found = ["python3", "/usr/bin/python3"].iter().find(has).copied();
    if found.is_none() {
        common::skip("Python's aiosmtpd (python3-aiosmtpd) is not installed");
    }
    found
}

#[test]
fn a_mail_goes_out_through_starttls_of_a_real_server() {
    let Some(python) = python() else { return };
    let world = World::new();
    let mut command = Command::new(python);
    command.args(["-c", MAIL_SERVER, &world.server]);
    let mut server = Process::start(command.stderr(Stdio::null()));
    let port = server.port().to_string();
    let mail = "Subject: till\r\n\r\nclosed at nine\r\n.";
    let mut conversation = words(&[
        &world.trust(),
        &[
            "plain",
            &port,
            "mode",
            "tag:0d0a",
            "read",
            "say",
            "EHLO till",
        ],
    ]);
    // The server greets with five lines, and with three once STARTTLS is no longer on offer.
    conversation.extend(["until", "250 ", "say", "STARTTLS", "read"]);
    conversation.extend(["start", "0", "localhost", "", "info", "SSLProtocol"]);
    conversation.extend([
        "say",
        "EHLO till",
        "until",
        "250 ",
        "say",
        "MAIL FROM:<till@example.com>",
        "read",
    ]);
    conversation.extend([
        "say",
        "RCPT TO:<office@example.com>",
        "read",
        "say",
        "DATA",
        "read",
    ]);
    conversation.extend(["say", mail, "read", "say", "QUIT", "read"]);
    let said = Secure::run(&conversation).went_well();
    let answers: Vec<String> = said
        .all("read")
        .iter()
        .map(|hex| String::from_utf8(crate::common::process::from_hex(hex)).unwrap())
        .collect();
    let codes: Vec<&str> = answers.iter().map(|answer| &answer[..3]).collect();
    assert_eq!(
        codes,
        ["220", "220", "250", "250", "354", "250", "221"],
        "{answers:?}"
    );
    assert_eq!(said.one("info"), "TLSv1.3");
    let mut printed = [0; 200];
    let pipe = server.0.stdout.as_mut().expect("its output is a pipe");
    let length = pipe.read(&mut printed).unwrap();
    let printed = String::from_utf8_lossy(&printed[..length]).into_owned();
    assert_eq!(
        printed.replace("\r\n", "|").trim_end(),
        "till@example.com office@example.com Subject: till||closed at nine True"
    );
}

/// A server of one client: greets in clear, takes STARTTLS, and then does what `goes_on` says.
fn server(goes_on: impl FnOnce(TcpStream) + Send + 'static) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let thread = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.set_read_timeout(Some(LIMIT)).unwrap();
        let mut line = [0; 10];
        client.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"STARTTLS\r\n");
        goes_on(client);
    });
    (port, thread)
}

fn start(world: &World, port: &str, before: &[&str], after: &[&str]) -> Said {
    Secure::run(&words(&[
        &world.trust(),
        &["plain", port, "mode", "tag:0d0a", "say", "STARTTLS", "read"],
        before,
        &["start", "0", "localhost", ""],
        after,
    ]))
}

#[test]
fn bytes_put_in_before_the_handshake_are_refused() {
    let world = World::new();
    // In one packet with the answer, whole or half a line.
    for more in ["250 injected\r\n", "25"] {
        let (port, thread) = server(move |mut client| {
            client
                .write_all(format!("220 go\r\n{more}").as_bytes())
                .unwrap();
            let _ = client.read(&mut [0; 100]);
        });
        start(&world, &port, &[], &[]).failed(
            WDSOCKET_ERR_TLS_PROTOCOL,
            &[
                "bytes in clear that were not read",
                "SocketStartSSL(\"client\")",
            ],
        );
        thread.join().unwrap();
    }
}

#[test]
fn bytes_put_in_later_are_never_taken_for_the_servers() {
    let world = World::new();
    // After the client has begun its handshake: TLS itself must see that it is no TLS.
    let (port, thread) = server(|mut client| {
        client.write_all(b"220 go\r\n").unwrap();
        client.read_exact(&mut [0; 5]).unwrap();
        client.write_all(b"250 injected\r\n").unwrap();
        let _ = client.read(&mut [0; 100]);
    });
    start(&world, &port, &[], &[]).failed(
        WDSOCKET_ERR_TLS_PROTOCOL,
        &["does not speak TLS here: it sent \"250 injected\""],
    );
    thread.join().unwrap();
}

#[test]
fn what_comes_after_the_handshake_is_read_under_tls_in_the_same_mode() {
    let world = World::new();
    let context = peer::context(&world.server);
    let (port, thread) = server(move |mut client| {
        client.write_all(b"220 go\r\n").unwrap();
        let mut stream = Ssl::new(&context).unwrap().accept(client).unwrap();
        stream.write_all(b"first\r\nsecond\r\nthird").unwrap();
        stream.shutdown().unwrap();
    });
    let said = start(
        &world,
        &port,
        &[],
        &["read", "read", "mode", "none", "rest"],
    )
    .went_well();
    assert_eq!(said.all("read")[1..], [hex(b"first"), hex(b"second")]);
    assert_eq!(said.bytes("rest"), "third");
    thread.join().unwrap();
}

#[test]
fn a_wrong_certificate_ends_starttls_and_the_connection() {
    let world = World::serving(&crate::pki::server());
    let context = peer::context(&world.server);
    let (port, thread) = server(move |mut client| {
        client.write_all(b"220 go\r\n").unwrap();
        assert!(Ssl::new(&context).unwrap().accept(client).is_err());
    });
    start(&world, &port, &[], &[]).failed(
        WDSOCKET_ERR_TLS_CERTIFICATE,
        &["not for \"localhost\" but for \"till.example\""],
    );
    thread.join().unwrap();
}
