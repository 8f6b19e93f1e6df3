//! Unix sockets: their names as the system has them, and the files that stand for them.

use super::fork::forks;
use socket2::{SockAddr, Socket, Type};
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io;
use std::mem::size_of;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{self, Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long the folder's lock is waited for: who else makes a socket there is done in a moment.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a place is tried that others take meanwhile.
const TRIES: usize = 10;

/// The system's form of a path, or of `@` and an abstract name.
pub fn unix_address(name: &str) -> io::Result<SockAddr> {
    match name.strip_prefix('@') {
        Some(name) => SockAddr::unix(OsStr::from_bytes(format!("\0{name}").as_bytes())),
        None => SockAddr::unix(name),
    }
}

/// The name in the system's form as it can be given back; empty for a socket without one, and `None` for other families.
pub fn unix_name(address: &SockAddr) -> Option<String> {
    if !address.is_unix() {
        return None;
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(match address.as_pathname() {
        Some(path) => text(path.as_os_str().as_bytes()),
        None => match address.as_abstract_namespace() {
            Some(name) => format!("@{}", text(name)),
            None => String::new(),
        },
    })
}

/// The user and the process at the other end, as they were when it connected or listened.
pub fn peer_credentials(socket: &Socket) -> io::Result<(u32, i32)> {
    let mut found = libc::ucred {
        pid: 0,
        uid: 0,
        gid: 0,
    };
    let mut length = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: the descriptor is open, and the system writes at most that many bytes.
    let done = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut found).cast(),
            &raw mut length,
        )
    };
    match done {
        0 => Ok((found.uid, found.pid)),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The file of a listening socket, which goes with it: in the process that made it, and only that very file.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    /// Its device and inode, which no other file has as long as the socket is open.
    identity: (u64, u64),
    made_in: u32,
}

impl SocketFile {
    /// Binds a socket to a path and has it `listen`. The file never has a wider mode than `mode`, and has it before
    /// anybody can connect. A socket's file that nobody listens behind is replaced.
    /// Errors: `AlreadyExists` where the file is no socket, `AddrInUse` where somebody listens, the system's.
    pub fn make(
        path: &Path,
        mode: u32,
        socket: &Socket,
        address: &SockAddr,
        listen: &dyn Fn(&Socket) -> io::Result<()>,
    ) -> io::Result<SocketFile> {
        // The program may go to another folder meanwhile.
        let path = path::absolute(path)?;
        // Between bind and listen a socket looks as if nobody were behind it: others of this library wait.
        let _lock = lock_folder(&path);
        // The file gets its mode from the socket's own, less the umask.
        // SAFETY: the descriptor is open.
        if unsafe { libc::fchmod(socket.as_raw_fd(), mode as libc::mode_t) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let mut tries = 0;
        while let Err(error) = socket.bind(address) {
            tries += 1;
            if error.kind() != io::ErrorKind::AddrInUse || tries == TRIES {
                return Err(error);
            }
            match fs::symlink_metadata(&path) {
                Ok(found) if !found.file_type().is_socket() => {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                Ok(_) if is_alive(address) => return Err(error),
                Ok(found) => remove(&path, identity(&found))?,
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let found = fs::symlink_metadata(&path)?;
        let file = SocketFile {
            identity: identity(&found),
            path,
            made_in: forks(),
        };
        if found.mode() & 0o7777 != mode {
            file.change_mode(mode)?;
        }
        listen(socket)?;
        Ok(file)
    }

    /// Gives the file the bits that the umask took away.
    fn change_mode(&self, mode: u32) -> io::Result<()> {
        let flags = libc::O_PATH | libc::O_NOFOLLOW | libc::O_CLOEXEC;
        let file = File::options()
            .read(true)
            .custom_flags(flags)
            .open(&self.path)?;
        if identity(&file.metadata()?) != self.identity {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let itself = format!("/proc/self/fd/{}", file.as_raw_fd());
        fs::set_permissions(itself, fs::Permissions::from_mode(mode))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.made_in == forks() {
            // Whoever took its place has it.
            let _ = remove(&self.path, self.identity);
        }
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Removes that very file and no other that may have come into its place: under a name of its own it cannot be
/// taken for another.
fn remove(path: &Path, wanted: (u64, u64)) -> io::Result<()> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let is_it = |path: &Path| {
        fs::symlink_metadata(path)
            .is_ok_and(|found| found.file_type().is_socket() && identity(&found) == wanted)
    };
    if !is_it(path) {
        return Ok(());
    }
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let aside = path.with_file_name(format!(".wdsocket-{}-{number}", std::process::id()));
    match fs::rename(path, &aside) {
        Ok(()) if is_it(&aside) => fs::remove_file(&aside),
        Ok(()) => {
            // Another one, put there in this moment: it goes back, unless a third has come.
            fs::hard_link(&aside, path)?;
            fs::remove_file(&aside)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether somebody listens behind a file, or uses it for another kind of socket. In doubt somebody does.
fn is_alive(address: &SockAddr) -> bool {
    let asked = Socket::new(address.domain(), Type::STREAM.nonblocking(), None)
        .and_then(|socket| socket.connect(address));
    !asked.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// Locks the folder of a path, as long as the file is open; None where that cannot be had.
fn lock_folder(path: &Path) -> Option<File> {
    let folder = path.parent()?;
    let flags = libc::O_DIRECTORY | libc::O_CLOEXEC | libc::O_NONBLOCK;
    let folder = File::options()
        .read(true)
        .custom_flags(flags)
        .open(folder)
        .ok()?;
    let end = Instant::now() + PATIENCE;
    loop {
        // SAFETY: the descriptor is open.
        if unsafe { libc::flock(folder.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } == 0 {
            return Some(folder);
        }
        if Instant::now() > end {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
