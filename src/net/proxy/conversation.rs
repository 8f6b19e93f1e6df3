//! The talk with a proxy before it connects: what is asked for, bytes out, answers in, and how a failure is told.

use crate::error::{Code, Error, Result};
use crate::net::cancel::cancelled;
use crate::net::deadline::Deadline;
use crate::net::endpoint::Endpoint;
use crate::net::stop::Stop;
use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;

/// Where a proxy is to connect to.
pub enum Target<'a> {
    /// A host that the proxy looks up, and a port.
    Name(Cow<'a, str>, u16),
    /// An address.
    Address(SocketAddr),
}

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Name(host, port) => write!(f, "{host} port {port}"),
            Target::Address(address) => Endpoint::from(*address).fmt(f),
        }
    }
}

/// What carries the bytes to a proxy and back: a connection in clear, or under TLS.
pub trait Carrier {
    /// Sends all the bytes.
    fn send(&self, bytes: &[u8], deadline: &Deadline) -> std::result::Result<(), Stop>;

    /// Receives some bytes, no more than there is room for; 0 is the end.
    fn receive(&self, out: &mut [u8], deadline: &Deadline) -> std::result::Result<usize, Stop>;

    /// Whether another thread has closed it.
    fn is_cancelled(&self) -> bool;
}

/// One conversation with a proxy, over a connection to it that stands.
pub struct Conversation<'a> {
    /// The connection.
    pub carrier: &'a dyn Carrier,
    /// The proxy's address.
    pub peer: Endpoint,
    /// What the proxy speaks, as texts call it.
    pub protocol: &'static str,
    /// What the proxy is asked for.
    pub target: &'a Target<'a>,
    /// When the answers have to be there.
    pub deadline: &'a Deadline,
}

impl Conversation<'_> {
    /// Sends all the bytes.
    pub fn send(&self, bytes: &[u8]) -> Result<()> {
        let sent = self.carrier.send(bytes, self.deadline);
        sent.map_err(|stop| self.stopped(stop))
    }

    /// Receives so many bytes.
    pub fn receive<const N: usize>(&self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Receives just so many bytes: those behind them are the server's.
    pub fn fill(&self, mut rest: &mut [u8]) -> Result<()> {
        let whole = rest.len();
        while !rest.is_empty() {
            match self.receive_some(rest)? {
                0 if rest.len() < whole => return Err(self.ended_in_the_middle()),
                0 => return Err(self.ended_without_answer()),
                count => rest = &mut rest[count..],
            }
        }
        Ok(())
    }

    /// Receives some bytes; 0 is the end.
    pub fn receive_some(&self, out: &mut [u8]) -> Result<usize> {
        if self.deadline.has_run_out() {
            return Err(self.stopped(Stop::TimedOut));
        }
        let received = self.carrier.receive(out, self.deadline);
        received.map_err(|stop| self.stopped(stop))
    }

    /// The proxy left before its answer was whole.
    pub fn ended_in_the_middle(&self) -> Error {
        let why = "it ended the connection in the middle of its answer";
        self.failed(Code::Proxy, why)
    }

    /// The proxy left and said nothing.
    pub fn ended_without_answer(&self) -> Error {
        let protocol = self.protocol;
        self.failed(
            Code::Proxy,
            &format!(
                "it ended the connection without an answer: it may not reach that host, or not speak {protocol}"
            ),
        )
    }

    /// The proxy speaks something else.
    pub fn no_protocol(&self, seen: &str) -> Error {
        let protocol = self.protocol;
        self.failed(
            Code::Proxy,
            &format!("it does not speak {protocol}, {seen}"),
        )
    }

    /// The proxy did not connect. The text names both.
    pub fn failed(&self, code: Code, why: &str) -> Error {
        Error::new(
            code,
            format!(
                "the proxy {} did not connect to {}: {why}",
                self.peer, self.target
            ),
        )
    }

    fn stopped(&self, stop: Stop) -> Error {
        match stop {
            Stop::TimedOut => self.failed(
                Code::Timeout,
                &format!("it did not answer within {} ms", self.deadline.total()),
            ),
            Stop::Cancelled(ender) => ender.told(),
            Stop::Failed(_) | Stop::Told(_) if self.carrier.is_cancelled() => cancelled(),
            Stop::Failed(error) => {
                self.broke(&Error::from_io(&error, "the connection to it broke"))
            }
            Stop::Told(error) => self.broke(&error),
        }
    }

    fn broke(&self, told: &Error) -> Error {
        let code = match told.code {
            Code::Limit => Code::Limit,
            _ => Code::Proxy,
        };
        self.failed(code, &told.text).with_system(told.system)
    }
}
