//! Clients that only give work to do: new keys without end (RFC 8446, section 4.6.3).

use crate::common::process::{LIMIT, Process};
use crate::common::{build, wait};
use crate::world::World;
use foreign_types::ForeignTypeRef;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream, SslVerifyMode};
use std::ffi::c_int;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;

unsafe extern "C" {
    fn SSL_key_update(ssl: *mut openssl_sys::SSL, kind: c_int) -> c_int;
}

/// openssl/ssl.h: the other side need not change its key.
const SSL_KEY_UPDATE_NOT_REQUESTED: c_int = 0;
/// What a client sends. Taken in one go it keeps an endpoint busy for more than a second.
const FLOOD: usize = 6 << 20;

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
