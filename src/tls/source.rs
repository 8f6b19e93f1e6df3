//! Our own certificate: PEM, DER or PKCS#12 (RFC 7292), its key and its chain.

use std::path::Path;

use openssl::asn1::Asn1Time;
use openssl::error::ErrorStack;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

use super::files::Watched;
use super::options::TlsOptions;
use super::{library, pem, store, text};
use crate::constants::{CertificateHash, CertificateName};
use crate::error::{Code, Error, Result};

/// A certificate that this side can show, with the key that proves it.
pub(super) struct Identity {
    pub certificate: X509,
    pub key: PKey<Private>,
    /// What stands between the certificate and the root, in the order of issue.
    pub chain: Vec<X509>,
}

/// What one file holds.
pub(super) struct Contents {
    pub certificates: Vec<X509>,
    pub key: Option<PKey<Private>>,
}

/// Why a file's bytes are of no use.
pub(super) enum Problem {
    NotACertificate,
    Password,
    Old(String),
}

impl Problem {
    /// The sentence about that file.
    pub fn about(&self, path: &Path, password: &str) -> Error {
        let path = path.display();
        Error::new(
            Code::Certificate,
            match self {
                Problem::NotACertificate => {
                    format!(
                        "{path} is not a certificate or key: it is neither PEM nor DER nor PKCS#12"
                    )
                }
                Problem::Password if password.is_empty() => {
                    format!("{path} is protected by a password: give it in SSLPassword")
                }
                Problem::Password => {
                    format!("the password in SSLPassword is wrong: it does not open {path}")
                }
                Problem::Old(reason) => {
                    format!("{path} is encrypted in a way that this OpenSSL cannot read ({reason})")
                }
            },
        )
    }
}

/// What an error calls a certificate that was given as text.
const GIVEN_AS_TEXT: &str = "the PEM text given as the certificate";

/// The certificate that the options name: by name or thumbprint where they say so, else PEM text, a file, or
/// where there is no such file its common name, as in WLanguage.
pub(super) fn load(options: &TlsOptions, watched: &mut Watched) -> Result<Identity> {
    if options.options & (CertificateName | CertificateHash) != 0 {
        return store::find(options, watched);
    }
    if pem::is_text(&options.certificate) {
        let data = options.certificate.as_bytes();
        return with_key(options, data, Path::new(GIVEN_AS_TEXT), watched);
    }
    let path = Path::new(&options.certificate);
    if is_missing(path) {
        watched.note(path);
        return store::find(options, watched).map_err(|error| {
            let neither = format!(
                "the certificate: there is no file {} and no certificate with that common name can be had ({error})",
                path.display()
            );
            Error::new(Code::Certificate, neither)
        });
    }
    let data = watched.read(path, "the certificate")?;
    with_key(options, &data, path, watched)
}

/// Whether no file can be meant by this path.
fn is_missing(path: &Path) -> bool {
    use std::io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    path.metadata()
        .is_err_and(|e| matches!(e.kind(), NotFound | NotADirectory | InvalidFilename))
}

/// The certificate in `data`, which came from `path`, with its key from there or from SSLKeyFile.
fn with_key(
    options: &TlsOptions,
    data: &[u8],
    path: &Path,
    watched: &mut Watched,
) -> Result<Identity> {
    let contents =
        contents(data, &options.password).map_err(|p| p.about(path, &options.password))?;
    if contents.certificates.is_empty() {
        return Err(Error::new(
            Code::Certificate,
            format!(
                "{} is not a certificate: it holds a private key only",
                path.display()
            ),
        ));
    }
    if !options.key_file.is_empty() {
        let key_path = Path::new(&options.key_file);
        let key = key_of(key_path, "SSLKeyFile", &options.password, watched)?;
        return fit(contents.certificates, key, path, key_path);
    }
    match contents.key {
        Some(key) => fit(contents.certificates, key, path, path),
        None => Err(Error::new(
            Code::Certificate,
            format!(
                "{} holds a certificate but no private key: put the key into it, or give its file in SSLKeyFile",
                path.display()
            ),
        )),
    }
}

/// The private key in a file.
pub(super) fn key_of(
    path: &Path,
    role: &str,
    password: &str,
    watched: &mut Watched,
) -> Result<PKey<Private>> {
    let data = watched.read(path, role)?;
    let found = contents(&data, password).map_err(|p| p.about(path, password))?;
    found.key.ok_or_else(|| {
        Error::new(
            Code::Certificate,
            format!("{role}: {} holds no private key", path.display()),
        )
    })
}

/// Puts the certificate that belongs to the key first, and the others in the order of issue.
pub(super) fn fit(
    mut certificates: Vec<X509>,
    key: PKey<Private>,
    path: &Path,
    key_path: &Path,
) -> Result<Identity> {
    let ours = certificates
        .iter()
        .position(|c| c.public_key().is_ok_and(|public| public.public_eq(&key)));
    // Comparing keys of different kinds leaves a note in OpenSSL's queue.
    drop(ErrorStack::get());
    let Some(ours) = ours else {
        let text = if path == key_path {
            format!(
                "the private key in {} does not belong to its certificate",
                path.display()
            )
        } else {
            format!(
                "the private key in {} does not belong to the certificate in {}",
                key_path.display(),
                path.display()
            )
        };
        return Err(Error::new(Code::Certificate, text));
    };
    let certificate = certificates.remove(ours);
    let mut chain: Vec<X509> = Vec::with_capacity(certificates.len());
    loop {
        let last = chain.last().unwrap_or(&certificate);
        let issuer = last.issuer_name();
        let next = certificates.iter().position(|c| {
            c.subject_name()
                .try_cmp(issuer)
                .is_ok_and(|order| order.is_eq())
        });
        match next {
            Some(next) => chain.push(certificates.remove(next)),
            None => break,
        }
    }
    chain.append(&mut certificates);
    Ok(Identity {
        certificate,
        key,
        chain,
    })
}

impl Identity {
    /// A sentence about a certificate that is served although peers will refuse it.
    pub fn warning(&self) -> Option<String> {
        let now = Asn1Time::days_from_now(0).ok()?;
        let (from, until) = (self.certificate.not_before(), self.certificate.not_after());
        let subject = text::name(self.certificate.subject_name());
        if *until < *now {
            Some(format!(
                "the certificate \"{subject}\" expired on {}: peers that check it will refuse it, renew it",
                text::date(until)
            ))
        } else if *from > *now {
            Some(format!(
                "the certificate \"{subject}\" is valid from {} only: peers that check it will refuse it until then (is this machine's clock right?)",
                text::date(from)
            ))
        } else {
            None
        }
    }
}

/// The certificates and the key in a file's bytes.
pub(super) fn contents(data: &[u8], password: &str) -> std::result::Result<Contents, Problem> {
    library::start();
    let blocks = pem::blocks(data);
    if blocks.is_empty() {
        return binary(data, password);
    }
    let mut found = Contents {
        certificates: Vec::new(),
        key: None,
    };
    for block in &blocks {
        if block.is_certificate() {
            let certificate = block.der().and_then(|der| X509::from_der(&der).ok());
            found
                .certificates
                .push(certificate.ok_or(Problem::NotACertificate)?);
        } else if block.is_key() && found.key.is_none() {
            found.key = Some(pem_key(block, password)?);
        }
    }
    drop(ErrorStack::get());
    if found.certificates.is_empty() && found.key.is_none() {
        return Err(Problem::NotACertificate);
    }
    Ok(found)
}

fn pem_key(block: &pem::Block<'_>, password: &str) -> std::result::Result<PKey<Private>, Problem> {
    // With a password, even an empty one, OpenSSL never asks on the terminal.
    let password = password.as_bytes();
    if let Ok(key) = PKey::private_key_from_pem_passphrase(block.text, password) {
        return Ok(key);
    }
    if !block.is_encrypted() {
        return Err(Problem::NotACertificate);
    }
    if password.is_empty() {
        return Err(Problem::Password);
    }
    // PKCS#8 with the MD5, DES or RC2 of PKCS#5 1.5. As DER: OpenSSL leaks when it opens PEM in another context.
    if let Some(der) = block.der() {
        let opened = library::with_old_algorithms(|| {
            PKey::private_key_from_pkcs8_passphrase(&der, password)?.private_key_to_pkcs8()
        });
        return match opened {
            Ok(Ok(der)) => {
                PKey::private_key_from_pkcs8(&der).map_err(|e| Problem::Old(e.to_string()))
            }
            _ => Err(Problem::Password),
        };
    }
    if block.is_single_des() {
        return Err(Problem::Old(
            "single DES; convert it to PKCS#8 with AES".into(),
        ));
    }
    Err(Problem::Password)
}

fn binary(data: &[u8], password: &str) -> std::result::Result<Contents, Problem> {
    if let Ok(certificate) = X509::from_der(data) {
        return Ok(Contents {
            certificates: vec![certificate],
            key: None,
        });
    }
    if Pkcs12::from_der(data).is_ok() {
        return pkcs12(data, password);
    }
    let key = PKey::private_key_from_der(data)
        .or_else(|_| PKey::private_key_from_pkcs8_passphrase(data, password.as_bytes()));
    drop(ErrorStack::get());
    match key {
        Ok(key) => Ok(Contents {
            certificates: Vec::new(),
            key: Some(key),
        }),
        Err(_) => Err(Problem::NotACertificate),
    }
}

/// Opens PKCS#12, the RC2 and triple DES of old exports included.
fn pkcs12(data: &[u8], password: &str) -> std::result::Result<Contents, Problem> {
    let refused = match open_pkcs12(data, password) {
        Ok(contents) => return Ok(contents),
        Err(refused) => refused,
    };
    if wrong_password(&refused) {
        return Err(Problem::Password);
    }
    // Everything leaves the old algorithms' context as DER.
    let opened = library::with_old_algorithms(|| {
        let contents = open_pkcs12(data, password)?;
        let certificates: Vec<Vec<u8>> = contents
            .certificates
            .iter()
            .map(|c| c.to_der())
            .collect::<std::result::Result<_, _>>()?;
        let key = contents
            .key
            .map(|key| key.private_key_to_pkcs8())
            .transpose()?;
        Ok::<_, ErrorStack>((certificates, key))
    });
    let (certificates, key) = match opened {
        Ok(Ok(opened)) => opened,
        Ok(Err(e)) if wrong_password(&e) => return Err(Problem::Password),
        Ok(Err(e)) => return Err(Problem::Old(e.to_string())),
        Err(_) => return Err(Problem::Old(refused.to_string())),
    };
    let again = || -> std::result::Result<Contents, ErrorStack> {
        Ok(Contents {
            certificates: certificates
                .iter()
                .map(|der| X509::from_der(der))
                .collect::<std::result::Result<_, _>>()?,
            key: key
                .as_deref()
                .map(PKey::private_key_from_pkcs8)
                .transpose()?,
        })
    };
    again().map_err(|e| Problem::Old(e.to_string()))
}

fn open_pkcs12(data: &[u8], password: &str) -> std::result::Result<Contents, ErrorStack> {
    let parsed = Pkcs12::from_der(data)?.parse2(password)?;
    let mut certificates: Vec<X509> = parsed.cert.into_iter().collect();
    certificates.extend(parsed.ca.into_iter().flatten());
    Ok(Contents {
        certificates,
        key: parsed.pkey,
    })
}

/// Whether OpenSSL says that the file's integrity check failed with this password.
fn wrong_password(errors: &ErrorStack) -> bool {
    /// openssl/pkcs12err.h
    const PKCS12_R_MAC_VERIFY_FAILURE: i32 = 113;
    /// openssl/err.h
    const ERR_LIB_PKCS12: i32 = 35;
    errors.errors().iter().any(|e| {
        e.library_code() == ERR_LIB_PKCS12 && e.reason_code() == PKCS12_R_MAC_VERIFY_FAILURE
    })
}
