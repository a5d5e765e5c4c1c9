//! Streams of events that came another way than as the response to a call.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use tokio::io::{AsyncRead, ReadBuf};

use super::choices::StreamedEvent;
use super::event_stream::EventStream;
use crate::error::{BoxError, Redactor};
use crate::io::transport::Body;
use crate::response::head::ResponseHead;
use crate::response::reply::Reply;
use crate::trace::StreamSpan;

/// So much is read at once.
const CHUNK: usize = 16 * 1024;

/// The ways in which bytes come, as the second parameter of [`ByteSource`].
pub mod source {
    /// A `tokio::io::AsyncRead`.
    #[derive(Debug)]
    pub enum AsyncBytes {}
    /// A `Stream` of `Result`s of bytes.
    #[derive(Debug)]
    pub enum ByteChunks {}
}

/// A source of bytes: a `tokio::io::AsyncRead`, or a `Stream` of `Result`s of bytes. `Way` is found by the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no source of bytes",
    note = "a `tokio::io::AsyncRead`, or a `Stream` whose items are `Result<impl Into<Bytes>, impl Into<BoxError>>`, is expected"
)]
pub trait ByteSource<Way>: Send + 'static {
    /// Returns the bytes as a body.
    fn into_body(self) -> Body;
}

impl<R: AsyncRead + Send + 'static> ByteSource<source::AsyncBytes> for R {
    fn into_body(self) -> Body {
        Body::from_stream(ReaderChunks { reader: Box::pin(self), has_ended: false }, None)
    }
}

impl<S, B, E> ByteSource<source::ByteChunks> for S
where
    S: Stream<Item = Result<B, E>> + Send + 'static,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    fn into_body(self) -> Body {
        Body::from_stream(SourceChunks(Box::pin(self)), None)
    }
}

impl<E: StreamedEvent> EventStream<E> {
    /// Reads the events of a stream that came by another way than a call, as from a proxy that wrote it by
    /// [`to_sse`](Self::to_sse) or [`to_ndjson`](Self::to_ndjson). The first bytes tell the two forms apart.
    ///
    /// The stream ends as over a connection: after its terminal event, or with an error of kind
    /// [`Truncated`](crate::ErrorKind::Truncated) if the bytes end before. An error in it is one of kind
    /// [`Stream`](crate::ErrorKind::Stream). It has no limit of time, needs no runtime, and its status is 200 without
    /// headers.
    ///
    /// ```
    /// # use openai_runtime::{Done, EventStream, StreamedEvent, object};
    /// # #[derive(Clone, Default)]
    /// # pub struct Delta { pub text: String, pub extra: openai_runtime::json::Extra }
    /// # object!(Delta, [F("text", R)], [text]);
    /// # impl StreamedEvent for Delta { const DONE: Done = Done::Marker; }
    /// # async fn run() -> openai_runtime::Result<()> {
    /// let bytes: &[u8] = b"data: {\"text\": \"Hi\"}\n\ndata: [DONE]\n\n";
    /// let mut events = EventStream::<Delta>::from_reader(bytes);
    /// while let Some(event) = events.next().await {
    ///     println!("{}", event?.text);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_reader<Way>(reader: impl ByteSource<Way>) -> Self {
        let head = ResponseHead {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            received: None,
            attempts: 0,
            secrets: &[],
            redactor: Redactor::default(),
            strict: false,
        };
        Self::read(Reply {
            head,
            bytes: Bytes::new(),
            body: Some(reader.into_body()),
            packed: false,
            expects_json: true,
            is_text: false,
            is_list: false,
            idle_timeout: Duration::MAX,
            event_idle_timeout: None,
            done: E::DONE,
            max_event_size: None,
            max_size: None,
            max_whole_size: usize::MAX,
            min_rate: None,
            span: StreamSpan::default(),
        })
    }
}

/// The bytes of a reader.
struct ReaderChunks<R> {
    reader: Pin<Box<R>>,
    has_ended: bool,
}

impl<R: AsyncRead> Stream for ReaderChunks<R> {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let mut bytes = vec![0; CHUNK];
        let mut buffer = ReadBuf::new(&mut bytes);
        let read = ready!(self.reader.as_mut().poll_read(context, &mut buffer));
        let length = buffer.filled().len();
        self.has_ended = read.is_err() || length == 0;
        bytes.truncate(length);
        match read {
            Ok(()) if length == 0 => Poll::Ready(None),
            Ok(()) => Poll::Ready(Some(Ok(bytes.into()))),
            Err(error) => Poll::Ready(Some(Err(error.into()))),
        }
    }
}

/// The chunks of a stream.
struct SourceChunks<S>(Pin<Box<S>>);

impl<S: Stream<Item = Result<B, E>>, B: Into<Bytes>, E: Into<BoxError>> Stream for SourceChunks<S> {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.0.as_mut().poll_next(context));
        Poll::Ready(next.map(|chunk| chunk.map(Into::into).map_err(Into::into)))
    }
}
