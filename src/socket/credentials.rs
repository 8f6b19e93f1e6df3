//! How a TLS server shows itself.

use super::settings::Settings;
use crate::error::Result;
use crate::tls::ServerContext;
use std::sync::Arc;

/// The certificate of a TLS server, as its caller named it.
#[derive(Clone)]
pub struct Credentials {
    /// Protocols, and what kind of text `certificate` is.
    bits: i32,
    /// A path, a common name or a thumbprint.
    certificate: String,
    /// Where a name or a thumbprint is looked up.
    store: String,
    /// What was made of them; made anew when the files change.
    pub context: Option<Arc<ServerContext>>,
}

impl Credentials {
    /// What a caller gave, not looked at yet.
    pub fn new(bits: i32, certificate: &str, store: &str) -> Self {
        Credentials {
            bits,
            certificate: certificate.to_owned(),
            store: store.to_owned(),
            context: None,
        }
    }

    /// The server's TLS context. Errors: CERTIFICATE, NOT_SUPPORTED, INVALID_ARGUMENT.
    pub fn load(&mut self, settings: &Settings) -> Result<Arc<ServerContext>> {
        let options = settings.tls(self.bits, &self.certificate, &self.store);
        let context = ServerContext::get(&options)?;
        self.context = Some(Arc::clone(&context));
        Ok(context)
    }
}
