//! Files that a context is made of: read with bounds, and watched for change.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};

/// No certificate file is larger; a path that leads elsewhere must not fill the memory.
const LARGEST_FILE: u64 = 16 << 20;
/// No certificate folder has more entries.
const MOST_ENTRIES: usize = 10_000;

/// What changes when a file is written or replaced.
#[derive(Clone, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    inode: (u64, u64, i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Stamp> {
        fs::metadata(path).ok().map(|m| Stamp::from(&m))
    }
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Stamp {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: (
                metadata.dev(),
                metadata.ino(),
                metadata.ctime(),
                metadata.ctime_nsec(),
            ),
        }
    }
}

/// A file that cannot be read for want of a descriptor or of memory can be read a moment later.
fn code(system: i32) -> Code {
    if crate::net::is_resource_limit(system) {
        Code::Limit
    } else {
        Code::Certificate
    }
}

/// Files and folders, and how they were when they were read.
#[derive(Clone, Default)]
pub(super) struct Watched(Vec<(PathBuf, Option<Stamp>)>);

impl Watched {
    /// The bytes of a file, wiped when they are dropped: a key may be among them. `role` opens the sentence of an error, such as "SSLCaFile".
    pub fn read(&mut self, path: &Path, role: &str) -> Result<Zeroizing<Vec<u8>>> {
        let problem = |text: String, system: i32| Error {
            system,
            ..Error::new(code(system), text)
        };
        let shown = path.display();
        let failed = |e: std::io::Error| {
            let system = e.raw_os_error().unwrap_or(0);
            if e.kind() == std::io::ErrorKind::NotFound {
                problem(format!("{role}: there is no file {shown}"), system)
            } else {
                problem(
                    format!("{role}: the file {shown} cannot be read ({e})"),
                    system,
                )
            }
        };
        // Looked at before it is opened: opening a named pipe would wait for its other end.
        let metadata = fs::metadata(path).map_err(failed)?;
        // The stamp is older than the bytes, so a change in between is noticed next time.
        self.0.push((path.to_owned(), Some(Stamp::from(&metadata))));
        if !metadata.is_file() {
            return Err(problem(format!("{role}: {shown} is not a file"), 0));
        }
        // As large as the file, so that it never moves and leaves a copy behind.
        let room = metadata.len().min(LARGEST_FILE) as usize + 64;
        let mut data = Zeroizing::new(Vec::with_capacity(room));
        File::open(path)
            .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut data))
            .map_err(failed)?;
        if data.len() as u64 > LARGEST_FILE {
            return Err(problem(
                format!("{role}: the file {shown} is larger than 16 MiB, so it is no certificate"),
                0,
            ));
        }
        Ok(data)
    }

    /// The files of a folder, in the order of their names. Folders inside are passed over.
    pub fn list(&mut self, folder: &Path, role: &str) -> Result<Vec<PathBuf>> {
        let shown = folder.display();
        self.note(folder);
        let entries = fs::read_dir(folder).map_err(|e| {
            let system = e.raw_os_error().unwrap_or(0);
            Error {
                system,
                ..Error::new(
                    code(system),
                    format!("{role}: the folder {shown} cannot be read ({e})"),
                )
            }
        })?;
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries.flatten() {
            if paths.len() == MOST_ENTRIES {
                return Err(Error::new(
                    Code::Certificate,
                    format!("{role}: the folder {shown} has more than {MOST_ENTRIES} entries"),
                ));
            }
            paths.push(entry.path());
        }
        paths.retain(|path| path.is_file());
        paths.sort();
        Ok(paths)
    }

    /// Watches a path that is not read, or does not exist yet.
    pub fn note(&mut self, path: &Path) {
        self.0.push((path.to_owned(), Stamp::of(path)));
    }

    /// Watches what another list watches.
    pub fn extend(&mut self, other: &Watched) {
        self.0.extend_from_slice(&other.0);
    }

    /// Whether everything is still as it was.
    pub fn unchanged(&self) -> bool {
        self.0.iter().all(|(path, stamp)| Stamp::of(path) == *stamp)
    }
}
