//! Files with more in them than was asked for, folders with strangers, and files of every size.

use std::fs;
use std::process::{Command, Stdio};

use openssl::hash::MessageDigest;
use openssl::pkey::{KeyType, PKey, Private};
use wdsocket::constants::*;
use wdsocket::error::Code;
use wdsocket::tls::{ClientContext, ServerContext, SslInfo, TlsOptions};

use crate::pair::World;
use crate::pki::{self, Certified, Folder, Wish};
use crate::zoo::{refused, says};

const DAMAGED: &[u8] = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/// Blocks that are neither the certificate nor the key that is meant.
fn strangers() -> Vec<(&'static str, Vec<u8>)> {
    let other = pki::server().issue(None);
    let locked = other
        .key
        .private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_256_cbc(), b"unknown")
        .unwrap();
    let list = pki::revocation_list(&pki::authority("Other").issue(None), &[], pki::DAY);
    vec![
        ("another key", other.key_pem()),
        ("a locked key", locked),
        ("a damaged key", b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n".to_vec()),
        ("a key of no known kind", b"-----BEGIN MAGIC PRIVATE KEY-----\nMIIB\n-----END MAGIC PRIVATE KEY-----\n".to_vec()),
        ("a key under an unknown cipher", b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: NONE,00\n\nMIIB\n-----END RSA PRIVATE KEY-----\n".to_vec()),
        ("OpenSSH's key", b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n".to_vec()),
        ("a public key", other.key.public_key_to_pem().unwrap()),
        ("parameters", b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n".to_vec()),
        ("a revocation list", list.to_pem().unwrap()),
        ("what nobody knows", b"-----BEGIN SECRET RECIPE-----\nAAAA\n-----END SECRET RECIPE-----\n".to_vec()),
        ("a text", b"# paste everything from -----BEGIN CERTIFICATE----- on\nBag Attributes\n    friendlyName: till\n".to_vec()),
        ("a block that is cut", b"-----BEGIN CERTIFICATE-----\nMIIB\n".to_vec()),
    ]
}

#[test]
fn what_was_not_asked_for_decides_nothing() {
    let mut world = World::new();
    let leaf = pki::server().issue(Some(&world.root));
    let (certificate, key, root) = (leaf.pem(), leaf.key_pem(), world.root.pem());
    for (what, stranger) in strangers() {
        for order in [[&stranger, &certificate], [&certificate, &stranger]] {
            let beside = |more: &[u8]| [order[0].as_slice(), order[1].as_slice(), more].concat();
            // With the key in a file of its own, no other one counts.
            world.server.certificate = world.folder.file("certificate.pem", beside(b""));
            world.server.key_file = world.folder.file("key.pem", &key);
            world.pair("till.example").connect();
            // Behind another key, or before it, the one that belongs is found.
            world.server.certificate = world.folder.file("both.pem", beside(&key));
            world.server.key_file = String::new();
            world.pair("till.example").connect();
        }
        for order in [[&stranger, &key], [&key, &stranger]] {
            world.server.certificate = world.folder.file("certificate.pem", &certificate);
            world.server.key_file = world.folder.file(
                "key.pem",
                [order[0].as_slice(), order[1].as_slice()].concat(),
            );
            world.pair("till.example").connect();
        }
        for order in [[&stranger, &root], [&root, &stranger]] {
            world.client.ca_file = world.folder.file(
                "authorities.pem",
                [order[0].as_slice(), order[1].as_slice()].concat(),
            );
            world.pair("till.example").connect();
        }
        println!("{what}: passed over");
    }
    // In a file of keys, certificates are strangers.
    world.server.key_file = world.folder.file("key.pem", [DAMAGED, &key].concat());
    world.pair("till.example").connect();
}

#[test]
fn a_damaged_certificate_is_told_by_its_number() {
    let mut world = World::new();
    let leaf = pki::server().issue(Some(&world.root));
    world.server.certificate = world.folder.file(
        "chain.pem",
        [leaf.with_chain(&[]), DAMAGED.to_vec()].concat(),
    );
    let e = ServerContext::get(&world.server).err().unwrap();
    assert_eq!(e.code, Code::Certificate);
    says(&e, &["chain.pem\" is damaged", "certificate number 2"]);
    world.client.ca_file = world
        .folder
        .file("roots.pem", [DAMAGED, &world.root.pem()].concat());
    let e = ClientContext::get(&world.client).err().unwrap();
    assert_eq!(e.code, Code::Certificate);
    says(
        &e,
        &[
            "SSLCaFile",
            "roots.pem\" is damaged",
            "certificate number 1",
        ],
    );
}

#[test]
fn a_folder_of_authorities_serves_those_that_can_be_read() {
    let mut world = World::new();
    let folder = Folder::new();
    folder.file("README", "what this folder is for");
    folder.file("damaged.pem", DAMAGED);
    folder.file("empty.crt", "");
    folder.file("key.pem", world.root.key_pem());
    folder.file("shop.pem", world.root.pem());
    fs::create_dir(folder.path().join("old")).unwrap();
    world.client.ca_file = String::new();
    world.client.ca_directory = folder.text();
    world.pair("till.example").connect();
    // Whom they might have certified is told of them.
    fs::remove_file(folder.path().join("shop.pem")).unwrap();
    folder.file("other.pem", pki::authority("Other Root").issue(None).pem());
    let e = refused(&world, "till.example");
    says(
        &e,
        &[
            "was neither sent nor is it trusted",
            "README",
            "was passed over, as were 3 more",
        ],
    );
    // A certificate that an authority refuses for another reason has nothing to do with them.
    let expired = Wish {
        from: -9 * pki::DAY,
        until: -pki::DAY,
        ..pki::server()
    }
    .issue(Some(&world.root));
    folder.file("shop.pem", world.root.pem());
    world.server.certificate = world.folder.file("expired.pem", expired.with_chain(&[]));
    let e = refused(&world, "till.example");
    assert!(!e.text.contains("README"), "{e}");
    // Where none is left, the folder itself is told.
    for name in ["shop.pem", "other.pem"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let e = ClientContext::get(&world.client).err().unwrap();
    assert_eq!(e.code, Code::Certificate);
    says(
        &e,
        &[
            "SSLCaDirectory",
            "holds no certificate that can be read",
            "README",
        ],
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_passed_over_and_told() {
    let mut world = World::new();
    let folder = Folder::new();
    let loop_path = folder.path().join("loop.pem");
    // A link to itself: unreadable even for root.
    std::os::unix::fs::symlink(&loop_path, &loop_path).unwrap();
    let pipe = folder.path().join("pipe.pem");
    // Nor is a named pipe opened, whose other end nobody has.
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    folder.file("shop.pem", world.root.pem());
    world.client.ca_file = String::new();
    world.client.ca_directory = folder.text();
    world.pair("till.example").connect();
}

#[test]
fn a_note_of_trust_is_honoured() {
    let world = World::new();
    let root = world.folder.file("plain.pem", world.root.pem());
    let noted = |words: &str| {
        let path = world.folder.path().join("noted.pem");
        let done = Command::new("openssl")
            .args(["x509", "-in", &root, "-trustout", "-out"])
            .arg(&path)
            .args(words.split_whitespace())
            .stderr(Stdio::null())
            .status();
        done.is_ok_and(|status| status.success())
            .then(|| path.to_str().unwrap().to_owned())
    };
    if noted("").is_none() {
        println!("skipped: openssl is not installed");
        return;
    }
    for (words, welcome) in [
        ("", true),
        ("-setalias shop", true),
        ("-addtrust serverAuth", true),
        ("-addtrust anyExtendedKeyUsage", true),
        ("-addtrust clientAuth", false),
        ("-addreject serverAuth", false),
        ("-addreject clientAuth", true),
        ("-addreject emailProtection -addtrust serverAuth", true),
    ] {
        let client = TlsOptions {
            ca_file: noted(words).unwrap(),
            ..world.client.clone()
        };
        let server = ServerContext::get(&world.server).unwrap();
        let client = ClientContext::get(&client).unwrap();
        let (said, _) = crate::pair::Pair::of(&client, "till.example", &server).shake();
        match said {
            Ok(()) => assert!(welcome, "{words}"),
            Err(e) => {
                assert!(!welcome, "{words}: {e}");
                says(&e, &["not to be trusted for a server", "addtrust"]);
            }
        }
    }
}

/// A certificate for that many names.
fn with_names(root: &Certified, count: usize) -> Certified {
    let names: Vec<String> = (0..count)
        .map(|i| format!("DNS:shop-{i:05}.example"))
        .collect();
    Wish {
        alternative_names: Some(format!("DNS:till.example,{}", names.join(","))),
        ..pki::server()
    }
    .issue(Some(root))
}

#[test]
fn a_certificate_of_any_size_works_or_is_refused_when_the_server_is_made() {
    let mut world = World::new();
    for (count, works) in [(100, true), (4000, true), (10_000, false)] {
        let leaf = with_names(&world.root, count);
        let size = leaf.certificate.to_der().unwrap().len();
        world.server.certificate = world.folder.file("large.pem", leaf.with_chain(&[]));
        if works {
            for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
                world.client.options = bit;
                world.pair("till.example").connect();
                world
                    .pair(&format!("shop-{:05}.example", count - 1))
                    .connect();
            }
        } else {
            assert!(size > 100_000, "{size}");
            let e = ServerContext::get(&world.server).err().unwrap();
            assert_eq!(e.code, Code::Certificate);
            says(&e, &["102400", "fewer names"]);
        }
    }
    // The largest that is taken by both sides, and one byte more.
    let (mut least, mut most) = (4000, 10_000);
    while most - least > 1 {
        let middle = usize::midpoint(least, most);
        let leaf = with_names(&world.root, middle);
        world.server.certificate = world.folder.file("large.pem", leaf.with_chain(&[]));
        if ServerContext::get(&world.server).is_ok() {
            least = middle;
        } else {
            most = middle;
        }
    }
    let leaf = with_names(&world.root, least);
    world.server.certificate = world.folder.file("large.pem", leaf.with_chain(&[]));
    for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
        world.client.options = bit;
        world.pair("till.example").connect();
    }
}

#[test]
fn a_server_may_know_more_authorities_than_it_can_name() {
    let mut world = World::new();
    let client = pki::client("till 7").issue(Some(&world.root));
    world.client.certificate = world.folder.file("client.pem", client.with_chain(&[]));
    world.server.verify_client = 2;
    for count in [10, 700, 1500] {
        let key = pki::ec();
        let mut file = world.root.pem();
        for i in 0..count {
            let name = format!("Authority {i:04} of a very long list of authorities");
            file.extend(pki::authority(&name).certify(&key, None).pem());
        }
        world.server.ca_file = world.folder.file("many.pem", file);
        for bit in [ProtocolTLS1_2, ProtocolTLS1_3] {
            world.client.options = bit;
            let mut pair = world.pair("till.example");
            pair.connect();
            let shown = pair.server.session.info(SslInfo::PeerSubject).unwrap();
            assert_eq!(shown, "CN=till 7", "{count}");
        }
    }
}

#[test]
fn post_quantum_certificates_are_served_and_verified() {
    fn key() -> PKey<Private> {
        let mut seed = [0; 32];
        openssl::rand::rand_bytes(&mut seed).unwrap();
        PKey::private_key_from_seed(None, KeyType::ML_DSA_65, None, &seed).unwrap()
    }
    let quantum = |wish: Wish| Wish {
        key,
        digest: MessageDigest::null,
        ..wish
    };
    let root = quantum(pki::authority("Shop Root")).issue(None);
    let leaf = quantum(pki::server()).issue(Some(&root));
    let world = World::of(root, &leaf.with_chain(&[]));
    let mut pair = world.pair("till.example");
    pair.connect();
    assert_eq!(
        pair.client.session.info(SslInfo::Group).unwrap(),
        "X25519MLKEM768"
    );
}
