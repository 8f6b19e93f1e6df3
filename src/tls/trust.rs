//! Whom a context trusts: the authorities and revocation lists that a peer's chain is checked against.

use std::ffi::c_int;
use std::path::Path;

use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::x509::store::{X509Store, X509StoreBuilder, X509StoreBuilderRef};
use openssl::x509::{X509, X509Crl};
use openssl_sys::{X509_CRL, X509_STORE};

use super::failure::from_openssl;
use super::files::Watched;
use super::options::TlsOptions;
use super::{pem, roots};
use crate::error::{Code, Error, Result};

unsafe extern "C" {
    fn X509_CRL_get_ext_by_NID(list: *const X509_CRL, kind: c_int, after: c_int) -> c_int;
    fn X509_STORE_add_crl(store: *mut X509_STORE, crl: *mut X509_CRL) -> c_int;
}

/// What the user gave as trusted, apart from the system's roots.
pub(super) struct Authorities {
    /// The certificates of `SSLCaFile`; a server names them to its clients.
    pub from_file: Vec<X509>,
    from_folder: Vec<X509>,
    lists: Vec<X509Crl>,
}

impl Authorities {
    /// Reads `SSLCaFile`, `SSLCaDirectory` and `SSLCrlFile`.
    pub fn read(options: &TlsOptions, watched: &mut Watched) -> Result<Authorities> {
        let unreadable = |role: &str, path: &Path, what: &str| {
            Error::new(
                Code::Certificate,
                format!(
                    "{role}: {} holds no {what} that can be read (PEM or DER)",
                    path.display()
                ),
            )
        };
        let mut found = Authorities {
            from_file: Vec::new(),
            from_folder: Vec::new(),
            lists: Vec::new(),
        };
        if !options.ca_file.is_empty() {
            let path = Path::new(&options.ca_file);
            let data = watched.read(path, "SSLCaFile")?;
            found.from_file = pem::certificates(&data)
                .ok_or_else(|| unreadable("SSLCaFile", path, "certificate"))?;
        }
        if !options.ca_directory.is_empty() {
            let folder = Path::new(&options.ca_directory);
            for path in watched.list(folder, "SSLCaDirectory")? {
                let data = watched.read(&path, "SSLCaDirectory")?;
                found
                    .from_folder
                    .extend(pem::certificates(&data).into_iter().flatten());
            }
            if found.from_folder.is_empty() {
                return Err(unreadable("SSLCaDirectory", folder, "certificate"));
            }
        }
        if !options.crl_file.is_empty() {
            let path = Path::new(&options.crl_file);
            let data = watched.read(path, "SSLCrlFile")?;
            found.lists = pem::revocation_lists(&data)
                .ok_or_else(|| unreadable("SSLCrlFile", path, "revocation list"))?;
            if found.lists.iter().any(tells_changes_only) {
                return Err(Error::new(
                    Code::Certificate,
                    format!(
                        "SSLCrlFile: {} holds a list of changes (a delta list), which does not tell every revoked certificate: give the issuer's complete list",
                        path.display()
                    ),
                ));
            }
        }
        Ok(found)
    }

    /// Whether the user gave any authority.
    pub fn is_empty(&self) -> bool {
        self.from_file.is_empty() && self.from_folder.is_empty()
    }

    /// The store that OpenSSL checks chains against, and how many authorities are in it.
    pub fn store(&self, system_roots: bool, watched: &mut Watched) -> Result<(X509Store, usize)> {
        let system = system_roots.then(|| roots::system(watched));
        let all = self
            .from_file
            .iter()
            .chain(&self.from_folder)
            .chain(system.iter().flat_map(|roots| roots.iter()));
        // Files that were passed over as no certificates leave notes in OpenSSL's queue.
        drop(ErrorStack::get());
        let fill = || -> std::result::Result<(X509Store, usize), ErrorStack> {
            let mut builder = X509StoreBuilder::new()?;
            let mut count = 0;
            for certificate in all {
                builder.add_cert(certificate.clone())?;
                count += 1;
            }
            for list in &self.lists {
                add_revocation_list(&mut builder, list)?;
            }
            Ok((builder.build(), count))
        };
        fill().map_err(|e| from_openssl(&e, "the trusted certificates cannot be put together"))
    }
}

/// Whether it names only what has changed since another list (RFC 5280 section 5.2.4): OpenSSL would take
/// it for a complete one.
fn tells_changes_only(list: &X509Crl) -> bool {
    // SAFETY: the list is valid and only looked at.
    unsafe { X509_CRL_get_ext_by_NID(list.as_ptr(), Nid::DELTA_CRL.as_raw(), -1) >= 0 }
}

fn add_revocation_list(
    store: &mut X509StoreBuilderRef,
    list: &X509Crl,
) -> std::result::Result<(), ErrorStack> {
    // SAFETY: both are valid; the store takes a reference of its own to the list.
    match unsafe { X509_STORE_add_crl(store.as_ptr(), list.as_ptr()) } {
        1 => Ok(()),
        _ => Err(ErrorStack::get()),
    }
}
