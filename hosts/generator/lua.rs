//! LuaJIT: the declarations that ffi.cdef reads, constants among them, and the word of each function.

use super::{Declarations, MADE};

/// hosts/lua/wdsocket_c.lua
pub fn unit(all: &Declarations) -> String {
    let mut text = format!(
        "-- The functions and constants of wdsocket; wdsocket.lua makes Lua of them.\n-- {MADE}\n\nlocal ffi = require \"ffi\"\n\nffi.cdef [[\n"
    );
    for function in all.functions() {
        text += &super::prototype(function);
        text += "\n";
    }
    text += "]]\n\nlocal constants = {\n";
    for group in &all.groups {
        text += &format!("  -- {}\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            let (name, value) = (&constant.name, &constant.value);
            text += &format!("  {name} = {value}, -- {}\n", constant.comment());
        }
    }
    text += "}\n\n-- Each function: its word (see hosts/README.md), and what a caller gives.\nlocal functions = {\n";
    for function in all.functions() {
        let given = super::quoted(function, ", ");
        text += &format!(
            "  {} = {{ \"{}\", {{ {given} }} }},\n",
            function.name,
            function.signature()
        );
    }
    text + "}\n\nreturn { constants = constants, functions = functions }\n"
}
