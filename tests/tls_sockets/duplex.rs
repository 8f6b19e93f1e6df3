//! Both directions of one connection at once, while the peer, on OpenSSL alone, asks for new keys.

use crate::common::process::{LIMIT, Process};
use crate::common::{assert_promises, build, run};
use crate::peer;
use crate::world::{TLS1_2, TLS1_3, Version, World};
use foreign_types::ForeignTypeRef;
use openssl::ssl::{
    ErrorCode, Ssl, SslContext, SslContextBuilder, SslMethod, SslMode, SslRef, SslStream,
    SslVerifyMode,
};
use std::ffi::c_int;
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::process::Command;
use std::thread;
use std::time::Duration;

unsafe extern "C" {
    fn SSL_key_update(ssl: *mut openssl_sys::SSL, kind: c_int) -> c_int;
    fn SSL_renegotiate(ssl: *mut openssl_sys::SSL) -> c_int;
}

/// openssl/ssl.h: the peer shall change its key as well.
const SSL_KEY_UPDATE_REQUESTED: c_int = 1;
const PIECE: usize = 16 * 1024;

/// How the peer asks for new keys.
#[derive(Clone, Copy, PartialEq)]
enum Rekey {
    KeyUpdate,
    Renegotiation,
}

impl Rekey {
    fn ask(self, ssl: &SslRef) {
        // SAFETY: the connection is valid, and both only note what the next call is to do.
        let done = unsafe {
            match self {
                Rekey::KeyUpdate => SSL_key_update(ssl.as_ptr(), SSL_KEY_UPDATE_REQUESTED),
                Rekey::Renegotiation => SSL_renegotiate(ssl.as_ptr()),
            }
        };
        assert_eq!(done, 1);
    }
}

/// The same as `byte_at` of the C program.
fn byte_at(place: usize, seed: usize) -> u8 {
    (place * 31 + (place >> 8) * 17 + (place >> 16) * 7 + seed) as u8
}

fn wait_for(stream: &TcpStream, events: i16) {
    let mut poll = libc::pollfd {
        fd: stream.as_raw_fd(),
        events,
        revents: 0,
    };
    // SAFETY: one entry, which lives as long as the call.
    let ready = unsafe { libc::poll(&mut poll, 1, 60_000) };
    assert_eq!(ready, 1, "the other side stands still");
}

/// Sends and receives `total` bytes, with new keys after every `step` sent. Returns how often.
fn traffic(mut stream: SslStream<TcpStream>, total: usize, step: usize, rekey: Rekey) -> usize {
    stream.get_ref().set_nonblocking(true).unwrap();
    let (mut sent, mut received, mut asked) = (0, 0, 0);
    let mut buffer = vec![0; PIECE];
    loop {
        let mut blocked = libc::POLLIN;
        let mut moved = false;
        if sent < total {
            let piece: Vec<u8> = (sent..total.min(sent + PIECE))
                .map(|p| byte_at(p, 2))
                .collect();
            match stream.ssl_write(&piece) {
                Ok(count) => {
                    moved = true;
                    sent += count;
                    if sent / step > asked && sent < total {
                        asked += 1;
                        rekey.ask(stream.ssl());
                    }
                }
                Err(e) if e.code() == ErrorCode::WANT_WRITE => {
                    // Plain OpenSSL must not have a record half sent when it reads the client's part
                    // of a renegotiation ("bad length"). The client reads in a thread of its own.
                    wait_for(stream.get_ref(), libc::POLLOUT);
                    continue;
                }
                Err(e) if e.code() == ErrorCode::WANT_READ => {}
                Err(e) => panic!("after {sent} bytes sent: {e}"),
            }
        }
        match stream.ssl_read(&mut buffer) {
            Ok(count) => {
                moved = true;
                for (place, byte) in (received..).zip(&buffer[..count]) {
                    assert_eq!(*byte, byte_at(place, 1), "at {place}");
                }
                received += count;
            }
            Err(e) if e.code() == ErrorCode::ZERO_RETURN => break,
            Err(e) if e.code() == ErrorCode::WANT_WRITE => blocked |= libc::POLLOUT,
            Err(e) if e.code() == ErrorCode::WANT_READ => {}
            Err(e) => panic!("after {received} bytes received: {e}"),
        }
        if !moved {
            wait_for(stream.get_ref(), blocked);
        }
    }
    assert_eq!((sent, received), (total, total));
    if rekey == Rekey::Renegotiation {
        /// openssl/ssl.h: how many there were.
        const SSL_CTRL_GET_NUM_RENEGOTIATIONS: c_int = 10;
        let ssl = stream.ssl().as_ptr();
        // SAFETY: the connection is valid, and this control takes no pointer.
        let done = unsafe {
            openssl_sys::SSL_ctrl(
                ssl,
                SSL_CTRL_GET_NUM_RENEGOTIATIONS,
                0,
                std::ptr::null_mut(),
            )
        };
        assert_eq!(usize::try_from(done), Ok(asked));
    }
    stream.get_ref().set_nonblocking(false).unwrap();
    stream.shutdown().unwrap();
    asked
}

fn settings(builder: &mut SslContextBuilder) {
    builder.set_mode(SslMode::ENABLE_PARTIAL_WRITE | SslMode::ACCEPT_MOVING_WRITE_BUFFER);
}

fn client_context() -> SslContext {
    let mut builder = SslContext::builder(SslMethod::tls_client()).unwrap();
    builder.set_verify(SslVerifyMode::NONE);
    settings(&mut builder);
    builder.build()
}

fn duplex_on_a_client(version: &Version, megabytes: usize, rekey: Rekey) {
    let world = World::new();
    let context = peer::context_with(&world.server, settings);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let peer = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let stream = Ssl::new(&context).unwrap().accept(stream).unwrap();
        traffic(stream, megabytes << 20, (megabytes << 20) / 8, rekey)
    });
    let mut command = Command::new(build("tls_duplex.c", &["-DBY_NAME"]));
    command.args([
        &world.server,
        &world.ca,
        &version.word(),
        &megabytes.to_string(),
        &port,
    ]);
    assert_promises(&run(&mut command, Duration::from_secs(1300)), 1);
    assert_eq!(peer.join().unwrap(), 7);
}

fn duplex_on_a_server(version: &Version, megabytes: usize, rekey: Rekey) {
    let world = World::new();
    let mut command = Command::new(build("tls_duplex.c", &["-DBY_ID"]));
    command.args([
        &world.server,
        &world.ca,
        &version.word(),
        &megabytes.to_string(),
    ]);
    let mut ours = Process::start(&mut command);
    let mut output = BufReader::new(ours.0.stdout.take().expect("its output is a pipe"));
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let port: u16 = line.trim().strip_prefix("port ").unwrap().parse().unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let stream = Ssl::new(&client_context())
        .unwrap()
        .connect(stream)
        .unwrap();
    assert_eq!(
        traffic(stream, megabytes << 20, (megabytes << 20) / 8, rekey),
        7
    );
    let mut said = String::new();
    output.read_to_string(&mut said).unwrap();
    let ended = crate::common::wait(&mut ours.0, LIMIT);
    assert!(ended.is_some_and(|status| status.success()), "{said}");
    assert!(said.starts_with("ok - "), "{said}");
}

#[test]
fn both_directions_flow_through_key_updates_that_a_server_asks_for() {
    duplex_on_a_client(&TLS1_3, 32, Rekey::KeyUpdate);
}

#[test]
fn both_directions_flow_through_key_updates_that_a_client_asks_for() {
    duplex_on_a_server(&TLS1_3, 32, Rekey::KeyUpdate);
}

#[test]
fn both_directions_flow_through_renegotiations_that_a_server_asks_for() {
    duplex_on_a_client(&TLS1_2, 16, Rekey::Renegotiation);
}

#[test]
#[ignore = "long: a gigabyte each way"]
fn a_gigabyte_flows_each_way_through_key_updates() {
    duplex_on_a_client(&TLS1_3, 1024, Rekey::KeyUpdate);
    duplex_on_a_server(&TLS1_3, 1024, Rekey::KeyUpdate);
}
