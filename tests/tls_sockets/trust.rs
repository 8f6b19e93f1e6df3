//! Which certificates count: roots in files and folders, the system's, revocation lists, pins, none at all.

use crate::certificates::{connect, here, refused, welcomed};
use crate::common::secure::{Said, Secure};
use crate::peer::Server;
use crate::pki::{self, Certified, DAY, Wish};
use crate::world::World;
use openssl::hash::MessageDigest;
use wdsocket::constants::*;

fn ask(server: &Server, words: &[&str], environment: &[(&str, &str)]) -> Said {
    let target = [
        "connect",
        &server.port,
        "localhost",
        "0",
        "",
        "mode",
        "none",
        "rest",
    ];
    Secure::start_with(&[words, &target].concat(), environment).said()
}

#[test]
fn a_folder_of_roots_needs_no_hashed_names() {
    let world = World::new();
    let server = Server::new(&world.server);
    let folder = pki::Folder::new();
    let option = [
        "option",
        "SSLSystemRoots",
        "0",
        "text",
        "SSLCaDirectory",
        &folder.text(),
    ]
    .map(str::to_owned);
    let words: Vec<&str> = option.iter().map(String::as_str).collect();
    ask(&server, &words, &[]).failed(
        WDSOCKET_ERR_CERTIFICATE,
        &["SSLCaDirectory", "no certificate"],
    );
    folder.file("any name.crt", world.root.certificate.to_der().unwrap());
    ask(&server, &words, &[]).went_well();
}

#[test]
fn the_systems_roots_count_unless_they_are_switched_off() {
    let world = World::new();
    let server = Server::new(&world.server);
    let system = [("SSL_CERT_FILE", world.ca.as_str())];
    ask(&server, &[], &system).went_well();
    let off = ["option", "SSLSystemRoots", "0"];
    ask(&server, &off, &system).failed(
        WDSOCKET_ERR_TLS_CERTIFICATE,
        &["no trusted root was found on this machine"],
    );
    // The machine's own do not know the shop's root.
    ask(&server, &[], &[]).failed(WDSOCKET_ERR_TLS_CERTIFICATE, &["CN=Shop Root"]);
}

#[test]
fn a_file_of_roots_that_cannot_be_read_is_told() {
    let world = World::new();
    let server = Server::new(&world.server);
    let missing = ["text", "SSLCaFile", "/nowhere/ca.pem"];
    ask(&server, &missing, &[]).failed(WDSOCKET_ERR_CERTIFICATE, &["SSLCaFile", "/nowhere/ca.pem"]);
    let empty = world.folder.file("empty.pem", "nothing here");
    let empty = ["text", "SSLCaFile", &empty];
    ask(&server, &empty, &[]).failed(
        WDSOCKET_ERR_CERTIFICATE,
        &["SSLCaFile", "is not a certificate"],
    );
}

#[test]
fn a_revoked_certificate_is_refused() {
    let world = World::new();
    let (good, bad) = (
        here().issue(Some(&world.root)),
        here().issue(Some(&world.root)),
    );
    let list = |name: &str, issuer: &Certified, revoked: &[&Certified], until| {
        let list = pki::revocation_list(issuer, revoked, until);
        world.folder.file(name, list.to_pem().unwrap())
    };
    let current = list("current.pem", &world.root, &[&bad], DAY);
    let old = list("old.pem", &world.root, &[&bad], -DAY);
    let stranger = pki::authority("Other Root").issue(None);
    let other = list("other.pem", &stranger, &[], DAY);
    let ask = |shown: &Certified, file: &str| {
        let words = ["text", "SSLCrlFile", file];
        connect(&world, &shown.with_chain(&[]), "localhost", &words)
    };
    welcomed(ask(&good, &current));
    refused(ask(&bad, &current), &["its issuer revoked it"]);
    refused(ask(&good, &old), &["out of date", "newest list"]);
    refused(ask(&good, &other), &["no revocation list", "CN=Shop Root"]);
    welcomed(ask(&bad, ""));
    let changes = pki::list_of_changes(&world.root).to_pem().unwrap();
    let changes = world.folder.file("changes.pem", changes);
    ask(&good, &changes).failed(
        WDSOCKET_ERR_CERTIFICATE,
        &["changes.pem", "a list of changes", "complete list"],
    );
}

#[test]
fn without_verification_anything_is_accepted() {
    let world = World::new();
    let expired = Wish {
        from: -9 * DAY,
        until: -DAY,
        ..pki::server()
    };
    let file = world
        .folder
        .file("shown.pem", expired.issue(None).with_chain(&[]));
    let server = Server::new(&file);
    let bits = SSLNoVerify.to_string();
    let target = [
        "connect",
        &server.port,
        "127.0.0.1",
        &bits,
        "",
        "mode",
        "none",
        "rest",
    ];
    welcomed(Secure::run(&target));
}

#[test]
fn a_pinned_certificate_needs_no_root_and_no_name() {
    let world = World::new();
    let lone = Wish {
        from: -9 * DAY,
        until: -DAY,
        ..pki::server()
    }
    .issue(None);
    let digest = lone.certificate.digest(MessageDigest::sha256()).unwrap();
    let pin: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let ask = |pin: &str| {
        let words = ["text", "SSLPeerFingerprintPin", pin];
        connect(&world, &lone.with_chain(&[]), "127.0.0.1", &words)
    };
    for form in [pin.join(""), pin.join(":").to_uppercase(), pin.join(" ")] {
        welcomed(ask(&form));
    }
    ask(&"00".repeat(32)).failed(
        WDSOCKET_ERR_TLS_CERTIFICATE,
        &[
            &pin.join(":").to_uppercase(),
            "not the one in SSLPeerFingerprintPin",
            "CN=till.example",
        ],
    );
    ask("not a pin").failed(WDSOCKET_ERR_INVALID_ARGUMENT, &["SSLPeerFingerprintPin"]);
}
