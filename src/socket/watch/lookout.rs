//! A thread of the library's own that waits for a watch in place of the host's loop, where the system has nothing of
//! its own that a loop could wait for. It only hears that sockets have something, and says so; what they have, the
//! host's SocketWatchWait looks at. One for a watch, from the moment on at which it is asked for.

use super::Watch;
use super::state::State;
use crate::error::{Code, Result};
use crate::net::{Deadline, SHORTAGE, enter, spawn_quietly};
use std::sync::Arc;
use std::time::Instant;

impl Watch {
    /// Starts the thread, unless it is there. Errors: LIMIT.
    pub(super) fn begin_to_look_out(&self, state: &mut State) -> Result<()> {
        if state.has_lookout {
            return Ok(());
        }
        let Some(watch) = self.this.upgrade() else {
            return Err(crate::net::cancelled());
        };
        spawn_quietly("wdsocket watch", move || work(&watch)).map_err(super::failed)?;
        state.has_lookout = true;
        Ok(())
    }

    /// Waits until there is something to look at, says so, and waits until a wait has left nothing. Errors: CANCELLED, LIMIT.
    fn look_out(&self) -> Result<()> {
        let deadline = Deadline::never();
        let mut state = self.await_turn(&deadline)?;
        // What is in the queue may be ready: it is not waited for.
        if state.queue.is_empty() {
            let awake = |state: &mut State| state.asleep = false;
            let (again, asked) = state.in_turn(awake, || self.ask(None, &deadline));
            asked?;
            state = again;
        }
        while !state.queue.is_empty() && !state.closed {
            let again = match self.poller.ring() {
                true => None,
                false => Some(Instant::now() + SHORTAGE),
            };
            state.wait_until(again);
        }
        Ok(())
    }
}

/// The thread.
fn work(watch: &Arc<Watch>) {
    let _inside = enter();
    loop {
        match watch.look_out() {
            Err(error) if error.code == Code::Limit => std::thread::sleep(SHORTAGE),
            Err(_) if watch.state.lock().closed => return,
            // SocketCancel ends the waits of the host's threads.
            _ => {}
        }
    }
}
