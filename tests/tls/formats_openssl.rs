//! Certificates and PKCS#12 as OpenSSL's programs write them.

use crate::workshop::{Fate, Lock, Role, Tried, Workshop, is_installed};

/// The providers that OpenSSL's programs need for what is old.
const OLD: &str = "-provider default -provider legacy";

#[test]
fn certificates_of_openssl_x509_and_pkcs12() {
    if !is_installed("openssl") {
        return;
    }
    let mut shop = Workshop::new();
    for words in [
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out k.pem",
        "openssl req -x509 -key k.pem -subj /CN=till -days 30 -out c.pem",
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.key",
        "openssl req -x509 -key ca.key -subj /CN=Root -days 30 -out ca.pem",
    ] {
        assert!(shop.run(words), "{words}");
    }
    for (what, words) in [
        ("PEM", "x509 -in c.pem"),
        ("DER", "x509 -in c.pem -outform DER"),
        ("text and PEM", "x509 -in c.pem -text"),
        ("trusted", "x509 -in c.pem -trustout"),
        ("trusted, DER", "x509 -in c.pem -trustout -outform DER"),
        (
            "trusted for servers",
            "x509 -in c.pem -addtrust serverAuth -trustout",
        ),
        ("with an alias", "x509 -in c.pem -setalias till -trustout"),
        (
            "PKCS#7",
            "crl2pkcs7 -nocrl -certfile c.pem -certfile ca.pem",
        ),
        (
            "PKCS#7, DER",
            "crl2pkcs7 -nocrl -certfile c.pem -outform DER",
        ),
    ] {
        let file = what.replace([' ', ',', '#'], "_");
        assert!(shop.run(&format!("openssl {words} -out {file}")), "{words}");
        for (role, beside) in [(Role::Certificate, "k.pem"), (Role::Authority, "")] {
            shop.judge(
                "openssl x509, crl2pkcs7",
                &Tried {
                    what,
                    file: &file,
                    beside,
                    role,
                    lock: Lock::Open,
                    fate: Fate::Loaded,
                },
            );
        }
    }
    let pbe = [
        "aes-128-cbc",
        "aes-256-cbc",
        "camellia-256-cbc",
        "aria-256-cbc",
        "des-ede3-cbc",
        "seed-cbc",
        "sm4-cbc",
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-40",
        "PBE-SHA1-RC2-128",
        "PBE-SHA1-RC4-128",
        "PBE-SHA1-RC4-40",
        "PBE-MD5-DES",
        "PBE-SHA1-DES",
        "des-cbc",
        "rc2-cbc",
        "bf-cbc",
        "cast5-cbc",
        "idea-cbc",
    ];
    let ways = pbe
        .iter()
        .map(|pbe| format!("-keypbe {pbe} -certpbe {pbe}"));
    let ways = ways.chain(
        pbe.iter()
            .map(|pbe| format!("-keypbe {pbe} -certpbe {pbe} -nomac")),
    );
    let macs = [
        "md5",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "sha3-256",
        "ripemd160",
    ];
    let ways = ways.chain(macs.iter().map(|mac| format!("-macalg {mac}")));
    let more = [
        "",
        "-legacy",
        "-descert",
        "-nomac",
        "-nomaciter",
        "-noiter",
        "-iter 1",
        "-certfile ca.pem",
        "-certfile ca.pem -name till -caname root",
        "-keypbe NONE -certpbe aes-256-cbc",
        "-keypbe aes-256-cbc -certpbe NONE",
        "-keypbe NONE -certpbe NONE",
        "-keyex",
        "-CSP none",
        "-LMK",
    ];
    let ways: Vec<String> = ways.chain(more.iter().map(|&way| way.to_owned())).collect();
    for (number, way) in ways.iter().enumerate() {
        let file = format!("{number}.p12");
        let words = format!(
            "openssl pkcs12 -export -in c.pem -inkey k.pem {way} {OLD} -passout pass:{{P}} -out {file}"
        );
        if shop.run(&words) {
            shop.judge(
                "openssl pkcs12",
                &Tried {
                    what: way,
                    file: &file,
                    beside: "",
                    role: Role::Identity,
                    lock: Lock::Password,
                    fate: Fate::Loaded,
                },
            );
        }
    }
    for (what, way, lock, role) in [
        (
            "an empty password",
            "-in c.pem -inkey k.pem -passout pass:",
            Lock::Open,
            Role::Identity,
        ),
        (
            "nothing encrypted",
            "-in c.pem -inkey k.pem -keypbe NONE -certpbe NONE -nomac -passout pass:",
            Lock::Open,
            Role::Identity,
        ),
        (
            "a certificate alone",
            "-nokeys -in c.pem -passout pass:{P}",
            Lock::Password,
            Role::Authority,
        ),
        (
            "a key alone",
            "-nocerts -inkey k.pem -passout pass:{P}",
            Lock::Password,
            Role::Key,
        ),
    ] {
        let file = what.replace(' ', "_");
        if shop.run(&format!("openssl pkcs12 -export {way} -out {file}")) {
            shop.judge(
                "openssl pkcs12",
                &Tried {
                    what,
                    file: &file,
                    beside: "c.pem",
                    role,
                    lock,
                    fate: Fate::Loaded,
                },
            );
        }
    }
    // What `openssl pkcs12` writes out again: bags with their attributes, the key first.
    for (what, words, lock) in [
        (
            "out of PKCS#12",
            "pkcs12 -in again.p12 -passin pass:{P} -nodes",
            Lock::Open,
        ),
        (
            "out of PKCS#12, encrypted",
            "pkcs12 -in again.p12 -passin pass:{P} -passout pass:{P}",
            Lock::Password,
        ),
    ] {
        assert!(shop.run("openssl pkcs12 -export -in c.pem -inkey k.pem -certfile ca.pem -passout pass:{P} -out again.p12"));
        let file = what.replace([' ', ',', '#'], "_");
        assert!(shop.run(&format!("openssl {words} -out {file}")), "{words}");
        shop.judge(
            "openssl pkcs12",
            &Tried {
                what,
                file: &file,
                beside: "",
                role: Role::Identity,
                lock,
                fate: Fate::Loaded,
            },
        );
    }
    shop.end(70);
}
