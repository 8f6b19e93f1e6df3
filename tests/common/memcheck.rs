//! valgrind's memcheck on a C program and the library in it.

use super::{Outcome, assert_promises, build, project, run, skip};
use std::process::Command;
use std::time::Duration;

/// Every kind of leak but what is still reachable at the end: the tables that live as long as the process.
pub const ALL_LEAKS: &str = "definite,indirect,possible";
/// What nothing leads to any more. The contexts of TLS live as long as the process, in a hash map that keeps
/// a pointer into the middle of its memory: whatever hangs on it is "possibly lost".
pub const LOST: &str = "definite,indirect";

/// Runs a program under memcheck; an error or a leak of these kinds makes it fail.
pub fn memcheck(kinds: &str, file: &str, flags: &[&str], arguments: &[&str], promises: usize) {
    if let Some(outcome) = watched(kinds, file, flags, arguments, promises, &["-q"]) {
        assert!(!outcome.err.contains("=="), "{}", outcome.report());
    }
}

/// The same; how many blocks of memory the program still held at its end, whatever led to them.
pub fn memcheck_held(
    kinds: &str,
    file: &str,
    flags: &[&str],
    arguments: &[&str],
    promises: usize,
) -> Option<usize> {
    let outcome = watched(kinds, file, flags, arguments, promises, &[])?;
    let told = outcome.err.split("in use at exit: ").nth(1);
    let blocks = told.and_then(|rest| rest.split(' ').nth(3)?.replace(',', "").parse().ok());
    assert!(blocks.is_some(), "{}", outcome.report());
    blocks
}

/// Runs it, which must keep its promises without an error. None where there is no valgrind.
fn watched(
    kinds: &str,
    file: &str,
    flags: &[&str],
    arguments: &[&str],
    promises: usize,
    more: &[&str],
) -> Option<Outcome> {
    let valgrind = run(
        Command::new("sh").args(["-c", "valgrind --version"]),
        Duration::from_secs(20),
    );
    if !valgrind.success() {
        skip(&format!("{file} under valgrind: it is not installed"));
        return None;
    }
    let outcome = run(
        Command::new("valgrind")
            .args(more)
            .args([
                "--leak-check=full",
                &format!("--errors-for-leak-kinds={kinds}"),
                &format!("--show-leak-kinds={kinds}"),
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
    Some(outcome)
}
