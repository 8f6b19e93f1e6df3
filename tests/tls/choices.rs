//! What a user chooses of TLS, and what is told of the connection that came of it.

use openssl::base64;
use openssl::sha::sha256;
use openssl::x509::X509;
use wdsocket::constants::{ProtocolTLS1_2, ProtocolTLS1_3, SSLNoVerify};
use wdsocket::error::Code;
use wdsocket::tls::{ClientContext, SslInfo, TlsOptions};

use crate::pair::{Pair, World};
use crate::pki::{self, Certified, Wish};
use crate::zoo::says;

/// What is put into `SSLPublicKeyPins` for a certificate's key.
fn pin(of: &Certified) -> String {
    base64::encode_block(&sha256(&of.key.public_key_to_der().unwrap()))
}

fn told(pair: &Pair, info: SslInfo) -> [String; 2] {
    [&pair.client, &pair.server].map(|end| end.session.info(info).unwrap())
}

#[test]
fn a_pinned_key_anywhere_in_the_verified_chain_admits_the_server() {
    let root = pki::authority("Shop Root").issue(None);
    let between = pki::authority("Shop Between").issue(Some(&root));
    let leaf = pki::server().issue(Some(&between));
    let stranger = pki::authority("Stranger").issue(None);
    let mut world = World::of(root.clone(), &leaf.with_chain(&[&between, &stranger]));
    for pinned in [&root, &between, &leaf] {
        world.client.public_key_pins = format!("{},sha256//{}", "00".repeat(32), pin(pinned));
        world.pair("till.example").connect();
    }
    // What the server merely sends along proves nothing.
    world.client.public_key_pins = pin(&stranger);
    let (client, _) = world.pair("till.example").shake();
    let e = client.unwrap_err();
    assert_eq!(e.code, Code::TlsCertificate);
    says(
        &e,
        &[
            "SSLPublicKeyPins",
            &format!("sha256//{}", pin(&leaf)),
            "till.example",
        ],
    );
}

#[test]
fn a_pinned_key_stands_in_for_no_other_check() {
    let mut world = World::new();
    let leaf = pki::server().issue(Some(&world.root));
    world.server.certificate = world.folder.file("server.pem", leaf.with_chain(&[]));
    world.client.public_key_pins = pin(&leaf);
    world.pair("till.example").connect();
    let (client, _) = world.pair("other.example").shake();
    says(&client.unwrap_err(), &["it is not for \"other.example\""]);
    let other = pki::authority("Other Root").issue(None);
    world.client.ca_file = world.folder.file("other.pem", other.pem());
    let (client, _) = world.pair("till.example").shake();
    says(
        &client.unwrap_err(),
        &["was neither sent nor is it trusted here"],
    );
}

#[test]
fn without_verification_and_beside_a_fingerprint_the_certificates_own_key_counts() {
    let root = pki::authority("Shop Root").issue(None);
    let leaf = pki::server().issue(Some(&root));
    let mut world = World::of(root.clone(), &leaf.with_chain(&[&root]));
    let fingerprint = leaf
        .certificate
        .digest(openssl::hash::MessageDigest::sha256());
    let fingerprint: String = fingerprint
        .unwrap()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    for (bits, fingerprint) in [(SSLNoVerify, ""), (0, fingerprint.as_str())] {
        world.client.options = bits;
        world.client.fingerprint_pin = fingerprint.into();
        world.client.public_key_pins = pin(&leaf);
        world.pair("till.example").connect();
        world.client.public_key_pins = pin(&root);
        let (client, _) = world.pair("till.example").shake();
        says(&client.unwrap_err(), &["SSLPublicKeyPins"]);
    }
}

#[test]
fn a_renewed_certificate_keeps_its_pin_and_a_resumed_session_too() {
    let mut world = World::new();
    let key = pki::ec();
    let first = pki::server().certify(&key, Some(&world.root));
    let renewed = pki::server().certify(&key, Some(&world.root));
    world.client.public_key_pins = pin(&first);
    for one in [&first, &renewed] {
        world.server.certificate = String::from_utf8(one.with_chain(&[])).unwrap();
        world.pair("till.example").connect();
    }
    let mut again = world.pair("till.example");
    again.connect();
    assert!(again.client.session.is_resumed());
    assert_eq!(told(&again, SslInfo::Resumed), ["1", "1"]);
}

#[test]
fn clients_are_pinned_as_well() {
    let mut world = World::new();
    let mine = pki::client("till 4").issue(Some(&world.root));
    let other = pki::client("till 5").issue(Some(&world.root));
    world.server.ca_file = world.client.ca_file.clone();
    world.server.verify_client = 2;
    world.server.public_key_pins = pin(&mine);
    for (client, expected) in [(&mine, true), (&other, false)] {
        world.client.certificate = String::from_utf8(client.with_chain(&[])).unwrap();
        let (_, server) = world.pair("till.example").shake();
        assert_eq!(server.is_ok(), expected);
        if let Err(e) = server {
            says(
                &e,
                &["the client's certificate was refused", "SSLPublicKeyPins"],
            );
        }
    }
}

#[test]
fn signatures_are_those_of_the_list() {
    let mut world = World::new();
    for bits in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = bits;
        for (list, fits) in [
            ("ecdsa_secp256r1_sha256", true),
            ("ECDSA+SHA256:RSA-PSS+SHA256", true),
            ("rsa_pss_rsae_sha256", false),
        ] {
            world.client.signatures = list.into();
            let (client, server) = world.pair("till.example").shake();
            assert_eq!((client.is_ok(), server.is_ok()), (fits, fits), "{list}");
            if let (Err(client), Err(server)) = (client, server) {
                println!("{client}\n{server}");
                says(&client, &["nothing in common"]);
                if bits == ProtocolTLS1_3 {
                    says(&server, &["no signature", "SSLSignatures"]);
                }
            }
        }
    }
    world.client.signatures = "no-such-signature".into();
    let e = ClientContext::get(&world.client).err().unwrap();
    assert_eq!(e.code, Code::InvalidArgument);
    says(
        &e,
        &["SSLSignatures", "no-such-signature", "rsa_pss_rsae_sha256"],
    );
}

#[test]
fn suite_b_is_had_by_its_parts() {
    let mut world = World::new();
    for name in ["SUITEB128", "SUITEB128ONLY", "SUITEB192"] {
        world.client.cipher_list = name.into();
        let e = ClientContext::get(&world.client).err().unwrap();
        assert_eq!(e.code, Code::InvalidArgument);
        says(&e, &["Suite B", "SSLGroups", "SSLSignatures"]);
    }
    world.client.cipher_list = "ECDHE-ECDSA-AES128-GCM-SHA256".into();
    world.client.groups = "P-256".into();
    world.client.signatures = "ecdsa_secp256r1_sha256".into();
    for bits in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = bits;
        let mut pair = world.pair("till.example");
        pair.connect();
        assert_eq!(told(&pair, SslInfo::Group), ["secp256r1", "secp256r1"]);
    }
}

#[test]
fn the_peers_certificate_is_told_whole() {
    let root = pki::authority("Shop Root").issue(None);
    let between = pki::authority("Shop Between").issue(Some(&root));
    let names: Vec<String> = (0..40).map(|n| format!("DNS:till{n}.example")).collect();
    let leaf = Wish {
        alternative_names: Some(format!(
            "DNS:till.example,IP:192.0.2.7,IP:2001:db8::7,{}",
            names.join(",")
        )),
        ..pki::server()
    }
    .issue(Some(&between));
    let mut world = World::of(root.clone(), &leaf.with_chain(&[&between]));
    let mine = pki::client("till 4").issue(Some(&between));
    world.client.certificate = String::from_utf8(mine.with_chain(&[&between])).unwrap();
    world.server.ca_file = world.client.ca_file.clone();
    world.server.verify_client = 1;
    let mut pair = world.pair("Till.Example.");
    pair.connect();

    let [seen, of_client] = told(&pair, SslInfo::PeerNames);
    assert!(
        seen.starts_with("till.example, 192.0.2.7, 2001:db8::7, till0.example, "),
        "{seen}"
    );
    assert!(seen.ends_with(", till39.example"), "{seen}");
    assert_eq!(of_client, "");
    let serial = leaf
        .certificate
        .serial_number()
        .to_bn()
        .unwrap()
        .to_hex_str()
        .unwrap();
    assert_eq!(told(&pair, SslInfo::PeerSerial)[0], serial.to_string());
    let [from, until] = [SslInfo::PeerNotBefore, SslInfo::PeerNotAfter].map(|i| told(&pair, i));
    assert!(
        from[0] < until[0] && from[0].ends_with('Z'),
        "{from:?} {until:?}"
    );
    let chains = told(&pair, SslInfo::PeerChain);
    for (chain, own) in chains.iter().zip([&leaf, &mine]) {
        let expected = [own.certificate.clone(), between.certificate.clone()];
        assert_eq!(X509::stack_from_pem(chain.as_bytes()).unwrap(), expected);
    }
    assert_eq!(told(&pair, SslInfo::Resumed), ["0", "0"]);
    assert_eq!(
        told(&pair, SslInfo::ServerName)[1].to_lowercase(),
        "till.example"
    );
}

#[test]
fn without_a_certificate_and_without_a_name_nothing_is_told() {
    let world = World::new();
    let client = TlsOptions {
        options: SSLNoVerify,
        ..world.client.clone()
    };
    let mut pair = Pair::new(&client, "192.0.2.7", &world.server);
    pair.connect();
    for info in [
        SslInfo::PeerNames,
        SslInfo::PeerSerial,
        SslInfo::PeerNotBefore,
        SslInfo::PeerChain,
        SslInfo::ServerName,
    ] {
        assert_eq!(told(&pair, info)[1], "", "{info:?}");
    }
}

#[test]
fn a_session_is_taken_up_for_the_name_that_it_was_made_for_alone() {
    let root = pki::authority("Shop Root").issue(None);
    let leaf = Wish {
        alternative_names: Some("DNS:*.shop.example".into()),
        ..pki::server()
    }
    .issue(Some(&root));
    let mut world = World::of(root, &leaf.with_chain(&[]));
    for bits in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = bits;
        for (name, resumed) in [
            ("one.shop.example", "0"),
            ("one.shop.example", "1"),
            ("two.shop.example", "0"),
            ("two.shop.example", "1"),
        ] {
            let mut pair = world.pair(name);
            pair.connect();
            assert_eq!(
                told(&pair, SslInfo::Resumed),
                [resumed, resumed],
                "{name} {bits}"
            );
            assert_eq!(told(&pair, SslInfo::ServerName)[1], name);
        }
    }
}
