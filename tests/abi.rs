//! The public face: what the shared object exports, what the header declares and what the list of
//! the contract says are one and the same; loading does nothing.

mod common;

use common::{assert_promises, build, exports, library, project, run};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

fn header() -> PathBuf {
    project().join("include/wdsocket.h")
}

fn text_of(path: PathBuf) -> String {
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("read {}: {e}", path.display()))
}

/// The functions that the header declares, each with its whole declaration on one line.
fn declared() -> Vec<(String, String)> {
    let text = text_of(header());
    let (text, _) = text
        .split_once(UTF16_FAMILY)
        .expect("the UTF-16 family is the header's last part");
    prototypes(text)
}

/// Where the header's part for Windows alone begins.
const UTF16_FAMILY: &str = "\n#ifdef _WIN32\n";

fn prototypes(text: &str) -> Vec<(String, String)> {
    let mut functions = Vec::new();
    for part in text.split("WDSOCKET_API intptr_t WDSOCKET_CALL ").skip(1) {
        let declaration: Vec<_> = part
            .split(';')
            .next()
            .unwrap_or("")
            .split_whitespace()
            .collect();
        let declaration = declaration.join(" ");
        let name = declaration.split('(').next().unwrap_or("").to_string();
        functions.push((name, declaration));
    }
    functions
}

fn output(command: &mut Command) -> String {
    let outcome = run(command, LIMIT);
    assert!(outcome.success(), "{command:?}: {}", outcome.report());
    outcome.out
}

#[test]
fn the_shared_object_the_header_and_the_list_name_the_same_functions() {
    let symbols = output(
        Command::new("nm")
            .args(["-D", "--defined-only"])
            .arg(library()),
    );
    let exported: BTreeSet<_> = symbols
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        .map(str::to_string)
        .collect();
    let declared: BTreeSet<_> = declared().into_iter().map(|(name, _)| name).collect();
    let listed = exports();
    assert!(listed.len() >= 41, "the list has {} names", listed.len());
    assert_eq!(
        exported, listed,
        "exports (left) and tests/exports.txt (right)"
    );
    assert_eq!(
        declared, listed,
        "header (left) and tests/exports.txt (right)"
    );
}

#[test]
fn every_parameter_is_one_that_any_host_can_pass() {
    const TYPES: [&str; 6] = [
        "int32_t ",
        "const char *",
        "char *",
        "const void *",
        "void *",
        "int32_t *",
    ];
    let functions = declared();
    assert!(functions.len() >= 41);
    for (name, declaration) in functions {
        let inside = declaration
            .split_once('(')
            .and_then(|(_, rest)| rest.strip_suffix(')'))
            .unwrap_or_else(|| panic!("{name} is declared as {declaration}"));
        if inside == "void" {
            continue;
        }
        for parameter in inside.split(", ") {
            let kind = parameter.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
            assert!(TYPES.contains(&kind), "{name} takes \"{parameter}\"");
        }
    }
}

#[test]
fn every_function_with_text_has_its_utf16_twin_and_no_other_has_one() {
    let text = text_of(header());
    let (_, family) = text
        .split_once(UTF16_FAMILY)
        .expect("the UTF-16 family is the header's last part");
    let expected: BTreeSet<_> = declared()
        .into_iter()
        .filter(|(_, declaration)| declaration.contains("char *"))
        .map(|(_, declaration)| {
            let wide = declaration.replace("char *", "uint16_t *");
            wide.replacen('(', "W(", 1)
        })
        .collect();
    let found: BTreeSet<_> = prototypes(family)
        .into_iter()
        .map(|(_, declaration)| declaration)
        .collect();
    assert!(expected.len() >= 50, "{} functions", expected.len());
    assert_eq!(found, expected, "header (left) and expected (right)");
}

#[test]
fn both_families_take_the_same_parameters_after_the_first() {
    let functions = declared();
    let rest = |declaration: &str| {
        let inside = declaration.split_once('(').map_or("", |(_, rest)| rest);
        inside
            .split_once(", ")
            .map_or(")", |(_, rest)| rest)
            .to_string()
    };
    let mut pairs = 0;
    for (name, declaration) in &functions {
        let twin = format!("{name}Id");
        let Some((_, by_id)) = functions.iter().find(|(other, _)| *other == twin) else {
            continue;
        };
        pairs += 1;
        let first = by_id.split_once('(').map_or("", |(_, rest)| rest);
        match name.as_str() {
            "SocketAccept" => assert_eq!(first, "int32_t id)"),
            "SocketConnected" => assert_eq!(first, "int32_t id)"),
            "SocketWatch" => assert_eq!(by_id, "SocketWatchId(void)"),
            _ if [
                "SocketCreate",
                "SocketConnect",
                "SocketFromDescriptor",
                "WebSocketClientConnect",
            ]
            .iter()
            .any(|makes| name.starts_with(makes)) =>
            {
                assert_eq!(first, rest(declaration), "{twin} drops the name")
            }
            _ => {
                let handles = ["int32_t id", "int32_t watch"];
                assert!(handles.iter().any(|h| first.starts_with(h)), "{by_id}");
                let by_name = rest(declaration).replace("const char *name", "int32_t id");
                assert_eq!(rest(by_id), by_name, "{name} and {twin}");
            }
        }
    }
    assert!(pairs >= 17, "{pairs} pairs");
}

#[test]
fn the_shared_object_needs_libc_and_its_family_only() {
    const FAMILY: [&str; 9] = [
        "linux-vdso.so.",
        "linux-gate.so.",
        "ld-linux",
        "libc.so.",
        "libgcc_s.so.",
        "libm.so.",
        "libpthread.so.",
        "libdl.so.",
        "librt.so.",
    ];
    let needed = output(Command::new("ldd").arg(library()));
    let mut count = 0;
    for line in needed.lines().filter(|line| !line.trim().is_empty()) {
        let path = line.split_whitespace().next().unwrap_or("");
        let name = path.rsplit('/').next().unwrap_or("");
        count += 1;
        assert!(FAMILY.iter().any(|known| name.starts_with(known)), "{line}");
    }
    assert!(count >= 2, "{needed}");
}

#[test]
fn the_shared_object_has_its_versioned_name_and_is_never_unloaded() {
    let dynamic = output(Command::new("readelf").args(["-d", "-W"]).arg(library()));
    assert!(dynamic.contains("[libwdsocket.so.0]"), "{dynamic}");
    let pinned = |line: &&str| line.contains("FLAGS_1") && line.contains("NODELETE");
    assert!(dynamic.lines().any(|line| pinned(&line)), "{dynamic}");
}

#[test]
fn loading_does_nothing() {
    let program = build("load.c", &[]);
    let outcome = run(Command::new(program).arg(library()), LIMIT);
    assert_promises(&outcome, 2);
}
