//! The clocks and timers of the browser, by `wasmtimer`, which has the interface of tokio's.

use std::time::{Duration, SystemTime};

use wasmtimer::std as clocks;
pub(crate) use wasmtimer::std::Instant;
pub(crate) use wasmtimer::std::Instant as Monotonic;
use wasmtimer::tokio as timers;
pub(crate) use wasmtimer::tokio::{Sleep, sleep_until, timeout_at};

/// The longest time that a timer of the browser can count, which has 31 bits of milliseconds: 24 days.
pub(super) const LONGEST: Duration = Duration::from_secs(24 * 86_400);

/// Returns the time of day.
#[must_use]
pub fn now() -> SystemTime {
    let since = clocks::SystemTime::now().duration_since(clocks::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + since
}

/// Waits.
pub(crate) fn sleep(duration: Duration) -> Sleep {
    timers::sleep(duration.min(LONGEST))
}

/// Limits the time of a future.
pub(crate) fn timeout<F: Future>(
    limit: Duration,
    future: F,
) -> impl Future<Output = Result<F::Output, timers::error::Elapsed>> {
    timers::timeout(limit.min(LONGEST), future)
}
