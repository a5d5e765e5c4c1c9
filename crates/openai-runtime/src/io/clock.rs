//! The clock by which waits and expiries go, and chance.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use super::transport::BoxFuture;

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

/// When a limit that starts then ends; one beyond the clock's range ends in 30 years.
pub(crate) fn after(start: tokio::time::Instant, limit: Duration) -> tokio::time::Instant {
    start.checked_add(limit).unwrap_or_else(|| start + Duration::from_secs(30 * 365 * 86_400))
}
