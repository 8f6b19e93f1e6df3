//! The languages of hosts/: their declarations are what the sources generate, and their programs talk with those in C.
#![cfg(target_os = "linux")]

mod common;

#[path = "../hosts/generator/mod.rs"]
mod generator;
#[path = "hosts/scripts.rs"]
mod scripts;
#[path = "hosts/signals.rs"]
mod signals;

#[path = "hosts/compiled.rs"]
mod compiled;
#[path = "hosts/vba.rs"]
mod vba;

use common::project;
use std::fs;

#[test]
fn the_declarations_of_each_language_are_what_the_sources_generate() {
    for (file, text) in generator::files() {
        let there = fs::read_to_string(project().join(file)).unwrap_or_default();
        assert!(
            there == text,
            "{file} is not what the sources generate: run cargo run --release --example hosts"
        );
    }
}
