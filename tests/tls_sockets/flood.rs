//! Peers that only give work to do: clients with new keys, servers with session tickets, without end (RFC 8446, sections
//! 4.6.1 and 4.6.3).

use crate::common::process::{LIMIT, Process};
use crate::common::secure::Secure;
use crate::common::{build, wait};
use crate::peer;
use crate::world::{World, words};
use foreign_types::ForeignTypeRef;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream, SslVerifyMode};
use std::ffi::c_int;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use wdsocket::constants::WDSOCKET_ERR_TLS_PROTOCOL;

unsafe extern "C" {
    fn SSL_new_session_ticket(ssl: *mut openssl_sys::SSL) -> c_int;
    fn SSL_key_update(ssl: *mut openssl_sys::SSL, kind: c_int) -> c_int;
}

/// openssl/ssl.h: the other side need not change its key.
const SSL_KEY_UPDATE_NOT_REQUESTED: c_int = 0;
/// What a client sends. Taken in one go it keeps an endpoint busy for more than a second.
const FLOOD: usize = 6 << 20;
/// How many tickets a server sends, of some 250 bytes each.
const TICKETS: usize = 20_000;

/// A socket for the handshake; afterwards what is sent is put aside, to go out as fast as it can.
#[derive(Debug)]
struct Bottled {
    socket: TcpStream,
    bottle: Option<Vec<u8>>,
}

impl Read for Bottled {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.bottle {
            None => self.socket.read(buffer),
            Some(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Bottled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.bottle {
            None => self.socket.write(bytes),
            Some(bottle) => bottle.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn bottle(stream: &SslStream<Bottled>) -> usize {
    stream.get_ref().bottle.as_ref().map_or(0, Vec::len)
}

/// Connects, makes the flood ready, says "bad" and sends all of it until the other side has had enough.
fn flood(port: u16) {
    let mut context = SslContext::builder(SslMethod::tls_client()).unwrap();
    context.set_verify(SslVerifyMode::NONE);
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_write_timeout(Some(LIMIT)).unwrap();
    let link = Bottled {
        socket,
        bottle: None,
    };
    let mut stream = Ssl::new(&context.build()).unwrap().connect(link).unwrap();
    stream.get_mut().bottle = Some(Vec::new());
    stream.write_all(b"3\r\nbad").unwrap();
    while bottle(&stream) < FLOOD {
        let ssl = stream.ssl().as_ptr();
        // SAFETY: the connection is alive, and nothing else uses it during the call.
        let asked = unsafe { SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) };
        assert_eq!(asked, 1);
        stream.do_handshake().unwrap();
    }
    let link = stream.get_mut();
    let bytes = link.bottle.take().unwrap();
    let _ = link.socket.write_all(&bytes);
    // It stays until the other side ends it.
    let _ = io::copy(&mut link.socket, &mut io::sink());
}

fn holds_up_nobody(family: &str) {
    let world = World::new();
    let mut command = Command::new(build("tls_flood.c", &[family]));
    command.args([&world.server, &world.ca]);
    let mut ours = Process::start(&mut command);
    let output = BufReader::new(ours.0.stdout.take().expect("its output is a pipe"));
    let (mut said, mut clients) = (Vec::new(), Vec::new());
    for line in output.lines().map_while(Result::ok) {
        match line.strip_prefix("port ") {
            Some(port) => {
                let port = port.parse().unwrap();
                clients.push(thread::spawn(move || flood(port)));
            }
            None => said.push(line),
        }
    }
    let ended = wait(&mut ours.0, LIMIT);
    assert!(ended.is_some_and(|status| status.success()), "{said:#?}");
    assert_eq!(said.len(), 4, "{said:#?}");
    for client in clients {
        client.join().unwrap();
    }
}

#[test]
fn new_keys_without_end_hold_up_nobody_by_name() {
    holds_up_nobody("-DBY_NAME");
}

#[test]
fn new_keys_without_end_hold_up_nobody_by_id() {
    holds_up_nobody("-DBY_ID");
}

#[test]
fn a_server_that_sends_session_tickets_without_end_is_dropped() {
    let world = World::new();
    let context = peer::context(&world.server);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let server = thread::spawn(move || {
        let socket = listener.accept().unwrap().0;
        socket.set_write_timeout(Some(LIMIT)).unwrap();
        let mut stream = Ssl::new(&context).unwrap().accept(socket).unwrap();
        for _ in 0..TICKETS {
            // SAFETY: the connection is alive, and nothing else uses it during the call.
            let asked = unsafe { SSL_new_session_ticket(stream.ssl().as_ptr()) };
            if asked != 1 || stream.do_handshake().is_err() {
                break; // the client has had enough
            }
        }
    });
    let client = ["connect", &port, "localhost", "0", "", "read"];
    let said = Secure::run(&words(&[&world.trust(), &client]));
    said.failed(
        WDSOCKET_ERR_TLS_PROTOCOL,
        &["the server was dropped", "session tickets"],
    );
    server.join().unwrap();
}
