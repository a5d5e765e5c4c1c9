//! The same last words for programs without a runtime of their own: `send_blocking()` and so on.

use std::fmt;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{Error, Result};
use crate::event_stream::EventStream;
use crate::json::Json;
use crate::paging::{Items, ListPage, Page, Pages};
use crate::pending::Pending;
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

/// The blocking last words of a builder; [`call!`](crate::call) calls it.
#[doc(hidden)]
#[macro_export]
macro_rules! blocking_words {
    ($name:ident, json $type:ty) => {
        impl $name {
            /// As `send`, on this thread.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn send_blocking(self) -> $crate::Result<$type> {
                $crate::blocking::wait(self.into_call().send())
            }

            /// As `send_raw`, on this thread.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn send_raw_blocking(self) -> $crate::Result<$crate::RawResponse<$type>> {
                $crate::blocking::wait(self.into_call().send_raw())
            }
        }
    };
    ($name:ident, text) => {
        impl $name {
            /// As `send`, on this thread.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn send_blocking(self) -> $crate::Result<String> {
                $crate::blocking::wait(self.into_call().send_text())
            }
        }
    };
    ($name:ident, unit) => {
        impl $name {
            /// As `send`, on this thread.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn send_blocking(self) -> $crate::Result<()> {
                $crate::blocking::wait(self.into_call().send_unit())
            }
        }
    };
    ($name:ident, bytes) => {
        impl $name {
            /// As `send_bytes`, on this thread.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn send_bytes_blocking(self) -> $crate::Result<$crate::bytes::Bytes> {
                $crate::blocking::wait(self.into_call().send_bytes())
            }

            /// As `send_to_file`, on this thread.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn send_to_file_blocking(self, path: impl Into<::std::path::PathBuf>) -> $crate::Result<u64> {
                $crate::blocking::wait(self.into_call().send_to_file(path))
            }
        }
    };
    ($name:ident, stream $event:ty) => {
        impl $name {
            /// As `stream`, on this thread.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn stream_blocking(self) -> $crate::Result<$crate::blocking::Blocking<$crate::EventStream<$event>>> {
                $crate::blocking::wait(self.into_call().stream()).map($crate::blocking::Blocking::new)
            }
        }
    };
    ($name:ident, pages $page:ty) => {
        impl $name {
            /// As `pages`, on this thread.
            pub fn pages_blocking(self) -> $crate::blocking::Blocking<$crate::Pages<$page>> {
                $crate::blocking::Blocking::new(self.into_call().pages())
            }

            /// As `items`, on this thread.
            pub fn items_blocking(self) -> $crate::blocking::Blocking<$crate::Items<$page>> {
                $crate::blocking::Blocking::new(self.into_call().items())
            }
        }
    };
}
