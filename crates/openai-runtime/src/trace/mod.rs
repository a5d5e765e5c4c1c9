//! The telemetry of calls: log events, spans and metrics.
//!
//! No body and no secret is in them. Uses `io`, `json` and `error`.

#[cfg(not(feature = "tracing"))]
mod disabled;
#[cfg(feature = "tracing")]
mod enabled;
#[cfg(any(feature = "otel", feature = "tracing"))]
mod facts;
#[cfg(feature = "otel")]
mod measured;
#[cfg(any(feature = "otel", feature = "tracing"))]
mod observed;
#[cfg(not(feature = "otel"))]
mod unmeasured;
#[cfg(not(any(feature = "otel", feature = "tracing")))]
mod unobserved;

#[cfg(all(feature = "otel", not(feature = "tracing")))]
pub(crate) use disabled::NoSpan as CallSpan;
#[cfg(not(feature = "tracing"))]
pub(crate) use disabled::Trace;
#[cfg(feature = "tracing")]
pub(crate) use enabled::{CallSpan, TARGET, Trace};
#[cfg(feature = "otel")]
pub(crate) use measured::{CallFacts, Measurement, Meters};
#[cfg(any(feature = "otel", feature = "tracing"))]
pub(crate) use observed::StreamSpan;
#[cfg(all(feature = "tracing", not(feature = "otel")))]
pub(crate) use unmeasured::NoMeasurement as Measurement;
#[cfg(not(feature = "otel"))]
pub(crate) use unmeasured::NoMeters as Meters;
#[cfg(not(any(feature = "otel", feature = "tracing")))]
pub(crate) use unobserved::StreamSpan;
