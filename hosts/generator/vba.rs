//! hosts/vba/wdsocket.bas, for VBA of 32 and 64 bits and VB6. Its texts go through the UTF-16 family.

use super::declared::{Function, Kind};
use super::{Declarations, MADE, comment};

pub fn unit(all: &Declarations) -> String {
    let mut text = format!("Attribute VB_Name = \"wdsocket\"\n' {MADE}\n");
    text.push_str(
        "' wdsocket: the C functions as they are, for VBA (32 and 64 bits) and VB6.\n\
         ' A text goes in as StrPtr(text), 0 is NULL, and a text comes out in StrPtr of Space$(n), its size n + 1;\n\
         ' a message in VarPtr(bytes(0)). WdSockets.bas has the same for String and Byte().\n\
         Option Explicit\n",
    );
    for group in &all.groups {
        text += &format!("\n' ---- {} ----\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            text += &comment("' ", &constant.docs);
            text += &format!(
                "Public Const {} As Long = {}\n",
                constant.name, constant.value
            );
        }
    }
    for family in &all.families {
        text += &format!("\n' ==== {} ====\n", family.heading.trim_end_matches('.'));
        for function in &family.functions {
            text += "\n";
            text += &comment("' ", &function.docs);
            text += "#If VBA7 Then\n";
            text += &declaration(function, "PtrSafe ", "LongPtr");
            text += "#Else\n";
            text += &declaration(function, "", "Long");
            text += "#End If\n";
        }
    }
    // The editor wants its own ends of lines.
    text.replace('\n', "\r\n")
}

fn declaration(function: &Function, safe: &str, pointer: &str) -> String {
    let name = &function.name;
    let alias = match function.has_text() {
        true => format!(" Alias \"{name}W\""),
        false => String::new(),
    };
    let parameters: Vec<_> = function
        .parameters
        .iter()
        .map(|parameter| {
            let kind = match parameter.kind {
                Kind::Integer => "Long",
                _ => pointer,
            };
            // Option is a word of the language.
            let name = match parameter.name.as_str() {
                "option" => "optionNumber",
                "undefined_wait" => "undefinedWait",
                other => other,
            };
            format!("ByVal {name} As {kind}")
        })
        .collect();
    format!(
        "Public Declare {safe}Function {name} Lib \"wdsocket.dll\"{alias} ({}) As {pointer}\n",
        parameters.join(", ")
    )
}
