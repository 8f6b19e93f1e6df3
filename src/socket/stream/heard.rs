//! When a peer was heard last.

use std::time::Instant;

/// When something of the peer had come, as far as anybody has looked.
#[derive(Debug, Default)]
pub struct Heard {
    /// How often something had come then.
    pub arrivals: u32,
    /// `None` until the first look.
    pub at: Option<Instant>,
}
