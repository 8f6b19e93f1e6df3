//! C programs that keep their promises over TLS, over names and over ids.

use crate::common::memcheck::{LOST, memcheck_held};
use crate::common::{PROGRAM_LIMIT, assert_promises, build, exports, run};
use crate::pki::{self, Wish};
use crate::world::{World, localhost};
use openssl::pkcs12::Pkcs12;
use openssl::symm::Cipher;
use std::collections::BTreeSet;
use std::process::Command;

/// A certificate for this machine with a quick key.
fn ec_world() -> World {
    World::serving(&Wish {
        key: pki::ec,
        ..localhost()
    })
}

/// Runs a program with a certificate for this machine, its root and more arguments.
pub fn keeps(file: &str, family: &str, more: &[&str], promises: usize) {
    keeps_built(file, &[family], more, promises);
}

fn keeps_built(file: &str, flags: &[&str], more: &[&str], promises: usize) {
    let world = ec_world();
    let mut command = Command::new(build(file, flags));
    command.args([&world.server, &world.ca]).args(more);
    assert_promises(&run(&mut command, PROGRAM_LIMIT), promises);
}

#[test]
fn every_function_works_over_tls_by_name() {
    keeps("tls_modes.c", "-DBY_NAME", &[], 15);
}

#[test]
fn every_function_works_over_tls_by_id() {
    keeps("tls_modes.c", "-DBY_ID", &[], 15);
}

/// What is promised of TLS holds for TLS inside the TLS that leads to a proxy.
#[test]
fn tls_inside_tls_keeps_what_tls_promises() {
    for (file, promises) in [
        ("tls_modes.c", 15),
        ("tls_threads.c", 7),
        ("tls_gather.c", 5),
    ] {
        keeps_built(file, &["-DBY_NAME", "-DTHROUGH_A_PROXY"], &[], promises);
    }
}

#[test]
fn tls_works_over_a_unix_socket() {
    for family in ["-DBY_NAME", "-DBY_ID"] {
        keeps("tls_unix.c", family, &[], 2);
    }
}

#[test]
fn a_load_balancer_tells_the_client_by_name() {
    keeps("tls_proxy_protocol.c", "-DBY_NAME", &[], 14);
    keeps("websocket_behind.c", "-DBY_NAME", &[], 7);
}

#[test]
fn a_load_balancer_tells_the_client_by_id() {
    keeps("tls_proxy_protocol.c", "-DBY_ID", &[], 14);
    keeps("websocket_behind.c", "-DBY_ID", &[], 7);
}

#[test]
fn tls_works_on_sockets_that_were_taken_over() {
    for family in ["-DBY_NAME", "-DBY_ID"] {
        keeps("tls_taken_over.c", family, &[], 1);
    }
}

#[test]
fn threads_share_a_tls_socket_by_name() {
    keeps("tls_threads.c", "-DBY_NAME", &[], 7);
}

#[test]
fn threads_share_a_tls_socket_by_id() {
    keeps("tls_threads.c", "-DBY_ID", &[], 7);
}

#[test]
fn threads_broadcast_to_each_others_clients_by_name() {
    keeps("tls_broadcast.c", "-DBY_NAME", &[], 2);
}

#[test]
fn threads_broadcast_to_each_others_clients_by_id() {
    keeps("tls_broadcast.c", "-DBY_ID", &[], 2);
}

#[test]
fn what_is_held_leaves_in_one_record_by_name() {
    keeps("tls_gather.c", "-DBY_NAME", &[], 5);
}

#[test]
fn what_is_held_leaves_in_one_record_by_id() {
    keeps("tls_gather.c", "-DBY_ID", &[], 5);
}

/// A certificate that both sides may show, behind the password "wdsocket": as PKCS#12 and as PEM.
fn locked(world: &World) -> [String; 2] {
    let both = Wish {
        extended_key_usage: Some("serverAuth,clientAuth".into()),
        key: pki::ec,
        ..localhost()
    };
    let leaf = both.issue(Some(&world.root));
    let mut builder = Pkcs12::builder();
    builder.pkey(&leaf.key).cert(&leaf.certificate);
    let pkcs12 = builder.build2("wdsocket").unwrap().to_der().unwrap();
    let cipher = Cipher::aes_256_cbc();
    let key = leaf
        .key
        .private_key_to_pem_pkcs8_passphrase(cipher, b"wdsocket")
        .unwrap();
    [
        world.folder.file("locked.p12", pkcs12),
        world.folder.file("locked.pem", [leaf.pem(), key].concat()),
    ]
}

fn asks_nobody_for_passwords(family: &str) {
    let world = ec_world();
    let mut command = Command::new(build("tls_password.c", &[family]));
    command
        .args([&world.server, &world.ca])
        .args(locked(&world));
    assert_promises(&run(&mut command, PROGRAM_LIMIT), 4);
}

#[test]
fn every_export_runs_on_a_stack_of_64_kib() {
    for world in [World::new(), ec_world()] {
        let mut command = Command::new(build("small_stack.c", &[]));
        command
            .args([&world.server, &world.ca])
            .args(locked(&world));
        let outcome = run(&mut command, PROGRAM_LIMIT);
        assert_promises(&outcome, 11);
        let called = outcome.out.lines();
        let called = called.filter_map(|line| line.strip_prefix("# called "));
        let called: BTreeSet<_> = called.map(str::to_owned).collect();
        assert_eq!(called, exports(), "called (left) and listed (right)");
    }
}

#[test]
fn nobody_is_asked_for_a_password_by_name() {
    asks_nobody_for_passwords("-DBY_NAME");
}

#[test]
fn nobody_is_asked_for_a_password_by_id() {
    asks_nobody_for_passwords("-DBY_ID");
}

#[test]
fn a_cancelled_thread_finishes_its_calls_by_name() {
    keeps("tls_cancelled.c", "-DBY_NAME", &[], 5);
}

#[test]
fn a_cancelled_thread_finishes_its_calls_by_id() {
    keeps("tls_cancelled.c", "-DBY_ID", &[], 5);
}

#[test]
fn a_signal_ends_a_wait_that_is_told_so_by_name() {
    keeps("signal_ends_wait.c", "-DBY_NAME", &[], 12);
}

#[test]
fn a_signal_ends_a_wait_that_is_told_so_by_id() {
    keeps("signal_ends_wait.c", "-DBY_ID", &[], 12);
}

#[test]
fn a_cancel_ends_what_waits_and_keeps_the_socket_by_name() {
    keeps("socket_cancel.c", "-DBY_NAME", &[], 16);
}

#[test]
fn a_cancel_ends_what_waits_and_keeps_the_socket_by_id() {
    keeps("socket_cancel.c", "-DBY_ID", &[], 16);
}

#[test]
fn tls_outlives_a_fork_by_name() {
    keeps("tls_fork.c", "-DBY_NAME", &[], 2);
}

#[test]
fn tls_outlives_a_fork_by_id() {
    keeps("tls_fork.c", "-DBY_ID", &[], 2);
}

#[test]
fn a_thread_that_used_tls_leaves_nothing_when_it_ends() {
    keeps("tls_thread_ends.c", "-DBY_ID", &[], 1);
}

#[test]
fn idle_tls_connections_give_their_buffers_back_by_name() {
    keeps("tls_idle.c", "-DBY_NAME", &[], 2);
}

#[test]
fn idle_tls_connections_give_their_buffers_back_by_id() {
    keeps("tls_idle.c", "-DBY_ID", &[], 2);
}

#[test]
fn a_shortage_of_memory_is_told_over_tls_by_name() {
    keeps("tls_shortage.c", "-DBY_NAME", &[], 4);
}

#[test]
fn a_shortage_of_memory_is_told_over_tls_by_id() {
    keeps("tls_shortage.c", "-DBY_ID", &[], 4);
}

#[test]
fn a_moment_without_descriptors_is_not_remembered_by_name() {
    keeps("tls_descriptors.c", "-DBY_NAME", &[], 2);
}

#[test]
fn a_moment_without_descriptors_is_not_remembered_by_id() {
    keeps("tls_descriptors.c", "-DBY_ID", &[], 2);
}

#[test]
fn a_tls_connection_leaves_no_memory_behind() {
    keeps("tls_many.c", "-DBY_NAME", &["2000"], 1);
}

#[test]
#[ignore = "long: under valgrind"]
fn a_tls_connection_leaves_no_memory_behind_under_memcheck() {
    let world = ec_world();
    let held = |connections: &str| {
        let arguments = [world.server.as_str(), &world.ca, connections];
        memcheck_held(LOST, "tls_many.c", &["-DBY_ID"], &arguments, 1)
    };
    // What is possibly lost or still reachable must not grow either: the caches are full with the first.
    let (Some(few), Some(many)) = (held("600"), held("3000")) else {
        return;
    };
    println!("{few} blocks held after 600 connections, {many} after 3000");
    // One block a connection, of any of the eight kinds of connections, would be 300 more.
    assert!(many < few + 150, "{few} blocks became {many}");
}
