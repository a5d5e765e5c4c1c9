//! When a failed attempt is made again, and how long to wait before.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use http::HeaderMap;

use crate::error::Error;
use crate::transport::BoxFuture;

/// The longest wait that a server may ask for; a call that would wait longer fails at once.
const LONGEST: f64 = 120.0;

/// Time and chance, as retries and the expiry of tokens need them. Tests put in their own, so that no test waits.
pub trait Clock: Send + Sync + 'static {
    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<()>;

    /// The time of day, for `retry-after` dates.
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    /// The time since some moment that stays the same, for the expiry of tokens; it never goes back.
    fn elapsed(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    /// A number in 0..1, by a quarter of which a wait is shortened.
    fn random(&self) -> f64 {
        // 53 random bits make a float in 0..1.
        (random_bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The real clock.
#[derive(Debug)]
pub(crate) struct TokioClock;

impl Clock for TokioClock {
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }

    /// By tokio's clock, which its users can pause in tests.
    fn elapsed(&self) -> Duration {
        static START: OnceLock<tokio::time::Instant> = OnceLock::new();
        tokio::time::Instant::now().saturating_duration_since(*START.get_or_init(tokio::time::Instant::now))
    }
}

/// Random bits without a crate for them: each `RandomState` is seeded anew.
pub(crate) fn random_bits() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// How long to wait before the next attempt, or `None` if there is to be none. `retries` counts those already made.
pub(crate) fn wait(error: &Error, retries: u32, max_retries: u32, clock: &dyn Clock) -> Option<Duration> {
    if retries >= max_retries || !error.is_retryable() {
        return None;
    }
    let seconds = match error.headers().and_then(|headers| asked(headers, clock.now())) {
        Some(seconds) if seconds > LONGEST => return None,
        Some(seconds) => seconds,
        None => (0.5 * 2_f64.powi(retries.min(16) as i32)).min(8.0) * (1.0 - 0.25 * clock.random()),
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// The seconds that the server asks to wait; more than none, and perhaps without end.
pub(crate) fn asked(headers: &HeaderMap, now: SystemTime) -> Option<f64> {
    told(headers, now).filter(|seconds| *seconds > 0.0)
}

fn told(headers: &HeaderMap, now: SystemTime) -> Option<f64> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| !number.is_nan());
    if let Some(milliseconds) = text("retry-after-ms").and_then(number) {
        return Some(milliseconds / 1000.0);
    }
    let after = text("retry-after")?;
    if let Some(seconds) = number(after) {
        return Some(seconds);
    }
    let date = httpdate::parse_http_date(after).ok()?;
    Some(date.duration_since(now).map_or(0.0, |wait| wait.as_secs_f64()))
}
