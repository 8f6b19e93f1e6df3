//! Writes the headers and the manual's page of constants, as the build made them of the sources.

use std::path::Path;
use std::{fs, io};

const FILES: [(&str, &str); 3] = [
    (
        "include/wdsocket.h",
        include_str!(concat!(env!("OUT_DIR"), "/wdsocket.h")),
    ),
    (
        "include/wdsocket_plain.h",
        include_str!(concat!(env!("OUT_DIR"), "/wdsocket_plain.h")),
    ),
    (
        "docs/constants.md",
        include_str!(concat!(env!("OUT_DIR"), "/constants.md")),
    ),
];

fn main() -> io::Result<()> {
    for (file, text) in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        fs::write(&path, text)?;
        println!("{}", path.display());
    }
    Ok(())
}
