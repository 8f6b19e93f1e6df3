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
    if pem::is_text(&options.certificate) {
        let data = options.certificate.as_bytes();
        return with_key(options, data, Path::new(text::GIVEN_AS_TEXT), watched);
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
    watched: &mut WatchedFiles,
) -> Result<Identity> {
    let about = |problem: &Problem| problem.about(path, WANTED, &options.password);
    let found = reader::read(data, &options.password).map_err(|p| about(&p))?;
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
