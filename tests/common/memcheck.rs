//! valgrind's memcheck on a C program and the library in it.

use super::{assert_promises, build, project, run, skip};
use std::process::Command;
use std::time::Duration;

/// Runs a program under memcheck; an error or a leak makes it fail. Every kind of leak counts but
/// what is still reachable at the end: the tables that live as long as the process.
pub fn memcheck(file: &str, flags: &[&str], arguments: &[&str], promises: usize) {
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
