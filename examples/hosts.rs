//! Writes the declarations of the languages in hosts/, from the sources.

#[path = "../hosts/generator/mod.rs"]
mod generator;

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    for (file, text) in generator::files() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        fs::write(&path, text)?;
        println!("{}", path.display());
    }
    Ok(())
}
