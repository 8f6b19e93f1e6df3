//! The pictures of `docs/pictures` show what their sources say, and can be read on any page.
#![cfg(target_os = "linux")]

mod common;

use common::{project, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const PICTURES: [&str; 4] = ["client", "layers", "simplified_server", "standard_server"];

fn folder() -> PathBuf {
    project().join("docs/pictures")
}

fn picture(name: &str) -> String {
    let path = folder().join(name).with_extension("svg");
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("read {}: {e}", path.display()))
}

/// The sum over the look of all pictures and a source, as `draw.sh` forms it.
fn sum(source: &Path) -> String {
    let mut command = Command::new("sh");
    command
        .args(["-c", "cat style.iuml \"$0\" | sha256sum"])
        .arg(source)
        .current_dir(folder());
    let outcome = run(&mut command, Duration::from_secs(20));
    assert!(outcome.success(), "{}", outcome.report());
    outcome.out.split(' ').next().unwrap_or("").to_string()
}

#[test]
fn every_picture_is_drawn_from_its_source() {
    for name in PICTURES {
        let mark = format!(
            "<!-- drawn from {} -->",
            sum(&Path::new(name).with_extension("puml"))
        );
        assert!(
            picture(name).contains(&mark),
            "docs/pictures/draw.sh has to draw {name} again"
        );
    }
}

#[test]
fn a_picture_is_small_has_a_background_and_text_that_can_be_selected() {
    for name in PICTURES {
        let picture = picture(name);
        assert!(picture.len() < 30_000, "{name}: {} bytes", picture.len());
        assert!(
            picture.contains("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"),
            "{name} has no background"
        );
        assert!(picture.contains(">SocketRead("), "{name} has no text");
    }
}

#[test]
fn the_picture_of_the_layers_names_every_one_of_them() {
    let library = fs::read_to_string(project().join("src/lib.rs")).expect("read src/lib.rs");
    let layers = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    let picture = picture("layers");
    for layer in layers.map(|layer| layer.trim_end_matches(';')) {
        assert!(picture.contains(&format!(">{layer}<")), "{layer}");
    }
}
