//! Names the shared object, and writes to OUT_DIR what is made of the declarations in src/: the two headers, the
//! manual's page of constants and the rows of the UTF-16 family.

mod declared;
mod header;
mod manual;
mod sources;
mod tables;
mod utf16;

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=src");
    let target = env::var("TARGET").expect("cargo sets TARGET");
    println!("cargo:rustc-env=WDSOCKET_TARGET={target}");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libwdsocket.so.0");
        // A host that frees a library after each call must not take the sockets with it.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    if target.ends_with("-windows-gnu") {
        // What the linker writes otherwise is Windows XP's, or older.
        for part in ["os", "subsystem"] {
            println!(
                "cargo:rustc-cdylib-link-arg=-Wl,--major-{part}-version,6,--minor-{part}-version,1"
            );
        }
    }
    let (groups, families) = sources::read(Path::new(""));
    write("wdsocket.h", &header::ordinary(&groups, &families));
    write("wdsocket_plain.h", &header::plain(&groups, &families));
    write("constants.md", &manual::constants(&groups));
    write("utf16.rs", &utf16::table(&families));
}

fn write(file: &str, text: &str) {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join(file), text).unwrap_or_else(|error| panic!("write {file}: {error}"));
}
