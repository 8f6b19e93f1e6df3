//! What the library is to the program that loads it: no OpenSSL but its own, and no trace after use.

use crate::common::process::{LIMIT, installed};
use crate::common::{PROGRAM_LIMIT, assert_promises, build, library, run, skip};
use crate::world::World;
use std::path::Path;
use std::process::Command;

#[test]
fn no_function_of_openssl_is_exported_or_taken_from_the_host() {
    if !installed("nm") {
        return;
    }
    let listed = run(Command::new("nm").args(["-D"]).arg(library()), LIMIT);
    assert!(listed.success(), "{}", listed.report());
    let mut exports = 0;
    for line in listed.out.lines() {
        let name = line.split_whitespace().last().unwrap_or_default();
        let theirs = [
            "SSL_",
            "SSL_CTX_",
            "TLS_",
            "X509_",
            "EVP_",
            "CRYPTO_",
            "OPENSSL_",
            "OPENSSL_init",
            "ERR_",
            "BIO_",
            "PEM_",
            "RSA_",
            "EC_",
            "ASN1_",
        ];
        assert!(
            !theirs.iter().any(|start| name.starts_with(start)),
            "{line}"
        );
        exports += usize::from(line.contains(" T "));
    }
    assert!(exports > 50, "{}", listed.out);
}

#[test]
fn a_host_with_openssl_of_its_own_is_not_disturbed() {
    if !Path::new("/usr/include/openssl/ssl.h").exists() {
        skip("the system's OpenSSL has no headers here (libssl-dev)");
        return;
    }
    let world = World::new();
    let program = build(
        "tls_two_openssl.c",
        &["-DBY_NAME", "-Wl,--no-as-needed", "-lssl", "-lcrypto"],
    );
    let mut command = Command::new(program);
    command.args([&world.server, &world.ca]);
    assert_promises(&run(&mut command, PROGRAM_LIMIT), 2);
}

#[test]
fn the_library_is_loaded_used_for_tls_and_let_go_of_many_times() {
    let world = World::new();
    let mut command = Command::new(build("tls_load.c", &["-ldl"]));
    command.arg(library()).args([&world.server, &world.ca]);
    assert_promises(&run(&mut command, PROGRAM_LIMIT), 1);
}
