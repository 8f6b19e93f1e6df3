//! Ruby: constants, and the word of each function, of which Fiddle's types are made.

use super::{Declarations, MADE};

/// hosts/ruby/wdsocket_c.rb
pub fn unit(all: &Declarations) -> String {
    let mut text = format!(
        "# frozen_string_literal: true\n\n# The functions and constants of wdsocket; wdsocket.rb makes Ruby of them.\n# {MADE}\nmodule WDSocket\n"
    );
    for group in &all.groups {
        text += &format!("  # {}\n", group.heading.trim_end_matches('.'));
        for constant in &group.constants {
            let (name, value) = (&constant.name, &constant.value);
            text += &format!("  {name} = {value} # {}\n", constant.comment());
        }
        text += "\n";
    }
    text += "  # Each function: its word (see hosts/README.md), and what a caller gives.\n  FUNCTIONS = {\n";
    for function in all.functions() {
        let given = function.given().join(" ");
        text += &format!(
            "    \"{}\" => [\"{}\", %w[{given}]],\n",
            function.name,
            function.signature()
        );
    }
    text + "  }.freeze\nend\n"
}
