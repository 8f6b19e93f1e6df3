//! What the linker is told of a DLL: the ordinals of its functions, and what Explorer shows as its version.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// The numbers, which never change.
const ORDINALS: &str = include_str!("ordinals.txt");

/// Hands both to the linker of a mingw target.
pub fn link(target: &str, out: &Path) {
    println!("cargo:rerun-if-changed=build/ordinals.txt");
    let definition = out.join("ordinals.def");
    write(&definition, &ordinals());
    println!("cargo:rustc-cdylib-link-arg={}", definition.display());
    let description = out.join("version.rc");
    write(&description, &version());
    let object = out.join("version.o");
    let machine = target.split('-').next().unwrap_or(target);
    let compiler = format!("{machine}-w64-mingw32-windres");
    let made = Command::new(&compiler)
        .arg(&description)
        .arg(&object)
        .status();
    match made {
        Ok(status) if status.success() => {
            println!("cargo:rustc-cdylib-link-arg={}", object.display());
        }
        _ => println!("cargo:warning=the DLL has no version resource: {compiler} cannot make it"),
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
}

/// A definition file for the functions that have a number. Those that have none yet get one from the linker.
fn ordinals() -> String {
    let mut text = "EXPORTS\n".to_owned();
    for line in ORDINALS.lines().filter(|line| !line.starts_with('#')) {
        let (number, name) = line
            .split_once(' ')
            .unwrap_or_else(|| panic!("build/ordinals.txt: {line}"));
        text += &format!("    {name} @{number}\n");
    }
    text
}

fn version() -> String {
    let part = |name: &str| env::var(format!("CARGO_PKG_{name}")).expect("cargo sets it");
    let (major, minor, patch) = (
        part("VERSION_MAJOR"),
        part("VERSION_MINOR"),
        part("VERSION_PATCH"),
    );
    let version = part("VERSION");
    let description = part("DESCRIPTION");
    format!(
        "1 VERSIONINFO
FILEVERSION {major},{minor},{patch},0
PRODUCTVERSION {major},{minor},{patch},0
FILEOS 0x40004
FILETYPE 0x2
BEGIN
    BLOCK \"StringFileInfo\"
    BEGIN
        BLOCK \"040904b0\"
        BEGIN
            VALUE \"CompanyName\", \"The wdsocket authors\"
            VALUE \"FileDescription\", \"{description}\"
            VALUE \"FileVersion\", \"{version}\"
            VALUE \"InternalName\", \"wdsocket\"
            VALUE \"LegalCopyright\", \"MIT OR Apache-2.0; contains OpenSSL, Apache-2.0\"
            VALUE \"OriginalFilename\", \"wdsocket.dll\"
            VALUE \"ProductName\", \"wdsocket\"
            VALUE \"ProductVersion\", \"{version}\"
        END
    END
    BLOCK \"VarFileInfo\"
    BEGIN
        VALUE \"Translation\", 0x409, 1200
    END
END
"
    )
}
