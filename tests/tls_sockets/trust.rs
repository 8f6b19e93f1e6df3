//! Which roots count: files, folders, the system's.

use crate::common::secure::{Said, Secure};
use crate::peer::Server;
use crate::pki;
use crate::world::World;
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
    ask(&server, &empty, &[]).failed(WDSOCKET_ERR_CERTIFICATE, &["SSLCaFile", "no certificate"]);
}
