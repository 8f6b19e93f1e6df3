//! Who may use a proxy.

use crate::error::{Error, Result};
use zeroize::Zeroizing;

/// The longest login or password, and the longest host name, in bytes (RFC 1928 and 1929).
pub const LONGEST: usize = 255;

/// Who may use the proxy.
pub struct Login {
    /// At most 255 bytes.
    pub name: String,
    /// At most 255 bytes.
    pub password: Zeroizing<String>,
}

impl Login {
    /// The login and its password, `None` where both are empty.
    /// Errors: INVALID_ARGUMENT.
    pub fn new(name: &str, password: &str) -> Result<Option<Self>> {
        for (what, text) in [("login", name), ("password", password)] {
            if text.len() > LONGEST {
                return Err(Error::invalid(format!(
                    "the proxy's {what} has {} bytes: it may have 255 (RFC 1929)",
                    text.len()
                )));
            }
            if text.contains(['\r', '\n', '\0']) {
                return Err(Error::invalid(format!(
                    "the proxy's {what} contains a line's end: give it without"
                )));
            }
        }
        if name.is_empty() && !password.is_empty() {
            return Err(Error::invalid(
                "a password for the proxy needs a login: give both, or neither",
            ));
        }
        Ok((!name.is_empty()).then(|| Login {
            name: name.to_owned(),
            password: Zeroizing::new(password.to_owned()),
        }))
    }
}
