//! A mail server of ours, example_smtp.c, whose clients start TLS in mid-stream: swaks, curl and openssl, and one that hides
//! commands behind its STARTTLS.

use crate::common::process::{LIMIT, Process, installed};
use crate::common::{build, run};
use crate::pki;
use crate::world::World;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use wdsocket::constants::*;

struct MailServer {
    process: Process,
    output: BufReader<std::process::ChildStdout>,
    port: String,
}

impl MailServer {
    /// For so many clients, one after the other.
    fn start(world: &World, clients: usize) -> MailServer {
        let mut command = Command::new(build("example_smtp.c", &[]));
        command.args([&world.server, "0", &clients.to_string()]);
        let mut process = Process::start(&mut command);
        let mut output = BufReader::new(process.0.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let port = line.trim_end().strip_prefix("port ").expect(&line);
        MailServer {
            process,
            output,
            port: port.to_owned(),
        }
    }

    /// What it printed, when it has had its clients.
    fn printed(mut self) -> String {
        let mut printed = String::new();
        self.output.read_to_string(&mut printed).unwrap();
        self.process.ends_well("example_smtp");
        printed
    }
}

/// An authority that has nothing to do with the server.
fn stranger(world: &World) -> String {
    let stranger = pki::authority("Stranger").issue(None);
    world.folder.file("stranger.pem", stranger.pem())
}

fn swaks(port: &str, ca: &str) -> Command {
    let mut command = Command::new("swaks");
    command.args(["--server", "localhost", "--port", port, "--tls"]);
    command.args(["--tls-verify", "--tls-ca-path", ca, "--timeout", "20"]);
    command.args(["--from", "till@example.com", "--to", "office@example.com"]);
    command.args(["--helo", "till", "--header", "Subject: till"]);
    command.args(["--body", "closed at nine\n.and a dot"]);
    command
}

fn curl(port: &str, ca: &str, mail: &str) -> Command {
    let mut command = Command::new("curl");
    command.args(["-sS", "--ssl-reqd", "--noproxy", "*", "--cacert", ca]);
    command.args(["--max-time", "30"]);
    command.args(["--resolve", &format!("localhost:{port}:127.0.0.1")]);
    command.arg(format!("smtp://localhost:{port}/till"));
    command.args(["--mail-from", "till@example.com"]);
    command.args(["--mail-rcpt", "office@example.com", "-T", mail]);
    command
}

fn holds_the_mail(printed: &str) {
    for words in [
        "TLSv1.3\n",
        "MAIL FROM:<till@example.com>",
        "RCPT TO:<office@example.com>\n",
        "| Subject: till\n",
        "| closed at nine\n",
        "| .and a dot\n",
    ] {
        assert!(printed.contains(words), "{words} in {printed}");
    }
}

#[test]
fn swaks_sends_a_mail_under_tls_and_verifies_the_server() {
    if !installed("swaks") {
        return;
    }
    let world = World::new();
    let server = MailServer::start(&world, 2);
    let sent = run(&mut swaks(&server.port, &world.ca), LIMIT);
    assert!(sent.success(), "{}", sent.report());
    assert!(sent.out.contains("=== TLS started"), "{}", sent.report());
    let sent = run(&mut swaks(&server.port, &stranger(&world)), LIMIT);
    assert!(!sent.success(), "{}", sent.report());
    let printed = server.printed();
    holds_the_mail(&printed);
    assert_eq!(printed.matches("MAIL FROM").count(), 1, "{printed}");
    let refused = format!("error {WDSOCKET_ERR_TLS_CERTIFICATE}: ");
    assert!(printed.contains(&refused), "{printed}");
}

#[test]
fn curl_sends_a_mail_under_tls_and_verifies_the_server() {
    if !installed("curl") {
        return;
    }
    let world = World::new();
    let mail = "Subject: till\r\n\r\nclosed at nine\r\n.and a dot\r\n";
    let mail = world.folder.file("mail", mail);
    let server = MailServer::start(&world, 2);
    let sent = run(&mut curl(&server.port, &world.ca, &mail), LIMIT);
    assert!(sent.success(), "{}", sent.report());
    let sent = run(&mut curl(&server.port, &stranger(&world), &mail), LIMIT);
    assert!(sent.err.contains("(60)"), "{}", sent.report());
    let printed = server.printed();
    holds_the_mail(&printed);
    assert_eq!(printed.matches("MAIL FROM").count(), 1, "{printed}");
}

#[test]
fn openssl_starts_tls_on_a_mail_server() {
    if !installed("openssl") {
        return;
    }
    let world = World::new();
    let server = MailServer::start(&world, 1);
    let address = format!("127.0.0.1:{}", server.port);
    let mut command = Command::new("openssl");
    command.args(["s_client", "-starttls", "smtp", "-crlf", "-quiet"]);
    command.args(["-CAfile", &world.ca, "-verify_return_error"]);
    command.args(["-connect", &address]).stderr(Stdio::null());
    let mut client = Process::start(&mut command);
    client.give(b"MAIL FROM:<till@example.com>\nQUIT\n");
    let printed = server.printed();
    assert!(printed.contains("MAIL FROM:<till"), "{printed}");
    client.ends_well("openssl");
}

/// A client by hand, up to the server's word to go ahead, whatever it says before.
fn goes_ahead(server: &MailServer, said: &[u8]) -> TcpStream {
    let mut client = TcpStream::connect(format!("127.0.0.1:{}", server.port)).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    client.write_all(said).unwrap();
    let mut heard = Vec::new();
    let mut some = [0; 100];
    while !heard.windows(8).any(|part| part == b"go ahead") {
        let count = client.read(&mut some).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&some[..count]);
    }
    client
}

#[test]
fn what_a_client_sends_behind_starttls_never_counts() {
    const THIEF: &[u8] = b"MAIL FROM:<thief@example.com>\r\n";
    let world = World::new();
    let in_one = |rest: &[u8]| [b"EHLO till\r\nSTARTTLS\r\n", rest].concat();
    for (said, later, told) in [
        // In one packet with it: whole commands, one whose end is missing, and a ClientHello that begins too soon.
        (in_one(THIEF), &b""[..], "in clear behind its request"),
        (in_one(b"RSE"), b"", "in clear behind its request"),
        (in_one(b"\x16\x03\x01"), b"", "in clear behind its request"),
        // And in clear where TLS is due.
        (in_one(b""), THIEF, "does not speak TLS here"),
    ] {
        let server = MailServer::start(&world, 1);
        let mut client = goes_ahead(&server, &said);
        client.write_all(later).unwrap();
        let printed = server.printed();
        let refused = format!("error {WDSOCKET_ERR_TLS_PROTOCOL}: ");
        assert!(printed.starts_with(&refused), "{printed}");
        assert!(printed.contains(told), "{printed}");
        assert!(!printed.contains("\nMAIL"), "{printed}");
    }
}

#[test]
fn without_tls_no_mail_is_taken() {
    let world = World::new();
    let server = MailServer::start(&world, 1);
    let mut client = TcpStream::connect(format!("127.0.0.1:{}", server.port)).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    client
        .write_all(b"EHLO till\r\nMAIL FROM:<till@example.com>\r\nDATA\r\nQUIT\r\n")
        .unwrap();
    let mut heard = String::new();
    client.read_to_string(&mut heard).unwrap();
    assert_eq!(heard.matches("530 5.7.0 STARTTLS first").count(), 2);
    assert_eq!(server.printed(), "");
}
