//! The settings of a server.

use std::fmt;
use std::time::Duration;

use crate::state::StateSettings;

/// The settings of a server.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) seed: u64,
    pub(crate) key: Option<String>,
    pub(crate) event_interval: Duration,
    pub(crate) keep_requests: usize,
    pub(crate) body_limit: usize,
    /// Any body will do.
    pub(crate) lenient: bool,
    /// Pages of other origins may read the answers.
    pub(crate) cors: bool,
    pub(crate) latency: Duration,
    /// So many requests in this time.
    pub(crate) rate_limit: Option<(u32, Duration)>,
    pub(crate) state: StateSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            key: None,
            event_interval: Duration::from_millis(5),
            keep_requests: 1_000,
            // A part of an upload may have 64 MiB, and its form is a little more.
            body_limit: 65 * 1024 * 1024,
            lenient: false,
            cors: false,
            latency: Duration::ZERO,
            rate_limit: None,
            state: StateSettings::default(),
        }
    }
}

impl fmt::Debug for Settings {
    /// The key is a made-up one in a test, but it may also be a real one by mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("seed", &self.seed)
            .field("key", &self.key.as_ref().map(|_| "***"))
            .finish_non_exhaustive()
    }
}
