//! Contexts that exist already, found by their options and dropped when one of their files changes.

use super::failure::from_openssl;
use super::files::WatchedFiles;
use super::library;
use super::options::{Password, TlsOptions};
use crate::error::Result;
use openssl::error::ErrorStack;
use openssl::rand::rand_bytes;
use openssl::sha::Sha256;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// More sets of options at once are not kept; the one not used for longest goes.
const MOST_CONTEXTS: usize = 64;

/// Contexts of one kind.
pub(super) struct Cache<T>(Mutex<Contexts<T>>);

/// What a context is found by: the options, and of their password only what tells it from others.
#[derive(Clone, PartialEq, Eq, Hash)]
struct CacheKey {
    options: Options,
    password: [u8; 32],
}

/// The options without their password.
#[derive(Clone, PartialEq, Eq)]
struct Options(TlsOptions);

impl Hash for Options {
    /// Of those that differ from one socket to the next; the others are compared.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let options = &self.0;
        options.options.hash(state);
        options.certificate.hash(state);
        options.ca_file.hash(state);
        options.server_name.hash(state);
    }
}

impl CacheKey {
    fn of(options: &TlsOptions) -> Result<CacheKey> {
        Ok(CacheKey {
            password: mark(&options.password)?,
            options: Options(TlsOptions {
                password: Password::default(),
                ..options.clone()
            }),
        })
    }
}

/// A number that is the same for the same password in this process, and says nothing about it.
fn mark(password: &str) -> Result<[u8; 32]> {
    static SALT: OnceLock<[u8; 32]> = OnceLock::new();
    if password.is_empty() {
        return Ok([0; 32]);
    }
    if SALT.get().is_none() {
        let mut salt = [0; 32];
        library::start();
        rand_bytes(&mut salt).map_err(|e: ErrorStack| {
            from_openssl(&e, "no random numbers can be had from OpenSSL")
        })?;
        SALT.get_or_init(|| salt);
    }
    let mut hash = Sha256::new();
    hash.update(SALT.get().unwrap_or(&[0; 32]));
    hash.update(password.as_bytes());
    Ok(hash.finish())
}

struct Contexts<T> {
    entries: HashMap<CacheKey, Kept<T>>,
    clock: u64,
}

struct Kept<T> {
    context: Arc<T>,
    watched: Arc<WatchedFiles>,
    used: u64,
}

impl<T> Cache<T> {
    pub fn new() -> Self {
        Cache(Mutex::new(Contexts {
            entries: HashMap::new(),
            clock: 0,
        }))
    }

    /// The context of these options, made by `make` where there is none or one of its files changed.
    ///
    /// No lock is held while files are looked at.
    pub fn get(
        &self,
        options: &TlsOptions,
        make: impl FnOnce(&mut WatchedFiles) -> Result<T>,
    ) -> Result<Arc<T>> {
        let key = CacheKey::of(options)?;
        if let Some((context, watched)) = self.find(&key)
            && watched.unchanged()
        {
            return Ok(context);
        }
        let mut watched = WatchedFiles::default();
        let context = Arc::new(make(&mut watched)?);
        self.keep(key, Arc::clone(&context), watched);
        Ok(context)
    }

    fn find(&self, key: &CacheKey) -> Option<(Arc<T>, Arc<WatchedFiles>)> {
        let mut contexts = self.0.lock();
        contexts.clock += 1;
        let now = contexts.clock;
        let entry = contexts.entries.get_mut(key)?;
        entry.used = now;
        Some((Arc::clone(&entry.context), Arc::clone(&entry.watched)))
    }

    fn keep(&self, key: CacheKey, context: Arc<T>, watched: WatchedFiles) {
        let mut contexts = self.0.lock();
        let used = contexts.clock;
        let entry = Kept {
            context,
            watched: Arc::new(watched),
            used,
        };
        let mut dropped = contexts.entries.insert(key, entry);
        if contexts.entries.len() > MOST_CONTEXTS {
            let oldest = contexts.entries.iter().min_by_key(|(_, e)| e.used);
            let oldest = oldest.map(|(key, _)| key.clone());
            dropped = oldest.and_then(|key| contexts.entries.remove(&key));
        }
        // Freeing a context takes a while; others need not wait for it.
        drop(contexts);
        drop(dropped);
    }
}
