//! A client and a server that talk through memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use wdsocket::error::Error;
use wdsocket::room::Room;
use wdsocket::tls::{
    ClientContext, ReadOutcome, ServerContext, Session, Step, TlsOptions, WriteOutcome,
};

use crate::pki::{self, Certified, Folder};

/// A sink whose bytes the test carries over, with room for so many bytes at a time.
#[derive(Clone)]
pub struct Wire(Arc<Mutex<(Vec<u8>, usize)>>);

impl Wire {
    pub fn new() -> Wire {
        Wire(Arc::new(Mutex::new((Vec::new(), usize::MAX))))
    }

    /// What was sent since the last call.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap().0)
    }

    /// How many bytes it holds before it says that it would block.
    pub fn set_room(&self, bytes: usize) {
        self.0.lock().unwrap().1 = bytes;
    }
}

impl Write for Wire {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let mut wire = self.0.lock().unwrap();
        let n = data.len().min(wire.1.saturating_sub(wire.0.len()));
        if n == 0 && !data.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        wire.0.extend_from_slice(&data[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes as they come from the network.
pub fn room(bytes: impl AsRef<[u8]>) -> Room {
    Room::from(bytes.as_ref().to_vec())
}

/// One end with the wire that leads away from it.
pub struct End {
    pub session: Session<Wire>,
    pub out: Wire,
}

pub struct Pair {
    pub client: End,
    pub server: End,
}

impl Pair {
    pub fn new(client: &TlsOptions, host: &str, server: &TlsOptions) -> Pair {
        let client = ClientContext::get(client).unwrap();
        let server = ServerContext::get(server).unwrap();
        Pair::of(&client, host, &server)
    }

    pub fn of(client: &Arc<ClientContext>, host: &str, server: &Arc<ServerContext>) -> Pair {
        Pair::at_port(client, host, 443, server)
    }

    pub fn at_port(
        client: &Arc<ClientContext>,
        host: &str,
        port: u16,
        server: &Arc<ServerContext>,
    ) -> Pair {
        let (to_server, to_client) = (Wire::new(), Wire::new());
        Pair {
            client: End {
                session: Session::client(client, host, port, to_server.clone()).unwrap(),
                out: to_server,
            },
            server: End {
                session: Session::server(server, to_client.clone()).unwrap(),
                out: to_client,
            },
        }
    }

    /// Carries what is on the wires; true when there was something.
    pub fn carry(&mut self) -> bool {
        let mut moved = false;
        for _ in 0..1000 {
            let (a, b) = (self.client.out.take(), self.server.out.take());
            if !a.is_empty() {
                self.server.session.feed(room(&a));
            }
            if !b.is_empty() {
                self.client.session.feed(room(&b));
            }
            let left = [&mut self.client, &mut self.server]
                .into_iter()
                .any(|end| !end.session.flush().unwrap());
            moved |= !(a.is_empty() && b.is_empty());
            if a.is_empty() && b.is_empty() && !left {
                return moved;
            }
        }
        panic!("the wires never became empty");
    }

    /// Does the handshake; the results of client and server.
    pub fn shake(&mut self) -> (Result<(), Error>, Result<(), Error>) {
        let mut results = (None, None);
        for _ in 0..50 {
            if results.0.is_none() {
                results.0 = outcome(self.client.session.handshake());
            }
            if results.1.is_none() {
                results.1 = outcome(self.server.session.handshake());
            }
            let moved = self.carry();
            if let (Some(client), Some(server)) = (&results.0, &results.1) {
                return (client.clone(), server.clone());
            }
            // One side failed before the other could: the connection ends.
            if !moved {
                self.client.session.feed_end();
                self.server.session.feed_end();
            }
        }
        panic!("the handshake went on for ever");
    }

    /// Does the handshake, which must succeed, and has a byte go each way.
    pub fn connect(&mut self) {
        let (client, server) = self.shake();
        client.unwrap();
        server.unwrap();
        assert_eq!(self.server_gets(b"ping"), b"ping");
        assert_eq!(self.client_gets(b"pong"), b"pong");
    }

    pub fn server_gets(&mut self, data: &[u8]) -> Vec<u8> {
        assert_eq!(write_all(&mut self.client.session, data), data.len());
        self.carry();
        read_all(&mut self.server.session)
    }

    pub fn client_gets(&mut self, data: &[u8]) -> Vec<u8> {
        assert_eq!(write_all(&mut self.server.session, data), data.len());
        self.carry();
        read_all(&mut self.client.session)
    }
}

fn outcome(step: Result<Step, Error>) -> Option<Result<(), Error>> {
    match step {
        Ok(Step::NeedInput) => None,
        Ok(Step::Done) => Some(Ok(())),
        Err(e) => Some(Err(e)),
    }
}

/// Writes until something is in the way; how much went.
pub fn write_all(session: &mut Session<Wire>, data: &[u8]) -> usize {
    let mut written = 0;
    while written < data.len() {
        match session.write(&data[written..]).unwrap() {
            WriteOutcome::Bytes(n) => written += n,
            WriteOutcome::NeedInput | WriteOutcome::NeedOutput | WriteOutcome::NeedReader => break,
        }
    }
    written
}

/// Reads what is there.
pub fn read_all(session: &mut Session<Wire>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 50_000];
    while let ReadOutcome::Bytes(n) = session.read(&mut buffer).unwrap() {
        all.extend_from_slice(&buffer[..n]);
    }
    all
}

/// A root, a server's certificate from it, and the options of both ends.
pub struct World {
    pub folder: Folder,
    pub root: Certified,
    pub server: TlsOptions,
    pub client: TlsOptions,
}

impl World {
    pub fn new() -> World {
        let root = pki::authority("Shop Root").issue(None);
        let leaf = pki::server().issue(Some(&root));
        World::of(root, &leaf.with_chain(&[]))
    }

    /// A server with that PEM file, and a client that trusts the root alone.
    pub fn of(root: Certified, server_pem: &[u8]) -> World {
        let folder = Folder::new();
        let server = TlsOptions {
            certificate: folder.file("server.pem", server_pem),
            ..TlsOptions::default()
        };
        let client = TlsOptions {
            ca_file: folder.file("root.pem", root.pem()),
            system_roots: false,
            ..TlsOptions::default()
        };
        World {
            folder,
            root,
            server,
            client,
        }
    }

    pub fn pair(&self, host: &str) -> Pair {
        Pair::new(&self.client, host, &self.server)
    }
}
