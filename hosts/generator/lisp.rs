//! hosts/lisp/wdsocket.lisp, for Common Lisp with CFFI.

use super::declared::{Function, Kind};
use super::{Declarations, MADE, comment};

pub fn unit(all: &Declarations) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut body = String::new();
    for group in &all.groups {
        body += &format!("\n;;; ---- {} ----\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            names.push(&constant.name);
            body += &comment(";; ", &constant.docs);
            body += &format!("(defconstant {} {})\n", constant.name, constant.value);
        }
    }
    for family in &all.families {
        body += &format!("\n;;; ==== {} ====\n", family.heading.trim_end_matches('.'));
        for function in &family.functions {
            names.push(&function.name);
            body += "\n";
            body += &comment(";; ", &function.docs);
            body += &declaration(function);
        }
    }
    let exported: String = names.iter().map(|name| format!("\n   #:{name}")).collect();
    format!(
        ";;; wdsocket: the C functions as they are, over CFFI.\n\
         ;;; {MADE}\n\
         ;;; Texts go in as strings (UTF-8), (cffi:null-pointer) is C's NULL; what comes out goes into memory of\n\
         ;;; cffi:with-foreign-pointer. The layer, wdsockets.lisp, has the same for strings, with conditions.\n\n\
         (defpackage #:wdsocket\n  (:use #:common-lisp)\n  (:export{exported}))\n\n\
         (in-package #:wdsocket)\n\n\
         (cffi:define-foreign-library libwdsocket\n\
         \x20 (:windows \"wdsocket.dll\")\n\
         \x20 (t (:or \"libwdsocket.so.0\" \"libwdsocket.so\")))\n\
         (cffi:use-foreign-library libwdsocket)\n{body}"
    )
}

fn declaration(function: &Function) -> String {
    let mut text = format!("(cffi:defcfun (\"{0}\" {0}) :intptr", function.name);
    for parameter in &function.parameters {
        let kind = match parameter.kind {
            Kind::Integer => ":int32",
            Kind::TextIn => "(:string :encoding :utf-8)",
            _ => ":pointer",
        };
        text += &format!("\n  ({} {kind})", parameter.name);
    }
    text + ")\n"
}
