//! How a caller says which socket is meant.

use std::fmt;

/// How a caller says which socket is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// The name family: 1 to 255 bytes.
    Name(&'a [u8]),
    /// The Id family.
    Id(i32),
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Name(name) => write!(f, "\"{}\"", name.escape_ascii()),
            Target::Id(id) => write!(f, "{id}"),
        }
    }
}
