//! The event loop of a browser, which has timers and I/O everywhere: nothing is missing.

use std::any::Any;

use super::Result;

/// Returns the future, as it is.
///
/// # Errors
/// Those of the future.
pub fn in_tokio<T, F: Future<Output = Result<T>>>(future: F) -> F {
    future
}

/// The name of a runtime, of which there is one.
pub(crate) type NoRuntime = ();

/// Returns the runtime that polls now.
pub(crate) fn current_runtime() -> Option<NoRuntime> {
    None
}

/// Fails if there is no runtime, which is never.
pub(crate) fn check_runtime() -> Result<()> {
    Ok(())
}

/// Runs what panics without timers, which are there.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T> {
    Ok(work())
}

/// The message for a panic by which tokio says that the runtime lacks something; there is none here.
pub(crate) fn missing(_: &(dyn Any + Send)) -> Option<&'static str> {
    None
}
