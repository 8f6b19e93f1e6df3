//! The system's trusted authorities, found at run time and read once; each is parsed when it is asked for.

use super::files::WatchedFiles;
use super::pem::{self, Block};
use super::problem::Problem;
use super::root::{Root, Roots};
use super::{library, memory, reader};
#[cfg(windows)]
use crate::error::Error;
use crate::error::{Code, Result};
use crate::net::environment;
use parking_lot::Mutex;
use std::env;
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Where systems keep all roots in one file, the most common first.
const FILES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt",   // Red Hat, Fedora
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Red Hat, from version 10 the only one
    "/etc/ssl/ca-bundle.pem",             // SUSE
    "/var/lib/ca-certificates/ca-bundle.pem", // SUSE without its link
    "/etc/ssl/cert.pem",                  // Alpine, the BSDs, macOS
    "/usr/local/share/certs/ca-root-nss.crt", // FreeBSD
];

/// Folders of roots, for a system that has none of the files.
const FOLDERS: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// Files and folders to take the roots from.
#[derive(Clone, Default, PartialEq, Eq)]
struct Places {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Places {
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the table, as everywhere else where OpenSSL is used.
    fn find() -> Places {
        let (file, folders) = (environment("SSL_CERT_FILE"), environment("SSL_CERT_DIR"));
        if file.is_some() || folders.is_some() {
            return Places {
                files: file.into_iter().map(PathBuf::from).collect(),
                folders: folders
                    .map(|list| env::split_paths(&list).collect())
                    .unwrap_or_default(),
            };
        }
        let mut places = Places::default();
        // On Windows these would be folders of the drive's root, which any user may make.
        if cfg!(windows) {
            return places;
        }
        match FILES.iter().map(PathBuf::from).find(|path| path.is_file()) {
            Some(file) => places.files.push(file),
            None => places.folders.extend(FOLDERS.iter().map(PathBuf::from)),
        }
        places
    }
}

/// The roots, and what they came from.
struct Loaded {
    places: Places,
    watched: WatchedFiles,
    roots: Arc<Roots>,
}

/// The system's roots. Reading them takes a millisecond, so it is done again only when a file changed.
///
/// What cannot be read is passed over: an empty list makes every verification fail, with a text that says so.
/// Errors: LIMIT when this process or the system had no descriptor left, which is no reason to do without roots.
pub(super) fn system(watched: &mut WatchedFiles) -> Result<Arc<Roots>> {
    static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);
    let places = Places::find();
    let mut slot = LOADED.lock();
    if let Some(loaded) = slot.as_ref()
        && loaded.places == places
        && loaded.watched.unchanged()
    {
        watched.extend(&loaded.watched);
        return Ok(Arc::clone(&loaded.roots));
    }
    let mut mine = WatchedFiles::default();
    let roots = Arc::new(read(&places, &mut mine)?);
    watched.extend(&mine);
    *slot = Some(Loaded {
        places,
        watched: mine,
        roots: Arc::clone(&roots),
    });
    Ok(roots)
}

fn read(places: &Places, watched: &mut WatchedFiles) -> Result<Roots> {
    #[cfg(windows)]
    if *places == Places::default() {
        return windows_roots();
    }
    let role = "the system's roots";
    let mut files = places.files.clone();
    // A file that is not there yet may come.
    for path in &places.files {
        watched.note(path);
    }
    for folder in &places.folders {
        files.extend(present(watched.list(folder, role))?.unwrap_or_default());
    }
    let mut roots = Roots::default();
    for path in &files {
        let data = present(watched.read(path, role))?;
        let Some(data) = data else { continue };
        let about = |problem: Problem| problem.about(path, "a certificate", "");
        let more = lenient(data).map_err(about)?;
        roots.append(more).map_err(|e| about(e.into()))?;
    }
    Ok(roots.sorted())
}

/// What could be read; None for what cannot be, except for want of a descriptor or of memory.
fn present<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(e) if e.code == Code::Limit => Err(e),
        Err(_) => Ok(None),
    }
}

/// The roots of the system's store that are for servers, without those that somebody has forbidden. They
/// are read once: Windows tells of no file that would change.
#[cfg(windows)]
fn windows_roots() -> Result<Roots> {
    let stored = |store| {
        super::windows_store::stored_certificates(store)
            .map_err(|e| Error::from_io(&e, "reading the system's roots"))
    };
    library::start();
    let forbidden = stored("Disallowed")?;
    let mut found: Vec<Root> = Vec::new();
    for root in stored("ROOT")? {
        let der = root.der();
        if forbidden.iter().any(|other| other.der() == der) || !root.is_for_servers() {
            continue;
        }
        found.extend(Root::of_der(Zeroizing::new(der.to_vec()), false));
    }
    let mut roots = Roots::default();
    let problem = |e: std::collections::TryReserveError| {
        Problem::from(e).about(std::path::Path::new("ROOT"), "a certificate", "")
    };
    roots.append(found).map_err(problem)?;
    // The user's store shows the machine's roots too: each is kept once.
    Ok(roots.sorted())
}

/// The roots that can be read; one broken root must not take the others along. Errors: `Memory`.
fn lenient(mut data: Zeroizing<Vec<u8>>) -> std::result::Result<Vec<Root>, Problem> {
    library::start();
    memory::enough(|| {
        let text = pem::text(&data)?;
        let blocks = pem::blocks(&text)?;
        if blocks.is_empty() || !blocks.iter().all(Block::is_certificate) {
            return parsed(&data);
        }
        let roots = unparsed(&blocks)?;
        // Where everything is public, there is nothing to wipe.
        drop(blocks);
        drop(text);
        drop(mem::take(&mut *data));
        Ok(roots)
    })
    .unwrap_or(Err(Problem::Memory))
}

/// The roots in blocks of a certificate each.
fn unparsed(blocks: &[Block<'_>]) -> std::result::Result<Vec<Root>, Problem> {
    let mut roots = Vec::new();
    roots.try_reserve_exact(blocks.len())?;
    for block in blocks.iter().filter(|block| !block.is_encrypted()) {
        roots.extend(Root::of(block)?);
    }
    Ok(roots)
}

/// The roots in a file of any other kind.
fn parsed(data: &[u8]) -> std::result::Result<Vec<Root>, Problem> {
    let found = match reader::read(data, "") {
        Ok(found) => found.certificates,
        Err(problem @ Problem::Memory) => return Err(problem),
        Err(_) => Vec::new(),
    };
    let mut roots = Vec::new();
    roots.try_reserve_exact(found.len())?;
    roots.extend(found.into_iter().map(Root::from));
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::x509::X509;

    #[test]
    fn the_systems_roots_are_found_and_parsed_once() {
        if !FILES.iter().any(|path| PathBuf::from(path).is_file()) {
            println!("skipped: this machine has no roots");
            return;
        }
        let mut watched = WatchedFiles::default();
        let roots = system(&mut watched).unwrap();
        assert!(roots.has_any());
        assert!(watched.unchanged());
        let again = system(&mut WatchedFiles::default()).unwrap();
        assert!(Arc::ptr_eq(&roots, &again));
    }

    #[test]
    fn a_broken_root_does_not_take_the_others_along() {
        let good = any_certificate();
        let mut file = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
        file.extend(good.to_pem().unwrap());
        let read = |file: &[u8]| {
            let mut roots = Roots::default();
            let file = Zeroizing::new(file.to_vec());
            roots.append(lenient(file).ok().unwrap()).unwrap();
            let roots = roots.sorted();
            let found = roots.named(good.subject_name());
            let found = found.map(ToOwned::to_owned).collect::<Vec<X509>>();
            assert_eq!(roots.has_any(), !found.is_empty());
            found
        };
        let one = vec![good.clone()];
        assert_eq!(read(&file), one);
        assert_eq!(read(&good.to_der().unwrap()), one);
        assert!(read(b"README").is_empty());
        // It has the outline of one.
        let mut broken = good.to_der().unwrap();
        let name = good.subject_name().to_der().unwrap();
        let last = broken.windows(name.len()).rposition(|part| part == name);
        broken[last.unwrap() + name.len()] = 0;
        let base64 = openssl::base64::encode_block(&broken);
        let file = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
        assert!(read(file.as_bytes()).is_empty());
    }

    fn any_certificate() -> X509 {
        let pem = include_bytes!("../../tests/tls/legacy.pem");
        reader::read(pem, "").ok().unwrap().certificates.remove(0)
    }
}
