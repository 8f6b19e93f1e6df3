//! Our own certificate, its key and its chain.

use std::path::Path;

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::x509::{X509, X509Ref};

use super::contents::{self, Key};
use super::files::Watched;
use super::options::TlsOptions;
use super::problem::Problem;
use super::{memory, pem, store, text};
use crate::constants::{CertificateHash, CertificateName};
use crate::error::{Code, Error, Result};

/// What a file of our own is to be.
pub(super) const WANTED: &str = "a certificate or key";

/// A certificate that this side can show, with the key that proves it.
pub(super) struct Identity {
    pub certificate: X509,
    pub key: PKey<Private>,
    /// What stands between the certificate and the root, in the order of issue.
    pub chain: Vec<X509>,
}

/// What an error calls a certificate that was given as text.
pub(super) const GIVEN_AS_TEXT: &str = "the PEM text given as the certificate";

/// The certificate that the options name: by name or thumbprint where they say so, else PEM text, a file, or
/// where there is no such file its common name, as in WLanguage.
pub(super) fn load(options: &TlsOptions, watched: &mut Watched) -> Result<Identity> {
    memory::wiping(|| load_from(options, watched))
}

fn load_from(options: &TlsOptions, watched: &mut Watched) -> Result<Identity> {
    if options.options & (CertificateName | CertificateHash) != 0 {
        return store::find(options, watched);
    }
    if pem::is_text(&options.certificate) {
        let data = options.certificate.as_bytes();
        return with_key(options, data, Path::new(GIVEN_AS_TEXT), watched);
    }
    let path = Path::new(&options.certificate);
    if let Some(system) = missing(path) {
        watched.note(path);
        return store::find(options, watched).map_err(|error| {
            let neither = format!(
                "the certificate: there is no file {} and no certificate with that common name can be had ({error})",
                text::path(path)
            );
            Error {
                system,
                ..Error::new(error.code, neither)
            }
        });
    }
    let data = watched.read(path, "the certificate")?;
    with_key(options, &data, path, watched)
}

/// What the system says where no file can be meant by this path.
fn missing(path: &Path) -> Option<i32> {
    use std::io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    let error = path.metadata().err()?;
    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename)
        .then(|| error.raw_os_error().unwrap_or(0))
}

/// The certificate in `data`, which came from `path`, with its key from there or from SSLKeyFile.
fn with_key(
    options: &TlsOptions,
    data: &[u8],
    path: &Path,
    watched: &mut Watched,
) -> Result<Identity> {
    let about = |problem: &Problem| problem.about(path, WANTED, &options.password);
    let found = contents::read(data, &options.password).map_err(|p| about(&p))?;
    if let Some(problem) = &found.damaged {
        return Err(about(problem));
    }
    if found.certificates.is_empty() {
        return Err(Error::new(
            Code::Certificate,
            format!(
                "{} is not a certificate: it holds a private key only",
                text::path(path)
            ),
        ));
    }
    if !options.key_file.is_empty() {
        let key_path = Path::new(&options.key_file);
        let keys = keys_of(key_path, "SSLKeyFile", &options.password, watched)?;
        return fit(found.certificates, &keys, path, key_path, &options.password);
    }
    if found.keys.is_empty() {
        return Err(Error::new(
            Code::Certificate,
            format!(
                "{} holds a certificate but no private key: put the key into it, or give its file in SSLKeyFile",
                text::path(path)
            ),
        ));
    }
    fit(
        found.certificates,
        &found.keys,
        path,
        path,
        &options.password,
    )
}

/// The private keys in a file, of which there is one at least.
pub(super) fn keys_of(
    path: &Path,
    role: &str,
    password: &str,
    watched: &mut Watched,
) -> Result<Vec<Key>> {
    let data = watched.read(path, role)?;
    let found = contents::read(&data, password).map_err(|p| p.about(path, WANTED, password))?;
    if found.keys.is_empty() {
        return Err(Error::new(
            Code::Certificate,
            format!("{role}: {} holds no private key", text::path(path)),
        ));
    }
    Ok(found.keys)
}

/// The first certificate that one of the keys belongs to, and that key; else why there is none, where the
/// keys themselves are the reason.
pub(super) fn pair(
    certificates: &[X509],
    keys: &[Key],
    password: &str,
) -> std::result::Result<(usize, PKey<Private>), Option<Problem>> {
    let (mut problem, mut is_any_open) = (None, false);
    for key in keys {
        match key.open(password) {
            Ok(key) => {
                is_any_open = true;
                let ours = certificates.iter().position(|c| belongs(c, &key));
                if let Some(ours) = ours {
                    return Ok((ours, key));
                }
            }
            Err(why) => {
                problem.get_or_insert(why);
            }
        }
    }
    Err(problem.filter(|_| !is_any_open))
}

/// Whether the key is the certificate's.
pub(super) fn belongs(certificate: &X509Ref, key: &PKey<Private>) -> bool {
    let public = certificate.public_key();
    let belongs = public.is_ok_and(|public| public.public_eq(key));
    // Comparing keys of different kinds leaves a note in OpenSSL's queue.
    drop(ErrorStack::get());
    belongs
}

/// Puts the certificate that belongs to one of the keys first, and the others in the order of issue.
pub(super) fn fit(
    mut certificates: Vec<X509>,
    keys: &[Key],
    path: &Path,
    key_path: &Path,
    password: &str,
) -> Result<Identity> {
    let (ours, key) = match pair(&certificates, keys, password) {
        Ok(pair) => pair,
        Err(Some(problem)) => return Err(problem.about(key_path, WANTED, password)),
        Err(None) => {
            let text = if path == key_path {
                format!(
                    "the private key in {} does not belong to its certificate",
                    text::path(path)
                )
            } else {
                format!(
                    "the private key in {} does not belong to the certificate in {}",
                    text::path(key_path),
                    text::path(path)
                )
            };
            return Err(Error::new(Code::Certificate, text));
        }
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

/// Whether a certificate is valid now; None where this machine's clock cannot be asked.
pub(super) fn is_current(certificate: &X509Ref) -> Option<bool> {
    let now = Asn1Time::days_from_now(0).ok()?;
    let now: &Asn1TimeRef = &now;
    Some(certificate.not_before() <= now && now <= certificate.not_after())
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
