//! What `./install.sh` installs: found by hand, by pkg-config and by CMake, shared and static, and taken away again.
#![cfg(target_os = "linux")]

mod common;

use common::{build_folder, exports, project, run, skip};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

/// Runs one command to its end and tells what it said.
fn said(command: &mut Command) -> String {
    let outcome = run(command, LIMIT);
    assert!(outcome.success(), "{command:?}: {}", outcome.report());
    outcome.out
}

/// A folder of this test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = build_folder().join("install").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("create a folder");
    folder
}

fn install(arguments: &[&str]) -> String {
    said(
        Command::new(project().join("install.sh"))
            .arg("--built")
            .arg(build_folder().join("deps"))
            .args(arguments),
    )
}

/// The files and links below a folder.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() && !path.is_symlink() {
            true => found.append(&mut files(&path)),
            false => drop(found.insert(path)),
        }
    }
    found
}

/// An installation that was moved to another folder after it was made.
fn moved() -> &'static Path {
    static MOVED: OnceLock<PathBuf> = OnceLock::new();
    MOVED.get_or_init(|| {
        let made = folder("made");
        install(&["--prefix", "/opt/wdsocket", "--destdir", path(&made)]);
        let moved = folder("a moved one").join("here");
        fs::rename(made.join("opt/wdsocket"), &moved).expect("move the installation");
        moved
    })
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path that is UTF-8")
}

fn is_there(program: &str) -> bool {
    let mut shell = Command::new("sh");
    shell.args(["-c", "command -v \"$0\"", program]);
    run(&mut shell, LIMIT).success()
}

/// Compiles the program of all these tests with what the arguments add, and has it try the library.
fn works(name: &str, arguments: &[String]) -> PathBuf {
    let program = folder(name).join("installed");
    said(
        Command::new("cc")
            .arg(project().join("c_tests/examples/example_installed.c"))
            .arg("-o")
            .arg(&program)
            .args(arguments)
            // Where cargo puts a folder that may hold a library that nobody installed.
            .env_remove("LD_LIBRARY_PATH"),
    );
    is_well(&program);
    program
}

fn is_well(program: &Path) {
    let text = said(Command::new(program).env("LD_LIBRARY_PATH", moved().join("lib")));
    assert!(
        text.starts_with("wdsocket ") && text.ends_with("\nHello\nall is well\n"),
        "{text}"
    );
}

/// Whether the program asks the loader for the shared library.
fn is_shared(program: &Path) -> bool {
    said(Command::new("readelf").args(["-d", "-W"]).arg(program)).contains("[libwdsocket.so.0]")
}

/// What pkg-config says, asked for a package in a folder whose name has a blank in it.
fn pkg_config(arguments: &[&str]) -> Vec<String> {
    let text = said(
        Command::new("sh")
            .args([
                "-c",
                "eval \"set -- $(pkg-config \"$@\")\"; printf '%s\\n' \"$@\"",
                "sh",
            ])
            .args(arguments)
            .arg("wdsocket")
            .env("PKG_CONFIG_PATH", moved().join("lib/pkgconfig")),
    );
    text.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "long: installs"]
fn programs_link_by_hand() {
    let include = format!("-I{}", moved().join("include").display());
    let libraries = format!("-L{}", moved().join("lib").display());
    let program = works(
        "by hand",
        &[include.clone(), libraries, "-lwdsocket".into()],
    );
    assert!(is_shared(&program));

    let archive = moved().join("lib/libwdsocket.a").display().to_string();
    let mut arguments = vec![
        include,
        archive,
        "-pthread".into(),
        "-ldl".into(),
        "-lm".into(),
    ];
    let program = works("by hand, static", &arguments);
    assert!(!is_shared(&program));
    arguments.push("-static".into());
    works("by hand, all static", &arguments);
}

#[test]
#[ignore = "long: installs"]
fn programs_link_through_pkg_config() {
    if !is_there("pkg-config") {
        return skip("programs linked through pkg-config: it is not installed");
    }
    let program = works("pkg-config", &pkg_config(&["--cflags", "--libs"]));
    assert!(is_shared(&program));
    let mut arguments = pkg_config(&["--static", "--cflags", "--libs"]);
    arguments.push("-static".into());
    works("pkg-config, static", &arguments);
    let version = pkg_config(&["--modversion"]);
    assert_eq!(version, [env!("CARGO_PKG_VERSION")]);
}

#[test]
#[ignore = "long: installs"]
fn programs_link_through_cmake() {
    if !is_there("cmake") {
        return skip("programs linked through CMake: it is not installed");
    }
    let folder = folder("cmake");
    let text = format!(
        "cmake_minimum_required(VERSION 3.10)
         project(installed C)
         find_package(wdsocket {} REQUIRED)
         find_package(wdsocket REQUIRED) # twice does no harm
         add_executable(shared \"{source}\")
         target_link_libraries(shared wdsocket::wdsocket)
         add_executable(unshared \"{source}\")
         target_link_libraries(unshared wdsocket::wdsocket_static)
         add_executable(all_static \"{source}\")
         target_link_libraries(all_static wdsocket::wdsocket_static -static)
         find_package(wdsocket 99 QUIET)
         if(wdsocket_FOUND)
             message(FATAL_ERROR \"version 99 was found\")
         endif()\n",
        env!("CARGO_PKG_VERSION"),
        source = project()
            .join("c_tests/examples/example_installed.c")
            .display()
    );
    fs::write(folder.join("CMakeLists.txt"), text).expect("write CMakeLists.txt");
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", moved().display());
    said(
        Command::new("cmake")
            .args(["-S", ".", "-B", "built", &prefix])
            .current_dir(&folder),
    );
    said(
        Command::new("cmake")
            .args(["--build", "built"])
            .current_dir(&folder),
    );
    for (program, shared) in [("shared", true), ("unshared", false), ("all_static", false)] {
        let program = folder.join("built").join(program);
        is_well(&program);
        assert_eq!(is_shared(&program), shared, "{}", program.display());
    }
}

#[test]
#[ignore = "long: installs"]
fn the_static_library_exports_the_headers_functions_and_nothing_else() {
    let symbols = said(
        Command::new("nm")
            .args(["-g", "--defined-only"])
            .arg(moved().join("lib/libwdsocket.a")),
    );
    let names: BTreeSet<_> = symbols
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        .map(str::to_owned)
        .collect();
    assert_eq!(names, exports());
}

#[test]
#[ignore = "long: installs"]
fn the_shared_library_is_stripped_and_tells_where_its_symbols_are() {
    let library = moved().join("lib/libwdsocket.so");
    let sections = said(Command::new("readelf").args(["-S", "-W"]).arg(&library));
    assert!(!sections.contains(".symtab") && !sections.contains(".debug_info"));
    assert!(sections.contains(".gnu_debuglink"));
    let name = fs::canonicalize(&library).expect("the library");
    let expected = format!("libwdsocket.so.{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        name.file_name().and_then(|name| name.to_str()),
        Some(&*expected)
    );
}

#[test]
#[ignore = "long: installs"]
fn what_was_installed_is_taken_away_and_nothing_else() {
    let made = folder("taken away");
    let into = made.join("usr");
    fs::create_dir_all(into.join("lib/pkgconfig")).expect("create a folder");
    fs::write(into.join("lib/pkgconfig/other.pc"), "").expect("write another package's file");
    fs::create_dir_all(into.join("include")).expect("create a folder");
    let before = files(&made);
    let arguments = ["--prefix=/usr", "--destdir", path(&made)];
    install(&arguments);
    install(&arguments); // over itself
    assert!(files(&made).len() > 100);
    let arguments = ["--uninstall", "--prefix=/usr", "--destdir", path(&made)];
    said(Command::new(project().join("install.sh")).args(arguments));
    assert_eq!(files(&made), before);
    assert!(!into.join("share/wdsocket").exists() && !into.join("lib/cmake").exists());
}

#[test]
#[ignore = "long: installs"]
fn there_is_a_man_page_for_each_function() {
    let pages = moved().join("share/man/man3");
    let found: BTreeSet<_> = files(&pages)
        .iter()
        .filter_map(|page| {
            page.file_name()?
                .to_str()?
                .strip_suffix(".3")
                .map(str::to_owned)
        })
        .collect();
    assert_eq!(found, exports());
    assert!(moved().join("share/man/man7/wdsocket.7").exists());
    if !is_there("man") {
        return skip("the man pages shown: there is no man");
    }
    // The page of the other family leads to the same.
    for name in ["SocketRead", "SocketReadId"] {
        let shown = said(
            Command::new("man")
                .args(["-M", path(&moved().join("share/man")), "3", name])
                .envs([
                    ("MANWIDTH", "100"),
                    ("LC_ALL", "C.UTF-8"),
                    ("MAN_KEEP_FORMATTING", ""),
                ]),
        );
        assert!(
            shown.contains("SocketRead, SocketReadId") && shown.contains("SocketLit"),
            "{shown}"
        );
    }
}

#[test]
#[ignore = "long: installs"]
fn the_papers_name_the_openssl_inside_and_give_its_licence() {
    let folder = folder("papers");
    let script = "cargo metadata --locked --offline --format-version 1 --filter-platform x86_64-unknown-linux-gnu |
        python3 scripts/package/papers.py x86_64-unknown-linux-gnu \"$0\"";
    said(
        Command::new("sh")
            .args(["-e", "-c", script, path(&folder)])
            .env("SOURCE_DATE_EPOCH", "1767225600")
            .current_dir(project()),
    );
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a text");
    let (licences, bill) = (read("THIRD-PARTY.txt"), read("wdsocket.cdx.json"));
    let openssl = bill.split("\"pkg:generic/openssl@").nth(1);
    let version = openssl
        .and_then(|rest| rest.split('"').next())
        .expect("OpenSSL");
    let library = fs::read(moved().join("lib/libwdsocket.so")).expect("the library");
    let inside = format!("OpenSSL {version} ");
    assert!(
        library
            .windows(inside.len())
            .any(|bytes| bytes == inside.as_bytes()),
        "{inside}"
    );
    assert!(licences.contains(&format!("\nOpenSSL {version} (Apache-2.0)\n")));
    for text in [
        "Apache License",
        "memchr",
        "Permission is hereby granted",
        "UNICODE LICENSE V3",
    ] {
        assert!(licences.contains(text), "{text}");
    }
}
