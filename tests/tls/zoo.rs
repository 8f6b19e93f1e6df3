//! Certificates of every kind of wrong, each with the code and the words that a technician gets.

use openssl::hash::MessageDigest;
use openssl::x509::X509;
use wdsocket::constants::*;
use wdsocket::error::{Code, Error};
use wdsocket::tls::{ClientContext, ServerContext, Session, SslInfo, TlsOptions};

use crate::pair::{Pair, Wire, World};
use crate::pki::{self, Certified, DAY, Wish};
use crate::plain;

/// The refusal of a certificate from `wish`, issued by a trusted root, by a client that connects to `host`.
pub fn refusal(wish: &Wish, host: &str) -> Error {
    let root = pki::authority("Shop Root").issue(None);
    let leaf = wish.issue(Some(&root));
    refused(&World::of(root, &leaf.with_chain(&[])), host)
}

/// The client's error, and that the server hears of it.
pub fn refused(world: &World, host: &str) -> Error {
    let (client, server) = world.pair(host).shake();
    let e = client.expect_err("the certificate was accepted");
    assert_eq!(e.code, Code::TlsCertificate, "{e}");
    assert!(e.text.starts_with("the server's certificate"), "{e}");
    if let Err(heard) = server {
        assert!(
            matches!(
                heard.code,
                Code::TlsCertificate | Code::TlsProtocol | Code::Lost
            ),
            "{heard}"
        );
    }
    e
}

pub fn accepted(wish: &Wish, host: &str) {
    let root = pki::authority("Shop Root").issue(None);
    let leaf = wish.issue(Some(&root));
    World::of(root, &leaf.with_chain(&[])).pair(host).connect();
}

pub fn says(e: &Error, words: &[&str]) {
    for word in words {
        assert!(e.text.contains(word), "\"{word}\" is missing in: {e}");
    }
}

#[test]
fn expired() {
    let e = refusal(
        &Wish {
            from: -30 * DAY,
            until: -DAY,
            ..pki::server()
        },
        "till.example",
    );
    says(
        &e,
        &[
            "it expired on 20",
            "depth 0",
            "subject \"CN=till.example\"",
            "issuer \"CN=Shop Root\"",
            "valid from 20",
            "renew it",
            "clock",
        ],
    );
}

#[test]
fn not_yet_valid() {
    let e = refusal(
        &Wish {
            from: DAY,
            ..pki::server()
        },
        "till.example",
    );
    says(&e, &["valid only from 20", "clock"]);
}

#[test]
fn wrong_host() {
    let e = refusal(&pki::server(), "bank.example");
    says(
        &e,
        &[
            "not for \"bank.example\" but for \"till.example\"",
            "SSLServerName",
        ],
    );
}

#[test]
fn the_name_may_be_given_apart_from_the_address() {
    let mut world = World::new();
    world.client.server_name = "till.example".into();
    world.pair("192.0.2.99").connect();
    world.client.server_name = "bank.example".into();
    says(&refused(&world, "till.example"), &["bank.example"]);
}

#[test]
fn a_final_dot_and_capitals_do_not_matter() {
    accepted(&pki::server(), "Till.Example.");
}

#[test]
fn ip_addresses() {
    let wish = Wish {
        alternative_names: Some("IP:192.0.2.7,IP:2001:db8::7".into()),
        ..pki::server()
    };
    for host in ["192.0.2.7", "2001:db8::7", "[2001:db8:0::7]"] {
        accepted(&wish, host);
    }
    says(
        &refusal(&wish, "192.0.2.8"),
        &["not for \"192.0.2.8\" but for \"192.0.2.7, 2001:db8::7\""],
    );
    // An address in a DNS name or in the subject is not an address.
    let named = Wish {
        common_name: "192.0.2.7".into(),
        alternative_names: Some("DNS:192.0.2.7".into()),
        ..pki::server()
    };
    says(
        &refusal(&named, "192.0.2.7"),
        &[
            "\"192.0.2.7\" as a DNS name only",
            "IP address in its subjectAltName",
        ],
    );
}

#[test]
fn wildcards() {
    let wish = Wish {
        alternative_names: Some("DNS:*.shop.example".into()),
        ..pki::server()
    };
    accepted(&wish, "till.shop.example");
    for host in ["shop.example", "a.b.shop.example", "till.other.example"] {
        says(&refusal(&wish, host), &["but for \"*.shop.example\""]);
    }
    for name in ["DNS:t*.shop.example", "DNS:*"] {
        let partial = Wish {
            alternative_names: Some(name.into()),
            ..pki::server()
        };
        says(&refusal(&partial, "till.shop.example"), &["not for"]);
    }
}

#[test]
fn self_signed() {
    let lone = pki::server().issue(None);
    let mut world = World::of(
        pki::authority("Shop Root").issue(None),
        &lone.with_chain(&[]),
    );
    says(
        &refused(&world, "till.example"),
        &["self-signed", "SSLCaFile", "SSLPeerFingerprintPin"],
    );
    world.client.ca_file = world.folder.file("lone.pem", lone.pem());
    world.pair("till.example").connect();
}

#[test]
fn unknown_root() {
    let other = pki::authority("Other Root").issue(None);
    let leaf = pki::server().issue(Some(&other));
    let mine = pki::authority("Shop Root").issue(None);
    let world = World::of(mine, &leaf.with_chain(&[&other]));
    says(
        &refused(&world, "till.example"),
        &["root that is not trusted", "CN=Other Root", "SSLCaFile"],
    );
}

#[test]
fn no_roots_at_all() {
    let mut world = World::new();
    world.client.ca_file = String::new();
    says(
        &refused(&world, "till.example"),
        &["no trusted root was found"],
    );
}

/// Names the folder to the process that is a test's other half.
pub const FOLDER: &str = "WDSOCKET_TEST_FOLDER";

/// Runs a test of this file in a process of its own, with that variable.
pub fn apart(test: &str, world: &World, name: &str, value: &str) {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR")
        .env(name, value)
        .env(FOLDER, world.folder.text())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut status = None;
    for _ in 0..600 {
        status = child.try_wait().unwrap();
        if status.is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    if status.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(status.is_some_and(|s| s.success()), "{name}: {status:?}");
}

#[test]
fn the_systems_roots_are_those_of_ssl_cert_file_and_ssl_cert_dir() {
    if let Ok(folder) = std::env::var(FOLDER) {
        let server = TlsOptions {
            certificate: format!("{folder}/server.pem"),
            ..TlsOptions::default()
        };
        Pair::new(&TlsOptions::default(), "till.example", &server).connect();
        let apart = TlsOptions {
            system_roots: false,
            ..TlsOptions::default()
        };
        let (client, _) = Pair::new(&apart, "till.example", &server).shake();
        says(&client.unwrap_err(), &["no trusted root was found"]);
        return;
    }
    let world = World::new();
    let roots = pki::Folder::new();
    roots.file("1.pem", world.root.pem());
    let test = "zoo::the_systems_roots_are_those_of_ssl_cert_file_and_ssl_cert_dir";
    apart(test, &world, "SSL_CERT_FILE", &world.client.ca_file);
    let folders = format!("/none:{}", roots.text());
    apart(test, &world, "SSL_CERT_DIR", &folders);
}

#[cfg(unix)]
#[test]
fn a_moment_without_descriptors_does_not_cost_the_systems_roots() {
    if let Ok(folder) = std::env::var(FOLDER) {
        let set_limit = |most| {
            let limit = libc::rlimit {
                rlim_cur: most,
                rlim_max: 64,
            };
            // SAFETY: the call only reads the limit.
            assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }, 0);
        };
        set_limit(0);
        let refused = ClientContext::get(&TlsOptions::default()).err();
        set_limit(64);
        assert_eq!(refused.unwrap().code, Code::Limit);
        let server = TlsOptions {
            certificate: format!("{folder}/server.pem"),
            ..TlsOptions::default()
        };
        Pair::new(&TlsOptions::default(), "till.example", &server).connect();
        return;
    }
    let world = World::new();
    let test = "zoo::a_moment_without_descriptors_does_not_cost_the_systems_roots";
    apart(test, &world, "SSL_CERT_FILE", &world.client.ca_file);
    let roots = pki::Folder::new();
    roots.file("1.pem", world.root.pem());
    apart(test, &world, "SSL_CERT_DIR", &roots.text());
}

#[test]
fn missing_intermediate() {
    let root = pki::authority("Shop Root").issue(None);
    let middle = pki::authority("Shop Issuer").issue(Some(&root));
    let leaf = pki::server().issue(Some(&middle));
    let world = World::of(root.clone(), &leaf.with_chain(&[]));
    says(
        &refused(&world, "till.example"),
        &["issuer \"CN=Shop Issuer\" was neither sent", "intermediate"],
    );
    World::of(root, &leaf.with_chain(&[&middle]))
        .pair("till.example")
        .connect();
}

#[test]
fn an_intermediate_may_be_trusted_as_such() {
    let root = pki::authority("Shop Root").issue(None);
    let middle = pki::authority("Shop Issuer").issue(Some(&root));
    let leaf = pki::server().issue(Some(&middle));
    let mut world = World::of(middle, &leaf.with_chain(&[]));
    world.pair("till.example").connect();
    world.client.strict = true;
    world.pair("till.example").connect();
}

#[test]
fn a_folder_of_authorities_needs_no_hashed_names() {
    let mut world = World::new();
    let folder = pki::Folder::new();
    folder.file("README", "nothing");
    folder.file("any name.crt", world.root.certificate.to_der().unwrap());
    world.client.ca_file = String::new();
    world.client.ca_directory = folder.text();
    world.pair("till.example").connect();
}

/// A chain of three with revocation lists of both issuers.
struct Revocation {
    world: World,
    root: Certified,
    middle: Certified,
    leaf: Certified,
}

impl Revocation {
    fn new() -> Revocation {
        let root = pki::authority("Shop Root").issue(None);
        let middle = pki::authority("Shop Issuer").issue(Some(&root));
        let leaf = pki::server().issue(Some(&middle));
        let world = World::of(root.clone(), &leaf.with_chain(&[&middle]));
        Revocation {
            world,
            root,
            middle,
            leaf,
        }
    }

    fn lists(&mut self, lists: &[openssl::x509::X509Crl]) {
        let file: Vec<u8> = lists
            .iter()
            .flat_map(|list| list.to_pem().unwrap())
            .collect();
        self.world.client.crl_file = self.world.folder.file("lists.pem", file);
    }
}

#[test]
fn revoked() {
    let mut r = Revocation::new();
    let list = pki::revocation_list(&r.middle, &[&r.leaf], DAY);
    r.lists(&[list]);
    says(
        &refused(&r.world, "till.example"),
        &["its issuer revoked it", "depth 0"],
    );
}

#[test]
fn revoked_higher_up() {
    let mut r = Revocation::new();
    let lists = [
        pki::revocation_list(&r.middle, &[], DAY),
        pki::revocation_list(&r.root, &[&r.middle], DAY),
    ];
    r.lists(&lists);
    says(
        &refused(&r.world, "till.example"),
        &["revoked", "depth 1", "CN=Shop Issuer"],
    );
}

#[test]
fn revocation_lists_that_say_nothing_bad() {
    let mut r = Revocation::new();
    let list = pki::revocation_list(&r.middle, &[], DAY);
    r.lists(std::slice::from_ref(&list));
    r.world.pair("till.example").connect();
    // To the letter, every issuer's list is needed.
    r.world.client.strict = true;
    says(
        &refused(&r.world, "till.example"),
        &["no revocation list", "CN=Shop Root"],
    );
    let all = [list, pki::revocation_list(&r.root, &[], DAY)];
    r.lists(&all);
    r.world.pair("till.example").connect();
}

#[test]
fn a_missing_or_outdated_revocation_list() {
    let mut r = Revocation::new();
    let list = pki::revocation_list(&r.root, &[], DAY);
    r.lists(&[list]);
    says(
        &refused(&r.world, "till.example"),
        &["no revocation list", "CN=Shop Issuer"],
    );
    let list = pki::revocation_list(&r.middle, &[], -DAY);
    r.lists(&[list]);
    says(
        &refused(&r.world, "till.example"),
        &["out of date", "newest list"],
    );
}

#[test]
fn a_list_of_changes_is_not_taken_for_a_complete_one() {
    let mut world = World::new();
    let changes = pki::list_of_changes(&world.root).to_pem().unwrap();
    let mut lists = pki::revocation_list(&world.root, &[], DAY)
        .to_pem()
        .unwrap();
    lists.extend(&changes);
    for data in [changes, lists] {
        world.client.crl_file = world.folder.file("lists.pem", data);
        let e = ClientContext::get(&world.client).err().unwrap();
        assert_eq!(e.code, Code::Certificate);
        says(&e, &["SSLCrlFile", "delta list", "complete list"]);
    }
}

#[test]
fn wrong_purpose() {
    let e = refusal(
        &Wish {
            extended_key_usage: Some("clientAuth".into()),
            ..pki::server()
        },
        "till.example",
    );
    says(&e, &["not issued for a server"]);
}

#[test]
fn an_issuer_that_is_no_authority() {
    let root = pki::authority("Shop Root").issue(None);
    let false_issuer = pki::server().issue(Some(&root));
    let leaf = pki::server().issue(Some(&false_issuer));
    let world = World::of(root, &leaf.with_chain(&[&false_issuer]));
    let e = refused(&world, "till.example");
    says(&e, &["depth 1"]);
}

#[test]
fn an_embedded_zero_byte_hides_nothing() {
    let name = b"till.example\0.evil.example";
    let mut der = vec![
        0x30,
        u8::try_from(name.len() + 2).unwrap(),
        0x82,
        u8::try_from(name.len()).unwrap(),
    ];
    der.extend_from_slice(name);
    let wish = Wish {
        common_name: "evil.example".into(),
        alternative_names: None,
        alternative_names_der: Some(der),
        ..pki::server()
    };
    says(
        &refusal(&wish, "till.example"),
        &["not for \"till.example\""],
    );
}

/// The refusal of a certificate that our own server would not serve.
fn weak(wish: &Wish) -> Error {
    let root = pki::authority("Shop Root").issue(None);
    let leaf = wish.issue(Some(&root));
    let world = World::of(root, b"");
    let server = plain::showing(&leaf, &[]);
    let e = plain::connect(&world.client, "till.example", &server).err();
    let e = e.expect("the certificate was accepted");
    assert_eq!(e.code, Code::TlsCertificate, "{e}");
    e
}

#[test]
fn a_short_rsa_key() {
    let e = weak(&Wish {
        key: pki::rsa_1024,
        ..pki::server()
    });
    says(&e, &["key is too short", "2048"]);
}

#[test]
fn a_sha_1_signature() {
    let e = weak(&Wish {
        digest: MessageDigest::sha1,
        ..pki::server()
    });
    says(&e, &["SHA-1", "SHA-256"]);
}

#[test]
fn a_chain_too_deep() {
    let root = pki::authority("Shop Root").issue(None);
    let a = pki::authority("A").issue(Some(&root));
    let b = pki::authority("B").issue(Some(&a));
    let leaf = pki::server().issue(Some(&b));
    let mut world = World::of(root, &leaf.with_chain(&[&b, &a]));
    world.client.verify_depth = 2;
    world.pair("till.example").connect();
    world.client.verify_depth = 1;
    says(&refused(&world, "till.example"), &["SSLVerifyDepth"]);
}

#[test]
fn a_path_longer_than_its_issuer_allows() {
    let root = Wish {
        basic_constraints: Some("critical,CA:TRUE,pathlen:0".into()),
        ..pki::authority("Shop Root")
    }
    .issue(None);
    let a = pki::authority("A").issue(Some(&root));
    let leaf = pki::server().issue(Some(&a));
    let world = World::of(root, &leaf.with_chain(&[&a]));
    says(&refused(&world, "till.example"), &["may not issue"]);
}

#[test]
fn name_constraints() {
    let root = pki::authority("Shop Root").issue(None);
    let a = Wish {
        name_constraints: Some("critical,permitted;DNS:shop.example".into()),
        ..pki::authority("A")
    }
    .issue(Some(&root));
    let serve = |name: &str| {
        let leaf = Wish {
            common_name: name.into(),
            alternative_names: Some(format!("DNS:{name}")),
            ..pki::server()
        }
        .issue(Some(&a));
        World::of(root.clone(), &leaf.with_chain(&[&a]))
    };
    serve("till.shop.example")
        .pair("till.shop.example")
        .connect();
    says(
        &refused(&serve("bank.example"), "bank.example"),
        &["not allowed to certify", "CN=bank.example"],
    );
}

#[test]
fn a_pinned_certificate_needs_no_authority_and_no_name() {
    let lone = Wish {
        until: -DAY,
        from: -9 * DAY,
        ..pki::server()
    }
    .issue(None);
    let mut world = World::of(
        pki::authority("Shop Root").issue(None),
        &lone.with_chain(&[]),
    );
    let digest = lone.certificate.digest(MessageDigest::sha256()).unwrap();
    let pin: Vec<String> = digest.iter().map(|b| format!("{b:02x}")).collect();
    world.client.fingerprint_pin = pin.join(":");
    world.client.ca_file = String::new();
    for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = bit;
        world.pair("anything.example").connect();
        // Also when the session is taken up.
        let mut again = world.pair("anything.example");
        again.connect();
        assert!(again.client.session.is_resumed());
        let shown = again.client.session.info(SslInfo::PeerFingerprint).unwrap();
        assert_eq!(shown, pin.join(":").to_uppercase());
    }
    world.client.fingerprint_pin = "00".repeat(32);
    says(
        &refused(&world, "till.example"),
        &["fingerprint is", "SSLPeerFingerprintPin"],
    );
    // A pin is meant even where nothing else is checked.
    world.client.options = SSLNoVerify;
    says(&refused(&world, "till.example"), &["fingerprint is"]);
}

#[test]
fn a_pin_is_not_satisfied_by_an_issuer_in_the_chain() {
    let mut world = World::new();
    let pin = world
        .root
        .certificate
        .digest(MessageDigest::sha256())
        .unwrap();
    world.client.fingerprint_pin = pin.iter().map(|b| format!("{b:02X}")).collect();
    says(&refused(&world, "till.example"), &["fingerprint is"]);
}

#[test]
fn without_verification_anything_goes() {
    let lone = Wish {
        until: -DAY,
        from: -9 * DAY,
        ..pki::server()
    }
    .issue(None);
    let mut world = World::of(
        pki::authority("Shop Root").issue(None),
        &lone.with_chain(&[]),
    );
    world.client.options = SSLNoVerify;
    world.pair("bank.example").connect();
}

#[test]
fn the_strict_profile_accepts_a_certificate_in_good_order() {
    let mut world = World::new();
    world.client.strict = true;
    world.pair("till.example").connect();
}

#[test]
fn clients_certificates() {
    let mut world = World::new();
    let root = world.root.clone();
    let file =
        |name: &str, certified: &Certified| world.folder.file(name, certified.with_chain(&[]));
    let good = file("good.pem", &pki::client("till 7").issue(Some(&root)));
    let expired = Wish {
        from: -9 * DAY,
        until: -DAY,
        ..pki::client("till 8")
    };
    let expired = file("expired.pem", &expired.issue(Some(&root)));
    let server_only = file("server-only.pem", &pki::server().issue(Some(&root)));
    let stranger = file("stranger.pem", &pki::client("x").issue(None));
    world.server.ca_file = world.client.ca_file.clone();

    for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = bit;
        for (verify, certificate, words) in [
            (0, &good, None),
            (1, &String::new(), None),
            (1, &good, None),
            (2, &good, None),
            (2, &String::new(), Some("showed no certificate")),
            (1, &expired, Some("expired on")),
            (2, &expired, Some("expired on")),
            (2, &server_only, Some("not issued for a client")),
            (2, &stranger, Some("self-signed")),
        ] {
            world.server.verify_client = verify;
            world.client.certificate = certificate.clone();
            let mut pair = world.pair("till.example");
            let Some(words) = words else {
                pair.connect();
                let shown = pair.server.session.info(SslInfo::PeerSubject).unwrap();
                let expected = if verify > 0 && *certificate == good {
                    "CN=till 7"
                } else {
                    ""
                };
                assert_eq!(shown, expected);
                continue;
            };
            let (client, server) = pair.shake();
            let e = server.unwrap_err();
            assert_eq!(e.code, Code::TlsCertificate, "{e}");
            says(&e, &[words, "the client"]);
            // In TLS 1.3 the client hears of it with its first read.
            let heard = match client {
                Err(heard) => heard,
                Ok(()) => {
                    pair.carry();
                    pair.client.session.read(&mut [0; 16]).unwrap_err()
                }
            };
            assert!(
                matches!(heard.code, Code::TlsCertificate | Code::TlsProtocol),
                "{heard}"
            );
            if bit == ProtocolTLS1_3 {
                assert_eq!(heard.code, Code::TlsCertificate, "{heard}");
                says(&heard, &["certificate"]);
            }
        }
    }
}

#[test]
fn a_client_with_a_certificate_takes_up_its_session() {
    let mut world = World::new();
    let client = pki::client("till 7").issue(Some(&world.root));
    world.client.certificate = world.folder.file("client.pem", client.with_chain(&[]));
    world.server.ca_file = world.client.ca_file.clone();
    world.server.verify_client = 2;
    world.pair("till.example").connect();
    let mut again = world.pair("till.example");
    again.connect();
    assert!(again.client.session.is_resumed());
    assert_eq!(
        again.server.session.info(SslInfo::PeerSubject).unwrap(),
        "CN=till 7"
    );
}

#[test]
fn clients_are_never_checked_against_the_systems_roots() {
    let mut world = World::new();
    world.server.verify_client = 2;
    world.server.system_roots = true;
    let e = ServerContext::get(&world.server).err().unwrap();
    assert_eq!(e.code, Code::InvalidArgument);
    says(&e, &["SSLCaFile"]);
}

#[test]
fn hosts_that_no_certificate_can_carry_are_invalid() {
    let context = ClientContext::get(&TlsOptions {
        system_roots: false,
        ..TlsOptions::default()
    })
    .unwrap();
    for host in [".", "a\0b", &"x".repeat(300)] {
        let e = Session::client(&context, host, 1, Wire::new())
            .err()
            .unwrap();
        assert_eq!(e.code, Code::InvalidArgument, "{e}");
    }
}

#[test]
fn this_machine_is_localhost() {
    accepted(
        &Wish {
            alternative_names: Some("DNS:localhost".into()),
            ..pki::server()
        },
        "",
    );
}

#[test]
fn names_are_sent_to_the_server_and_addresses_are_not() {
    for (host, sent) in [
        ("till.example", true),
        ("192.0.2.7", false),
        ("[::1]", false),
    ] {
        let world = World::new();
        let mut pair: Pair = world.pair(host);
        pair.client.session.handshake().unwrap();
        let hello = pair.client.out.take();
        let seen = hello.windows(host.len()).any(|w| w == host.as_bytes());
        assert_eq!(seen, sent, "{host}");
    }
}

#[test]
fn a_hostile_subject_cannot_forge_lines() {
    let wish = Wish {
        common_name: "x\nroot: all is well".into(),
        from: -9 * DAY,
        until: -DAY,
        ..pki::server()
    };
    let e = refusal(&wish, "till.example");
    assert!(!e.text.contains('\n'), "{e}");
    says(&e, &["CN=x?root"]);
}

#[test]
fn certificates_for_the_test_are_what_they_claim() {
    let root = pki::authority("Shop Root").issue(None);
    let leaf: X509 = pki::server().issue(Some(&root)).certificate;
    assert!(leaf.verify(&root.key).unwrap());
}
