//! What TLS tells of a handshake: the secrets with which others decrypt it, and its alerts.

use super::log::Log;
use parking_lot::Mutex;
use std::sync::Arc;
use zeroize::Zeroizing;

/// More than a handshake has, in bytes; a peer may have many of them in one connection.
const MOST_SECRETS: usize = 16 * 1024;
/// The most alerts that are kept until they are written.
const MOST_ALERTS: usize = 16;

/// What TLS tells of a connection's handshake.
pub struct Witness {
    keys: Option<Arc<Log>>,
    /// Whether the secrets go into a capture, too.
    is_captured: bool,
    secrets: Mutex<Zeroizing<String>>,
    alerts: Mutex<Vec<String>>,
}

impl Witness {
    /// The secrets go to a file of their own, or into a capture, or both.
    pub fn new(keys: Option<Arc<Log>>, is_captured: bool) -> Self {
        Witness {
            keys,
            is_captured,
            secrets: Mutex::new(Zeroizing::new(String::new())),
            alerts: Mutex::new(Vec::new()),
        }
    }

    /// A line of NSS's key log, without its end.
    pub fn secret(&self, line: &str) {
        if let Some(keys) = &self.keys {
            let line = Zeroizing::new(format!("{line}\n"));
            keys.write(line.as_bytes());
        }
        let mut secrets = self.secrets.lock();
        if !self.is_captured || secrets.len() + line.len() >= MOST_SECRETS {
            return;
        }
        if secrets.capacity() == 0 {
            secrets.reserve(MOST_SECRETS); // so that growing leaves no copies behind
        }
        secrets.push_str(line);
        secrets.push('\n');
    }

    /// An alert that was sent or received.
    pub fn alert(&self, text: String) {
        let mut alerts = self.alerts.lock();
        if alerts.len() < MOST_ALERTS {
            alerts.push(text);
        }
    }

    /// The secrets that have come since the last time.
    pub(super) fn take_secrets(&self) -> Zeroizing<String> {
        std::mem::take(&mut *self.secrets.lock())
    }

    /// The alerts that have come since the last time.
    pub(super) fn take_alerts(&self) -> Vec<String> {
        std::mem::take(&mut *self.alerts.lock())
    }
}
