//! When a peer that says nothing is taken for dead, the same on every system.

use std::time::Duration;

/// When the system asks a silent peer whether it lives, and when it gives it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// How long the peer is silent before it is asked; zero is never.
    pub silence: Duration,
    /// The time between two questions.
    pub between: Duration,
    /// How many questions go without an answer.
    pub questions: u32,
    /// How long what was sent may stay without an acknowledgement; zero is as long as the system has it.
    pub patience: Duration,
}

impl KeepAlive {
    /// As the options say it: seconds of silence, seconds between two questions (0 is a third of the silence), how many,
    /// and the milliseconds that sent bytes may stay unacknowledged (0 is until the last question would be answered).
    pub fn new(silence: u32, between: u32, questions: u32, patience: u32) -> Self {
        let between = match between {
            0 => silence.div_ceil(3),
            seconds => seconds,
        };
        let until_last = match silence {
            0 => 0,
            _ => u64::from(silence) + u64::from(between) * u64::from(questions),
        };
        KeepAlive {
            silence: Duration::from_secs(silence.into()),
            between: Duration::from_secs(between.into()),
            questions,
            patience: match patience {
                0 => Duration::from_secs(until_last),
                milliseconds => Duration::from_millis(milliseconds.into()),
            },
        }
    }
}
