//! The two headers: they are what the sources generate, compilers of C and C++ take the one beside the headers of others,
//! and readers of C without a preprocessor take the other.

mod common;

use common::{build_folder, library, process, project, run, skip};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

const ORDINARY: &str = "include/wdsocket.h";
const PLAIN: &str = "include/wdsocket_plain.h";

const WARNINGS: [&str; 8] = [
    "-Wall",
    "-Wextra",
    "-pedantic",
    "-Wconversion",
    "-Wsign-compare",
    "-Wenum-compare",
    "-Werror",
    "-fsyntax-only",
];

fn text_of(file: &str) -> String {
    fs::read_to_string(project().join(file)).unwrap_or_else(|e| panic!("read {file}: {e}"))
}

/// A source of this test, in a folder of the build.
fn source(name: &str, text: &str) -> PathBuf {
    let folder = build_folder().join("c_tests/header");
    fs::create_dir_all(&folder).expect("create a folder");
    let path = folder.join(name);
    fs::write(&path, text).expect("write a source");
    path
}

/// Has a compiler read a source with every warning, in this standard of its language.
fn compiles(compiler: &str, standard: &str, arguments: &[String], source: &Path) {
    let outcome = run(
        Command::new(compiler)
            .arg(format!("-std={standard}"))
            .args(WARNINGS)
            .arg(format!("-I{}", project().join("include").display()))
            .args(arguments)
            .arg(source),
        LIMIT,
    );
    assert!(
        outcome.success(),
        "{compiler} {standard}: {}",
        outcome.report()
    );
}

#[test]
fn the_headers_and_the_page_of_constants_are_what_the_sources_generate() {
    let generated = [
        (
            ORDINARY,
            include_str!(concat!(env!("OUT_DIR"), "/wdsocket.h")),
        ),
        (
            PLAIN,
            include_str!(concat!(env!("OUT_DIR"), "/wdsocket_plain.h")),
        ),
        (
            "docs/constants.md",
            include_str!(concat!(env!("OUT_DIR"), "/constants.md")),
        ),
    ];
    for (file, text) in generated {
        assert!(
            text_of(file) == text,
            "{file} is not what the sources generate: run cargo run --release --example header"
        );
    }
}

#[test]
fn the_header_compiles_alone_and_twice_in_c_and_cpp() {
    let body = "#include \"wdsocket.h\"\n#include \"wdsocket.h\"\n\
                int main(void) { return SocketErrorCode() == WDSOCKET_OK ? 0 : 1; }\n";
    for (compiler, standard, name) in [
        ("cc", "c99", "twice.c"),
        ("cc", "c11", "twice.c"),
        ("c++", "c++11", "twice.cpp"),
        ("c++", "c++17", "twice.cpp"),
    ] {
        compiles(compiler, standard, &[], &source(name, body));
    }
}

#[test]
fn programs_use_the_constants_as_numbers_without_a_warning_in_c_and_cpp() {
    let body = text_of("tests/header/constants.c");
    for (compiler, standard, name) in [
        ("cc", "c99", "constants.c"),
        ("cc", "c17", "constants.c"),
        ("c++", "c++11", "constants.cpp"),
        ("c++", "c++20", "constants.cpp"),
    ] {
        compiles(compiler, standard, &[], &source(name, &body));
    }
}

#[test]
fn no_macro_of_the_header_has_a_common_name() {
    let header = text_of(ORDINARY);
    let macros: Vec<_> = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define "))
        .collect();
    assert!(macros.len() >= 5, "{macros:?}");
    assert!(
        macros.iter().all(|name| name.starts_with("WDSOCKET_")),
        "{macros:?}"
    );
    let guard = header.find("#ifndef WDSOCKET_H").expect("a guard");
    assert!(header[..guard].lines().all(|line| !line.starts_with('#')));
}

/// Has the compiler of C++ read ours before and after these headers, with a body that uses both.
fn stands_beside(compiler: &str, arguments: &[String], headers: &[&str], body: &str) {
    let ours = "#include \"wdsocket.h\"\n";
    let theirs: String = headers
        .iter()
        .map(|header| format!("#include <{header}>\n"))
        .collect();
    for (order, includes) in [
        ("before", format!("{ours}{theirs}")),
        ("after", format!("{theirs}{ours}")),
    ] {
        let name = format!("{order}-{}.cpp", headers[0].replace('/', "-"));
        let text = format!("{includes}int main()\n{{\n{body}\n}}\n");
        compiles(compiler, "c++17", arguments, &source(&name, &text));
    }
}

#[test]
fn the_header_stands_beside_pocos() {
    let header = "Poco/Net/SocketAddress.h";
    let mut arguments = Vec::new();
    if !Path::new("/usr/include").join(header).exists() {
        let Some(folder) = process::unpacked_folder("libpoco-dev") else {
            return;
        };
        arguments.push("-isystem".into());
        arguments.push(folder.join("usr/include").display().to_string());
    }
    stands_beside(
        "c++",
        &arguments,
        &[header, "Poco/Net/StreamSocket.h"],
        "char text[64];
         Poco::Net::SocketAddress address(\"127.0.0.1\", 80);
         return SocketClientInfo(\"till\", SocketAddress, text, sizeof text) > 0 && address.port() == SocketPort;",
    );
}

#[test]
fn the_header_stands_beside_openssls() {
    if !Path::new("/usr/include/openssl/ssl.h").exists() {
        return skip("a program with OpenSSL's headers and this one: libssl-dev is not installed");
    }
    stands_beside(
        "c++",
        &[],
        &["openssl/ssl.h", "openssl/x509v3.h", "openssl/err.h"],
        "return SSL_CTX_new(TLS_method()) != nullptr && SocketSetOption(nullptr, SSLStrict, 1) == 1;",
    );
}

#[test]
fn the_header_stands_beside_those_of_windows() {
    let compiler = "x86_64-w64-mingw32-g++";
    if !run(Command::new("which").arg(compiler), LIMIT).success() {
        return skip(&format!(
            "a program with Windows' headers and this one: {compiler} is not installed"
        ));
    }
    stands_beside(
        compiler,
        &[],
        &["winsock2.h", "ws2bth.h", "windows.h", "winhttp.h", "wincrypt.h"],
        "SOCKADDR_IN address = {};
         wchar_t text[64];
         return SocketLocalInfoW(reinterpret_cast<const uint16_t *>(L\"till\"), SocketAddress,
                                 reinterpret_cast<uint16_t *>(text), 64) > 0 && address.sin_port == SocketPort;",
    );
}

/// The declarations of a header, without comments, preprocessor and conventions, a blank between any two words.
fn declarations(text: &str) -> String {
    let mut bare = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        bare += before;
        rest = comment.split_once("*/").expect("the end of a comment").1;
    }
    bare += rest;
    let (bare, _) = bare.split_once("\n#ifdef _WIN32\n").unwrap_or((&bare, ""));
    let lines = bare
        .lines()
        .filter(|line| !line.starts_with('#') && *line != "extern \"C\" {");
    let words = lines.flat_map(str::split_whitespace);
    words
        .filter(|word| !word.starts_with("WDSOCKET_API") && *word != "WDSOCKET_CALL")
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn the_plain_header_declares_the_same_without_a_preprocessor() {
    let plain = text_of(PLAIN);
    let directive = plain
        .lines()
        .find(|line| line.trim_start().starts_with('#'));
    assert_eq!(directive, None);
    let same = declarations(&plain);
    assert!(same.contains("SocketNagle = 101,") && same.contains("intptr_t SocketRead("));
    assert_eq!(same, declarations(&text_of(ORDINARY)));
}

/// A language whose own reader of C takes a header and calls the library.
struct Reader {
    name: &'static str,
    program: &'static str,
    /// What has to go right for it to be there.
    probe: [&'static str; 2],
    script: &'static str,
}

const READERS: [Reader; 4] = [
    Reader {
        name: "LuaJIT",
        program: "luajit",
        probe: ["-e", "require('ffi')"],
        script: "tests/header/plain.lua",
    },
    Reader {
        name: "FFI of PHP",
        program: "php",
        probe: ["-r", "FFI::cdef('int getpid(void);');"],
        script: "tests/header/plain.php",
    },
    // The one of the user's, or else that of the system.
    Reader {
        name: "cffi",
        program: "python3",
        probe: ["-c", "import cffi"],
        script: "tests/header/plain.py",
    },
    Reader {
        name: "cffi",
        program: "/usr/bin/python3",
        probe: ["-c", "import cffi"],
        script: "tests/header/plain.py",
    },
];

/// Has each language read a header; a name of which no program is there is told as skipped.
fn are_read(header: &Path) {
    let mut tried: Vec<&str> = Vec::new();
    for reader in &READERS {
        if tried.contains(&reader.name) || !is_there(reader) {
            continue;
        }
        let outcome = run(
            Command::new(reader.program)
                .arg(project().join(reader.script))
                .arg(header)
                .arg(library()),
            LIMIT,
        );
        assert!(
            outcome.success() && outcome.out.starts_with("wdsocket "),
            "{}: {}",
            reader.name,
            outcome.report()
        );
        tried.push(reader.name);
    }
    for missing in ["LuaJIT", "FFI of PHP", "cffi"] {
        if !tried.contains(&missing) {
            skip(&format!(
                "{} read by {missing}: it is not installed",
                header.display()
            ));
        }
    }
    println!("read by {tried:?}");
}

fn is_there(reader: &Reader) -> bool {
    // By way of the shell, which says of itself that there is no such program.
    let mut probe = Command::new("sh");
    probe.args(["-c", "exec \"$@\"", "sh", reader.program]);
    run(probe.args(reader.probe), LIMIT).success()
}

#[test]
fn languages_without_a_preprocessor_read_the_plain_header() {
    are_read(&project().join(PLAIN));
}

#[test]
fn languages_without_a_preprocessor_read_what_one_made_of_the_header() {
    let preprocessed = run(
        Command::new("cc")
            .args(["-E", "-P"])
            .arg(project().join(ORDINARY)),
        LIMIT,
    );
    assert!(preprocessed.success(), "{}", preprocessed.report());
    are_read(&source("preprocessed.h", &preprocessed.out));
}
