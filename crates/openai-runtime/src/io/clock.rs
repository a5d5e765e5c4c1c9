//! The clock by which waits and expiries go, and chance.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use super::random::random_bits;
use super::time::{self, Instant};
use super::transport::BoxFuture;

/// Time and chance, as retries and the expiry of tokens need them. Tests put in their own, so that no test waits.
pub trait Clock: Send + Sync + 'static {
    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<()>;

    /// The time of day, for `retry-after` dates.
    fn now(&self) -> SystemTime {
        time::now()
    }

    /// The time since some moment that stays the same, for the expiry of tokens; it never goes back.
    ///
    /// By default the monotonic clock of the operating system or of the browser.
    fn elapsed(&self) -> Duration {
        static START: OnceLock<time::Monotonic> = OnceLock::new();
        START.get_or_init(time::Monotonic::now).elapsed()
    }

    /// A number in 0..1, by a quarter of which a wait is shortened.
    fn random(&self) -> f64 {
        // 53 random bits make a float in 0..1.
        (random_bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The clock of the platform.
#[derive(Debug)]
pub(crate) struct PlatformClock;

impl Clock for PlatformClock {
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(time::sleep(duration))
    }

    /// By the clock of the timers: that of tokio can be paused in tests.
    fn elapsed(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        Instant::now().saturating_duration_since(*START.get_or_init(Instant::now))
    }
}
