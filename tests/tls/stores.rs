//! A folder as certificate store: which of its files is taken.

use wdsocket::constants::*;
use wdsocket::error::Code;
use wdsocket::tls::{ServerContext, SslInfo};

use crate::pair::World;
use crate::pki::{self, Certified, DAY, Folder, Wish};
use crate::zoo::says;

/// A world whose server looks for "till" in a folder of its own.
struct Store {
    world: World,
    folder: Folder,
}

impl Store {
    fn new() -> Store {
        let mut world = World::new();
        let folder = Folder::new();
        world.server.options = CertificateName;
        world.server.certificate = "till".into();
        world.server.store = folder.text();
        Store { world, folder }
    }

    /// A certificate for "till" that is valid for those days.
    fn till(&self, from: i64, until: i64) -> Certified {
        Wish {
            common_name: "till".into(),
            from: from * DAY,
            until: until * DAY,
            ..pki::server()
        }
        .issue(Some(&self.world.root))
    }

    /// The fingerprint of the certificate that is served.
    fn serves(&mut self) -> String {
        self.world.client.options = SSLNoVerify;
        let mut pair = self.world.pair("till.example");
        pair.connect();
        pair.client.session.info(SslInfo::PeerFingerprint).unwrap()
    }

    fn expects(&mut self, certified: &Certified, what: &str) {
        assert_eq!(self.serves(), fingerprint(certified), "{what}");
    }
}

fn fingerprint(certified: &Certified) -> String {
    let digest = certified
        .certificate
        .digest(openssl::hash::MessageDigest::sha256());
    let pairs: Vec<String> = digest.unwrap().iter().map(|b| format!("{b:02X}")).collect();
    pairs.join(":")
}

#[test]
fn a_certificate_of_the_future_displaces_none_that_is_valid() {
    let mut store = Store::new();
    let today = store.till(-30, 30);
    store.folder.file("today.pem", today.with_chain(&[]));
    store.expects(&today, "alone");
    let future = store.till(14, 400);
    store.folder.file("renewed.pem", future.with_chain(&[]));
    store.expects(&today, "beside one of the future");
    let expired = store.till(-30, -1);
    store.folder.file("zz.pem", expired.with_chain(&[]));
    store.expects(&today, "beside an expired one");
    // Once it is valid it is taken, since it is valid longer.
    let renewed = store.till(-1, 400);
    store.folder.file("renewed.pem", renewed.with_chain(&[]));
    store.expects(&renewed, "renewed");
    // Where none is valid, the one that is valid longest.
    std::fs::remove_file(store.folder.path().join("renewed.pem")).unwrap();
    std::fs::remove_file(store.folder.path().join("today.pem")).unwrap();
    store.expects(&expired, "expired alone");
    let warning = ServerContext::get(&store.world.server).unwrap().warning();
    assert!(warning.unwrap().contains("expired on"));
}

#[test]
fn a_certificate_with_its_key_goes_before_one_without() {
    for (with_key, without) in [
        ("till.pem", "till.crt"),
        ("a.pem", "z.crt"),
        ("z.pem", "a.crt"),
    ] {
        let mut store = Store::new();
        let (usable, longer) = (store.till(-1, 30), store.till(-1, 400));
        store.folder.file(with_key, usable.with_chain(&[]));
        store.folder.file(without, longer.pem());
        store.expects(&usable, with_key);
        // The same certificate twice.
        store.folder.file(without, usable.pem());
        store.expects(&usable, with_key);
    }
}

#[test]
fn the_key_may_be_in_another_file_of_the_folder() {
    let mut store = Store::new();
    let (one, other) = (store.till(-1, 30), store.till(-1, 400));
    store.folder.file("one.crt", one.pem());
    store.folder.file("other.crt", other.pem());
    store.folder.file("some.key", one.key_pem());
    store.expects(&one, "only one has a key");
    store.folder.file("more.key", other.key_pem());
    store.expects(&other, "both have one");
    // A key that is given is the only one that counts.
    store.world.server.key_file = store.folder.file("given", one.key_pem());
    store.expects(&one, "the key is given");
    let stranger = store.till(-1, 10);
    store.world.server.key_file = store.folder.file("given", stranger.key_pem());
    let e = ServerContext::get(&store.world.server).err().unwrap();
    assert_eq!(e.code, Code::Certificate);
    says(&e, &["given\" does not belong to the certificate"]);
}

#[test]
fn certbots_folder_works_by_name() {
    let root = pki::authority("Shop Root").issue(None);
    let middle = pki::authority("Shop Issuer").issue(Some(&root));
    let leaf = Wish {
        common_name: "till".into(),
        ..pki::server()
    }
    .issue(Some(&middle));
    for files in [
        &[
            "cert.pem",
            "chain.pem",
            "fullchain.pem",
            "privkey.pem",
            "README",
        ][..],
        &["cert.pem", "chain.pem", "privkey.pem"],
        &["fullchain.pem", "privkey.pem"],
        &["cert.pem", "privkey.pem", "fullchain.pem"],
    ] {
        let mut store = Store::new();
        for file in files {
            store.folder.file(
                file,
                match *file {
                    "cert.pem" => leaf.pem(),
                    "chain.pem" => middle.pem(),
                    "fullchain.pem" => [leaf.pem(), middle.pem()].concat(),
                    "privkey.pem" => leaf.key_pem(),
                    _ => b"This directory contains your keys and certificates.".to_vec(),
                },
            );
        }
        store.world.client.ca_file = store.world.folder.file("shop.pem", root.pem());
        // The chain is sent: the client knows the root alone.
        store.world.pair("till.example").connect();
        // Its authority's name is in the folder too, and is no server's.
        store.world.server.certificate = "Shop Issuer".into();
        ServerContext::get(&store.world.server).err().unwrap();
    }
}

#[test]
fn the_order_within_a_file_does_not_matter() {
    let root = pki::authority("Shop Root").issue(None);
    let middle = pki::authority("Shop Issuer").issue(Some(&root));
    let leaf = Wish {
        common_name: "till".into(),
        ..pki::server()
    }
    .issue(Some(&middle));
    let parts = [root.pem(), middle.pem(), leaf.pem(), leaf.key_pem()];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1]] {
        let mut store = Store::new();
        let file: Vec<u8> = order.iter().flat_map(|&i| parts[i].clone()).collect();
        let path = store.folder.file("till.pem", file);
        store.world.client.ca_file = store.world.folder.file("shop.pem", root.pem());
        store.world.pair("till.example").connect();
        store.world.server.options = CertificateHash;
        store.world.server.certificate = fingerprint(&leaf);
        store.world.pair("till.example").connect();
        store.world.server.options = 0;
        store.world.server.certificate = path;
        store.world.pair("till.example").connect();
    }
}

#[test]
fn what_cannot_be_read_does_not_hide_what_can() {
    let mut store = Store::new();
    let till = store.till(-1, 30);
    let damaged = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    store.folder.file("a.pem", damaged);
    store.folder.file(
        "b.pem",
        [damaged.as_bytes(), &till.with_chain(&[])].concat(),
    );
    store.expects(&till, "behind a damaged one");
    let locked = till
        .key
        .private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_256_cbc(), b"secret")
        .unwrap();
    store.folder.file("b.pem", [till.pem(), locked].concat());
    let e = ServerContext::get(&store.world.server).err().unwrap();
    says(
        &e,
        &[
            "no private key",
            "b.pem",
            "protected by a password",
            "SSLPassword",
        ],
    );
    store.world.server.password = "wrong".into();
    let e = ServerContext::get(&store.world.server).err().unwrap();
    says(&e, &["b.pem", "password in SSLPassword is wrong"]);
    store.world.server.password = "secret".into();
    store.expects(&till, "with its password");
}
