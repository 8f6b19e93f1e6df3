//! Names the shared object, and writes include/wdsocket.h from the exports' own words.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The files that make the public face, in the order of the header.
const SOURCES: &[&str] = &[
    "constants.rs",
    "ffi/server.rs",
    "ffi/connection.rs",
    "ffi/transfer.rs",
    "ffi/watch.rs",
    "ffi/security.rs",
    "ffi/udp.rs",
    "ffi/bluetooth.rs",
    "ffi/proxy.rs",
    "ffi/options.rs",
    "ffi/identity.rs",
    "ffi/machine.rs",
    "ffi/last_error.rs",
];

fn main() {
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo:rustc-env=WDSOCKET_TARGET={target}");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=include/wdsocket.h");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libwdsocket.so.0");
        // A host that frees a library after each call must not take the sockets with it.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    let header = header();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("wdsocket.h"), &header).expect("OUT_DIR can be written");
    let committed = Path::new("include/wdsocket.h");
    if fs::read_to_string(committed).ok().as_ref() != Some(&header) {
        // Where the sources are read-only, the committed header stays as it is.
        let _ = fs::write(committed, &header);
    }
}

/// cbindgen reads only `extern "C"`, so it is given that, and the convention's macro is put in
/// afterwards.
fn header() -> String {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let config = cbindgen::Config::from_file("cbindgen.toml").expect("cbindgen.toml is valid");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in SOURCES {
        let text = fs::read_to_string(Path::new("src").join(source)).expect("the source is there");
        let copy = out.join(source.replace('/', "_"));
        fs::write(&copy, text.replace("extern \"system\"", "extern \"C\""))
            .expect("OUT_DIR can be written");
        builder = builder.with_src(copy);
    }
    let mut text = Vec::new();
    builder
        .generate()
        .expect("cbindgen reads the exports")
        .write(&mut text);
    let text = String::from_utf8(text).expect("the header is UTF-8");
    let text = collapse_short_comments(&text);
    let (functions, end) = text
        .rsplit_once("\n#ifdef __cplusplus")
        .expect("cbindgen closes the C++ block");
    format!("{functions}{}\n#ifdef __cplusplus{end}", utf16_family())
        .replace("\nintptr_t ", "\nWDSOCKET_API intptr_t WDSOCKET_CALL ")
}

/// The prototypes of the tables in ffi/wide.rs, the same on every system: the header's guard, not
/// the system that builds, says who sees them.
fn utf16_family() -> String {
    let source = fs::read_to_string("src/ffi/wide.rs").expect("the source is there");
    let mut text = String::from(UTF16_HEAD);
    let mut gives = false;
    for line in source.lines() {
        if line.ends_with("! {") {
            gives = line == "gives! {";
        }
        if let Some(entry) = line.strip_prefix("    ").and_then(|l| l.strip_suffix(");"))
            && let Some((wide, call)) = entry.split_once(" = ")
            && let Some((narrow, parameters)) = call.split_once('(')
            && wide.strip_suffix('W') == Some(narrow)
        {
            text += &prototype(wide, narrow, parameters, gives);
        }
    }
    text += &prototype("SocketErrorInfoW", "SocketErrorInfo", "", true);
    text += &prototype("SocketErrorTextW", "SocketErrorText", "code: i32", true);
    text + "\n#endif\n"
}

const UTF16_HEAD: &str = "
/*
 * UTF-16, on Windows alone: each function that takes or gives text, with W behind its name and
 * uint16_t (wchar_t there) for char. Names and addresses are converted to UTF-8, so that a name is
 * the same socket in both; sizes of text buffers count units. Messages and tags stay bytes. Half a
 * surrogate pair is INVALID_ARGUMENT. Error texts name the function without its W.
 */
#ifdef _WIN32
";

/// One function of the UTF-16 family; `gives` adds the buffer for text.
fn prototype(wide: &str, narrow: &str, parameters: &str, gives: bool) -> String {
    let mut list = Vec::new();
    for parameter in parameters.split(", ").filter(|p| !p.is_empty()) {
        let (name, kind) = parameter.split_once(": ").expect("a name and its type");
        list.push(match kind {
            "Text" => format!("const uint16_t *{name}"),
            "i32" => format!("int32_t {name}"),
            "*const c_void" => format!("const void *{name}"),
            "*mut c_void" => format!("void *{name}"),
            "*mut i32" => format!("int32_t *{name}"),
            other => panic!("{wide}: no C type is known for {other}"),
        });
    }
    if gives {
        list.extend(["uint16_t *buffer".into(), "int32_t capacity".into()]);
    }
    let start = format!("WDSOCKET_API intptr_t WDSOCKET_CALL {wide}(");
    let one_line = list.join(", ");
    let list = match start.len() + one_line.len() > 98 {
        true => list.join(&format!(",\n{}", " ".repeat(start.len()))),
        false => one_line,
    };
    format!("\n/** As `{narrow}`, its text in UTF-16. */\nintptr_t {wide}({list});\n")
}

/// A comment of one line takes one line.
fn collapse_short_comments(header: &str) -> String {
    let lines: Vec<_> = header.lines().collect();
    let mut shorter = String::with_capacity(header.len());
    let mut rest = &lines[..];
    while let [line, after @ ..] = rest {
        match rest {
            ["/**", text, " */", after @ ..] if text.starts_with(" * ") => {
                shorter += &format!("/** {} */\n", &text[3..]);
                rest = after;
            }
            // Constants of one family stand together.
            ["", "/**", _, " */", ..]
                if shorter.trim_end().lines().last().is_some_and(is_constant) =>
            {
                rest = after;
            }
            _ => {
                shorter += &in_brackets(line);
                shorter += "\n";
                rest = after;
            }
        }
    }
    shorter
}

/// A negative constant stands in brackets, whatever it is used with.
fn in_brackets(line: &str) -> Cow<'_, str> {
    match line.rsplit_once(" -") {
        Some((start, number)) if is_constant(line) => format!("{start} (-{number})").into(),
        _ => line.into(),
    }
}

fn is_constant(line: &str) -> bool {
    line.starts_with("#define ")
}
