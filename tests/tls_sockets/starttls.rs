//! TLS that starts in mid-stream: with a real mail server, and against one that puts bytes in between.

use crate::common;
use crate::common::process::{LIMIT, Process, hex};
use crate::common::secure::{Said, Secure};
use crate::peer;
use crate::world::{World, words};
use openssl::ssl::Ssl;
use std::ffi::CString;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::ptr::null;
use std::thread::{self, JoinHandle};
use wdsocket::constants::*;
use wdsocket::ffi::*;

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

/// What a mail server was told after STARTTLS, or the code and text of SocketStartSSL's failure.
type Conversation = Result<Vec<String>, (i32, String)>;

/// A mail server of ours for one client, which may say nothing but EHLO before STARTTLS.
fn mail_server(certificate: &str) -> (u16, JoinHandle<Conversation>) {
    // SAFETY: all texts end with a NUL, and each buffer is as large as is said.
    unsafe {
        let server = SocketCreateId(0, c"127.0.0.1".as_ptr()) as i32;
        let mut port = [0_u8; 16];
        let length = SocketLocalInfoId(server, SocketPort, port.as_mut_ptr().cast(), 16);
        let port = std::str::from_utf8(&port[..length as usize]).unwrap();
        let certificate = CString::new(certificate).unwrap();
        let serve = move || {
            assert_eq!(SocketWaitForConnectionId(server, 20_000), 1);
            let client = SocketAcceptId(server) as i32;
            let tag = c"\r\n".as_ptr().cast();
            assert_eq!(
                SocketChangeTransmissionModeId(client, SocketEndTag, tag, 2),
                1
            );
            let say = |line: &str| SocketWriteId(client, line.as_ptr().cast(), line.len() as i32);
            let (mut told, mut under_tls) = (Vec::new(), false);
            say("220 till.example ESMTP");
            loop {
                let mut line = [0_u8; 1024];
                let length = SocketReadId(client, 0, 20_000, line.as_mut_ptr().cast(), 1024);
                if length < 0 {
                    break;
                }
                let line = String::from_utf8_lossy(&line[..length as usize]).into_owned();
                let is_data = told
                    .last()
                    .is_some_and(|last| last == "DATA" || last == ".");
                match line.get(..4).unwrap_or_default() {
                    "EHLO" if under_tls => say("250 till.example"),
                    "EHLO" => say("250-till.example\r\n250 STARTTLS"),
                    "STAR" => {
                        say("220 go ahead");
                        let certificate = certificate.as_ptr();
                        if SocketStartSSLId(client, SSLAsServer, 20_000, null(), certificate) != 1 {
                            let (code, mut text) = (SocketErrorCode() as i32, [0_u8; 1024]);
                            let length = SocketErrorInfo(text.as_mut_ptr().cast(), 1024) as usize;
                            let text = String::from_utf8_lossy(&text[..length]).into_owned();
                            SocketCloseId(client);
                            SocketCloseId(server);
                            return Err((code, text));
                        }
                        under_tls = true;
                        continue;
                    }
                    "DATA" => say("354 go on"),
                    "QUIT" => say("221 bye"),
                    _ if is_data && line != "." => continue,
                    _ => say("250 well"),
                };
                assert!(under_tls || line.starts_with("EHLO"), "{line}");
                told.push(line);
            }
            SocketCloseId(client);
            SocketCloseId(server);
            Ok(told)
        };
        (port.parse().unwrap(), thread::spawn(serve))
    }
}

#[test]
fn curl_and_openssl_start_tls_on_a_server_of_ours() {
    let world = World::new();
    if common::process::installed("curl") {
        let (port, thread) = mail_server(&world.server);
        let mut command = Command::new("curl");
        command.args(["-sS", "--ssl-reqd", "--noproxy", "*", "--cacert", &world.ca]);
        command.args(["--resolve", &format!("localhost:{port}:127.0.0.1")]);
        command.args([
            &format!("smtp://localhost:{port}/till"),
            "--mail-from",
            "till@example.com",
        ]);
        command.args(["--mail-rcpt", "office@example.com", "-T", "/dev/null"]);
        let output = command.output().unwrap();
        let told = thread.join().unwrap().expect("TLS");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            told.iter()
                .any(|line| line.starts_with("RCPT TO:<office@example.com>")),
            "{told:?} {said}"
        );
    } else {
        common::skip("curl is not installed");
    }
    let (port, thread) = mail_server(&world.server);
    let mut command = Command::new("openssl");
    command.args([
        "s_client",
        "-starttls",
        "smtp",
        "-crlf",
        "-quiet",
        "-CAfile",
        &world.ca,
    ]);
    command.args([
        "-verify_return_error",
        "-connect",
        &format!("127.0.0.1:{port}"),
    ]);
    let mut client = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    client
        .stdin
        .take()
        .unwrap()
        .write_all(b"NOOP\nQUIT\n")
        .unwrap();
    client.wait().unwrap();
    assert!(
        thread
            .join()
            .unwrap()
            .expect("TLS")
            .iter()
            .any(|line| line == "NOOP")
    );
}

#[test]
fn what_a_client_sends_behind_starttls_never_counts() {
    let world = World::new();
    let send = |bytes: &[u8], later: &[u8]| {
        let (port, thread) = mail_server(&world.server);
        let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
        client.set_read_timeout(Some(LIMIT)).unwrap();
        client.write_all(bytes).unwrap();
        let (mut seen, mut some) = (Vec::<u8>::new(), [0; 100]);
        while !seen.windows(6).any(|part| part == b"220 go") {
            let length = client.read(&mut some).unwrap();
            assert!(length > 0);
            seen.extend(&some[..length]);
        }
        client.write_all(later).unwrap();
        let (code, text) = thread.join().unwrap().expect_err("no TLS");
        assert_eq!(code, WDSOCKET_ERR_TLS_PROTOCOL, "{text}");
        text
    };
    let text = send(b"STARTTLS\r\nMAIL FROM:<thief@example.com>\r\n", b"");
    assert!(
        text.contains("in clear behind its request for TLS"),
        "{text}"
    );
    let text = send(b"STARTTLS\r\n", b"MAIL FROM:<thief@example.com>\r\n");
    assert!(
        text.contains("does not speak TLS here: it sent \"MAIL FROM"),
        "{text}"
    );
}
