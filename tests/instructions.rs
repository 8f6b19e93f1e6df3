//! How many instructions a message costs, counted by callgrind, which counts the same on a busy machine as on an idle one.

mod common;

use common::{build, run, skip};
use std::process::Command;
use std::time::Duration;

/// The most instructions for one SocketWrite and one SocketRead of 64 bytes beyond a bare `send` and `recv`, a twentieth above
/// what was counted on x86-64: compilers and C libraries differ a little. With a watch, the peer's `send` and `recv` are
/// counted as well. Whoever makes a call dearer raises its number.
const BUDGETS: [(&str, u64); 6] = [
    ("no-tag", 522),
    ("size", 1134),
    ("name", 1331),
    ("name-no-tag", 719),
    ("watch", 748),
    ("watch-size", 2290),
];

/// Messages of the two runs; their difference leaves out the start and the end of the program.
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

fn instructions_per_message(way: &str) -> u64 {
    (instructions(way, MANY) - instructions(way, FEW)) / (MANY - FEW)
}

#[test]
fn a_message_stays_within_its_budget_of_instructions() {
    let valgrind = run(
        Command::new("sh").args(["-c", "valgrind --version"]),
        Duration::from_secs(20),
    );
    if !valgrind.success() {
        return skip("instructions per message: valgrind is not installed");
    }
    if !cfg!(target_arch = "x86_64") {
        return skip("instructions per message: the budgets are those of x86-64");
    }
    let bare = instructions_per_message("bare");
    assert!(bare > 0, "callgrind counted nothing");
    let over: Vec<_> = BUDGETS
        .into_iter()
        .map(|(way, budget)| (way, instructions_per_message(way) - bare, budget))
        .collect();
    println!("beyond the {bare} of send and recv: {over:?} (way, instructions, budget)");
    for (way, count, budget) in over {
        assert!(
            count <= budget,
            "{way}: {count} instructions for a message, {budget} are allowed"
        );
        assert!(
            count * 2 > budget,
            "{way}: {count} instructions for a message: lower its budget of {budget}, or it guards nothing"
        );
    }
}
