//! OpenSSL's contexts: what all connections with the same options share.

use super::cache::Cache;
use super::directory::Directory;
use super::failure::{self, from_openssl};
use super::files::WatchedFiles;
use super::identity::Identity;
use super::options::TlsOptions;
use super::peer::Peer;
use super::protocols::Protocols;
use super::resume::Sessions;
use super::source;
use super::tickets::Keys;
use super::trust::Authorities;
use super::verify::{self, Rules};
use super::{hello, level, library, memory, observing, resume, slots, suites, tickets};
use crate::error::{Code, Error, Result};
use openssl::error::ErrorStack;
use openssl::ssl::{
    AlpnError, ClientHelloResponse, SslContext, SslContextBuilder, SslMethod, SslMode, SslOptions,
    SslSessionCacheMode, SslVerifyMode,
};
use openssl::stack::Stack;
use openssl::x509::X509Name;
use openssl::x509::verify::X509VerifyFlags;
use std::sync::{Arc, LazyLock};

/// Sessions that a server keeps for clients without tickets.
const SERVER_SESSIONS: i32 = 1024;

/// How many bytes of authorities' names a server sends to its clients: what two bytes can count, and room for
/// the rest of the message.
const MOST_NAMES: usize = 60_000;
/// What clients and servers have in common.
pub(super) struct Shared {
    pub ssl: SslContext,
    pub rules: Arc<Rules>,
    pub protocols: Protocols,
    warning: Option<String>,
}

/// How this program behaves as a TLS client.
pub struct ClientContext {
    pub(super) shared: Shared,
    pub(super) sessions: Arc<Sessions>,
    pub(super) server_name: String,
}

/// How this program behaves as a TLS server.
pub struct ServerContext {
    pub(super) shared: Shared,
    directory: Option<Arc<Directory>>,
}

impl ClientContext {
    /// The context of these options: a kept one, unless a file that it was made of has changed.
    ///
    /// Reads files and may take some milliseconds the first time; never waits for the network.
    /// Errors: those of [`TlsOptions::check`]; CERTIFICATE when the client's certificate or the trusted
    /// ones cannot be used; INVALID_ARGUMENT for a cipher list that OpenSSL does not know.
    pub fn get(options: &TlsOptions) -> Result<Arc<ClientContext>> {
        static KEPT: LazyLock<Cache<ClientContext>> = LazyLock::new(Cache::new);
        options.check()?;
        KEPT.get(options, |watched| {
            whole(|| ClientContext::make(options, watched))
        })
    }

    /// A sentence about the client's own certificate when it is out of date. It is shown to servers all the same.
    pub fn warning(&self) -> Option<String> {
        self.shared.warning.clone()
    }

    fn make(options: &TlsOptions, watched: &mut WatchedFiles) -> Result<ClientContext> {
        library::start();
        let identity = if options.certificate.is_empty() {
            None
        } else {
            Some(source::load(options, watched)?)
        };
        let authorities = Authorities::read(options, watched)?;
        let (mut builder, level) = builder(options, Peer::Server, identity.as_ref())?;
        let mut rules = Rules::new(Peer::Server, options, level)?;
        // With a pin, or without any check, no chain is followed and no root is needed.
        if !rules.accept_any && rules.pin.is_none() {
            trust(
                &mut builder,
                options,
                &authorities,
                options.system_roots,
                &mut rules,
                watched,
            )?;
            rules.unread = authorities.unread;
        }
        verify::install(&mut builder, &rules);
        let rules = Arc::new(rules);
        if rules.is_idle() {
            builder.set_verify(SslVerifyMode::NONE);
        } else {
            check_peers(&mut builder, SslVerifyMode::PEER, &rules);
        }
        let alpn = options.alpn_wire()?;
        if !alpn.is_empty() {
            builder
                .set_alpn_protos(&alpn)
                .map_err(|e| from_openssl(&e, "SSLAlpn cannot be set"))?;
        }
        let sessions = Arc::new(Sessions::default());
        keep_sessions(&mut builder, &sessions);
        Ok(ClientContext {
            shared: Shared {
                ssl: builder.build(),
                rules,
                protocols: options.protocols()?,
                warning: identity.and_then(|identity| identity.warning()),
            },
            sessions,
            server_name: options.server_name.trim().to_owned(),
        })
    }
}

impl ServerContext {
    /// The context of these options: a kept one, unless a file that it was made of has changed.
    ///
    /// Reads files and may take some milliseconds the first time; never waits for the network.
    /// Errors: those of [`TlsOptions::check`]; CERTIFICATE when the server's certificate or the trusted
    /// ones cannot be used; INVALID_ARGUMENT without a certificate, for a cipher list that OpenSSL does not
    /// know, for `SSLVerifyClient` without anything that clients could be checked against, and for a `SSLTicketKeyFile`
    /// that holds something else.
    pub fn get(options: &TlsOptions) -> Result<Arc<ServerContext>> {
        static KEPT: LazyLock<Cache<ServerContext>> = LazyLock::new(Cache::new);
        options.check()?;
        KEPT.get(options, |watched| {
            whole(|| ServerContext::make(options, watched))
        })
    }

    /// A sentence about the server's certificate when it is out of date, which is served all the same, or about those of
    /// SSLCertificateDirectory that cannot be used.
    pub fn warning(&self) -> Option<String> {
        let complaint = || self.directory.as_ref()?.complaint();
        self.shared.warning.clone().or_else(complaint)
    }

    fn make(options: &TlsOptions, watched: &mut WatchedFiles) -> Result<ServerContext> {
        library::start();
        if options.certificate.trim().is_empty() {
            return Err(Error::invalid("a TLS server needs a certificate"));
        }
        let identity = source::load(options, watched)?;
        let (mut builder, level) = builder(options, Peer::Client, Some(&identity))?;
        let mut rules = Rules::new(Peer::Client, options, level)?;
        let mut authorities = Authorities::default();
        if options.verify_client > 0 {
            authorities = trust_for_clients(&mut builder, options, &mut rules, watched)?;
        }
        let keys = tickets::keys(&options.ticket_key_file, watched)?;
        verify::install(&mut builder, &rules);
        let rules = Arc::new(rules);
        match options.verify_client {
            0 => builder.set_verify(SslVerifyMode::NONE),
            1 => check_peers(&mut builder, SslVerifyMode::PEER, &rules),
            _ => check_peers(
                &mut builder,
                SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT,
                &rules,
            ),
        }
        let directory = match options.certificate_directory.as_str() {
            "" => None,
            path => {
                let (trial, _) = self::builder(options, Peer::Client, None)?;
                let opened = Directory::open(path, &options.password, trial.build())?;
                Some(Arc::new(opened))
            }
        };
        resume::rules(options, &authorities)
            .and_then(|rules| serve(&mut builder, options, level, keys, rules, directory.clone()))
            .map_err(|e| from_openssl(&e, "the TLS server cannot be set up"))?;
        let alpn = options.alpn_wire()?;
        if !alpn.is_empty() {
            // RFC 7301 section 3.2: nothing in common ends the handshake.
            builder.set_alpn_select_callback(move |_, offered| {
                first_in_common(&alpn, offered).ok_or(AlpnError::ALERT_FATAL)
            });
        }
        Ok(ServerContext {
            shared: Shared {
                ssl: builder.build(),
                rules,
                protocols: options.protocols()?,
                warning: identity.warning(),
            },
            directory,
        })
    }
}

/// A context that OpenSSL made while it was short of memory may lack, ever after, what it could not look up then: it is
/// none. Errors: LIMIT.
fn whole<T>(make: impl FnOnce() -> Result<T>) -> Result<T> {
    memory::enough(make).unwrap_or_else(|| {
        Err(Error::new(
            Code::Limit,
            "there is no memory to set up TLS: close sockets that are not needed and try again",
        ))
    })
}

/// A context for that kind of peer with its suites, groups and certificate, and the security level that its
/// connections end with.
fn builder(
    options: &TlsOptions,
    peer: Peer,
    identity: Option<&Identity>,
) -> Result<(SslContextBuilder, u32)> {
    let protocols = options.protocols()?;
    // Notes about files that were passed over would be taken for this context's errors.
    drop(ErrorStack::get());
    let make = || -> std::result::Result<SslContextBuilder, ErrorStack> {
        let mut builder = slots::context(match peer {
            Peer::Server => SslMethod::tls_client(),
            Peer::Client => SslMethod::tls_server(),
        })?;
        builder.set_mode(
            SslMode::RELEASE_BUFFERS
                | SslMode::ENABLE_PARTIAL_WRITE
                | SslMode::ACCEPT_MOVING_WRITE_BUFFER
                | SslMode::AUTO_RETRY
                | SslMode::NO_AUTO_CHAIN,
        );
        builder.set_options(SslOptions::NO_COMPRESSION | protocols.left_out(peer));
        builder.set_min_proto_version(Some(protocols.oldest()))?;
        builder.set_max_proto_version(Some(protocols.newest()))?;
        if protocols.legacy() {
            // Machines of that age do not know RFC 5746.
            builder.set_options(SslOptions::from_bits_retain(
                openssl_sys::SSL_OP_LEGACY_SERVER_CONNECT as _,
            ));
        }
        level::set_usual(&mut builder);
        Ok(builder)
    };
    let mut builder = make().map_err(|e| from_openssl(&e, "the TLS context cannot be made"))?;
    suites::set_ciphers(&mut builder, &options.cipher_list, options.no_verify())?;
    suites::set_groups(&mut builder, &options.groups)?;
    if options.tells_secrets {
        observing::tell_secrets(&mut builder);
    }
    suites::set_signatures(&mut builder, &options.signatures)?;
    let level = level::set(&mut builder, peer, protocols);
    if let Some(identity) = identity {
        identity.check_size()?;
        let mut show = || -> std::result::Result<(), ErrorStack> {
            builder.set_certificate(&identity.certificate)?;
            builder.set_private_key(&identity.key)?;
            for certificate in &identity.chain {
                builder.add_extra_chain_cert(certificate.clone())?;
            }
            builder.check_private_key()
        };
        show().map_err(|e| failure::own_certificate(&identity.certificate, &e))?;
    }
    Ok((builder, level))
}

/// Gives the context its authorities and rules for chains.
fn trust(
    builder: &mut SslContextBuilder,
    options: &TlsOptions,
    authorities: &Authorities,
    system_roots: bool,
    rules: &mut Rules,
    watched: &mut WatchedFiles,
) -> Result<()> {
    let (store, roots) = authorities.store(system_roots, watched)?;
    rules.has_own_authorities = !authorities.is_empty();
    rules.roots = roots;
    builder.set_cert_store(store);
    builder.set_verify_depth(options.verify_depth.unsigned_abs());
    // An intermediate or a machine's own certificate may be trusted as such.
    let mut flags = X509VerifyFlags::TRUSTED_FIRST | X509VerifyFlags::PARTIAL_CHAIN;
    if options.strict {
        flags |= X509VerifyFlags::X509_STRICT | X509VerifyFlags::POLICY_CHECK;
        verify::accept_any_policy(builder.verify_param_mut())
            .map_err(|e| from_openssl(&e, "the rules for policies cannot be set"))?;
    }
    if !options.crl_file.is_empty() {
        flags |= X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL;
    }
    builder
        .verify_param_mut()
        .set_flags(flags)
        .map_err(|e| from_openssl(&e, "the rules for certificates cannot be set"))
}

/// Who may issue clients' certificates: what the user gave, never the system's roots, which certify anybody.
fn trust_for_clients(
    builder: &mut SslContextBuilder,
    options: &TlsOptions,
    rules: &mut Rules,
    watched: &mut WatchedFiles,
) -> Result<Authorities> {
    if rules.accept_any || rules.pin.is_some() {
        return Ok(Authorities::default());
    }
    let mut authorities = Authorities::read(options, watched)?;
    if authorities.is_empty() {
        return Err(Error::invalid(
            "SSLVerifyClient needs the authority that issues the clients' certificates, in SSLCaFile or SSLCaDirectory",
        ));
    }
    trust(builder, options, &authorities, false, rules, watched)?;
    let names = || -> std::result::Result<Stack<X509Name>, ErrorStack> {
        let mut names = Stack::new()?;
        let mut size = 0;
        for certificate in &authorities.from_file {
            size += certificate.subject_name().to_der()?.len() + 2;
            names.push(certificate.subject_name().to_owned()?)?;
        }
        // More than the message can carry: clients then show what they have (RFC 5246, section 7.4.4).
        Ok(if size > MOST_NAMES {
            Stack::new()?
        } else {
            names
        })
    };
    let names = names().map_err(|e| from_openssl(&e, "the list of authorities cannot be made"))?;
    builder.set_client_ca_list(names);
    rules.unread = std::mem::take(&mut authorities.unread);
    Ok(authorities)
}

fn check_peers(builder: &mut SslContextBuilder, mode: SslVerifyMode, rules: &Arc<Rules>) {
    let rules = Arc::clone(rules);
    builder.set_verify_callback(mode, move |passed, context| rules.judge(passed, context));
}

/// A client's sessions go into `sessions`, with the server they belong to.
fn keep_sessions(builder: &mut SslContextBuilder, sessions: &Arc<Sessions>) {
    let sessions = Arc::clone(sessions);
    builder.set_session_cache_mode(SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL);
    builder.set_new_session_callback(move |ssl, session| {
        if let Some(server) = verify::attached(ssl).and_then(|attached| attached.server.as_ref()) {
            sessions.put(server, session);
        }
    });
}

/// What only a server sets.
fn serve(
    builder: &mut SslContextBuilder,
    options: &TlsOptions,
    level: u32,
    keys: Keys,
    rules: resume::Digest,
    directory: Option<Arc<Directory>>,
) -> std::result::Result<(), ErrorStack> {
    builder.set_options(SslOptions::CIPHER_SERVER_PREFERENCE);
    builder.set_session_cache_mode(SslSessionCacheMode::SERVER);
    builder.set_session_cache_size(SERVER_SESSIONS);
    tickets::seal(builder, keys)?;
    let protocols = options.protocols().map_err(|_| ErrorStack::get())?;
    if protocols.legacy() {
        level::allow_finite_fields(builder);
    }
    // The name counts (RFC 6066, section 3): it is told, and a session belongs to it.
    builder.set_servername_callback(|_, _| Ok(()));
    builder.set_client_hello_callback(move |ssl, _| {
        level::raise(ssl, protocols, level);
        let name = hello::server_name(ssl);
        let shown = match (&directory, &name) {
            (Some(directory), Some(name)) => directory.show(ssl, name)?,
            _ => None,
        };
        resume::bind(ssl, &rules, name.as_deref(), shown)?;
        Ok(ClientHelloResponse::SUCCESS)
    });
    Ok(())
}

/// The first of `ours` that is in `offered`, both written as in RFC 7301; the result is the part of `offered`.
fn first_in_common<'a>(ours: &[u8], offered: &'a [u8]) -> Option<&'a [u8]> {
    names(ours).find_map(|wanted| names(offered).find(|name| *name == wanted))
}

/// The protocol names of a list in RFC 7301's form; it ends where the list is malformed.
fn names(mut list: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = list.split_first()?;
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        list = rest;
        Some(name)
    })
}
