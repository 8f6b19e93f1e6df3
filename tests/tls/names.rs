//! Whom a certificate is for (RFC 9525): names, addresses, and what its authorities may say.

use wdsocket::constants::*;
use wdsocket::error::Code;
use wdsocket::tls::Session;
use wdsocket::tls::{ClientContext, TlsOptions};

use crate::pair::{Pair, Wire, World};
use crate::pki::{self, Certified, Wish};
use crate::zoo::{accepted, refusal, refused, says};

/// A certificate with these alternative names, as openssl.cnf writes them.
fn with_names(names: &str) -> Wish {
    Wish {
        common_name: "nobody".into(),
        alternative_names: Some(names.into()),
        ..pki::server()
    }
}

/// A certificate with a name in its subject alone.
fn with_subject(name: &str) -> Wish {
    Wish {
        common_name: name.into(),
        alternative_names: None,
        ..pki::server()
    }
}

/// A world whose server's certificate is issued by an authority with these name constraints.
fn constrained(constraints: &str, leaf: &Wish) -> World {
    let root = pki::authority("Shop Root").issue(None);
    let authority = Wish {
        name_constraints: Some(format!("critical,{constraints}")),
        ..pki::authority("Shop Issuer")
    }
    .issue(Some(&root));
    let leaf = leaf.issue(Some(&authority));
    World::of(root, &leaf.with_chain(&[&authority]))
}

#[test]
fn the_subject_counts_only_where_it_is_asked_for() {
    let root = pki::authority("Shop Root").issue(None);
    let leaf = with_subject("till.example").issue(Some(&root));
    let mut world = World::of(root, &leaf.with_chain(&[]));
    for strict in [false, true] {
        world.client.strict = strict;
        says(
            &refused(&world, "till.example"),
            &["in its subject only", "SSLNameInSubject", "subjectAltName"],
        );
    }
    // It would not have helped.
    let e = refused(&world, "bank.example");
    says(
        &e,
        &["not for \"bank.example\"", "no name in its subjectAltName"],
    );
    assert!(!e.text.contains("SSLNameInSubject"), "{e}");
    world.client.strict = false;
    world.client.name_in_subject = true;
    world.pair("till.example").connect();
    // Where there are alternative names, the subject is none.
    let root = pki::authority("Shop Root").issue(None);
    let leaf = Wish {
        alternative_names: Some("DNS:other.example".into()),
        ..with_subject("till.example")
    }
    .issue(Some(&root));
    let mut world = World::of(root, &leaf.with_chain(&[]));
    world.client.name_in_subject = true;
    says(
        &refused(&world, "till.example"),
        &["but for \"other.example\""],
    );
}

#[test]
fn a_name_with_a_leading_dot_matches_nothing() {
    for name in [
        "a.example.com",
        "a.b.example.com",
        "*.example.com",
        ".example.com",
    ] {
        says(
            &refusal(&with_names(&format!("DNS:{name}")), ".example.com"),
            &["not for \".example.com\""],
        );
        let mut world = World::new();
        let leaf = with_subject(name).issue(Some(&world.root));
        world.server.certificate = world.folder.file("dot.pem", leaf.with_chain(&[]));
        world.client.server_name = ".example.com".into();
        world.client.name_in_subject = true;
        refused(&world, "127.0.0.1");
    }
}

#[test]
fn an_address_is_one_in_every_form() {
    let wish = with_names("IP:127.0.0.1,IP:fe80::7,DNS:till.example");
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "::ffff:127.0.0.1",
        "fe80::7%eth0",
        "[fe80::7%eth0]",
        "[fe80:0::7]",
    ] {
        accepted(&wish, host);
        let mut pair: Pair = World::new().pair(host);
        pair.client.session.handshake().unwrap();
        assert!(!sends_a_name(&pair.client.out.take()), "{host}");
    }
    says(&refusal(&wish, "127.2"), &["not for \"127.2\""]);
}

/// Whether a ClientHello has the extension server_name, which is the first that OpenSSL writes when it
/// does, with nothing before it but what is renegotiated: 00 00, its length, the list's, type 0.
fn sends_a_name(hello: &[u8]) -> bool {
    (0..hello.len().saturating_sub(9)).any(|i| {
        let at = &hello[i..];
        let (outer, list) = (
            usize::from(at[2]) << 8 | usize::from(at[3]),
            usize::from(at[4]) << 8 | usize::from(at[5]),
        );
        let name = usize::from(at[7]) << 8 | usize::from(at[8]);
        at[..2] == [0, 0] && outer == list + 2 && list == name + 3 && at[6] == 0 && name > 0
    })
}

#[test]
fn a_name_in_another_script_is_its_a_label() {
    let wish = with_names("DNS:xn--bcher-kva.example");
    for host in [
        "b\u{fc}cher.example",
        "B\u{dc}CHER.example.",
        "xn--bcher-kva.example",
        "bu\u{308}cher\u{3002}example",
    ] {
        accepted(&wish, host);
    }
    let mut pair: Pair = World::new().pair("b\u{fc}cher.example");
    pair.client.session.handshake().unwrap();
    let hello = pair.client.out.take();
    assert!(sends_a_name(&hello));
    let sent = b"xn--bcher-kva.example";
    assert!(hello.windows(sent.len()).any(|w| w == sent));
    accepted(
        &with_names("DNS:*.xn--bcher-kva.example"),
        "kasse.b\u{fc}cher.example",
    );
    let context = ClientContext::get(&TlsOptions {
        system_roots: false,
        ..TlsOptions::default()
    })
    .unwrap();
    let e = Session::client(&context, "a\u{fffd}b.example", 1, Wire::new())
        .err()
        .unwrap();
    assert_eq!(e.code, Code::InvalidArgument, "{e}");
}

#[test]
fn a_name_that_is_no_dns_name_is_not_sent_but_may_be_looked_for() {
    for name in ["Till 7", "a", "_till.example", "xn--", "till-.example"] {
        let root = pki::authority("Shop Root").issue(None);
        let leaf = with_subject(name).issue(Some(&root));
        let mut world = World::of(root, &leaf.with_chain(&[]));
        world.client.name_in_subject = true;
        world.client.server_name = name.into();
        world.pair("127.0.0.1").connect();
    }
    let mut world = World::new();
    world.client.server_name = "Till 7".into();
    let mut pair = world.pair("127.0.0.1");
    pair.client.session.handshake().unwrap();
    assert!(!sends_a_name(&pair.client.out.take()));
}

#[test]
fn a_wildcard_does_not_reach_a_name_that_its_authority_may_not_certify() {
    let wildcard = with_names("DNS:*.shop.example");
    let world = constrained("excluded;DNS:till.shop.example", &wildcard);
    world.pair("desk.shop.example").connect();
    world.pair("other-till.shop.example").connect();
    says(
        &refused(&world, "till.shop.example"),
        &["\"CN=Shop Issuer\" may not certify \"till.shop.example\""],
    );
    says(&refused(&world, "TILL.shop.example."), &["may not certify"]);
    // One that may certify this one name alone may not certify the others through a wildcard.
    let world = constrained("permitted;DNS:till.shop.example", &wildcard);
    refused(&world, "till.shop.example");
    refused(&world, "desk.shop.example");
}

#[test]
fn a_subject_cannot_evade_what_its_authority_may_certify() {
    for (name, host) in [
        ("*.bank.example", "www.bank.example"),
        ("www.bank.example", "www.bank.example"),
        ("localhost", "localhost"),
        ("intranet", "intranet"),
        ("under_score.bank.example", "under_score.bank.example"),
    ] {
        for constraints in [
            "permitted;DNS:shop.example",
            "excluded;DNS:bank.example,excluded;DNS:localhost,excluded;DNS:intranet",
        ] {
            let mut world = constrained(constraints, &with_subject(name));
            refused(&world, host);
            world.client.name_in_subject = true;
            says(&refused(&world, host), &["certify"]);
        }
    }
    let mut world = constrained(
        "permitted;DNS:shop.example",
        &with_subject("till.shop.example"),
    );
    world.client.name_in_subject = true;
    world.pair("till.shop.example").connect();
}

#[test]
fn the_rules_for_names_hold_for_a_session_that_is_taken_up() {
    let mut world = World::new();
    world.pair("till.example").connect();
    let mut again = world.pair("TILL.example.");
    again.connect();
    assert!(again.client.session.is_resumed());
    // Under another name the certificate is looked at again.
    world.client.server_name = "bank.example".into();
    refused(&world, "till.example");
}

#[test]
fn an_address_and_a_name_that_looks_like_one_share_no_session() {
    let root = pki::authority("Shop Root").issue(None);
    let leaf = with_names("DNS:192.0.2.7").issue(Some(&root));
    let world = World::of(root, &leaf.with_chain(&[]));
    world.pair("192.0.2.7.").connect();
    says(&refused(&world, "192.0.2.7"), &["as a DNS name only"]);
}

#[test]
fn clients_may_have_any_name() {
    let mut world = World::new();
    let client: Certified = pki::client("till 7").issue(Some(&world.root));
    world.client.certificate = world.folder.file("client.pem", client.with_chain(&[]));
    world.server.ca_file = world.client.ca_file.clone();
    world.server.verify_client = 2;
    for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = bit;
        world.pair("till.example").connect();
    }
}
