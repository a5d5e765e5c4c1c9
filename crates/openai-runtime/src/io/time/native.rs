//! The clock of the operating system, and timers of tokio.

pub(crate) use std::time::Instant as Monotonic;
use std::time::SystemTime;

pub(crate) use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout, timeout_at};

/// Returns the time of day.
#[must_use]
pub fn now() -> SystemTime {
    SystemTime::now()
}
