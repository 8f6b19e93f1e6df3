//! How many instructions a message costs, and a connection, counted by callgrind, which counts the same on a busy machine as
//! on an idle one.

mod common;

use common::{build, run, skip};
use std::process::Command;
use std::time::Duration;

/// The most instructions for one SocketWrite and one SocketRead of 64 bytes beyond a bare `send` and `recv`, a twentieth above
/// what was counted on x86-64: compilers and C libraries differ a little. With a watch, the peer's `send` and `recv` are
/// counted as well. Whoever makes a call dearer raises its number.
const BUDGETS: [(&str, u64); 6] = [
    ("no-tag", 497),
    ("size", 1111),
    ("name", 1305),
    ("name-no-tag", 691),
    ("watch", 721),
    ("watch-size", 2265),
];

/// The most for SocketConnect, SocketAccept and SocketClose of both ends, by id.
const CONNECTION_BUDGET: u64 = 5920;

/// Messages, or connections, of the two runs; their difference leaves out the start and the end of the program.
const FEW: u64 = 500;
const MANY: u64 = 2500;

fn instructions(way: &str, messages: u64) -> u64 {
    let outcome = run(
        Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(build("instructions.c", &[]))
            .args([way, &messages.to_string()]),
        Duration::from_secs(200),
    );
    assert!(outcome.success(), "{}", outcome.report());
    let count = outcome
        .err
        .lines()
        .find_map(|line| line.split_once("Collected :"));
    let count = count.and_then(|(_, count)| count.trim().parse().ok());
    count.unwrap_or_else(|| panic!("no count: {}", outcome.report()))
}

fn instructions_per_round(way: &str) -> u64 {
    (instructions(way, MANY) - instructions(way, FEW)) / (MANY - FEW)
}

/// Whether callgrind can count here.
fn can_count() -> bool {
    let valgrind = run(
        Command::new("sh").args(["-c", "valgrind --version"]),
        Duration::from_secs(20),
    );
    if !valgrind.success() {
        skip("instructions: valgrind is not installed");
    } else if !cfg!(target_arch = "x86_64") {
        skip("instructions: the budgets are those of x86-64");
    } else {
        return true;
    }
    false
}

fn check(way: &str, count: u64, budget: u64) {
    assert!(
        count <= budget,
        "{way}: {count} instructions, {budget} are allowed"
    );
    assert!(
        count * 2 > budget,
        "{way}: {count} instructions: lower its budget of {budget}, or it guards nothing"
    );
}

#[test]
fn a_connection_stays_within_its_budget_of_instructions() {
    if can_count() {
        let count = instructions_per_round("connections");
        println!("a connection: {count} instructions, {CONNECTION_BUDGET} are allowed");
        check("connections", count, CONNECTION_BUDGET);
    }
}

#[test]
fn a_message_stays_within_its_budget_of_instructions() {
    if !can_count() {
        return;
    }
    let bare = instructions_per_round("bare");
    assert!(bare > 0, "callgrind counted nothing");
    let over: Vec<_> = BUDGETS
        .into_iter()
        .map(|(way, budget)| (way, instructions_per_round(way) - bare, budget))
        .collect();
    println!("beyond the {bare} of send and recv: {over:?} (way, instructions, budget)");
    for (way, count, budget) in over {
        check(way, count, budget);
    }
}
