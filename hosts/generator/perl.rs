//! Perl: constants, and the word of each function, of which the types of FFI::Platypus are made.

use super::{Declarations, MADE};

/// hosts/perl/WDSocket/C.pm
pub fn unit(all: &Declarations) -> String {
    let mut text = format!(
        "# The functions and constants of wdsocket; WDSocket.pm makes Perl of them.\n# {MADE}\npackage WDSocket::C;\n\nuse strict;\nuse warnings;\n\nour %CONSTANTS = (\n"
    );
    for group in &all.groups {
        text += &format!("    # {}\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            let (name, value) = (&constant.name, &constant.value);
            text += &format!("    {name} => {value}, # {}\n", constant.comment());
        }
    }
    text += ");\n\n# Each function: its word (see hosts/README.md), and what a caller gives.\nour %FUNCTIONS = (\n";
    for function in all.functions() {
        let given = function.given().join(" ");
        text += &format!(
            "    {} => ['{}', qw({given})],\n",
            function.name,
            function.signature()
        );
    }
    text + ");\n\n1;\n"
}
