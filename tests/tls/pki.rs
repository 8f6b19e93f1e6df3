//! Certificates made for one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use openssl::asn1::{Asn1Integer, Asn1Object, Asn1OctetString, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{AuthorityKeyIdentifier, SubjectKeyIdentifier};
use openssl::x509::{
    X509, X509Builder, X509Crl, X509CrlBuilder, X509Extension, X509NameBuilder, X509RevokedBuilder,
};

pub const DAY: i64 = 86_400;

/// A certificate with its key.
#[derive(Clone)]
pub struct Certified {
    pub certificate: X509,
    pub key: PKey<Private>,
}

/// What a certificate is to say.
#[derive(Clone)]
pub struct Wish {
    pub common_name: String,
    /// As in openssl.cnf: "DNS:till.example,IP:192.0.2.7".
    pub alternative_names: Option<String>,
    /// The same as DER, for what the text form cannot say.
    pub alternative_names_der: Option<Vec<u8>>,
    pub basic_constraints: Option<String>,
    pub key_usage: Option<String>,
    pub extended_key_usage: Option<String>,
    pub name_constraints: Option<String>,
    /// An extension that nobody knows, marked as critical.
    pub unknown_extension: bool,
    /// Whether it names its key and its issuer's (RFC 5280, sections 4.2.1.1 and 4.2.1.2).
    pub key_identifiers: bool,
    /// Seconds from now.
    pub from: i64,
    pub until: i64,
    pub digest: fn() -> MessageDigest,
    pub key: fn() -> PKey<Private>,
}

pub fn ec() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

pub fn rsa_1024() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap()
}

/// One key for all that need RSA of a proper length: making one takes long.
pub fn rsa_2048() -> PKey<Private> {
    static KEY: LazyLock<PKey<Private>> =
        LazyLock::new(|| PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap());
    KEY.clone()
}

/// A server's certificate for till.example.
pub fn server() -> Wish {
    Wish {
        common_name: "till.example".into(),
        alternative_names: Some("DNS:till.example".into()),
        alternative_names_der: None,
        basic_constraints: Some("critical,CA:FALSE".into()),
        key_usage: Some("critical,digitalSignature,keyEncipherment".into()),
        extended_key_usage: Some("serverAuth".into()),
        name_constraints: None,
        unknown_extension: false,
        key_identifiers: true,
        from: -DAY,
        until: 30 * DAY,
        digest: MessageDigest::sha256,
        key: ec,
    }
}

/// A client's certificate.
pub fn client(name: &str) -> Wish {
    Wish {
        common_name: name.into(),
        alternative_names: None,
        extended_key_usage: Some("clientAuth".into()),
        ..server()
    }
}

/// An authority.
pub fn authority(name: &str) -> Wish {
    Wish {
        common_name: name.into(),
        alternative_names: None,
        basic_constraints: Some("critical,CA:TRUE".into()),
        key_usage: Some("critical,keyCertSign,cRLSign".into()),
        extended_key_usage: None,
        ..server()
    }
}

pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[allow(clippy::disallowed_methods)] // these tests run where a time_t is one
fn at(seconds_from_now: i64) -> Asn1Time {
    Asn1Time::from_unix(now() + seconds_from_now).unwrap()
}

impl Wish {
    /// The certificate, with a new key, issued by `issuer` or self-signed.
    pub fn issue(&self, issuer: Option<&Certified>) -> Certified {
        self.certify(&(self.key)(), issuer)
    }

    /// The certificate of a key that there is already.
    #[allow(deprecated)] // The builders cannot write name constraints.
    pub fn certify(&self, key: &PKey<Private>, issuer: Option<&Certified>) -> Certified {
        static SERIAL: AtomicU32 = AtomicU32::new(1000);
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_nid(Nid::COMMONNAME, &self.common_name)
            .unwrap();
        let name = name.build();
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        let serial = BigNum::from_u32(SERIAL.fetch_add(1, Ordering::Relaxed)).unwrap();
        builder
            .set_serial_number(&Asn1Integer::from_bn(&serial).unwrap())
            .unwrap();
        builder.set_subject_name(&name).unwrap();
        builder
            .set_issuer_name(issuer.map_or(&name, |i| i.certificate.subject_name()))
            .unwrap();
        builder.set_not_before(&at(self.from)).unwrap();
        builder.set_not_after(&at(self.until)).unwrap();
        builder.set_pubkey(key).unwrap();
        let texts = [
            (Nid::BASIC_CONSTRAINTS, &self.basic_constraints),
            (Nid::KEY_USAGE, &self.key_usage),
            (Nid::EXT_KEY_USAGE, &self.extended_key_usage),
            (Nid::SUBJECT_ALT_NAME, &self.alternative_names),
            (Nid::NAME_CONSTRAINTS, &self.name_constraints),
        ];
        for (kind, text) in texts {
            if let Some(text) = text {
                let context = builder.x509v3_context(None, None);
                let extension = X509Extension::new_nid(None, Some(&context), kind, text).unwrap();
                builder.append_extension(extension).unwrap();
            }
        }
        if let Some(der) = &self.alternative_names_der {
            let kind = Asn1Object::from_str("2.5.29.17").unwrap();
            let value = Asn1OctetString::new_from_bytes(der).unwrap();
            let extension = X509Extension::new_from_der(&kind, false, &value).unwrap();
            builder.append_extension(extension).unwrap();
        }
        if self.unknown_extension {
            let kind = Asn1Object::from_str("1.2.3.4.5.6.7").unwrap();
            let value = Asn1OctetString::new_from_bytes(&[5, 0]).unwrap();
            let extension = X509Extension::new_from_der(&kind, true, &value).unwrap();
            builder.append_extension(extension).unwrap();
        }
        if self.key_identifiers {
            let context = builder.x509v3_context(issuer.map(|i| &*i.certificate), None);
            let subject_key = SubjectKeyIdentifier::new().build(&context).unwrap();
            builder.append_extension(subject_key).unwrap();
        }
        if let Some(issuer) = issuer.filter(|_| self.key_identifiers) {
            let context = builder.x509v3_context(Some(&issuer.certificate), None);
            let authority_key = AuthorityKeyIdentifier::new()
                .keyid(true)
                .build(&context)
                .unwrap();
            builder.append_extension(authority_key).unwrap();
        }
        builder
            .sign(issuer.map_or(key, |i| &i.key), (self.digest)())
            .unwrap();
        Certified {
            certificate: builder.build(),
            key: key.clone(),
        }
    }
}

/// A list in which `issuer` revokes certificates, current until `until` seconds from now.
pub fn revocation_list(issuer: &Certified, revoked: &[&Certified], until: i64) -> X509Crl {
    list(issuer, revoked, until, false)
}

/// The changes since another list of `issuer`: nothing was revoked since.
pub fn list_of_changes(issuer: &Certified) -> X509Crl {
    list(issuer, &[], DAY, true)
}

fn list(issuer: &Certified, revoked: &[&Certified], until: i64, changes: bool) -> X509Crl {
    let mut builder = X509CrlBuilder::new().unwrap();
    builder
        .set_issuer_name(issuer.certificate.subject_name())
        .unwrap();
    builder.set_last_update(&at(-2 * DAY)).unwrap();
    builder.set_next_update(&at(until)).unwrap();
    let bare = X509Builder::new().unwrap();
    let context = bare.x509v3_context(Some(&issuer.certificate), None);
    let authority_key = AuthorityKeyIdentifier::new()
        .keyid(true)
        .build(&context)
        .unwrap();
    builder.append_extension(authority_key).unwrap();
    let kind = Asn1Object::from_str("2.5.29.20").unwrap();
    let one = Asn1OctetString::new_from_bytes(&[2, 1, 1]).unwrap();
    let number = X509Extension::new_from_der(&kind, false, &one).unwrap();
    builder.append_extension(number).unwrap();
    if changes {
        let kind = Asn1Object::from_str("2.5.29.27").unwrap();
        let since = X509Extension::new_from_der(&kind, true, &one).unwrap();
        builder.append_extension(since).unwrap();
    }
    for one in revoked {
        let mut entry = X509RevokedBuilder::new().unwrap();
        entry.set_revocation_date(&at(-DAY)).unwrap();
        entry
            .set_serial_number(one.certificate.serial_number())
            .unwrap();
        builder.add_revoked(entry.build()).unwrap();
    }
    builder.sort().unwrap();
    builder.sign(&issuer.key, MessageDigest::sha256()).unwrap();
    builder.build().unwrap()
}

impl Certified {
    pub fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    pub fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }

    /// Certificate, chain and key, as a server's PEM file holds them.
    pub fn with_chain(&self, chain: &[&Certified]) -> Vec<u8> {
        let mut file = self.pem();
        for one in chain {
            file.extend(one.pem());
        }
        file.extend(self.key_pem());
        file
    }
}

/// A folder that goes away with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "wdsocket-tls-{}-{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn text(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, data: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, data).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
