//! Files that a context is made of: read with bounds, and watched for change.

use super::problem::Problem;
use super::text;
use crate::error::is_shortage;
use crate::error::{Code, Error, Result};
use memchr::memmem;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use zeroize::Zeroizing;

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

/// Opens a file that is one. A named pipe may have been put into its place since that was seen: nobody waits for its
/// other end.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}

/// A file that cannot be read for want of a descriptor or of memory can be read a moment later.
fn code(error: &io::Error) -> Code {
    if is_shortage(error) {
        Code::Limit
    } else {
        Code::Certificate
    }
}

/// Files and folders, and how they were when they were read.
#[derive(Clone, Default)]
pub(super) struct WatchedFiles(Vec<(PathBuf, Option<Stamp>)>);

impl WatchedFiles {
    /// The bytes of a file, wiped when they are dropped: a key may be among them. `role` opens the sentence of an error, such as "SSLCaFile".
    pub fn read(&mut self, path: &Path, role: &str) -> Result<Zeroizing<Vec<u8>>> {
        let problem = |text: String| Error::new(Code::Certificate, text);
        let shown = text::path(path);
        let failed = |e: io::Error| {
            let text = match e.kind() {
                io::ErrorKind::NotFound => format!("{role}: there is no file {shown}"),
                _ => format!("{role}: the file {shown} cannot be read ({e})"),
            };
            Error::because(code(&e), &e, text)
        };
        // Looked at before it is opened: that alone may have an effect on a device.
        let metadata = fs::metadata(path).map_err(failed)?;
        // The stamp is older than the bytes, so a change in between is noticed next time.
        self.0.push((path.to_owned(), Some(Stamp::from(&metadata))));
        if !metadata.is_file() {
            return Err(problem(format!("{role}: {shown} is not a file")));
        }
        // As large as the file, so that it never moves and leaves a copy behind.
        let room = metadata.len().min(LARGEST_FILE) as usize + 64;
        let mut data = Zeroizing::new(Vec::new());
        data.try_reserve_exact(room).map_err(|e| failed(e.into()))?;
        open(path)
            .and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut data))
            .map_err(failed)?;
        if data.len() as u64 > LARGEST_FILE {
            return Err(problem(format!(
                "{role}: the file {shown} is larger than 16 MiB, more than any such file: name another"
            )));
        }
        // What is made of it takes about as much again, several times: asked for here, where its absence is
        // no end of the process.
        let beside = Vec::<u8>::new().try_reserve_exact(3 * data.len());
        beside.map_err(|e| failed(e.into()))?;
        Ok(data)
    }

    /// As [`read`](Self::read), of a file that need not be one of certificates: a large one that begins with nothing
    /// of the kind is not read to its end.
    pub fn read_certificates(&mut self, path: &Path, role: &str) -> Result<Zeroizing<Vec<u8>>> {
        let is_large = |metadata: Metadata| metadata.is_file() && metadata.len() > FRONT;
        if fs::metadata(path).is_ok_and(is_large) && front(path).is_ok_and(|front| !is_one(&front))
        {
            self.note(path);
            let error = Problem::Unknown.about(path, "a certificate", "");
            return Err(Error::new(error.code, format!("{role}: {}", error.text)));
        }
        self.read(path, role)
    }

    /// The files of a folder, in the order of their names. Folders inside are passed over.
    pub fn list(&mut self, folder: &Path, role: &str) -> Result<Vec<PathBuf>> {
        let mut paths = self.entries(folder, role)?;
        paths.retain(|path| path.is_file());
        Ok(paths)
    }

    /// What is in a folder, in the order of their names.
    pub fn entries(&mut self, folder: &Path, role: &str) -> Result<Vec<PathBuf>> {
        let shown = text::path(folder);
        self.note(folder);
        let failed = |e: io::Error| {
            let text = format!("{role}: the folder {shown} cannot be read ({e})");
            Error::because(code(&e), &e, text)
        };
        let entries = fs::read_dir(folder).map_err(failed)?;
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries.flatten() {
            if paths.len() == MOST_ENTRIES {
                return Err(Error::new(
                    Code::Certificate,
                    format!("{role}: the folder {shown} has more than {MOST_ENTRIES} entries"),
                ));
            }
            paths.try_reserve(1).map_err(|e| failed(e.into()))?;
            paths.push(entry.path());
        }
        paths.sort();
        Ok(paths)
    }

    /// Watches a path that is not read, or does not exist yet.
    pub fn note(&mut self, path: &Path) {
        self.0.push((path.to_owned(), Stamp::of(path)));
    }

    /// Watches what another list watches.
    pub fn extend(&mut self, other: &WatchedFiles) {
        self.0.extend_from_slice(&other.0);
    }

    /// Whether everything is still as it was.
    pub fn unchanged(&self) -> bool {
        self.0.iter().all(|(path, stamp)| Stamp::of(path) == *stamp)
    }
}

/// How much of a large file is looked at to tell whether it holds certificates.
const FRONT: u64 = 256 * 1024;

fn front(path: &Path) -> io::Result<Vec<u8>> {
    let mut front = Vec::new();
    front.try_reserve_exact(FRONT as usize + 64)?;
    open(path)?.take(FRONT).read_to_end(&mut front)?;
    Ok(front)
}

/// Whether a file that begins so may be one of certificates: DER, UTF-16, or PEM behind some text.
fn is_one(front: &[u8]) -> bool {
    matches!(front, [0x30, ..] | [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
        || memmem::find(front, b"-----BEGIN ").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_that_begins_with_nothing_of_the_kind_is_not_read() {
        let path = std::env::temp_dir().join(format!("wdsocket-front-{}", std::process::id()));
        let mut watched = WatchedFiles::default();
        for (front, is_read) in [
            (" ", false),
            ("0", true),
            (" \n-----BEGIN CERTIFICATE-----", true),
        ] {
            let mut bytes = vec![b' '; FRONT as usize + 1];
            bytes[..front.len()].copy_from_slice(front.as_bytes());
            fs::write(&path, &bytes).unwrap();
            let read = watched.read_certificates(&path, "SSLCaDirectory");
            assert_eq!(read.is_ok(), is_read, "{front}");
        }
        // A small one is left to its reader.
        fs::write(&path, "README").unwrap();
        assert_eq!(*watched.read_certificates(&path, "").unwrap(), *b"README");
        fs::remove_file(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_comes_into_a_files_place_is_not_waited_for() {
        use std::sync::mpsc;
        use std::time::Duration;
        use std::{process, thread};
        let path = std::env::temp_dir().join(format!("wdsocket-pipe-{}", process::id()));
        let made = process::Command::new("mkfifo").arg(&path).status();
        assert!(made.is_ok_and(|status| status.success()));
        let (opened, is_opened) = mpsc::channel();
        let opening = thread::spawn({
            let path = path.clone();
            move || opened.send(open(&path).is_ok())
        });
        let result = is_opened.recv_timeout(Duration::from_secs(10));
        // Whoever waits for the other end is set free.
        drop(File::options().read(true).write(true).open(&path));
        opening.join().unwrap().unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(result, Ok(true));
    }
}
