//! The hosts whose programs need no compiler of their own, C++ and Tcl: each on its runtime, where that is there.

use crate::common::process::{LIMIT, Process, hear_control_c};
use crate::common::{self, project, run};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

/// hosts/test.sh ends each step by itself well before.
const TEST_LIMIT: Duration = Duration::from_secs(600);

fn assert_runs(language: &str) {
    let outcome = run(
        Command::new(project().join("hosts/test.sh"))
            .args(["--here", language])
            .env("WDSOCKET_LIBRARY", common::library()),
        TEST_LIMIT,
    );
    for line in outcome.out.lines() {
        if let Some(reason) = line.strip_prefix("skipped: ") {
            common::skip(reason);
        }
    }
    assert!(outcome.success(), "{}", outcome.report());
}

#[test]
fn cpp_talks_with_c() {
    assert_runs("cpp");
}

#[test]
fn luajit_talks_with_c() {
    assert_runs("lua");
}

#[test]
fn node_talks_with_c() {
    assert_runs("node");
}

#[test]
fn perl_talks_with_c() {
    assert_runs("perl");
}

#[test]
fn php_talks_with_c() {
    assert_runs("php");
}

#[test]
fn python_talks_with_c() {
    assert_runs("python");
}

#[test]
fn ruby_talks_with_c() {
    assert_runs("ruby");
}

#[test]
fn tcl_talks_with_c() {
    assert_runs("tcl");
}

/// A program of Python that imports the layer.
fn python(program: &str) -> Command {
    let mut command = Command::new("python3");
    command
        .args(["-B", "-c", program])
        .env("WDSOCKET_LIBRARY", common::library())
        .env("PYTHONPATH", project().join("hosts/python"));
    command
}

#[test]
fn control_c_ends_an_endless_read_in_python() {
    let program = "import wdsocket as wd
wd.SocketCreate('server', 0, '127.0.0.1')
try:
    print('reading', flush=True)
    wd.SocketRead('server', True)
except KeyboardInterrupt:
    print('interrupted', flush=True)
";
    let mut python = Process(
        hear_control_c(&mut python(program))
            .stdout(Stdio::piped())
            .spawn()
            .expect("start python3"),
    );
    let mut said = BufReader::new(python.0.stdout.take().expect("its output is a pipe")).lines();
    assert_eq!(said.next().expect("a line").expect("text"), "reading");
    let interrupted = run(
        Command::new("kill").args(["-INT", &python.0.id().to_string()]),
        LIMIT,
    );
    assert!(interrupted.success(), "{}", interrupted.report());
    assert_eq!(said.next().expect("a line").expect("text"), "interrupted");
    python.ends_well("the program that was interrupted");
}

#[test]
fn a_time_out_in_python_tells_the_time_that_was_given() {
    let program = "import wdsocket as wd
wd.SocketCreate('server', 0, '127.0.0.1')
wd.SocketConnect('client', int(wd.SocketLocalInfo('server', wd.SocketPort)), '127.0.0.1')
try:
    wd.SocketRead('client', timeout=450)
except wd.Error as error:
    print(error.code, error.text)
";
    let outcome = run(&mut python(program), LIMIT);
    assert!(outcome.success(), "{}", outcome.report());
    assert!(outcome.out.starts_with("4 SocketRead"), "{}", outcome.out);
    assert!(outcome.out.contains("within 450 ms"), "{}", outcome.out);
}
