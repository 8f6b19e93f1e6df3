//! The C programs under valgrind's memcheck: no invalid access, nothing uninitialised used, no leak.

mod common;

use common::{assert_promises, build, project, run, skip};
use std::process::Command;
use std::time::Duration;

/// Runs a program under memcheck; an error or a leak makes it fail. Every kind of leak counts but
/// what is still reachable at the end: the tables that live as long as the process.
fn memcheck(file: &str, flags: &[&str], arguments: &[&str], promises: usize) {
    let valgrind = run(
        Command::new("sh").args(["-c", "valgrind --version"]),
        Duration::from_secs(20),
    );
    if !valgrind.success() {
        return skip(&format!("{file} under valgrind: it is not installed"));
    }
    let outcome = run(
        Command::new("valgrind")
            .args([
                "-q",
                "--leak-check=full",
                "--errors-for-leak-kinds=definite,indirect,possible",
                "--show-leak-kinds=definite,indirect,possible",
                "--error-exitcode=99",
                "--fair-sched=try",
            ])
            .arg(format!(
                "--suppressions={}",
                project().join("tests/valgrind.supp").display()
            ))
            .arg(build(file, flags))
            .args(arguments)
            .env("WDSOCKET_TEST_SLOWER", "15"),
        Duration::from_secs(1500),
    );
    assert_promises(&outcome, promises);
    assert!(!outcome.err.contains("=="), "{}", outcome.report());
}

/// `memcheck! { test_name: "file.c", flags, arguments, at least this many promises; }`
macro_rules! memcheck {
    ($($test:ident: $file:literal, $flags:expr, $arguments:expr, $count:literal;)+) => {
        $(#[test] #[ignore = "long: under valgrind"] fn $test() { memcheck($file, &$flags, &$arguments, $count); })+
    };
}

memcheck! {
    frames: "frames.c", ["-DBY_NAME"], [], 9;
    nothing_lost: "nothing_lost.c", ["-DBY_ID"], [], 7;
    ends: "ends.c", ["-DBY_NAME"], [], 8;
    listen: "listen.c", ["-DBY_NAME"], [], 14;
    connect: "connect.c", ["-DBY_NAME"], [], 7;
    simplified_server: "simplified.c", ["-DBY_ID"], [], 8;
    arguments: "arguments.c", ["-DBY_NAME"], [], 6;
    info: "info.c", ["-DBY_NAME"], [], 7;
    options: "options.c", ["-DBY_ID"], [], 8;
    cancel: "cancel.c", ["-DBY_NAME"], [], 11;
    names: "names.c", [""; 0], [], 10;
    datagrams: "udp.c", ["-DBY_ID"], [], 12;
    datagrams_of_several_threads: "udp_threads.c", ["-DBY_NAME"], ["10000"], 8;
    groups_and_options_of_udp: "udp_options.c", ["-DBY_NAME"], [], 7;
    machines: "machine.c", [""; 0], [], 4;
    accept_name: "accept_name.c", [""; 0], [], 2;
    close_races: "race_close.c", ["-DBY_NAME"], ["20"], 6;
    name_races: "race_names.c", [""; 0], ["60"], 3;
    traffic: "race_traffic.c", ["-DBY_NAME"], ["40", "4"], 4;
}
