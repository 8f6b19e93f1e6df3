//! Where our own certificate comes from: a file, a text, or a store of certificates.

use super::files::WatchedFiles;
use super::identity::{Identity, WANTED, fit, keys_of};
use super::options::TlsOptions;
use super::problem::Problem;
use super::{memory, pem, reader, store, text};
use crate::constants::{CertificateHash, CertificateName};
use crate::error::{Code, Error, Result};
use std::path::Path;

/// The certificate that the options name: by name or thumbprint where they say so, else PEM text, a file, or
/// where there is no such file its common name, as in WLanguage.
pub(super) fn load(options: &TlsOptions, watched: &mut WatchedFiles) -> Result<Identity> {
    memory::wiping(|| load_from(options, watched))
}

fn load_from(options: &TlsOptions, watched: &mut WatchedFiles) -> Result<Identity> {
    if options.options & (CertificateName | CertificateHash) != 0 {
        return store::find(options, watched);
    }
    let key = KeyPlace {
        is_named: true,
        file: (!options.key_file.is_empty()).then(|| Path::new(&options.key_file)),
        role: "SSLKeyFile",
        advice: "give its file in SSLKeyFile",
        password: &options.password,
    };
    if pem::is_text(&options.certificate) {
        let data = options.certificate.as_bytes();
        return with_key(data, Path::new(text::GIVEN_AS_TEXT), &key, watched);
    }
    let path = Path::new(&options.certificate);
    if let Some(system) = missing(path) {
        watched.note(path);
        return store::find(options, watched).map_err(|error| {
            let neither = format!(
                "the certificate: there is no file {} and no certificate with that common name can be had ({error})",
                text::path(path)
            );
            Error::of_system(error.code, system, neither)
        });
    }
    let data = watched.read(path, "the certificate")?;
    with_key(&data, path, &key, watched)
}

/// The certificate in a file, with its key from there or, where none is in it, from `key_file`. `role` opens the sentence of
/// an error.
pub(super) fn from_files(
    path: &Path,
    key_file: &Path,
    role: &'static str,
    password: &str,
    watched: &mut WatchedFiles,
) -> Result<Identity> {
    let is_there = missing(key_file).is_none();
    if !is_there {
        watched.note(key_file);
    }
    let key = KeyPlace {
        is_named: false,
        file: is_there.then_some(key_file),
        role,
        advice: &format!("beside it as {}", text::path(key_file)),
        password,
    };
    memory::wiping(|| {
        let data = watched.read(path, role)?;
        with_key(&data, path, &key, watched)
    })
}

/// What the system says where no file can be meant by this path.
fn missing(path: &Path) -> Option<i32> {
    use std::io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    let error = path.metadata().err()?;
    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename)
        .then(|| error.raw_os_error().unwrap_or(0))
}

/// Where the key of a certificate is, and what opens it.
struct KeyPlace<'a> {
    /// None where it is in the certificate's file.
    file: Option<&'a Path>,
    /// Whether the caller has named that file: then a key in the certificate's own does not count.
    is_named: bool,
    role: &'static str,
    /// Where to put a key that is missing, behind "put the key into it, or".
    advice: &'a str,
    password: &'a str,
}

/// The certificate in `data`, which came from `path`, with its key.
fn with_key(
    data: &[u8],
    path: &Path,
    key: &KeyPlace,
    watched: &mut WatchedFiles,
) -> Result<Identity> {
    let password = key.password;
    let about = |problem: &Problem| problem.about(path, WANTED, password);
    let found = reader::read(data, password).map_err(|p| about(&p))?;
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
    if let Some(key_path) = key.file
        && (key.is_named || found.keys.is_empty())
    {
        let keys = keys_of(key_path, key.role, password, watched)?;
        return fit(found.certificates, &keys, path, key_path, password);
    }
    if found.keys.is_empty() {
        return Err(Error::new(
            Code::Certificate,
            format!(
                "{} holds a certificate but no private key: put the key into it, or {}",
                text::path(path),
                key.advice
            ),
        ));
    }
    fit(found.certificates, &found.keys, path, path, password)
}
