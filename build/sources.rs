//! Which sources declare constants and exports, and the reading of them.

use super::declared::{self, Family};
use super::tables::{self, Group};
use std::fs;
use std::path::Path;

/// The tables of constants, in the order of the header.
const CONSTANTS: &[&str] = &["mod.rs", "errors.rs"];

/// The files with exports, each a family under its own heading, in the order of the header.
const EXPORTS: &[&str] = &[
    "server.rs",
    "connection.rs",
    "transfer.rs",
    "watch.rs",
    "websocket.rs",
    "descriptor.rs",
    "security.rs",
    "udp.rs",
    "bluetooth.rs",
    "options.rs",
    "identity.rs",
    "machine.rs",
    "process.rs",
    "errors.rs",
];

/// What is declared in the sources of this project.
pub fn read(project: &Path) -> (Vec<Group>, Vec<Family>) {
    let mut groups = Vec::new();
    for file in CONSTANTS {
        let path = project.join("src/constants").join(file);
        groups.extend(tables::groups_of(&parsed(&path), &path));
    }
    let mut families = Vec::new();
    for file in EXPORTS {
        let path = project.join("src/ffi").join(file);
        families.push(declared::family_of(&parsed(&path), &path));
    }
    (groups, families)
}

fn parsed(path: &Path) -> syn::File {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()));
    understood(syn::parse_file(&text), path)
}

/// What was read, or the end of the build with the place that was not understood.
pub fn understood<T>(read: syn::Result<T>, path: &Path) -> T {
    read.unwrap_or_else(|error| {
        let at = error.span().start();
        panic!("{}:{}:{}: {error}", path.display(), at.line, at.column + 1)
    })
}
