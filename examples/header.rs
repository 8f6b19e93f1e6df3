//! Writes include/wdsocket.h and include/wdsocket_plain.h, as the build made them of the sources.

use std::path::Path;
use std::{fs, io};

const HEADERS: [(&str, &str); 2] = [
    (
        "wdsocket.h",
        include_str!(concat!(env!("OUT_DIR"), "/wdsocket.h")),
    ),
    (
        "wdsocket_plain.h",
        include_str!(concat!(env!("OUT_DIR"), "/wdsocket_plain.h")),
    ),
];

fn main() -> io::Result<()> {
    for (file, text) in HEADERS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("include")
            .join(file);
        fs::write(&path, text)?;
        println!("{}", path.display());
    }
    Ok(())
}
