//! NIST's Public Key Interoperability Test Suite: each certification path is shown in a TLS handshake.
//!
//! The files come with the Python package `cryptography-vectors`; what they must give is in
//! `tests/pkits.txt`, written down from the suite's document.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::x509::{X509, X509Crl};
use wdsocket::constants::*;
use wdsocket::error::Code;
use wdsocket::tls::{ClientContext, TlsOptions};

use crate::pair::{Pair, World};
use crate::pki::Folder;
use crate::zoo::{FOLDER, apart};

const TABLE: &str = include_str!("../pkits.txt");
const PASSWORD: &str = "password";

/// The folder with the suite's files, fetched once; the reason where they cannot be had.
fn suite() -> Result<PathBuf, String> {
    let test = std::env::current_exe().map_err(|e| e.to_string())?;
    let build = test.ancestors().nth(3).ok_or("no build folder")?;
    let folder = build.join("pkits");
    let suite = folder.join("cryptography_vectors/x509/PKITS_data");
    if suite.join("crls/TrustAnchorRootCRL.crl").exists() {
        return Ok(suite);
    }
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    python(
        &folder,
        "-m pip download --quiet --no-deps --dest . cryptography-vectors",
    )?;
    let files = fs::read_dir(&folder).map_err(|e| e.to_string())?.flatten();
    let wheel = files
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|e| e == "whl"))
        .ok_or("pip brought no wheel")?;
    python(&folder, &format!("-m zipfile -e {} .", wheel.display()))?;
    let _ = fs::remove_file(wheel);
    Ok(suite)
}

fn python(folder: &Path, arguments: &str) -> Result<(), String> {
    let ended = Command::new("timeout")
        .args(["300", "python3"])
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("python3 {arguments}: {status}")),
        Err(e) => Err(format!("python3: {e}")),
    }
}

/// One line of the table.
struct Case<'a> {
    section: &'a str,
    by_the_document: bool,
    here: bool,
    certificates: Vec<&'a str>,
    lists: Vec<&'a str>,
}

impl<'a> Case<'a> {
    fn parse(line: &'a str) -> Case<'a> {
        let fields: Vec<&str> = line.split(' ').collect();
        let [section, verdict, ours, certificates, lists] = fields[..] else {
            panic!("not a line of the table: {line}");
        };
        let accepts = |word| match word {
            "accept" => true,
            "refuse" => false,
            _ => panic!("neither accept nor refuse: {line}"),
        };
        let by_the_document = accepts(verdict);
        Case {
            section,
            by_the_document,
            here: if ours == "=" {
                by_the_document
            } else {
                accepts(ours)
            },
            certificates: certificates.split(',').collect(),
            lists: lists.split(',').collect(),
        }
    }

    /// Sections 4.8 to 4.12: OpenSSL looks at policies in the strict profile only.
    fn is_about_policies(&self) -> bool {
        let chapter = self.section.split('.').nth(1).unwrap_or_default();
        ["8", "9", "10", "11", "12"].contains(&chapter)
    }

    /// Shows the path in a handshake; the reason where it is refused. `strictly` has a server with SSLStrict
    /// judge it as a client's.
    fn verdict(&self, suite: &Path, strictly: bool) -> Result<(), String> {
        let folder = Folder::new();
        let read = |kind: &str, name: &str, extension: &str| {
            let path = suite.join(kind).join(format!("{name}.{extension}"));
            fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        let certificate = |name| X509::from_der(&read("certs", name, "crt")).unwrap();
        let (leaf, _) = self.certificates.split_last().unwrap();
        let chain: Vec<u8> = self
            .certificates
            .iter()
            .rev()
            .flat_map(|name| certificate(name).to_pem().unwrap())
            .collect();
        let lists: Vec<u8> = self
            .lists
            .iter()
            .flat_map(|name| {
                X509Crl::from_der(&read("crls", name, "crl"))
                    .unwrap()
                    .to_pem()
                    .unwrap()
            })
            .collect();
        let root = certificate("TrustAnchorRootCertificate").to_pem().unwrap();
        let (root, lists) = (
            folder.file("root.pem", root),
            folder.file("lists.pem", lists),
        );
        let shown = TlsOptions {
            certificate: folder.file("chain.pem", chain),
            key_file: folder.file("leaf.p12", read("pkcs12", leaf, "p12")),
            password: PASSWORD.into(),
            ..TlsOptions::default()
        };
        if strictly {
            let mut world = World::new();
            world.server.ca_file = root;
            world.server.crl_file = lists;
            world.server.verify_client = 2;
            world.server.strict = true;
            let client = TlsOptions {
                options: SSLNoVerify,
                ..shown
            };
            let (_, judged) = Pair::new(&client, "unused", &world.server).shake();
            return judged.map_err(|e| {
                assert_eq!(e.code, Code::TlsCertificate, "{}: {e}", self.section);
                e.text.clone().into()
            });
        }
        let server = TlsOptions {
            // What is under test is the client; a server at the usual level would not show the DSA paths.
            options: ProtocolTLS1 | ProtocolTLS1_2 | ProtocolTLS1_3,
            ..shown
        };
        let Some(name) = name_of(&certificate(leaf)) else {
            return Err("it carries no name that a server could have".into());
        };
        let mut client = TlsOptions {
            ca_file: root,
            crl_file: lists,
            server_name: name,
            name_in_subject: true,
            system_roots: false,
            ..TlsOptions::default()
        };
        if std::env::var(FOLDER).is_ok() {
            // Those of the system are the suite's.
            client.ca_file = String::new();
            client.system_roots = true;
        }
        let Ok(key) = certificate(leaf).public_key() else {
            return Err("OpenSSL cannot read its key, so that no server could show it".into());
        };
        let key_is_dsa = key.id() == Id::DSA;
        if let Err(e) = ClientContext::get(&client) {
            assert!(e.text.contains("delta list"), "{}: {e}", self.section);
            return Err(e.text.clone().into());
        }
        match Pair::new(&client, "unused", &server).shake().0 {
            Ok(()) => Ok(()),
            // TLS has no cipher suites for DSA keys any more, so that such a path is not even shown.
            Err(e) if e.code == Code::TlsProtocol && key_is_dsa => Err(e.text.clone().into()),
            Err(e) => {
                assert_eq!(e.code, Code::TlsCertificate, "{}: {e}", self.section);
                assert!(!e.text.contains("it is not for"), "{}: {e}", self.section);
                Err(e.text.clone().into())
            }
        }
    }
}

/// A name that the certificate carries, so that the check of names passes.
fn name_of(certificate: &X509) -> Option<String> {
    let names = certificate.subject_alt_names();
    if let Some(name) = names.iter().flatten().find_map(|name| name.dnsname()) {
        return Some(name.to_owned());
    }
    let subject = certificate.subject_name();
    let name = subject.entries_by_nid(Nid::COMMONNAME).last()?;
    Some(name.data().to_string().unwrap())
}

#[test]
fn every_path_of_pkits_is_judged_as_its_document_says() {
    let suite = match suite() {
        Ok(suite) => suite,
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "skipped: no files of PKITS: {reason}");
            return;
        }
    };
    let lines = TABLE
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    let (mut tried, mut deviations, mut wrong) = (0, 0, Vec::new());
    for case in lines.map(Case::parse) {
        tried += 1;
        deviations += usize::from(case.here != case.by_the_document);
        let mut judge = |strictly, expected| match (case.verdict(&suite, strictly), expected) {
            (Ok(()), true) | (Err(_), false) => {}
            (Ok(()), false) => wrong.push(format!("{} was accepted {strictly}", case.section)),
            (Err(reason), true) => {
                wrong.push(format!("{} was refused {strictly}: {reason}", case.section));
            }
        };
        judge(false, case.here);
        if case.is_about_policies() {
            judge(true, case.by_the_document);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(tried, 223);
    println!("{tried} paths, {deviations} judged otherwise than the document says");
}

#[test]
fn the_paths_of_pkits_are_judged_the_same_with_its_root_among_the_systems() {
    let Ok(suite) = suite() else {
        return; // the other test says so
    };
    let read = |name: &str| fs::read(suite.join(name)).unwrap();
    let root = X509::from_der(&read("certs/TrustAnchorRootCertificate.crt")).unwrap();
    let world = World::new();
    let both = [world.root.pem(), root.to_pem().unwrap()].concat();
    let file = world.folder.file("roots.pem", both);
    let test = "pkits::every_path_of_pkits_is_judged_as_its_document_says";
    apart(test, &world, "SSL_CERT_FILE", &file);
}
