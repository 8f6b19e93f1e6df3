//! Whom a context trusts: the authorities and revocation lists that a peer's chain is checked against.

use super::failure::from_openssl;
use super::files::WatchedFiles;
use super::options::TlsOptions;
use super::problem::Problem;
use super::root::Roots;
use super::{lookup, pem, reader, roots, text};
use crate::error::{Code, Error, Result};
use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::sha::sha256;
use openssl::x509::store::{X509Store, X509StoreBuilder, X509StoreBuilderRef};
use openssl::x509::{X509, X509Crl};
use openssl_sys::{X509_CRL, X509_STORE};
use std::borrow::Cow;
use std::ffi::c_int;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

unsafe extern "C" {
    fn X509_CRL_get_ext_by_NID(list: *const X509_CRL, kind: c_int, after: c_int) -> c_int;
    fn X509_STORE_add_crl(store: *mut X509_STORE, crl: *mut X509_CRL) -> c_int;
}

/// What the user gave as trusted, apart from the system's roots.
#[derive(Default)]
pub(super) struct Authorities {
    /// The certificates of `SSLCaFile`; a server names them to its clients.
    pub from_file: Vec<X509>,
    from_folder: Vec<X509>,
    lists: Vec<X509Crl>,
    /// What of the folder could not be read, each with its reason: the others count all the same.
    pub unread: Vec<String>,
}

impl Authorities {
    /// Reads `SSLCaFile`, `SSLCaDirectory` and `SSLCrlFile`.
    pub fn read(options: &TlsOptions, watched: &mut WatchedFiles) -> Result<Authorities> {
        let mut found = Authorities::default();
        if !options.ca_file.is_empty() {
            let role = "SSLCaFile";
            let path = Path::new(&options.ca_file);
            found.from_file = certificates(path, &options.password, watched.read(path, role)?)
                .map_err(|e| Error::new(e.code, format!("{role}: {}", e.text)))?;
        }
        if !options.ca_directory.is_empty() {
            found.read_folder(options, watched)?;
        }
        if !options.crl_file.is_empty() {
            let path = Path::new(&options.crl_file);
            let data = watched.read(path, "SSLCrlFile")?;
            found.lists = revocation_lists(&data).map_err(|(code, reason)| {
                let path = text::path(path);
                Error::new(code, format!("SSLCrlFile: {path} {reason}"))
            })?;
        }
        Ok(found)
    }

    fn read_folder(&mut self, options: &TlsOptions, watched: &mut WatchedFiles) -> Result<()> {
        let role = "SSLCaDirectory";
        let folder = Path::new(&options.ca_directory);
        for path in watched.list(folder, role)? {
            let data = match watched.read_certificates(&path, role) {
                Ok(data) => data,
                Err(e) if e.code == Code::Limit => return Err(e),
                Err(e) => {
                    self.unread.push(e.text.to_string());
                    continue;
                }
            };
            match certificates(&path, &options.password, data) {
                Ok(more) => {
                    let room = self.from_folder.try_reserve(more.len());
                    room.map_err(|e| Problem::from(e).about(&path, "a certificate", ""))?;
                    self.from_folder.extend(more);
                }
                Err(e) if e.code == Code::Limit => return Err(e),
                Err(e) => self.unread.push(format!("{role}: {}", e.text)),
            }
        }
        if self.from_folder.is_empty() {
            let reason = self.unread.first().map_or_else(String::new, |reason| {
                format!(" ({})", reason.trim_start_matches("SSLCaDirectory: "))
            });
            return Err(Error::new(
                Code::Certificate,
                format!(
                    "{role}: {} holds no certificate that can be read{reason}",
                    text::path(folder)
                ),
            ));
        }
        Ok(())
    }

    /// Whether the user gave any authority.
    pub fn is_empty(&self) -> bool {
        self.from_file.is_empty() && self.from_folder.is_empty()
    }

    /// The SHA-256 of each authority and list, in an order that does not depend on files.
    pub fn digests(&self) -> std::result::Result<Vec<[u8; 32]>, ErrorStack> {
        let mut digests = Vec::new();
        for certificate in self.from_file.iter().chain(&self.from_folder) {
            digests.push(sha256(&certificate.to_der()?));
        }
        for list in &self.lists {
            digests.push(sha256(&list.to_der()?));
        }
        digests.sort_unstable();
        Ok(digests)
    }

    /// The store that OpenSSL checks chains against, and the system's roots where they are among what it trusts.
    pub fn store(
        &self,
        system_roots: bool,
        watched: &mut WatchedFiles,
    ) -> Result<(X509Store, Option<Arc<Roots>>)> {
        let system = match system_roots {
            true => Some(roots::system(watched)?),
            false => None,
        };
        // Files that were passed over as no certificates leave notes in OpenSSL's queue.
        drop(ErrorStack::get());
        let fill = || -> std::result::Result<X509Store, ErrorStack> {
            let mut builder = X509StoreBuilder::new()?;
            let own = || self.from_file.iter().chain(&self.from_folder);
            for certificate in own() {
                builder.add_cert(certificate.clone())?;
            }
            if let Some(roots) = &system {
                // Those that share a name with one of the user's: the store does not ask for it.
                for certificate in own() {
                    for root in roots.named(certificate.subject_name()) {
                        builder.add_cert(root.to_owned())?;
                    }
                }
                // A lookup puts one after the other into the store. Of several with one name other threads would
                // find the first alone, and after a shortage everybody would.
                for root in roots.sharing() {
                    builder.add_cert(root.to_owned())?;
                }
                lookup::install(&mut builder, roots)?;
            }
            for list in &self.lists {
                add_revocation_list(&mut builder, list)?;
            }
            Ok(builder.build())
        };
        let store = fill()
            .map_err(|e| from_openssl(&e, "the trusted certificates cannot be put together"))?;
        Ok((store, system))
    }
}

/// The certificates of a file, or a sentence about it.
fn certificates(path: &Path, password: &str, data: Zeroizing<Vec<u8>>) -> Result<Vec<X509>> {
    let about = |problem: &Problem| problem.about(path, "a certificate", password);
    let found = reader::read(&data, password).map_err(|problem| about(&problem))?;
    if let Some(problem) = &found.damaged {
        return Err(about(problem));
    }
    if found.certificates.is_empty() {
        return Err(about(&Problem::Other("a private key only")));
    }
    Ok(found.certificates)
}

/// The revocation lists of a PEM or DER file, or the end of a sentence about it.
fn revocation_lists(data: &[u8]) -> std::result::Result<Vec<X509Crl>, (Code, Cow<'static, str>)> {
    let none = (
        Code::Certificate,
        "holds no revocation list that can be read (PEM or DER)".into(),
    );
    let memory = |_| {
        let reason = "cannot be read: there is no memory for it".into();
        (Code::Limit, reason)
    };
    let data = pem::text(data).map_err(memory)?;
    let blocks = pem::blocks(&data).map_err(memory)?;
    let mut lists = Vec::new();
    if blocks.is_empty() {
        lists.extend(X509Crl::from_der(&data));
    }
    for block in blocks.iter().filter(|block| block.label == "X509 CRL") {
        let der = block.der().map_err(memory)?;
        let Some(list) = der.and_then(|der| X509Crl::from_der(&der).ok()) else {
            let which = lists.len() + 1;
            let reason = format!("is damaged: the list number {which} in it cannot be read");
            return Err((Code::Certificate, reason.into()));
        };
        lists.try_reserve(1).map_err(memory)?;
        lists.push(list);
    }
    if lists.is_empty() {
        return Err(none);
    }
    if lists.iter().any(tells_changes_only) {
        return Err((
            Code::Certificate,
            "holds a list of changes (a delta list), which does not tell every revoked certificate: give the issuer's complete list".into(),
        ));
    }
    Ok(lists)
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
