//! The telemetry of a call while it is sent: its span and its metrics, which begin when it is first polled.
//!
//! No body and no secret is in them: of the request its operation, path template, model and sampling settings, of the
//! response its status, ids, model and token counts. The span of a stream lasts until the stream ends or is dropped.

#[cfg(not(any(feature = "otel", feature = "tracing")))]
mod disabled;
#[cfg(any(feature = "otel", feature = "tracing"))]
mod enabled;
#[cfg(feature = "otel")]
mod metrics;
#[cfg(any(feature = "otel", feature = "tracing"))]
mod names;
#[cfg(all(feature = "tracing", not(feature = "otel")))]
mod no_metrics;
#[cfg(all(feature = "otel", not(feature = "tracing")))]
mod no_span;
#[cfg(feature = "tracing")]
mod span;
mod traced;

#[cfg(not(any(feature = "otel", feature = "tracing")))]
pub(crate) use disabled::{instrument, retried};
#[cfg(any(feature = "otel", feature = "tracing"))]
pub(crate) use enabled::instrument;
#[cfg(feature = "otel")]
pub(crate) use metrics::retried;
#[cfg(all(feature = "tracing", not(feature = "otel")))]
pub(crate) use no_metrics::retried;
pub(crate) use traced::Traced;
