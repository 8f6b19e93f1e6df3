//! Builds the C programs of `c_tests/` against the header and the shared object, and runs them.
//!
//! A program prints `ok - promise` or `not ok - promise: file:line what` for each promise and exits
//! with 0 when all of them held. Adding one takes a line in a `promises!` list.
#![allow(dead_code)] // each test file uses its own part of this module

pub mod memcheck;
pub mod process;
pub mod secure;

use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// How long a C program may run before it is killed; it ends itself (`alarm`) well before.
pub const PROGRAM_LIMIT: Duration = Duration::from_secs(300);

/// The flags every C program is held to.
pub const C_FLAGS: [&str; 8] = [
    "-std=c11",
    "-Wall",
    "-Wextra",
    "-pedantic",
    "-Werror",
    "-pthread",
    "-O1",
    "-g",
];

/// The top folder of the project.
pub fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `target/release` (or wherever this test was built to), found from the running test's own path.
pub fn build_folder() -> PathBuf {
    let test = std::env::current_exe().expect("the path of the running test");
    let deps = test.parent().expect("a test lies in a folder");
    deps.parent()
        .expect("deps lies in the build folder")
        .to_path_buf()
}

/// The shared object that cargo built for this very test run. `cargo test` refreshes the one in `deps`;
/// only `cargo build` links it one folder up, so that one may be older.
pub fn library() -> PathBuf {
    let fresh = build_folder().join("deps/libwdsocket.so");
    let shipped = build_folder().join("libwdsocket.so");
    let library = if fresh.exists() { fresh } else { shipped };
    assert!(library.exists(), "{} is not built", library.display());
    library
}

/// A folder that holds `library` under the two names that the linker and the loader look for.
pub fn link_folder(library: &Path, name: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner());
    let folder = build_folder().join("c_tests").join(name);
    fs::create_dir_all(&folder).expect("create the link folder");
    for link in ["libwdsocket.so", "libwdsocket.so.0"] {
        let link = folder.join(link);
        if fs::read_link(&link).is_ok_and(|to| to == library) {
            continue;
        }
        // Another test process may be making the same link, so it is put in place in one step.
        let fresh = folder.join(format!("link-{}", std::process::id()));
        let _ = fs::remove_file(&fresh);
        std::os::unix::fs::symlink(library, &fresh).expect("link the library");
        fs::rename(&fresh, &link).expect("put the link in place");
    }
    folder
}

/// What a program said and how it ended.
pub struct Outcome {
    /// The exit status; `None` when it ran out of time and was killed.
    pub status: Option<ExitStatus>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Outcome {
    /// Whether it ended by itself with status 0.
    pub fn success(&self) -> bool {
        self.status.is_some_and(|s| s.success())
    }

    /// Whether it ended by itself with this status.
    pub fn ended_with(&self, code: i32) -> bool {
        self.status.is_some_and(|s| s.code() == Some(code))
    }

    /// Everything it said, for the text of a failed assertion.
    pub fn report(&self) -> String {
        let end = match self.status {
            Some(status) => status.to_string(),
            None => "killed: out of time".to_string(),
        };
        format!(
            "{end}\n--- stdout\n{}\n--- stderr\n{}",
            self.out,
            last(&self.err, 6000)
        )
    }
}

fn last(text: &str, bytes: usize) -> &str {
    let mut from = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

/// Runs a command to its end; its output is captured. After `limit` it is killed, and with it the
/// processes that it started and that still hold its output, which would hold up this test too.
pub fn run(command: &mut Command, limit: Duration) -> Outcome {
    let mut child = command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("start {command:?}: {e}"));
    let out = drain(child.stdout.take());
    let err = drain(child.stderr.take());
    let group = child.id();
    let status = wait(&mut child, limit);
    if status.is_none() {
        let _ = Command::new("kill")
            .args(["-KILL", "--", &format!("-{group}")])
            .status();
    }
    Outcome {
        status,
        out: out.join().unwrap_or_default(),
        err: err.join().unwrap_or_default(),
    }
}

fn drain<R: Read + Send + 'static>(pipe: Option<R>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for a child to end; kills it when `limit` is over and then returns `None`.
pub fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

/// Builds a file of `c_tests`, in whatever folder of subjects it stands, with the system's compiler and returns the program's path. A program is
/// built once for each content of what it may include in `c_tests/`, of the library's header, of the file and the flags.
pub fn build(file: &str, flags: &[&str]) -> PathBuf {
    let source = c_source(file);
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_string());
    let mut hash = DefaultHasher::new();
    (&compiler, flags, C_FLAGS, file, project(), "rpath").hash(&mut hash);
    read(&source).hash(&mut hash);
    for header in headers() {
        read(&header).hash(&mut hash);
    }
    let stem = file.trim_end_matches(".c");
    let folder = build_folder().join("c_tests");
    let program = folder.join(format!("{stem}-{:016x}", hash.finish()));
    let libraries = link_folder(&library(), "lib");
    if program.exists() {
        return program;
    }
    let unfinished = folder.join(format!(
        "{stem}-{}-{:?}",
        std::process::id(),
        thread::current().id()
    ));
    let built = run(
        Command::new(&compiler)
            .args(C_FLAGS)
            .args(flags)
            .arg(format!("-I{}", project().join("include").display()))
            .arg(format!("-I{}", project().join("c_tests").display()))
            .arg(&source)
            .arg("-o")
            .arg(&unfinished)
            .arg(format!("-L{}", libraries.display()))
            .arg("-lwdsocket")
            // Looked at before LD_LIBRARY_PATH, where cargo puts a folder that may hold an older library.
            .arg("-Wl,--disable-new-dtags")
            .arg(format!("-Wl,-rpath,{}", libraries.display()))
            .current_dir(project()),
        Duration::from_secs(120),
    );
    assert!(built.success(), "build {file}: {}", built.report());
    fs::rename(&unfinished, &program).expect("put the program in place");
    program
}

/// Where a C program of that name stands: each name is there once.
pub fn c_source(file: &str) -> PathBuf {
    let folders = fs::read_dir(project().join("c_tests")).expect("c_tests");
    let mut found = folders
        .map(|folder| folder.expect("an entry of c_tests").path().join(file))
        .filter(|path| path.is_file());
    let source = found
        .next()
        .unwrap_or_else(|| panic!("c_tests has no {file}"));
    assert_eq!(found.next(), None, "c_tests has {file} twice");
    source
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|e| panic!("read {}: {e}", path.display()))
}

/// What a C program may include.
fn headers() -> Vec<PathBuf> {
    let mut headers = vec![project().join("include/wdsocket.h")];
    let mut folders = vec![project().join("c_tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("c_tests") {
            let path = entry.expect("an entry of c_tests").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|e| e != "c") {
                headers.push(path);
            }
        }
    }
    headers.sort();
    headers
}

/// Asserts that a program ended well and kept at least `promises` promises, and prints what it said.
/// What it could not try here it says in a line `skipped - promise: reason`, shown in any case.
pub fn assert_promises(outcome: &Outcome, promises: usize) {
    let count = |start: &str| outcome.out.lines().filter(|l| l.starts_with(start)).count();
    let (kept, broken, skipped) = (count("ok - "), count("not ok"), count("skipped - "));
    print!("{}", outcome.out);
    for line in outcome.out.lines().filter(|l| l.starts_with("skipped - ")) {
        skip(line.trim_start_matches("skipped - "));
    }
    assert!(
        outcome.success() && broken == 0 && (kept >= promises || skipped > 0),
        "{kept} of {promises} promises kept; {}",
        outcome.report()
    );
}

/// The functions that the library exports, as `tests/exports.txt` lists them.
pub fn exports() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let list = read(&project().join("tests/exports.txt"));
    for line in String::from_utf8(list).expect("text").lines() {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            ["both", name] => names.extend([name.to_string(), format!("{name}Id")]),
            [name] => drop(names.insert(name.to_string())),
            _ => panic!("a line of tests/exports.txt is not understood: {line}"),
        }
    }
    names
}

/// Says what is not tried on this machine and why, past the capture of a test's output.
pub fn skip(what: &str) {
    tell(&format!("skipped: {what}"));
}

/// Says something past the capture of a test's output.
pub fn tell(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// Builds and runs a C program and asserts its promises.
pub fn check(file: &str, flags: &[&str], arguments: &[&str], promises: usize) {
    let program = build(file, flags);
    let outcome = run(Command::new(program).args(arguments), PROGRAM_LIMIT);
    assert_promises(&outcome, promises);
}

/// Makes tests of C programs, one line each: `test_name: "file.c", at least this many promises;`
///
/// `promises! { both_families; … }` builds each file twice, once for the functions that take a name
/// and once for those that take an id; `promises! { once; … }` builds it once.
#[macro_export]
macro_rules! promises {
    (both_families; $($test:ident: $file:literal, $count:literal;)+) => {
        mod by_name { $(#[test] fn $test() { $crate::common::check($file, &["-DBY_NAME"], &[], $count); })+ }
        mod by_id { $(#[test] fn $test() { $crate::common::check($file, &["-DBY_ID"], &[], $count); })+ }
    };
    (once; $($test:ident: $file:literal, $count:literal;)+) => {
        $(#[test] fn $test() { $crate::common::check($file, &[], &[], $count); })+
    };
}
