//! What a look at the bytes received shows.

use crate::error::{Code, Error};

/// What stands at the front of the bytes received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// A whole message: `skip` bytes of header, `length` bytes of message, `tail` bytes of tag.
    Message {
        /// Bytes before the message.
        skip: usize,
        /// The message's size.
        length: usize,
        /// Bytes behind it.
        tail: usize,
    },
    /// A message whose size is known and whose end has not come yet.
    Body {
        /// Bytes before the message.
        skip: usize,
        /// The message's size.
        length: usize,
    },
    /// Too little to tell. The first `seen` bytes need not be looked at again.
    Unknown {
        /// Bytes in which no tag begins.
        seen: usize,
    },
}

/// Why a message over the limit is refused.
pub(super) fn too_large(what: &str, limit: usize) -> Error {
    Error::new(
        Code::MessageTooLarge,
        format!(
            "the peer's message {what} and the limit is {limit}: raise SocketMaxMessage if such messages are expected"
        ),
    )
}
