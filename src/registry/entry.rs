//! What the table holds of a socket.

use std::num::NonZeroI32;
use std::ops::Deref;
use std::sync::Arc;

/// What the table holds of a socket.
#[derive(Debug)]
pub struct Entry<T> {
    /// That it is not 0 tells a place with an entry from one without.
    id: NonZeroI32,
    name: Option<Arc<[u8]>>,
    value: T,
}

impl<T> Entry<T> {
    /// A socket under an id, and perhaps under a name.
    pub fn new(id: NonZeroI32, name: Option<Arc<[u8]>>, value: T) -> Self {
        Entry { id, name, value }
    }

    /// The id, greater than 0.
    pub fn id(&self) -> i32 {
        self.id.get()
    }

    /// The name; a socket made by the Id family has none (empty).
    pub fn name(&self) -> &[u8] {
        self.name.as_deref().unwrap_or_default()
    }
}

impl<T> Deref for Entry<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
