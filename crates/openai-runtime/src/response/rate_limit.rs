//! Limits of rate, as a response tells them.

use std::time::Duration;

use http::HeaderMap;

use crate::error::Error;

/// Limits of rate, as the headers `x-ratelimit-*` tell them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests allowed in the window.
    pub limit_requests: Option<u64>,
    /// Tokens allowed in the window.
    pub limit_tokens: Option<u64>,
    /// Requests left.
    pub remaining_requests: Option<u64>,
    /// Tokens left.
    pub remaining_tokens: Option<u64>,
    /// The time until all requests are allowed again.
    pub reset_requests: Option<Duration>,
    /// The time until all tokens are allowed again.
    pub reset_tokens: Option<Duration>,
}

impl RateLimit {
    /// Reads these headers; a field is `None` if its header is missing or cannot be read.
    ///
    /// ```
    /// # use openai_runtime::{RateLimit, http::HeaderMap};
    /// let headers = HeaderMap::from_iter([("x-ratelimit-reset-tokens".parse()?, "6m0s".parse()?)]);
    /// assert_eq!(RateLimit::from_headers(&headers).reset_tokens.unwrap_or_default().as_secs(), 360);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let count = |name| text(name).and_then(|text| text.trim().parse().ok());
        let time = |name| text(name).and_then(duration);
        Self {
            limit_requests: count("x-ratelimit-limit-requests"),
            limit_tokens: count("x-ratelimit-limit-tokens"),
            remaining_requests: count("x-ratelimit-remaining-requests"),
            remaining_tokens: count("x-ratelimit-remaining-tokens"),
            reset_requests: time("x-ratelimit-reset-requests"),
            reset_tokens: time("x-ratelimit-reset-tokens"),
        }
    }
}

impl Error {
    /// Returns the rate limits by the response's headers; all fields are `None` if there was no response.
    #[must_use]
    pub fn rate_limit(&self) -> RateLimit {
        self.headers().map(RateLimit::from_headers).unwrap_or_default()
    }
}

/// A duration as Go writes it: `6m0s`, `1.5s`, `20ms`; bare numbers are seconds.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        let unit_and_rest = &rest[digits..];
        let unit = unit_and_rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(unit_and_rest.len());
        seconds += number
            * match &unit_and_rest[..unit] {
                "d" => 86_400.0,
                "h" => 3_600.0,
                "m" => 60.0,
                "s" | "" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = &unit_and_rest[unit..];
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go_writes_them() {
        for (text, expected) in [
            ("1s", Some(1000)),
            ("6m0s", Some(360_000)),
            ("20ms", Some(20)),
            ("1h2m3.5s", Some(3_723_500)),
            ("2", Some(2000)),
            ("", None),
            ("soon", None),
            ("1y", None),
        ] {
            assert_eq!(duration(text), expected.map(Duration::from_millis), "{text}");
        }
    }
}
