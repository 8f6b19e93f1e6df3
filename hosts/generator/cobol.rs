//! hosts/cobol/wdsocket.cpy, for GnuCOBOL: the constants, and each call as it is written.

use super::declared::{Function, Kind};
use super::{Declarations, MADE, comment};

pub fn unit(all: &Declarations) -> String {
    let mut text = format!("*> {MADE}\n");
    text.push_str(
        "*> wdsocket for GnuCOBOL: the constants, and behind them each CALL.\n\
         *> COPY it into WORKING-STORAGE. A name or text ends with X\"00\": z\"client\", or through the layer,\n\
         *> wdlayer.cob, which takes off the blanks that pad a PIC X and adds it. result is BINARY-LONG.\n",
    );
    for group in &all.groups {
        text += &format!("\n*> ---- {} ----\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            text += &comment("*> ", &constant.docs);
            text += &format!("78 {} VALUE {}.\n", constant.name, constant.value);
        }
    }
    for family in &all.families {
        text += &format!("\n*> ==== {} ====\n", family.heading.trim_end_matches('.'));
        for function in &family.functions {
            text += "*>\n";
            text += &comment("*> ", &function.docs);
            text += &call(function);
        }
    }
    text
}

fn call(function: &Function) -> String {
    let mut text = format!("*>     CALL \"{}\"", function.name);
    for (at, parameter) in function.parameters.iter().enumerate() {
        let start = if at == 0 { " USING" } else { "" };
        let how = match parameter.kind {
            Kind::Integer => "BY VALUE    ",
            _ => "BY REFERENCE",
        };
        let what = match parameter.kind {
            Kind::Integer => "BINARY-LONG",
            Kind::TextIn => "PIC X that ends with X\"00\", or OMITTED",
            Kind::TextOut => "PIC X, its result ends with X\"00\"",
            Kind::BytesIn | Kind::BytesOut => "PIC X",
            Kind::IntegersOut => "BINARY-LONG OCCURS",
        };
        text += &format!("{start}\n*>         {how} {}  *> {what}", parameter.name);
    }
    text + "\n*>         RETURNING result\n"
}
