//! hosts/ada/wdsocket.ads, for GNAT.

use super::declared::{Function, Kind};
use super::{Declarations, MADE, comment};

pub fn unit(all: &Declarations) -> String {
    let mut text = format!("--  {MADE}\n");
    text.push_str(
        "--  wdsocket: the C functions as they are.\n\
         --  Null_Ptr is C's NULL. Package Wdsockets has the same for String, with an exception.\n\n\
         with Interfaces;           use Interfaces;\n\
         with Interfaces.C.Strings; use Interfaces.C.Strings;\n\
         with System;\n\n\
         package Wdsocket is\n\n\
         \x20  pragma Linker_Options (\"-lwdsocket\");\n\n\
         \x20  --  What every function returns: an integer as wide as a pointer.\n\
         \x20  type Result is range -(2 ** (System.Word_Size - 1)) .. 2 ** (System.Word_Size - 1) - 1\n\
         \x20    with Size => System.Word_Size;\n",
    );
    for group in &all.groups {
        text += &format!(
            "\n   --  ---- {} ----\n",
            group.heading.trim_end_matches('.')
        );
        for constant in &group.constants {
            text += &comment("   --  ", &constant.docs);
            text += &format!("   {} : constant := {};\n", constant.name, constant.value);
        }
    }
    for family in &all.families {
        text += &format!(
            "\n   --  ==== {} ====\n",
            family.heading.trim_end_matches('.')
        );
        for function in &family.functions {
            text += "\n";
            text += &comment("   --  ", &function.docs);
            text += &declaration(function);
        }
    }
    text + "\nend Wdsocket;\n"
}

fn declaration(function: &Function) -> String {
    let name = &function.name;
    let parameters: Vec<_> = function
        .parameters
        .iter()
        .map(|parameter| {
            let kind = match parameter.kind {
                Kind::Integer => "Integer_32",
                Kind::TextIn => "chars_ptr",
                _ => "System.Address",
            };
            format!("{} : {kind}", parameter.name)
        })
        .collect();
    let list = match parameters.is_empty() {
        true => String::new(),
        false => format!("\n     ({})", parameters.join(";\n      ")),
    };
    format!(
        "   function {name}{list} return Result\n     with Import, Convention => C, External_Name => \"{name}\";\n"
    )
}
