//! What the clients of a server start with: mode, options, certificate.

use super::credentials::Credentials;
use super::outlet::Outlet;
use super::settings::Settings;
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::tls::{ServerContext, Session};
use crate::trace::Log;
use parking_lot::Mutex;
use std::sync::Arc;

/// What the clients of a server start with. Nobody waits for its lock while files are read for a client.
pub struct Welcome(Mutex<State>);

#[derive(Clone)]
struct State {
    framing: Framing,
    settings: Arc<Settings>,
    /// Texts that were set one after the other and make no certificate with its key yet.
    pending: Option<Arc<Settings>>,
    tls: Option<Credentials>,
}

/// What one client starts with.
pub struct Start {
    /// How messages are told apart.
    pub framing: Framing,
    /// Options and texts.
    pub settings: Arc<Settings>,
    /// How the server shows itself, where it speaks TLS.
    pub tls: Option<Credentials>,
}

impl Welcome {
    /// In clear, in the usual mode.
    pub fn new(settings: Arc<Settings>) -> Self {
        Welcome(Mutex::new(State {
            framing: Framing::default(),
            settings,
            pending: None,
            tls: None,
        }))
    }

    /// What a client that comes now starts with.
    pub fn start(&self) -> Start {
        let State {
            framing,
            settings,
            tls,
            pending: _,
        } = self.0.lock().clone();
        Start {
            framing,
            settings,
            tls,
        }
    }

    /// Whether clients speak TLS.
    pub fn is_tls(&self) -> bool {
        self.0.lock().tls.is_some()
    }

    /// The file that clients' traces go into.
    pub fn log(&self) -> Option<Arc<Log>> {
        let settings = Arc::clone(&self.0.lock().settings);
        settings.log()
    }

    /// The value of a whole-number option.
    pub fn option(&self, option: i32) -> i32 {
        self.0.lock().settings.options.get(option)
    }

    /// Later clients start in another transmission mode.
    pub fn set_framing(&self, framing: &Framing) {
        self.0.lock().framing = framing.clone();
    }

    /// Puts later clients under TLS, and tells a warning about the certificate if there is one.
    /// Errors: CERTIFICATE, NOT_SUPPORTED, INVALID_ARGUMENT.
    pub fn secure(&self, mut credentials: Credentials) -> Result<Option<String>> {
        let mut state = self.0.lock();
        let context = credentials.load(&state.settings)?;
        state.tls = Some(credentials);
        Ok(context.warning())
    }

    /// The server's side of a TLS connection, with the certificate as its files are now. Files that are being
    /// replaced at this moment are no reason to turn a client away.
    /// Errors: CERTIFICATE, LIMIT.
    pub fn session(
        &self,
        mut credentials: Credentials,
        settings: &Arc<Settings>,
    ) -> Result<Session<Outlet>> {
        let earlier = credentials.context.take();
        let context = match credentials.load(settings) {
            Ok(context) => {
                self.remember(settings, &context);
                context
            }
            Err(error) => match self.take_up_pending() {
                Some(context) => context,
                None => earlier.ok_or(error)?,
            },
        };
        Session::server(&context, Outlet::default())
    }

    /// Changes what later clients start with, all or nothing. What makes no usable certificate may `wait`
    /// for the changes that follow.
    pub fn change(
        &self,
        change: impl Fn(&mut Settings) -> Result<()>,
        may_wait: bool,
    ) -> Result<()> {
        let mut guard = self.0.lock();
        let state = &mut *guard;
        let changed = |settings: &Arc<Settings>| {
            let mut settings = settings.as_ref().clone();
            change(&mut settings)?;
            Ok::<_, Error>(Arc::new(settings))
        };
        let mut load = |settings: &Settings| match &mut state.tls {
            Some(credentials) => credentials.load(settings).map(drop),
            None => Ok(()),
        };
        let together = changed(state.pending.as_ref().unwrap_or(&state.settings))?;
        let Err(error) = load(&together) else {
            state.settings = together;
            state.pending = None;
            return Ok(());
        };
        if state.pending.is_some() {
            // Without what waits it may be good already.
            let alone = changed(&state.settings)?;
            if load(&alone).is_ok() {
                state.settings = alone;
                state.pending = Some(together);
                return Ok(());
            }
        }
        if !may_wait || error.code != Code::Certificate {
            return Err(error);
        }
        state.pending = Some(together);
        Err(error.map_text(|text| {
            format!(
                "{text}; the server goes on as before, and this counts as soon as it fits together with what is set next"
            )
        }))
    }

    /// Goes over to what was set since, once the files that it waited for are there.
    fn take_up_pending(&self) -> Option<Arc<ServerContext>> {
        let (pending, mut credentials) = {
            let state = self.0.lock();
            (state.pending.clone()?, state.tls.clone()?)
        };
        let context = credentials.load(&pending).ok()?;
        let mut state = self.0.lock();
        if state
            .pending
            .as_ref()
            .is_some_and(|now| Arc::ptr_eq(now, &pending))
        {
            state.settings = pending;
            state.pending = None;
            state.tls = Some(credentials);
        }
        Some(context)
    }

    /// Keeps the newest context for clients that come while its files cannot be read.
    fn remember(&self, settings: &Arc<Settings>, context: &Arc<ServerContext>) {
        let mut state = self.0.lock();
        if !Arc::ptr_eq(&state.settings, settings) {
            return;
        }
        if let Some(credentials) = &mut state.tls {
            let earlier = credentials.context.replace(Arc::clone(context));
            // Freeing a context takes a while; others need not wait for it.
            drop(state);
            drop(earlier);
        }
    }
}
