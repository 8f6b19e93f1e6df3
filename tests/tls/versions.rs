//! Versions, cipher suites and application protocols.

use wdsocket::constants::*;
use wdsocket::error::Code;
use wdsocket::tls::{ClientContext, SslInfo, TlsOptions};

use crate::pair::World;
use crate::pki;

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

#[test]
fn a_gap_between_versions_is_never_negotiated() {
    let mut world = World::new();
    world.client.options = ProtocolTLS1 | ProtocolTLS1_2;
    world.server.options = ProtocolTLS1_1;
    let (client, server) = world.pair("till.example").shake();
    assert_eq!(client.unwrap_err().code, Code::TlsProtocol);
    assert_eq!(server.unwrap_err().code, Code::TlsProtocol);
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
