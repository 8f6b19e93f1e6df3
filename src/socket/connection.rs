//! What a server gets when it takes a client: a stream, or a WebSocket over one.

use super::kind::Kind;
use super::watched::Watchable;
use super::wire::Wire;

/// A connection, of whatever kind.
pub trait Connection: Kind + Watchable {
    /// What carries its bytes.
    fn wire(&self) -> &Wire;
}
