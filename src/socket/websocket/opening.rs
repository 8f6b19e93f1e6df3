//! The handshake: a client's, while it connects, and a server's, in the first call that needs the client.

use super::WebSocket;
use super::inbox::Inbox;
use super::reading::goes_on;
use super::request::Request;
use crate::backlog::Backlog;
use crate::constants::SSLHandshakeTimeout;
use crate::error::{Code, Error, Result};
use crate::net::Deadline;
use crate::room::Room;
use crate::socket::options::Options;
use crate::socket::stream::Stream;
use crate::websocket::Side;
use crate::websocket::handshake::{self, LONGEST_HEAD, answer, end_of_head};
use std::io::IoSlice;
use std::sync::Arc;

impl WebSocket {
    /// A client's WebSocket over a connection that stands.
    ///
    /// Waits for the server's answer until the deadline. Errors: BAD_FRAME (it speaks no WebSocket), ACCESS_DENIED,
    /// REFUSED (it answered something else), LOST, TIMEOUT, CANCELLED, LIMIT.
    pub fn connect(
        stream: Arc<Stream>,
        request: &Request<'_>,
        options: &Options,
        deadline: &Deadline,
    ) -> Result<Arc<Self>> {
        let told = |error| unanswered(error, &stream, deadline);
        let mut parts = [IoSlice::new(request.text.as_bytes())];
        let sent = stream.wire().send(&mut parts, false, deadline);
        sent.map_err(|(_, stop)| told(stream.read_stopped(stop, deadline)))?;
        let mut head = Backlog::default();
        let mut seen = 0;
        let end = loop {
            if let Some(end) = end_of_head(head.bytes(), seen).filter(|&end| end <= LONGEST_HEAD) {
                break end;
            }
            seen = head.len();
            if seen >= LONGEST_HEAD {
                return Err(Error::new(
                    Code::BadFrame,
                    format!(
                        "{} sent {LONGEST_HEAD} bytes without the end of an answer: it does not speak WebSocket there",
                        stream.peer()
                    ),
                ));
            }
            let mut room = Room::new().map_err(|error| Error::from_io(&error, "receiving"))?;
            let count = stream
                .read_unless_lost(room.space(), deadline)
                .map_err(told)?;
            room.set_filled(count);
            head.push_room(room, 0).map_err(|_| {
                Error::new(Code::Limit, "there is no memory for the server's answer")
            })?;
        };
        request
            .wish
            .check_answer(&head.bytes()[..end], &request.key)?;
        head.consume(end);
        Ok(Arc::new(WebSocket::new(
            stream,
            Side::Client,
            Inbox::open(head),
            options,
        )))
    }

    /// A server's WebSocket, whose client has still to ask for it.
    pub fn serve(stream: Arc<Stream>, options: &Options) -> Arc<Self> {
        let inbox = Inbox::unopened(options.get(SSLHandshakeTimeout));
        Arc::new(WebSocket::new(stream, Side::Server, inbox, options))
    }

    /// Answers a client whose request has come whole. Errors: LIMIT.
    pub(super) fn open(&self, inbox: &mut Inbox) -> Result<()> {
        let overdue = inbox.drop_at().is_some_and(Deadline::has_passed);
        let Some(opening) = inbox.opening.as_mut() else {
            return Ok(());
        };
        let bytes = inbox.raw.bytes();
        let end = end_of_head(bytes, opening.seen).filter(|&end| end <= LONGEST_HEAD);
        opening.seen = bytes.len();
        let answered = match end {
            Some(end) => answer(&bytes[..end]).map(|text| (end, text)),
            None if bytes.len() >= LONGEST_HEAD => Err(handshake::too_long()),
            None if overdue => {
                let patience = opening.drop_at.total();
                self.drop_silent(inbox, patience);
                return Ok(());
            }
            None => return Ok(()),
        };
        let mut outbox = self.outbox.lock();
        let reply = match &answered {
            Ok((_, text)) => text.as_str(),
            Err(refused) => refused.answer,
        };
        outbox.unsent.push(reply.as_bytes()).map_err(|_| {
            Error::new(
                Code::Limit,
                "there is no memory to answer the client; it goes on waiting",
            )
        })?;
        match answered {
            Ok((end, _)) => inbox.raw.consume(end),
            Err(refused) => {
                outbox.refuse(refused.error.clone());
                inbox.raw.clear();
                inbox.set_end(refused.error);
            }
        }
        inbox.opening = None;
        Ok(())
    }

    /// Waits until the client has been answered. Errors: those of reading.
    pub(super) fn await_opening(&self, deadline: &Deadline) -> Result<()> {
        self.receive_until(deadline, |inbox| {
            self.open(inbox)?;
            match (&inbox.opening, inbox.end()) {
                (None, _) => Ok(Some(())),
                (Some(_), Some(end)) => Err(end.clone()),
                (Some(_), None) => Ok(None),
            }
        })
    }

    fn drop_silent(&self, inbox: &mut Inbox, patience: i32) {
        let socket = self.stream.wire().socket();
        let _ = socket.inner().shutdown(std::net::Shutdown::Both);
        inbox.set_end(Error::new(
            Code::Lost,
            format!(
                "{} did not ask for a WebSocket within {patience} ms (SSLHandshakeTimeout) and was dropped: perhaps it does not speak WebSocket",
                self.peer()
            ),
        ));
    }
}

/// Why a server did not answer.
fn unanswered(error: Error, stream: &Stream, deadline: &Deadline) -> Error {
    let text = match error.code {
        Code::Timeout => format!(
            "{} did not answer the WebSocket handshake within {} ms: perhaps it does not speak WebSocket",
            stream.peer(),
            deadline.total()
        ),
        Code::Closed => format!(
            "{} ended the connection before it answered the WebSocket handshake: perhaps it does not speak WebSocket",
            stream.peer()
        ),
        _ => return error,
    };
    let code = if goes_on(error.code) {
        error.code
    } else {
        Code::Lost
    };
    Error::new(code, text)
}
