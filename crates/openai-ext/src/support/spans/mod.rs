//! The spans of helpers that make several calls: runs of tools, the tools in them, and batch runs. The spans of their calls
//! are within.
//!
//! Like those of calls, they hold no argument, no output and no secret.

#[cfg(not(feature = "tracing"))]
mod disabled;
#[cfg(feature = "tracing")]
mod enabled;

#[cfg(not(feature = "tracing"))]
pub(crate) use disabled::NoSpan as HelperSpan;
#[cfg(feature = "tracing")]
pub(crate) use enabled::HelperSpan;
