//! hosts/fortran/wdsocket.f90: interfaces of iso_c_binding.

use super::declared::{Function, Kind};
use super::{Declarations, MADE, comment};

pub fn unit(all: &Declarations) -> String {
    let mut text = format!("! {MADE}\n");
    text.push_str(
        "! wdsocket: the C functions as they are.\n\
         ! A text that goes in ends with c_null_char: trim(name)//c_null_char. Leave an optional one out for NULL.\n\
         module wdsocket\n\
         \x20 use, intrinsic :: iso_c_binding\n\
         \x20 implicit none\n",
    );
    for group in &all.groups {
        text += &format!("\n  ! ---- {} ----\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            text += &comment("  ! ", &constant.docs);
            text += &format!(
                "  integer(c_int32_t), parameter :: {} = {}\n",
                constant.name, constant.value
            );
        }
    }
    text += "\n  interface\n";
    for family in &all.families {
        text += &format!(
            "\n    ! ==== {} ====\n",
            family.heading.trim_end_matches('.')
        );
        for function in &family.functions {
            text += "\n";
            text += &comment("    ! ", &function.docs);
            text += &declaration(function);
        }
    }
    text + "  end interface\nend module wdsocket\n"
}

fn declaration(function: &Function) -> String {
    let name = &function.name;
    let names: Vec<_> = function
        .parameters
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let mut text = format!(
        "    function {name}({}) &\n        bind(c, name=\"{name}\") result(answer)\n      import\n",
        names.join(", ")
    );
    for parameter in &function.parameters {
        let (kind, more) = match parameter.kind {
            Kind::Integer => ("integer(c_int32_t), value", ""),
            Kind::TextIn | Kind::BytesIn => ("character(kind=c_char), intent(in), optional", "(*)"),
            Kind::TextOut | Kind::BytesOut => ("character(kind=c_char), intent(inout)", "(*)"),
            Kind::IntegersOut => ("integer(c_int32_t), intent(inout)", "(*)"),
        };
        text += &format!("      {kind} :: {}{more}\n", parameter.name);
    }
    text + &format!("      integer(c_intptr_t) :: answer\n    end function {name}\n")
}
