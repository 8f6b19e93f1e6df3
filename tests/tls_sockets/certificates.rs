//! Certificates of every kind of wrong on a server that is not ours, and what SocketConnectSSL says.

use crate::common::secure::{Said, Secure};
use crate::peer::Server;
use crate::pki::{self, DAY, Wish};
use crate::world::{World, localhost, words};
use openssl::hash::MessageDigest;
use wdsocket::constants::WDSOCKET_ERR_TLS_CERTIFICATE;

/// Connects to a server that shows `pem`, trusting the world's root, with more words before.
pub fn connect(world: &World, pem: &[u8], host: &str, more: &[&str]) -> Said {
    let server = Server::new(&world.folder.file("shown.pem", pem));
    Secure::run(&words(&[
        &world.trust(),
        more,
        &[
            "connect",
            &server.port,
            host,
            "0",
            "",
            "mode",
            "none",
            "rest",
        ],
    ]))
}

/// Holds when the server's certificate was accepted.
pub fn welcomed(said: Said) {
    assert_eq!(said.went_well().bytes("rest"), "welcome");
}

/// Holds when it was refused with a text that shows it and contains the words.
pub fn refused(said: Said, words: &[&str]) {
    let text = said.failed(WDSOCKET_ERR_TLS_CERTIFICATE, words);
    let start = "SocketConnectSSL(\"client\"): ";
    assert!(text.starts_with(start), "{text}");
    assert!(text.contains("the server's certificate"), "{text}");
    assert!(text.contains("(depth "), "{text}");
    for shown in [
        "subject \"CN=",
        "issuer \"CN=",
        "valid from 20",
        "Z until 20",
    ] {
        assert!(text.contains(shown), "\"{shown}\" is missing in: {text}");
    }
}

/// The local machine, with a quick key.
pub fn here() -> Wish {
    Wish {
        key: pki::ec,
        ..localhost()
    }
}

/// What is shown, the address as typed, words before it, and what is said; nothing = accepted.
type Case<'a> = (Vec<u8>, &'a str, &'a [&'a str], &'a [&'a str]);

#[test]
fn each_certificate_is_accepted_or_refused_with_its_reason() {
    let world = World::new();
    let root = &world.root;
    let good = here();
    let middle = pki::authority("Shop Issuer").issue(Some(root));
    let chained = good.issue(Some(&middle));
    let stranger = pki::authority("Other Root").issue(None);
    let false_issuer = good.issue(Some(root));
    let narrow = Wish {
        basic_constraints: Some("critical,CA:TRUE,pathlen:0".into()),
        ..pki::authority("Narrow")
    }
    .issue(Some(root));
    let below_narrow = pki::authority("Below").issue(Some(&narrow));
    let bounded = |kept: &str| {
        let issuer = Wish {
            name_constraints: Some(format!("critical,permitted;DNS:{kept},permitted;IP:127.0.0.0/255.0.0.0,permitted;IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF")),
            ..pki::authority("Bounded")
        }
        .issue(Some(root));
        good.issue(Some(&issuer)).with_chain(&[&issuer])
    };
    let alone = |wish: &Wish| wish.issue(Some(root)).with_chain(&[]);
    let names = |text: &str| Wish {
        common_name: "shop".into(),
        alternative_names: Some(text.into()),
        ..here()
    };
    let zero = b"\x30\x15\x82\x13localhost\0.evil.com";
    let zero = Wish {
        common_name: "evil.com".into(),
        alternative_names: None,
        alternative_names_der: Some(zero.to_vec()),
        ..here()
    };
    let expired = Wish {
        from: -30 * DAY,
        until: -DAY,
        ..here()
    };
    let early = Wish {
        from: DAY,
        ..here()
    };
    let purpose = Wish {
        extended_key_usage: Some("clientAuth".into()),
        ..here()
    };
    let name_only = Wish {
        alternative_names: None,
        ..here()
    };
    let short = Wish {
        key: pki::rsa_1024,
        ..here()
    };
    let weak = Wish {
        digest: MessageDigest::sha1,
        ..here()
    };
    let outdated = Wish {
        until: -DAY,
        from: -30 * DAY,
        ..pki::authority("Outdated")
    }
    .issue(Some(root));
    let below_outdated = good.issue(Some(&outdated)).with_chain(&[&outdated]);
    // RFC 5280 section 4.2.1.3: an authority says what its key is for.
    let sloppy = Wish {
        key_usage: None,
        ..pki::authority("Sloppy")
    }
    .issue(Some(root));
    let below_sloppy = good.issue(Some(&sloppy)).with_chain(&[&sloppy]);
    let deep = ["option", "SSLVerifyDepth", "0"];
    let strict = ["option", "SSLStrict", "1"];
    let in_subject = ["option", "SSLNameInSubject", "1"];
    let bank = ["text", "SSLServerName", "till.shop.example"];

    let cases: Vec<Case> = vec![
        (alone(&good), "localhost", &[], &[]),
        (alone(&good), "127.0.0.1", &[], &[]),
        (alone(&good), "localhost", &strict, &[]),
        (
            alone(&expired),
            "localhost",
            &[],
            &["it expired on 20", "depth 0", "renew it", "clock"],
        ),
        (
            alone(&early),
            "localhost",
            &[],
            &["valid only from 20", "clock"],
        ),
        (
            alone(&names("DNS:bank.example")),
            "localhost",
            &[],
            &[
                "not for \"localhost\" but for \"bank.example\"",
                "SSLServerName",
            ],
        ),
        (
            alone(&names("DNS:localhost")),
            "127.0.0.1",
            &[],
            &["not for \"127.0.0.1\" but for \"localhost\""],
        ),
        (
            alone(&names("DNS:127.0.0.1")),
            "127.0.0.1",
            &[],
            &["\"127.0.0.1\" as a DNS name only", "IP address"],
        ),
        (alone(&names("DNS:*.shop.example")), "localhost", &bank, &[]),
        (
            alone(&names("DNS:*.example")),
            "localhost",
            &bank,
            &["not for \"till.shop.example\" but for \"*.example\""],
        ),
        (
            alone(&names("DNS:till.*.example")),
            "localhost",
            &bank,
            &["not for \"till.shop.example\""],
        ),
        (
            good.issue(None).with_chain(&[]),
            "localhost",
            &[],
            &["self-signed", "SSLCaFile", "SSLPeerFingerprintPin"],
        ),
        (
            good.issue(Some(&stranger)).with_chain(&[&stranger]),
            "localhost",
            &[],
            &["a root that is not trusted", "CN=Other Root"],
        ),
        (
            chained.with_chain(&[]),
            "localhost",
            &[],
            &["issuer \"CN=Shop Issuer\" was neither sent", "intermediate"],
        ),
        (chained.with_chain(&[&middle]), "localhost", &[], &[]),
        (
            chained.with_chain(&[&middle]),
            "localhost",
            &deep,
            &["SSLVerifyDepth"],
        ),
        (
            good.issue(Some(&false_issuer)).with_chain(&[&false_issuer]),
            "localhost",
            &[],
            &["depth 1"],
        ),
        (
            below_outdated,
            "localhost",
            &[],
            &[
                "it expired on 20",
                "depth 1",
                "subject \"CN=Outdated\"",
                "issuer \"CN=Shop Root\"",
            ],
        ),
        (below_sloppy.clone(), "localhost", &[], &[]),
        (
            below_sloppy,
            "localhost",
            &strict,
            &[
                "depth 1",
                "subject \"CN=Sloppy\"",
                "key usage",
                "without SSLStrict",
            ],
        ),
        (
            good.issue(Some(&below_narrow))
                .with_chain(&[&below_narrow, &narrow]),
            "localhost",
            &[],
            &["may not issue others"],
        ),
        (bounded("localhost"), "localhost", &[], &[]),
        (
            bounded("bank.example"),
            "localhost",
            &[],
            &["not allowed to certify"],
        ),
        (
            alone(&purpose),
            "localhost",
            &[],
            &["not issued for a server"],
        ),
        (
            alone(&name_only),
            "localhost",
            &[],
            &["\"localhost\" in its subject only", "SSLNameInSubject"],
        ),
        (alone(&name_only), "localhost", &in_subject, &[]),
        (alone(&zero), "localhost", &[], &["not for \"localhost\""]),
        (
            alone(&short),
            "localhost",
            &[],
            &["key is too short", "2048"],
        ),
        (alone(&weak), "localhost", &[], &["SHA-1", "SHA-256"]),
    ];
    for (pem, host, more, words) in cases {
        let said = connect(&world, &pem, host, more);
        if words.is_empty() {
            welcomed(said);
        } else {
            refused(said, words);
        }
    }
}
