//! Where every form of key and certificate that other programs write is made and judged: it is loaded, or told
//! apart from what it might be taken for.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use wdsocket::error::{Code, Error};
use wdsocket::tls::{ClientContext, ServerContext, TlsOptions};

use crate::pki::Folder;

const PASSWORD: &str = "geheim";

/// What a file is given as.
#[derive(Clone, Copy, PartialEq)]
pub enum Role {
    /// `SSLKeyFile`, of a certificate in another file.
    Key,
    /// A server's certificate, its key in another file.
    Certificate,
    /// A server's certificate with its key in it.
    Identity,
    /// `SSLCaFile`.
    Authority,
}

/// What it is under.
#[derive(Clone, Copy, PartialEq)]
pub enum Lock {
    Open,
    /// An empty password, or what certtool calls none.
    Empty,
    Password,
}

/// What becomes of it with the right password.
#[derive(Clone, Copy, PartialEq)]
pub enum Fate {
    Loaded,
    /// The key is read, and belongs to no certificate: its kind cannot sign, or TLS has no use for it.
    Read,
    /// The text says this.
    Told(&'static str),
}

#[derive(Default)]
struct Count {
    tried: u32,
    loaded: u32,
    told: u32,
}

/// The files that were made, and what was said of them.
pub struct Workshop {
    pub folder: Folder,
    counts: BTreeMap<&'static str, Count>,
    wrong: Vec<String>,
}

impl Workshop {
    pub fn new() -> Self {
        Workshop {
            folder: Folder::new(),
            counts: BTreeMap::new(),
            wrong: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a program in the folder; its words are separated by blanks, `{P}` is the password.
    pub fn run(&self, words: &str) -> bool {
        let words: Vec<String> = words
            .split_whitespace()
            .map(|word| word.replace("{P}", PASSWORD))
            .collect();
        let done = Command::new(&words[0])
            .args(&words[1..])
            .current_dir(self.folder.path())
            .env("OPENSSL_CONF", "/dev/null")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        done.is_ok_and(|status| status.success())
    }

    /// What this library says of a file.
    fn ask(&self, what: &Tried<'_>, password: &str) -> Result<(), Error> {
        let (file, beside) = (self.path(what.file), self.path(what.beside));
        let mut options = TlsOptions {
            password: password.into(),
            system_roots: false,
            ..TlsOptions::default()
        };
        match what.role {
            Role::Authority => {
                options.ca_file = file;
                return ClientContext::get(&options).map(drop);
            }
            Role::Key => (options.certificate, options.key_file) = (beside, file),
            Role::Certificate => (options.certificate, options.key_file) = (file, beside),
            Role::Identity => options.certificate = file,
        }
        // Some of the keys are weak on purpose.
        options.cipher_list = "DEFAULT:@SECLEVEL=0".into();
        ServerContext::get(&options).map(drop)
    }

    /// Judges one file with the right password, a wrong one and none.
    pub fn judge(&mut self, tool: &'static str, what: &Tried<'_>) {
        let passwords: &[(&str, Option<&str>)] = match what.lock {
            // One that is given and not needed does no harm.
            Lock::Open => &[("", None), (PASSWORD, None), ("falsch", None)],
            Lock::Empty => &[("", None)],
            Lock::Password => &[
                (PASSWORD, None),
                ("falsch", Some("password in SSLPassword is wrong")),
                ("", Some("protected by a password")),
            ],
        };
        let mut loaded = true;
        for &(password, refusal) in passwords {
            let expected = match (refusal, what.fate) {
                (_, Fate::Told(words)) => Some(words),
                (Some(words), _) => Some(words),
                (None, Fate::Read) => Some("does not belong to"),
                (None, Fate::Loaded) => None,
            };
            let said = match (self.ask(what, password), expected) {
                (Ok(()), None) => continue,
                (Err(e), Some(words)) if e.code == Code::Certificate && e.text.contains(words) => {
                    continue;
                }
                (Ok(()), Some(_)) => "loaded".into(),
                (Err(e), _) => e.text.clone(),
            };
            loaded = false;
            let expected = expected.unwrap_or("loaded");
            self.wrong.push(format!(
                "{tool}: {}, password \"{password}\": {said} (expected: {expected})",
                what.what
            ));
        }
        let count = self.counts.entry(tool).or_default();
        count.tried += 1;
        match what.fate {
            Fate::Told(_) => count.told += 1,
            _ => count.loaded += u32::from(loaded),
        }
    }

    pub fn end(self, least: u32) {
        let _ = writeln!(
            std::io::stderr(),
            "form                         tried loaded told apart"
        );
        let mut tried = 0;
        for (tool, count) in &self.counts {
            let _ = writeln!(
                std::io::stderr(),
                "{tool:28} {:5} {:6} {:10}",
                count.tried,
                count.loaded,
                count.told
            );
            tried += count.tried;
        }
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        assert!(tried >= least, "only {tried} of {least} forms were made");
    }
}

/// One file.
pub struct Tried<'a> {
    pub what: &'a str,
    pub file: &'a str,
    pub beside: &'a str,
    pub role: Role,
    pub lock: Lock,
    pub fate: Fate,
}

pub fn is_installed(program: &str) -> bool {
    let there = Command::new(program)
        .arg(if program == "openssl" {
            "version"
        } else {
            "--version"
        })
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        let _ = writeln!(std::io::stderr(), "skipped: {program} is not installed");
    }
    there
}
