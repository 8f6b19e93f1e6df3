//! OpenSSL 4 for openssl-sys, whose own dependency stops at OpenSSL 3: the same functions, from the
//! crate's newer line, and what that crate does not do for Windows.

pub use newest::{Artifacts, version};
use std::env;
use std::path::Path;

/// A build of OpenSSL from its source.
pub struct Build(newest::Build);

impl Build {
    /// For the target that cargo names.
    #[allow(clippy::new_without_default)] // openssl-sys calls it by this name
    pub fn new() -> Build {
        Build(newest::Build::new())
    }

    /// Where OpenSSL looks for its configuration.
    pub fn openssl_dir<P: AsRef<Path>>(&mut self, path: P) -> &mut Build {
        self.0.openssl_dir(path);
        self
    }

    /// Builds it. Ends the process on failure.
    pub fn build(&mut self) -> Artifacts {
        if let Ok(target) = env::var("TARGET")
            && target.ends_with("-windows-gnu")
        {
            // To C, Windows 7 is the same target: what it lacks stands in Rust's own library.
            let target = target.replace("-win7-", "-pc-");
            self.0.target(&target);
            if target.starts_with("i686-") {
                count_time_in_64_bits(&target);
            }
        }
        self.0.build()
    }
}

/// mingw's headers give 32-bit programs a time_t of 32 bits, which ends in January 2038, unless they are
/// asked for Microsoft's own since 2005. msvcrt.dll has had the functions for it since Windows XP.
fn count_time_in_64_bits(target: &str) {
    let name = format!("CFLAGS_{}", target.replace('-', "_"));
    let given = ["CFLAGS_".to_owned() + target, name.clone()]
        .into_iter()
        .chain(["TARGET_CFLAGS".to_owned(), "CFLAGS".to_owned()])
        .find_map(|name| env::var(name).ok())
        .unwrap_or_default();
    let flags = format!("{given} -D__MINGW_USE_VC2005_COMPAT");
    // SAFETY: a build script, in which nobody else reads the environment at this moment.
    unsafe {
        env::remove_var("CFLAGS_".to_owned() + target);
        env::set_var(name, flags.trim_start());
    }
}
