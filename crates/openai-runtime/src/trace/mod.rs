//! The events that calls leave in the log, and the span of a stream.
//!
//! No body and no secret is in them. Uses `json` and `error`.

#[cfg(not(feature = "tracing"))]
mod disabled;
#[cfg(feature = "tracing")]
mod enabled;

#[cfg(not(feature = "tracing"))]
pub(crate) use disabled::{StreamSpan, Trace};
#[cfg(feature = "tracing")]
pub(crate) use enabled::{StreamSpan, TARGET, Trace, record_failure, record_response};
