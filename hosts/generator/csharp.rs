//! hosts/csharp/Wdsocket.cs, for C# and, through its assembly, VB.NET.

use super::declared::{Function, Kind};
use super::{Declarations, MADE, comment};

pub fn unit(all: &Declarations) -> String {
    let mut text = format!("// {MADE}\n");
    text.push_str(
        "// wdsocket: the C functions as they are.\n\
         // Results are int: all of them fit one. Texts go in as UTF-8; texts and bytes come out in a byte[].\n\
         using System.Runtime.InteropServices;\n\n\
         public static class Wdsocket\n{\n",
    );
    for group in &all.groups {
        text += &format!(
            "\n    // ---- {} ----\n",
            group.heading.trim_end_matches('.')
        );
        for constant in &group.constants {
            text += &comment("    // ", &constant.docs);
            text += &format!(
                "    public const int {} = {};\n",
                constant.name, constant.value
            );
        }
    }
    for family in &all.families {
        text += &format!(
            "\n    // ==== {} ====\n",
            family.heading.trim_end_matches('.')
        );
        for function in &family.functions {
            text += "\n";
            text += &comment("    // ", &function.docs);
            text += &declaration(function);
        }
    }
    text + "}\n"
}

fn declaration(function: &Function) -> String {
    let parameters: Vec<_> = function
        .parameters
        .iter()
        .map(|parameter| {
            let kind = match parameter.kind {
                Kind::Integer => "int",
                Kind::TextIn => "[MarshalAs(UnmanagedType.LPUTF8Str)] string",
                // Without [Out] the array itself is handed over; with it Mono copies byte by byte.
                Kind::TextOut | Kind::BytesIn | Kind::BytesOut => "byte[]",
                Kind::IntegersOut => "int[]",
            };
            format!("{kind} {}", parameter.name)
        })
        .collect();
    format!(
        "    [DllImport(\"wdsocket\")]\n    public static extern int {}({});\n",
        function.name,
        parameters.join(", ")
    )
}
