//! Server name indication (RFC 6066, section 3): certificates, found by the names that are in them.

use super::failure::from_openssl;
use super::files::WatchedFiles;
use super::identity::{self, Identity};
use super::text;
use crate::error::{Code, Error, Result};
use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::error::ErrorStack;
use openssl::sha::Sha256;
use openssl::ssl::SslRef;
use openssl::stack::Stack;
use openssl::x509::X509;
use openssl_sys as ffi;
use std::collections::{HashMap, TryReserveError};
use std::ffi::c_int;
use std::path::Path;
use std::result;
use std::sync::Arc;

unsafe extern "C" {
    fn SSL_certs_clear(ssl: *mut ffi::SSL);
    fn SSL_use_cert_and_key(
        ssl: *mut ffi::SSL,
        certificate: *mut ffi::X509,
        key: *mut ffi::EVP_PKEY,
        chain: *mut ffi::stack_st_X509,
        replace: c_int,
    ) -> c_int;
}

/// A certificate of the folder, ready to be shown.
pub(super) struct Shown {
    pub identity: Identity,
    chain: Stack<X509>,
    /// Its DNS names, in small letters.
    names: Vec<String>,
}

/// Certificates under one name: one for each kind of key, with the files that it came from.
pub(super) type Choice = Vec<(Arc<Shown>, Arc<WatchedFiles>)>;

/// The certificates by their names.
#[derive(Default)]
pub(super) struct Names {
    exact: HashMap<String, Choice>,
    /// By what stands behind "*.".
    wildcards: HashMap<String, Choice>,
}

/// Has the connection, which has shown nothing yet, show these and no other; what comes back tells them from others.
pub(super) fn show(
    ssl: &mut SslRef,
    choice: &[(Arc<Shown>, Arc<WatchedFiles>)],
) -> result::Result<[u8; 32], ErrorStack> {
    // SAFETY: the connection is valid.
    unsafe { SSL_certs_clear(ssl.as_ptr()) };
    let mut mark = Sha256::new();
    for (shown, _) in choice {
        shown.show(ssl)?;
        mark.update(&shown.identity.certificate.to_der()?);
    }
    Ok(mark.finish())
}

impl Shown {
    /// Errors: CERTIFICATE where no client could ask for it, LIMIT.
    pub fn new(identity: Identity, path: &Path) -> Result<Shown> {
        identity.check_size()?;
        let alternative = identity.certificate.subject_alt_names();
        let mut names = Vec::new();
        for name in alternative
            .iter()
            .flatten()
            .filter_map(|name| name.dnsname())
        {
            let name = name.strip_suffix('.').unwrap_or(name);
            names.try_reserve(1).map_err(|_| {
                Error::new(
                    Code::Limit,
                    "there is no memory for the certificate's names",
                )
            })?;
            names.push(name.to_ascii_lowercase());
        }
        if names.is_empty() {
            return Err(Error::new(
                Code::Certificate,
                format!(
                    "the certificate in {} has no DNS name in its subjectAltName: no client can ask for it, have it issued for one",
                    text::path(path)
                ),
            ));
        }
        let stack = || -> result::Result<Stack<X509>, ErrorStack> {
            let mut chain = Stack::new()?;
            for certificate in &identity.chain {
                chain.push(certificate.clone())?;
            }
            Ok(chain)
        };
        let chain = stack().map_err(|e| from_openssl(&e, "the chain cannot be kept"))?;
        Ok(Shown {
            identity,
            chain,
            names,
        })
    }

    /// Has the connection show it, beside those of other kinds of keys.
    pub fn show(&self, ssl: &mut SslRef) -> result::Result<(), ErrorStack> {
        const REPLACE: c_int = 1;
        // SAFETY: all are valid; OpenSSL takes references of its own, and leaves the chain as it is.
        let done = unsafe {
            SSL_use_cert_and_key(
                ssl.as_ptr(),
                self.identity.certificate.as_ptr(),
                self.identity.key.as_ptr(),
                self.chain.as_ptr(),
                REPLACE,
            )
        };
        if done == 1 {
            Ok(())
        } else {
            Err(ErrorStack::get())
        }
    }
}

impl Names {
    /// Those of certificates, each with the files that it came from.
    pub fn of<'a>(
        certificates: impl Iterator<Item = (&'a Arc<Shown>, &'a Arc<WatchedFiles>)>,
    ) -> result::Result<Names, TryReserveError> {
        let mut names = Names::default();
        for (shown, watched) in certificates {
            for name in &shown.names {
                let (map, name) = match name.strip_prefix("*.") {
                    Some(parent) => (&mut names.wildcards, parent),
                    None => (&mut names.exact, name.as_str()),
                };
                map.try_reserve(1)?;
                let choice = map.entry(name.to_owned()).or_default();
                choice.try_reserve(1)?;
                let kind = shown.identity.key.id();
                let new = (Arc::clone(shown), Arc::clone(watched));
                match choice
                    .iter_mut()
                    .find(|(old, _)| old.identity.key.id() == kind)
                {
                    None => choice.push(new),
                    Some(old) => {
                        let (ours, theirs) = (&shown.identity, &old.0.identity);
                        if identity::compare(&ours.certificate, &theirs.certificate).is_gt() {
                            *old = new;
                        }
                    }
                }
            }
        }
        Ok(names)
    }

    /// The certificates of a name in small letters. A wildcard stands for one label (RFC 9525, section 6.3).
    pub fn find(&self, name: &str) -> Option<&Choice> {
        let parent = || name.split_once('.').filter(|(label, _)| !label.is_empty());
        self.exact
            .get(name)
            .or_else(|| self.wildcards.get(parent()?.1))
    }
}
