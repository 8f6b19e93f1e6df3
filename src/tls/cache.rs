//! Contexts that exist already, found by their options and dropped when one of their files changes.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::files::Watched;
use super::options::TlsOptions;
use crate::error::Result;

/// More sets of options at once are not kept; the one not used for longest goes.
const MOST_CONTEXTS: usize = 64;

/// Contexts of one kind.
pub(super) struct Cache<T>(Mutex<Contexts<T>>);

struct Contexts<T> {
    entries: HashMap<TlsOptions, Entry<T>>,
    clock: u64,
}

struct Entry<T> {
    context: Arc<T>,
    watched: Arc<Watched>,
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
        make: impl FnOnce(&mut Watched) -> Result<T>,
    ) -> Result<Arc<T>> {
        if let Some((context, watched)) = self.find(options)
            && watched.unchanged()
        {
            return Ok(context);
        }
        let mut watched = Watched::default();
        let context = Arc::new(make(&mut watched)?);
        self.keep(options, Arc::clone(&context), watched);
        Ok(context)
    }

    fn find(&self, options: &TlsOptions) -> Option<(Arc<T>, Arc<Watched>)> {
        let mut contexts = self.0.lock();
        contexts.clock += 1;
        let now = contexts.clock;
        let entry = contexts.entries.get_mut(options)?;
        entry.used = now;
        Some((Arc::clone(&entry.context), Arc::clone(&entry.watched)))
    }

    fn keep(&self, options: &TlsOptions, context: Arc<T>, watched: Watched) {
        let mut contexts = self.0.lock();
        let used = contexts.clock;
        let entry = Entry {
            context,
            watched: Arc::new(watched),
            used,
        };
        let mut dropped = contexts.entries.insert(options.clone(), entry);
        if contexts.entries.len() > MOST_CONTEXTS {
            let oldest = contexts.entries.iter().min_by_key(|(_, e)| e.used);
            let oldest = oldest.map(|(options, _)| options.clone());
            dropped = oldest.and_then(|options| contexts.entries.remove(&options));
        }
        // Freeing a context takes a while; others need not wait for it.
        drop(contexts);
        drop(dropped);
    }
}
