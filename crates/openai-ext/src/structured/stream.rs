//! Streams whose text is a value at the end.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::parsed::Parsed;
use crate::Result;
use crate::stream::partial_json;

/// What happens in a stream whose text is a `T`. It derefs to the stream itself: `next()`, `snapshot()`, `close()` and so
/// on are its words, and its events are the same.
///
/// [`partial`](Self::partial) has the JSON as far as it is there, and [`final_parsed`](Self::final_parsed) the value.
#[must_use = "nothing is read before it is asked for"]
pub struct ParsedStream<S, T> {
    stream: S,
    value: PhantomData<fn() -> T>,
}

impl<S, T> ParsedStream<S, T> {
    pub(super) fn new(stream: S) -> Self {
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

#[cfg(feature = "chat")]
impl<T> ParsedStream<crate::ChatCompletionStream, T> {
    /// The JSON of the choice with index 0 as far as it is there: what is open is closed, what is half there is left out.
    /// `None` before there is any. It reads the whole text, so ask for it when it is shown. The events have it as well.
    #[must_use]
    pub fn partial(&self) -> Option<Value> {
        partial_json::parse(self.stream.choice(0)?.message.content.as_deref()?)
    }
}

#[cfg(feature = "chat")]
impl<T: DeserializeOwned> ParsedStream<crate::ChatCompletionStream, T> {
    /// Reads the rest of the stream and gives the whole completion with its values.
    ///
    /// # Errors
    /// Those of [`ChatCompletionStream::final_completion`](crate::ChatCompletionStream::final_completion), and those of
    /// [`parse`](super::ParseExt::parse) that are about the answer.
    pub async fn final_completion(self) -> Result<super::ParsedChatCompletion<T>> {
        let head = Some(self.stream.head());
        let completion = self.stream.final_completion().await.map_err(|error| {
            // An error of the connection has its head.
            if error.status().is_some() { error } else { super::parsed::about(&head, error) }
        })?;
        Parsed::new(completion, head)
    }

    /// Reads the rest of the stream and gives the value of the first choice.
    ///
    /// # Errors
    /// Those of [`final_completion`](Self::final_completion) and of [`Parsed::into_parsed`].
    pub async fn final_parsed(self) -> Result<T> {
        self.final_completion().await?.into_parsed()
    }
}

#[cfg(feature = "responses")]
impl<T> ParsedStream<crate::stream::responses::ResponseStream, T> {
    /// The JSON of the first text as far as it is there: what is open is closed, what is half there is left out. `None`
    /// before there is any. It reads the whole text, so ask for it when it is shown.
    #[must_use]
    pub fn partial(&self) -> Option<Value> {
        partial_json::parse(crate::unparsed::output_texts(self.stream.snapshot()?).next()?)
    }
}

#[cfg(feature = "responses")]
impl<T: DeserializeOwned> ParsedStream<crate::stream::responses::ResponseStream, T> {
    /// Reads the rest of the stream and gives the whole response with its values.
    ///
    /// # Errors
    /// Those of [`ResponseStream::final_response`](crate::stream::responses::ResponseStream::final_response), and those of
    /// [`parse`](super::ParseExt::parse) that are about the answer.
    pub async fn final_response(self) -> Result<super::ParsedResponse<T>> {
        let head = Some(self.stream.head());
        let response = self.stream.final_response().await?;
        Parsed::new(response, head)
    }

    /// Reads the rest of the stream and gives the value of the first text.
    ///
    /// # Errors
    /// Those of [`final_response`](Self::final_response) and of [`Parsed::into_parsed`].
    pub async fn final_parsed(self) -> Result<T> {
        self.final_response().await?.into_parsed()
    }
}
