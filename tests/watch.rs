//! Watches: what they tell, to whom, and while what else goes on.

mod common;
#[path = "tls/pki.rs"]
#[allow(dead_code)] // Shared with the tests of TLS.
mod pki;

use common::{assert_promises, build, run};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

promises! {
    both_families;
    what_is_ready: "watch_ready.c", 19;
    members: "watch_members.c", 14;
    other_threads: "watch_threads.c", 12;
    datagrams: "watch_udp.c", 4;
    handle: "watch_handle.c", 8;
    a_window_s_loop: "watch_message.c", 1;
    room_to_write: "watch_writable.c", 10;
    order: "watch_fair.c", 6;
    hundreds_of_clients: "watch_echo.c", 1;
}

promises! {
    once;
    threads_against_threads: "watch_race.c", 1;
    thousands_of_clients: "watch_many.c", 2;
}

#[test]
#[ignore = "long: a minute"]
fn threads_against_threads_for_a_minute() {
    let program = build("watch_race.c", &[]);
    let outcome = run(Command::new(program).arg("60"), Duration::from_secs(200));
    assert_promises(&outcome, 1);
}

fn over_tls(family: &str) {
    let folder = pki::Folder::new();
    let certificate = folder.file("server.pem", pki::server().issue(None).with_chain(&[]));
    let program = build("watch_tls.c", &[family]);
    let outcome = run(
        Command::new(program).arg(certificate),
        Duration::from_secs(200),
    );
    assert_promises(&outcome, 5);
}

#[test]
fn over_tls_by_name() {
    over_tls("-DBY_NAME");
}

#[test]
fn over_tls_by_id() {
    over_tls("-DBY_ID");
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_example_serves_many_clients_with_one_thread() {
    let program = build("example_watch_server.c", &[]);
    let mut server = Server(
        Command::new(program)
            .arg("0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("start the example"),
    );
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().expect("its output is a pipe"))
        .read_line(&mut line)
        .expect("a line");
    let port: u16 = line
        .strip_prefix("listening on port ")
        .and_then(|port| port.trim().parse().ok())
        .expect("the port comes first");
    let mut clients: Vec<_> = (0..50)
        .map(|_| {
            let client = TcpStream::connect(("127.0.0.1", port)).expect("connect");
            let limit = Some(Duration::from_secs(20));
            client.set_read_timeout(limit).expect("set a time limit");
            client
        })
        .collect();
    for round in 0..3 {
        for (number, client) in clients.iter_mut().enumerate() {
            let message = format!("message {round} of client {number}");
            write!(client, "{}\r\n{message}", message.len()).expect("send");
        }
        for (number, client) in clients.iter_mut().enumerate() {
            let message = format!("message {round} of client {number}");
            let expected = format!("{}\r\n{message}", message.len());
            let mut answer = vec![0; expected.len()];
            client.read_exact(&mut answer).expect("an answer");
            assert_eq!(String::from_utf8_lossy(&answer), expected);
        }
        clients.truncate(clients.len() / 2);
    }
}
