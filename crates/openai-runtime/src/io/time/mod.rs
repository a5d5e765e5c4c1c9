//! Time and timers of the platform: tokio's, and those of the browser on `wasm32-unknown-unknown`, where the standard
//! library has no clock and panics.
//!
//! Everything else in the SDK takes the current time and timers from here.

use std::time::Duration;

#[cfg(not(target_family = "wasm"))]
mod native;

#[cfg(not(target_family = "wasm"))]
pub use self::native::now;
#[cfg(not(target_family = "wasm"))]
pub(crate) use self::native::{Instant, Monotonic, Sleep, sleep, sleep_until, timeout, timeout_at};

/// Returns the end of a limit that starts then; one beyond the clock's range ends in 30 years.
pub(crate) fn after(start: Instant, limit: Duration) -> Instant {
    start.checked_add(limit).unwrap_or_else(|| start + Duration::from_secs(30 * 365 * 86_400))
}
