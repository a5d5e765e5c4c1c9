//! Streams whose text is a value at the end.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

/// The events of a stream whose text is a `T`. It derefs to the stream itself: `next()`, `snapshot()`, `close()` and
/// so on are its words, and its events are the same.
///
/// `partial` returns the JSON as far as it is there, and `final_parsed` the value. To
/// read a type out of the JSON so far, `T::deserialize(json)` takes the `&Value` of `partial()`, in time that is linear in it.
#[must_use = "nothing is read before it is asked for"]
pub struct ParsedStream<S, T> {
    pub(crate) stream: S,
    value: PhantomData<fn() -> T>,
}

impl<S, T> ParsedStream<S, T> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, value: PhantomData }
    }

    /// The stream itself, which knows no type: for its own last words, as `text_stream()`.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S, T> Deref for ParsedStream<S, T> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.stream
    }
}

impl<S, T> DerefMut for ParsedStream<S, T> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<S: Stream + Unpin, T> Stream for ParsedStream<S, T> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        Pin::new(&mut self.stream).poll_next(context)
    }
}

impl<S: fmt::Debug, T> fmt::Debug for ParsedStream<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ParsedStream").field(&self.stream).finish()
    }
}
