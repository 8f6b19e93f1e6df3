//! Where a server's certificate comes from, tried from outside: what OpenSSL's client is shown.

use crate::common::process::LIMIT;
use crate::common::secure::{Said, Secure};
use crate::pki::{self, Certified, DAY, Folder, Wish};
use crate::world::{World, localhost};
use openssl::hash::MessageDigest;
use openssl::pkcs12::Pkcs12;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslVerifyMode};
use std::io::Read;
use std::net::TcpStream;
use wdsocket::constants::*;

/// RC2-40 and triple DES, password "old secret"; made by `openssl pkcs12 -export -legacy`.
const LEGACY: &[u8] = include_bytes!("../tls/legacy.p12");

/// The subject's common name that a server on that port shows.
fn shown(port: u16) -> String {
    let mut context = SslContext::builder(SslMethod::tls_client()).unwrap();
    context.set_verify(SslVerifyMode::NONE);
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut ssl = Ssl::new(&context.build()).unwrap();
    ssl.set_security_level(0);
    let mut stream = ssl.connect(stream).unwrap();
    stream.shutdown().unwrap();
    // Closing with tickets unread would be a reset.
    let _ = stream.get_mut().read_to_end(&mut Vec::new());
    let certificate = stream.ssl().peer_certificate().unwrap();
    let name = certificate.subject_name().entries().next().unwrap();
    name.data().to_string().unwrap()
}

/// Starts a server with these words, and has it take one client.
fn served(before: &[&str], bits: i32, certificate: &str, store: &str) -> Result<String, Said> {
    let bits = bits.to_string();
    let listen = ["listen", &bits, certificate, store, "accept", "echo"];
    let mut server = Secure::start(&[before, &listen].concat());
    let line = server.line();
    let Some(port) = line.strip_prefix("port ") else {
        let (code, text) = line
            .strip_prefix("error ")
            .unwrap()
            .split_once(' ')
            .unwrap();
        let error = Some((code.parse().unwrap(), text.to_owned()));
        return Err(Said {
            lines: Vec::new(),
            error,
        });
    };
    let name = shown(port.parse().unwrap());
    Ok(name)
}

fn refused(served: Result<String, Said>, words: &[&str]) {
    let said = served.expect_err("the certificate was served");
    let text = said.failed(WDSOCKET_ERR_CERTIFICATE, words);
    assert!(text.starts_with("SocketCreateSSL(\"server\"): "), "{text}");
}

/// A certificate with its key whose subject has that common name.
fn certified(root: &Certified, name: &str) -> Certified {
    let wish = Wish {
        common_name: name.into(),
        ..pki::server()
    };
    wish.issue(Some(root))
}

fn pkcs12(certified: &Certified, password: &str) -> Vec<u8> {
    let mut builder = Pkcs12::builder();
    builder
        .name("till")
        .pkey(&certified.key)
        .cert(&certified.certificate);
    builder.build2(password).unwrap().to_der().unwrap()
}

#[test]
fn pem_and_pkcs12_files_are_served_and_what_is_wrong_with_them_is_told() {
    let world = World::new();
    let leaf = localhost().issue(Some(&world.root));
    let folder = &world.folder;
    let modern = folder.file("modern.p12", pkcs12(&leaf, "secret"));
    let legacy = folder.file("legacy.p12", LEGACY);
    let secret = ["text", "SSLPassword", "secret"];
    let old = ["text", "SSLPassword", "old secret"];
    assert_eq!(served(&[], 0, &world.server, "").unwrap(), "localhost");
    assert_eq!(served(&secret, 0, &modern, "").unwrap(), "localhost");
    assert!(!served(&old, 0, &legacy, "").unwrap().is_empty());
    refused(
        served(&old, 0, &modern, ""),
        &["password in SSLPassword is wrong", "modern.p12"],
    );
    refused(
        served(&secret, 0, &legacy, ""),
        &["password in SSLPassword is wrong", "legacy.p12"],
    );
    refused(served(&[], 0, &modern, ""), &["protected by a password"]);

    let certificate = folder.file("only.crt", leaf.pem());
    let key = folder.file("only.key", leaf.key_pem());
    refused(
        served(&[], 0, &certificate, ""),
        &["no private key", "SSLKeyFile"],
    );
    let with_key = ["text", "SSLKeyFile", &key];
    assert_eq!(served(&with_key, 0, &certificate, "").unwrap(), "localhost");
    let cipher = openssl::symm::Cipher::aes_256_cbc();
    let locked = leaf
        .key
        .private_key_to_pem_pkcs8_passphrase(cipher, b"secret")
        .unwrap();
    let locked = folder.file("locked.key", locked);
    let with_locked = ["text", "SSLKeyFile", &locked];
    assert_eq!(
        served(&[&with_locked[..], &secret].concat(), 0, &certificate, "").unwrap(),
        "localhost"
    );
    refused(
        served(&[&with_locked[..], &old].concat(), 0, &certificate, ""),
        &["password", "wrong"],
    );
    let other = folder.file("other.key", pki::ec().private_key_to_pem_pkcs8().unwrap());
    let with_other = ["text", "SSLKeyFile", &other];
    refused(
        served(&with_other, 0, &certificate, ""),
        &["does not belong to the certificate"],
    );
    refused(
        served(&[], 0, "/nowhere/server.pem", ""),
        &["/nowhere/server.pem"],
    );
    refused(
        served(&[], 0, &folder.file("text.pem", "hello"), ""),
        &["not a certificate"],
    );
}

#[test]
fn a_folder_is_searched_by_name_and_by_thumbprint() {
    let store = Folder::new();
    let root = pki::authority("Shop Root").issue(None);
    let named = |name: &str| certified(&root, name);
    let (one, two) = (named("till one"), named("till two"));
    store.file("one.pem", one.with_chain(&[]));
    store.file("two.p12", pkcs12(&two, ""));
    store.file("notes.txt", "nothing");
    let path = store.text();
    assert_eq!(
        served(&[], CertificateName, "till one", &path).unwrap(),
        "till one"
    );
    assert_eq!(
        served(&[], CertificateName, "till two", &path).unwrap(),
        "till two"
    );
    refused(
        served(&[], CertificateName, "till three", &path),
        &["till three"],
    );
    for digest in [MessageDigest::sha1(), MessageDigest::sha256()] {
        let print = two.certificate.digest(digest).unwrap();
        let print: Vec<String> = print.iter().map(|byte| format!("{byte:02x}")).collect();
        for form in [
            print.concat(),
            print.join(":").to_uppercase(),
            print.join(" "),
        ] {
            assert_eq!(
                served(&[], CertificateHash, &form, &path).unwrap(),
                "till two"
            );
        }
    }
    refused(
        served(&[], CertificateHash, &"ab".repeat(20), &path),
        &["thumbprint"],
    );
    // Without a folder in the call, the environment names it.
    let bits = CertificateName.to_string();
    let words = ["listen", &bits, "till one", "", "accept", "echo"];
    let mut server = Secure::start_with(&words, &[("WDSOCKET_CERT_STORE", &path)]);
    let line = server.line();
    let port = line.strip_prefix("port ").expect("it listens");
    assert_eq!(shown(port.parse().unwrap()), "till one");
}

#[test]
fn without_a_bit_a_certificate_is_a_file_or_else_a_name() {
    let store = Folder::new();
    let root = pki::authority("Shop Root").issue(None);
    let named = |name: &str| certified(&root, name);
    store.file("stored.pem", named("till").with_chain(&[]));
    let path = store.text();
    let elsewhere = Folder::new();
    let file = elsewhere.file("own.pem", named("from the file").with_chain(&[]));
    assert_eq!(served(&[], 0, "till", &path).unwrap(), "till");
    let with_versions = ProtocolTLS1_2 | ProtocolTLS1_3;
    assert_eq!(served(&[], with_versions, "till", &path).unwrap(), "till");
    assert_eq!(served(&[], 0, &file, &path).unwrap(), "from the file");
    // A file of that name goes before a certificate of that name.
    let both = elsewhere.file("both", named("the file").with_chain(&[]));
    store.file("both.pem", named(&both).with_chain(&[]));
    assert_eq!(served(&[], 0, &both, &path).unwrap(), "the file");
    assert_eq!(served(&[], CertificateName, &both, &path).unwrap(), both);
    // Neither: the text says both.
    let long = "x".repeat(300);
    for wrong in ["/nowhere/till.pem", "tiII", long.as_str()] {
        refused(
            served(&[], 0, wrong, &path),
            &["there is no file", wrong, "common name", &path],
        );
    }
    refused(
        served(&[], 0, "tiII", ""),
        &[
            "there is no file \"tiII\"",
            "common name",
            "WDSOCKET_CERT_STORE",
        ],
    );
    // A certificate that comes as a file later is taken then.
    let late = elsewhere.text() + "/till";
    store.file("late.pem", named(&late).with_chain(&[]));
    let accept = ["accept", "mode", "none", "rest", "close"];
    let server = Secure::serve(&[&["listen", "0", &late, &path][..], &accept, &accept].concat());
    assert_eq!(shown(server.port), late);
    elsewhere.file("till", named("the late file").with_chain(&[]));
    assert_eq!(shown(server.port), "the late file");
}

#[test]
#[allow(non_snake_case)]
fn a_certificate_may_be_given_as_PEM_text() {
    let world = World::new();
    let leaf = localhost().issue(Some(&world.root));
    let text = |pem: Vec<u8>| String::from_utf8(pem).unwrap();
    let whole = text(leaf.with_chain(&[]));
    assert!(whole.starts_with("-----BEGIN "));
    assert_eq!(served(&[], 0, &whole, "").unwrap(), "localhost");
    let spaced = format!("\n {whole}");
    assert_eq!(served(&[], 0, &spaced, "").unwrap(), "localhost");
    let certificate = text(leaf.pem());
    refused(
        served(&[], 0, &certificate, ""),
        &["the PEM text given as the certificate", "no private key"],
    );
    let key = world.folder.file("text.key", leaf.key_pem());
    let with_key = ["text", "SSLKeyFile", &key];
    assert_eq!(served(&with_key, 0, &certificate, "").unwrap(), "localhost");
    let cut = &whole[..whole.len() / 2];
    let said = served(&[], 0, cut, "").expect_err("half a certificate");
    let told = said.failed(WDSOCKET_ERR_CERTIFICATE, &["the PEM text given"]);
    // Keys do not go into texts.
    assert!(!told.contains("-----BEGIN") && told.len() < 400, "{told}");
}

#[test]
fn a_certificate_file_that_is_replaced_is_shown_to_the_next_client() {
    let world = World::new();
    let named = |name: &str| Wish {
        common_name: name.into(),
        ..pki::server()
    };
    let file = world.issue("till.pem", &named("first"));
    let accept = ["accept", "mode", "none", "rest", "close"];
    let server =
        Secure::serve(&[&["listen", "0", &file, ""][..], &accept, &accept, &accept].concat());
    assert_eq!(shown(server.port), "first");
    let next = world.issue("next.pem", &named("second"));
    std::fs::rename(next, &file).unwrap();
    assert_eq!(shown(server.port), "second");
    // One that is damaged meanwhile does not turn clients away.
    std::fs::write(&file, "half").unwrap();
    assert_eq!(shown(server.port), "second");
}

#[test]
fn a_certificate_that_is_out_of_date_is_served_with_a_warning() {
    let world = World::new();
    let expired = Wish {
        from: -9 * DAY,
        until: -DAY,
        ..localhost()
    };
    let file = world.issue("expired.pem", &expired);
    let mut server = Secure::start(&["listen", "0", &file, "", "accept", "mode", "none", "rest"]);
    let warning = server.line();
    for word in [
        "warning SocketCreateSSL(\"server\"): ",
        "expired on 20",
        "renew it",
    ] {
        assert!(warning.contains(word), "{warning}");
    }
    let line = server.line();
    let port = line.strip_prefix("port ").expect("it listens");
    assert_eq!(shown(port.parse().unwrap()), "localhost");
}

#[test]
fn a_live_server_takes_a_new_key_with_its_password_and_certificate() {
    let root = pki::authority("Shop Root").issue(None);
    let named = |name: &str| certified(&root, name);
    let (old, new) = (named("old"), named("new"));
    let locked = |certified: &Certified, password: &str| {
        let cipher = openssl::symm::Cipher::aes_128_cbc();
        let key = &certified.key;
        key.private_key_to_pem_pkcs8_passphrase(cipher, password.as_bytes())
            .unwrap()
    };
    // The steps in every order: what is set, or the certificate's file replaced (None).
    let steps = |key: &str| {
        [
            Some(("SSLKeyFile", key.to_owned())),
            Some(("SSLPassword", "second".to_owned())),
            None,
        ]
    };
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let folder = Folder::new();
        let certificate = folder.file("till.crt", old.pem());
        let old_key = folder.file("old.key", locked(&old, "first"));
        let new_key = folder.file("new.key", locked(&new, "second"));
        let steps = steps(&new_key);
        let mut words = vec![
            "text",
            "SSLKeyFile",
            &old_key,
            "text",
            "SSLPassword",
            "first",
        ];
        words.extend(["listen", "0", &certificate, ""]);
        for step in order {
            words.extend(["server", "pause", "accept", "echo", "close", "server"]);
            match &steps[step] {
                Some((option, text)) => words.extend(["set", option, text]),
                None => words.push("pause"),
            }
        }
        words.extend(["pause", "accept", "echo"]);
        let mut server = Secure::start(&words);
        let line = server.line();
        let port: u16 = line
            .strip_prefix("port ")
            .expect("it listens")
            .parse()
            .unwrap();
        for (place, step) in order.into_iter().enumerate() {
            // As long as one of the three is missing, clients are served as before.
            assert_eq!(server.line(), "pause");
            server.go_on();
            assert_eq!(shown(port), "old", "{order:?}");
            if steps[step].is_none() {
                assert_eq!(server.line(), "pause");
                folder.file("till.crt", new.pem());
                server.go_on();
                continue;
            }
            let line = server.line();
            if place == 2 {
                assert_eq!(line, "set 0", "{order:?}");
            } else {
                let start = format!("set {WDSOCKET_ERR_CERTIFICATE} SocketSetText(\"server\"): ");
                assert!(line.starts_with(&start), "{line}");
                assert!(
                    line.contains("goes on as before, and this counts"),
                    "{line}"
                );
            }
        }
        assert_eq!(server.line(), "pause");
        server.go_on();
        assert_eq!(shown(port), "new", "{order:?}");
        server.said().went_well();
    }
}
