//! The same last words for programs without a runtime of their own: `send_blocking()` and so on.

use std::fmt;
use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::OnceLock;

use futures_core::Stream;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{Error, Result};

/// Runs a call to its end on this thread, or whatever else has to be awaited.
///
/// # Errors
/// Those of the call. Within an async runtime, which would stand still: an error of kind
/// [`Config`](crate::ErrorKind::Config).
pub fn wait<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    wait_for(future)?
}

/// What an async stream gives, one after the other: an iterator, with the stream's own words that do not wait.
#[must_use = "nothing is fetched before it is asked for"]
pub struct Blocking<S> {
    stream: S,
    /// It can't run on this thread: said once, then it is over.
    stuck: bool,
}

impl<S> Blocking<S> {
    /// An iterator over a stream.
    pub fn new(stream: S) -> Self {
        Self { stream, stuck: false }
    }

    /// The stream itself.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// The stream itself, owned.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S> Deref for Blocking<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.stream
    }
}

impl<S> DerefMut for Blocking<S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<S: Stream<Item = Result<T>> + Unpin, T> Iterator for Blocking<S> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if self.stuck {
            return None;
        }
        let stream = &mut self.stream;
        wait_for(poll_fn(|context| Pin::new(&mut *stream).poll_next(context))).unwrap_or_else(|error| {
            self.stuck = true;
            Some(Err(error))
        })
    }
}

impl<S: fmt::Debug> fmt::Debug for Blocking<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Blocking").field(&self.stream).finish()
    }
}

/// Connections outlive calls, so all calls of a program share one runtime, with a thread that serves them.
fn wait_for<F: Future>(future: F) -> Result<F::Output> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    if Handle::try_current().is_ok() {
        return Err(Error::config(
            "a blocking call within an async runtime would stop it: use the call without `_blocking`",
        ));
    }
    let start = || Builder::new_multi_thread().worker_threads(1).thread_name("openai").enable_all().build();
    let runtime = RUNTIME.get_or_init(|| start().map_err(|error| error.to_string()));
    match runtime {
        Ok(runtime) => Ok(runtime.block_on(future)),
        Err(error) => Err(Error::config(format!("no runtime for blocking calls: {error}"))),
    }
}
