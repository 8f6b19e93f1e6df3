//! Writes the declarations of each host's language, from what the headers are made of: functions, the direction of their
//! parameters, constants with their groups, comments. A language is a file here and a line in `UNITS`.

#[path = "../../build/declared.rs"]
#[allow(dead_code)] // the headers use more of it
pub mod declared;
#[path = "../../build/sources.rs"]
mod sources;
#[path = "../../build/tables.rs"]
#[allow(dead_code)] // the manual uses more of it
pub mod tables;

mod ada;
mod cobol;
mod csharp;
mod fortran;
mod java;
mod lisp;
mod lua;
mod node;
mod pascal;
mod perl;
mod php;
mod python;
mod ruby;
mod tcl;
mod vba;

use declared::{Family, Function, Kind};
use std::path::Path;
use tables::{Constant, Group};

/// What is made of the declarations of a language: its file and its text.
type Unit = (&'static str, fn(&Declarations) -> String);

const UNITS: &[Unit] = &[
    ("hosts/ada/wdsocket.ads", ada::unit),
    ("hosts/cobol/wdsocket.cpy", cobol::unit),
    ("hosts/csharp/Wdsocket.cs", csharp::unit),
    ("hosts/fortran/wdsocket.f90", fortran::unit),
    ("hosts/java/Wdsocket.java", java::unit),
    ("hosts/lisp/wdsocket.lisp", lisp::unit),
    ("hosts/lua/wdsocket_c.lua", lua::unit),
    ("hosts/node/wdsocket_c.js", node::unit),
    ("hosts/pascal/wdsocket.pas", pascal::unit),
    ("hosts/perl/WDSocket/C.pm", perl::unit),
    ("hosts/php/wdsocket_c.php", php::unit),
    ("hosts/python/wdsocket_c.py", python::unit),
    ("hosts/ruby/wdsocket_c.rb", ruby::unit),
    ("hosts/tcl/wdsocket_c.h", tcl::unit),
    ("hosts/vba/wdsocket.bas", vba::unit),
];

/// All that the library declares.
pub struct Declarations {
    pub groups: Vec<Group>,
    pub families: Vec<Family>,
}

impl Declarations {
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.families.iter().flat_map(|family| &family.functions)
    }

    #[allow(dead_code)] // most languages go by the groups
    pub fn constants(&self) -> impl Iterator<Item = &Constant> {
        self.groups.iter().flat_map(|group| &group.constants)
    }
}

/// Each file of declarations with its text.
pub fn files() -> Vec<(&'static str, String)> {
    let (groups, families) = sources::read(Path::new(env!("CARGO_MANIFEST_DIR")));
    let all = Declarations { groups, families };
    UNITS
        .iter()
        .map(|(file, unit)| (*file, unit(&all)))
        .collect()
}

/// What a reader of a generated file must know.
pub const MADE: &str =
    "Made from the sources: change them, then run `cargo run --release --example hosts`.";

impl Function {
    /// Whether it answers yes or no; the others give a number, 0 or more, or `-code`.
    pub fn is_yes_no(&self) -> bool {
        matches!(self.answer.as_str(), "()" | "bool" | "Warned < () >")
    }

    /// The function in one word, for layers that make their calls of it: `y` (yes or no) or `n` (a number or `-code`), then
    /// a letter for what a caller gives or gets: `i` a number, `t` a text, `d` data and its size; `T` a buffer for text,
    /// `D` for data, `I` for numbers, each with its capacity.
    pub fn signature(&self) -> String {
        let mut word = String::from(if self.is_yes_no() { "y" } else { "n" });
        let mut parameters = self.parameters.iter();
        while let Some(parameter) = parameters.next() {
            word.push(match parameter.kind {
                Kind::Integer => 'i',
                Kind::TextIn => 't',
                Kind::BytesIn => 'd',
                Kind::TextOut => 'T',
                Kind::BytesOut => 'D',
                Kind::IntegersOut => 'I',
            });
            if !matches!(parameter.kind, Kind::Integer | Kind::TextIn) {
                let size = parameters.next().map(|one| one.kind);
                assert!(size == Some(Kind::Integer), "{}: no size", self.name);
            }
        }
        word
    }

    /// What a caller gives: neither sizes nor buffers with their capacities.
    pub fn inputs(&self) -> Vec<(&str, Kind)> {
        let mut inputs = Vec::new();
        let mut parameters = self.parameters.iter();
        while let Some(parameter) = parameters.next() {
            if matches!(parameter.kind, Kind::Integer | Kind::TextIn | Kind::BytesIn) {
                inputs.push((parameter.name.as_str(), parameter.kind));
            }
            if !matches!(parameter.kind, Kind::Integer | Kind::TextIn) {
                parameters.next();
            }
        }
        inputs
    }

    /// The names of these.
    pub fn given(&self) -> Vec<&str> {
        self.inputs().iter().map(|(name, _)| *name).collect()
    }

    /// The first sentence of its comment.
    pub fn sentence(&self) -> String {
        let paragraph: Vec<_> = self
            .docs
            .iter()
            .take_while(|line| !line.is_empty())
            .collect();
        let text = paragraph
            .iter()
            .map(|line| line.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        match text.split_once(". ") {
            Some((first, _)) => format!("{first}."),
            None => text,
        }
    }
}

impl Constant {
    /// Its comment in one line.
    pub fn comment(&self) -> String {
        self.docs.join(" ")
    }
}

/// A function in plain C, for readers of it; all pointers to bytes are to char, so that they take texts.
pub fn prototype(function: &Function) -> String {
    let mut list = Vec::new();
    for parameter in &function.parameters {
        let kind = match parameter.kind {
            Kind::Integer => "int32_t ",
            Kind::TextIn | Kind::BytesIn => "const char *",
            Kind::TextOut | Kind::BytesOut => "char *",
            Kind::IntegersOut => "int32_t *",
        };
        list.push(format!("{kind}{}", parameter.name));
    }
    let list = if list.is_empty() {
        "void".to_owned()
    } else {
        list.join(", ")
    };
    format!("intptr_t {}({list});", function.name)
}

/// What a caller gives, each in quotation marks.
pub fn quoted(function: &Function, between: &str) -> String {
    let given = function.given();
    given
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(between)
}

/// What stands for a number at the end of a call that is left out.
pub fn default(parameter: &str) -> Option<&'static str> {
    match parameter {
        "timeout" => Some("WDSOCKET_DEFAULT"),
        "options" | "undefined_wait" => Some("0"),
        _ => None,
    }
}

/// A comment, each line behind `start`, in ASCII.
fn comment(start: &str, docs: &[String]) -> String {
    let mut text = String::new();
    for line in docs {
        let line = format!("{start}{}", line.replace('…', "..."));
        assert!(line.is_ascii(), "not every compiler reads it: {line}");
        text += line.trim_end();
        text.push('\n');
    }
    text
}
