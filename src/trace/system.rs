//! What the system says about threads and files.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// The number by which the system's tools name this thread.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn thread() -> u64 {
    // SAFETY: it takes nothing and cannot fail.
    u64::try_from(unsafe { libc::syscall(libc::SYS_gettid) }).unwrap_or(0)
}

/// The number by which the system's tools name this thread.
#[cfg(windows)]
pub(super) fn thread() -> u64 {
    // SAFETY: it takes nothing and cannot fail.
    unsafe { windows_sys::Win32::System::Threading::GetCurrentThreadId() }.into()
}

/// A number that no other thread of this process has had.
#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
pub(super) fn thread() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        static OWN: u64 = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    OWN.try_with(|own| *own).unwrap_or(0)
}

/// How large this process may make a file: beyond it the system would send a signal that ends the process.
#[cfg(unix)]
pub(super) fn largest_file() -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: libc::RLIM_INFINITY,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: the system writes one struct.
    match unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &mut limit) } {
        #[allow(clippy::useless_conversion)] // a smaller number on some systems
        0 => limit.rlim_cur.into(),
        _ => u64::MAX,
    }
}

/// How large this process may make a file.
#[cfg(not(unix))]
pub(super) fn largest_file() -> u64 {
    u64::MAX
}

/// Opens a file at whose end is written, for its owner alone. A pipe or a terminal does as well, and is not waited for.
pub(super) fn open_to_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        if file.metadata()?.is_file() {
            // Of somebody else's file that is not possible, nor ours to do.
            let _ = file.set_permissions(Permissions::from_mode(0o600));
        }
    }
    Ok(file)
}
