//! The library against programs that are not ours, over real sockets: exact bytes both ways.
//!
//! Our side is `c_tests/sockets/interop.c`, driven by arguments. The other side relays bytes: what it gets on
//! its standard input it sends, what it receives it prints.
#![cfg(target_os = "linux")]

mod common;

use common::process::{Process, from_hex, hex, installed};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Command;

// --- the programs -----------------------------------------------------------------------------

/// Our side. Returns once it listens (with its port) or, as a client, at once.
struct Ours {
    process: Process,
    output: BufReader<std::process::ChildStdout>,
}

impl Ours {
    fn start(arguments: &[String]) -> Ours {
        let program = common::build("interop.c", &[]);
        let mut process = Process::start(Command::new(program).args(arguments));
        let pipe = process.0.stdout.take().expect("its output is a pipe");
        Ours {
            process,
            output: BufReader::new(pipe),
        }
    }

    fn port(&mut self) -> u16 {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        let port = line.strip_prefix("port ").expect("the port comes first");
        port.trim().parse().expect("a port is a number")
    }

    /// What it received, one entry for each action that reads.
    fn received(mut self) -> Vec<Vec<u8>> {
        let mut text = String::new();
        let _ = self.output.read_to_string(&mut text);
        self.process.ends_well("interop.c");
        text.lines()
            .map(|line| from_hex(line.split_once(' ').map_or("", |(_, hex)| hex)))
            .collect()
    }
}

// --- the modes --------------------------------------------------------------------------------

struct Mode {
    argument: &'static str,
    /// What follows each message on the wire; `None` = its length goes before it.
    tag: Option<&'static [u8]>,
    framed: bool,
}

#[rustfmt::skip]
const MODES: [Mode; 6] = [
    Mode { argument: "mode=size", tag: None, framed: true },
    Mode { argument: "mode=tag:", tag: Some(b"<EOF>"), framed: true },
    Mode { argument: "mode=tag:0d0a", tag: Some(b"\r\n"), framed: true },
    Mode { argument: "mode=tagbuffer:00ff00", tag: Some(b"\x00\xff\x00"), framed: true },
    Mode { argument: "mode=tagbuffer:", tag: Some(b"<EOF>"), framed: true },
    Mode { argument: "mode=none", tag: Some(b""), framed: false },
];

impl Mode {
    fn wire(&self, messages: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for message in messages {
            if self.tag.is_none() {
                bytes.extend(format!("{}\r\n", message.len()).bytes());
            }
            bytes.extend(message);
            bytes.extend(self.tag.unwrap_or_default());
        }
        bytes
    }

    /// Messages that try the mode: text, binary with zeros, an empty one, and one of several packets.
    fn messages(&self, first: &str) -> Vec<Vec<u8>> {
        // A message must not hold its own end tag: LF and 0xFF are left out, `<EOF>` is not in it.
        let binary = (0..=255u8).filter(|b| ![b'\n', 0xff].contains(b));
        let mut messages = vec![
            first.as_bytes().to_vec(),
            binary.collect(),
            vec![b'x'; 9000],
        ];
        if self.framed {
            messages.insert(1, Vec::new());
        }
        messages
    }
}

// --- the exchange -----------------------------------------------------------------------------

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Client,
    Standard,
    Simplified,
}

#[derive(Clone, Copy)]
enum Peer {
    Ncat,
    Socat,
    Python,
}

/// Sends its input byte by byte, so that headers and tags come in pieces.
const PYTHON_RELAY: &str = "
import socket, sys
if sys.argv[1] == 'connect':
    s = socket.create_connection(('127.0.0.1', int(sys.argv[2])))
else:
    s = socket.create_server(('127.0.0.1', 0)).accept()[0]
s.settimeout(50)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
data = sys.stdin.buffer.read()
for i in range(0, 1000):
    s.sendall(data[i:i + 1])
s.sendall(data[1000:])
while True:
    data = s.recv(65536)
    if not data:
        break
    sys.stdout.buffer.write(data)
sys.stdout.buffer.flush()
";

impl Peer {
    fn program(self) -> &'static str {
        match self {
            Peer::Ncat => "ncat",
            Peer::Socat => "socat",
            Peer::Python => "python3",
        }
    }

    fn connect(self, port: u16) -> Process {
        let port = port.to_string();
        let mut command = Command::new(self.program());
        match self {
            Peer::Ncat => command.args(["127.0.0.1", &port]),
            Peer::Socat => command.args(["-t20", &format!("TCP:127.0.0.1:{port}"), "-"]),
            Peer::Python => command.args(["-c", PYTHON_RELAY, "connect", &port]),
        };
        Process::start(&mut command)
    }

    fn listen(self) -> Process {
        let mut command = Command::new(self.program());
        match self {
            Peer::Ncat => command.args(["-l", "127.0.0.1", "0"]),
            Peer::Socat => command.args(["-t20", "TCP-LISTEN:0,bind=127.0.0.1", "-"]),
            Peer::Python => command.args(["-c", PYTHON_RELAY, "listen"]),
        };
        Process::start(&mut command)
    }

    /// Hands over what to send; the Python relay takes its input whole.
    fn send(self, process: &mut Process, bytes: &[u8]) {
        process.give(bytes);
        if let Peer::Python = self {
            process.0.stdin = None;
        }
    }
}

fn reading_actions(mode: &Mode, messages: &[Vec<u8>]) -> Vec<String> {
    if mode.framed {
        return vec!["read".to_string(); messages.len()];
    }
    vec![format!("take={}", messages.concat().len())]
}

fn exchange(peer: Peer, role: Role, mode: &Mode) {
    let sent_by_us = mode.messages("from us");
    let sent_by_peer = mode.messages("from the peer");
    let writes = sent_by_us.iter().map(|m| format!("write={}", hex(m)));
    let reads = reading_actions(mode, &sent_by_peer);

    let mut arguments = vec![mode.argument.to_string()];
    if role == Role::Simplified {
        // It has nobody to write to before its first read.
        arguments.extend(reads);
        arguments.extend(writes);
    } else {
        arguments.extend(writes);
        arguments.extend(reads);
    }

    let (ours, mut theirs) = match role {
        Role::Client => {
            let mut theirs = peer.listen();
            let port = theirs.port().to_string();
            arguments.splice(0..0, ["connect".to_string(), port]);
            (Ours::start(&arguments), theirs)
        }
        Role::Standard | Role::Simplified => {
            let word = if role == Role::Standard {
                "standard"
            } else {
                "simple"
            };
            arguments.insert(0, word.to_string());
            let mut ours = Ours::start(&arguments);
            let port = ours.port();
            (ours, peer.connect(port))
        }
    };
    let printed_by_peer = theirs.output();
    peer.send(&mut theirs, &mode.wire(&sent_by_peer));

    let received_by_us = ours.received();
    theirs.0.stdin = None;
    theirs.ends_well(peer.program());
    let received_by_peer = printed_by_peer.join().expect("the peer's output");

    let expected = if mode.framed {
        sent_by_peer
    } else {
        vec![sent_by_peer.concat()]
    };
    assert!(
        received_by_us == expected,
        "{}: we received {received_by_us:02x?}",
        mode.argument
    );
    assert!(
        received_by_peer == mode.wire(&sent_by_us),
        "{}: the peer received {}",
        mode.argument,
        hex(&received_by_peer)
    );
}

fn exact_bytes_both_ways(peer: Peer, role: Role) {
    if installed(peer.program()) {
        for mode in &MODES {
            exchange(peer, role, mode);
        }
    }
}

macro_rules! exact_bytes {
    ($($test:ident: $peer:ident, $role:ident;)+) => {
        $(#[test] fn $test() { exact_bytes_both_ways(Peer::$peer, Role::$role); })+
    };
}

exact_bytes! {
    client_of_ncat_exchanges_exact_bytes_in_every_mode: Ncat, Client;
    client_of_socat_exchanges_exact_bytes_in_every_mode: Socat, Client;
    client_of_python_exchanges_exact_bytes_in_every_mode: Python, Client;
    standard_server_exchanges_exact_bytes_with_ncat_in_every_mode: Ncat, Standard;
    standard_server_exchanges_exact_bytes_with_socat_in_every_mode: Socat, Standard;
    standard_server_exchanges_exact_bytes_with_python_in_every_mode: Python, Standard;
    simplified_server_exchanges_exact_bytes_with_ncat_in_every_mode: Ncat, Simplified;
    simplified_server_exchanges_exact_bytes_with_socat_in_every_mode: Socat, Simplified;
    simplified_server_exchanges_exact_bytes_with_python_in_every_mode: Python, Simplified;
}

// --- real servers -----------------------------------------------------------------------------

#[test]
fn end_tag_mode_speaks_the_line_protocol_of_memcached() {
    if !installed("memcached") {
        return;
    }
    let mut server = Process::start_silent(
        Command::new("memcached").args("-p -1 -U 0 -l 127.0.0.1 -u nobody -m 8".split(' ')),
    );
    let mut arguments = vec![
        "connect".to_string(),
        server.port().to_string(),
        "mode=tag:0d0a".to_string(),
    ];
    let dialogue = [
        (">", "set greeting 0 0 17"),
        (">", "Bonjour tout le m"),
        ("<", "STORED"),
        (">", "get greeting"),
        ("<", "VALUE greeting 0 17"),
        ("<", "Bonjour tout le m"),
        ("<", "END"),
        (">", "incr nothing 1"),
        ("<", "NOT_FOUND"),
    ];
    let mut expected = Vec::new();
    for (direction, line) in dialogue {
        if direction == ">" {
            arguments.push(format!("write={}", hex(line.as_bytes())));
        } else {
            arguments.push("read".to_string());
            expected.push(line.to_string());
        }
    }
    let received: Vec<String> = Ours::start(&arguments)
        .received()
        .into_iter()
        .map(|line| String::from_utf8_lossy(&line).into_owned())
        .collect();
    assert_eq!(received, expected);
}

/// A folder of this test's own that goes away with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn raw_mode_fetches_a_file_from_an_http_server_byte_for_byte() {
    if !installed("python3") {
        return;
    }
    let folder = Folder(common::build_folder().join(format!("http-{}", std::process::id())));
    fs::create_dir_all(&folder.0).expect("create a folder");
    let content: Vec<u8> = (0..300_000u32)
        .map(|i| (i.wrapping_mul(i) >> 7) as u8)
        .collect();
    fs::write(folder.0.join("file.bin"), &content).expect("write the file");
    let mut server = Process::start_silent(
        Command::new("python3")
            .args("-m http.server 0 --bind 127.0.0.1".split(' '))
            .current_dir(&folder.0),
    );
    let request = b"GET /file.bin HTTP/1.0\r\n\r\n";
    let answer = Ours::start(&[
        "connect".to_string(),
        server.port().to_string(),
        "mode=none".to_string(),
        format!("write={}", hex(request)),
        "rest".to_string(),
    ])
    .received()
    .concat();
    let head = answer
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .expect("the end of the answer's head");
    assert!(answer.starts_with(b"HTTP/1.0 200 OK\r\n"));
    assert!(answer[head + 4..] == content, "the file came differently");
}
