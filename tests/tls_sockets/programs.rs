//! C programs that keep their promises over TLS, over names and over ids.

use crate::common::memcheck::{LOST, memcheck_held};
use crate::common::{PROGRAM_LIMIT, assert_promises, build, run};
use crate::pki::{self, Wish};
use crate::world::{World, localhost};
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
    let world = ec_world();
    let mut command = Command::new(build(file, &[family]));
    command.args([&world.server, &world.ca]).args(more);
    assert_promises(&run(&mut command, PROGRAM_LIMIT), promises);
}

#[test]
fn every_function_works_over_tls_by_name() {
    keeps("tls_modes.c", "-DBY_NAME", &[], 14);
}

#[test]
fn every_function_works_over_tls_by_id() {
    keeps("tls_modes.c", "-DBY_ID", &[], 14);
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
fn idle_tls_connections_give_their_buffers_back_by_name() {
    keeps("tls_idle.c", "-DBY_NAME", &[], 1);
}

#[test]
fn idle_tls_connections_give_their_buffers_back_by_id() {
    keeps("tls_idle.c", "-DBY_ID", &[], 1);
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
