//! When a silent peer is taken for dead, the same on every system.

use std::time::Duration;

/// How often the system asks a silent peer whether it lives, before it takes it for dead.
pub const QUESTIONS: u32 = 3;

/// The time between two of these questions, where the first comes after this `silence`: whole seconds, a third.
pub fn between_questions(silence: Duration) -> Duration {
    Duration::from_secs(silence.as_secs().div_ceil(QUESTIONS.into()))
}
