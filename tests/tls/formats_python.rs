//! Keys and certificates as Python's cryptography writes them.

use std::io::Write;

use crate::workshop::{Fate, Lock, Role, Tried, Workshop};

/// Writes the files, and for each a line: the file, the one beside it, role, lock, fate, what it is.
const PYTHON: &str = include_str!("formats.py");

#[test]
fn files_of_pythons_cryptography() {
    let mut shop = Workshop::new();
    let script = shop.folder.file("make.py", PYTHON);
    // The first Python of the path need not be the one that the system's packages are for.
    let pythons = ["python3", "/usr/bin/python3"];
    if !pythons
        .iter()
        .any(|python| shop.run(&format!("{python} -W ignore {script}")))
    {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: Python's cryptography is not installed"
        );
        return;
    }
    let list = std::fs::read_to_string(shop.folder.path().join("list")).unwrap();
    for line in list.lines() {
        let [file, beside, role, lock, fate, what] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("{line}");
        };
        let tried = Tried {
            what,
            file,
            beside,
            role: match role {
                "key" => Role::Key,
                "certificate" => Role::Certificate,
                "identity" => Role::Identity,
                _ => Role::Authority,
            },
            lock: if lock == "1" {
                Lock::Password
            } else {
                Lock::Open
            },
            fate: match fate {
                "loaded" => Fate::Loaded,
                "read" => Fate::Read,
                "told:ssh-keygen -p -m PKCS8" => Fate::Told("ssh-keygen -p -m PKCS8"),
                "told:neither PEM nor DER" => Fate::Told("neither PEM nor DER"),
                "told:a request for a certificate" => Fate::Told("a request for a certificate"),
                _ => Fate::Told("a list of revoked certificates"),
            },
        };
        let tool = match role {
            "key" => "cryptography, keys",
            "identity" => "cryptography, PKCS#12",
            _ => "cryptography, certificates",
        };
        shop.judge(tool, &tried);
    }
    shop.end(100);
}
