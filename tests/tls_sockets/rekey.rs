//! OpenSSL's own programs ask for new keys between messages, by the letters that one types: KeyUpdate in
//! TLS 1.3, renegotiation in TLS 1.2.

use crate::common::process::{LIMIT, Process, installed};
use crate::common::secure::Secure;
use crate::world::{TLS1_2, TLS1_3, Version, World};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use wdsocket::constants::*;

/// OpenSSL's s_client or s_server, whose other end is ours and sends back what comes.
struct Typing {
    role: &'static str,
    program: Process,
    lines: Receiver<String>,
    /// What it says of the messages of the handshakes.
    messages: String,
}

impl Typing {
    fn into(role: &'static str, version: &Version, world: &World, more: &[&str]) -> Typing {
        let messages = world.folder.file(&format!("{role}.messages"), "");
        let option = format!("-{}", version.name.replace("TLSv", "tls").replace('.', "_"));
        // Some of what it says goes to its standard error.
        let mut command = Command::new("sh");
        command.env("OPENSSL_CONF", "/dev/null");
        command.args(["-c", "exec openssl \"$@\" 2>&1", "sh"]);
        command.args([role, &option, "-msg", "-msgfile", &messages]);
        let mut program = Process::start(command.args(more));
        let pipe = program.0.stdout.take().expect("its output is a pipe");
        Typing {
            role,
            lines: lines_of(pipe),
            program,
            messages,
        }
    }

    /// Waits until it is connected: what is typed before may end it.
    fn connected(mut self) -> Typing {
        self.until(|line| line.starts_with("Secure Renegotiation IS"));
        self
    }

    fn until(&mut self, wanted: impl Fn(&str) -> bool) {
        while !wanted(&self.lines.recv().expect("it says more")) {}
    }

    /// Types a line and waits until our end has sent it back.
    fn talk(&mut self, line: &str) {
        self.program.give(format!("{line}\n").as_bytes());
        self.until(|back| back == line);
    }

    /// Types a command and waits until it was taken: of what is typed together only the first line counts.
    fn command(&mut self, letter: &str) {
        let key_updates = self.count(">>>", "KeyUpdate");
        self.program.give(format!("{letter}\n").as_bytes());
        match (self.role, letter) {
            // The client notes it for its next message.
            ("s_client", "R") => self.until(|line| line == "RENEGOTIATING"),
            ("s_client", _) => self.until(|line| line == "KEYUPDATE"),
            (_, "r") => self.until(|line| line == "SSL_do_handshake -> 1"),
            // The server says so too late, but its list of messages is written at once.
            _ => {
                let end = Instant::now() + LIMIT;
                while self.count(">>>", "KeyUpdate") == key_updates {
                    assert!(Instant::now() < end, "no KeyUpdate is sent");
                    thread::sleep(Duration::from_millis(1));
                }
            }
        }
    }

    /// How many messages of this kind it has sent (">>>") or received ("<<<").
    fn count(&self, direction: &str, kind: &str) -> usize {
        let text = fs::read_to_string(&self.messages).expect("its list of messages");
        let of_kind = |line: &&str| line.starts_with(direction) && line.ends_with(kind);
        text.lines().filter(of_kind).count()
    }
}

fn lines_of(pipe: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// Our server that sends back what comes, and s_client in front of it.
fn client_of_ours(version: &Version, world: &World) -> (Secure, Typing) {
    let server = world.serve("echo");
    let address = format!("127.0.0.1:{}", server.port);
    let client = Typing::into("s_client", version, world, &["-connect", &address]);
    (server, client.connected())
}

/// s_server, and our client that sends back what comes.
fn server_of_ours(version: &Version, world: &World) -> (Secure, Typing) {
    let more = [
        "-accept",
        "127.0.0.1:0",
        "-naccept",
        "1",
        "-cert",
        &world.server,
    ];
    let mut server = Typing::into("s_server", version, world, &more);
    let port = server.program.port().to_string();
    let client = world.connect(&port, "echo");
    (client, server.connected())
}

/// Ends both. OpenSSL's client says goodbye with a close_notify, its server without.
fn end(ours: Secure, mut typing: Typing) {
    typing.program.give(b"Q\n");
    let said = ours.said();
    if let Some((code, text)) = &said.error {
        assert_eq!(*code, WDSOCKET_ERR_LOST, "{text}");
        assert!(text.contains("the server ended"), "{text}");
    }
}

#[test]
fn key_updates_of_openssls_programs_are_followed_and_answered() {
    if !installed("openssl") {
        return;
    }
    let world = World::new();
    for (ours, mut typing) in [
        client_of_ours(&TLS1_3, &world),
        server_of_ours(&TLS1_3, &world),
    ] {
        typing.talk("before");
        // "K" asks our side for a new key as well, "k" does not.
        for (letter, sent, received) in [("K", 1, 1), ("k", 2, 1), ("K", 3, 2)] {
            typing.command(letter);
            typing.talk("after the new key");
            assert_eq!(typing.count(">>>", "KeyUpdate"), sent);
            assert_eq!(typing.count("<<<", "KeyUpdate"), received);
        }
        end(ours, typing);
    }
}

#[test]
fn a_renegotiation_that_openssls_server_asks_for_goes_through() {
    if !installed("openssl") {
        return;
    }
    let world = World::new();
    let (ours, mut typing) = server_of_ours(&TLS1_2, &world);
    typing.talk("before");
    for round in 1..=3 {
        typing.command("r");
        typing.talk("after the new handshake");
        assert_eq!(typing.count(">>>", "HelloRequest"), round);
        assert_eq!(typing.count("<<<", "ClientHello"), round + 1);
        assert_eq!(typing.count("<<<", "Finished"), round + 1);
    }
    end(ours, typing);
}

#[test]
fn a_renegotiation_that_openssls_client_asks_for_is_refused() {
    if !installed("openssl") {
        return;
    }
    let world = World::new();
    let (ours, mut typing) = client_of_ours(&TLS1_2, &world);
    typing.talk("before");
    typing.command("R");
    // The client gives up on hearing that there is none.
    let said = ours.said();
    assert_eq!(typing.count(">>>", "ClientHello"), 2);
    assert_eq!(typing.count("<<<", "warning no_renegotiation"), 1);
    assert_eq!(typing.count("<<<", "ServerHello"), 1);
    said.failed(
        WDSOCKET_ERR_TLS_PROTOCOL,
        &["the client ended TLS with an alert", "handshake failure"],
    );
}
