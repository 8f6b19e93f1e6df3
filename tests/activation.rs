//! Sockets that systemd hands over: by a script that does what it does, and by its own program.
#![cfg(target_os = "linux")]

mod common;
#[path = "tls/pki.rs"]
#[allow(dead_code)]
mod pki;

use common::process::{LIMIT, Process, connect_to, free_port, installed};
use common::{build, run, skip};
use pki::Folder;
use std::io::{BufRead, BufReader, Read};
use std::process::Command;
use wdsocket::constants::*;

/// Listens on "one" and "two", has UDP "three", tells their ports and becomes the program; PROCESS is what it says of whom
/// they are for.
const LAUNCHER: &str = r#"
import fcntl, os, socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0)),
           socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
sockets[2].bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets), flush=True)
high = [fcntl.fcntl(one, fcntl.F_DUPFD, 20) for one in sockets]
for place, one in enumerate(high, 3):
    os.dup2(one, place)
os.environ.update(LISTEN_PID=str(os.getpid() + int(sys.argv[1])), LISTEN_FDS="3", LISTEN_FDNAMES="one:two:three")
os.execv(sys.argv[2], sys.argv[2:])
"#;

/// The ports that were handed over, and what the program says.
fn launched(other_process: &str, words: &[&str]) -> (Vec<String>, Process, Box<dyn BufRead>) {
    let mut command = Command::new("/usr/bin/python3");
    command.args(["-c", LAUNCHER, other_process]);
    command.arg(build("activated.c", &[])).args(words);
    let mut process = Process::start(&mut command);
    let pipe = process.0.stdout.take().expect("its output is a pipe");
    let mut output = BufReader::new(pipe);
    let mut line = String::new();
    output.read_line(&mut line).expect("the ports");
    let ports = line.split_whitespace().map(str::to_owned).collect();
    (ports, process, Box::new(output))
}

fn said(words: &[&str]) -> (Vec<String>, Vec<String>) {
    let (ports, mut process, output) = launched("0", words);
    let lines = output.lines().map(|line| line.expect("a line")).collect();
    process.ends_well("activated");
    (ports, lines)
}

fn port(number: &str) -> String {
    format!("port {number}")
}

#[test]
fn a_server_takes_the_socket_of_its_name_or_the_next() {
    let tcp = [
        "tcp",
        "systemd:two",
        "tcp",
        "systemd:",
        "udp",
        "systemd:three",
    ];
    let (ports, lines) = said(&tcp);
    assert_eq!(lines, [port(&ports[1]), port(&ports[0]), port(&ports[2])]);
    // Of UDP the first that is one, whatever its place.
    let (ports, lines) = said(&["udp", "systemd:", "tcp", "systemd:one"]);
    assert_eq!(lines, [port(&ports[2]), port(&ports[0])]);
}

#[test]
fn what_is_not_there_is_said_with_the_units_words() {
    let words = [
        "tcp",
        "systemd:",
        "tcp",
        "systemd:one",
        "close",
        "tcp",
        "systemd:one",
        "tcp",
        "systemd:three",
        "udp",
        "systemd:two",
    ];
    let (ports, lines) = said(&words);
    let none = |kind: &str, name: &str| {
        format!(
            "error {WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE} SocketCreate{kind}Id: systemd has handed over no {} of the name \"{name}\" that is not taken yet: FileDescriptorName= gives it.",
            if kind.is_empty() {
                "listening socket (ListenStream=)"
            } else {
                "UDP socket (ListenDatagram=)"
            }
        )
    };
    let expected = [
        port(&ports[0]),
        none("", "one"),
        none("", "one"),
        none("", "three"),
        none("UDP", "two"),
    ];
    assert_eq!(lines, expected);
    let (_, lines) = said(&["port", "80", "systemd:one"]);
    assert!(
        lines[0].starts_with(&format!("error {WDSOCKET_ERR_INVALID_ARGUMENT} ")),
        "{lines:?}"
    );
    assert!(lines[0].contains("give port 0, not 80"), "{lines:?}");
}

#[test]
fn sockets_for_another_process_are_none_of_ours() {
    let (_, mut process, output) = launched("1", &["tcp", "systemd:"]);
    let line = output.lines().next().expect("a line").expect("text");
    assert!(
        line.starts_with(&format!("error {WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE} ")),
        "{line}"
    );
    assert!(line.contains("to this process"), "{line}");
    process.ends_well("activated");
}

#[test]
fn what_could_not_be_used_stays_for_another_attempt() {
    let folder = Folder::new();
    let root = pki::authority("Root").issue(None);
    let certificate = folder.file(
        "server.pem",
        pki::server().issue(Some(&root)).with_chain(&[]),
    );
    let words = [
        "tls",
        "systemd:one",
        "/no/such/file",
        "tls",
        "systemd:one",
        &certificate,
    ];
    let (ports, lines) = said(&words);
    assert!(
        lines[0].starts_with(&format!("error {WDSOCKET_ERR_CERTIFICATE} ")),
        "{lines:?}"
    );
    assert_eq!(lines[1..], [port(&ports[0])]);
}

#[test]
fn a_client_that_came_before_the_program_is_served() {
    if !installed("systemd-socket-activate") {
        skip(
            "socket activation by systemd: systemd-socket-activate (package systemd) is not installed",
        );
        return;
    }
    let port = free_port().to_string();
    let mut command = Command::new("systemd-socket-activate");
    command.args(["--fdname=door", "-l", &format!("127.0.0.1:{port}")]);
    command
        .arg(build("activated.c", &[]))
        .args(["tcp", "systemd:door", "greet"]);
    let mut process = Process::start_silent(&mut command);
    // The program is started by its first client.
    let mut client = connect_to(&port);
    let mut text = Vec::new();
    client.set_read_timeout(Some(LIMIT)).expect("a limit");
    client
        .read_to_end(&mut text)
        .expect("what the program says");
    assert_eq!(text, b"5\r\nhello");
    process.ends_well("activated");
}

#[test]
fn nothing_is_handed_over_without_systemd() {
    let mut command = Command::new(build("activated.c", &[]));
    let told = run(
        command.args(["tcp", "systemd:"]).env_remove("LISTEN_PID"),
        LIMIT,
    );
    assert!(
        told.out.contains("start it by its .socket unit"),
        "{}",
        told.report()
    );
}
