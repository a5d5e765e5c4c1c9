//! A span for each call, and events for what happens in it.
//!
//! No body and no secret is in them: of the request its operation, path template, model and sampling settings, of the
//! response its status, ids, model and token counts. The span of a stream lasts until the stream ends or is dropped.

#[cfg(not(feature = "tracing"))]
mod disabled;
#[cfg(feature = "tracing")]
mod enabled;
mod traced;

#[cfg(not(feature = "tracing"))]
pub(crate) use disabled::instrument;
#[cfg(feature = "tracing")]
pub(crate) use enabled::instrument;
pub(crate) use traced::Traced;
