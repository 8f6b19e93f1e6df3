//! Node: constants, and the word of each function, of which koffi's types are made; and what TypeScript wants to know.

use super::{Declarations, MADE};

/// hosts/node/wdsocket_c.js
pub fn unit(all: &Declarations) -> String {
    let mut text = format!(
        "'use strict';\n\n// The functions and constants of wdsocket; wdsocket.js makes JavaScript of them.\n// {MADE}\n\nexports.constants = {{\n"
    );
    for group in &all.groups {
        text += &format!("  // {}\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            let (name, value) = (&constant.name, &constant.value);
            text += &format!("  {name}: {value}, // {}\n", constant.comment());
        }
    }
    text += "};\n\n// Each function: its word (see hosts/README.md), and what a caller gives.\nexports.functions = {\n";
    for function in all.functions() {
        let given = super::quoted(function, ", ");
        text += &format!(
            "  {}: ['{}', [{given}]],\n",
            function.name,
            function.signature()
        );
    }
    text + "};\n"
}
