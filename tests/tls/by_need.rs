//! The system's roots are parsed when a chain asks for their name: what is judged stays the same.

use std::path::Path;
use std::{env, fs, thread};

use openssl::hash::MessageDigest;
use openssl::x509::X509NameRef;
use wdsocket::error::{Code, Error};
use wdsocket::tls::TlsOptions;

use crate::pair::World;
use crate::pki::{self, Certified, Wish};
use crate::plain;
use crate::zoo::{FOLDER, apart, says};

/// Runs the test in a process of its own, whose system's roots are those of a file that it may write.
fn with_own_roots(test: &str, work: impl FnOnce(&Path)) {
    if env::var(FOLDER).is_ok() {
        return work(Path::new(&env::var("SSL_CERT_FILE").unwrap()));
    }
    let world = World::new();
    let file = world.folder.file("roots.pem", "");
    apart(&format!("by_need::{test}"), &world, "SSL_CERT_FILE", &file);
}

/// What a client that trusts the system's roots, and a file if one is named, says of a server with that certificate.
fn judge(leaf: &Certified, sent: &[&Certified], ca_file: &str) -> Result<(), Error> {
    let client = TlsOptions {
        ca_file: ca_file.into(),
        ..TlsOptions::default()
    };
    let sent: Vec<_> = sent.iter().map(|one| one.certificate.clone()).collect();
    plain::connect(&client, "till.example", &plain::showing(leaf, &sent)).map(drop)
}

fn refused(judged: Result<(), Error>, words: &[&str]) {
    let e = judged.unwrap_err();
    assert_eq!(e.code, Code::TlsCertificate, "{e}");
    says(&e, words);
}

/// Without key identifiers, so that names alone lead to the issuer.
fn unmarked(wish: Wish) -> Wish {
    Wish {
        key_identifiers: false,
        ..wish
    }
}

/// A certificate that ends where its key should begin.
fn broken(whole: &Certified) -> Vec<u8> {
    let mut der = whole.certificate.to_der().unwrap();
    let name = whole.certificate.subject_name().to_der().unwrap();
    let last = der.windows(name.len()).rposition(|part| part == name);
    der[last.unwrap() + name.len()] = 0;
    let base64 = openssl::base64::encode_block(&der);
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n").into_bytes()
}

#[test]
fn of_several_roots_with_one_name_each_counts() {
    with_own_roots("of_several_roots_with_one_name_each_counts", |file| {
        let wish = unmarked(pki::authority("Shop CA"));
        let (old, new) = (wish.issue(None), wish.issue(None));
        let other = pki::authority("Other CA").issue(None);
        let damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
        let all = [broken(&old), other.pem(), old.pem(), damaged, new.pem()];
        fs::write(file, all.concat()).unwrap();
        for issuer in [&new, &old, &new] {
            let leaf = unmarked(pki::server()).issue(Some(issuer));
            judge(&leaf, &[], "").unwrap();
        }
        let stranger = unmarked(pki::server()).issue(Some(&wish.issue(None)));
        refused(judge(&stranger, &[], ""), &["CN=Shop CA", "was made anew"]);
    });
}

#[test]
fn roots_with_one_name_are_all_there_for_the_first_threads() {
    let test = "roots_with_one_name_are_all_there_for_the_first_threads";
    with_own_roots(test, |file| {
        let wish = unmarked(pki::authority("Shop CA"));
        let all: Vec<_> = (0..40).map(|_| wish.issue(None)).collect();
        let leaf = unmarked(pki::server()).issue(all.last());
        for round in 0..20 {
            let mut text: Vec<u8> = all.iter().flat_map(Certified::pem).collect();
            text.extend(format!("{round:0round$}\n").bytes());
            fs::write(file, text).unwrap();
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| judge(&leaf, &[], "").unwrap());
                }
            });
        }
    });
}

#[test]
fn a_root_of_the_users_hides_none_of_the_same_name() {
    with_own_roots("a_root_of_the_users_hides_none_of_the_same_name", |file| {
        let wish = unmarked(pki::authority("Shop CA"));
        let (ours, theirs) = (wish.issue(None), wish.issue(None));
        fs::write(file, theirs.pem()).unwrap();
        let folder = pki::Folder::new();
        let own = folder.file("own.pem", ours.pem());
        for issuer in [&theirs, &ours] {
            let leaf = unmarked(pki::server()).issue(Some(issuer));
            judge(&leaf, &[], &own).unwrap();
        }
    });
}

#[test]
fn a_root_that_is_taken_out_of_the_file_counts_no_more() {
    with_own_roots(
        "a_root_that_is_taken_out_of_the_file_counts_no_more",
        |file| {
            let (one, other) = (
                pki::authority("Shop Root").issue(None),
                pki::authority("Other Root").issue(None),
            );
            let leaf = pki::server().issue(Some(&one));
            fs::write(file, [one.pem(), other.pem()].concat()).unwrap();
            judge(&leaf, &[], "").unwrap();
            fs::write(file, other.pem()).unwrap();
            refused(
                judge(&leaf, &[], ""),
                &["CN=Shop Root", "nor is it trusted here"],
            );
            fs::write(file, [one.pem(), other.pem()].concat()).unwrap();
            judge(&leaf, &[], "").unwrap();
        },
    );
}

#[test]
fn a_name_in_other_letters_and_blanks_is_the_same() {
    with_own_roots("a_name_in_other_letters_and_blanks_is_the_same", |file| {
        let root = pki::authority("Größte Kasse 1").issue(None);
        let same = |one: &X509NameRef, other: &X509NameRef| one.try_cmp(other).unwrap().is_eq();
        fs::write(file, root.pem()).unwrap();
        for name in ["größTE   KASSE 1", " Größte Kasse 1 "] {
            let shown = pki::authority(name).certify(&root.key, None);
            let names = [&root, &shown].map(|one| one.certificate.subject_name());
            assert!(same(names[0], names[1]));
            judge(&pki::server().issue(Some(&shown)), &[], "").unwrap();
        }
        let another = pki::authority("Große Kasse 1").certify(&root.key, None);
        let leaf = pki::server().issue(Some(&another));
        refused(judge(&leaf, &[], ""), &["nor is it trusted here"]);
    });
}

#[test]
fn roots_that_certify_each_other_are_found_one_after_the_other() {
    let test = "roots_that_certify_each_other_are_found_one_after_the_other";
    with_own_roots(test, |file| {
        let root = pki::authority("Old Root").issue(None);
        let cross = pki::authority("New Root").issue(Some(&root));
        let middle = pki::authority("Issuer").issue(Some(&cross));
        let leaf = pki::server().issue(Some(&middle));
        fs::write(file, [cross.pem(), root.pem()].concat()).unwrap();
        judge(&leaf, &[&middle], "").unwrap();
        refused(judge(&leaf, &[], ""), &["CN=Issuer"]);
        // The way to the old one is not needed.
        fs::write(file, cross.pem()).unwrap();
        judge(&leaf, &[&middle], "").unwrap();
        fs::write(file, root.pem()).unwrap();
        refused(judge(&leaf, &[&middle], ""), &["CN=New Root"]);
        judge(&leaf, &[&middle, &cross], "").unwrap();
    });
}

#[test]
fn what_a_root_is_trusted_for_is_kept() {
    with_own_roots("what_a_root_is_trusted_for_is_kept", |file| {
        let root = pki::authority("Shop Root").issue(None);
        let leaf = pki::server().issue(Some(&root));
        for (purpose, counts) in [("serverAuth", true), ("emailProtection", false)] {
            let plain = file.with_extension("plain");
            fs::write(&plain, root.pem()).unwrap();
            let done = std::process::Command::new("openssl")
                .args(["x509", "-trustout", "-addtrust", purpose, "-in"])
                .args([&plain, Path::new("-out"), file])
                .status();
            assert!(done.is_ok_and(|status| status.success()));
            assert_eq!(judge(&leaf, &[], "").is_ok(), counts, "{purpose}");
        }
    });
}

/// Nobody checks what a trusted root says of itself: its old signature harms no chain, one below it does.
#[test]
fn a_root_with_an_old_signature_counts_and_nothing_else_with_one() {
    let test = "a_root_with_an_old_signature_counts_and_nothing_else_with_one";
    with_own_roots(test, |file| {
        let own = pki::Folder::new();
        for digest in [MessageDigest::md5, MessageDigest::sha1] {
            let old = |name: &str| Wish {
                digest,
                key: pki::rsa_2048,
                ..pki::authority(name)
            };
            let root = old("Old Root").issue(None);
            let leaf = pki::server().issue(Some(&root));
            let middle = old("Old Issuer").issue(Some(&root));
            let below = pki::server().issue(Some(&middle));
            let named = own.file("own.pem", root.pem());
            fs::write(file, "").unwrap();
            judge(&leaf, &[], &named).unwrap();
            refused(judge(&below, &[&middle], &named), &["CN=Old Issuer"]);
            fs::write(file, root.pem()).unwrap();
            judge(&leaf, &[], "").unwrap();
            refused(judge(&below, &[&middle], ""), &["CN=Old Issuer"]);
            // Whoever trusts the issuer itself does not ask who signed it.
            fs::write(file, middle.pem()).unwrap();
            judge(&below, &[], "").unwrap();
        }
    });
}
