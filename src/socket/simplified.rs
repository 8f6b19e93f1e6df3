//! A server: a door, and as a simplified server its one client, which it reads and writes to itself.

use super::connection::Connection;
use super::listener::Listener;
use super::options;
use super::watched::{Sight, Watchable, Watched};
use crate::constants::SocketReadIdle;
use crate::error::{Code, Error, Result};
use crate::framing::Framing;
use crate::net::{self, Deadline, SystemSocket};
use parking_lot::{Mutex, MutexGuard};
use std::fmt;
use std::ptr::addr_eq;
use std::sync::Arc;

/// A server with its attached client, if it is read as a simplified server.
pub struct Server {
    /// Where clients arrive.
    pub door: Listener,
    /// From its first read until the client leaves.
    client: Mutex<Option<Attached>>,
    watched: Watched,
}

/// A simplified server's client.
struct Attached {
    stream: Arc<dyn Connection>,
    /// Whether a read has told that its bytes are no messages: unless the mode is changed, the next read takes
    /// the next client.
    is_done_with: bool,
}

impl Attached {
    fn is(&self, stream: &Arc<dyn Connection>) -> bool {
        addr_eq(Arc::as_ptr(&self.stream), Arc::as_ptr(stream))
    }
}

impl Server {
    /// A server without an attached client.
    pub fn new(door: Listener) -> Self {
        Server {
            door,
            client: Mutex::new(None),
            watched: Watched::default(),
        }
    }

    /// The simplified server's read: takes a client first if there is none, within the same
    /// deadline. When the client leaves, or sends what is no message, one read says so and the next takes
    /// the next client.
    pub fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        let client = loop {
            if let Some(client) = self.attach()? {
                break client;
            }
            let idle = self.door.welcome.option(SocketReadIdle);
            deadline.unless_silent(idle, |deadline| self.door.wait_for_connection(deadline))?;
        };
        client.read(out, deadline).inspect_err(|error| {
            if is_end(error.code) {
                self.detach(&client);
            } else if [Code::BadFrame, Code::MessageTooLarge].contains(&error.code) {
                self.be_done_with(&client);
            }
        })
    }

    /// Drops the attached client that sends no messages; else takes the waiting client and closes the
    /// connection; where none waits, drops the attached one. Errors: as `accept`.
    pub fn deny(&self) -> Result<()> {
        let is_done_with = matches!(&*self.client.lock(), Some(client) if client.is_done_with);
        let taken = match is_done_with {
            true => Err(self.door.no_client()),
            false => self.door.take_client(),
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
    pub fn client(&self) -> Result<Arc<dyn Connection>> {
        let client = self.client.lock();
        let client = client.as_ref().map(|client| Arc::clone(&client.stream));
        client.ok_or_else(|| {
            Error::new(
                Code::NoConnection,
                format!(
                    "no client is attached on {}: SocketRead on this server takes the next one",
                    self.door.local()
                ),
            )
        })
    }

    /// Goes on in another transmission mode: the attached client and those to come.
    pub fn set_framing(&self, framing: &Framing) -> Result<()> {
        self.door.welcome.set_framing(framing);
        if let Some(client) = &mut *self.client.lock() {
            client.stream.set_framing(framing)?;
            client.is_done_with = false;
        }
        Ok(())
    }

    /// Sets an option, for the clients accepted from now on; what streams keep themselves also for the attached
    /// one. Errors: INVALID_ARGUMENT, WRONG_KIND (the port is taken already).
    pub fn set_option(&self, option: i32, value: i32) -> Result<()> {
        if options::is_streams_own(option)
            && let Ok(client) = self.client()
        {
            client.set_option(option, value)?;
        }
        self.door.set_option(option, value)
    }

    /// Closes the door and the attached client; channels stay open.
    pub fn close(&self) {
        self.door.close();
        let client = self.client.lock().take();
        if let Some(client) = client {
            client.stream.close();
        }
    }

    /// Ends the waits of the calls that began before this cancel, at the door and at the attached client.
    pub fn end_waits(&self, number: u64) {
        self.door.socket().end_waits(number);
        if let Ok(client) = self.client() {
            client.end_waits(number);
        }
    }

    /// The attached client, or the waiting one that becomes it; `None` when nobody waits, and while the
    /// server rests.
    fn attach(&self) -> Result<Option<Arc<dyn Connection>>> {
        let mut client = self.client.lock();
        if self.door.socket().is_cancelled() {
            return Err(net::cancelled());
        }
        if let Some(gone) = client.take_if(|client| client.is_done_with) {
            self.take_back(&gone.stream);
            MutexGuard::unlocked(&mut client, || gone.stream.close());
        }
        if let Some(client) = &*client {
            return Ok(Some(Arc::clone(&client.stream)));
        }
        if self.door.rest.until().is_some() {
            return Ok(None);
        }
        let stream = match self.door.accept() {
            Ok(stream) => stream,
            Err(error) if error.code == Code::NoConnection => return Ok(None),
            Err(error) => return Err(error),
        };
        self.announce(&stream).inspect_err(|_| {
            self.take_back(&stream);
            self.door.rest.begin();
        })?;
        *client = Some(Attached {
            stream: Arc::clone(&stream),
            is_done_with: false,
        });
        Ok(Some(stream))
    }

    fn detach(&self, gone: &Arc<dyn Connection>) {
        let mut client = self.client.lock();
        if client.take_if(|client| client.is(gone)).is_some() {
            self.take_back(gone);
        }
        drop(client);
        gone.close();
    }

    /// Makes the attached client known to the watches. Errors: LIMIT.
    fn announce(&self, client: &Arc<dyn Connection>) -> Result<()> {
        let socket = client.wire().socket();
        self.watched.client_came(client.watched(), socket)
    }

    fn take_back(&self, client: &Arc<dyn Connection>) {
        self.watched.client_left(client.wire().socket());
    }

    /// The next read takes the next client.
    fn be_done_with(&self, stream: &Arc<dyn Connection>) {
        if let Some(client) = &mut *self.client.lock()
            && client.is(stream)
        {
            client.is_done_with = true;
        }
    }
}

impl Watchable for Server {
    fn watched(&self) -> &Watched {
        &self.watched
    }

    fn socket(&self) -> &SystemSocket {
        self.door.socket()
    }

    /// The attached client's messages, or without one whether a client waits.
    fn sight(&self, news: bool) -> Sight {
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
                let look_at = self.door.rest.until();
                Sight {
                    ready: look_at.is_none() && self.door.has_client(),
                    own: look_at.is_none(),
                    client: false,
                    look_at,
                }
            }
        }
    }

    fn share_client(&self) -> Result<()> {
        match &*self.client.lock() {
            Some(client) => self.announce(&client.stream),
            None => Ok(()),
        }
    }

    fn may_be_written(&self) -> Result<()> {
        self.client().map(drop)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.door.local())
    }
}

/// Whether a read that failed so was the last of its connection.
fn is_end(code: Code) -> bool {
    matches!(
        code,
        Code::Closed
            | Code::Lost
            | Code::AccessDenied
            | Code::Unreachable
            | Code::System
            | Code::TlsProtocol
            | Code::TlsCertificate
    )
}
