//! Conversations with other TLS programs, in every version that both sides have, in both roles.

use crate::common::process::{Process, hex, installed};
use crate::common::secure::Secure;
use crate::world::{VERSIONS, Version, World, words};
use std::process::{Command, Stdio};

/// Our end sends this much, the other end as much: several records.
const LENGTH: usize = 50_000;

fn text_from(who: &str) -> String {
    let lines = (0..LENGTH / 16).map(|number| format!("{number:06} {who:>8}\n"));
    lines.collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Peer {
    OpenSsl,
    GnuTls,
    Python,
}

const PYTHON_RELAY: &str = "
import socket, ssl, sys
role, port, version, ca, certificate = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if role == 'connect' else ssl.PROTOCOL_TLS_SERVER)
context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
context.set_ciphers('DEFAULT:@SECLEVEL=0')
if role == 'connect':
    context.load_verify_locations(ca)
    s = context.wrap_socket(socket.create_connection(('127.0.0.1', int(port))), server_hostname='localhost')
else:
    context.load_cert_chain(certificate)
    s = context.wrap_socket(socket.create_server(('127.0.0.1', 0)).accept()[0], server_side=True)
s.settimeout(50)
s.sendall(sys.stdin.buffer.read())
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
            Peer::OpenSsl => "openssl",
            Peer::GnuTls => "gnutls-cli",
            Peer::Python => "python3",
        }
    }

    /// How the program names a version.
    fn version(self, version: &Version) -> String {
        let digits = version.name.trim_start_matches("TLSv");
        match self {
            Peer::OpenSsl => format!("-tls{}", digits.replace('.', "_")),
            Peer::GnuTls => {
                let digits = if digits == "1" { "1.0" } else { digits };
                format!("NORMAL:-VERS-ALL:+VERS-TLS{digits}")
            }
            Peer::Python => format!("TLSv{}", digits.replace('.', "_")),
        }
    }

    fn connect(self, port: u16, version: &Version, world: &World) -> Process {
        let port = port.to_string();
        let version = self.version(version);
        let mut command = match self {
            Peer::OpenSsl => openssl(&["s_client", "-quiet", "-verify_return_error"]),
            _ => Command::new(self.program()),
        };
        match self {
            Peer::OpenSsl => command
                .args(["-connect", &format!("127.0.0.1:{port}"), &version])
                .args(["-CAfile", &world.ca, "-cipher", "DEFAULT@SECLEVEL=0"])
                .args(["-verify_hostname", "localhost"]),
            Peer::GnuTls => command
                .args(["--logfile=/dev/null", "--x509cafile", &world.ca])
                .args(["--priority", &version, "--port", &port, "localhost"]),
            Peer::Python => command.args([
                "-c",
                PYTHON_RELAY,
                "connect",
                &port,
                &version,
                &world.ca,
                "",
            ]),
        };
        Process::start(command.stderr(Stdio::null()))
    }

    fn listen(self, version: &Version, world: &World) -> Process {
        let version = self.version(version);
        let mut command = match self {
            Peer::OpenSsl => openssl(&["s_server", "-quiet", "-naccept", "1", &version]),
            Peer::GnuTls => Command::new("gnutls-serv"),
            Peer::Python => Command::new("python3"),
        };
        match self {
            Peer::OpenSsl => command
                .args(["-accept", "127.0.0.1:0", "-cert", &world.server])
                .args(["-cipher", "DEFAULT@SECLEVEL=0"]),
            Peer::GnuTls => command
                .args(["--quiet", "--echo", "--port", "0", "--priority", &version])
                .args(["--x509certfile", &world.server])
                .args(["--x509keyfile", &world.server]),
            Peer::Python => command.args([
                "-c",
                PYTHON_RELAY,
                "listen",
                "0",
                &version,
                "",
                &world.server,
            ]),
        };
        Process::start(command.stderr(Stdio::null()))
    }

    /// Hands over what to send; the Python relay takes its input whole.
    fn send(self, process: &mut Process, text: &str) {
        process.give(text.as_bytes());
        if self == Peer::Python {
            process.0.stdin = None;
        }
    }
}

/// OpenSSL's program without the system's configuration, which forbids the old versions.
pub fn openssl(arguments: &[&str]) -> Command {
    let mut command = Command::new("openssl");
    command.env("OPENSSL_CONF", "/dev/null").args(arguments);
    command
}

fn our_server_talks_to(peer: Peer) {
    if !installed(peer.program()) {
        return;
    }
    let world = World::new();
    for version in VERSIONS {
        let (from_us, from_peer) = (text_from("us"), text_from("the peer"));
        let (bit, ours) = (version.word(), hex(from_us.as_bytes()));
        let length = from_peer.len().to_string();
        let server = Secure::serve(&words(&[
            &["listen", &bit, &world.server, "", "accept", "mode", "none"],
            &[
                "write",
                &ours,
                "take",
                &length,
                "info",
                "SSLProtocol",
                "close",
            ],
        ]));
        let mut client = peer.connect(server.port, &version, &world);
        let printed = client.output();
        peer.send(&mut client, &from_peer);
        let said = server.said().went_well();
        assert_eq!(said.one("info"), version.name);
        assert!(said.bytes("take") == from_peer, "{}", version.name);
        let printed = String::from_utf8_lossy(&printed.join().unwrap()).into_owned();
        assert!(printed == from_us, "{}: {printed:.300}", version.name);
    }
}

fn our_client_talks_to(peer: Peer) {
    if !installed(peer.program()) {
        return;
    }
    let world = World::new();
    for version in VERSIONS {
        let from_us = text_from("us");
        // GnuTLS's server answers with what it gets.
        let from_peer = match peer {
            Peer::GnuTls => from_us.clone(),
            _ => text_from("the peer"),
        };
        let mut server = peer.listen(&version, &world);
        let (port, bit) = (server.port().to_string(), version.word());
        let (ours, length) = (hex(from_us.as_bytes()), from_peer.len().to_string());
        let printed = server.output();
        let client = Secure::start(&words(&[
            &world.trust(),
            &["connect", &port, "localhost", &bit, "", "mode", "none"],
            &[
                "write",
                &ours,
                "take",
                &length,
                "info",
                "SSLProtocol",
                "close",
            ],
        ]));
        if peer != Peer::GnuTls {
            peer.send(&mut server, &from_peer);
        }
        let said = client.said().went_well();
        assert_eq!(said.one("info"), version.name);
        assert!(said.bytes("take") == from_peer, "{}", version.name);
        if peer != Peer::GnuTls {
            // Its input stays open: OpenSSL's would look at the end of it before what we sent.
            let printed = String::from_utf8_lossy(&printed.join().unwrap()).into_owned();
            assert!(printed == from_us, "{}: {printed:.300}", version.name);
        }
    }
}

#[test]
fn our_server_talks_to_openssl_in_every_version() {
    our_server_talks_to(Peer::OpenSsl);
}

#[test]
fn our_server_talks_to_gnutls_in_every_version() {
    our_server_talks_to(Peer::GnuTls);
}

#[test]
fn our_server_talks_to_python_in_every_version() {
    our_server_talks_to(Peer::Python);
}

#[test]
fn our_client_talks_to_openssl_in_every_version() {
    our_client_talks_to(Peer::OpenSsl);
}

#[test]
fn our_client_talks_to_gnutls_in_every_version() {
    our_client_talks_to(Peer::GnuTls);
}

#[test]
fn our_client_talks_to_python_in_every_version() {
    our_client_talks_to(Peer::Python);
}
