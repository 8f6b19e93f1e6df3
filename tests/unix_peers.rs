//! Unix sockets with programs that are not ours: socat, curl and Python, as clients and as servers.
#![cfg(target_os = "linux")]

mod common;

use common::process::{LIMIT, Process, installed};
use common::run;
use std::ffi::{CString, c_char};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::ptr::null;
use std::thread;
use std::time::{Duration, Instant};
use wdsocket::constants::*;
use wdsocket::ffi::*;

/// A path for a socket, whose folder goes with it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Place {
        let folder = std::env::temp_dir().join(format!("wdsocket-{name}-{}", std::process::id()));
        fs::create_dir(&folder).expect("a folder");
        Place(folder)
    }

    fn path(&self) -> String {
        format!("{}/socket", self.0.display())
    }

    fn address(&self) -> CString {
        CString::new(format!("unix:{}", self.path())).expect("no NUL")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Reads what is there, without frames, as text.
fn read(id: i32) -> String {
    let mut room = [0_u8; 4096];
    // SAFETY: the buffer is as large as is said.
    let length = unsafe { SocketReadId(id, 0, 20_000, room.as_mut_ptr().cast(), 4096) };
    assert!(length >= 0, "a message: {length}");
    String::from_utf8_lossy(&room[..length as usize]).into_owned()
}

fn write(id: i32, text: &str) {
    // SAFETY: the text is as long as is said.
    let done = unsafe { SocketWriteId(id, text.as_ptr().cast(), text.len() as i32) };
    assert_eq!(done, 1);
}

/// A server of ours at that place; it answers one client.
fn serve(place: &Place, answer: &'static str) -> thread::JoinHandle<String> {
    let address = place.address();
    // SAFETY: the text ends with a NUL.
    let server = unsafe { SocketCreateId(0, address.as_ptr()) } as i32;
    assert!(server > 0, "{server}");
    thread::spawn(move || {
        // SAFETY: numbers and NULL alone.
        unsafe { SocketChangeTransmissionModeId(server, SocketNoEndTag, null(), 0) };
        let heard = read(server);
        write(server, answer);
        let mut user = [0 as c_char; 32];
        // SAFETY: the buffer is as large as is said.
        assert!(unsafe { SocketClientInfoId(server, SocketPeerUser, user.as_mut_ptr(), 32) } > 0);
        // SAFETY: a number.
        unsafe { SocketCloseId(server) };
        heard
    })
}

/// A client of ours, once somebody listens there; what it is answered.
fn ask(place: &Place, question: &str) -> String {
    let end = Instant::now() + LIMIT;
    let address = place.address();
    let client = loop {
        // SAFETY: the text ends with a NUL.
        let client = unsafe { SocketConnectId(0, address.as_ptr(), 5_000) } as i32;
        if client > 0 {
            break client;
        }
        assert_eq!(client, -WDSOCKET_ERR_REFUSED);
        assert!(Instant::now() < end, "nobody listens");
        thread::sleep(Duration::from_millis(10));
    };
    // SAFETY: numbers and NULL alone.
    unsafe { SocketChangeTransmissionModeId(client, SocketNoEndTag, null(), 0) };
    write(client, question);
    let answer = read(client);
    // SAFETY: a number.
    unsafe { SocketCloseId(client) };
    answer
}

#[test]
fn curl_fetches_a_page_from_our_server() {
    if !installed("curl") {
        return;
    }
    let place = Place::new("curl");
    let server = serve(
        &place,
        "HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\nBonjour",
    );
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--max-time", "30", "--unix-socket"]);
    let page = run(curl.args([&place.path(), "http://localhost/"]), LIMIT);
    assert!(page.success(), "{}", page.report());
    assert_eq!(page.out, "Bonjour");
    assert!(server.join().expect("it ends").starts_with("GET / HTTP"));
}

#[test]
fn socat_talks_to_our_server_and_our_client_to_socat() {
    if !installed("socat") {
        return;
    }
    let place = Place::new("socat");
    let server = serve(&place, "welcome");
    let mut socat = Process::start(
        Command::new("socat").args(["STDIO,ignoreeof", &format!("UNIX-CONNECT:{}", place.path())]),
    );
    let said = socat.output();
    socat.give(b"hello");
    assert_eq!(server.join().expect("it ends"), "hello");
    assert_eq!(said.join().expect("its output"), b"welcome");
    let listen = format!("UNIX-LISTEN:{},unlink-early", place.path());
    let mut socat = Process::start(Command::new("socat").args([listen.as_str(), "SYSTEM:cat"]));
    assert_eq!(ask(&place, "echo"), "echo");
    socat.ends_well("socat");
}

#[test]
fn python_talks_to_our_server_and_our_client_to_python() {
    if !installed("python3") {
        return;
    }
    let place = Place::new("python");
    let server = serve(&place, "welcome");
    let client = "import socket, sys\n\
        s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])\n\
        s.sendall(b'hello'); print(s.recv(100).decode())";
    let said = run(
        Command::new("python3").args(["-c", client, &place.path()]),
        LIMIT,
    );
    assert_eq!(said.out.trim(), "welcome", "{}", said.report());
    assert_eq!(server.join().expect("it ends"), "hello");
    let server = "import socket, sys\n\
        s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1)\n\
        c = s.accept()[0]; c.settimeout(20); c.sendall(c.recv(100).upper())";
    let mut python = Process::start(Command::new("python3").args(["-c", server, &place.path()]));
    assert_eq!(ask(&place, "echo"), "ECHO");
    python.ends_well("python3");
}
