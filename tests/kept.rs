//! What programs that were compiled with the last release rely on: a header that breaks it is refused, one that adds to
//! it is not.
#![cfg(target_os = "linux")]

mod common;

use common::{Outcome, build_folder, exports, project, run};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::time::Duration;

fn header() -> String {
    fs::read_to_string(project().join("include/wdsocket.h")).expect("the header")
}

/// What the check says to a header, this one or another.
fn check(name: &str, header: &str) -> Outcome {
    let folder = build_folder().join("kept");
    fs::create_dir_all(&folder).expect("create a folder");
    let file = folder.join(name);
    fs::write(&file, header).expect("write the header");
    run(
        Command::new(project().join("scripts/abi.sh"))
            .arg("check")
            .arg(file),
        Duration::from_secs(60),
    )
}

/// The header with one text in the place of another.
fn with(old: &str, new: &str) -> String {
    let header = header();
    assert!(header.contains(old), "{old}");
    header.replacen(old, new, 1)
}

#[test]
fn the_header_keeps_what_the_last_release_had() {
    let outcome = check("today.h", &header());
    assert!(outcome.success(), "{}", outcome.report());
    assert!(outcome.out.starts_with("nothing that programs made for "));
}

#[test]
fn a_header_that_breaks_the_last_release_is_refused() {
    let write = "SocketWrite(const char *name, const void *data, int32_t size);";
    for (name, broken, line) in [
        (
            "fewer.h",
            with(write, "SocketWrite(const char *name, const void *data);"),
            "function intptr_t SocketWrite(const char *, const void *, int32_t)",
        ),
        (
            "more.h",
            with(
                write,
                "SocketWrite(const char *name, const void *data, int32_t size, int32_t wait);",
            ),
            "function intptr_t SocketWrite(const char *, const void *, int32_t)",
        ),
        (
            "other.h",
            with(
                write,
                "SocketWrite(const char *name, const void *data, int64_t size);",
            ),
            "function intptr_t SocketWrite(const char *, const void *, int32_t)",
        ),
        (
            "gone.h",
            with(
                "SocketWrite(const char *name,",
                "SocketSend(const char *name,",
            ),
            "function intptr_t SocketWrite(",
        ),
        (
            "number.h",
            with("SocketNagle = 101,", "SocketNagle = 100,"),
            "constant SocketNagle = 101",
        ),
        (
            "convention.h",
            with(
                "#define WDSOCKET_CALL __stdcall",
                "#define WDSOCKET_CALL __cdecl",
            ),
            "convention WDSOCKET_CALL __stdcall",
        ),
    ] {
        let outcome = check(name, &broken);
        assert!(outcome.ended_with(1), "{name}: {}", outcome.report());
        assert!(outcome.out.contains(line), "{name}: {}", outcome.report());
    }
}

#[test]
fn a_header_that_adds_to_the_last_release_is_taken() {
    let nagle = "SocketNagle = 101,";
    for (name, longer) in [
        (
            "function.h",
            with(
                "WDSOCKET_API intptr_t WDSOCKET_CALL SocketClose(",
                "WDSOCKET_API intptr_t WDSOCKET_CALL SocketNew(int32_t id);\nWDSOCKET_API intptr_t WDSOCKET_CALL SocketClose(",
            ),
        ),
        (
            "constant.h",
            with(nagle, &format!("{nagle}\n    SocketNewOption = 199,")),
        ),
        (
            "comment.h",
            with("Reads the next message", "Takes the next message"),
        ),
        (
            "parameter.h",
            with(
                "SocketWrite(const char *name, const void *data",
                "SocketWrite(const char *socket, const void *message",
            ),
        ),
    ] {
        let outcome = check(name, &longer);
        assert!(outcome.success(), "{name}: {}", outcome.report());
    }
}

#[test]
fn every_function_of_the_dll_keeps_its_ordinal() {
    let list = fs::read_to_string(project().join("build/ordinals.txt")).expect("the ordinals");
    let mut numbers = BTreeMap::new();
    let mut names = BTreeSet::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let (number, name) = line.split_once(' ').expect("a number and a name");
        let number: u16 = number.parse().expect("a number");
        assert!(
            numbers.insert(number, name).is_none(),
            "{number} is given twice"
        );
        assert!(names.insert(name), "{name} has two");
    }
    // Some of today's, forever.
    for (number, name) in [
        (1, "NetIPAddress"),
        (95, "SocketRead"),
        (138, "SocketWriteToW"),
    ] {
        assert_eq!(numbers.get(&number), Some(&name));
    }
    let described = run(
        Command::new(project().join("scripts/abi.sh")).arg("describe"),
        Duration::from_secs(60),
    );
    let functions: Vec<_> = described
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("function intptr_t ")?.split('(').next())
        .collect();
    assert!(functions.len() > exports().len(), "{}", described.report());
    for name in functions {
        assert!(
            names.contains(name),
            "{name} has no ordinal: put it at the end of build/ordinals.txt with the next number"
        );
    }
}
