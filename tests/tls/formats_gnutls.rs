//! Keys and certificates as GnuTLS's certtool writes them.

use crate::workshop::{Fate, Lock, Role, Tried, Workshop, is_installed};

#[test]
fn files_of_gnutls() {
    if !is_installed("certtool") {
        return;
    }
    let mut shop = Workshop::new();
    shop.folder.file(
        "template",
        "cn = till\nexpiration_days = 30\nsigning_key\ntls_www_server\n",
    );
    for (kind, words, has_certificate) in [
        ("rsa", "--key-type=rsa --bits=2048", true),
        ("rsa-pss", "--key-type=rsa-pss --bits=2048", true),
        ("ecdsa", "--key-type=ecdsa --curve=secp256r1", true),
        ("ecdsa384", "--key-type=ecdsa --curve=secp384r1", true),
        ("ed25519", "--key-type=ed25519", true),
        ("ed448", "--key-type=ed448", true),
        ("dsa", "--key-type=dsa --bits=2048", true),
        ("x25519", "--key-type=x25519", false),
        ("x448", "--key-type=x448", false),
        ("provable", "--key-type=rsa --bits=2048 --provable", true),
    ] {
        let key = format!("{kind}.pem");
        if !shop.run(&format!(
            "certtool --generate-privkey {words} --outfile {key}"
        )) {
            continue;
        }
        let certificate = format!("{}.crt", if has_certificate { kind } else { "rsa" });
        let sign = format!(
            "certtool --generate-self-signed --load-privkey {key} --template template --outfile {certificate}"
        );
        if has_certificate && !shop.run(&sign) {
            continue;
        }
        let fate = if has_certificate {
            Fate::Loaded
        } else {
            Fate::Read
        };
        // Each cipher with one kind of key: making a key of a password takes time on purpose.
        let is_first = kind == "ecdsa";
        let mut made = vec![(format!("{kind}, as it is made"), key.clone(), Lock::Open)];
        let plain = [
            ("PKCS#8", "--pkcs8 --password=", Lock::Open),
            (
                "PKCS#8, no password",
                "--pkcs8 --null-password",
                Lock::Empty,
            ),
            ("DER", "--outder", Lock::Open),
            ("PKCS#8, DER", "--pkcs8 --password= --outder", Lock::Open),
            ("again", "", Lock::Open),
        ];
        for (form, way, lock) in plain {
            let file = format!("{kind} {form}").replace([' ', ',', '#'], "_");
            if shop.run(&format!(
                "certtool --key-info --infile {key} {way} --outfile {file}"
            )) {
                made.push((format!("{kind}, {form}"), file, lock));
            }
        }
        for cipher in [
            "3des",
            "3des-pkcs12",
            "aes-128",
            "aes-192",
            "aes-256",
            "rc2-40",
            "arcfour",
        ] {
            for der in ["", "--outder"] {
                if !is_first {
                    continue;
                }
                let file = format!("{kind}_{cipher}{der}");
                let words = format!(
                    "certtool --to-p8 --load-privkey {key} --password={{P}} --pkcs-cipher={cipher} {der} --outfile {file}"
                );
                if shop.run(&words) {
                    made.push((format!("{kind}, {cipher} {der}"), file, Lock::Password));
                }
            }
        }
        for (what, file, lock) in &made {
            shop.judge(
                "certtool, keys",
                &Tried {
                    what,
                    file,
                    beside: &certificate,
                    role: Role::Key,
                    lock: *lock,
                    fate,
                },
            );
        }
        if !has_certificate {
            continue;
        }
        for (form, way) in [("PEM", ""), ("DER", "--outder")] {
            let file = format!("{kind}.crt.{form}");
            if shop.run(&format!(
                "certtool --certificate-info --infile {certificate} {way} --outfile {file}"
            )) {
                let what = format!("{kind}, {form}");
                for (role, beside) in [(Role::Certificate, key.as_str()), (Role::Authority, "")] {
                    shop.judge(
                        "certtool, certificates",
                        &Tried {
                            what: &what,
                            file: &file,
                            beside,
                            role,
                            lock: Lock::Open,
                            fate: Fate::Loaded,
                        },
                    );
                }
            }
        }
        for cipher in [
            "",
            "3des",
            "3des-pkcs12",
            "aes-128",
            "aes-256",
            "rc2-40",
            "arcfour",
        ] {
            for der in ["", "--outder"] {
                if !(is_first || kind == "rsa" && cipher.is_empty() && der.is_empty()) {
                    continue;
                }
                let file = format!("{kind}_{cipher}{der}.p12");
                let way = if cipher.is_empty() {
                    String::new()
                } else {
                    format!("--pkcs-cipher={cipher}")
                };
                let words = format!(
                    "certtool --to-p12 --load-privkey {key} --load-certificate {certificate} --p12-name=till --password={{P}} {way} {der} --outfile {file}"
                );
                if shop.run(&words) {
                    let what = format!("{kind}, PKCS#12 {cipher} {der}");
                    shop.judge(
                        "certtool, PKCS#12",
                        &Tried {
                            what: &what,
                            file: &file,
                            beside: "",
                            role: Role::Identity,
                            lock: Lock::Password,
                            fate: Fate::Loaded,
                        },
                    );
                }
            }
        }
    }
    for der in ["", "--outder"] {
        let file = format!("p7{der}");
        if shop.run(&format!(
            "certtool --p7-generate --load-certificate rsa.crt {der} --outfile {file}"
        )) {
            shop.judge(
                "certtool, PKCS#7",
                &Tried {
                    what: "a collection",
                    file: &file,
                    beside: "rsa.pem",
                    role: Role::Certificate,
                    lock: Lock::Open,
                    fate: Fate::Loaded,
                },
            );
        }
    }
    shop.end(100);
}
