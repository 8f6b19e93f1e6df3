//! hosts/pascal/wdsocket.pas, for Free Pascal and Delphi.

use super::declared::{Function, Kind};
use super::{Declarations, MADE, comment};

pub fn unit(all: &Declarations) -> String {
    let mut text = format!("// {MADE}\n");
    text.push_str(
        "{ wdsocket: the C functions as they are, for Free Pascal and Delphi.\n\
         \x20 Texts are UTF-8 and end with #0. wdsockets.pas has the same for strings, with exceptions. }\n\
         unit wdsocket;\n\n\
         {$IFDEF FPC}{$MODE DELPHI}{$ENDIF}\n\n\
         interface\n\n\
         const\n\
         \x20 WDSOCKET_LIBRARY = {$IFDEF MSWINDOWS}'wdsocket.dll'{$ELSE}'libwdsocket.so.0'{$ENDIF};\n",
    );
    for group in &all.groups {
        text += &format!("\n  // ---- {} ----\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            text += &comment("  // ", &constant.docs);
            text += &format!("  {} = {};\n", constant.name, constant.value);
        }
    }
    for family in &all.families {
        text += &format!("\n// ==== {} ====\n", family.heading.trim_end_matches('.'));
        for function in &family.functions {
            text += "\n";
            text += &comment("// ", &function.docs);
            text += &declaration(function);
        }
    }
    text + "\nimplementation\n\nend.\n"
}

fn declaration(function: &Function) -> String {
    let parameters: Vec<_> = function
        .parameters
        .iter()
        .map(|parameter| {
            let kind = match parameter.kind {
                Kind::Integer => "Integer",
                Kind::TextIn | Kind::TextOut => "PAnsiChar",
                Kind::BytesIn | Kind::BytesOut => "Pointer",
                Kind::IntegersOut => "PInteger",
            };
            format!("{}: {kind}", parameter.name)
        })
        .collect();
    let list = match parameters.is_empty() {
        true => String::new(),
        false => format!("({})", parameters.join("; ")),
    };
    format!(
        "function {}{list}: NativeInt;\n  {{$IFDEF WIN32}}stdcall{{$ELSE}}cdecl{{$ENDIF}}; external WDSOCKET_LIBRARY;\n",
        function.name
    )
}
