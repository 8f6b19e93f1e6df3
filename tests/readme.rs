//! What the pages say is true: their programs compile and do what the page says, their tables are the library's, and their
//! links and commands lead to what is there.
#![cfg(target_os = "linux")]

mod common;

#[path = "readme/facts.rs"]
mod facts;
#[path = "readme/programs.rs"]
mod programs;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Pages that lie in no folder of pages.
const PAGES: [&str; 7] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "benches/README.md",
    "windev/README.md",
];

/// Every page, as its path in the repository.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> = PAGES.map(str::to_owned).into();
    for entry in fs::read_dir(common::project().join("docs")).expect("list the pages") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let name = path.file_name().and_then(|name| name.to_str());
            pages.push(format!("docs/{}", name.expect("a name in ASCII")));
        }
    }
    pages.sort();
    assert!(pages.len() > 15, "{pages:?}");
    pages
}

fn text_of(page: &str) -> String {
    let path: PathBuf = common::project().join(page);
    fs::read_to_string(path).unwrap_or_else(|e| panic!("read {page}: {e}"))
}

/// The commands of a page to type: the lines set off by four blanks; one that ends with a backslash goes on in the next.
fn commands(text: &str) -> Vec<String> {
    let text = text.replace("\\\n    ", "");
    let set_off = text.lines().filter_map(|line| line.strip_prefix("    "));
    set_off.map(str::to_owned).collect()
}
