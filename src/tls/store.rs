//! A folder as certificate store: certificates found by common name or thumbprint.

use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::x509::X509;

use super::files::Watched;
use super::options::{TlsOptions, thumbprint};
use super::source::{self, Contents, Identity, Problem};
use super::text;
use crate::constants::CertificateHash;
use crate::error::{Code, Error, Result};
use crate::net::environment;

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

/// Looks the certificate up in the folder of `options`; of several, the one valid longest.
pub(super) fn find(options: &TlsOptions, watched: &mut Watched) -> Result<Identity> {
    let wanted = Wanted::from(options)?;
    #[cfg(windows)]
    if !Path::new(&options.store).is_dir() {
        return find_in_windows(options, &wanted);
    }
    let folder = folder(options)?;
    let mut best: Option<(X509, PathBuf, Contents)> = None;
    let mut locked = 0;
    for path in watched.list(&folder, "the certificate store")? {
        let Ok(data) = watched.read(&path, "the certificate store") else {
            continue;
        };
        let contents = match source::contents(&data, &options.password) {
            Ok(contents) => contents,
            Err(problem) => {
                locked += usize::from(matches!(problem, Problem::Password));
                continue;
            }
        };
        // Only the first can be the file's own; the others are its chain.
        let Some(own) = contents.certificates.first().filter(|c| wanted.is(c)) else {
            continue;
        };
        if best
            .as_ref()
            .is_none_or(|(so_far, ..)| own.not_after() > so_far.not_after())
        {
            best = Some((own.clone(), path, contents));
        }
    }
    drop(ErrorStack::get());
    let Some((_, path, contents)) = best else {
        return Err(not_found(options, &wanted, &folder, locked));
    };
    let key_path = key_path(options, &path, &contents);
    let key = match contents.key {
        Some(key) if key_path == path => key,
        _ if key_path != path => {
            source::key_of(&key_path, "SSLKeyFile", &options.password, watched)?
        }
        _ => {
            return Err(Error::new(
                Code::Certificate,
                format!(
                    "{} holds the certificate but no private key: put the key into it, beside it as {}, or give its file in SSLKeyFile",
                    path.display(),
                    path.with_extension("key").display()
                ),
            ));
        }
    };
    source::fit(contents.certificates, key, &path, &key_path)
}

/// Looks the certificate up in a store of the system, MY where none is named; of several, the one
/// valid longest. What stands between it and its root comes from the store CA.
#[cfg(windows)]
fn find_in_windows(options: &TlsOptions, wanted: &Wanted) -> Result<Identity> {
    use crate::net::{EXPORT_PASSWORD, stored_certificates};
    let name = match options.store.as_str() {
        "" => "MY",
        name => name,
    };
    let place = Path::new(name);
    let mut best: Option<(X509, _)> = None;
    for stored in stored_certificates(name) {
        if let Ok(certificate) = X509::from_der(stored.der())
            && wanted.is(&certificate)
            && best
                .as_ref()
                .is_none_or(|(so_far, _)| certificate.not_after() > so_far.not_after())
        {
            best = Some((certificate, stored));
        }
    }
    drop(ErrorStack::get());
    let Some((certificate, stored)) = best else {
        return Err(not_found(options, wanted, place, 0));
    };
    let exported = stored.with_key().map_err(|error| Error {
        system: error.raw_os_error().unwrap_or(0),
        ..Error::new(
            Code::Certificate,
            format!("the private key cannot be taken from the certificate store {name} ({error})"),
        )
    })?;
    let key = exported
        .and_then(|data| source::contents(&data, EXPORT_PASSWORD).ok())
        .and_then(|contents| contents.key);
    let Some(key) = key else {
        return Err(Error::new(
            Code::Certificate,
            format!(
                "the certificate in the store {name} has no private key that may be exported: import it again with its key marked as exportable, or give a PKCS#12 file"
            ),
        ));
    };
    let mut certificates = vec![certificate];
    let intermediates: Vec<X509> = stored_certificates("CA")
        .iter()
        .filter_map(|stored| X509::from_der(stored.der()).ok())
        .collect();
    while let Some(issuer) = certificates
        .last()
        .and_then(|last| issuer(last, &intermediates))
        && !certificates.contains(issuer)
    {
        certificates.push(issuer.clone());
    }
    drop(ErrorStack::get());
    source::fit(certificates, key, place, place)
}

#[cfg(windows)]
fn issuer<'a>(of: &X509, among: &'a [X509]) -> Option<&'a X509> {
    among
        .iter()
        .find(|other| other.issued(of) == openssl::x509::X509VerifyResult::OK)
}

/// Where the key of a certificate found in `path` is: SSLKeyFile, the file itself, or the file beside it.
fn key_path(options: &TlsOptions, path: &Path, contents: &Contents) -> PathBuf {
    let beside = path.with_extension("key");
    if !options.key_file.is_empty() {
        PathBuf::from(&options.key_file)
    } else if contents.key.is_none() && beside.is_file() {
        beside
    } else {
        path.to_owned()
    }
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
        folder.display()
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
