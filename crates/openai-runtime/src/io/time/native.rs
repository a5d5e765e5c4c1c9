//! The clock of the operating system, and timers of tokio.

pub(crate) use std::time::Instant as Monotonic;
use std::time::{Duration, SystemTime};

pub(crate) use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout, timeout_at};

/// The longest limit, 30 years, which is within the range of every clock.
pub(super) const LONGEST: Duration = Duration::from_secs(30 * 365 * 86_400);

/// Returns the time of day.
#[must_use]
pub fn now() -> SystemTime {
    SystemTime::now()
}
