//! PHP: constants, the prototypes that FFI reads, and a function for each.

use super::declared::{Function, Kind};
use super::{Declarations, MADE};

/// hosts/php/wdsocket_c.php
pub fn unit(all: &Declarations) -> String {
    let mut text = format!(
        "<?php\n// The functions and constants of wdsocket; wdsocket.php runs them.\n// {MADE}\n\nnamespace wdsocket;\n"
    );
    for group in &all.groups {
        text += &format!("\n// {}\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            let (name, value) = (&constant.name, &constant.value);
            text += &format!("const {name} = {value}; // {}\n", constant.comment());
        }
    }
    text += "\n// What FFI reads.\nconst DECLARATIONS = '\n";
    for function in all.functions() {
        text += &super::prototype(function);
        text += "\n";
    }
    text += "';\n";
    for family in &all.families {
        text += &format!("\n// {}\n", family.heading.trim_end_matches('.'));
        for one in &family.functions {
            text += &function(one);
        }
    }
    text
}

fn function(one: &Function) -> String {
    let word = one.signature();
    let mut list = Vec::new();
    let mut optional = true;
    for (name, kind) in one.inputs().iter().rev() {
        let default = match kind {
            Kind::Integer => super::default(name),
            _ if matches!(*name, "name" | "watch" | "data" | "text") => None,
            _ => Some("null"),
        };
        optional &= default.is_some();
        let default = match default {
            Some(value) if optional => format!(" = {value}"),
            _ => String::new(),
        };
        let kind = if *kind == Kind::Integer {
            "int"
        } else {
            "?string"
        };
        list.push(format!("{kind} ${name}{default}"));
    }
    list.reverse();
    let answer = match (word.starts_with('y'), word.chars().last()) {
        (true, _) => "bool",
        (_, Some('T' | 'D')) => "string",
        (_, Some('I')) => "array",
        _ => "int",
    };
    let given: Vec<_> = one.given().iter().map(|name| format!("${name}")).collect();
    format!(
        "/** {} */\nfunction {}({}): {answer} {{ return call('{}', '{word}', [{}]); }}\n",
        one.sentence(),
        one.name,
        list.join(", "),
        one.name,
        given.join(", ")
    )
}
