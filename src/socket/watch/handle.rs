//! What a host's own loop waits for, in place of SocketWatchWait.

use super::Watch;
use super::state::State;
use crate::error::{Code, Error, Result};
use crate::net::{Poller, cancelled};
use std::io;

impl Watch {
    /// What the system signals as long as a wait may tell something. Errors: CANCELLED (the watch was closed), LIMIT.
    pub fn handle(&self) -> Result<isize> {
        let mut state = self.handing_out()?;
        let handle = self.poller.handle().map_err(super::failed)?;
        self.hand_out(&mut state)?;
        Ok(handle)
    }

    /// Posts a message with this id to a window whenever a wait may tell something; to window 0, no more.
    /// Errors: NOT_SUPPORTED, INVALID_ARGUMENT (no such window, no such message), CANCELLED, LIMIT.
    pub fn post_to(&self, window: i32, message: i32, id: i32) -> Result<()> {
        let mut state = self.handing_out()?;
        let set = self.poller.post_to(window, message, id);
        set.map_err(|error| match error.kind() {
            io::ErrorKind::Unsupported => Error::new(
                Code::NotSupported,
                "this system has no windows with messages: SocketWatchHandle tells what its loops wait for",
            ),
            io::ErrorKind::InvalidInput => Error::invalid(format!(
                "message {message} cannot be posted to window {window}: give a window of this session and a message from 1024 (WM_USER) to 65535"
            )),
            _ => super::failed(error),
        })?;
        match window {
            0 => Ok(()),
            _ => self.hand_out(&mut state),
        }
    }

    /// The watch's state, where it is this process's and open. Errors: CANCELLED, LIMIT.
    fn handing_out(&self) -> Result<super::Look<'_, State>> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(cancelled());
        }
        self.come_home(&mut state)?;
        Ok(state)
    }

    /// From now on a loop of the host is told. Errors: LIMIT.
    fn hand_out(&self, state: &mut State) -> Result<()> {
        if Poller::NEEDS_LOOKOUT {
            self.begin_to_look_out(state)?;
        }
        state.is_handed_out = true;
        self.signal(state);
        Ok(())
    }

    /// Tells the host's loop what no descriptor of a socket tells: sockets that are ready still, and moments to come.
    pub(super) fn signal(&self, state: &State) {
        if state.is_handed_out {
            if !state.queue.is_empty() {
                self.poller.ring();
            }
            self.poller.wake_after(state.alarms.until_next());
        }
    }

    /// As `signal`, after a wait: what was told before has been answered.
    pub(super) fn signal_anew(&self, state: &State) {
        if state.is_handed_out {
            self.poller.answered(!state.queue.is_empty());
        }
        self.signal(state);
    }
}
