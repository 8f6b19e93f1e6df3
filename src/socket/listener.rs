//! A listening socket: a standard server's door, or a simplified server with its one client.

use super::bind;
use super::options::{self, Level, Options};
use super::rest::Rest;
use super::secure::Outlet;
use super::settings::Settings;
use super::stream::Stream;
use super::watched::{Sight, Watched};
use super::wire::Wire;
use crate::constants::{
    SSLHandshakeTimeout, SocketBacklog, SocketMulticastLoop, SocketReadIdle, SocketUniqueAddress,
};
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{self, Deadline, Endpoint, Interest, Socket, Stop};
use crate::tls::{ServerContext, Session};
use parking_lot::Mutex;
use socket2::{Domain, SockAddr, Type};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// How many clients that have left already one call passes over.
const MOST_GONE: usize = 1024;

/// A TCP port, or a Bluetooth channel, on which clients are waited for.
pub struct Listener {
    socket: Socket,
    local: Endpoint,
    welcome: Mutex<Welcome>,
    /// The simplified server's client, from its first read until the client leaves.
    client: Mutex<Option<Attached>>,
    rest: Rest,
    watched: Watched,
}

/// A simplified server's client.
struct Attached {
    stream: Arc<Stream>,
    /// Whether a read has told that its bytes are no messages: unless the mode is changed, the next read takes
    /// the next client.
    is_done_with: bool,
}

/// What the clients of a listener start with.
#[derive(Clone)]
struct Welcome {
    framing: Framing,
    settings: Arc<Settings>,
    /// Texts that were set one after the other and make no certificate with its key yet.
    pending: Option<Arc<Settings>>,
    tls: Option<Credentials>,
}

/// How a TLS server shows itself.
#[derive(Clone)]
pub struct Credentials {
    /// Protocols, and what kind of text `certificate` is.
    pub bits: i32,
    /// A path, a common name or a thumbprint.
    pub certificate: String,
    /// Where a name or a thumbprint is looked up.
    pub store: String,
    /// What was made of them; made anew when the files change.
    context: Option<Arc<ServerContext>>,
}

impl Attached {
    fn is(&self, stream: &Arc<Stream>) -> bool {
        Arc::ptr_eq(&self.stream, stream)
    }
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
    fn load(&mut self, settings: &Settings) -> Result<Arc<ServerContext>> {
        let options = settings.tls(self.bits, &self.certificate, &self.store);
        let context = ServerContext::get(&options)?;
        self.context = Some(Arc::clone(&context));
        Ok(context)
    }
}

impl Listener {
    /// Listens on the first of the addresses that can be had; none means all interfaces, IPv6
    /// and IPv4 together where the machine has both.
    /// Errors: ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, ACCESS_DENIED, LIMIT.
    pub fn open(addresses: &[SocketAddr], port: u16, settings: Settings) -> Result<Self> {
        let (socket, local) = bind::first(addresses, port, "listening on", |address, dual| {
            listen(address, dual, &settings.options)
        })?;
        Ok(Self::new(socket, local, settings))
    }

    /// Listens on an RFCOMM channel of this machine's Bluetooth adapters.
    /// Errors: NOT_SUPPORTED, ADDRESS_IN_USE, LIMIT.
    pub fn open_bluetooth(channel: u8, settings: Settings) -> Result<Self> {
        let options = settings.options;
        let configure = |socket: &socket2::Socket| options.apply_buffers(socket);
        let socket = net::listen_bluetooth(channel, options.get(SocketBacklog), configure)?;
        let local = bind::local(&socket)?;
        Ok(Self::new(socket, local, settings))
    }

    /// Puts the clients to come under TLS, and tells a warning about the certificate if there is one.
    /// Errors: CERTIFICATE, NOT_SUPPORTED, INVALID_ARGUMENT.
    pub fn secure(&self, mut credentials: Credentials) -> Result<Option<String>> {
        let mut welcome = self.welcome.lock();
        let context = credentials.load(&welcome.settings)?;
        welcome.tls = Some(credentials);
        Ok(context.warning())
    }

    fn new(socket: socket2::Socket, local: Endpoint, settings: Settings) -> Self {
        Listener {
            socket: Socket::new(socket),
            local,
            welcome: Mutex::new(Welcome {
                framing: Framing::default(),
                settings: Arc::new(settings),
                pending: None,
                tls: None,
            }),
            client: Mutex::new(None),
            rest: Rest::default(),
            watched: Watched::default(),
        }
    }

    /// The socket on which clients arrive.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The watches it is in.
    pub fn watched(&self) -> &Watched {
        &self.watched
    }

    /// What a watch sees: the attached client's messages, or without one whether a client waits.
    pub fn sight(&self, news: bool) -> Sight {
        match self.client() {
            Ok(client) => {
                let seen = client.sight(news);
                Sight {
                    ready: seen.ready,
                    own: false,
                    client: seen.own,
                    look_at: seen.look_at,
                }
            }
            Err(_) => {
                let look_at = self.rest.until();
                Sight {
                    ready: look_at.is_none() && self.has_client(),
                    own: look_at.is_none(),
                    client: false,
                    look_at,
                }
            }
        }
    }

    /// Makes the attached client known to the watches. Errors: LIMIT.
    pub fn share_client(&self) -> Result<()> {
        match &*self.client.lock() {
            Some(client) => self.watched.adopt(&client.stream),
            None => Ok(()),
        }
    }

    /// The address and port it listens on.
    pub fn local(&self) -> Endpoint {
        self.local
    }

    /// Waits until a client waits. One that could not be taken, because the system was out of descriptors
    /// or memory, counts again after a tenth of a second. Errors: TIMEOUT, CANCELLED.
    pub fn wait_for_connection(&self, deadline: &Deadline) -> Result<()> {
        let rested = self.rest.wait(&self.socket, deadline);
        let what = match &rested {
            Ok(()) => "no client came to",
            Err(_) => "the system had no descriptor or memory left for the next client of",
        };
        rested
            .and_then(|()| self.socket.wait(Interest::Read, deadline))
            .map_err(|stop| match stop {
                Stop::TimedOut => Error::new(
                    Code::Timeout,
                    format!("{what} {} {}", self.local, deadline.in_words()),
                ),
                Stop::Cancelled => net::cancelled(),
                Stop::Failed(error) => self.failed(&error),
                Stop::Told(error) => error,
            })
    }

    /// Takes the waiting client. Does not wait. Errors: NO_CONNECTION, LIMIT (the client goes on
    /// waiting), CANCELLED.
    pub fn accept(&self) -> Result<Arc<Stream>> {
        let accepted = self.try_accept();
        match &accepted {
            Ok(_) => self.rest.end(),
            Err(error) if error.code == Code::Limit => self.rest.begin(),
            Err(_) => {}
        }
        accepted
    }

    fn try_accept(&self) -> Result<Arc<Stream>> {
        let welcome = self.welcome.lock().clone();
        let Welcome {
            framing,
            settings,
            tls,
            pending: _,
        } = welcome;
        let session = match tls {
            // What TLS needs is had first: a client that was taken could not go on waiting.
            Some(credentials) if self.has_client() => {
                Some(self.prepare_session(credentials, &settings)?)
            }
            Some(_) => return Err(self.no_client()),
            None => None,
        };
        let (socket, address) = self.take_client()?;
        let peer = bind::endpoint(&address)?;
        let wire = Wire::plain(Arc::new(Socket::new(socket)));
        let Some(session) = session else {
            return Ok(Stream::new(wire, peer, framing, &settings.options));
        };
        wire.secure(session, settings.options.get(SSLHandshakeTimeout))?;
        let stream = Stream::new(wire, peer, framing, &settings.options);
        stream.keep_settings(settings);
        Ok(stream)
    }

    fn prepare_session(
        &self,
        mut credentials: Credentials,
        settings: &Arc<Settings>,
    ) -> Result<Session<Outlet>> {
        // Files that are being replaced at this moment are no reason to turn a client away.
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

    fn has_client(&self) -> bool {
        self.socket.wait(Interest::Read, &Deadline::now()).is_ok()
    }

    fn no_client(&self) -> Error {
        if self.socket.is_cancelled() {
            return net::cancelled();
        }
        Error::new(
            Code::NoConnection,
            format!(
                "no client is waiting on {}: SocketWaitForConnection waits for the next",
                self.local
            ),
        )
    }

    /// Goes over to what was set since, once the files that it waited for are there.
    fn take_up_pending(&self) -> Option<Arc<ServerContext>> {
        let (pending, mut credentials) = {
            let welcome = self.welcome.lock();
            (welcome.pending.clone()?, welcome.tls.clone()?)
        };
        let context = credentials.load(&pending).ok()?;
        let mut welcome = self.welcome.lock();
        if welcome
            .pending
            .as_ref()
            .is_some_and(|now| Arc::ptr_eq(now, &pending))
        {
            welcome.settings = pending;
            welcome.pending = None;
            welcome.tls = Some(credentials);
        }
        Some(context)
    }

    /// Keeps the newest context for clients that come while its files cannot be read.
    fn remember(&self, settings: &Arc<Settings>, context: &Arc<ServerContext>) {
        let mut welcome = self.welcome.lock();
        if !Arc::ptr_eq(&welcome.settings, settings) {
            return;
        }
        if let Some(credentials) = &mut welcome.tls {
            let earlier = credentials.context.replace(Arc::clone(context));
            // Freeing a context takes a while; others need not wait for it.
            drop(welcome);
            drop(earlier);
        }
    }

    /// Drops the attached client that sends no messages; else takes the waiting client and closes the
    /// connection; where none waits, drops the attached one. Errors: as `accept`.
    pub fn deny(&self) -> Result<()> {
        let is_done_with = matches!(&*self.client.lock(), Some(client) if client.is_done_with);
        let taken = match is_done_with {
            true => Err(self.no_client()),
            false => self.take_client(),
        };
        match taken {
            Err(error) if error.code == Code::NoConnection => {
                let attached = self.client().map_err(|_| error)?;
                self.detach(&attached);
                Ok(())
            }
            taken => taken.map(drop),
        }
    }

    /// The simplified server's client. Errors: NO_CONNECTION.
    pub fn client(&self) -> Result<Arc<Stream>> {
        let client = self.client.lock();
        let client = client.as_ref().map(|client| Arc::clone(&client.stream));
        client.ok_or_else(|| {
            Error::new(
                Code::NoConnection,
                format!(
                    "no client is attached on {}: SocketRead on this server takes the next one",
                    self.local
                ),
            )
        })
    }

    /// The simplified server's read: takes a client first if there is none, within the same
    /// deadline. When the client leaves, or sends what is no message, one read says so and the next takes
    /// the next client.
    pub fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        let client = loop {
            if let Some(client) = self.attach()? {
                break client;
            }
            let idle = self.welcome.lock().settings.options.get(SocketReadIdle);
            match idle {
                0 => self.wait_for_connection(deadline)?,
                most => self.wait_for_connection(&deadline.unless_silent(most))?,
            }
        };
        client.read(out, deadline).inspect_err(|error| {
            if is_end(error.code) {
                self.detach(&client);
            } else if [Code::BadFrame, Code::MessageTooLarge].contains(&error.code) {
                self.be_done_with(&client);
            }
        })
    }

    /// Goes on in another transmission mode: the attached client and those to come.
    pub fn set_framing(&self, framing: &Framing) {
        self.welcome.lock().framing = framing.clone();
        if let Some(client) = &mut *self.client.lock() {
            client.stream.set_framing(framing);
            client.is_done_with = false;
        }
    }

    /// The value of an option. Errors: INVALID_ARGUMENT, WRONG_KIND.
    pub fn option(&self, option: i32) -> Result<i32> {
        options::known(option)?;
        options::check_kind(option, self.local)?;
        if options::is_system(option) {
            return options::read_system(self.socket.inner(), option)
                .map_err(|error| self.failed(&error));
        }
        match option {
            o if o == SocketMulticastLoop => Err(options::wrong_kind(option)),
            o if o == SocketUniqueAddress => net::unique_address(self.socket.inner())
                .map(i32::from)
                .map_err(|error| self.failed(&error)),
            _ => Ok(self.welcome.lock().settings.options.get(option)),
        }
    }

    /// Sets an option, for the clients accepted from now on; what streams keep themselves also for the attached
    /// one.
    /// Errors: INVALID_ARGUMENT, WRONG_KIND (the port is taken already).
    pub fn set_option(&self, option: i32, value: i32) -> Result<()> {
        let value = options::check(option, value, Level::Socket)?;
        options::check_kind(option, self.local)?;
        if options::is_system(option) {
            // The system hands these on to the sockets it accepts.
            options::write_system(self.socket.inner(), option, value)
                .map_err(|error| self.failed(&error))?;
        } else if option == SocketBacklog {
            self.socket
                .inner()
                .listen(value)
                .map_err(|error| self.failed(&error))?;
        } else if !(options::is_streams_own(option) || options::is_tls(option) && self.is_tls()) {
            return Err(options::wrong_kind(option));
        } else if options::is_streams_own(option)
            && let Ok(client) = self.client()
        {
            client.set_option(option, value)?;
        }
        self.change_settings(
            |settings| {
                settings.options.set(option, value);
                Ok(())
            },
            false,
        )
    }

    /// Sets a text option for the clients accepted from now on.
    /// Errors: INVALID_ARGUMENT, WRONG_KIND (not a TLS server), CERTIFICATE (it counts together with what
    /// is set next: a new key, its password and its certificate come one after the other).
    pub fn set_text(&self, option: i32, text: &str) -> Result<()> {
        if !self.is_tls() {
            return Err(options::wrong_kind(option));
        }
        self.change_settings(|settings| settings.set_text(option, text), true)
    }

    /// Whether its clients speak TLS.
    pub fn is_tls(&self) -> bool {
        self.welcome.lock().tls.is_some()
    }

    /// Changes what later clients start with, all or nothing. What makes no usable certificate may `wait`
    /// for the changes that follow.
    fn change_settings(
        &self,
        change: impl Fn(&mut Settings) -> Result<()>,
        may_wait: bool,
    ) -> Result<()> {
        let mut guard = self.welcome.lock();
        let welcome = &mut *guard;
        let changed = |settings: &Arc<Settings>| {
            let mut settings = settings.as_ref().clone();
            change(&mut settings)?;
            Ok::<_, Error>(Arc::new(settings))
        };
        let mut load = |settings: &Settings| match &mut welcome.tls {
            Some(credentials) => credentials.load(settings).map(drop),
            None => Ok(()),
        };
        let together = changed(welcome.pending.as_ref().unwrap_or(&welcome.settings))?;
        let Err(error) = load(&together) else {
            welcome.settings = together;
            welcome.pending = None;
            return Ok(());
        };
        if welcome.pending.is_some() {
            // Without what waits it may be good already.
            let alone = changed(&welcome.settings)?;
            if load(&alone).is_ok() {
                welcome.settings = alone;
                welcome.pending = Some(together);
                return Ok(());
            }
        }
        if !may_wait || error.code != Code::Certificate {
            return Err(error);
        }
        welcome.pending = Some(together);
        Err(Error {
            text: format!(
                "{}; the server goes on as before, and this counts as soon as it fits together with what is set next",
                error.text
            )
            .into(),
            ..error
        })
    }

    /// Closes the door and the attached client; channels stay open.
    pub fn close(&self) {
        self.socket.cancel();
        if let Some(client) = self.client.lock().take() {
            client.stream.close();
        }
    }

    /// The attached client, or the waiting one that becomes it; `None` when nobody waits, and while the
    /// server rests.
    fn attach(&self) -> Result<Option<Arc<Stream>>> {
        let mut client = self.client.lock();
        if self.socket.is_cancelled() {
            return Err(net::cancelled());
        }
        if let Some(gone) = client.take_if(|client| client.is_done_with) {
            self.watched.orphan(&gone.stream);
            gone.stream.close();
        }
        if let Some(client) = &*client {
            return Ok(Some(Arc::clone(&client.stream)));
        }
        if self.rest.until().is_some() {
            return Ok(None);
        }
        let stream = match self.accept() {
            Ok(stream) => stream,
            Err(error) if error.code == Code::NoConnection => return Ok(None),
            Err(error) => return Err(error),
        };
        self.watched.adopt(&stream).inspect_err(|_| {
            self.watched.orphan(&stream);
            self.rest.begin();
        })?;
        *client = Some(Attached {
            stream: Arc::clone(&stream),
            is_done_with: false,
        });
        Ok(Some(stream))
    }

    fn detach(&self, gone: &Arc<Stream>) {
        let mut client = self.client.lock();
        if client.take_if(|client| client.is(gone)).is_some() {
            self.watched.orphan(gone);
        }
        gone.close();
    }

    /// The next read takes the next client.
    fn be_done_with(&self, stream: &Arc<Stream>) {
        if let Some(client) = &mut *self.client.lock()
            && client.is(stream)
        {
            client.is_done_with = true;
        }
    }

    fn take_client(&self) -> Result<(socket2::Socket, SockAddr)> {
        for _ in 0..MOST_GONE {
            match self.socket.inner().accept() {
                Ok(accepted) => return Ok(accepted),
                Err(_) if self.socket.is_cancelled() => return Err(net::cancelled()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // A signal, or a client that left while it waited: the next one, if any.
                Err(error) if net::is_lost_client(&error) => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Err(self.no_client())
    }

    fn failed(&self, error: &io::Error) -> Error {
        Error::from_io(error, format_args!("the server on {}", self.local))
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listener({})", self.local)
    }
}

/// Whether a read that failed so was the last of its connection.
fn is_end(code: Code) -> bool {
    matches!(
        code,
        Code::Closed
            | Code::Lost
            | Code::Unreachable
            | Code::System
            | Code::TlsProtocol
            | Code::TlsCertificate
    )
}

fn listen(address: SocketAddr, dual: bool, options: &Options) -> io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(!dual)?;
    }
    options.apply(&socket)?;
    options.apply_to_listener(&socket)?;
    socket.bind(&address.into())?;
    socket.listen(options.get(SocketBacklog))?;
    // Accepting never waits: the wait is a call of its own.
    socket.set_nonblocking(true)?;
    Ok(socket)
}
