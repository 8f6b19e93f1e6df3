//! The manual that `./manual.sh` makes of the header and of docs/: complete, and no link leads nowhere.
#![cfg(target_os = "linux")]

mod common;

use common::{build_folder, exports, project, run, skip};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::time::Duration;

/// The pages by their file's name.
fn pages(name: &str) -> Option<BTreeMap<String, String>> {
    let folder = build_folder().join(name);
    let _ = fs::remove_dir_all(&folder);
    let outcome = run(
        Command::new(project().join("manual.sh"))
            .arg("--into")
            .arg(&folder),
        Duration::from_secs(60),
    );
    if outcome.err.contains("without python3") {
        skip("the manual: there is no python3");
        return None;
    }
    assert!(outcome.success(), "{}", outcome.report());
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(folder.join("doc/wdsocket/html")).expect("the pages") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        pages.insert(name, fs::read_to_string(&path).expect("a page is text"));
    }
    Some(pages)
}

/// What stands in an attribute, wherever it is.
fn values<'a>(page: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    page.split(attribute)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

#[test]
fn every_function_has_its_page_with_a_summary_a_prototype_and_a_result() {
    let Some(pages) = pages("manual-pages") else {
        return;
    };
    for name in exports() {
        let page = &pages[&format!("{name}.html")];
        for part in [
            "<p class=\"lead\">",
            "<pre class=\"prototype\">",
            "<h2>Result</h2>",
        ] {
            assert!(page.contains(part), "the page of {name} has no {part}");
        }
    }
    let names = pages["wlanguage.html"].replace("<wbr>", "");
    assert!(pages["guide-tls.html"].contains("<h1 id=\"tls\">"));
    for name in ["SocketLit", "SocketEcrit", "SocketConnecte", "NetAdresseIP"] {
        assert!(names.contains(name), "{name} is not in the list of names");
    }
}

#[test]
fn no_link_leads_nowhere() {
    let Some(pages) = pages("manual-links") else {
        return;
    };
    let places: BTreeMap<&str, BTreeSet<&str>> = pages
        .iter()
        .map(|(name, page)| (name.as_str(), values(page, " id=\"").collect()))
        .collect();
    let mut count = 0;
    for (name, page) in &pages {
        for link in values(page, " href=\"").filter(|link| !link.starts_with("data:")) {
            let (target, place) = link.split_once('#').unwrap_or((link, ""));
            let target = if target.is_empty() { name } else { target };
            let there = places.get(target);
            let there = there.is_some_and(|ids| place.is_empty() || ids.contains(place));
            assert!(there, "{name} leads to {link}");
            count += 1;
        }
    }
    assert!(count > 1000, "{count} links");
}

#[test]
fn the_search_knows_every_function_and_constant() {
    let Some(pages) = pages("manual-search") else {
        return;
    };
    let index = &pages["search-index.js"];
    for name in exports() {
        assert!(
            index.contains(&format!("[\"{name}\", \"{name}.html\"")),
            "{name}"
        );
    }
    for text in [
        "\"SocketNagle\"",
        "\"WDSOCKET_ERR_TIMEOUT\"",
        "SocketLit",
        "SocketReadW",
    ] {
        assert!(index.contains(text), "{text}");
    }
}
