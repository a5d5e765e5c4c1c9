//! The parts that every stream of this module shares: events of a connection in, their meaning out.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use openai_runtime::json::Json;
use openai_runtime::{Error, ErrorKind, EventStream, Result};

/// An accumulator that adds events up and returns the meaning of each.
pub(crate) trait Accumulate<E> {
    /// The meaning of an event.
    type Event;

    /// Takes the next event, and says of it what is wanted; more is no harm.
    fn take(&mut self, event: E, wanted: Wanted, said: &mut VecDeque<Self::Event>) -> Result<()>;

    /// Says what the end of the stream means.
    #[inline]
    fn end(&mut self, _said: &mut VecDeque<Self::Event>) {}

    /// The text that is new by this, for a stream of the text alone.
    #[inline]
    fn text(_event: Self::Event) -> Option<String> {
        None
    }

    /// Tells whether nothing is missing, though the stream may have more to say.
    fn is_complete(&self) -> bool;

    /// Gives an error the object as far as it is there.
    #[inline]
    fn with_partial(&self, error: Error) -> Error {
        error
    }

    /// Tells whether an error says no more than that there is nothing to come.
    #[inline]
    fn is_end(&self, _error: &Error) -> bool {
        false
    }
}

/// The part of an event's meaning that is wanted. To say less may cost less.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    All,
    Text,
    Nothing,
}

/// A connection's events, and what they come to.
pub(crate) struct EventConnection<E, A: Accumulate<E>> {
    pub(crate) events: EventStream<E>,
    pub(crate) accumulator: A,
    /// The meanings that were not read yet.
    said: VecDeque<A::Event>,
    state: Ending,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Open,
    /// The stream came to its end.
    Ended,
    /// It broke, or was closed.
    CutOff,
}

impl<E, A: Accumulate<E>> EventConnection<E, A> {
    pub(crate) fn new(events: EventStream<E>, accumulator: A) -> Self {
        Self { events, accumulator, said: VecDeque::new(), state: Ending::Open }
    }

    pub(crate) fn close(&mut self) {
        self.events.close();
        self.said.clear();
        if self.state == Ending::Open {
            self.state = Ending::CutOff;
        }
    }
}

impl<E: Json + Default, A: Accumulate<E>> EventConnection<E, A> {
    pub(crate) fn poll_event(&mut self, context: &mut Context<'_>, wanted: Wanted) -> Poll<Option<Result<A::Event>>> {
        loop {
            if let Some(event) = self.said.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            if self.state != Ending::Open {
                return Poll::Ready(None);
            }
            let taken = match ready!(Pin::new(&mut self.events).poll_next(context)) {
                Some(Ok(event)) => self.accumulator.take(event, wanted, &mut self.said),
                Some(Err(error)) if !self.accumulator.is_end(&error) => Err(error),
                _ => {
                    self.state = Ending::Ended;
                    self.accumulator.end(&mut self.said);
                    Ok(())
                }
            };
            if let Err(error) = taken {
                let error = self.events.describe(self.accumulator.with_partial(error));
                self.close();
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    pub(crate) fn poll_text(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<String>>> {
        loop {
            match ready!(self.poll_event(context, Wanted::Text)) {
                Some(Ok(event)) => {
                    if let Some(text) = A::text(event) {
                        return Poll::Ready(Some(Ok(text)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// Reads to the end, and says nothing.
    pub(crate) async fn read_to_end(&mut self) -> Result<()> {
        self.said.clear();
        while let Some(event) = poll_fn(|context| self.poll_event(context, Wanted::Nothing)).await {
            event?;
        }
        Ok(())
    }

    /// Reads to the end, for a final method: what was cut off before must not pass for the whole. `finish` makes of the
    /// accumulator what is given; its errors are about this stream, too.
    pub(crate) async fn complete<T>(mut self, finish: impl FnOnce(A) -> Result<T>) -> Result<T> {
        self.read_to_end().await?;
        if self.state == Ending::CutOff && !self.accumulator.is_complete() {
            let error = Error::new(ErrorKind::Truncated, "the stream broke off or was closed before its end");
            return Err(self.events.describe(self.accumulator.with_partial(error)));
        }
        let Self { events, accumulator, .. } = self;
        finish(accumulator).map_err(|error| events.describe(error))
    }
}

impl<E, A: Accumulate<E> + fmt::Debug> fmt::Debug for EventConnection<E, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventConnection")
            .field("events", &self.events)
            .field("accumulator", &self.accumulator)
            .finish_non_exhaustive()
    }
}

/// An event that the document does not have, from elsewhere than a connection: there it would be an error of the stream
/// if it carries one.
#[cfg_attr(not(any(feature = "audio", feature = "images", feature = "responses")), allow(dead_code))]
#[inline]
pub(crate) fn carries_no_error(event: &openai_runtime::json::Value) -> Result<()> {
    let is_error = event.get("type").and_then(|kind| kind.as_str()) == Some("error")
        || event.get("error").and_then(|error| error.as_object()).is_some_and(|error| !error.is_empty());
    if is_error { Err(Error::from_event(event)) } else { Ok(()) }
}

/// The words that every stream has: `connection!([generics] Stream => item, what next() gives)`.
macro_rules! connection {
    ([$($generics:tt)*] $stream:ty => $item:ty, $next:literal) => {
        impl<$($generics)*> $stream {
            #[doc = concat!($next, ", or `None` at the end.")]
            #[inline]
            pub async fn next(&mut self) -> Option<$crate::Result<$item>> {
                std::future::poll_fn(|context| futures_core::Stream::poll_next(std::pin::Pin::new(&mut *self), context))
                    .await
            }

            /// Returns the next one, or `Ok(None)` at the end.
            ///
            /// # Errors
            /// That of [`next`](Self::next).
            #[inline]
            pub async fn try_next(&mut self) -> $crate::Result<Option<$item>> {
                self.next().await.transpose()
            }

            /// Returns the head of the response, which is there before the first event.
            #[must_use]
            #[inline]
            pub fn head(&self) -> &$crate::ResponseHead {
                self.connection.events.head()
            }

            /// The status of the response.
            #[must_use]
            #[inline]
            pub fn status(&self) -> $crate::StatusCode {
                self.connection.events.status()
            }

            /// The header `x-request-id`.
            #[must_use]
            #[inline]
            pub fn request_id(&self) -> Option<&str> {
                self.connection.events.request_id()
            }

            /// The headers of the response.
            #[must_use]
            #[inline]
            pub fn headers(&self) -> &$crate::HeaderMap {
                self.connection.events.headers()
            }

            /// Returns the rate limits that the headers name.
            #[must_use]
            #[inline]
            pub fn rate_limit(&self) -> $crate::RateLimit {
                self.connection.events.rate_limit()
            }

            /// Writes the events that are still to come as server-sent events, to be handed on to a browser; see
            /// [`EventStream::to_sse`](openai_runtime::EventStream::to_sse).
            #[must_use]
            #[inline]
            pub fn to_sse(self) -> openai_runtime::Encoded {
                self.connection.events.to_sse()
            }

            /// Writes the events that are still to come as lines of JSON; see
            /// [`EventStream::to_ndjson`](openai_runtime::EventStream::to_ndjson).
            #[must_use]
            #[inline]
            pub fn to_ndjson(self) -> openai_runtime::Encoded {
                self.connection.events.to_ndjson()
            }

            /// Ends the stream now: there are no more events, and the connection is closed. What came before stays.
            #[inline]
            pub fn close(&mut self) {
                self.connection.close();
            }
        }

        impl<$($generics)*> futures_core::Stream for $stream {
            type Item = $crate::Result<$item>;

            #[inline]
            fn poll_next(
                mut self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Self::Item>> {
                self.connection.poll_event(context, $crate::support::event_connection::Wanted::All)
            }
        }
    };
}

/// A stream of the text alone.
macro_rules! text_stream {
    ($(#[$docs:meta])* $name:ident of $stream:ident) => {
        $(#[$docs])*
        #[derive(Debug)]
        #[must_use = "nothing is read before it is asked for"]
        pub struct $name($stream);

        impl $name {
            /// The next piece of the text, or `None` at the end.
            #[inline]
            pub async fn next(&mut self) -> Option<$crate::Result<String>> {
                std::future::poll_fn(|context| self.0.connection.poll_text(context)).await
            }

            /// Returns the next piece of the text, or `Ok(None)` at the end.
            ///
            /// # Errors
            /// That of [`next`](Self::next).
            #[inline]
            pub async fn try_next(&mut self) -> $crate::Result<Option<String>> {
                self.next().await.transpose()
            }

            /// Returns the head of the response, which is there before the first piece.
            #[must_use]
            #[inline]
            pub fn head(&self) -> &$crate::ResponseHead {
                self.0.connection.events.head()
            }

            /// The stream itself, with its snapshot.
            #[inline]
            pub fn get_ref(&self) -> &$stream {
                &self.0
            }

            /// The stream itself: for its snapshot, or to go on with its events.
            #[inline]
            pub fn into_inner(self) -> $stream {
                self.0
            }
        }

        impl futures_core::Stream for $name {
            type Item = $crate::Result<String>;

            #[inline]
            fn poll_next(
                mut self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Self::Item>> {
                self.0.connection.poll_text(context)
            }
        }
    };
}

pub(crate) use {connection, text_stream};
