//! Tcl: the table and the commands of the C extension, and the constants as variables.

use super::declared::{Function, Kind};
use super::{Declarations, MADE};

/// hosts/tcl/wdsocket_c.h
pub fn unit(all: &Declarations) -> String {
    let mut text = format!(
        "/*\n * The functions and constants of wdsocket, for the extension in wdsocket_tcl.c.\n * {MADE}\n */\n\n"
    );
    for function in all.functions() {
        text += &command(function);
    }
    text += "static const struct row rows[] = {\n";
    for function in all.functions() {
        let (name, word) = (&function.name, function.signature());
        let given = function.given().join(" ");
        text += &format!("    {{\"{name}\", \"{word}\", \"{given}\", call_{name}}},\n");
    }
    text += "};\n\nstatic const struct constant constants[] = {\n";
    for group in &all.groups {
        text += &format!("    /* {} */\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            text += &format!("    {{\"{}\", {}}},\n", constant.name, constant.value);
        }
    }
    text + "};\n"
}

/// One call, with what the extension has made of the values: `at` is the function in the library.
fn command(function: &Function) -> String {
    let (mut kinds, mut values) = (Vec::new(), Vec::new());
    let mut number = 0;
    let mut parameters = function.parameters.iter();
    while let Some(one) = parameters.next() {
        kinds.push(match one.kind {
            Kind::Integer => "int32_t",
            Kind::TextIn => "const char *",
            Kind::BytesIn => "const void *",
            Kind::TextOut => "char *",
            Kind::BytesOut => "void *",
            Kind::IntegersOut => "int32_t *",
        });
        values.push(match one.kind {
            Kind::Integer => format!("v[{number}].number"),
            _ => format!("v[{number}].place"),
        });
        if !matches!(one.kind, Kind::Integer | Kind::TextIn) {
            parameters.next();
            kinds.push("int32_t");
            values.push(format!("v[{number}].number"));
        }
        number += 1;
    }
    let kinds = if kinds.is_empty() {
        "void".to_owned()
    } else {
        kinds.join(", ")
    };
    format!(
        "static intptr_t call_{}(void *at, struct value *v)\n{{\n    (void)v;\n    return ((intptr_t (*)({kinds}))at)({});\n}}\n\n",
        function.name,
        values.join(", ")
    )
}
