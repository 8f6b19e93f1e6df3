//! Why the system finds no address for a name.

use std::io;

/// Why the system found no address.
#[derive(Debug)]
pub enum LookUpError {
    /// There is none, in the system's words.
    Unknown(String),
    /// It cannot tell now, in its words.
    Later(String),
    /// Something else went wrong, which says nothing of the name.
    System(io::Error),
}

impl From<io::Error> for LookUpError {
    fn from(error: io::Error) -> Self {
        LookUpError::System(error)
    }
}
