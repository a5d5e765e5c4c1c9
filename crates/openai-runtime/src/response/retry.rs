//! When a failed attempt is made again, and how long to wait before.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::error::Error;
use crate::io::clock::Clock;

/// The longest wait that a server may ask of a call; one that would wait longer fails at once.
const LONGEST: f64 = 120.0;
/// The longest one that it may ask of a loop, as that of a poller: it goes on after so long.
const LONGEST_PAUSE: f64 = 300.0;
/// The shortest one: a server must not have its clients ask without a pause.
const SHORTEST: f64 = 0.05;

/// Returns the wait before the next attempt, or `None` if there is to be none. `retries` counts those already made.
pub(crate) fn wait(error: &Error, retries: u32, max_retries: u32, clock: &dyn Clock) -> Option<Duration> {
    if retries >= max_retries || !error.is_retryable() {
        return None;
    }
    let seconds = match asked(error) {
        Some(seconds) if seconds > LONGEST => return None,
        Some(seconds) => seconds.max(SHORTEST),
        None => (0.5 * 2_f64.powi(retries.min(16) as i32)).min(8.0) * (1.0 - 0.25 * clock.random()),
    };
    Duration::try_from_secs_f64(seconds).ok()
}

impl Error {
    /// Returns the time that the server asks to wait before another attempt, by `retry-after-ms` or `retry-after`. A
    /// date counts from the header `date` of the response or, without one, from the time at which the response came by
    /// the client's clock. `None` if it does not ask, or for a time that was over by then. It is the same whenever it
    /// is read.
    ///
    /// Retries wait for as long, up to 120 s: a call that should wait longer fails at once, and this tells when to make
    /// it again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = asked(self)?;
        // What no clock can hold is as good as forever.
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }

    /// Returns the wait that [`retry_after`](Self::retry_after) names, within bounds: from 50 ms to 300 s. For loops that
    /// go on after an error, so that no server can have them ask without a pause or wait without end.
    #[must_use]
    pub fn bounded_retry_after(&self) -> Option<Duration> {
        self.retry_after().and_then(|wait| bounded(wait.as_secs_f64()))
    }
}

/// A wait that a server names, within bounds: from 50 ms to 300 s. One of no time, or that is no number, is none.
pub(crate) fn bounded(seconds: f64) -> Option<Duration> {
    (seconds > 0.0).then(|| Duration::from_secs_f64(seconds.clamp(SHORTEST, LONGEST_PAUSE)))
}

/// The seconds that the server asks to wait; more than none, and perhaps without end.
fn asked(error: &Error) -> Option<f64> {
    told(error.headers()?, error.received_at()).filter(|seconds| *seconds > 0.0)
}

fn told(headers: &HeaderMap, received: Option<SystemTime>) -> Option<f64> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| !number.is_nan());
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    if let Some(milliseconds) = text("retry-after-ms").and_then(number) {
        return Some(milliseconds / 1000.0);
    }
    let after = text("retry-after")?;
    if let Some(seconds) = number(after) {
        return Some(seconds);
    }
    let until = date(after)?;
    // The server's clock and the client's may differ, so a date of the server counts from another one of it.
    let from = text("date").and_then(date).or(received)?;
    Some(until.duration_since(from).map_or(0.0, |wait| wait.as_secs_f64()))
}
