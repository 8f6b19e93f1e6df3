//! A folder as certificate store: certificates found by common name or thumbprint.

use super::contents::{Contents, Key};
use super::files::WatchedFiles;
use super::identity::{self, Identity};
use super::options::TlsOptions;
use super::problem::Problem;
use super::text::thumbprint;
use super::{reader, text};
use crate::constants::CertificateHash;
use crate::error::{Code, Error, Result};
use crate::net::environment;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::x509::{X509, X509VerifyResult};
use std::cell::OnceCell;
use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// What a certificate is looked up by.
enum Wanted {
    Name(String),
    Thumbprint(Vec<u8>),
}

impl Wanted {
    fn from(options: &TlsOptions) -> Result<Wanted> {
        if options.options & CertificateHash == 0 {
            return match options.certificate.trim() {
                "" => Err(Error::invalid("the certificate's common name is empty")),
                name => Ok(Wanted::Name(name.to_owned())),
            };
        }
        match thumbprint(&options.certificate) {
            Some(bytes) if bytes.len() == 20 || bytes.len() == 32 => Ok(Wanted::Thumbprint(bytes)),
            _ => Err(Error::invalid(
                "a certificate's thumbprint is 40 (SHA-1) or 64 (SHA-256) hexadecimal digits",
            )),
        }
    }

    fn is(&self, certificate: &X509) -> bool {
        match self {
            Wanted::Name(name) => text::common_name(certificate)
                .is_some_and(|cn| cn.to_lowercase() == name.to_lowercase()),
            Wanted::Thumbprint(bytes) => {
                let kind = if bytes.len() == 20 {
                    MessageDigest::sha1()
                } else {
                    MessageDigest::sha256()
                };
                certificate
                    .digest(kind)
                    .is_ok_and(|digest| *digest == **bytes)
            }
        }
    }
}

/// A file of the folder.
struct StoreEntry {
    path: PathBuf,
    contents: Contents,
    /// Its keys that open, once they were needed: opening one takes time on purpose.
    keys: OnceCell<Vec<PKey<Private>>>,
}

impl StoreEntry {
    /// The key that belongs to the certificate, if it is here.
    fn key_for(&self, certificate: &X509, password: &str) -> Option<PKey<Private>> {
        let open = || {
            let keys = self.contents.keys.iter();
            keys.filter_map(|key| key.open(password).ok()).collect()
        };
        let mut keys = self.keys.get_or_init(open).iter();
        keys.find(|key| identity::belongs(certificate, key))
            .cloned()
    }
}

/// A certificate that is wanted, and where it is.
struct Candidate {
    /// Its file, by number.
    entry: usize,
    /// Its place in the file.
    place: usize,
    /// Its key, where it was found.
    key: Option<PKey<Private>>,
}

impl Candidate {
    fn certificate<'a>(&self, entries: &'a [StoreEntry]) -> &'a X509 {
        &entries[self.entry].contents.certificates[self.place]
    }

    /// Which of two is better: one with its key, then one that is valid now, then the one that is valid
    /// longer, then the one with the longer chain.
    fn compare(&self, other: &Candidate, entries: &[StoreEntry]) -> Ordering {
        let (ours, theirs) = (self.certificate(entries), other.certificate(entries));
        let chain = |candidate: &Candidate| entries[candidate.entry].contents.certificates.len();
        (self.key.is_some().cmp(&other.key.is_some()))
            .then_with(|| identity::compare(ours, theirs))
            .then_with(|| chain(self).cmp(&chain(other)))
    }
}

/// Looks the certificate up in the folder of `options`.
pub(super) fn find(options: &TlsOptions, watched: &mut WatchedFiles) -> Result<Identity> {
    let wanted = Wanted::from(options)?;
    #[cfg(windows)]
    if !Path::new(&options.store).is_dir() {
        return find_in_windows(options, &wanted);
    }
    let folder = folder(options)?;
    let role = "the certificate store";
    let (mut entries, mut locked) = (Vec::new(), 0);
    for path in watched.list(&folder, role)? {
        let data = match watched.read(&path, role) {
            Ok(data) => data,
            Err(e) if e.code == Code::Limit => return Err(e),
            Err(_) => continue,
        };
        match reader::read(&data, &options.password) {
            Ok(contents) => entries.push(StoreEntry {
                path,
                contents,
                keys: OnceCell::new(),
            }),
            Err(problem @ Problem::Memory) => {
                return Err(problem.about(&path, "a certificate", ""));
            }
            Err(problem) => locked += usize::from(matches!(problem, Problem::Password)),
        }
    }
    // A key that is given is the only one that counts.
    let given = match options.key_file.as_str() {
        "" => None,
        file => Some(StoreEntry {
            path: PathBuf::from(file),
            contents: Contents {
                certificates: Vec::new(),
                damaged: None,
                keys: identity::keys_of(Path::new(file), "SSLKeyFile", &options.password, watched)?,
            },
            keys: OnceCell::new(),
        }),
    };
    let mut best: Option<Candidate> = None;
    for entry in 0..entries.len() {
        for place in 0..entries[entry].contents.certificates.len() {
            let certificate = &entries[entry].contents.certificates[place];
            if !wanted.is(certificate) {
                continue;
            }
            let candidate = Candidate {
                entry,
                place,
                key: match &given {
                    Some(given) => given.key_for(certificate, &options.password),
                    None => {
                        // In its own file, or else in another one.
                        let others = (0..entries.len()).filter(|other| *other != entry);
                        let mut all = std::iter::once(entry).chain(others);
                        all.find_map(|i| entries[i].key_for(certificate, &options.password))
                    }
                },
            };
            if best
                .as_ref()
                .is_none_or(|so_far| candidate.compare(so_far, &entries).is_gt())
            {
                best = Some(candidate);
            }
        }
    }
    drop(ErrorStack::get());
    let Some(best) = best else {
        return Err(not_found(options, &wanted, &folder, locked));
    };
    let path = entries[best.entry].path.clone();
    let certificate = best.certificate(&entries).clone();
    let Some(key) = best.key else {
        return match given {
            // It says what is wrong with the key.
            Some(given) => identity::fit(
                vec![certificate],
                &given.contents.keys,
                &path,
                &given.path,
                &options.password,
            ),
            None => Err(no_key(options, &path, &entries)),
        };
    };
    let mut all = vec![certificate];
    let beside = entries
        .iter()
        .flat_map(|entry| &entry.contents.certificates);
    complete(&mut all, &entries[best.entry].contents.certificates);
    complete(&mut all, &beside.cloned().collect::<Vec<X509>>());
    identity::fit(all, &[Key::Open(key)], &path, &path, "")
}

/// Adds what stands between the last of `chain` and its root, as far as it is `among` these.
fn complete(chain: &mut Vec<X509>, among: &[X509]) {
    let issued = |issuer: &X509, of: &X509| issuer.issued(of) == X509VerifyResult::OK;
    while let Some(issuer) = chain
        .last()
        .filter(|last| !issued(last, last))
        .and_then(|last| among.iter().find(|other| issued(other, last)))
        && !chain.contains(issuer)
    {
        chain.push(issuer.clone());
    }
}

/// Why a certificate that was found cannot be used.
fn no_key(options: &TlsOptions, path: &Path, entries: &[StoreEntry]) -> Error {
    let locked = entries.iter().find(|entry| {
        let keys = &entry.contents.keys;
        let is_locked = |key: &Key| matches!(key.open(&options.password), Err(Problem::Password));
        keys.iter().any(is_locked)
    });
    let hint = locked.map_or_else(String::new, |entry| {
        let problem = Problem::Password.about(&entry.path, identity::WANTED, &options.password);
        format!("; {problem}")
    });
    Error::new(
        Code::Certificate,
        format!(
            "{} holds the certificate but no private key, nor does another file there hold the one that belongs to it: put the key into it, beside it as {}, or give its file in SSLKeyFile{hint}",
            text::path(path),
            text::path(&path.with_extension("key"))
        ),
    )
}

/// Looks the certificate up in a store of the system, MY where none is named; of several, the one
/// valid longest. What stands between it and its root comes from the store CA.
#[cfg(windows)]
fn find_in_windows(options: &TlsOptions, wanted: &Wanted) -> Result<Identity> {
    use super::windows_store::{EXPORT_PASSWORD, stored_certificates};
    let name = match options.store.as_str() {
        "" => "MY",
        name => name,
    };
    let place = Path::new(name);
    let stored_in = |name: &str| {
        stored_certificates(name)
            .map_err(|e| Error::from_io(&e, format_args!("reading the certificate store {name}")))
    };
    let mut found: Vec<(X509, _)> = stored_in(name)?
        .into_iter()
        .filter_map(|stored| Some((X509::from_der(stored.der()).ok()?, stored)))
        .filter(|(certificate, _)| wanted.is(certificate))
        .collect();
    drop(ErrorStack::get());
    // The best is first: one that is valid now, then the one that is valid longer.
    found.sort_by(|(one, _), (other, _)| identity::compare(other, one));
    if found.is_empty() {
        return Err(not_found(options, wanted, place, 0));
    }
    let mut refused = None;
    for (certificate, stored) in found {
        let keys = match keys_of_stored(&certificate, &stored) {
            Ok(keys) => keys,
            Err(error) => {
                refused.get_or_insert(error);
                continue;
            }
        };
        if keys.is_empty() {
            continue;
        }
        let mut certificates = vec![certificate];
        let intermediates: Vec<X509> = stored_in("CA")?
            .iter()
            .filter_map(|stored| X509::from_der(stored.der()).ok())
            .collect();
        complete(&mut certificates, &intermediates);
        drop(ErrorStack::get());
        return identity::fit(certificates, &keys, place, place, EXPORT_PASSWORD);
    }
    Err(match refused {
        Some(error) => Error::because(
            Code::Certificate,
            &error,
            format!("the private key cannot be taken from the certificate store {name} ({error})"),
        ),
        None => Error::new(
            Code::Certificate,
            format!(
                "the certificate in the store {name} has no private key that this program may use without asking the user: give it the right to (certlm.msc, Manage Private Keys), or import it again with its key"
            ),
        ),
    })
}

/// The key of a certificate of Windows: as it is where it may be exported, otherwise one that signs where it lies. None
/// where there is none.
#[cfg(windows)]
fn keys_of_stored(
    certificate: &X509,
    stored: &super::windows_store::StoredCertificate,
) -> std::io::Result<Vec<Key>> {
    use super::outside;
    use super::windows_key::StoredKey;
    use super::windows_store::EXPORT_PASSWORD;
    let signing = |key: StoredKey| {
        let public = certificate.public_key().ok()?;
        let key = outside::key(public, Box::new(key)).ok().flatten();
        drop(ErrorStack::get());
        key.map(|key| vec![Key::Open(key)])
    };
    let found = StoredKey::of(stored);
    let stays = found.as_ref().is_some_and(StoredKey::stays);
    if !stays && let Some(data) = stored.with_key()? {
        let data = zeroize::Zeroizing::new(data);
        let contents = reader::read(&data, EXPORT_PASSWORD);
        let keys = contents.map(|contents| contents.keys).unwrap_or_default();
        if !keys.is_empty() {
            return Ok(keys);
        }
    }
    Ok(found.and_then(signing).unwrap_or_default())
}

fn folder(options: &TlsOptions) -> Result<PathBuf> {
    if !options.store.is_empty() {
        return Ok(PathBuf::from(&options.store));
    }
    match environment("WDSOCKET_CERT_STORE") {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => Err(Error::new(
            Code::Certificate,
            "a certificate is looked up by name or thumbprint in a folder, and none is given: \
             give it as store or in the environment variable WDSOCKET_CERT_STORE",
        )),
    }
}

fn not_found(options: &TlsOptions, wanted: &Wanted, folder: &Path, locked: usize) -> Error {
    let what = match wanted {
        Wanted::Name(name) => format!("the common name \"{}\"", text::printable(name)),
        Wanted::Thumbprint(bytes) => format!("the thumbprint {}", text::hexadecimal(bytes)),
    };
    let mut sentence = format!(
        "no certificate with {what} was found in the {} {}",
        if cfg!(windows) { "store" } else { "folder" },
        text::path(folder)
    );
    if locked > 0 {
        let why = if options.password.is_empty() {
            "need a password (SSLPassword)"
        } else {
            "do not open with the password in SSLPassword"
        };
        sentence.push_str(&format!("; {locked} files there {why}"));
    }
    Error::new(Code::Certificate, sentence)
}
