//! Where our own certificate comes from, and what is said when it cannot be used.

use std::fs;

use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::stack::Stack;
use openssl::symm::Cipher;
use wdsocket::constants::*;
use wdsocket::error::{Code, Error};
use wdsocket::tls::{ServerContext, SslInfo, TlsOptions};

use crate::pair::World;
use crate::pki::{self, Certified, DAY, Wish};

/// RC2-40 and triple DES, password "old secret"; made by `openssl pkcs12 -export -legacy`.
const LEGACY: &[u8] = include_bytes!("legacy.p12");

fn refused(options: &TlsOptions) -> Error {
    let e = ServerContext::get(options)
        .err()
        .expect("the certificate was accepted");
    assert_eq!(e.code, Code::Certificate, "{e}");
    e
}

/// A certificate, and its key as PKCS#8 with MD5 and DES, password "old secret"; made by
/// `openssl pkcs8 -topk8 -v1 PBE-MD5-DES`.
const LEGACY_PEM: &[u8] = include_bytes!("legacy.pem");

fn says(e: &Error, words: &[&str]) {
    for word in words {
        assert!(e.text.contains(word), "\"{word}\" is missing in: {e}");
    }
}

fn leaf(world: &World) -> Certified {
    pki::server().issue(Some(&world.root))
}

#[test]
fn the_key_may_be_in_a_file_of_its_own() {
    let mut world = World::new();
    let leaf = leaf(&world);
    world.server.certificate = world.folder.file("only.crt", leaf.pem());
    says(&refused(&world.server), &["no private key", "SSLKeyFile"]);
    world.server.key_file = world.folder.file("only.key", leaf.key_pem());
    world.pair("till.example").connect();
    // Both as DER.
    world.server.certificate = world
        .folder
        .file("leaf.cer", leaf.certificate.to_der().unwrap());
    world.server.key_file = world
        .folder
        .file("leaf.der", leaf.key.private_key_to_der().unwrap());
    world.pair("till.example").connect();
    world.server.key_file = world
        .folder
        .file("leaf.p8", leaf.key.private_key_to_pkcs8().unwrap());
    world.pair("till.example").connect();
}

#[test]
fn a_key_that_does_not_fit_is_told() {
    let mut world = World::new();
    let (one, other) = (leaf(&world), leaf(&world));
    world.server.certificate = world.folder.file("one.crt", one.pem());
    world.server.key_file = world.folder.file("other.key", other.key_pem());
    says(
        &refused(&world.server),
        &["does not belong to the certificate", "other.key"],
    );
    let mut file = one.pem();
    file.extend(other.key_pem());
    world.server.certificate = world.folder.file("mixed.pem", file);
    world.server.key_file = String::new();
    says(
        &refused(&world.server),
        &["does not belong to its certificate"],
    );
    // A key of another kind altogether.
    let mut file = one.pem();
    file.extend(pki::rsa_2048().private_key_to_pem_pkcs8().unwrap());
    world.server.certificate = world.folder.file("rsa.pem", file);
    says(&refused(&world.server), &["does not belong"]);
}

#[test]
fn the_chain_is_sent_in_order_whatever_the_files_order() {
    let root = pki::authority("Shop Root").issue(None);
    let a = pki::authority("A").issue(Some(&root));
    let b = pki::authority("B").issue(Some(&a));
    let leaf = pki::server().issue(Some(&b));
    let mut file = leaf.key_pem();
    for one in [&root, &a, &leaf, &b] {
        file.extend(one.pem());
    }
    let mut world = World::of(root, &file);
    world.client.options = ProtocolTLS1_2;
    world.pair("till.example").connect();
}

#[test]
fn a_damaged_key_is_not_taken_for_one_of_another_kind() {
    let mut world = World::new();
    let leaf = leaf(&world);
    world.server.certificate = world.folder.file("leaf.crt", leaf.pem());
    let mut der = leaf.key.private_key_to_pkcs8().unwrap();
    // The first byte of the key inside, whose kind stands before it.
    let inside = der
        .windows(2)
        .position(|pair| pair == [0x04, 0x6d])
        .unwrap();
    der[inside + 2] ^= 0xff;
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        openssl::base64::encode_block(&der)
    );
    for (name, data) in [("leaf.p8", der), ("leaf.key", pem.into_bytes())] {
        world.server.key_file = world.folder.file(name, data);
        says(
            &refused(&world.server),
            &[name, "is damaged: the private key in it"],
        );
    }
}

#[test]
fn a_certificate_that_tls_cannot_use_is_told_with_its_reason() {
    let mut world = World::new();
    let x25519 = || PKey::generate_x25519().unwrap();
    for (key, words) in [
        (
            pki::rsa_1024 as fn() -> _,
            ["is too weak", "RSA needs 2048"],
        ),
        (x25519, ["of a kind that TLS cannot use", "RSA, EC or"]),
    ] {
        let leaf = Wish {
            key,
            ..pki::server()
        }
        .issue(Some(&world.root));
        world.server.certificate = world.folder.file("leaf.pem", leaf.with_chain(&[]));
        let e = refused(&world.server);
        says(&e, &words);
        says(&e, &["\"CN=till.example\""]);
    }
}

#[test]
fn encrypted_keys_need_their_password() {
    let mut world = World::new();
    let leaf = leaf(&world);
    let password = b"s\xc3\xa9same";
    let pkcs8 = leaf
        .key
        .private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), password)
        .unwrap();
    let traditional = leaf
        .key
        .ec_key()
        .unwrap()
        .private_key_to_pem_passphrase(Cipher::aes_128_cbc(), password)
        .unwrap();
    for (name, key) in [("pkcs8.pem", pkcs8), ("traditional.pem", traditional)] {
        let mut file = leaf.pem();
        file.extend(key);
        world.server.certificate = world.folder.file(name, file);
        world.server.password = "".into();
        says(
            &refused(&world.server),
            &["protected by a password", "SSLPassword", name],
        );
        world.server.password = "wrong".into();
        says(
            &refused(&world.server),
            &["password in SSLPassword is wrong", name],
        );
        world.server.password = "s\u{e9}same".into();
        world.pair("till.example").connect();
    }
}

fn pkcs12(certified: &Certified, chain: &[&Certified], password: &str) -> Vec<u8> {
    let mut stack = Stack::new().unwrap();
    for one in chain {
        stack.push(one.certificate.clone()).unwrap();
    }
    Pkcs12::builder()
        .name("till")
        .pkey(&certified.key)
        .cert(&certified.certificate)
        .ca(stack)
        .build2(password)
        .unwrap()
        .to_der()
        .unwrap()
}

#[test]
fn modern_pkcs12() {
    let root = pki::authority("Shop Root").issue(None);
    let a = pki::authority("A").issue(Some(&root));
    let leaf = pki::server().issue(Some(&a));
    let mut world = World::of(root, b"");
    world.server.certificate = world
        .folder
        .file("till.p12", pkcs12(&leaf, &[&a], "secret"));
    world.server.password = "secret".into();
    world.pair("till.example").connect();
    world.server.password = "wrong".into();
    says(
        &refused(&world.server),
        &["password in SSLPassword is wrong", "till.p12"],
    );
    world.server.password = "".into();
    says(&refused(&world.server), &["protected by a password"]);
    world.server.certificate = world.folder.file("open.p12", pkcs12(&leaf, &[&a], ""));
    world.pair("till.example").connect();
}

#[test]
fn legacy_pkcs12() {
    let mut world = World::new();
    world.server.certificate = world.folder.file("old.p12", LEGACY);
    world.server.password = "old secret".into();
    world.client.options = SSLNoVerify;
    let mut pair = world.pair("till.example");
    pair.connect();
    assert_eq!(
        pair.client.session.info(SslInfo::PeerSubject).unwrap(),
        "CN=old till"
    );
    world.server.password = "wrong".into();
    says(
        &refused(&world.server),
        &["password in SSLPassword is wrong"],
    );
    world.server.password = "".into();
    says(&refused(&world.server), &["protected by a password"]);
    let cut = &LEGACY[..LEGACY.len() - 40];
    world.server.certificate = world.folder.file("cut.p12", cut);
    says(&refused(&world.server), &["not a certificate"]);
}

#[test]
fn legacy_pem_keys() {
    let mut world = World::new();
    world.client.options = SSLNoVerify;
    world.server.certificate = world.folder.file("old.pem", LEGACY_PEM);
    world.server.password = "old secret".into();
    world.pair("till.example").connect();
    world.server.password = "wrong".into();
    says(
        &refused(&world.server),
        &["password in SSLPassword is wrong"],
    );
    // What cannot be opened at all is not blamed on the password.
    let unknown = b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: SKIPJACK-CBC,0102030405060708\n\nAAAAAAAAAAA=\n-----END RSA PRIVATE KEY-----\n";
    world.server.key_file = world.folder.file("unknown.pem", unknown);
    world.server.password = "old secret".into();
    says(
        &refused(&world.server),
        &["does not have (SKIPJACK-CBC)", "unknown.pem"],
    );
}

#[test]
fn files_that_are_no_certificates_are_told_apart() {
    let mut world = World::new();
    world.server.certificate = world
        .folder
        .path()
        .join("none.pem")
        .to_str()
        .unwrap()
        .into();
    let e = refused(&world.server);
    says(&e, &["there is no file", "none.pem"]);
    assert_ne!(e.system, 0);
    world.server.certificate = world.folder.text();
    says(&refused(&world.server), &["is not a file"]);
    for (name, data) in [
        ("empty.pem", &b""[..]),
        ("text.pem", b"hello"),
        ("der.pem", b"\x30\x82\x01"),
    ] {
        world.server.certificate = world.folder.file(name, data);
        says(&refused(&world.server), &["is not a certificate", name]);
    }
    let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    world.server.certificate = world.folder.file("broken.pem", broken);
    says(
        &refused(&world.server),
        &["broken.pem\" is damaged", "certificate number 1"],
    );
    world.server.certificate = world.folder.file("key.pem", leaf(&world).key_pem());
    says(&refused(&world.server), &["private key only"]);
    let leaf = leaf(&world);
    for file in [[leaf.key_pem(), leaf.pem()].concat(), leaf.pem()] {
        let cut = &file[..file.len() - 60];
        world.server.certificate = world.folder.file("cut.pem", cut);
        says(
            &refused(&world.server),
            &["cut.pem\" is damaged", "without its END line"],
        );
    }
    world.server.certificate = world.folder.file("large.pem", "");
    let large = fs::File::options()
        .write(true)
        .open(&world.server.certificate)
        .unwrap();
    large.set_len((16 << 20) + 1).unwrap();
    says(&refused(&world.server), &["larger than 16 MiB"]);
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_says_what_the_system_said() {
    use std::os::unix::fs::symlink;
    let mut world = World::new();
    let ring = world.folder.path().join("ring.pem");
    symlink(&ring, &ring).unwrap();
    world.server.certificate = ring.to_str().unwrap().into();
    let e = refused(&world.server);
    says(&e, &["cannot be read (", "ring.pem"]);
    assert_ne!(e.system, 0);
}

#[test]
fn an_expired_certificate_is_served_with_a_warning() {
    let mut world = World::new();
    assert_eq!(ServerContext::get(&world.server).unwrap().warning(), None);
    for (wish, word) in [
        (
            Wish {
                from: -9 * DAY,
                until: -DAY,
                ..pki::server()
            },
            "expired on 20",
        ),
        (
            Wish {
                from: DAY,
                ..pki::server()
            },
            "valid from 20",
        ),
    ] {
        let leaf = wish.issue(Some(&world.root));
        world.server.certificate = world.folder.file("dated.pem", leaf.with_chain(&[]));
        let warning = ServerContext::get(&world.server)
            .unwrap()
            .warning()
            .unwrap();
        assert!(warning.contains(word), "{warning}");
        world.client.options = SSLNoVerify;
        world.pair("till.example").connect();
    }
}

#[test]
fn unusable_authorities_are_told() {
    let mut world = World::new();
    let empty = pki::Folder::new();
    let text = world.folder.file("text", "hello");
    for (options, words) in [
        (
            TlsOptions {
                ca_file: text.clone(),
                ..world.client.clone()
            },
            ["SSLCaFile", "is not a certificate"],
        ),
        (
            TlsOptions {
                ca_directory: empty.text(),
                ..world.client.clone()
            },
            ["SSLCaDirectory", "no certificate"],
        ),
        (
            TlsOptions {
                ca_directory: "/none".into(),
                ..world.client.clone()
            },
            ["SSLCaDirectory", "cannot be read"],
        ),
        (
            TlsOptions {
                crl_file: text,
                ..world.client.clone()
            },
            ["SSLCrlFile", "no revocation list"],
        ),
    ] {
        let e = wdsocket::tls::ClientContext::get(&options).err().unwrap();
        assert_eq!(e.code, Code::Certificate);
        says(&e, &words);
    }
    world.server.certificate.clear();
}

/// A folder with certificates of several names, and a world whose server looks there.
fn store() -> (World, Vec<Certified>) {
    let mut world = World::new();
    let folder = &world.folder;
    let names = ["till 1", "till 2", "till 2", "till 3", "till 4"];
    let made: Vec<Certified> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let until = (10 + 10 * i64::try_from(i % 2).unwrap()) * DAY;
            Wish {
                common_name: (*name).into(),
                until,
                ..pki::server()
            }
            .issue(Some(&world.root))
        })
        .collect();
    folder.file("1.pem", made[0].with_chain(&[]));
    folder.file("2a.pem", made[1].with_chain(&[]));
    folder.file("2b.pem", made[2].with_chain(&[]));
    folder.file("3.crt", made[3].pem());
    folder.file("3.key", made[3].key_pem());
    folder.file("4.p12", pkcs12(&made[4], &[], "secret"));
    folder.file("README.txt", "not a certificate");
    world.server.store = folder.text();
    world.server.password = "secret".into();
    (world, made)
}

fn served(world: &World) -> String {
    let mut pair = world.pair("till.example");
    pair.connect();
    pair.client.session.info(SslInfo::PeerFingerprint).unwrap()
}

fn sha256(certified: &Certified) -> String {
    let digest = certified
        .certificate
        .digest(MessageDigest::sha256())
        .unwrap();
    let pairs: Vec<String> = digest.iter().map(|b| format!("{b:02X}")).collect();
    pairs.join(":")
}

#[test]
fn certificates_are_found_by_common_name() {
    let (mut world, made) = store();
    world.server.options = CertificateName;
    for (name, expected) in [("till 1", 0), ("TILL 3", 3), ("till 4", 4)] {
        world.server.certificate = name.into();
        assert_eq!(served(&world), sha256(&made[expected]), "{name}");
    }
    // Of several, the one that is valid longest.
    world.server.certificate = "till 2".into();
    assert_eq!(served(&world), sha256(&made[1]));
    world.server.certificate = "till 9".into();
    let e = refused(&world.server);
    says(&e, &["common name \"till 9\"", "was found in the folder"]);
    assert!(e.text.contains(&world.server.store), "{e}");
    // The authority's own certificate has the name, but no key.
    world.server.certificate = "Shop Root".into();
    says(&refused(&world.server), &["no private key", "root.key"]);
    world.server.password = "".into();
    world.server.certificate = "till 4".into();
    says(&refused(&world.server), &["1 files there need a password"]);
}

#[test]
fn certificates_are_found_by_thumbprint() {
    let (mut world, made) = store();
    world.server.options = CertificateHash;
    for one in &made {
        let sha1 = one.certificate.digest(MessageDigest::sha1()).unwrap();
        let spaced: Vec<String> = sha1.iter().map(|b| format!("{b:02x}")).collect();
        for text in [sha256(one), spaced.join(" ")] {
            world.server.certificate = text;
            assert_eq!(served(&world), sha256(one));
        }
    }
    world.server.certificate = "00".repeat(20);
    says(
        &refused(&world.server),
        &["thumbprint 00:00", "was found in the folder"],
    );
    world.server.certificate = "not hexadecimal".into();
    let e = ServerContext::get(&world.server).err().unwrap();
    assert_eq!(e.code, Code::InvalidArgument);
}

#[test]
fn a_better_certificate_in_the_store_is_noticed() {
    let (mut world, _) = store();
    world.server.options = CertificateName;
    world.server.certificate = "till 1".into();
    let before = served(&world);
    let newer = Wish {
        common_name: "till 1".into(),
        until: 300 * DAY,
        ..pki::server()
    }
    .issue(Some(&world.root));
    world.folder.file("newer.pem", newer.with_chain(&[]));
    assert_ne!(served(&world), before);
    assert_eq!(served(&world), sha256(&newer));
}

#[test]
fn a_name_without_a_store_says_where_to_give_one() {
    let (mut world, _) = store();
    world.server.options = CertificateName;
    world.server.certificate = "till 1".into();
    world.server.store = String::new();
    if std::env::var_os("WDSOCKET_CERT_STORE").is_some() {
        println!("skipped: WDSOCKET_CERT_STORE is set here");
        return;
    }
    says(&refused(&world.server), &["WDSOCKET_CERT_STORE"]);
}

#[test]
fn the_legacy_file_of_this_test_is_legacy() {
    // RC2 in 40 bits: the algorithm that OpenSSL's default provider does not have.
    let oid = Nid::PBE_WITHSHA1AND40BITRC2_CBC;
    assert_eq!(oid.as_raw(), 149);
    let der = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01, 0x06];
    assert!(LEGACY.windows(der.len()).any(|w| w == der));
}
