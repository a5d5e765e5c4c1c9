//! The same last words for programs without a runtime of their own: `send_blocking()` and so on.

use std::fmt;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{Error, Result};
use crate::event_stream::EventStream;
use crate::json::Json;
use crate::paging::{Items, ListPage, Page, Pages};
use crate::pending::Pending;
use crate::raw_events::{Encoded, RawEvent, RawEvents};
use crate::streams::ByteStream;

/// Runs a call to its end on this thread.
///
/// # Errors
/// Those of the call. Within an async runtime, which would stand still: an error of kind
/// [`Config`](crate::ErrorKind::Config).
pub fn wait<T>(pending: Pending<T>) -> Result<T> {
    wait_for(pending)?
}

/// What an async stream gives, one after the other.
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

impl<E: Json + Default> Iterator for Blocking<EventStream<E>> {
    type Item = Result<E>;

    fn next(&mut self) -> Option<Result<E>> {
        next(&mut self.stuck, self.stream.next())
    }
}

impl<P: ListPage> Iterator for Blocking<Pages<P>> {
    type Item = Result<Page<P>>;

    fn next(&mut self) -> Option<Result<Page<P>>> {
        next(&mut self.stuck, self.stream.next())
    }
}

impl<P: ListPage> Iterator for Blocking<Items<P>> {
    type Item = Result<P::Item>;

    fn next(&mut self) -> Option<Result<P::Item>> {
        next(&mut self.stuck, self.stream.next())
    }
}

impl Iterator for Blocking<ByteStream> {
    type Item = Result<bytes::Bytes>;

    fn next(&mut self) -> Option<Result<bytes::Bytes>> {
        next(&mut self.stuck, self.stream.next())
    }
}

impl Iterator for Blocking<RawEvents> {
    type Item = Result<RawEvent>;

    fn next(&mut self) -> Option<Result<RawEvent>> {
        next(&mut self.stuck, self.stream.next())
    }
}

impl Iterator for Blocking<Encoded> {
    type Item = Result<bytes::Bytes>;

    fn next(&mut self) -> Option<Result<bytes::Bytes>> {
        next(&mut self.stuck, self.stream.next())
    }
}

impl<P: ListPage> Page<P> {
    /// As [`next_page`](Self::next_page), on a thread without an async runtime.
    ///
    /// # Errors
    /// Those of the call, and its being made within an async runtime.
    pub fn next_page_blocking(&self) -> Result<Option<Self>> {
        wait(self.next_page())
    }
}

impl<S: fmt::Debug> fmt::Debug for Blocking<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Blocking").field(&self.stream).finish()
    }
}

fn next<T>(stuck: &mut bool, future: impl Future<Output = Option<Result<T>>>) -> Option<Result<T>> {
    if *stuck {
        return None;
    }
    wait_for(future).unwrap_or_else(|error| {
        *stuck = true;
        Some(Err(error))
    })
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
