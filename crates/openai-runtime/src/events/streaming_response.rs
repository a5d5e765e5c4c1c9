//! Responses whose bodies have not been read.

use std::fmt;
use std::future::poll_fn;

use bytes::{Bytes, BytesMut};

use super::byte_stream::ByteStream;
use super::event_stream::EventStream;
use crate::client::call::Call;
use crate::client::pending::{Pending, ResponseValue};
use crate::error::Result;
use crate::exchange::prepared::Mode;
use crate::json::Json;
use crate::response::head::head_accessors;
use crate::response::raw_response::{RawResponse, ReadResponse};
use crate::response::reply::Reply;

/// A successful response whose body is still to come: the head is there, and the caller decides how to read the rest.
///
/// The body is read by one of [`bytes_stream`](Self::bytes_stream), [`events`](Self::events) and [`read`](Self::read).
/// Dropping the response ends it.
///
/// ```no_run
/// # use openai_runtime::{Call, Result, json::Value};
/// # async fn example(call: Call) -> Result<()> {
/// let response = call.send_streaming::<Value>().await?;
/// println!("{} {:?}", response.status(), response.request_id());
/// let mut chunks = response.bytes_stream();
/// while let Some(chunk) = chunks.next().await {
///     println!("{} bytes", chunk?.len());
/// }
/// # Ok(()) }
/// ```
#[must_use = "dropping it ends the response"]
pub struct StreamingResponse<T> {
    reply: Reply,
    read: ReadResponse<T>,
}

impl<T> StreamingResponse<T> {
    /// Returns the body as bytes as they arrive, unpacked, whatever they are.
    pub fn bytes_stream(self) -> ByteStream {
        ByteStream::new(self.reply)
    }

    /// Returns the body as events, for a call that asked for a stream of them. A type for any event is
    /// [`Value`](crate::json::Value); [`raw_events`](EventStream::raw_events) has their text.
    ///
    /// # Errors
    /// The body was read before, because its label said that it is no stream of events.
    pub fn events<E: Json + Default>(self) -> Result<EventStream<E>> {
        EventStream::open(self.reply, None)
    }

    /// Reads the body to its end, within the limits that the call has for its size.
    ///
    /// # Errors
    /// The body breaks off, is silent for too long or too large. The error has what was read.
    pub async fn read(self) -> Result<RawResponse<T>> {
        let Self { mut reply, read } = self;
        if let Some(rest) = reply.take_rest() {
            reply.bytes = collect(ByteStream::new(rest), reply.max_whole_size).await?;
        }
        Ok(RawResponse::new(reply, read))
    }
}

head_accessors!([T] StreamingResponse<T>, reply.head);

/// Reads a body to its end.
async fn collect(mut stream: ByteStream, limit: usize) -> Result<Bytes> {
    /// This much of a body that is not given is in the error.
    const START: usize = 4096;
    let mut body = BytesMut::new();
    while let Some(chunk) = poll_fn(|context| stream.poll_chunk(context)).await {
        match chunk {
            Ok(chunk) if body.len().saturating_add(chunk.len()) > limit => {
                let start = Bytes::copy_from_slice(&body[..body.len().min(START)]);
                let error = stream.head.too_large(limit, start);
                stream.span.failed(&error);
                return Err(error);
            }
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(error) => return Err(error.with_body(body.freeze())),
        }
    }
    stream.span.body(&body);
    stream.span.ended();
    Ok(body.freeze())
}

impl Call {
    /// Sends the call and returns the response once its head is there. The body is read later, in the way that the caller
    /// chooses; of an operation that can stream it is whole unless the body of the request asks for a stream.
    pub fn send_streaming<T: ResponseValue>(self) -> Pending<StreamingResponse<T>> {
        Pending::reply(self, Mode::Streamed, |reply| {
            reply.check_alone()?;
            Ok(StreamingResponse { reply, read: T::read_response })
        })
    }

    /// Sends the call with `stream: true` and returns the response once its head is there.
    pub fn stream_raw<T: ResponseValue>(mut self) -> Pending<StreamingResponse<T>> {
        self.inputs.set_stream();
        Pending::reply(self, Mode::Events, |reply| Ok(StreamingResponse { reply, read: T::read_response }))
    }
}

impl<T> fmt::Debug for StreamingResponse<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StreamingResponse").field(&self.reply.head).finish()
    }
}
