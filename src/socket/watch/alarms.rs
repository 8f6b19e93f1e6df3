//! When a watch has to look at a socket though nothing comes: a peer that does not finish its TLS
//! handshake says nothing, and is to be dropped all the same; a server that rests says nothing either.

use super::member::Member;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The moments, the next one first.
#[derive(Default)]
pub(super) struct Alarms(BTreeSet<(Instant, i32)>);

impl Alarms {
    /// Sets a socket's alarm, or takes it back.
    #[inline]
    pub(super) fn set(&mut self, member: &mut Member, moment: Option<Instant>) {
        if member.alarm == moment {
            return;
        }
        let id = member.id;
        if let Some(earlier) = member.alarm.take() {
            self.0.remove(&(earlier, id));
        }
        if let Some(moment) = moment {
            self.0.insert((moment, id));
            member.alarm = Some(moment);
        }
    }

    /// How long until the next one; `None` where there is none.
    pub(super) fn until_next(&self) -> Option<Duration> {
        let (moment, _) = self.0.first()?;
        Some(moment.saturating_duration_since(Instant::now()))
    }

    /// A socket whose moment has come. Its alarm stays the member's until it is set anew.
    pub(super) fn ring(&mut self) -> Option<i32> {
        let (moment, _) = self.0.first()?;
        if *moment > Instant::now() {
            return None;
        }
        self.0.pop_first().map(|(_, id)| id)
    }
}
