//! The tables, links and commands of the pages.

use super::common;
use super::{LIMIT, commands, pages, text_of};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::net::TcpListener;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use wdsocket::constants::{Code, WDSOCKET_OK};

/// The cells of every row of the tables in a text, without their blanks.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// What stands between backquotes; `None` for a cell without any.
fn quoted(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

/// The functions of the header, without those of the UTF-16 family.
fn functions_of_the_header() -> BTreeSet<String> {
    let header = text_of("include/wdsocket.h");
    let (header, _) = header
        .split_once("\n#ifdef _WIN32\n")
        .expect("the UTF-16 family");
    let declared = header.split("WDSOCKET_CALL ").skip(1);
    declared
        .filter_map(|rest| rest.split_once('('))
        .filter(|(name, _)| name.chars().all(char::is_alphanumeric))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The rows of the README's table of functions.
fn table_of_functions(readme: &str) -> Vec<Vec<&str>> {
    let (_, rest) = readme
        .split_once("## All functions")
        .expect("the table of functions");
    let (table, _) = rest.split_once("\n## ").expect("its end");
    let mut rows = rows(table);
    rows.retain(|row| quoted(row[0]).is_some());
    rows
}

#[test]
fn the_table_of_functions_is_the_headers() {
    let readme = text_of("README.md");
    let mut listed = BTreeSet::new();
    for row in table_of_functions(&readme) {
        let name = quoted(row[0]).expect("a function");
        assert_eq!(row.len(), 5, "{name}");
        assert!(!row[4].is_empty(), "{name} has no line");
        let by_id = match row[1] {
            "Id" => Some(format!("{name}Id")),
            "" => None,
            other => panic!("{name}: {other}"),
        };
        for function in by_id.into_iter().chain([name.to_owned()]) {
            assert!(listed.insert(function), "{name} stands there twice");
        }
    }
    assert_eq!(
        listed,
        functions_of_the_header(),
        "README.md (left) and the header (right)"
    );
}

#[test]
fn the_french_names_are_those_of_the_french_module() {
    let module = text_of("windev/README.md");
    let french: BTreeMap<_, _> = rows(&module)
        .into_iter()
        .filter_map(|row| Some((quoted(row[0])?.strip_prefix("wd")?, quoted(row[1])?)))
        .collect();
    let readme = text_of("README.md");
    let mut compared = 0;
    for row in table_of_functions(&readme) {
        let name = quoted(row[0]).expect("a function");
        if quoted(row[2]) != Some(name) {
            continue; // WLanguage has none of that name
        }
        let told = quoted(row[3]).unwrap_or_else(|| panic!("{name} has no French name"));
        assert_eq!(french.get(name), Some(&&*format!("wd{told}")), "{name}");
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn the_error_codes_of_the_pages_are_those_of_the_library() {
    let known: Vec<_> = Code::ALL
        .iter()
        .map(|code| {
            let name = code.constant().strip_prefix("WDSOCKET_ERR_");
            (*code as i32, name.expect("the prefix of all codes"))
        })
        .collect();
    for page in pages() {
        let text = text_of(&page);
        let listed: Vec<_> = rows(&text)
            .into_iter()
            .filter_map(|row| Some((row[0].parse::<i32>().ok()?, *row.get(1)?)))
            .filter(|(code, _)| *code != WDSOCKET_OK)
            .collect();
        for code in &listed {
            assert!(known.contains(code), "{page}: {code:?}");
        }
        if page == "docs/errors.md" {
            assert_eq!(
                listed, known,
                "{page} (left) and src/constants/errors.rs (right)"
            );
        }
        if matches!(page.as_str(), "docs/fr.md" | "docs/es.md") {
            assert_eq!(listed.len(), 5, "{page}");
        }
    }
}

#[test]
fn the_wire_formats_of_the_pages_are_those_of_the_library() {
    let program = common::build("interop.c", &[]);
    let page = text_of("docs/modes.md");
    let rows = rows(&page);
    for (mode, argument) in [
        ("SocketSize", "size"),
        ("SocketEndTag", "tag:"),
        ("SocketEndTagBuffer", "tagbuffer:"),
        ("SocketNoEndTag", "none"),
    ] {
        let row = rows
            .iter()
            .find(|row| row[0].starts_with(&format!("`{mode}`")))
            .unwrap_or_else(|| panic!("no row of {mode}"));
        let bytes: Vec<u8> = quoted(row[2])
            .expect("the bytes")
            .split(' ')
            .map(|byte| u8::from_str_radix(byte, 16).expect("a byte in hexadecimal"))
            .collect();
        assert_eq!(sent_in_mode(&program, argument), bytes, "{mode}");
    }
}

/// What a plain socket receives when the library sends "Hello" in this mode.
fn sent_in_mode(program: &Path, mode: &str) -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let outcome = common::run(
        Command::new(program).args([
            "connect",
            &port.to_string(),
            &format!("mode={mode}"),
            "write=48656c6c6f",
        ]),
        LIMIT,
    );
    assert!(outcome.success(), "{}", outcome.report());
    let mut bytes = Vec::new();
    let (mut connection, _) = listener.accept().expect("the connection");
    connection.read_to_end(&mut bytes).expect("its bytes");
    bytes
}

/// Where the links of a page lead, written as on the page.
fn links(text: &str) -> Vec<String> {
    let mut prose = String::new();
    for (number, part) in text.split("```").enumerate() {
        if number % 2 == 0 {
            prose += part;
        }
    }
    let targets = prose.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .collect()
}

/// The part of an address that leads to a heading, as GitHub and others form it.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let letters = heading.chars().filter_map(|letter| match letter {
                ' ' => Some('-'),
                '-' | '_' => Some(letter),
                _ => letter.is_alphanumeric().then_some(letter),
            });
            letters.collect()
        })
        .collect()
}

/// A path without its `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                assert!(plain.pop(), "{} leaves the repository", path.display())
            }
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_link_inside_the_repository_leads_to_what_is_there() {
    let mut checked = 0;
    for page in pages() {
        let text = text_of(&page);
        for target in links(&text) {
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let folder = Path::new(&page).parent().expect("a page lies in a folder");
            let file = match file {
                "" => PathBuf::from(&page),
                file => plain(&folder.join(file)),
            };
            assert!(
                common::project().join(&file).exists(),
                "{page} links to {target}, which is not there"
            );
            if !anchor.is_empty() {
                let text = text_of(file.to_str().expect("a path in ASCII"));
                assert!(
                    anchors(&text).contains(anchor),
                    "{page} links to {target}, which has no such heading"
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 60, "only {checked} links were found");
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let mut reached = BTreeSet::from(["README.md".to_owned()]);
    let mut open = vec!["README.md".to_owned()];
    while let Some(page) = open.pop() {
        let folder = Path::new(&page).parent().expect("a folder").to_owned();
        for target in links(&text_of(&page)) {
            let file = target.split('#').next().unwrap_or_default();
            if target.contains("://") || !file.ends_with(".md") {
                continue;
            }
            let file = plain(&folder.join(file)).display().to_string();
            if reached.insert(file.clone()) {
                open.push(file);
            }
        }
    }
    let unknown: Vec<_> = pages()
        .into_iter()
        .filter(|page| !reached.contains(page))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Every command that a page shows: those to type, and those inside a sentence.
fn all_commands(text: &str) -> Vec<String> {
    let mut all = commands(text);
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 && !part.contains('\n') {
            all.push(part.to_owned());
        }
    }
    all
}

#[test]
fn every_command_that_is_shown_names_what_is_there() {
    let mut checked = 0;
    for page in pages() {
        for command in all_commands(&text_of(&page)) {
            let words: Vec<_> = command.split_whitespace().collect();
            for pair in words.windows(2) {
                let file = match pair {
                    ["--test", name] => format!("tests/{name}.rs"),
                    ["--example", name] => format!("examples/{name}.rs"),
                    _ => continue,
                };
                assert!(common::project().join(&file).exists(), "{page}: {command}");
                checked += 1;
            }
            // Other programs of the pages are made by the commands before them. A bare name lies beside its page.
            for word in words.iter().filter(|word| word.ends_with(".sh")) {
                let file = word.trim_start_matches("./");
                let beside = Path::new(&page).with_file_name(file);
                let is_there = |file: &Path| common::project().join(file).exists();
                assert!(
                    is_there(Path::new(file)) || is_there(&beside),
                    "{page}: {command}"
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "only {checked} commands were found");
}

#[test]
fn every_path_that_is_shown_is_there() {
    let folders = [
        "src/", "tests/", "docs/", "scripts/", "build/", "c_tests/", "benches/", "models/", "fuzz/",
    ];
    for page in pages() {
        let text = text_of(&page);
        for (number, part) in text.split('`').enumerate() {
            let is_path = folders.iter().any(|folder| part.starts_with(folder))
                && !part.contains(['*', ' ', '\n', '{', '<', '…']);
            if number % 2 == 1 && is_path {
                assert!(common::project().join(part).exists(), "{page}: {part}");
            }
        }
    }
}

#[test]
fn the_oldest_rust_of_the_page_is_that_of_the_crate() {
    let asked = env!("CARGO_PKG_RUST_VERSION");
    let page = text_of("CONTRIBUTING.md");
    assert!(
        page.contains(&format!("Rust {asked} is what the sources ask for")),
        "{asked}"
    );
}

/// Adds the words of every source in a folder.
fn words_of(folder: &Path, words: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("list the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            words_of(&path, words);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("read a source");
            words.extend(text.split(is_no_letter).map(str::to_owned));
        }
    }
}

fn is_no_letter(letter: char) -> bool {
    !letter.is_alphanumeric() && letter != '_'
}

#[test]
fn every_name_on_the_page_of_the_architecture_is_in_the_sources() {
    let mut words = BTreeSet::new();
    words_of(&common::project().join("src"), &mut words);
    let page = text_of("ARCHITECTURE.md");
    let mut checked = 0;
    for (number, name) in page.split('`').enumerate() {
        if number % 2 == 0 || name.contains('/') || name.ends_with(".rs") {
            continue; // prose, or a path
        }
        for word in name.split(is_no_letter) {
            let is_name = word.starts_with(|letter: char| letter.is_alphabetic());
            assert!(!is_name || words.contains(word), "{name}");
            checked += usize::from(is_name);
        }
    }
    assert!(checked > 60, "only {checked} names were found");
}
