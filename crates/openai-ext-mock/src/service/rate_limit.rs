//! A limit of requests in a time, with the headers that tell of it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue};

use crate::wire::Reply;

/// Lets so many requests through in each window of time.
pub(crate) struct RateLimiter {
    requests: u32,
    window: Duration,
    now: Mutex<Window>,
}

struct Window {
    start: Instant,
    used: u32,
}

impl RateLimiter {
    pub(crate) fn new(requests: u32, window: Duration) -> Self {
        Self { requests, window, now: Mutex::new(Window { start: Instant::now(), used: 0 }) }
    }

    /// Counts a request; the refusal if it is one too many.
    pub(crate) fn refuse(&self) -> Option<Reply> {
        let (mut window, left) = self.look();
        if window.used >= self.requests {
            return Some(Reply::rate_limited(left));
        }
        window.used += 1;
        None
    }

    /// Sets the headers that each answer of the API has.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let (window, left) = self.look();
        let remaining = self.requests.saturating_sub(window.used);
        for (name, value) in [
            ("x-ratelimit-limit-requests", self.requests.to_string()),
            ("x-ratelimit-remaining-requests", remaining.to_string()),
            ("x-ratelimit-reset-requests", format!("{}ms", left.as_millis())),
        ] {
            // Digits and letters are always a header value.
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }

    /// The window that is now, and how long it still is.
    fn look(&self) -> (std::sync::MutexGuard<'_, Window>, Duration) {
        let mut window = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if window.start.elapsed() >= self.window {
            *window = Window { start: Instant::now(), used: 0 };
        }
        let left = self.window.saturating_sub(window.start.elapsed());
        (window, left)
    }
}
