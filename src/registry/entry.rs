//! What the table holds of a socket.

use std::ops::Deref;

/// What the table holds of a socket.
#[derive(Debug)]
pub struct Entry<T> {
    id: i32,
    name: Box<[u8]>,
    value: T,
}

impl<T> Entry<T> {
    /// A socket under an id, and under a name unless that is empty.
    pub fn new(id: i32, name: Box<[u8]>, value: T) -> Self {
        Entry { id, name, value }
    }

    /// The id, greater than 0.
    pub fn id(&self) -> i32 {
        self.id
    }

    /// The name; a socket made by the Id family has none (empty).
    pub fn name(&self) -> &[u8] {
        &self.name
    }
}

impl<T> Deref for Entry<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
