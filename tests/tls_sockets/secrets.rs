//! Passwords and private keys are wiped when they are no longer used: looked for in a server's memory.

use crate::common::build;
use crate::common::process::Process;
use crate::pki;
use crate::world::World;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::symm::Cipher;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::process::Command;

const PASSWORD: &str = "s3cretPassw0rd42";

/// How often each of these stands in what the process can write to.
fn times_in_memory(process: u32, wanted: &[&[u8]]) -> Vec<usize> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).expect("its map");
    let mut memory = File::open(format!("/proc/{process}/mem")).expect("its memory");
    let mut found = vec![0; wanted.len()];
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (range, _) = line.split_once(' ').expect("a range");
        let (start, end) = range.split_once('-').expect("a start and an end");
        let [start, end] = [start, end].map(|n| u64::from_str_radix(n, 16).expect("a number"));
        let mut bytes = vec![0; (end - start) as usize];
        let read = memory
            .seek(SeekFrom::Start(start))
            .and_then(|_| memory.read_exact(&mut bytes));
        if read.is_ok() {
            for (count, needle) in found.iter_mut().zip(wanted) {
                *count += memchr::memmem::find_iter(&bytes, needle).count();
            }
        }
    }
    found
}

/// How often the password, a line of the key's file and the key itself stand in the memory of a server.
fn left_by(words: &[&str], key: &PKey<Private>) -> [usize; 3] {
    let mut server = Process::start(Command::new(build("secret.c", &[])).args(words));
    let mut line = String::new();
    let output = server.0.stdout.take().expect("its output is a pipe");
    BufReader::new(output).read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    let text = key.private_key_to_pem_pkcs8().unwrap();
    let body = text.split(|&byte| byte == b'\n').nth(1).unwrap();
    let number = key.ec_key().unwrap().private_key().to_vec();
    let wanted = [PASSWORD.as_bytes(), &body[..40], &number];
    let found = times_in_memory(server.0.id(), &wanted);
    server.give(b"\n");
    server.ends_well("the server");
    found.try_into().unwrap()
}

#[test]
fn nothing_of_a_key_is_left_but_the_key_and_nothing_of_a_closed_servers_password() {
    let world = World::new();
    let certified = pki::Wish {
        key: pki::ec,
        ..crate::world::localhost()
    }
    .issue(Some(&world.root));
    let key = &certified.key;
    let certificate = certified.certificate.to_pem().unwrap();
    let with =
        |name: &str, key: Vec<u8>| world.folder.file(name, [certificate.clone(), key].concat());
    let plain = with("plain.pem", key.private_key_to_pem_pkcs8().unwrap());
    let cipher = Cipher::aes_256_cbc();
    let locked = key.private_key_to_pem_pkcs8_passphrase(cipher, PASSWORD.as_bytes());
    let locked = with("locked.pem", locked.unwrap());
    let mut builder = Pkcs12::builder();
    builder.pkey(key).cert(&certified.certificate);
    let bundle = builder.build2(PASSWORD).unwrap().to_der().unwrap();
    let bundle = world.folder.file("bundle.p12", bundle);
    let password = world.folder.file("password", PASSWORD);
    for (words, passwords) in [
        (vec![plain.as_str(), "-"], 0),
        (vec![&plain, "-", "close"], 0),
        // A server needs it again when its files change.
        (vec![&locked, &password], 1),
        (vec![&locked, &password, "close"], 0),
        (vec![&bundle, &password, "close"], 0),
    ] {
        assert_eq!(left_by(&words, key), [passwords, 0, 0], "{words:?}");
    }
}
