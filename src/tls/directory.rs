//! A folder of certificates for the names that clients ask for.
//!
//! Clients' own threads look at it, between the ClientHello and the answer: whether what they are about to show is still
//! what its files hold, and once a second whether anything else changed. One reads at a time, and nobody waits for it.

use super::failure::own_certificate;
use super::files::WatchedFiles;
use super::options::Password;
use super::sni::{self, Names, Shown};
use super::{memory, slots, source, text};
use crate::error::{Code, Error, Result};
use openssl::error::ErrorStack;
use openssl::ssl::{SslContext, SslRef};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::result;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What opens the sentence of an error.
const ROLE: &str = "SSLCertificateDirectory";
/// No folder has more certificates.
const MOST: usize = 4000;
/// How often the whole folder is looked at, while clients come.
const EVERY: Duration = Duration::from_secs(1);

/// A file of the folder, or two that belong together.
struct Place {
    /// How the files were when they were read last.
    watched: Arc<WatchedFiles>,
    /// What is shown of them: what they held when they could be used last.
    shown: Option<Arc<Shown>>,
    /// Why what they hold now cannot be used.
    problem: Option<Error>,
}

/// The files of the folder, by the certificate's path.
#[derive(Default)]
struct Places {
    found: BTreeMap<PathBuf, Place>,
    /// Since names were last made of them.
    is_changed: bool,
}

/// What the folder was when it was looked at last.
#[derive(Clone)]
struct Look {
    names: Arc<Names>,
    folder: Arc<WatchedFiles>,
    at: Instant,
    complaint: Option<String>,
}

/// The certificates of a folder.
pub(super) struct Directory {
    path: PathBuf,
    password: Password,
    /// A context in which certificates are tried before any client sees them.
    trial: SslContext,
    /// Whoever looks at the folder holds it; nobody waits for it.
    places: Mutex<Places>,
    /// Held for moments.
    last: Mutex<Look>,
}

impl Directory {
    /// Reads the folder. A certificate that cannot be used is left out: [`complaint`](Self::complaint) tells of it.
    /// Errors: CERTIFICATE where the folder itself cannot be read, LIMIT.
    pub fn open(path: &str, password: &Password, trial: SslContext) -> Result<Directory> {
        let directory = Directory {
            path: PathBuf::from(path),
            password: password.clone(),
            trial,
            places: Mutex::default(),
            last: Mutex::new(Look {
                names: Arc::default(),
                folder: Arc::default(),
                at: Instant::now(),
                complaint: None,
            }),
        };
        let look = directory.look(&mut directory.places.lock(), &directory.last())?;
        *directory.last.lock() = look;
        Ok(directory)
    }

    /// A sentence about files that are not used as they are now.
    pub fn complaint(&self) -> Option<String> {
        self.refresh();
        self.last().complaint
    }

    /// Has the connection, which reads a ClientHello, show the certificates of a name, exact before wildcard. What comes
    /// back tells them from others; nothing where the folder has none, and the connection shows what it would have shown.
    pub fn show(
        &self,
        ssl: &mut SslRef,
        name: &str,
    ) -> result::Result<Option<[u8; 32]>, ErrorStack> {
        let mut last = self.last();
        let is_fresh = last.at.elapsed() < EVERY
            && last.folder.unchanged()
            && last
                .names
                .find(name)
                .is_none_or(|choice| choice.iter().all(|(_, watched)| watched.unchanged()));
        if !is_fresh {
            self.refresh();
            last = self.last();
        }
        let Some(choice) = last.names.find(name) else {
            return Ok(None);
        };
        sni::show(ssl, choice).map(Some)
    }

    fn last(&self) -> Look {
        self.last.lock().clone()
    }

    /// Looks at the folder, unless somebody does. What cannot be looked at stays what it was.
    fn refresh(&self) {
        let Some(mut places) = self.places.try_lock() else {
            return;
        };
        let last = self.last();
        let look = self.look(&mut places, &last).unwrap_or_else(|error| Look {
            at: Instant::now(),
            complaint: Some(error.text.clone().into()),
            ..last
        });
        *self.last.lock() = look;
    }

    /// Reads what changed since the last look. Errors: CERTIFICATE, LIMIT.
    fn look(&self, places: &mut Places, last: &Look) -> Result<Look> {
        let at = Instant::now();
        let mut folder = WatchedFiles::default();
        let mut found = self.find(&mut folder)?;
        let Places {
            found: known,
            is_changed,
        } = places;
        known.retain(|path, _| {
            let stays = found.contains_key(path);
            *is_changed |= !stays;
            stays
        });
        let mut complaints = Complaints::default();
        while let Some((path, key)) = found.pop_first() {
            let earlier = known.get(&path);
            if !earlier.is_some_and(|place| place.watched.unchanged()) {
                let (read, watched) = self.read(&path, &key);
                match read {
                    // Tried again with the next look.
                    Err(error) if error.code == Code::Limit => {
                        complaints.add(&error);
                        continue;
                    }
                    read => {
                        *is_changed = true;
                        let (shown, problem) = match read {
                            Ok(shown) => (Some(Arc::new(shown)), None),
                            Err(error) => (earlier.and_then(|p| p.shown.clone()), Some(error)),
                        };
                        let watched = Arc::new(watched);
                        let place = Place {
                            watched,
                            shown,
                            problem,
                        };
                        known.insert(path.clone(), place);
                    }
                }
            }
            if let Some(error) = known.get(&path).and_then(|place| place.problem.as_ref()) {
                complaints.add(error);
            }
        }
        let mut names = Arc::clone(&last.names);
        if *is_changed {
            let shown = known
                .values()
                .filter_map(|place| Some((place.shown.as_ref()?, &place.watched)));
            names = Arc::new(Names::of(shown).map_err(|_| no_memory())?);
            *is_changed = false;
        }
        Ok(Look {
            names,
            folder: Arc::new(folder),
            at,
            complaint: complaints.sentence(),
        })
    }

    /// The certificates' files, each with that of its key: `NAME.pem`, `.crt` or `.cer` with `NAME.key`, where the key is
    /// not in it; `NAME.p12` or `.pfx`; and in folders inside what ACME clients write, `fullchain.pem` with `privkey.pem`.
    fn find(&self, folder: &mut WatchedFiles) -> Result<BTreeMap<PathBuf, PathBuf>> {
        const KINDS: [&str; 5] = ["pem", "crt", "cer", "p12", "pfx"];
        let mut found = BTreeMap::new();
        for path in folder.entries(&self.path, ROLE)? {
            let kind = path.extension().and_then(|kind| kind.to_str());
            let is_one =
                kind.is_some_and(|kind| KINDS.iter().any(|k| k.eq_ignore_ascii_case(kind)));
            let full = path.join("fullchain.pem");
            if is_one && path.is_file() {
                let key = path.with_extension("key");
                found.insert(path, key);
            } else if full.is_file() {
                found.insert(full, path.join("privkey.pem"));
            }
        }
        if found.len() > MOST {
            return Err(Error::new(
                Code::Certificate,
                format!(
                    "{ROLE}: {} certificates are in the folder {}, at most {MOST} may be",
                    found.len(),
                    text::path(&self.path)
                ),
            ));
        }
        Ok(found)
    }

    /// What the files hold, and how they were. Errors: CERTIFICATE, LIMIT.
    fn read(&self, path: &Path, key: &Path) -> (Result<Shown>, WatchedFiles) {
        let mut watched = WatchedFiles::default();
        let shown = memory::enough(|| {
            let identity = source::from_files(path, key, ROLE, &self.password, &mut watched)?;
            let shown = Shown::new(identity, path)?;
            let failed = |errors| own_certificate(&shown.identity.certificate, &errors);
            let mut trial = slots::connection(&self.trial).map_err(failed)?;
            shown.show(&mut trial).map_err(failed)?;
            Ok(shown)
        });
        (shown.unwrap_or_else(|| Err(no_memory())), watched)
    }
}

/// What is wrong with files that are not used.
#[derive(Default)]
struct Complaints {
    first: String,
    count: usize,
}

impl Complaints {
    fn add(&mut self, error: &Error) {
        if self.count == 0 {
            self.first = error.text.to_string();
        }
        self.count += 1;
    }

    fn sentence(self) -> Option<String> {
        let Complaints { first, count } = self;
        let first = first
            .strip_prefix(ROLE)
            .map_or(first.as_str(), |text| text.trim_start_matches(": "));
        match count {
            0 => None,
            1 => Some(format!(
                "{ROLE}: one certificate is not used, the others are: {first}"
            )),
            _ => Some(format!(
                "{ROLE}: {count} certificates are not used, the others are; the first: {first}"
            )),
        }
    }
}

fn no_memory() -> Error {
    Error::new(
        Code::Limit,
        format!(
            "{ROLE}: there is no memory to read it: close sockets that are not needed and try again"
        ),
    )
}
