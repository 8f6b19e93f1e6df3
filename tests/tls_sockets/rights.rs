//! A program that runs with more rights than the user who starts it takes nothing from the environment.

use crate::common::secure::{Said, Secure};
use crate::common::{build, skip};
use crate::peer::Server;
use crate::world::World;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;
use wdsocket::constants::*;

/// The user of nobody's files.
const NOBODY: u32 = 65_534;

/// Runs the C program as root's for a user who may do nothing, with variables of that user's.
fn run_set_uid(world: &World, words: &[&str], environment: &[(&str, &str)]) -> Option<Said> {
    let program = world.folder.path().join("set-uid");
    fs::copy(build("secure.c", &[]), &program).expect("copy the program");
    if fs::metadata(&program).expect("its metadata").uid() != 0 {
        skip("set-uid programs: only root can make one");
        return None;
    }
    let mount = Command::new("findmnt")
        .args(["-no", "OPTIONS", "-T"])
        .arg(&program)
        .output();
    if mount.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains("nosuid")) {
        skip("set-uid programs: the folder for temporary files forbids them");
        return None;
    }
    fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).expect("set its bits");
    let mut command = Command::new(&program);
    command
        .args(words)
        .envs(environment.iter().copied())
        .uid(NOBODY)
        .gid(NOBODY);
    Some(Secure::start_command(&mut command).said())
}

#[test]
fn a_set_uid_program_takes_no_roots_from_the_environment() {
    let world = World::new();
    let server = Server::new(&world.server);
    let ask = [
        "connect",
        &server.port,
        "localhost",
        "0",
        "",
        "mode",
        "none",
        "rest",
    ];
    let environment = [("SSL_CERT_FILE", world.ca.as_str())];
    Secure::start_with(&ask, &environment).said().went_well();
    if let Some(said) = run_set_uid(&world, &ask, &environment) {
        said.failed(WDSOCKET_ERR_TLS_CERTIFICATE, &["CN=Shop Root"]);
    }
}

#[test]
fn a_set_uid_program_takes_no_certificate_store_from_the_environment() {
    let world = World::new();
    let bits = CertificateName.to_string();
    let listen = ["listen", &bits, "localhost", ""];
    let folder = world.folder.text();
    let environment = [("WDSOCKET_CERT_STORE", folder.as_str())];
    Secure::start_with(&listen, &environment).said().went_well();
    if let Some(said) = run_set_uid(&world, &listen, &environment) {
        said.failed(WDSOCKET_ERR_CERTIFICATE, &["none is given"]);
    }
}
