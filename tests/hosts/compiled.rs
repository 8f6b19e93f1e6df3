//! The programs of the languages that are compiled, each on its own runtime where that is installed.

use crate::common::{self, project, run};
use std::process::Command;
use std::time::Duration;

/// Compilers and the machine may be slow; what waits for the network has deadlines of its own.
const LIMIT: Duration = Duration::from_secs(300);

/// Has hosts/test.sh run a language, and asserts that all its checks passed.
fn assert_runs(language: &str) {
    let mut command = Command::new(project().join("hosts/test.sh"));
    command.args(["--here", language]);
    let outcome = run(command.env("WDSOCKET_LIBRARY", common::library()), LIMIT);
    assert!(outcome.success(), "{}", outcome.report());
    match outcome
        .out
        .lines()
        .find_map(|line| line.strip_prefix("skipped: "))
    {
        Some(what) => common::skip(what),
        None => assert!(outcome.out.contains("ok: "), "{}", outcome.report()),
    }
}

#[test]
fn ada_runs_against_the_c_library() {
    assert_runs("ada");
}

#[test]
fn cobol_runs_against_the_c_library() {
    assert_runs("cobol");
}

#[test]
fn csharp_runs_against_the_c_library() {
    assert_runs("csharp");
}

#[test]
fn fortran_runs_against_the_c_library() {
    assert_runs("fortran");
}

#[test]
fn java_runs_against_the_c_library() {
    assert_runs("java");
}

#[test]
fn common_lisp_runs_against_the_c_library() {
    assert_runs("lisp");
}

#[test]
fn pascal_runs_against_the_c_library() {
    assert_runs("pascal");
}
