//! A server that shows each client the certificate of the name it asks for.

use std::fs;
use std::time::Duration;

use openssl::pkcs12::Pkcs12;
use wdsocket::constants::*;
use wdsocket::error::Code;
use wdsocket::tls::{ClientContext, ServerContext, SslInfo};

use crate::pair::{Pair, World};
use crate::pki::{self, Certified, Folder, Wish};
use crate::zoo::says;

/// A certificate for these names.
fn of(names: &[&str]) -> Wish {
    let names: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
    Wish {
        common_name: "not looked at".into(),
        alternative_names: Some(names.join(",")),
        ..pki::server()
    }
}

/// A world whose server has an empty folder of certificates beside the one for till.example.
fn world() -> (World, Folder) {
    let (mut world, folder) = (World::new(), Folder::new());
    world.server.certificate_directory = folder.text();
    (world, folder)
}

/// What a client that asks for `name` and trusts whoever it meets is shown.
fn shown(world: &World, name: &str) -> String {
    let mut client = world.client.clone();
    client.options |= SSLNoVerify;
    let mut pair = Pair::new(&client, name, &world.server);
    pair.connect();
    let told = pair.client.session.info(SslInfo::PeerFingerprint);
    told.unwrap()
}

fn fingerprint(of: &Certified) -> String {
    let digest = of
        .certificate
        .digest(openssl::hash::MessageDigest::sha256());
    digest.unwrap().iter().map(|b| format!("{b:02X}")).collect()
}

fn is(shown: &str, one: &Certified) -> bool {
    shown
        .replace(':', "")
        .eq_ignore_ascii_case(&fingerprint(one))
}

#[test]
fn each_name_has_its_certificate_exact_before_wildcard_and_the_default_is_for_the_others() {
    let (mut world, folder) = world();
    let between = pki::authority("Between").issue(Some(&world.root));
    for (file, names, chain) in [
        ("a", &["one.example", "two.example"][..], Some(&between)),
        ("b", &["*.wild.example"], None),
        ("c", &["exact.wild.example"], None),
    ] {
        let leaf = of(names).issue(Some(chain.unwrap_or(&world.root)));
        let pem = leaf.with_chain(&chain.into_iter().collect::<Vec<_>>());
        folder.file(&format!("{file}.pem"), pem);
    }
    // The default is of another kind of key, with a chain of its own.
    let default = Wish {
        key: pki::rsa_2048,
        ..pki::server()
    };
    let default = default.issue(Some(&between)).with_chain(&[&between]);
    world.server.certificate = world.folder.file("default.pem", default);
    for version in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = version;
        // Each is verified by the client, against its name and the root.
        for name in [
            "one.example",
            "TWO.Example",
            "two.example.",
            "any.wild.example",
            "exact.wild.example",
            "till.example",
        ] {
            world.pair(name).connect();
        }
        let names = |name: &str| {
            let mut pair = world.pair(name);
            pair.connect();
            let told = pair.client.session.info(SslInfo::PeerNames);
            told.unwrap()
        };
        assert_eq!(names("any.wild.example"), "*.wild.example");
        assert_eq!(names("exact.wild.example"), "exact.wild.example");
        // A wildcard stands for one label, and the default is for whoever else.
        for other in [
            "other.example",
            "wild.example",
            "a.b.wild.example",
            "192.0.2.7",
        ] {
            let (client, _) = world.pair(other).shake();
            let e = client.unwrap_err();
            says(&e, &["it is not for", "till.example"]);
        }
    }
}

#[test]
fn every_layout_of_files_is_found_and_the_rest_passed_over() {
    let (mut world, folder) = world();
    world.server.password = "secret".into();
    let leaf = |name: &str| of(&[name]).issue(Some(&world.root));
    folder.file("a.pem", leaf("a.example").with_chain(&[]));
    let b = leaf("b.example");
    folder.file("b.crt", b.pem());
    folder.file("b.key", b.key_pem());
    let c = leaf("c.example");
    folder.file("c.CER", c.certificate.to_der().unwrap());
    folder.file("c.key", c.key.private_key_to_der().unwrap());
    for (name, password) in [("d", "secret"), ("e", "")] {
        let one = leaf(&format!("{name}.example"));
        let mut builder = Pkcs12::builder();
        builder.pkey(&one.key).cert(&one.certificate);
        let p12 = builder.build2(password).unwrap().to_der().unwrap();
        folder.file(&format!("{name}.p12"), p12);
    }
    let f = leaf("f.example");
    fs::create_dir(folder.path().join("f.example")).unwrap();
    folder.file("f.example/fullchain.pem", f.pem());
    folder.file("f.example/privkey.pem", f.key_pem());
    folder.file("README", "no certificate");
    folder.file("off.pem.disabled", leaf("off.example").with_chain(&[]));
    fs::create_dir(folder.path().join("empty.pem")).unwrap();
    for name in ["a", "b", "c", "d", "e", "f"] {
        world.pair(&format!("{name}.example")).connect();
    }
    world.pair("off.example").shake().0.unwrap_err();
    assert_eq!(ServerContext::get(&world.server).unwrap().warning(), None);
}

#[test]
fn the_protocols_on_offer_are_those_of_the_server_whatever_it_shows() {
    let (mut world, folder) = world();
    let leaf = of(&["a.example"]).issue(Some(&world.root));
    folder.file("a.pem", leaf.with_chain(&[]));
    world.client.alpn = "h2,http/1.1".into();
    for (offered, chosen) in [
        ("http/1.1", "http/1.1"),
        ("http/1.1,h2", "http/1.1"),
        ("", ""),
    ] {
        world.server.alpn = offered.into();
        for name in ["a.example", "till.example"] {
            let mut pair = world.pair(name);
            pair.connect();
            for session in [&pair.client.session, &pair.server.session] {
                assert_eq!(session.info(SslInfo::Alpn).unwrap(), chosen, "{name}");
            }
        }
    }
}

#[test]
fn more_certificates_than_may_be_are_refused_by_their_number() {
    let (world, folder) = world();
    for number in 0..=4000 {
        folder.file(&format!("{number}.pem"), "");
    }
    let e = ServerContext::get(&world.server).err().unwrap();
    assert_eq!(e.code, Code::Certificate);
    says(&e, &["4001 certificates", "at most 4000"]);
}

#[test]
fn a_key_beside_a_certificate_counts_where_none_is_in_it() {
    let (world, folder) = world();
    let leaf = |name: &str| of(&[name]).issue(Some(&world.root));
    let another = leaf("another.example").key_pem();
    let a = leaf("a.example");
    folder.file("a.pem", a.with_chain(&[]));
    folder.file("a.key", &another);
    let b = leaf("b.example");
    folder.file("b.pem", b.pem());
    folder.file("b.key", b.key_pem());
    let c = leaf("c.example");
    folder.file("c.pem", c.with_chain(&[]));
    folder.file("c.key", "no key at all");
    let warning = || ServerContext::get(&world.server).unwrap().warning();
    assert_eq!(warning(), None);
    for (name, one) in [("a", &a), ("b", &b), ("c", &c)] {
        assert!(is(&shown(&world, &format!("{name}.example")), one));
    }
    // Where it is the one that counts, it has to be the right one.
    folder.file("b.key", &another);
    let told = warning().unwrap();
    for word in ["b.key", "does not belong to the certificate in", "b.pem"] {
        assert!(told.contains(word), "{told}");
    }
}

#[test]
fn what_changes_in_the_folder_counts_from_the_next_client_on() {
    let (world, folder) = world();
    let leaf = || of(&["a.example"]).issue(Some(&world.root));
    let default = shown(&world, "a.example");
    let one = leaf();
    folder.file("a.pem", one.with_chain(&[]));
    assert!(is(&shown(&world, "a.example"), &one));
    // Replaced as a whole.
    let two = leaf();
    let beside = folder.file("new", two.with_chain(&[]));
    fs::rename(&beside, folder.path().join("a.pem")).unwrap();
    assert!(is(&shown(&world, "a.example"), &two));
    // Written over, first the certificate: it is shown once its key is there, too.
    let three = leaf();
    folder.file("a.pem", three.pem());
    assert!(is(&shown(&world, "a.example"), &two));
    let context = ServerContext::get(&world.server).unwrap();
    let told = context.warning().unwrap();
    assert!(
        told.contains("no private key") && told.contains("a.key"),
        "{told}"
    );
    folder.file("a.key", three.key_pem());
    assert!(is(&shown(&world, "a.example"), &three));
    assert_eq!(context.warning(), None);
    fs::remove_file(folder.path().join("a.pem")).unwrap();
    assert_eq!(shown(&world, "a.example"), default);
    // A folder that is gone for a moment takes nothing away.
    folder.file("a.pem", three.pem());
    assert!(is(&shown(&world, "a.example"), &three));
    let away = world.folder.path().join("away");
    fs::rename(folder.path(), &away).unwrap();
    assert!(is(&shown(&world, "a.example"), &three));
    let told = context.warning().unwrap();
    assert!(told.contains("cannot be read"), "{told}");
    fs::rename(&away, folder.path()).unwrap();
}

#[test]
fn a_file_that_is_given_other_names_in_place_is_found_within_a_second() {
    let (world, folder) = world();
    let leaf = |name| of(&[name]).issue(Some(&world.root));
    folder.file("a.pem", leaf("a.example").with_chain(&[]));
    shown(&world, "a.example");
    let other = leaf("b.example");
    folder.file("a.pem", other.with_chain(&[]));
    std::thread::sleep(Duration::from_millis(1100));
    assert!(is(&shown(&world, "b.example"), &other));
}

#[test]
fn what_cannot_be_used_is_told_and_the_others_are_used() {
    let (mut world, folder) = world();
    let good = of(&["a.example"]).issue(Some(&world.root));
    folder.file("a.pem", good.with_chain(&[]));
    folder.file("b.pem", "nothing of the kind");
    let warning = || ServerContext::get(&world.server).unwrap().warning();
    let told = warning().unwrap();
    for word in [
        "SSLCertificateDirectory: one certificate is not used",
        "b.pem",
        "is not a certificate",
    ] {
        assert!(told.contains(word), "{told}");
    }
    fs::remove_file(folder.path().join("b.pem")).unwrap();
    for (file, wish, words) in [
        (
            "c.pem",
            Wish {
                key: pki::rsa_1024,
                ..of(&["c.example"])
            },
            "is too weak",
        ),
        (
            "d.pem",
            Wish {
                alternative_names: None,
                ..of(&[])
            },
            "has no DNS name in its subjectAltName",
        ),
    ] {
        folder.file(file, wish.issue(Some(&world.root)).with_chain(&[]));
        let told = warning().unwrap();
        assert!(told.contains(words), "{told}");
        assert!(is(&shown(&world, "a.example"), &good));
        if file == "c.pem" {
            fs::remove_file(folder.path().join(file)).unwrap();
        }
    }
    folder.file("e.pem", "");
    let told = warning().unwrap();
    assert!(
        told.contains("2 certificates are not used") && told.contains("the first:"),
        "{told}"
    );
    world.server.certificate_directory.push_str("/nowhere");
    let e = ServerContext::get(&world.server).err().unwrap();
    assert_eq!(e.code, Code::Certificate);
    says(&e, &["SSLCertificateDirectory", "nowhere\" cannot be read"]);
}

#[test]
fn of_one_name_each_kind_of_key_has_its_certificate_and_the_longer_valid_one_counts() {
    let (mut world, folder) = world();
    let name = of(&["a.example"]);
    let rsa = Wish {
        key: pki::rsa_2048,
        ..name.clone()
    }
    .issue(Some(&world.root));
    let short = Wish {
        until: pki::DAY,
        ..name.clone()
    }
    .issue(Some(&world.root));
    let old = Wish {
        from: -90 * pki::DAY,
        until: -pki::DAY,
        ..name.clone()
    }
    .issue(Some(&world.root));
    let long = name.issue(Some(&world.root));
    for (file, one) in [("1", &short), ("2", &long), ("3", &rsa), ("4", &old)] {
        folder.file(&format!("{file}.pem"), one.with_chain(&[]));
    }
    for (signatures, one) in [
        ("ecdsa_secp256r1_sha256", &long),
        ("rsa_pss_rsae_sha256", &rsa),
    ] {
        world.client.signatures = format!("{signatures}:RSA+SHA256");
        if signatures.starts_with("ecdsa") {
            world.client.signatures = format!("{signatures}:ed25519");
        }
        assert!(is(&shown(&world, "a.example"), one), "{signatures}");
    }
}

#[test]
fn a_session_belongs_to_its_name_and_to_the_certificate_that_was_shown() {
    let (mut world, folder) = world();
    let both = of(&["a.example", "b.example"]);
    folder.file("a.pem", both.issue(Some(&world.root)).with_chain(&[]));
    for version in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = version;
        let client = ClientContext::get(&world.client).unwrap();
        let resumed = |host: &str| {
            let server = ServerContext::get(&world.server).unwrap();
            let mut pair = Pair::of(&client, host, &server);
            pair.connect();
            pair.server.session.info(SslInfo::Resumed).unwrap() == "1"
        };
        assert!(!resumed("a.example"));
        assert!(resumed("a.example"));
        assert!(!resumed("b.example"));
        folder.file("a.pem", both.issue(Some(&world.root)).with_chain(&[]));
        assert!(!resumed("a.example"));
        assert!(resumed("a.example"));
    }
}

#[test]
fn a_name_that_is_none_harms_nobody() {
    let (world, folder) = world();
    folder.file(
        "a.pem",
        of(&["till.example", "*.example"])
            .issue(Some(&world.root))
            .with_chain(&[]),
    );
    for name in [
        &b"till\0example"[..],
        b".ill.example",
        b"\xff\xfe\xfd..example",
        b"............",
        b"*...........",
        b"\0\0\0\0\0\0\0\0\0\0\0\0",
    ] {
        assert_eq!(name.len(), "till.example".len());
        let mut pair = world.pair("till.example");
        pair.client.session.handshake().unwrap();
        let mut hello = pair.client.out.take();
        let at = hello
            .windows(12)
            .position(|bytes| bytes == b"till.example")
            .unwrap();
        hello[at..at + 12].copy_from_slice(name);
        pair.server.session.feed(crate::pair::room(&hello));
        let _ = pair.server.session.handshake();
    }
    world.pair("till.example").connect();
}
