//! Blocking: `wait()` for whatever can be awaited, `blocking()` for whatever is a stream.
//!
//! Requires the feature `blocking`.
//!
//! ```no_run
//! use openai_runtime::blocking::{BlockingExt, WaitExt};
//! # fn example(call: openai_runtime::Call) -> openai_runtime::Result<()> {
//! use openai_runtime::json::Value;
//!
//! println!("{}", call.clone().send::<Value>().wait()?);
//! for event in call.stream::<Value>().wait()?.blocking() {
//!     println!("{}", event?);
//! }
//! # Ok(()) }
//! ```
//!
//! Both work on a thread without a runtime, in `spawn_blocking`, in `block_in_place` and beside an
//! [`EnterGuard`](tokio::runtime::EnterGuard). Connections and timers are driven by a runtime of the SDK's own, with one
//! thread. In async code a wait would hold up the caller's runtime: it is an error of kind
//! [`Config`](crate::ErrorKind::Config) there, and nothing is sent. Code within
//! [`unconstrained`](tokio::task::unconstrained) cannot be told from a blocking thread: a wait there blocks the thread.

use std::fmt;
use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use futures_core::Stream;
use tokio::runtime::Handle;

use super::pages::{Items, ListPage, Pages};
use super::poller::Poller;
use crate::client::pending::Pending;
use crate::error::{Error, Result};
use crate::events::byte_stream::ByteStream;
use crate::events::event_stream::EventStream;
use crate::events::raw_events::{Encoded, RawEvents};
use crate::io::background;
use crate::json::Json;

const IN_ASYNC_CODE: &str = "a blocking wait in async code would hold up the runtime: await the call instead, or wait in \
     `tokio::task::spawn_blocking`";

/// Blocks the thread until a future is ready: calls, pollers, tool runs, uploads, and any other future of a result.
pub trait WaitExt<T, E>: IntoFuture<Output = Result<T, E>> + Sized
where
    E: From<Error>,
{
    /// Blocks this thread until the result is there.
    ///
    /// # Errors
    /// Those of the future. In async code an error of kind [`Config`](crate::ErrorKind::Config).
    fn wait(self) -> Result<T, E> {
        block_on(self.into_future())?
    }
}

impl<F: IntoFuture<Output = Result<T, E>>, T, E: From<Error>> WaitExt<T, E> for F {}

/// Turns a stream into an iterator that blocks the thread.
pub trait BlockingExt: Stream + Sized {
    /// Turns the stream into an iterator, which blocks its thread until the next item is there.
    fn blocking(self) -> BlockingStream<Self> {
        BlockingStream::new(self)
    }
}

impl<S: Stream> BlockingExt for S {}

/// An iterator over a stream, which blocks its thread until the next item is there.
///
/// ```no_run
/// # fn example(call: openai_runtime::Call) -> openai_runtime::Result<()> {
/// let mut events = call.stream::<openai_runtime::json::Value>().wait()?.blocking();
/// for event in &mut events {
///     println!("{}", event?);
/// }
/// println!("{:?}", events.request_id());
/// # Ok(()) }
/// ```
///
/// It derefs to the stream, whose methods stay at hand; [`into_inner`](Self::into_inner) gives the stream back, for
/// methods that consume it. In async code the first item is an error of kind [`Config`](crate::ErrorKind::Config), and
/// the last one.
#[must_use = "nothing is fetched before the next item is asked for"]
pub struct BlockingStream<S> {
    stream: S,
    /// An error of the wait itself was given: there are no more items.
    failed: bool,
}

impl<S> BlockingStream<S> {
    /// Makes an iterator of a stream.
    pub fn new(stream: S) -> Self {
        Self { stream, failed: false }
    }

    /// Returns the stream, owned.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S> Deref for BlockingStream<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.stream
    }
}

impl<S> DerefMut for BlockingStream<S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<S: Stream<Item = Result<T, E>> + Unpin, T, E: From<Error>> Iterator for BlockingStream<S> {
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Result<T, E>> {
        if self.failed {
            return None;
        }
        let stream = &mut self.stream;
        block_on(poll_fn(|context| Pin::new(&mut *stream).poll_next(context))).unwrap_or_else(|error| {
            self.failed = true;
            Some(Err(error.into()))
        })
    }
}

impl<S: fmt::Debug> fmt::Debug for BlockingStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockingStream").field(&self.stream).finish()
    }
}

/// The same as the traits' methods, without an import.
macro_rules! inherent {
    (wait [$($generics:tt)*] $type:ty => $output:ty) => {
        impl<$($generics)*> $type {
            /// Blocks this thread until the result is there; see [`blocking`](crate::blocking).
            ///
            /// # Errors
            /// Those of awaiting it. In async code an error of kind [`Config`](crate::ErrorKind::Config).
            pub fn wait(self) -> Result<$output> {
                WaitExt::wait(self)
            }
        }
    };
    (blocking [$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> $type {
            /// Turns it into an iterator, which blocks its thread until the next item is there; see
            /// [`blocking`](crate::blocking).
            pub fn blocking(self) -> BlockingStream<Self> {
                BlockingExt::blocking(self)
            }
        }
    };
}

inherent!(wait [T] Pending<T> => T);
inherent!(wait [T: Send + 'static] Poller<T> => T);
inherent!(blocking [T: Send + 'static] Poller<T>);
inherent!(blocking [E: Json + Default] EventStream<E>);
inherent!(blocking [] ByteStream);
inherent!(blocking [] RawEvents);
inherent!(blocking [] Encoded);
inherent!(blocking [P: ListPage] Pages<P>);
inherent!(blocking [P: ListPage] Items<P>);

/// Runs a future to its end on this thread, while the background runtime drives what it waits for.
fn block_on<F: Future>(future: F) -> Result<F::Output> {
    if is_async() {
        return Err(Error::config(IN_ASYNC_CODE));
    }
    let runtime = background::runtime()
        .map_err(|error| Error::config(format!("the runtime for blocking waits can't be started: {error}")))?;
    // Not the runtime's own `block_on`, which panics where it finds itself in async code.
    let _context = runtime.enter();
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return Ok(output),
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Returns true if this thread runs async code now.
///
/// A runtime polls its tasks with a budget of operations, which is not there in blocking code. So there is one if it can
/// be used up.
fn is_async() -> bool {
    if Handle::try_current().is_err() {
        return false;
    }
    let mut context = Context::from_waker(Waker::noop());
    (0..=u8::MAX).any(|_| pin!(tokio::task::consume_budget()).poll(&mut context).is_pending())
}

/// Wakes a thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
