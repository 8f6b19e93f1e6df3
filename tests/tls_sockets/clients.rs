//! Certificates of clients: asked for, required, refused; on our server and towards OpenSSL's.

use crate::common::process::{Process, hex, installed};
use crate::common::secure::{Said, Secure};
use crate::interop::openssl;
use crate::pki::{self, DAY, Wish};
use crate::world::{World, words};
use openssl::hash::MessageDigest;
use std::process::Stdio;
use wdsocket::constants::*;

struct Clients {
    world: World,
    good: String,
    expired: String,
    stranger: String,
    not_for_clients: String,
}

impl Clients {
    fn new() -> Clients {
        let world = World::new();
        let expired = Wish {
            from: -9 * DAY,
            until: -DAY,
            ..pki::client("till 8")
        };
        Clients {
            good: world.issue("good.pem", &pki::client("till 7")),
            expired: world.issue("expired.pem", &expired),
            stranger: world.folder.file(
                "stranger.pem",
                pki::client("till 9").issue(None).with_chain(&[]),
            ),
            not_for_clients: world.issue("server-only.pem", &pki::server()),
            world,
        }
    }
}

#[test]
fn our_server_checks_the_certificates_of_openssls_client() {
    if !installed("openssl") {
        return;
    }
    let clients = Clients::new();
    let talk = |verify: &str, version: &str, certificate: &str| -> Said {
        let server = Secure::serve(&words(&[
            &[
                "text",
                "SSLCaFile",
                &clients.world.ca,
                "option",
                "SSLVerifyClient",
                verify,
            ],
            &[
                "listen",
                "0",
                &clients.world.server,
                "",
                "accept",
                "mode",
                "none",
            ],
            &[
                "take",
                "5",
                "info",
                "SSLPeerSubject",
                "info",
                "SSLPeerIssuer",
            ],
        ]));
        let mut command = openssl(&["s_client", "-quiet", version, "-connect"]);
        command.arg(format!("127.0.0.1:{}", server.port));
        if !certificate.is_empty() {
            command.args(["-cert", certificate]);
        }
        let mut client = Process::start(command.stderr(Stdio::null()));
        client.give(b"hello");
        server.said()
    };
    for version in ["-tls1_2", "-tls1_3"] {
        for (verify, certificate, subject) in [
            ("0", &clients.good, ""),
            ("1", &String::new(), ""),
            ("1", &clients.good, "CN=till 7"),
            ("2", &clients.good, "CN=till 7"),
        ] {
            let said = talk(verify, version, certificate).went_well();
            let issuer = if subject.is_empty() {
                ""
            } else {
                "CN=Shop Root"
            };
            assert_eq!(said.all("info"), [subject, issuer]);
        }
        for (verify, certificate, words) in [
            (
                "2",
                &String::new(),
                "showed no certificate, which SSLVerifyClient requires",
            ),
            ("1", &clients.expired, "it expired on"),
            ("2", &clients.expired, "it expired on"),
            ("2", &clients.stranger, "self-signed"),
            ("2", &clients.not_for_clients, "not issued for a client"),
        ] {
            let text = talk(verify, version, certificate);
            text.failed(WDSOCKET_ERR_TLS_CERTIFICATE, &["the client", words]);
        }
    }
}

#[test]
fn our_server_accepts_clients_by_list_by_fingerprint_and_by_depth() {
    let world = World::new();
    let root = &world.root;
    let middle = pki::authority("Shop Issuer").issue(Some(root));
    let (good, revoked) = (
        pki::client("till 7").issue(Some(root)),
        pki::client("till 8").issue(Some(root)),
    );
    let list = pki::revocation_list(root, &[&revoked], DAY);
    let list = world.folder.file("list.pem", list.to_pem().unwrap());
    let stranger = pki::client("till 9").issue(None);
    let print = stranger
        .certificate
        .digest(MessageDigest::sha256())
        .unwrap();
    let print = hex(&print);
    let chained = pki::client("till 10").issue(Some(&middle));
    let talk = |words: &[&str], certificate: Vec<u8>| -> Said {
        let file = world.folder.file("shown.pem", certificate);
        let accept = [
            "accept",
            "mode",
            "none",
            "take",
            "5",
            "info",
            "SSLPeerSubject",
        ];
        let ca = [
            "text",
            "SSLCaFile",
            &world.ca,
            "option",
            "SSLVerifyClient",
            "2",
        ];
        let listen = ["listen", "0", &world.server, ""];
        let server = Secure::serve(&[&ca, words, &listen, &accept].concat());
        let port = server.port.to_string();
        let connect = ["connect", &port, "localhost", "0", &file, "mode", "none"];
        let client =
            Secure::start(&[&world.trust(), &connect[..], &["say", "hello", "rest"]].concat());
        let said = server.said();
        // What it says of being refused is the matter of other tests.
        drop(client.said());
        said
    };
    let lists = ["text", "SSLCrlFile", &list];
    let pin = ["text", "SSLPeerFingerprintPin", &print];
    let flat = ["option", "SSLVerifyDepth", "0"];
    for (words, certificate, subject) in [
        (&lists[..], good.with_chain(&[]), "CN=till 7"),
        (&pin, stranger.with_chain(&[]), "CN=till 9"),
        (&flat, good.with_chain(&[]), "CN=till 7"),
        (&[], chained.with_chain(&[&middle]), "CN=till 10"),
        (&[], revoked.with_chain(&[]), "CN=till 8"),
    ] {
        let said = talk(words, certificate).went_well();
        assert_eq!(said.one("info"), subject);
    }
    let refused = "the client's certificate was refused";
    let chain = "the client's certificate chain was refused";
    let other = "not the one in SSLPeerFingerprintPin";
    for (words, certificate, text) in [
        (
            &lists[..],
            revoked.with_chain(&[]),
            [refused, "its issuer revoked it"],
        ),
        (&pin, good.with_chain(&[]), [refused, other]),
        (
            &flat,
            chained.with_chain(&[&middle]),
            [chain, "SSLVerifyDepth"],
        ),
        (
            &[],
            chained.with_chain(&[]),
            [refused, "make the client send"],
        ),
    ] {
        talk(words, certificate).failed(WDSOCKET_ERR_TLS_CERTIFICATE, &text);
    }
}

#[test]
fn our_client_shows_its_certificate_to_openssls_server() {
    if !installed("openssl") {
        return;
    }
    let clients = Clients::new();
    let talk = |version: &str, certificate: &str| -> Said {
        let mut command = openssl(&["s_server", "-quiet", version, "-accept", "127.0.0.1:0"]);
        command.args(["-cert", &clients.world.server, "-CAfile", &clients.world.ca]);
        command.args(["-Verify", "3", "-verify_return_error"]);
        let mut server = Process::start(command.stderr(Stdio::null()));
        let port = server.port().to_string();
        server.give(b"welcome");
        Secure::run(&words(&[
            &clients.world.trust(),
            &[
                "connect",
                &port,
                "localhost",
                "0",
                certificate,
                "mode",
                "none",
            ],
            &["take", "7"],
        ]))
    };
    for version in ["-tls1_2", "-tls1_3"] {
        let said = talk(version, &clients.good).went_well();
        assert_eq!(said.bytes("take"), "welcome");
        talk(version, &clients.stranger).failed(
            WDSOCKET_ERR_TLS_CERTIFICATE,
            &["the server refused this side's certificate", "alert"],
        );
    }
    // In TLS 1.2 an alert without a name of its own says that the certificate is missing.
    talk("-tls1_3", "").failed(
        WDSOCKET_ERR_TLS_CERTIFICATE,
        &["requires a certificate from this side"],
    );
    talk("-tls1_2", "").failed(
        WDSOCKET_ERR_TLS_PROTOCOL,
        &["or it requires a certificate from this side"],
    );
}
