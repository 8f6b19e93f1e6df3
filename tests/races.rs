//! Threads against threads: some hundred rounds in the usual run, thousands with `--ignored`.

mod common;

use common::{Outcome, assert_promises, build, run};
use std::process::Command;
use std::time::Duration;

fn race(file: &str, family: &[&str], arguments: &[&str], promises: usize) {
    let program = build(file, family);
    let outcome: Outcome = run(
        Command::new(program).args(arguments),
        Duration::from_secs(1500),
    );
    assert_promises(&outcome, promises);
}

promises! {
    both_families;
    close_ends_every_call: "race_close.c", 5;
    threads_share_a_socket: "race_traffic.c", 4;
    threads_share_a_listener: "race_accept.c", 3;
}

promises! {
    once;
    names_and_ids_are_never_confused: "race_names.c", 3;
}

#[test]
#[ignore = "long: thousands of rounds"]
fn close_ends_every_call_for_thousands_of_rounds_by_name() {
    race("race_close.c", &["-DBY_NAME"], &["5000"], 6);
}

#[test]
#[ignore = "long: thousands of rounds"]
fn close_ends_every_call_for_thousands_of_rounds_by_id() {
    race("race_close.c", &["-DBY_ID"], &["5000"], 5);
}

#[test]
#[ignore = "long: a gigabyte each way"]
fn threads_share_a_socket_for_a_gigabyte_each_way() {
    race("race_traffic.c", &["-DBY_NAME"], &["5000", "1024"], 4);
}

#[test]
#[ignore = "long: thousands of rounds"]
fn names_and_ids_are_never_confused_for_thousands_of_rounds() {
    race("race_names.c", &[], &["50000"], 3);
}

#[test]
#[ignore = "long: thousands of rounds"]
fn threads_share_a_listener_for_thousands_of_rounds() {
    race("race_accept.c", &["-DBY_NAME"], &["10000"], 3);
}
