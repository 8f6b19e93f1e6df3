//! Handshakes with keys whose owner is a double: it has them as files have, and signs as Windows does.

use super::*;
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::md::{Md, MdRef};
use openssl::nid::Nid;
use openssl::pkey_ctx::PkeyCtx;
use openssl::rsa::{Padding, Rsa};
use openssl::sign::RsaPssSaltlen;
use openssl::ssl::{SslConnector, SslContext, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::{X509, X509Name};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Signs as NCryptSignHash does.
struct Double {
    key: PKey<Private>,
    signed: Arc<AtomicUsize>,
}

impl Signer for Double {
    fn sign(&self, scheme: Scheme, kind: MessageDigest, hash: &[u8]) -> io::Result<Vec<u8>> {
        self.signed.fetch_add(1, Ordering::SeqCst);
        assert_eq!(hash.len(), kind.size());
        if scheme == Scheme::Ecdsa {
            let made = EcdsaSig::sign(hash, &self.key.ec_key().unwrap())?;
            let mut numbers = made.r().to_vec_padded(32)?;
            numbers.extend(made.s().to_vec_padded(32)?);
            return Ok(numbers);
        }
        let mut making = PkeyCtx::new(&self.key)?;
        making.sign_init()?;
        if scheme == Scheme::Pss {
            making.set_rsa_padding(Padding::PKCS1_PSS)?;
            making.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
        }
        making.set_signature_md(md(hash.len()))?;
        let mut signature = Vec::new();
        making.sign_to_vec(hash, &mut signature)?;
        Ok(signature)
    }
}

fn md(length: usize) -> &'static MdRef {
    match length {
        20 => Md::sha1(),
        32 => Md::sha256(),
        48 => Md::sha384(),
        _ => Md::sha512(),
    }
}

/// A certificate of its own issue for a key.
fn certificate(key: &PKey<Private>) -> X509 {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "outside").unwrap();
    let name = name.build();
    let mut made = X509::builder().unwrap();
    made.set_version(2).unwrap();
    made.set_subject_name(&name).unwrap();
    made.set_issuer_name(&name).unwrap();
    made.set_pubkey(key).unwrap();
    made.set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    made.set_not_after(&Asn1Time::days_from_now(1).unwrap())
        .unwrap();
    made.sign(key, MessageDigest::sha256()).unwrap();
    // As it comes out of a store.
    X509::from_der(&made.build().to_der().unwrap()).unwrap()
}

fn kinds() -> [PKey<Private>; 2] {
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    [
        PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(),
        PKey::from_ec_key(EcKey::generate(&curve).unwrap()).unwrap(),
    ]
}

/// The key of a certificate, which stays with a double, and how often that has signed.
fn outside(certificate: &X509, key: &PKey<Private>) -> (PKey<Private>, Arc<AtomicUsize>) {
    let signed = Arc::new(AtomicUsize::new(0));
    let double = Double {
        key: key.clone(),
        signed: Arc::clone(&signed),
    };
    let public = certificate.public_key().unwrap();
    let made = super::key(public, Box::new(double)).unwrap().unwrap();
    (made, signed)
}

/// One handshake, and a word from the server. The owner of either end's key is the double.
fn meet(certificate: &X509, key: &PKey<Private>, version: SslVersion) {
    let end = |method, verify| {
        let mut made = SslContext::builder(method).unwrap();
        made.set_min_proto_version(Some(version)).unwrap();
        made.set_max_proto_version(Some(version)).unwrap();
        made.set_certificate(certificate).unwrap();
        made.set_private_key(key).unwrap();
        made.check_private_key().unwrap();
        made.set_verify_callback(verify, |_, _| true);
        made.build()
    };
    let both = SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT;
    let server = end(SslMethod::tls_server(), both);
    let client = end(SslMethod::tls_client(), both);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let ssl = openssl::ssl::Ssl::new(&server).unwrap();
        let mut stream = ssl.accept(socket).unwrap();
        stream.write_all(b"hello").unwrap();
        stream.ssl().peer_certificate().unwrap();
        let _ = stream.shutdown();
    });
    let ssl = openssl::ssl::Ssl::new(&client).unwrap();
    let mut stream = ssl.connect(TcpStream::connect(address).unwrap()).unwrap();
    let mut word = [0; 5];
    stream.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"hello");
    serving.join().unwrap();
}

#[test]
fn tls_is_spoken_with_a_key_that_stays_where_it_is() {
    crate::tls::library::start();
    for key in kinds() {
        let certificate = certificate(&key);
        let (outside, signed) = outside(&certificate, &key);
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            let before = signed.load(Ordering::SeqCst);
            meet(&certificate, &outside, version);
            assert_eq!(signed.load(Ordering::SeqCst), before + 2, "{version:?}");
        }
    }
}

#[test]
fn a_key_outside_belongs_to_its_certificate_and_to_no_other() {
    crate::tls::library::start();
    let [rsa, curve] = kinds();
    let (ours, theirs) = (certificate(&rsa), certificate(&kinds()[0]));
    let (key, _) = outside(&ours, &rsa);
    assert!(crate::tls::identity::belongs(&ours, &key));
    assert!(!crate::tls::identity::belongs(&theirs, &key));
    assert!(!crate::tls::identity::belongs(&certificate(&curve), &key));
}

#[test]
fn the_private_half_does_not_leave() {
    crate::tls::library::start();
    for key in kinds() {
        let certificate = certificate(&key);
        let (outside, _) = outside(&certificate, &key);
        assert!(outside.private_key_to_pkcs8().is_err());
        assert!(certificate.public_key().unwrap().public_eq(&outside));
    }
}

struct Unwilling;

impl Signer for Unwilling {
    fn sign(&self, _: Scheme, _: MessageDigest, _: &[u8]) -> io::Result<Vec<u8>> {
        Err(io::Error::other("no hand to sign with"))
    }
}

#[test]
fn an_owner_that_does_not_sign_ends_the_handshake_with_its_reason() {
    crate::tls::library::start();
    let [rsa, _] = kinds();
    let certificate = certificate(&rsa);
    let public = certificate.public_key().unwrap();
    let key = super::key(public, Box::new(Unwilling)).unwrap().unwrap();
    let mut server = SslContext::builder(SslMethod::tls_server()).unwrap();
    server.set_certificate(&certificate).unwrap();
    server.set_private_key(&key).unwrap();
    let server = server.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let calling = std::thread::spawn(move || {
        let client = SslConnector::builder(SslMethod::tls_client())
            .unwrap()
            .build();
        let _ = client.connect("outside", TcpStream::connect(address).unwrap());
    });
    let (socket, _) = listener.accept().unwrap();
    let told = openssl::ssl::Ssl::new(&server).unwrap().accept(socket);
    let told = told.unwrap_err().to_string();
    assert!(told.contains("no hand to sign with"), "{told}");
    calling.join().unwrap();
}
