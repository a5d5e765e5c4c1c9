//! Bodies that are handed on as they come.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use tokio::time::{Instant, Sleep};

use crate::client::call::Call;
use crate::client::pending::Pending;
use crate::error::{ErrorKind, Result, caught, check_runtime};
use crate::exchange::prepared::Mode;
use crate::io::clock::after;
use crate::io::transport::Body;
use crate::response::head::{ResponseHead, head_accessors};
use crate::response::reply::Reply;
use crate::trace::StreamSpan;

/// The body of a response as it comes: a `Stream` of chunks.
///
/// It may stay silent for the client's `idle_timeout`. Dropping it ends the download.
pub struct ByteStream {
    pub(crate) head: ResponseHead,
    body: Option<Body>,
    idle_timeout: Duration,
    silence: Silence,
    pub(crate) span: StreamSpan,
}

impl ByteStream {
    pub(crate) fn new(reply: Reply) -> Self {
        let body = Some(reply.body.unwrap_or_else(|| Body::from(reply.bytes)));
        Self { head: reply.head, body, idle_timeout: reply.idle_timeout, silence: Silence::default(), span: reply.span }
    }

    /// The length of the whole body, if the server told it.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.head.header("content-length")?.parse().ok()
    }

    /// The next chunk, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    pub(crate) fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        match Pin::new(body).poll_next(context) {
            Poll::Ready(Some(Ok(chunk))) => {
                self.silence.since = None;
                Poll::Ready(Some(Ok(chunk)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.body = None;
                let error = self.head.body_error(error, Bytes::new());
                self.span.failed(&error);
                Poll::Ready(Some(Err(error)))
            }
            Poll::Ready(None) => {
                self.body = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                let silence = ready!(self.silence.poll(self.idle_timeout, context));
                self.body = None;
                let error = silence.err().unwrap_or_else(|| {
                    let message = format!("the stream was silent for {:?}", self.idle_timeout);
                    self.head.error(ErrorKind::Timeout, message, Bytes::new())
                });
                self.span.failed(&error);
                Poll::Ready(Some(Err(error)))
            }
        }
    }

    /// Waits a moment for the body's end, so that the connection can be used again; else it is closed.
    pub(crate) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()> {
        const MOMENT: Duration = Duration::from_millis(10);
        self.idle_timeout = self.idle_timeout.min(MOMENT);
        while let Some(body) = &mut self.body {
            match Pin::new(body).poll_next(context) {
                Poll::Pending => {
                    // The body is let go either way.
                    let _ = ready!(self.silence.poll(self.idle_timeout, context));
                    self.body = None;
                }
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(_) => self.body = None,
            }
        }
        Poll::Ready(())
    }

    pub(crate) fn abort(&mut self) {
        self.body = None;
    }
}

impl Call {
    /// Sends the call and gives the response's body as it comes.
    pub fn bytes_stream(self) -> Pending<ByteStream> {
        Pending::reply(self, Mode::Streamed, |reply| {
            reply.check_alone()?;
            Ok(ByteStream::new(reply))
        })
    }
}

head_accessors!([] ByteStream, head);

impl Stream for ByteStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(self.poll_chunk(context));
        if chunk.is_none() {
            self.span.ended();
        }
        Poll::Ready(chunk)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("status", &self.status().as_u16())
            .field("request_id", &self.request_id())
            .finish_non_exhaustive()
    }
}

/// How long nothing came.
///
/// A stream waits once for each of its events, so that moving a timer each time would be a good part of what the event
/// costs: the timer runs on, and what it is worth is seen once it is over.
#[derive(Default)]
pub(super) struct Silence {
    pub(super) since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Whom the timer wakes.
    waker: Option<Waker>,
}

impl Silence {
    /// Ready once nothing came for the whole limit, or with the error that there are no timers here.
    pub(super) fn poll(&mut self, limit: Duration, context: &mut Context<'_>) -> Poll<Result<()>> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let end = after(since, limit);
        let timer = match &mut self.timer {
            Some(timer) => timer,
            none => none.insert(check_runtime().and_then(|()| caught(|| Box::pin(tokio::time::sleep_until(end))))?),
        };
        let is_known = self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker()));
        if is_known && timer.deadline() <= end && !timer.is_elapsed() {
            return Poll::Pending;
        }
        if timer.deadline() > end {
            timer.as_mut().reset(end);
        }
        self.waker = Some(context.waker().clone());
        while timer.as_mut().poll(context).is_ready() {
            if timer.deadline() >= end {
                return Poll::Ready(Ok(()));
            }
            timer.as_mut().reset(end);
        }
        Poll::Pending
    }
}
