//! A panic inside an export becomes INTERNAL: tried with each export and so with each kind of result.

mod common;

use common::{PROGRAM_LIMIT, assert_promises, build, build_folder, link_folder, project, run};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The exports that cannot be given a fault: they only tell of the last error.
const GETTERS: [&str; 4] = [
    "SocketErrorCode",
    "SocketErrorSystem",
    "SocketErrorInfo",
    "SocketErrorText",
];

/// Builds the library with its fault injection in a folder of its own, so that the ordinary one
/// stays what it is. What the ordinary build made of OpenSSL is copied, not built again.
fn faulty_library() -> PathBuf {
    let target = build_folder()
        .parent()
        .expect("the build folder lies in the target folder")
        .join("fault");
    let release = target.join("release");
    if !release.join("build").exists() {
        fs::create_dir_all(&release).expect("create the folder");
        for part in [".fingerprint", "build", "deps"] {
            let copied = run(
                Command::new("cp")
                    .arg("-a")
                    .arg(build_folder().join(part))
                    .arg(&release),
                Duration::from_secs(120),
            );
            assert!(copied.success(), "{}", copied.report());
        }
    }
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let built = run(
        Command::new(cargo)
            .args([
                "build",
                "--release",
                "--lib",
                "--features",
                "fault-injection",
            ])
            .arg("--target-dir")
            .arg(&target)
            .current_dir(project()),
        Duration::from_secs(900),
    );
    assert!(built.success(), "{}", built.report());
    release.join("libwdsocket.so")
}

#[test]
fn a_panic_in_any_export_is_an_error_and_nothing_else_stops() {
    let libraries = link_folder(&faulty_library(), "fault");
    let program = build("faults.c", &[]);
    let list = run(Command::new(&program).arg("--list"), PROGRAM_LIMIT);
    let exports: BTreeSet<_> = list.out.lines().map(str::to_string).collect();
    for export in &exports {
        let outcome = run(
            Command::new(&program)
                .env("WDSOCKET_FAULT", export)
                .env("RUST_BACKTRACE", "1")
                // The program's own path to the ordinary library would come before any other.
                .env("LD_PRELOAD", libraries.join("libwdsocket.so.0")),
            PROGRAM_LIMIT,
        );
        println!("# a fault in {export}");
        assert_promises(&outcome, 2);
        assert_eq!(outcome.err, "", "printed into the host's output");
    }
    let mut all = common::exports();
    all.retain(|name| !GETTERS.contains(&name.as_str()));
    assert_eq!(exports, all, "exports tried (left) and listed (right)");
}
