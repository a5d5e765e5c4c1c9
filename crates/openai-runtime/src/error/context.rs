//! The tokio runtime that a call needs: its absence, and the absence of its timers or its I/O, as errors.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

use super::{Error, Result};

const NO_RUNTIME: &str = "a call needs a tokio runtime, and none is running here: await it in one, or run it on this \
     thread by `wait()` of the feature `blocking`";

/// Runs a future that needs a tokio runtime with timers and I/O.
///
/// # Errors
/// Those of the future. Of kind [`Config`](crate::ErrorKind::Config) if no tokio runtime polls it, or one without timers
/// or I/O.
pub fn in_tokio<T, F: Future<Output = Result<T>>>(future: F) -> InTokio<F> {
    InTokio { future, checked: false }
}

pin_project_lite::pin_project! {
    /// A future that needs a tokio runtime. As a type of its own it is as large as the future in it: an async function
    /// would hold it twice.
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct InTokio<F> {
        #[pin]
        future: F,
        checked: bool,
    }
}

impl<T, F: Future<Output = Result<T>>> Future for InTokio<F> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let own = self.project();
        if !*own.checked {
            check_runtime()?;
            *own.checked = true;
        }
        caught(|| own.future.poll(context)).unwrap_or_else(|error| Poll::Ready(Err(error)))
    }
}

/// Fails if there is no tokio runtime.
pub(crate) fn check_runtime() -> Result<()> {
    if Handle::try_current().is_ok() { Ok(()) } else { Err(Error::config(NO_RUNTIME)) }
}

/// Names a runtime.
pub(crate) type RuntimeId = tokio::runtime::Id;

/// Returns the runtime that polls now, if there is one.
pub(crate) fn current_runtime() -> Option<RuntimeId> {
    Handle::try_current().ok().map(|handle| handle.id())
}

/// Runs what panics in a runtime without timers or I/O, since tokio offers no other way to learn of these. Every other
/// panic goes on.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T> {
    // What a panic of tokio's leaves half done is dropped: the error ends the call or the stream.
    catch_unwind(AssertUnwindSafe(work)).or_else(|panic| match missing(&*panic) {
        Some(message) => Err(Error::config(message)),
        None => resume_unwind(panic),
    })
}

/// The message for a panic by which tokio says that the runtime lacks something; `None` for any other.
pub(crate) fn missing(panic: &(dyn Any + Send)) -> Option<&'static str> {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))?;
    if !text.contains("Tokio 1.x") {
        return None;
    }
    let known = [
        (
            "timers are disabled",
            "a call needs timers, and the tokio runtime has none: build it with `enable_time` or `enable_all`",
        ),
        (
            "IO is disabled",
            "a call needs I/O, and the tokio runtime has none: build it with `enable_io` or `enable_all`",
        ),
        ("is being shutdown", "the tokio runtime is being shut down: make the call in one that goes on"),
        ("there is no reactor running", NO_RUNTIME),
    ];
    known.iter().find(|(phrase, _)| text.contains(phrase)).map(|(_, message)| *message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_panics_of_tokio_become_errors() {
        let ours: [Box<dyn Any + Send>; 3] = [Box::new("IO is disabled"), Box::new(7), Box::new(String::from("no"))];
        assert!(ours.iter().all(|panic| missing(&**panic).is_none()));
        let tokios =
            String::from("there is no reactor running, must be called from the context of a Tokio 1.x runtime");
        assert_eq!(missing(&tokios as &(dyn Any + Send)), Some(NO_RUNTIME));
    }
}
