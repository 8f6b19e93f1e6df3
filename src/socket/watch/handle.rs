//! What a host's own loop waits for, in place of SocketWatchWait.

use super::Watch;
use super::state::State;
use crate::error::{Code, Error, Result};
use std::io;

impl Watch {
    /// What the system signals as long as a wait may tell something.
    /// Errors: CANCELLED (the watch was closed), LIMIT, NOT_SUPPORTED.
    pub fn handle(&self) -> Result<isize> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(crate::net::cancelled());
        }
        self.come_home(&mut state)?;
        let handle = self.poller.handle().map_err(|error| match error.kind() {
            io::ErrorKind::Unsupported => Error::new(
                Code::NotSupported,
                "a watch has no handle on this system: call SocketWatchWait in a thread of its own",
            ),
            _ => super::failed(error),
        })?;
        state.is_handed_out = true;
        self.signal(&state);
        Ok(handle)
    }

    /// Has the handle tell what no descriptor of a socket tells: sockets that are ready still, and moments to come.
    pub(super) fn signal(&self, state: &State) {
        if state.is_handed_out {
            if !state.queue.is_empty() {
                self.poller.wake();
            }
            self.poller.wake_after(state.alarms.until_next());
        }
    }
}
