//! A certificate of our own with its key and its chain: which key belongs to it, in which order they are sent.

use super::contents::Key;
use super::failure::from_openssl;
use super::files::WatchedFiles;
use super::problem::Problem;
use super::{reader, text};
use crate::error::{Code, Error, Result};
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::x509::{X509, X509Ref};
use std::cmp::Ordering;
use std::path::Path;

/// What a file of our own is to be.
pub(super) const WANTED: &str = "a certificate or key";

/// How many bytes a certificate may have together with its chain: peers built on OpenSSL take no more.
const MOST_SHOWN: usize = 100 * 1024;

/// A certificate that this side can show, with the key that proves it.
pub(super) struct Identity {
    pub certificate: X509,
    pub key: PKey<Private>,
    /// What stands between the certificate and the root, in the order of issue.
    pub chain: Vec<X509>,
}

/// The private keys in a file, of which there is one at least.
pub(super) fn keys_of(
    path: &Path,
    role: &str,
    password: &str,
    watched: &mut WatchedFiles,
) -> Result<Vec<Key>> {
    let data = watched.read(path, role)?;
    let found = reader::read(&data, password).map_err(|p| p.about(path, WANTED, password))?;
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

/// Which of two certificates is better: one that is valid now, then the one that is valid longer.
pub(super) fn compare(one: &X509Ref, other: &X509Ref) -> Ordering {
    is_current(one).cmp(&is_current(other)).then_with(|| {
        let order = one.not_after().partial_cmp(other.not_after());
        order.unwrap_or(Ordering::Equal)
    })
}

/// Whether a certificate is valid now; None where this machine's clock cannot be asked.
fn is_current(certificate: &X509Ref) -> Option<bool> {
    let now = Asn1Time::days_from_now(0).ok()?;
    let now: &Asn1TimeRef = &now;
    Some(certificate.not_before() <= now && now <= certificate.not_after())
}

impl Identity {
    /// Refuses what no peer would take. Errors: CERTIFICATE.
    pub fn check_size(&self) -> Result<()> {
        // RFC 8446, section 4.4.2: the message's head, and that of each certificate.
        let mut size = 8;
        for certificate in std::iter::once(&self.certificate).chain(&self.chain) {
            let der = certificate
                .to_der()
                .map_err(|e| from_openssl(&e, "the certificate cannot be written"))?;
            size += der.len() + 5;
        }
        if size <= MOST_SHOWN {
            return Ok(());
        }
        Err(Error::new(
            Code::Certificate,
            format!(
                "the certificate and its chain take {size} bytes, and peers take at most {MOST_SHOWN}: have it issued for fewer names, or leave out what does not belong to the chain"
            ),
        ))
    }

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
