//! Python: constants, and the prototypes of ctypes.

use super::declared::Kind;
use super::{Declarations, MADE};

/// hosts/python/wdsocket_c.py
pub fn unit(all: &Declarations) -> String {
    let mut text = format!(
        "\"\"\"The functions and constants of wdsocket, for ctypes. wdsocket.py makes Python of them.\n\n{MADE}\n\"\"\"\n\n\
         from ctypes import POINTER, c_char_p, c_int32, c_ssize_t, c_void_p\n"
    );
    for group in &all.groups {
        text += &format!("\n# {}\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            let (name, value) = (&constant.name, &constant.value);
            text += &format!("{name} = {value}  # {}\n", constant.comment());
        }
    }
    text += "\n# Each function: its word (see hosts/README.md), what a caller gives, and the types of ctypes.\nFUNCTIONS = {\n";
    for family in &all.families {
        text += &format!("    # {}\n", family.heading.trim_end_matches('.'));
        for function in &family.functions {
            let kinds: Vec<_> = function
                .parameters
                .iter()
                .map(|one| spelled(one.kind))
                .collect();
            let given: Vec<_> = function
                .given()
                .iter()
                .map(|one| format!("\"{one}\""))
                .collect();
            text += &format!(
                "    \"{}\": (\"{}\", [{}], [{}]),\n",
                function.name,
                function.signature(),
                given.join(", "),
                kinds.join(", ")
            );
        }
    }
    text += "}\n\n\ndef declare(library):\n    \"\"\"Tells ctypes the prototypes of a library that it has loaded.\"\"\"\n    \
             for name, (_, _, kinds) in FUNCTIONS.items():\n        function = getattr(library, name)\n        \
             function.argtypes, function.restype = kinds, c_ssize_t\n";
    text
}

fn spelled(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "c_int32",
        Kind::TextIn => "c_char_p",
        // Text that comes out is read by its length; c_char_p would refuse a buffer of bytes.
        Kind::TextOut | Kind::BytesIn | Kind::BytesOut => "c_void_p",
        Kind::IntegersOut => "POINTER(c_int32)",
    }
}
