//! What a socket is made with: whole-number options, text options, and where they come from.

use super::options::{self, Level, Options};
use super::preamble;
use crate::constants::*;
use crate::error::{Code, Error, Result};
use crate::net::{Origin, environment};
use crate::tls::TlsOptions;
use crate::trace::{self, Log, Witness};
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use zeroize::Zeroizing;

/// The longest text of an option, in bytes.
const LONGEST_TEXT: usize = 4096;
/// How many names may have texts kept for a socket that does not exist yet.
const MOST_NAMES: usize = 4096;

/// Text options that were given; the others are empty. One may be a password: they are wiped when they are dropped.
type Texts = BTreeMap<i32, Zeroizing<String>>;

/// What every socket made from now on starts with.
static DEFAULTS: LazyLock<RwLock<Arc<Settings>>> = LazyLock::new(RwLock::default);
/// Texts for the next socket of a name.
static KEPT: Mutex<Option<HashMap<Box<[u8]>, Texts>>> = Mutex::new(None);
/// Whether there are any, which every socket that is made or closed asks.
static IS_ANY_KEPT: AtomicBool = AtomicBool::new(false);

/// Everything a new socket starts with: one copy for all of which nothing of their own was set. It has no `Debug`: a
/// password is in it.
#[derive(Clone, Default)]
pub struct Settings {
    /// Whole-number options.
    pub options: Options,
    texts: Texts,
    /// The host as the caller typed it, where the connection leads to a proxy.
    host: Option<Box<str>>,
}

impl Settings {
    /// What the next socket of this name (none if empty) is made with.
    pub fn for_new(name: &[u8]) -> Arc<Self> {
        let mut settings = Arc::clone(&DEFAULTS.read());
        if IS_ANY_KEPT.load(Ordering::Relaxed)
            && let Some(kept) = KEPT.lock().as_ref().and_then(|kept| kept.get(name))
        {
            Arc::make_mut(&mut settings).texts.extend(kept.clone());
        }
        settings
    }

    /// Notes whom a connection by way of a proxy is for.
    pub fn set_host(&mut self, host: &str) {
        self.host = Some(host.into());
    }

    /// Whom the connection is for, where it leads to a proxy.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The file that the trace goes into. One that cannot be written any more is none.
    pub fn log(&self) -> Option<Arc<Log>> {
        let limit = self.options.get(SocketTraceLimit);
        trace_file(self.text(SocketTraceFile), limit).ok().flatten()
    }

    /// What hears of a TLS handshake, where somebody asks for its secrets.
    pub fn witness(&self) -> Option<Witness> {
        let keys = match self.text(SSLKeyLogFile) {
            "" => None,
            file => trace::open_keys(file).ok(),
        };
        let log = self.log();
        let is_captured = log.as_ref().is_some_and(|log| log.is_capture());
        (keys.is_some() || log.is_some()).then(|| Witness::new(keys, is_captured))
    }

    /// Sets a text option; an empty text is as none. Errors: INVALID_ARGUMENT, and those of opening a trace.
    pub fn set_text(&mut self, option: i32, text: &str) -> Result<()> {
        check_text(option, text, self.options.get(SocketTraceLimit))?;
        self.put_text(option, text);
        Ok(())
    }

    /// Sets a text that [`check_text`] has accepted.
    pub fn put_text(&mut self, option: i32, text: &str) {
        self.texts.insert(option, wiped(text));
    }

    /// A text option; empty where it was not given.
    pub fn text(&self, option: i32) -> &str {
        self.texts.get(&option).map_or("", |text| text.as_str())
    }

    /// What TLS to a proxy is asked to be: the authorities and the rules for certificates are the caller's, what
    /// says who the server or this client is is not for it.
    pub fn tls_to_proxy(&self) -> TlsOptions {
        TlsOptions {
            key_file: String::new(),
            ticket_key_file: String::new(),
            password: "".into(),
            server_name: String::new(),
            alpn: String::new(),
            fingerprint_pin: String::new(),
            ..self.tls(0, "", "")
        }
    }

    /// What TLS is asked to be: `bits` are the caller's protocol and certificate options.
    pub fn tls(&self, bits: i32, certificate: &str, store: &str) -> TlsOptions {
        let text = |option| self.text(option).to_owned();
        TlsOptions {
            options: if bits == WDSOCKET_DEFAULT { 0 } else { bits },
            certificate: certificate.to_owned(),
            store: store.to_owned(),
            ca_file: text(SSLCaFile),
            ca_directory: text(SSLCaDirectory),
            crl_file: text(SSLCrlFile),
            key_file: text(SSLKeyFile),
            certificate_directory: text(SSLCertificateDirectory),
            password: self.text(SSLPassword).into(),
            server_name: text(SSLServerName),
            alpn: text(SSLAlpn),
            cipher_list: text(SSLCipherList),
            groups: text(SSLGroups),
            signatures: text(SSLSignatures),
            public_key_pins: text(SSLPublicKeyPins),
            ticket_key_file: text(SSLTicketKeyFile),
            fingerprint_pin: text(SSLPeerFingerprintPin),
            system_roots: self.options.get(SSLSystemRoots) != 0,
            verify_client: self.options.get(SSLVerifyClient),
            verify_depth: self.options.get(SSLVerifyDepth),
            strict: self.options.get(SSLStrict) != 0,
            tells_secrets: !self.text(SocketTraceFile).is_empty()
                || !self.text(SSLKeyLogFile).is_empty(),
            name_in_subject: self.options.get(SSLNameInSubject) != 0,
        }
    }
}

/// Sets the default for sockets made from now on. Errors: those of [`options::check`].
pub fn set_default_option(option: i32, value: i32) -> Result<()> {
    let value = options::check(option, value, Level::Default)?;
    Arc::make_mut(&mut DEFAULTS.write())
        .options
        .set(option, value);
    Ok(())
}

/// The default for sockets made from now on. Errors: INVALID_ARGUMENT.
pub fn default_option(option: i32) -> Result<i32> {
    options::known(option)?;
    Ok(DEFAULTS.read().options.get(option))
}

/// Sets a text for every socket made from now on. Errors: INVALID_ARGUMENT, and those of opening a trace.
pub fn set_default_text(option: i32, text: &str) -> Result<()> {
    check_text(option, text, default_option(SocketTraceLimit)?)?;
    let mut defaults = DEFAULTS.write();
    let texts = &mut Arc::make_mut(&mut defaults).texts;
    match text {
        "" => texts.remove(&option),
        text => texts.insert(option, wiped(text)),
    };
    Ok(())
}

/// Traces every socket into the file of `WDSOCKET_TRACE`, for programs that cannot be changed.
pub fn trace_by_environment() {
    if let Some(file) = environment("WDSOCKET_TRACE")
        && let Some(file) = file.to_str()
    {
        // Nobody is there to be told.
        let _ = set_default_text(SocketTraceFile, file);
    }
}

/// Keeps a text for the next socket of a name. Errors: INVALID_ARGUMENT, LIMIT.
pub fn keep_text(name: &[u8], option: i32, text: &str) -> Result<()> {
    check_text(option, text, default_option(SocketTraceLimit)?)?;
    let mut guard = KEPT.lock();
    let kept = guard.get_or_insert_with(HashMap::new);
    if kept.len() >= MOST_NAMES && !kept.contains_key(name) {
        return Err(Error::new(
            Code::Limit,
            format!("texts are kept for {MOST_NAMES} names that no socket has yet"),
        ));
    }
    kept.try_reserve(1)
        .map_err(|_| Error::new(Code::Limit, "there is no memory to keep the text"))?;
    kept.entry(name.into())
        .or_default()
        .insert(option, wiped(text));
    IS_ANY_KEPT.store(true, Ordering::Relaxed);
    Ok(())
}

/// The socket of this name is made and the texts are its own now, or it failed, or it was closed.
pub fn forget_kept(name: &[u8]) {
    if IS_ANY_KEPT.load(Ordering::Relaxed)
        && let Some(kept) = KEPT.lock().as_mut()
    {
        kept.remove(name);
        IS_ANY_KEPT.store(!kept.is_empty(), Ordering::Relaxed);
    }
}

/// Every socket was closed, and so was what would have become one.
pub fn forget_all_kept() {
    let mut kept = KEPT.lock();
    *kept = None;
    IS_ANY_KEPT.store(false, Ordering::Relaxed);
}

/// The file of SocketTraceFile, none for an empty text. Errors: those of opening it.
pub fn trace_file(file: &str, limit: i32) -> Result<Option<Arc<Log>>> {
    if file.is_empty() {
        return Ok(None);
    }
    let opened = trace::open(file, limit.unsigned_abs().into());
    let failed = |error| Error::from_io(&error, format_args!("the trace {file} cannot be written"));
    opened.map(Some).map_err(failed)
}

/// Opens the file that an option names, if it names one: whoever sets it is told why it cannot be.
fn open(option: i32, text: &str, limit: i32) -> Result<()> {
    if text.is_empty() {
        trace::forget();
        return Ok(());
    }
    if option == SocketTraceFile {
        trace_file(text, limit)?;
    } else if option == SSLKeyLogFile {
        trace::open_keys(text).map_err(|error| {
            Error::from_io(&error, format_args!("the key log {text} cannot be written"))
        })?;
    }
    Ok(())
}

fn wiped(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

/// Whether an option may have a text; the file that it names, where it names one, is open then. `limit` is SocketTraceLimit.
/// Errors: INVALID_ARGUMENT, and those of opening a trace.
pub fn check_text(option: i32, text: &str, limit: i32) -> Result<()> {
    check(option, text)?;
    open(option, text, limit)
}

fn check(option: i32, text: &str) -> Result<()> {
    if !TEXTS.iter().any(|text| text.number == option) {
        return Err(Error::invalid(format!(
            "{option} is no text option: give one of the header's constants, such as SSLCaFile"
        )));
    }
    if text.len() > LONGEST_TEXT {
        return Err(Error::invalid(format!(
            "the text has {} bytes, more than {LONGEST_TEXT}",
            text.len()
        )));
    }
    #[allow(non_upper_case_globals)]
    match option {
        SocketProxyFrom => preamble::trusted(text).map(drop),
        SocketLocalAddress => Origin::check_address(text),
        SocketPortRange => Origin::check_ports(text),
        _ => Ok(()),
    }
}
