//! What one socket's choices mean for it alone, and what counts from when: tried within one process.

use crate::certificates::here;
use crate::common::process::{Process, hex, installed};
use crate::common::secure::{Said, Secure};
use crate::interop::openssl;
use crate::peer::{self, Server};
use crate::pki::{self, DAY, Folder, Wish};
use crate::world::{World, words};
use openssl::hash::MessageDigest;
use openssl::pkcs12::Pkcs12;
use openssl::ssl::{NameType, Ssl, SslAlert, SslStream, SslVerifyMode, SslVersion};
use openssl::x509::X509;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::thread::{self, JoinHandle};
use wdsocket::constants::*;

/// What each "attempt" of the program came to: the code, and the text where it failed.
fn attempts(said: &Said) -> Vec<(i32, String)> {
    let split = |line: &&str| {
        let (code, text) = line.split_once(' ').unwrap_or((line, ""));
        (code.parse().expect("a code"), text.to_owned())
    };
    said.all("attempt").iter().map(split).collect()
}

fn codes(said: &Said) -> Vec<i32> {
    attempts(said).into_iter().map(|(code, _)| code).collect()
}

/// The name in the certificate that our client showed; empty where it showed none.
fn name_shown(stream: &SslStream<TcpStream>) -> String {
    let shown = stream.ssl().peer_certificate();
    shown.map_or_else(String::new, |c| {
        let name = c.subject_name().entries().next().unwrap();
        name.data().to_string().unwrap()
    })
}

#[test]
fn weak_security_and_no_verification_hold_for_their_socket_alone() {
    let world = World::new();
    let weak = Wish {
        key: pki::rsa_1024,
        digest: MessageDigest::sha1,
        ..crate::world::localhost()
    };
    let weak = Server::new(&world.issue("weak.pem", &weak));
    let stranger = here().issue(None).with_chain(&[]);
    let stranger = Server::new(&world.folder.file("stranger.pem", stranger));
    let old = ProtocolTLS1.to_string();
    let old_and_new = (ProtocolTLS1 | ProtocolTLS1_2).to_string();
    let unverified = SSLNoVerify.to_string();
    let said = Secure::run(&words(&[
        &world.trust(),
        &["attempt", &weak.port, "localhost", "0", ""],
        &["attempt", &weak.port, "localhost", &old, ""],
        &["attempt", &weak.port, "localhost", &old_and_new, ""],
        &["attempt", &stranger.port, "localhost", "0", ""],
        &["attempt", &stranger.port, "localhost", &unverified, ""],
        &["attempt", &stranger.port, "localhost", &old, ""],
        &["attempt", &stranger.port, "localhost", "0", ""],
    ]))
    .went_well();
    let refused = WDSOCKET_ERR_TLS_CERTIFICATE;
    assert_eq!(
        codes(&said),
        [refused, 0, refused, refused, 0, refused, refused],
        "{said:?}"
    );
}

#[test]
fn the_users_roots_count_beside_the_systems() {
    let (system, own) = (World::new(), World::new());
    let (of_system, of_own) = (Server::new(&system.server), Server::new(&own.server));
    let words = [
        "text",
        "SSLCaFile",
        &own.ca,
        "attempt",
        &of_system.port,
        "localhost",
        "0",
        "",
        "attempt",
        &of_own.port,
        "localhost",
        "0",
        "",
    ];
    let environment = [("SSL_CERT_FILE", system.ca.as_str())];
    let said = Secure::start_with(&words, &environment).said().went_well();
    assert_eq!(codes(&said), [0, 0], "{said:?}");
}

#[test]
fn lists_and_roots_that_are_replaced_count_for_the_next_connection() {
    let world = World::new();
    let leaf = here().issue(Some(&world.root));
    let server = Server::new(&world.folder.file("shown.pem", leaf.with_chain(&[])));
    let list = |revoked: &[&pki::Certified]| {
        let list = pki::revocation_list(&world.root, revoked, DAY);
        list.to_pem().unwrap()
    };
    let lists = world.folder.file("lists.pem", list(&[]));
    let attempt = ["attempt", &server.port, "localhost", "0", "", "pause"];
    let mut client = Secure::start(&words(&[
        &world.trust(),
        &["text", "SSLCrlFile", &lists],
        &attempt,
        &attempt,
        &attempt,
        &attempt,
    ]));
    let mut next = |change: &dyn Fn()| {
        let said = client.line();
        assert_eq!(client.line(), "pause");
        change();
        client.go_on();
        said
    };
    // The second would take up the session of the first, were it not for the new list.
    let replace = |path: &str, data: Vec<u8>| {
        fs::rename(world.folder.file("new", data), path).unwrap();
    };
    let first = next(&|| replace(&lists, list(&[&leaf])));
    assert_eq!(first, "attempt 0");
    let second = next(&|| replace(&lists, list(&[])));
    assert!(second.contains("its issuer revoked it"), "{second}");
    let stranger = pki::authority("Other Root").issue(None);
    let third = next(&|| replace(&world.ca, stranger.pem()));
    assert_eq!(third, "attempt 0");
    let fourth = next(&|| {});
    assert!(fourth.contains("issuer \"CN=Shop Root\""), "{fourth}");
}

/// A server on OpenSSL alone for so many clients; what each one's certificate and wish for a name were.
fn asks_for_certificates(
    world: &World,
    clients: usize,
) -> (String, JoinHandle<Vec<(String, String)>>) {
    let root = X509::from_pem(&world.root.pem()).unwrap();
    let context = peer::context_with(&world.server, |builder| {
        builder.set_verify(SslVerifyMode::PEER);
        builder.cert_store_mut().add_cert(root).unwrap();
        builder
            .set_max_proto_version(Some(SslVersion::TLS1_2))
            .unwrap();
        builder.set_session_id_context(b"test").unwrap();
        // With no name of its own to choose by, it takes note of the client's.
        builder.set_servername_callback(|_, _: &mut SslAlert| Ok(()));
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let thread = thread::spawn(move || {
        let one = |_| {
            let (client, _) = listener.accept().unwrap();
            let mut stream = Ssl::new(&context).unwrap().accept(client).unwrap();
            let shown = name_shown(&stream);
            let name = stream.ssl().servername(NameType::HOST_NAME);
            let told = (shown, name.unwrap_or_default().to_owned());
            let _ = stream.read_to_end(&mut Vec::new());
            let _ = stream.shutdown();
            told
        };
        (0..clients).map(one).collect()
    });
    (port, thread)
}

#[test]
fn a_clients_certificate_comes_from_every_kind_of_source() {
    let world = World::new();
    let till = pki::client("till 7").issue(Some(&world.root));
    let store = Folder::new();
    let pem = store.file("till 7.pem", till.with_chain(&[]));
    let mut builder = Pkcs12::builder();
    builder.name("till").pkey(&till.key).cert(&till.certificate);
    let p12 = builder.build2("secret").unwrap().to_der().unwrap();
    let p12 = world.folder.file("till.p12", p12);
    let (crt, key) = (
        world.folder.file("till.crt", till.pem()),
        world.folder.file("till.key", till.key_pem()),
    );
    let print = |digest: MessageDigest| hex(&till.certificate.digest(digest).unwrap());
    let (sha1, sha256) = (print(MessageDigest::sha1()), print(MessageDigest::sha256()));
    let (by_name, by_hash) = (CertificateName.to_string(), CertificateHash.to_string());
    let missing = "ab".repeat(32);
    let (port, server) = asks_for_certificates(&world, 7);
    let attempt = |bits, certificate| ["attempt", port.as_str(), "localhost", bits, certificate];
    let words = words(&[
        &world.trust(),
        &attempt("0", ""),
        &attempt("0", &pem),
        &attempt(&by_name, "till 7"),
        &attempt(&by_hash, &sha1),
        &attempt(&by_hash, &sha256),
        // Those that are refused before any connection.
        &attempt(&by_name, "till 8"),
        &attempt(&by_hash, &missing),
        &attempt(&by_hash, "no thumbprint"),
        &attempt("0", "/nowhere/till.pem"),
        &attempt("0", &crt),
        &attempt("0", &p12),
        &["text", "SSLPassword", "wrong"],
        &attempt("0", &p12),
        &["text", "SSLPassword", "secret"],
        &attempt("0", &p12),
        &["text", "SSLPassword", "", "text", "SSLKeyFile", &key],
        &attempt("0", &crt),
    ]);
    let path = store.text();
    let environment = [("WDSOCKET_CERT_STORE", path.as_str())];
    let said = Secure::start_with(&words, &environment).said().went_well();
    let shown: Vec<String> = server.join().unwrap().into_iter().map(|c| c.0).collect();
    assert_eq!(shown[0], "");
    assert_eq!(shown[1..], ["till 7"; 6]);
    let attempts = attempts(&said);
    let refusals: [(i32, &[&str]); 7] = [
        (WDSOCKET_ERR_CERTIFICATE, &["common name \"till 8\""]),
        (WDSOCKET_ERR_CERTIFICATE, &["thumbprint AB:AB:"]),
        (WDSOCKET_ERR_INVALID_ARGUMENT, &["64 (SHA-256)"]),
        (WDSOCKET_ERR_CERTIFICATE, &["no file \"/nowhere/till.pem\""]),
        (WDSOCKET_ERR_CERTIFICATE, &["no private key", "SSLKeyFile"]),
        (WDSOCKET_ERR_CERTIFICATE, &["protected by a password"]),
        (
            WDSOCKET_ERR_CERTIFICATE,
            &["password in SSLPassword is wrong"],
        ),
    ];
    for ((code, text), (expected, words)) in attempts[5..12].iter().zip(refusals) {
        assert_eq!(*code, expected, "{text}");
        for word in words.iter().chain(&["SocketConnectSSL(\"attempt\"): "]) {
            assert!(text.contains(word), "\"{word}\" is missing in: {text}");
        }
    }
    let good = attempts[..5].iter().chain(&attempts[12..]);
    assert!(good.clone().all(|(code, _)| *code == 0), "{attempts:?}");
    assert_eq!(good.count(), 7);
}

#[test]
fn the_name_that_is_verified_is_sent_to_the_server_and_addresses_are_not() {
    let wish = Wish {
        alternative_names: Some("DNS:localhost,IP:127.0.0.1,DNS:till.shop.example".into()),
        ..here()
    };
    let world = World::serving(&wish);
    let (port, server) = asks_for_certificates(&world, 3);
    let said = Secure::run(&words(&[
        &world.trust(),
        &["attempt", &port, "localhost", "0", ""],
        &["attempt", &port, "127.0.0.1", "0", ""],
        &["text", "SSLServerName", "till.shop.example"],
        &["attempt", &port, "127.0.0.1", "0", ""],
    ]))
    .went_well();
    assert_eq!(codes(&said), [0, 0, 0], "{said:?}");
    let names: Vec<String> = server.join().unwrap().into_iter().map(|c| c.1).collect();
    assert_eq!(names, ["localhost", "", "till.shop.example"]);
}

/// A server in clear that goes on under TLS once it was told to. The names of the clients' certificates.
fn starts_tls(world: &World, clients: usize) -> (String, JoinHandle<Vec<String>>) {
    let root = X509::from_pem(&world.root.pem()).unwrap();
    let context = peer::context_with(&world.server, |builder| {
        builder.set_verify(SslVerifyMode::PEER);
        builder.cert_store_mut().add_cert(root).unwrap();
        builder.set_session_id_context(b"test").unwrap();
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let one = move |mut client: TcpStream| -> String {
        client.read_exact(&mut [0; 10]).unwrap();
        client.write_all(b"220 go\r\n").unwrap();
        let Ok(mut stream) = Ssl::new(&context).unwrap().accept(client) else {
            return "refused".into();
        };
        let shown = name_shown(&stream);
        let _ = stream.read_to_end(&mut Vec::new());
        shown
    };
    let thread = thread::spawn(move || {
        let accepted = |_| one(listener.accept().unwrap().0);
        (0..clients).map(accepted).collect()
    });
    (port, thread)
}

#[test]
fn starttls_verifies_the_name_it_is_told_and_shows_a_certificate() {
    let world = World::new();
    let named_only = Wish {
        alternative_names: Some("DNS:localhost".into()),
        ..here()
    };
    let named_only = World::serving(&named_only);
    let certificate = world.issue("till.pem", &pki::client("till 7"));
    let (port, server) = starts_tls(&world, 3);
    let plain = |port: &str| -> Vec<String> {
        ["plain", port, "mode", "tag:0d0a", "say", "STARTTLS", "read"]
            .map(str::to_owned)
            .into()
    };
    let start = |world: &World, port: &str, before: &[&str], start: &[&str]| {
        let plain = plain(port);
        let plain: Vec<&str> = plain.iter().map(String::as_str).collect();
        Secure::run(&words(&[
            &world.trust(),
            before,
            &plain,
            &["start", "0"],
            start,
            &["close"],
        ]))
    };
    start(&world, &port, &[], &["localhost", &certificate]).went_well();
    // Without a name, the address that was connected to counts, or SSLServerName.
    start(&world, &port, &[], &["", ""]).went_well();
    start(&world, &port, &[], &["till.example", ""])
        .failed(WDSOCKET_ERR_TLS_CERTIFICATE, &["not for \"till.example\""]);
    assert_eq!(server.join().unwrap(), ["till 7", "", "refused"]);
    let (port, server) = starts_tls(&named_only, 2);
    start(&named_only, &port, &[], &["", ""]).failed(
        WDSOCKET_ERR_TLS_CERTIFICATE,
        &["not for \"127.0.0.1\" but for \"localhost\""],
    );
    start(
        &named_only,
        &port,
        &["text", "SSLServerName", "localhost"],
        &["", ""],
    )
    .went_well();
    assert_eq!(server.join().unwrap(), ["refused", ""]);
}

#[test]
fn a_message_of_which_some_small_records_went_out_is_known_to_be_cut() {
    if !installed("openssl") {
        return;
    }
    let world = World::new();
    // Now and then a message ends just where the room does, and none is cut.
    let cut = [16_000, 15_000, 14_000, 13_000].iter().any(|size: &i32| {
        let server = Secure::serve(&words(&[
            &["option", "SocketWriteTimeout", "300"],
            &["listen", "0", &world.server, "", "accept"],
            &["mode", "none", "fill", &size.to_string()],
        ]));
        // Asks for records of at most 512 bytes (RFC 6066, section 4), and its output is not read.
        let mut client = openssl(&["s_client", "-quiet", "-maxfraglen", "512", "-connect"]);
        client.arg(format!("127.0.0.1:{}", server.port));
        let _client = Process::start(client.stderr(Stdio::null()));
        let said = server.said().went_well();
        let codes: Vec<i32> = said
            .all("fill")
            .iter()
            .map(|c| c.parse().unwrap())
            .collect();
        assert_eq!(codes[0], WDSOCKET_ERR_TIMEOUT);
        assert!([WDSOCKET_ERR_LOST, WDSOCKET_ERR_TIMEOUT].contains(&codes[1]));
        codes[1] == WDSOCKET_ERR_LOST
    });
    assert!(cut, "a message that went out in part counted as not sent");
}
