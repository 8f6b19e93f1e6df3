//! What VBA and VB6 would refuse, or pass on wrongly, in hosts/vba: no VBA is at hand, so its files are read here.

use crate::common::project;
use std::collections::BTreeMap;
use std::fs;

/// A function: its name in the DLL, and what each parameter is.
#[derive(Debug, PartialEq, Clone)]
struct Function {
    called: String,
    parameters: Vec<Passed>,
}

#[derive(Debug, PartialEq, Clone, Copy)]
enum Passed {
    Number,
    Text,
    Pointer,
}

fn text_of(file: &str) -> String {
    fs::read_to_string(project().join(file)).unwrap_or_else(|error| panic!("read {file}: {error}"))
}

/// The functions that a program on Windows finds in the header, by the name in the DLL.
fn header() -> BTreeMap<String, Function> {
    let text = text_of("include/wdsocket.h");
    let mut functions = BTreeMap::new();
    for declaration in text.split("WDSOCKET_API intptr_t WDSOCKET_CALL ").skip(1) {
        let (name, rest) = declaration
            .split_once('(')
            .expect("a prototype has parameters");
        let (list, _) = rest.split_once(");").expect("a prototype ends");
        let parameters = list.split(',').map(str::trim).filter(|one| *one != "void");
        let parameters = parameters.map(|one| match one {
            _ if one.starts_with("int32_t ") && !one.contains('*') => Passed::Number,
            _ if one.contains("uint16_t *") || one.contains("char *") => Passed::Text,
            _ => Passed::Pointer,
        });
        let called = name.to_owned();
        let parameters = parameters.collect();
        functions.insert(name.to_owned(), Function { called, parameters });
    }
    assert!(functions.len() > 100, "the header was not understood");
    functions
}

/// The parts of a list, up to the bracket that ends it.
fn arguments_of(list: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0, false, 0);
    let mut arguments = Vec::new();
    for (at, letter) in list.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' if depth == 0 => {
                arguments.push(list[start..at].trim());
                break;
            }
            ')' => depth -= 1,
            ',' if depth == 0 => {
                arguments.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    arguments.retain(|one| !one.is_empty());
    arguments
}

/// The Declare lines of a branch of `#If VBA7`, by the name in VBA.
fn declared(safe: &str, pointer: &str) -> BTreeMap<String, Function> {
    let mut functions = BTreeMap::new();
    for line in text_of("hosts/vba/wdsocket.bas").lines() {
        let Some(line) = line.strip_prefix(&format!("Public Declare {safe}Function ")) else {
            continue;
        };
        let (name, rest) = line.split_once(" Lib \"wdsocket.dll\"").expect("a library");
        let (alias, rest) = rest.split_once(" (").expect("parameters");
        let called = match alias.strip_prefix(" Alias \"") {
            Some(alias) => alias.trim_end_matches('"'),
            None => name,
        };
        assert!(
            rest.ends_with(&format!(") As {pointer}")),
            "{name} gives {rest}"
        );
        let parameters = arguments_of(rest).into_iter().map(|one| {
            let words: Vec<_> = one.split(' ').collect();
            assert_eq!([words[0], words[2]], ["ByVal", "As"], "{name}: {one}");
            assert!(
                !RESERVED.contains(&words[1].to_lowercase().as_str()),
                "{name}: {one}"
            );
            match words[3] {
                kind if kind == pointer && kind != "Long" => Passed::Pointer,
                "Long" => Passed::Number,
                other => panic!("{name}: As {other}"),
            }
        });
        let called = called.to_owned();
        let parameters = parameters.collect();
        functions.insert(name.to_owned(), Function { called, parameters });
    }
    functions
}

/// Words of the language that no parameter may be called.
const RESERVED: &[&str] = &[
    "and", "as", "byval", "call", "case", "close", "const", "date", "declare", "dim", "do", "end",
    "error", "event", "exit", "for", "function", "get", "if", "in", "input", "is", "len", "let",
    "lock", "loop", "me", "mod", "new", "next", "not", "nothing", "null", "on", "open", "option",
    "or", "print", "private", "public", "put", "redim", "resume", "select", "set", "static",
    "step", "stop", "string", "sub", "then", "to", "type", "until", "variant", "while", "with",
    "write",
];

#[test]
fn each_declare_of_vba_is_a_function_of_the_dll() {
    let header = header();
    for (safe, pointer) in [("PtrSafe ", "LongPtr"), ("", "Long")] {
        let declared = declared(safe, pointer);
        let by_name_and_id =
            header.len() - header.keys().filter(|name| name.ends_with('W')).count();
        assert_eq!(declared.len(), by_name_and_id, "functions with {pointer}");
        for (name, function) in declared {
            let Some(there) = header.get(&function.called) else {
                panic!("{name}: the DLL has no {}", function.called);
            };
            let has_bytes_as_text = there.parameters.contains(&Passed::Text);
            assert_eq!(
                has_bytes_as_text,
                function.called.ends_with('W'),
                "{name}: UTF-16 or not"
            );
            // In 32 bits a pointer is a Long too.
            let narrow = |one: &Passed| match one {
                Passed::Number => Passed::Number,
                _ if pointer == "Long" => Passed::Number,
                _ => Passed::Pointer,
            };
            let expected: Vec<_> = there.parameters.iter().map(narrow).collect();
            assert_eq!(function.parameters, expected, "{name} with {pointer}");
        }
    }
}

#[test]
fn each_call_in_vba_passes_what_the_function_takes() {
    let header = header();
    let declared = declared("PtrSafe ", "LongPtr");
    let mut calls = 0;
    for file in ["hosts/vba/WdSockets.bas", "hosts/vba/Demo.bas"] {
        for line in text_of(file)
            .lines()
            .filter(|line| !line.trim().starts_with('\''))
        {
            for (name, function) in &declared {
                let Some(at) = line.find(&format!("{name}(")) else {
                    continue;
                };
                calls += 1;
                let given = arguments_of(&line[at + name.len() + 1..]);
                let taken = &header[&function.called].parameters;
                assert_eq!(given.len(), taken.len(), "{file}: {line}");
                for (given, taken) in given.into_iter().zip(taken) {
                    let right = match taken {
                        Passed::Text => given == "0" || given.starts_with("StrPtr("),
                        Passed::Pointer => given == "0" || given.starts_with("VarPtr("),
                        Passed::Number => !given.contains("Ptr("),
                    };
                    assert!(right, "{file}: {given} in {line}");
                }
            }
        }
    }
    assert!(calls > 15, "only {calls} calls were found");
}

#[test]
fn the_files_of_vba_have_the_ends_of_lines_and_the_letters_that_its_editor_reads() {
    for file in ["wdsocket.bas", "WdSockets.bas", "Demo.bas"] {
        let text = text_of(&format!("hosts/vba/{file}"));
        assert!(text.is_ascii(), "{file}");
        assert!(text.starts_with("Attribute VB_Name = \""), "{file}");
        assert!(!text.replace("\r\n", "").contains(['\n', '\r']), "{file}");
    }
}
