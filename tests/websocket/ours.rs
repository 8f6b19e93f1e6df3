//! A WebSocket of the library, for the tests in Rust.

use std::ffi::{CString, c_char};
use std::ptr::null;
use wdsocket::constants::*;
use wdsocket::ffi::*;

const TIME: i32 = 20_000;

/// An error: its code and its text.
#[derive(Debug)]
pub struct Failure(pub i32, pub String);

/// A socket, closed when it is dropped.
#[derive(Debug)]
pub struct Socket(pub i32);

impl Drop for Socket {
    fn drop(&mut self) {
        // SAFETY: a number alone.
        unsafe { SocketCloseId(self.0) };
    }
}

fn failure() -> Failure {
    let mut text = [0_u8; 2048];
    // SAFETY: the buffer is as large as is said.
    let (code, length) = unsafe {
        (
            SocketErrorCode() as i32,
            SocketErrorInfo(text.as_mut_ptr().cast(), 2048),
        )
    };
    Failure(
        code,
        String::from_utf8_lossy(&text[..length as usize]).into_owned(),
    )
}

fn made(id: isize) -> Result<Socket, Failure> {
    match id {
        1.. => Ok(Socket(id as i32)),
        _ => Err(failure()),
    }
}

fn c(text: &str) -> CString {
    CString::new(text).expect("no NUL")
}

/// Connects in clear.
pub fn connect(port: u16, path: &str, protocols: &str) -> Result<Socket, Failure> {
    connect_within(port, path, protocols, TIME)
}

/// Connects in clear within so many milliseconds.
pub fn connect_within(
    port: u16,
    path: &str,
    protocols: &str,
    time: i32,
) -> Result<Socket, Failure> {
    let (path, protocols) = (c(path), c(protocols));
    // SAFETY: the texts end with a NUL.
    made(unsafe {
        WebSocketClientConnectId(
            c"127.0.0.1".as_ptr(),
            port.into(),
            path.as_ptr(),
            protocols.as_ptr(),
            time,
        )
    })
}

/// Connects with TLS.
pub fn connect_tls(host: &str, port: u16) -> Result<Socket, Failure> {
    let host = c(host);
    let no_text: *const c_char = null();
    // SAFETY: the texts end with a NUL.
    made(unsafe {
        WebSocketClientConnectSSLId(
            host.as_ptr(),
            port.into(),
            no_text,
            no_text,
            0,
            TIME,
            no_text,
        )
    })
}

/// Sets a text for every socket that is made from now on.
pub fn set_text(option: i32, text: &str) {
    let text = c(text);
    // SAFETY: the text ends with a NUL.
    assert_eq!(unsafe { SocketSetText(null(), option, text.as_ptr()) }, 1);
}

/// Listens on a free port for WebSockets, with a certificate for TLS.
pub fn listen(certificate: Option<&str>) -> (Socket, u16) {
    let here = c"127.0.0.1".as_ptr();
    // SAFETY: the texts end with a NUL.
    let id = unsafe {
        match certificate.map(c) {
            None => SocketCreateId(0, here),
            Some(file) => SocketCreateSSLId(0, file.as_ptr(), 0, here, null()),
        }
    };
    let id = made(id).expect("a server");
    let mut port = [0_u8; 16];
    // SAFETY: the buffer is as large as is said.
    let length = unsafe {
        assert_eq!(SocketSetOptionId(id.0, WebSocketServer, 1), 1);
        SocketLocalInfoId(id.0, SocketPort, port.as_mut_ptr().cast(), 16)
    };
    let port = std::str::from_utf8(&port[..length as usize]).expect("text");
    (id, port.parse().expect("a port"))
}

fn accepted(server: i32) -> Socket {
    // SAFETY: a number alone.
    made(unsafe { SocketAcceptId(server) }).expect("a client")
}

impl Socket {
    /// The next client of a server.
    pub fn accept(&self) -> Socket {
        // SAFETY: a number alone.
        assert_eq!(unsafe { SocketWaitForConnectionId(self.0, 3 * TIME) }, 1);
        accepted(self.0)
    }

    /// The next message.
    pub fn read(&self) -> Result<Vec<u8>, Failure> {
        let mut message = vec![0; 1 << 20];
        // SAFETY: the buffer is as large as is said.
        let length = unsafe { SocketReadId(self.0, 0, TIME, message.as_mut_ptr().cast(), 1 << 20) };
        if length < 0 {
            return Err(failure());
        }
        message.truncate(length as usize);
        Ok(message)
    }

    /// The next message, and what it is.
    pub fn read_kind(&self) -> (String, Vec<u8>) {
        let message = self.read().expect("a message");
        (self.kind(), message)
    }

    /// What the last message was.
    pub fn kind(&self) -> String {
        let mut kind = [0_u8; 16];
        // SAFETY: the buffer is as large as is said.
        let length =
            unsafe { SocketClientInfoId(self.0, WebSocketKind, kind.as_mut_ptr().cast(), 16) };
        String::from_utf8_lossy(&kind[..length as usize]).into_owned()
    }

    /// Sends a message.
    pub fn write(&self, message: &[u8], binary: bool) -> Result<(), Failure> {
        // SAFETY: the message is as long as is said.
        let done = unsafe {
            SocketSetOptionId(self.0, WebSocketBinary, binary.into());
            SocketWriteId(self.0, message.as_ptr().cast(), message.len() as i32)
        };
        if done == 1 { Ok(()) } else { Err(failure()) }
    }

    /// Sends a message and holds where the same comes back.
    pub fn echoes(&self, message: &[u8], binary: bool) {
        self.write(message, binary).expect("sent");
        let kind = if binary { "binary" } else { "text" };
        let (told, back) = self.read_kind();
        assert!(
            back == message,
            "{} bytes came of {}",
            back.len(),
            message.len()
        );
        assert_eq!(told, kind);
    }

    /// Closes this side, and waits for the peer's.
    pub fn shut_down(&self) -> Failure {
        // SAFETY: a number alone.
        assert_eq!(unsafe { SocketShutdownId(self.0) }, 1);
        loop {
            if let Err(failure) = self.read() {
                return failure;
            }
        }
    }
}

/// A standard server that sends every message back as it came.
pub struct Server {
    id: i32,
    /// Where it listens.
    pub port: u16,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Starts it, with a certificate for TLS.
    pub fn start(certificate: Option<&str>) -> Server {
        let (id, port) = listen(certificate);
        let number = id.0;
        std::mem::forget(id);
        let thread = std::thread::spawn(move || {
            // SAFETY: numbers alone.
            while unsafe { SocketWaitForConnectionId(number, WDSOCKET_INFINITE) } == 1 {
                let channel = accepted(number);
                std::thread::spawn(move || {
                    while let Ok(message) = channel.read() {
                        let kind = channel.kind();
                        if channel.write(&message, kind == "binary").is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Server {
            id: number,
            port,
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SAFETY: a number alone.
        unsafe { SocketCloseId(self.id) };
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}
