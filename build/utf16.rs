//! The rows of the UTF-16 family, for the macros of src/ffi/wide.rs.

use crate::declared::{Family, Function, Kind};

/// The family: of each export that takes or gives text, the W form.
pub fn table(families: &[Family]) -> String {
    let mut rows = String::new();
    for family in families {
        let mut with_text = family.functions.iter().filter(|one| one.has_text());
        if let Some(first) = with_text.next() {
            rows += &format!("use super::{}::*;\n", family.module);
            rows += &row(first);
            rows.extend(with_text.map(row));
        }
    }
    rows
}

/// One function. The buffer for text and its capacity are the last two parameters, which the macro adds.
fn row(function: &Function) -> String {
    let gives = function
        .parameters
        .iter()
        .any(|one| one.kind == Kind::TextOut);
    let mut parameters = function.parameters.as_slice();
    if gives {
        let [first @ .., buffer, capacity] = parameters else {
            panic!("{} has no buffer", function.name);
        };
        assert!(buffer.kind == Kind::TextOut && capacity.kind == Kind::Integer);
        parameters = first;
    }
    let parameters: Vec<_> = parameters
        .iter()
        .map(|one| format!("{}: {}", one.name, spelled(one.kind)))
        .collect();
    let manner = match (function.manner.as_str(), gives) {
        ("tell", true) => "tells",
        ("ascii", true) => "gives_ascii",
        (_, true) => "gives",
        (_, false) => "takes",
    };
    let (name, answer) = (&function.name, &function.answer);
    let parameters = parameters.join(", ");
    format!("{manner}! {{ {name}W = {name}({parameters}) -> {answer} }}\n")
}

fn spelled(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "i32",
        Kind::TextIn => "Text",
        Kind::BytesIn => "*const c_void",
        Kind::BytesOut => "*mut c_void",
        Kind::IntegersOut => "*mut i32",
        Kind::TextOut => panic!("text is given through the last two parameters"),
    }
}
