//! Keys as OpenSSL's programs write them.

use crate::workshop::{Fate, Lock, Role, Tried, Workshop, is_installed};

/// The providers that OpenSSL's programs need for what is old.
const OLD: &str = "-provider default -provider legacy";

/// The kinds of keys of `openssl genpkey`: name, words, whether it can have a certificate for TLS.
const KINDS: [(&str, &str, bool); 11] = [
    ("rsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", true),
    (
        "rsa-pss",
        "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048",
        true,
    ),
    ("ec", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", true),
    (
        "ec384",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        true,
    ),
    (
        "ec521",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        true,
    ),
    (
        "secp256k1",
        "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        true,
    ),
    ("ed25519", "-algorithm ED25519", true),
    ("ed448", "-algorithm ED448", true),
    ("x25519", "-algorithm X25519", false),
    ("x448", "-algorithm X448", false),
    ("dh", "-algorithm DH -pkeyopt group:ffdhe2048", false),
];

#[test]
fn keys_of_openssl_genpkey_pkcs8_and_the_older_programs() {
    if !is_installed("openssl") {
        return;
    }
    let mut shop = Workshop::new();
    for (kind, words, has_certificate) in KINDS {
        if !shop.run(&format!("openssl genpkey {words} -out {kind}.pem")) {
            continue;
        }
        let certificate = if has_certificate { kind } else { "rsa" };
        if has_certificate {
            let made = format!(
                "openssl req -x509 -key {kind}.pem -subj /CN=till -days 30 -out {kind}.crt"
            );
            assert!(shop.run(&made), "{kind}");
        }
        let fate = if has_certificate {
            Fate::Loaded
        } else {
            Fate::Read
        };
        let beside = format!("{certificate}.crt");
        for (form, words, lock) in [
            ("PEM", format!("genpkey {words} -outform PEM"), Lock::Open),
            ("pkey PEM", format!("pkey -in {kind}.pem"), Lock::Open),
            (
                "pkey DER",
                format!("pkey -in {kind}.pem -outform DER"),
                Lock::Open,
            ),
            (
                "pkey with text",
                format!("pkey -in {kind}.pem -text"),
                Lock::Open,
            ),
            (
                "traditional",
                format!("pkey -in {kind}.pem -traditional"),
                Lock::Open,
            ),
            (
                "encrypted",
                format!("pkey -in {kind}.pem -aes256 -passout pass:{{P}}"),
                Lock::Password,
            ),
            (
                "PKCS#8 DER",
                format!("pkcs8 -topk8 -nocrypt -in {kind}.pem -outform DER"),
                Lock::Open,
            ),
            (
                "encrypted PKCS#8 DER",
                format!("pkcs8 -topk8 -in {kind}.pem -outform DER -passout pass:{{P}}"),
                Lock::Password,
            ),
        ] {
            // A key that is made anew belongs to no certificate.
            let fate = if form == "PEM" { Fate::Read } else { fate };
            let file = format!("{kind} {form}").replace(' ', "_");
            if shop.run(&format!("openssl {words} -out {file}")) {
                let what = format!("{kind}, {form}");
                shop.judge(
                    "openssl genpkey, pkey",
                    &Tried {
                        what: &what,
                        file: &file,
                        beside: &beside,
                        role: Role::Key,
                        lock,
                        fate,
                    },
                );
            }
        }
    }
    // PKCS#8 under each cipher.
    let new = [
        "aes-128-cbc",
        "aes-192-cbc",
        "aes-256-cbc",
        "aes-256-cfb",
        "aes-256-ofb",
        "aes-128-ecb",
        "camellia-128-cbc",
        "camellia-256-cbc",
        "aria-128-cbc",
        "aria-256-cbc",
        "des3",
        "des-ede3-cbc",
        "des-ede-cbc",
        "sm4-cbc",
        "des-cbc",
        "rc2-cbc",
        "rc2-64-cbc",
        "rc2-40-cbc",
        "bf-cbc",
        "cast5-cbc",
        "seed-cbc",
        "idea-cbc",
        "rc4",
        "rc4-40",
    ];
    let prf = [
        "SHA1",
        "MD5",
        "SHA224",
        "SHA256",
        "SHA384",
        "SHA512",
        "SHA512-224",
        "SHA512-256",
    ];
    let old = [
        "PBE-MD5-DES",
        "PBE-SHA1-DES",
        "PBE-MD5-RC2-64",
        "PBE-SHA1-RC2-64",
        "PBE-SHA1-RC4-128",
        "PBE-SHA1-RC4-40",
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-128",
        "PBE-SHA1-RC2-40",
    ];
    let ways = new.iter().map(|cipher| format!("-v2 {cipher}"));
    let ways = ways.chain(
        prf.iter()
            .map(|prf| format!("-v2 aes-256-cbc -v2prf hmacWith{prf}")),
    );
    let ways = ways.chain(old.iter().map(|cipher| format!("-v1 {cipher}")));
    let more = [
        "-scrypt",
        "-scrypt -scrypt_N 4096 -scrypt_r 8 -scrypt_p 2",
        "-iter 1",
        "-noiter",
        "-iter 600000",
    ];
    let ways: Vec<String> = ways.chain(more.iter().map(|&way| way.to_owned())).collect();
    for (number, way) in ways.iter().enumerate() {
        for form in ["PEM", "DER"] {
            let file = format!("p8-{number}.{form}");
            let words = format!(
                "openssl pkcs8 -topk8 -in ec.pem {way} {OLD} -passout pass:{{P}} -outform {form} -out {file}"
            );
            if shop.run(&words) {
                let what = format!("{way}, {form}");
                shop.judge(
                    "openssl pkcs8",
                    &Tried {
                        what: &what,
                        file: &file,
                        beside: "ec.crt",
                        role: Role::Key,
                        lock: Lock::Password,
                        fate: Fate::Loaded,
                    },
                );
            }
        }
    }
    // The older form of PEM.
    for (program, kind) in [("rsa -traditional", "rsa"), ("ec", "ec")] {
        for cipher in [
            "aes128",
            "aes192",
            "aes256",
            "des",
            "des3",
            "camellia128",
            "camellia192",
            "camellia256",
            "aria128",
            "aria256",
            "seed",
            "idea",
            "rc2",
            "bf",
            "cast5-cbc",
            "sm4-cbc",
            "des-ede-cbc",
            "rc2-40-cbc",
        ] {
            let file = format!("{kind}-{cipher}.pem");
            let words = format!(
                "openssl {program} -in {kind}.pem -{cipher} {OLD} -passout pass:{{P}} -out {file}"
            );
            if shop.run(&words) {
                let what = format!("{program} -{cipher}");
                let beside = format!("{kind}.crt");
                shop.judge(
                    "openssl rsa, ec",
                    &Tried {
                        what: &what,
                        file: &file,
                        beside: &beside,
                        role: Role::Key,
                        lock: Lock::Password,
                        fate: Fate::Loaded,
                    },
                );
            }
        }
    }
    for (what, words, fate) in [
        (
            "with parameters in full",
            "ec -in ec.pem -param_enc explicit",
            Fate::Loaded,
        ),
        (
            "without its public part",
            "ec -in ec.pem -no_public",
            Fate::Loaded,
        ),
        (
            "compressed",
            "ec -in ec.pem -conv_form compressed",
            Fate::Loaded,
        ),
        (
            "parameters and key",
            "ecparam -name prime256v1 -genkey",
            Fate::Read,
        ),
        (
            "parameters",
            "ecparam -name prime256v1",
            Fate::Told("parameters without a key"),
        ),
        (
            "public",
            "pkey -in ec.pem -pubout",
            Fate::Told("a public key only"),
        ),
        (
            "public, DER",
            "pkey -in ec.pem -pubout -outform DER",
            Fate::Told("a public key only"),
        ),
        (
            "PVK",
            "rsa -in rsa.pem -outform PVK -pvk-none",
            Fate::Told("-inform PVK"),
        ),
        (
            "MSBLOB",
            "rsa -in rsa.pem -outform MSBLOB",
            Fate::Told("-inform MSBLOB"),
        ),
        (
            "a request",
            "req -new -key ec.pem -subj /CN=till",
            Fate::Told("a request for a certificate"),
        ),
        (
            "a request, DER",
            "req -new -key ec.pem -subj /CN=till -outform DER",
            Fate::Told("a request for a certificate"),
        ),
        (
            "a certificate",
            "x509 -in ec.crt",
            Fate::Told("holds no private key"),
        ),
        (
            "DH parameters",
            "dhparam -dsaparam 512",
            Fate::Told("parameters without a key"),
        ),
    ] {
        let file = what.replace([' ', ','], "_");
        if shop.run(&format!("openssl {words} -out {file}")) {
            shop.judge(
                "openssl, other files",
                &Tried {
                    what,
                    file: &file,
                    beside: "ec.crt",
                    role: Role::Key,
                    lock: Lock::Open,
                    fate,
                },
            );
        }
    }
    shop.end(180);
}
