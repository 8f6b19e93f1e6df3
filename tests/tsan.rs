//! The race programs under ThreadSanitizer, by `tests/tsan.sh`.

mod common;

use common::{project, run, skip};
use std::process::Command;
use std::time::Duration;

/// How `tests/tsan.sh` ends where its tools cannot be had.
const NOT_RUN: i32 = 77;

#[test]
#[ignore = "long: builds everything with the sanitizer"]
fn threads_share_memory_without_a_race() {
    let outcome = run(
        &mut Command::new(project().join("tests/tsan.sh")),
        Duration::from_secs(3000),
    );
    print!("{}", outcome.out);
    if outcome.status.and_then(|status| status.code()) == Some(NOT_RUN) {
        let reason = outcome.out.lines().last().unwrap_or("no reason told");
        return skip(reason.trim_start_matches("skipped: "));
    }
    assert!(outcome.success(), "{}", outcome.report());
    assert!(
        outcome.out.contains(" 0 failed") && !outcome.out.starts_with("0 passed"),
        "{}",
        outcome.report()
    );
}
