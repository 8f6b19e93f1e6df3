//! Versions, cipher suites and application protocols.

use openssl::ssl::SslVersion;
use wdsocket::constants::*;
use wdsocket::error::{Code, Error};
use wdsocket::tls::{ClientContext, SslInfo, Step, TlsOptions};

use crate::pair::World;
use crate::zoo::says;
use crate::{pki, plain};

#[test]
fn each_version_works_when_it_is_asked_for() {
    let mut world = World::new();
    for (bit, name) in [
        (ProtocolTLS1, "TLSv1"),
        (ProtocolTLS1_1, "TLSv1.1"),
        (ProtocolTLS1_2, "TLSv1.2"),
        (ProtocolTLS1_3, "TLSv1.3"),
    ] {
        world.client.options = bit;
        world.server.options = ProtocolTLS1 | ProtocolTLS1_1 | ProtocolTLS1_2 | ProtocolTLS1_3;
        let mut pair = world.pair("till.example");
        pair.connect();
        assert_eq!(pair.client.session.info(SslInfo::Protocol).unwrap(), name);
        // And with the roles of the profiles exchanged.
        std::mem::swap(&mut world.client.options, &mut world.server.options);
        let mut pair = world.pair("till.example");
        pair.connect();
        assert_eq!(pair.server.session.info(SslInfo::Protocol).unwrap(), name);
    }
}

#[test]
fn the_newest_version_in_common_is_taken_by_default() {
    let world = World::new();
    let mut pair = world.pair("till.example");
    pair.connect();
    assert_eq!(
        pair.client.session.info(SslInfo::Protocol).unwrap(),
        "TLSv1.3"
    );
    assert!(
        pair.client
            .session
            .info(SslInfo::Cipher)
            .unwrap()
            .starts_with("TLS_")
    );
}

const VERSIONS: [(i32, &str); 4] = [
    (ProtocolTLS1, "TLSv1"),
    (ProtocolTLS1_1, "TLSv1.1"),
    (ProtocolTLS1_2, "TLSv1.2"),
    (ProtocolTLS1_3, "TLSv1.3"),
];
const ALL: i32 = ProtocolTLS1 | ProtocolTLS1_1 | ProtocolTLS1_2 | ProtocolTLS1_3;

/// The version that the two sides end on.
fn agreed(world: &World) -> Result<String, Error> {
    let mut pair = world.pair("till.example");
    let (client, server) = pair.shake();
    client?;
    server?;
    assert_eq!(pair.server_gets(b"ping"), b"ping");
    pair.client.session.info(SslInfo::Protocol)
}

#[test]
fn every_combination_of_versions_does_what_it_says() {
    let mut world = World::new();
    for combination in 1..16 {
        let asked = VERSIONS
            .iter()
            .enumerate()
            .filter(|(i, _)| combination >> i & 1 == 1)
            .map(|(_, version)| *version);
        let bits = asked.clone().fold(0, |bits, version| bits | version.0);
        let newest = asked.clone().next_back().unwrap().1;
        for is_client in [true, false] {
            let mut end_with = |other: i32| {
                (world.client.options, world.server.options) = if is_client {
                    (bits, other)
                } else {
                    (other, bits)
                };
                agreed(&world)
            };
            for (bit, name) in VERSIONS {
                let what = format!("{bits} as client {is_client} with {name}");
                match end_with(bit) {
                    Ok(version) => {
                        assert_ne!(bits & bit, 0, "{what}: accepted");
                        assert_eq!(version, name, "{what}");
                    }
                    Err(e) => {
                        assert_eq!(bits & bit, 0, "{what}: {e}");
                        assert_eq!(e.code, Code::TlsProtocol, "{what}: {e}");
                    }
                }
            }
            assert_eq!(
                end_with(ALL).unwrap(),
                newest,
                "{bits} as client {is_client}"
            );
        }
    }
}

#[test]
fn a_version_between_two_that_are_allowed_is_refused_in_words() {
    let mut world = World::new();
    world.client.options = ProtocolTLS1 | ProtocolTLS1_2;
    world.server.options = ProtocolTLS1_1;
    let (client, _) = world.pair("till.example").shake();
    let e = client.unwrap_err();
    assert_eq!(e.code, Code::TlsProtocol);
    says(
        &e,
        &["chose TLSv1.1", "(TLS 1.0, TLS 1.2)", "those between"],
    );
}

#[test]
fn the_level_is_lowered_only_for_a_connection_that_ends_on_an_old_version() {
    let weak = pki::Wish {
        key: pki::rsa_1024,
        digest: openssl::hash::MessageDigest::sha1,
        ..pki::server()
    };
    let root = pki::authority("Old Root").issue(None);
    let leaf = weak.issue(Some(&root));
    let server = plain::showing(&leaf, &[]);
    let mut world = World::of(root.clone(), b"");
    for (bits, welcome) in [
        (ProtocolTLS1, true),
        (ProtocolTLS1 | ProtocolTLS1_1, true),
        (ProtocolTLS1 | ProtocolTLS1_2, false),
        (ProtocolTLS1_2, false),
        (ALL, false),
    ] {
        world.client.options = bits;
        match plain::connect(&world.client, "till.example", &server) {
            Ok(_) => assert!(welcome, "{bits}"),
            Err(e) => {
                assert!(!welcome, "{bits}: {e}");
                assert_eq!(e.code, Code::TlsCertificate);
                says(&e, &["too short"]);
            }
        }
    }
    // The user's own word counts for all versions.
    world.client.options = ALL;
    world.client.cipher_list = "DEFAULT:@SECLEVEL=0".into();
    plain::connect(&world.client, "till.example", &server).unwrap();
    // Clients' certificates on a server are held to the same.
    let client = pki::Wish {
        key: pki::rsa_1024,
        ..pki::client("till 7")
    }
    .issue(Some(&root));
    let good = pki::server().issue(Some(&root));
    let mut world = World::of(root, &good.with_chain(&[]));
    world.client.certificate = world.folder.file("client.pem", client.with_chain(&[]));
    world.client.cipher_list = "DEFAULT:@SECLEVEL=0".into();
    world.client.options = ALL;
    world.server.ca_file = world.client.ca_file.clone();
    world.server.verify_client = 2;
    for (bits, welcome) in [(ProtocolTLS1, true), (ALL, false)] {
        world.server.options = bits;
        let (_, server) = world.pair("till.example").shake();
        match server {
            Ok(()) => assert!(welcome, "{bits}"),
            Err(e) => {
                assert!(!welcome, "{bits}: {e}");
                says(&e, &["the client", "too short"]);
            }
        }
    }
}

#[test]
fn a_server_with_a_weak_certificate_serves_old_versions_alone() {
    let weak = pki::Wish {
        key: pki::rsa_1024,
        ..pki::server()
    };
    let root = pki::authority("Old Root").issue(None);
    let leaf = weak.issue(Some(&root));
    let mut world = World::of(root, &leaf.with_chain(&[]));
    world.server.options = ALL;
    world.client.options = ProtocolTLS1;
    world.pair("till.example").connect();
    for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = bit | SSLNoVerify;
        let (_, server) = world.pair("till.example").shake();
        let e = server.unwrap_err();
        assert_eq!(e.code, Code::Certificate, "{e}");
        says(&e, &["too weak for TLS 1.2", "2048"]);
    }
}

/// Lists that would allow suites without a certificate or without encryption.
const LISTS: [&str; 4] = [
    "ALL",
    "ALL:@SECLEVEL=0",
    "ALL:COMPLEMENTOFALL:@SECLEVEL=0",
    "DEFAULT:aNULL:eNULL:@SECLEVEL=0",
];

#[test]
fn verification_means_that_a_certificate_was_seen() {
    let mut builder = plain::builder();
    builder.set_cipher_list("aNULL:@SECLEVEL=0").unwrap();
    builder
        .set_max_proto_version(Some(SslVersion::TLS1_2))
        .unwrap();
    let anonymous = builder.build();
    let mut world = World::new();
    for list in LISTS {
        for bits in [0, ProtocolTLS1, ProtocolTLS1_2, ALL] {
            world.client.cipher_list = list.into();
            world.client.options = bits;
            let e = plain::connect(&world.client, "till.example", &anonymous).err();
            let e = e.unwrap_or_else(|| panic!("{list} {bits}: accepted"));
            assert!(
                matches!(e.code, Code::TlsProtocol | Code::TlsCertificate),
                "{e}"
            );
        }
    }
    for list in ["aNULL", "aNULL:@SECLEVEL=0", "eNULL", "TLS_SHA256_SHA256"] {
        world.client.cipher_list = list.into();
        let e = ClientContext::get(&world.client).err().unwrap();
        assert_eq!(e.code, Code::InvalidArgument, "{list}: {e}");
        says(&e, &["SSLCipherList", "SSLNoVerify"]);
    }
    // Who wants none may have none.
    world.client.cipher_list = "ALL:@SECLEVEL=0".into();
    world.client.options = ProtocolTLS1_2 | SSLNoVerify;
    plain::connect(&world.client, "till.example", &anonymous).unwrap();
}

#[test]
fn verification_means_that_what_is_sent_is_encrypted() {
    let mut world = World::new();
    let leaf = pki::server().issue(Some(&world.root));
    for (list, suites, newest) in [
        ("eNULL:@SECLEVEL=0", "", SslVersion::TLS1_2),
        ("ALL:@SECLEVEL=0", "TLS_SHA256_SHA256", SslVersion::TLS1_3),
    ] {
        let mut builder = plain::builder();
        builder.set_certificate(&leaf.certificate).unwrap();
        builder.set_private_key(&leaf.key).unwrap();
        builder.set_cipher_list(list).unwrap();
        builder.set_ciphersuites(suites).unwrap();
        builder.set_min_proto_version(Some(newest)).unwrap();
        builder.set_max_proto_version(Some(newest)).unwrap();
        let clear = builder.build();
        for list in LISTS {
            world.client.cipher_list = list.into();
            world.client.options = ALL;
            let e = plain::connect(&world.client, "till.example", &clear).err();
            assert_eq!(e.expect(list).code, Code::TlsProtocol);
        }
        world.client.cipher_list = "ALL:eNULL:TLS_SHA256_SHA256:@SECLEVEL=0".into();
        world.client.options = ALL | SSLNoVerify;
        plain::connect(&world.client, "till.example", &clear).unwrap();
    }
}

#[test]
fn a_client_without_a_certificate_cannot_evade_a_server_that_requires_one() {
    let mut world = World::new();
    world.server.ca_file = world.client.ca_file.clone();
    world.server.verify_client = 2;
    world.client.cipher_list = "aNULL:@SECLEVEL=0".into();
    for list in LISTS {
        for (ours, theirs) in [
            (ALL, ProtocolTLS1),
            (ALL, ProtocolTLS1_2),
            (0, ProtocolTLS1_2),
        ] {
            world.server.cipher_list = list.into();
            world.server.options = ours;
            world.client.options = theirs | SSLNoVerify;
            let (_, server) = world.pair("till.example").shake();
            server.unwrap_err();
        }
    }
}

#[test]
fn the_key_exchange_is_post_quantum_by_default() {
    let mut world = World::new();
    let group = |world: &World| {
        let mut pair = world.pair("till.example");
        pair.connect();
        let told =
            [&pair.client, &pair.server].map(|end| end.session.info(SslInfo::Group).unwrap());
        assert_eq!(told[0], told[1]);
        told[0].clone()
    };
    assert_eq!(group(&world), "X25519MLKEM768");
    world.client.options = ProtocolTLS1_2;
    assert_eq!(group(&world), "x25519");
    world.client.options = 0;
    for (list, name) in [
        ("P-256", "secp256r1"),
        ("X448", "x448"),
        ("P-384, P-521", "secp384r1"),
        ("SecP256r1MLKEM768", "SecP256r1MLKEM768"),
    ] {
        world.client.groups = list.into();
        assert_eq!(group(&world), name);
        std::mem::swap(&mut world.client.groups, &mut world.server.groups);
        assert_eq!(group(&world), name);
        world.server.groups = String::new();
    }
    world.client.groups = "P-256:NO-SUCH-GROUP".into();
    let e = ClientContext::get(&world.client).err().unwrap();
    assert_eq!(e.code, Code::InvalidArgument);
    says(&e, &["SSLGroups", "NO-SUCH-GROUP", "X25519MLKEM768"]);
}

#[test]
fn sides_without_a_key_exchange_in_common_say_so() {
    let mut world = World::new();
    world.client.groups = "X448".into();
    world.server.groups = "P-256".into();
    let (client, server) = world.pair("till.example").shake();
    says(&client.unwrap_err(), &["key exchange", "both allow"]);
    says(&server.unwrap_err(), &["key exchange", "SSLGroups"]);
    // Nothing is left of a list whose names need not be known.
    world.client.groups = "?NO-SUCH-GROUP".into();
    let (client, _) = world.pair("till.example").shake();
    says(&client.unwrap_err(), &["SSLGroups leaves no key exchange"]);
}

#[test]
fn servers_with_either_usual_group_need_no_second_hello() {
    for groups in ["X25519MLKEM768", "X25519"] {
        let mut world = World::new();
        world.server.groups = groups.into();
        let mut pair = world.pair("till.example");
        assert_eq!(pair.client.session.handshake().unwrap(), Step::NeedInput);
        pair.server.session.feed(pair.client.out.take());
        assert_eq!(pair.server.session.handshake().unwrap(), Step::NeedInput);
        pair.client.session.feed(pair.server.out.take());
        assert_eq!(
            pair.client.session.handshake().unwrap(),
            Step::Done,
            "{groups}"
        );
    }
}

#[test]
fn a_ticket_is_good_for_the_server_that_gave_it() {
    for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
        let mut world = World::new();
        world.client.options = bit;
        world.pair("till.example").connect();
        let mut again = world.pair("till.example");
        again.connect();
        assert!(again.client.session.is_resumed());
        // Another one, with the same certificate and another way to check clients.
        world.server.alpn = "other".into();
        let mut other = world.pair("till.example");
        other.connect();
        assert!(!other.client.session.is_resumed());
    }
}

#[test]
fn an_old_server_is_refused_with_the_option_that_admits_it() {
    let mut world = World::new();
    for (bit, version, option) in [
        (ProtocolTLS1, "TLS 1.0", "ProtocolTLS1 "),
        (ProtocolTLS1_1, "TLS 1.1", "ProtocolTLS1_1"),
    ] {
        world.server.options = bit;
        world.client.options = 0;
        // Our own server answers a newer client with an alert.
        let (client, server) = world.pair("till.example").shake();
        let (client, server) = (client.unwrap_err(), server.unwrap_err());
        assert_eq!(client.code, Code::TlsProtocol);
        assert!(client.text.contains("ProtocolTLS1"), "{client}");
        assert!(client.text.contains("TLS 1.2, TLS 1.3"), "{client}");
        assert_eq!(server.code, Code::TlsProtocol);
        assert!(server.text.contains(&format!("({version})")), "{server}");
        // The reverse: an old client comes to a modern server.
        world.server.options = 0;
        world.client.options = bit;
        let (_, server) = world.pair("till.example").shake();
        let server = server.unwrap_err();
        assert_eq!(server.code, Code::TlsProtocol);
        assert!(
            server.text.contains(&format!("offers only {version}")),
            "{server}"
        );
        assert!(server.text.contains(option), "{server}");
    }
}

#[test]
fn sides_that_left_out_a_usual_version_are_told_its_option() {
    let mut world = World::new();
    for (client, server, option) in [
        (ProtocolTLS1_3, ProtocolTLS1_2, "ProtocolTLS1_2 among"),
        (ProtocolTLS1_2, ProtocolTLS1_3, "ProtocolTLS1_3 among"),
        (
            ProtocolTLS1,
            ProtocolTLS1_3,
            "ProtocolTLS1_2 or ProtocolTLS1_3 among",
        ),
    ] {
        world.client.options = client;
        world.server.options = server;
        let e = world.pair("till.example").shake().0.unwrap_err();
        says(&e, &[option]);
        assert!(!e.text.contains("old machine"), "{e}");
    }
}

#[test]
fn an_old_server_that_answers_with_its_version_is_told_by_it() {
    let mut world = World::new();
    // Without TLS 1.3 in the client's hello, a server answers with what it has.
    world.client.options = ProtocolTLS1_2;
    world.server.options = ProtocolTLS1;
    let (client, _) = world.pair("till.example").shake();
    let client = client.unwrap_err();
    assert_eq!(client.code, Code::TlsProtocol);
    assert!(client.text.contains("offers only TLS 1.0"), "{client}");
    assert!(
        client.text.contains("ProtocolTLS1 among the options"),
        "{client}"
    );
}

#[test]
fn an_old_rsa_certificate_with_sha_1_works_with_tls_1_0_only() {
    let old = pki::Wish {
        key: pki::rsa_1024,
        digest: openssl::hash::MessageDigest::sha1,
        ..pki::server()
    };
    let root = pki::authority("Old Root").issue(None);
    let leaf = old.issue(Some(&root));
    let mut world = World::of(root, &leaf.with_chain(&[]));
    world.server.options = ProtocolTLS1;
    world.client.options = ProtocolTLS1;
    world.pair("till.example").connect();
    world.server.options = 0;
    let e = wdsocket::tls::ServerContext::get(&world.server)
        .err()
        .unwrap();
    assert_eq!(e.code, Code::Certificate);
    assert!(e.text.contains("too weak"), "{e}");
}

#[test]
fn without_a_cipher_suite_in_common_both_sides_say_so() {
    let mut world = World::new();
    world.client.options = ProtocolTLS1_2;
    world.client.cipher_list = "ECDHE-ECDSA-AES128-GCM-SHA256".into();
    world.server.options = ProtocolTLS1_2;
    world.server.cipher_list = "ECDHE-ECDSA-AES256-GCM-SHA384".into();
    let (client, server) = world.pair("till.example").shake();
    let (client, server) = (client.unwrap_err(), server.unwrap_err());
    assert_eq!(
        (client.code, server.code),
        (Code::TlsProtocol, Code::TlsProtocol)
    );
    assert!(client.text.contains("nothing in common"), "{client}");
    assert!(server.text.contains("no cipher suite"), "{server}");
}

#[test]
fn a_cipher_list_chooses_suites_of_every_version() {
    let mut world = World::new();
    world.client.cipher_list = "ECDHE-ECDSA-AES256-GCM-SHA384:TLS_CHACHA20_POLY1305_SHA256".into();
    for (bit, suite) in [
        (ProtocolTLS1_2, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        (ProtocolTLS1_3, "TLS_CHACHA20_POLY1305_SHA256"),
    ] {
        world.client.options = bit;
        let mut pair = world.pair("till.example");
        pair.connect();
        assert_eq!(pair.client.session.info(SslInfo::Cipher).unwrap(), suite);
    }
    world.client.cipher_list = "NO-SUCH-SUITE".into();
    let e = ClientContext::get(&world.client).err().unwrap();
    assert_eq!(e.code, Code::InvalidArgument);
    assert!(e.text.contains("SSLCipherList"), "{e}");
}

#[test]
fn the_servers_first_application_protocol_in_common_is_chosen() {
    let mut world = World::new();
    world.client.alpn = "http/1.1, h2".into();
    world.server.alpn = "spdy,h2,http/1.1".into();
    let mut pair = world.pair("till.example");
    pair.connect();
    assert_eq!(pair.client.session.info(SslInfo::Alpn).unwrap(), "h2");
    assert_eq!(pair.server.session.info(SslInfo::Alpn).unwrap(), "h2");
    world.server.alpn = "imap".into();
    let (client, _) = world.pair("till.example").shake();
    let client = client.unwrap_err();
    assert_eq!(client.code, Code::TlsProtocol);
    assert!(client.text.contains("SSLAlpn"), "{client}");
}

#[test]
fn nothing_is_known_before_the_handshake() {
    let world = World::new();
    let pair = world.pair("till.example");
    let e = pair.client.session.info(SslInfo::Protocol).unwrap_err();
    assert_eq!(e.code, Code::NoConnection);
    assert!(!pair.client.session.is_handshake_done());
}

#[test]
fn the_peers_certificate_is_told() {
    let world = World::new();
    let mut pair = world.pair("till.example");
    pair.connect();
    let info = |question| pair.client.session.info(question).unwrap();
    assert_eq!(info(SslInfo::PeerSubject), "CN=till.example");
    assert_eq!(info(SslInfo::PeerIssuer), "CN=Shop Root");
    assert_eq!(info(SslInfo::PeerFingerprint).len(), 32 * 3 - 1);
    assert!(info(SslInfo::PeerNotAfter).ends_with('Z'));
    assert_eq!(info(SslInfo::Alpn), "");
    assert_eq!(pair.server.session.info(SslInfo::PeerSubject).unwrap(), "");
}

#[test]
fn a_server_without_a_certificate_is_refused() {
    let e = wdsocket::tls::ServerContext::get(&TlsOptions::default())
        .err()
        .unwrap();
    assert_eq!(e.code, Code::InvalidArgument);
}
