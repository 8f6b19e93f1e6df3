//! The declarations as C: the ordinary header, and the plain one for readers without a preprocessor.

use crate::declared::{Family, Function, Kind};
use crate::tables::Group;

/// The page on top of both.
const PAGE: &str = include_str!("page.txt");
/// What only the ordinary one says: the types and the conventions.
const CONVENTIONS: &str = include_str!("conventions.h");
/// What a reader of the plain one must know.
const PLAIN: &str = include_str!("plain.txt");

const UTF16: &[&str] = &[
    "UTF-16, on Windows alone: each function that takes or gives text, with W behind its name and",
    "uint16_t (wchar_t there) for char. Names and addresses are converted to UTF-8, so that a name is",
    "the same socket in both; sizes of text buffers count units. Messages and tags stay bytes. Half a",
    "surrogate pair is INVALID_ARGUMENT. Error texts name the function without its W.",
];

/// How long a line of a prototype may be.
const WIDTH: usize = 100;

/// include/wdsocket.h
pub fn ordinary(groups: &[Group], families: &[Family]) -> String {
    let mut text = block("/*", PAGE.lines());
    text += "\n#ifndef WDSOCKET_H\n#define WDSOCKET_H\n\n";
    text += CONVENTIONS;
    text += &constants(groups);
    text += "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    let start = "WDSOCKET_API intptr_t WDSOCKET_CALL ";
    text += &functions(families, start);
    text += "\n";
    text += &block("/*", UTF16.iter().copied());
    text += "#ifdef _WIN32\n";
    for function in families.iter().flat_map(|family| &family.functions) {
        if function.has_text() {
            let docs = [format!("As `{}`, its text in UTF-16.", function.name)];
            let name = format!("{}W", function.name);
            text += &prototype(&docs, &name, function, start, "uint16_t");
        }
    }
    text + "\n#endif\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n"
}

/// include/wdsocket_plain.h
pub fn plain(groups: &[Group], families: &[Family]) -> String {
    let mut text = block("/*", PLAIN.lines());
    text += "\n";
    text += &block(
        "/*",
        PAGE.lines().skip_while(|line| !line.starts_with("NAMES")),
    );
    text += &constants(groups);
    text + &functions(families, "intptr_t ")
}

fn constants(groups: &[Group]) -> String {
    let mut text = String::new();
    for group in groups {
        text += &heading(&group.heading);
        text += "enum {\n";
        for (place, constant) in group.constants.iter().enumerate() {
            let mut docs = constant.docs.clone();
            if let Some(option) = &constant.option {
                let (takes, default) = (option.takes(), option.default());
                docs[0] = format!("Option ({takes}, default {default}): {}", docs[0]);
            }
            let comment = block("/**", docs.iter().map(String::as_str));
            for line in comment.lines() {
                text += &format!("    {line}\n");
            }
            // Old compilers take no comma at the end.
            let end = if place + 1 < group.constants.len() {
                ","
            } else {
                ""
            };
            text += &format!("    {} = {}{end}\n", constant.name, constant.value);
        }
        text += "};\n";
    }
    text
}

fn functions(families: &[Family], start: &str) -> String {
    let mut text = String::new();
    for family in families {
        text += &heading(&family.heading);
        for function in &family.functions {
            text += &prototype(&function.docs, &function.name, function, start, "char");
        }
    }
    text
}

fn heading(sentence: &str) -> String {
    format!("\n/* ==== {} ==== */\n", sentence.trim_end_matches('.'))
}

/// A function under a name, its text made of `letter`.
fn prototype(
    docs: &[String],
    name: &str,
    function: &Function,
    start: &str,
    letter: &str,
) -> String {
    let mut list = Vec::new();
    for parameter in &function.parameters {
        let kind = match parameter.kind {
            Kind::Integer => "int32_t ".to_owned(),
            Kind::TextIn => format!("const {letter} *"),
            Kind::TextOut => format!("{letter} *"),
            Kind::BytesIn => "const void *".to_owned(),
            Kind::BytesOut => "void *".to_owned(),
            Kind::IntegersOut => "int32_t *".to_owned(),
        };
        list.push(kind + &parameter.name);
    }
    let start = format!("{start}{name}(");
    let one_line = match list.is_empty() {
        true => "void".to_owned(),
        false => list.join(", "),
    };
    let list = match start.len() + one_line.len() + ");".len() > WIDTH {
        true => list.join(&format!(",\n{}", " ".repeat(start.len()))),
        false => one_line,
    };
    let comment = block("/**", docs.iter().map(String::as_str));
    format!("\n{comment}{start}{list});\n")
}

/// A comment; one line of text takes one line.
fn block<'a>(opening: &str, lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<_> = lines.collect();
    if let [line] = lines[..] {
        return format!("{opening} {line} */\n");
    }
    let mut text = format!("{opening}\n");
    for line in lines {
        text += match line {
            "" => " *\n".to_owned(),
            line => format!(" * {line}\n"),
        }
        .as_str();
    }
    text + " */\n"
}
