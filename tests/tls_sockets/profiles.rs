//! What a scanner finds on our servers: protocols and cipher suites of each profile, held in a list.

use crate::common::process::{LIMIT, Process, installed};
use crate::common::{build, run};
use crate::world::World;
use std::io::{BufRead, BufReader};
use std::process::Command;
use wdsocket::constants::*;

/// Protocols that are on, cipher suites in the server's order, and whether heartbleed was found.
fn scan(bits: i32) -> Option<Vec<String>> {
    if !installed("sslscan") {
        return None;
    }
    let world = World::new();
    let mut command = Command::new(build("tls_crowd.c", &[]));
    let mut server = Process::start(command.args([&world.server, &bits.to_string()]));
    let mut line = String::new();
    let pipe = server.0.stdout.take().expect("its output is a pipe");
    BufReader::new(pipe).read_line(&mut line).unwrap();
    let port = line.trim().strip_prefix("port ").expect("it listens");
    let scanned = run(
        Command::new("sslscan")
            .args([
                "--no-colour",
                "--no-cipher-details",
                "--no-groups",
                "--no-check-certificate",
            ])
            .arg(format!("127.0.0.1:{port}")),
        LIMIT,
    );
    assert!(scanned.success(), "{}", scanned.report());
    let found = scanned
        .out
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let kept = found.filter(|line| {
        let first = line.split(' ').next().unwrap_or_default();
        let protocol = first.starts_with("SSLv") || first.starts_with("TLSv1");
        protocol && line.ends_with("enabled")
            || ["Preferred", "Accepted"].contains(&first)
            || line.contains("heartbleed")
    });
    Some(kept.collect())
}

#[test]
fn the_default_profile_is_what_the_list_says() {
    let Some(found) = scan(0) else { return };
    assert_eq!(
        found,
        include_str!("default.scan").lines().collect::<Vec<_>>()
    );
}

#[test]
fn the_profile_for_old_machines_is_what_the_list_says() {
    let all = ProtocolTLS1 | ProtocolTLS1_1 | ProtocolTLS1_2 | ProtocolTLS1_3;
    let Some(found) = scan(all) else { return };
    assert_eq!(found, include_str!("old.scan").lines().collect::<Vec<_>>());
}
