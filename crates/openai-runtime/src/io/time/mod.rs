//! Time and timers of the platform: tokio's, and those of the browser on `wasm32-unknown-unknown`, where the standard
//! library has no clock and panics.
//!
//! Everything else in the SDK takes the current time and timers from here.

use std::time::Duration;

#[cfg(target_family = "wasm")]
mod browser;
#[cfg(not(target_family = "wasm"))]
mod native;

#[cfg(target_family = "wasm")]
use self::browser as platform;
#[cfg(not(target_family = "wasm"))]
use self::native as platform;

pub use self::platform::now;
pub(crate) use self::platform::{Instant, Monotonic, Sleep, sleep, sleep_until, timeout, timeout_at};

/// The longest limit, 30 years, which is within the range of every clock.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 86_400);

/// Returns the end of a limit that starts then; one beyond the clock's range ends in 30 years.
pub(crate) fn after(start: Instant, limit: Duration) -> Instant {
    start + limit.min(LONGEST)
}
