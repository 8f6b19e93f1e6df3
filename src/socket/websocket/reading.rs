//! Messages in, and what comes between them.

use super::WebSocket;
use super::inbox::Inbox;
use crate::constants::SocketReadIdle;
use crate::error::{Code, Error, Result};
use crate::net::{Deadline, Interest, Stop};
use crate::room::Room;
use crate::socket::turns::Look;
use crate::socket::watched::{Sight, Watchable};
use crate::websocket::Event;
use crate::websocket::decoder::Trouble;
use std::time::Instant;

/// How often a watch receives at most before it turns to the next socket, and SocketPending in all.
const MOST_RECEIVED: u32 = 16;
const MOST_AT_ONCE: u32 = 1024;

impl WebSocket {
    /// Reads the next message into `out` and tells its size.
    ///
    /// Waits until the deadline, or until nothing has arrived for SocketReadIdle. Errors: TIMEOUT (what arrived is
    /// kept), BUFFER_TOO_SMALL (the message is kept), BAD_FRAME, MESSAGE_TOO_LARGE, CLOSED, LOST, LIMIT, CANCELLED.
    pub fn read(&self, out: &mut [u8], deadline: &Deadline) -> Result<usize> {
        let idle = self.stream.option(SocketReadIdle)?;
        deadline.unless_silent(idle, |deadline| {
            self.receive_until(deadline, |inbox| self.take(inbox, out))
        })
    }

    /// Receives until there is what is looked for. Errors: those of `look`, TIMEOUT, CANCELLED, LIMIT.
    pub(super) fn receive_until<T>(
        &self,
        deadline: &Deadline,
        mut look: impl FnMut(&mut Inbox) -> Result<Option<T>>,
    ) -> Result<T> {
        let mut inbox = self.inbox.lock();
        loop {
            if let Some(found) = look(&mut inbox)? {
                return Ok(found);
            }
            if inbox.is_taken() {
                inbox
                    .wait(self.stream.wire().socket(), deadline)
                    .map_err(|stop| self.stream.read_stopped(stop, deadline))?;
                continue;
            }
            inbox.make_room()?;
            let drop_at = inbox.drop_at().cloned();
            let limit = drop_at.as_ref().map_or(deadline, |end| deadline.min(end));
            let watched = self.watched();
            let given_up = |_: &mut Inbox| watched.poke();
            let received;
            (inbox, received) = inbox.in_turn(given_up, || self.receive(limit));
            match received {
                Ok(room) => {
                    inbox.push(room);
                    inbox.note_arrival();
                    deadline.stir();
                    if let Some(found) = look(&mut inbox)? {
                        return Ok(found);
                    }
                    let socket = self.stream.wire().socket();
                    socket
                        .check(deadline)
                        .map_err(|stop| self.stream.read_stopped(stop, deadline))?;
                    if deadline.ends_after(1) {
                        return Err(self.stream.read_stopped(Stop::TimedOut, deadline));
                    }
                }
                Err(error) if error.code == Code::Timeout && !deadline.has_passed() => {}
                Err(error) if goes_on(error.code) => return Err(error),
                Err(error) => self.end_of_stream(&mut inbox, error),
            }
        }
    }

    /// Receives what comes, and lets leave meanwhile what the system did not take at once.
    fn receive(&self, deadline: &Deadline) -> Result<Room> {
        let mut room = Room::new().map_err(|error| Error::from_io(&error, "receiving"))?;
        loop {
            self.send_control();
            let outbox = self.outbox.lock();
            let is_blocked = outbox.is_blocked && !outbox.is_taken();
            drop(outbox);
            if !is_blocked {
                return self.receive_to(room, deadline);
            }
            let socket = self.stream.wire().socket();
            socket
                .wait(Interest::ReadOrWrite, deadline)
                .map_err(|stop| self.stream.read_stopped(stop, deadline))?;
            room = match self.try_receive(room)? {
                Ok(room) => return Ok(room),
                Err(room) => room,
            };
        }
    }

    fn receive_to(&self, mut room: Room, deadline: &Deadline) -> Result<Room> {
        let count = self.stream.read_unless_lost(room.space(), deadline)?;
        room.set_filled(count);
        Ok(room)
    }

    /// Receives what is there already; gives the room back where that is nothing.
    fn try_receive(&self, mut room: Room) -> Result<std::result::Result<Room, Room>> {
        match self.stream.read_unless_lost(room.space(), &Deadline::now()) {
            Ok(count) => {
                room.set_filled(count);
                Ok(Ok(room))
            }
            Err(error) if error.code == Code::Timeout => Ok(Err(room)),
            Err(error) => Err(error),
        }
    }

    /// The size of what the next read would return without waiting, 0 for nothing yet.
    /// Errors: what the next read would say.
    pub fn pending(&self) -> Result<usize> {
        let mut inbox = self.inbox.lock();
        for _ in 0..MOST_AT_ONCE {
            if let Some(length) = self.peek(&mut inbox)? {
                return Ok(length);
            }
            if inbox.is_taken() {
                break;
            }
            match self.stream.pending() {
                Ok(None) => break,
                Ok(Some(_)) | Err(_) => self.take_arrivals(&mut inbox)?,
            }
        }
        Ok(0)
    }

    /// What a watch sees; `news` says that the descriptor, or another call, has something.
    pub(super) fn look(&self, news: bool) -> Sight {
        let mut inbox = self.inbox.lock();
        let mut effort = 0;
        loop {
            let found = self.peek(&mut inbox);
            if inbox.is_taken() || !matches!(found, Ok(None)) {
                return Sight {
                    ready: !matches!(found, Ok(None)),
                    // Where another thread receives, it says so when it is done.
                    own: !inbox.is_taken(),
                    client: false,
                    look_at: None,
                };
            }
            // Bytes that only the stream has are taken all: no descriptor tells of them.
            let seen = self.stream.sight(news && effort < MOST_RECEIVED);
            effort += 1;
            if !seen.ready {
                return Sight {
                    look_at: earlier(seen.look_at, inbox.overdue_at()),
                    ..seen
                };
            }
            if self.take_arrivals(&mut inbox).is_err() {
                return Sight {
                    ready: true,
                    ..seen
                };
            }
        }
    }

    /// Takes what the stream has, under the lock. Errors: LIMIT.
    fn take_arrivals(&self, inbox: &mut Look<'_, Inbox>) -> Result<()> {
        inbox.make_room()?;
        let room = Room::new().map_err(|error| Error::from_io(&error, "receiving"))?;
        match self.try_receive(room) {
            Ok(Ok(room)) => {
                inbox.push(room);
                inbox.note_arrival();
            }
            Ok(Err(_)) => {}
            Err(error) if goes_on(error.code) => return Err(error),
            Err(error) => self.end_of_stream(inbox, error),
        }
        Ok(())
    }

    /// The size of the next message, `None` while it is not whole. Errors: as `take`.
    fn peek(&self, inbox: &mut Inbox) -> Result<Option<usize>> {
        self.advance(inbox)?;
        match (inbox.decoder.message(), inbox.end()) {
            (Some((_, message)), _) => Ok(Some(message.len())),
            (None, Some(end)) => Err(end.clone()),
            (None, None) => Ok(None),
        }
    }

    /// Moves the next message into `out`. Errors: BUFFER_TOO_SMALL (it stays), MESSAGE_TOO_LARGE, LIMIT, and once
    /// everything was read how the WebSocket ended.
    fn take(&self, inbox: &mut Inbox, out: &mut [u8]) -> Result<Option<usize>> {
        let Some(length) = self.peek(inbox)? else {
            return Ok(None);
        };
        let Some((kind, message)) = inbox.decoder.message() else {
            return Ok(None);
        };
        let Some(place) = out.get_mut(..length) else {
            return Err(Error::new(
                Code::BufferTooSmall,
                format!(
                    "the message has {length} bytes and the buffer {}: give a buffer of {length} bytes and read again",
                    out.len()
                ),
            ));
        };
        self.kinds.prepare().map_err(|_| {
            Error::new(
                Code::Limit,
                "there is no memory to note what the message is; it stays",
            )
        })?;
        place.copy_from_slice(message);
        self.kinds.note(kind);
        inbox.decoder.done();
        inbox.messages += 1;
        Ok(Some(length))
    }

    /// Takes apart what has come, up to a whole message or the end. Errors: MESSAGE_TOO_LARGE, LIMIT.
    fn advance(&self, inbox: &mut Inbox) -> Result<()> {
        let done = self.open(inbox).and_then(|()| self.take_apart(inbox));
        self.send_control();
        done
    }

    fn take_apart(&self, inbox: &mut Inbox) -> Result<()> {
        while inbox.opening.is_none()
            && !inbox.has_ended()
            && !inbox.raw.is_empty()
            && inbox.decoder.message().is_none()
        {
            let limit = self.stream.limit();
            let (used, event) = inbox.decoder.advance(inbox.raw.bytes(), limit);
            inbox.raw.consume(used);
            match event {
                Ok(None | Some(Event::Message | Event::Pong)) => {}
                Ok(Some(Event::Ping(payload))) => self.outbox.lock().answer(payload),
                Ok(Some(Event::Close { code, reason })) => self.end_by_peer(inbox, code, &reason),
                Err(Trouble::Violation(code, what)) => {
                    let text = format!("{} breaks the WebSocket protocol: {what}", self.peer());
                    let error = Error::new(Code::BadFrame, text);
                    self.end_with(inbox, Some(code), &what, error);
                }
                Err(Trouble::Refused(error)) => return Err(error),
            }
        }
        Ok(())
    }

    fn end_by_peer(&self, inbox: &mut Inbox, code: Option<u16>, reason: &str) {
        let code_told = code.map_or("without a code".to_owned(), |code| {
            format!("with code {code}")
        });
        let reason = match reason {
            "" => String::new(),
            reason => format!(" (\"{}\")", reason.escape_debug()),
        };
        let text = format!("{} closed the WebSocket {code_told}{reason}", self.peer());
        self.end_with(inbox, code, "", Error::new(Code::Closed, text));
    }

    /// The end for both directions, with a CLOSE to the peer.
    pub(super) fn end_with(
        &self,
        inbox: &mut Inbox,
        code: Option<u16>,
        reason: &str,
        error: Error,
    ) {
        let mut outbox = self.outbox.lock();
        outbox.close(code, reason, error.clone());
        outbox.is_over = true;
        drop(outbox);
        inbox.raw.clear();
        inbox.set_end(error);
    }

    /// The connection below has ended. In good order that is only behind a CLOSE.
    fn end_of_stream(&self, inbox: &mut Inbox, error: Error) {
        inbox.set_end(match error.code {
            Code::Closed => Error::new(
                Code::Lost,
                format!(
                    "{} ended the connection without closing the WebSocket, connect again",
                    self.peer()
                ),
            ),
            _ => error,
        });
    }
}

/// Whether the stream goes on after a failure to receive.
pub(super) fn goes_on(code: Code) -> bool {
    matches!(code, Code::Timeout | Code::Cancelled | Code::Limit)
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
