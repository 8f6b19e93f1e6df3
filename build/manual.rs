//! The manual's page of constants.

use crate::tables::{Constant, Group};

/// docs/constants.md: a table for each group.
pub fn constants(groups: &[Group]) -> String {
    let mut text = String::from(PAGE);
    for group in groups {
        text += &format!("\n## {}\n\n", group.heading);
        text += match group.constants.iter().any(|one| one.option.is_some()) {
            true => {
                "| option | number | takes | default | counts for | what it does |\n|---|---|---|---|---|---|\n"
            }
            false => "| constant | number | what it is |\n|---|---|---|\n",
        };
        for constant in &group.constants {
            text += &row(constant);
        }
    }
    text
}

fn row(constant: &Constant) -> String {
    let (name, value) = (&constant.name, &constant.value);
    let docs = constant.docs.join(" ").replace('|', "\\|");
    match &constant.option {
        Some(option) => {
            let (takes, default, kinds) = (option.takes(), option.default(), option.counts_for());
            format!("| `{name}` | {value} | {takes} | {default} | {kinds} | {docs} |\n")
        }
        None => format!("| `{name}` | {value} | {docs} |\n"),
    }
}

const PAGE: &str = "# Constants

This page is made from the sources: change them, then run `cargo run --release --example header`.

`SocketSetOption(name, option, value)` sets a whole-number option and `SocketGetOption(name, option)` tells it;
`SocketSetText(name, option, text)` sets a text option. NULL for the name sets the default for every socket made later. A yes/no
option (0/1) takes any other number for 1, and `WDSOCKET_DEFAULT` puts the built-in value back. Options of TLS are read when TLS
starts, those of a server for each client that is accepted. Numbers never change once released.
";
