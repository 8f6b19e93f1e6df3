//! The module for WINDEV and its programs, without a WINDEV: a small grammar of WLanguage reads them, checks them against the
//! header, and runs them with the library.
#![cfg(target_os = "linux")]

mod common;

#[path = "windev/checked.rs"]
mod checked;
#[path = "windev/running.rs"]
mod running;

use common::{Outcome, project, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

const HEADER: &str = "include/wdsocket.h";

const ENGLISH: [&str; 4] = [
    "windev/english/wdsocket.wl",
    "windev/english/client.wl",
    "windev/english/simplified_server.wl",
    "windev/english/standard_server.wl",
];

const FRENCH: [&str; 4] = [
    "windev/french/wdsocket.wl",
    "windev/french/client.wl",
    "windev/french/serveur_simplifie.wl",
    "windev/french/serveur_standard.wl",
];

/// What makes the French files of the English ones, and holds the words that the checker knows.
const TRANSLATION: [&str; 3] = [
    "scripts/windev/translate.py",
    "scripts/windev/wlanguage.py",
    "scripts/windev/words.tsv",
];

/// A folder of this test's own, laid out as the project; it goes away with it.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[&str]) -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("windev-{}-{count}", std::process::id());
        let folder = Folder(common::build_folder().join(name));
        fs::create_dir_all(&folder.0).expect("make a folder");
        for file in files {
            folder.write(file, &text_of(file));
        }
        folder
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("make a folder");
        fs::write(path, text).expect("write a file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text_of(file: &str) -> String {
    fs::read_to_string(project().join(file)).unwrap_or_else(|e| panic!("read {file}: {e}"))
}

/// Runs a script of Python to its end.
fn python(script: PathBuf, arguments: &[PathBuf]) -> Outcome {
    let mut command = Command::new("python3");
    run(command.arg("-B").arg(script).args(arguments), LIMIT)
}

fn exits_with_1(outcome: &Outcome) -> bool {
    outcome.status.and_then(|status| status.code()) == Some(1)
}
