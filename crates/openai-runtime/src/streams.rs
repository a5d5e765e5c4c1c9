//! Bodies that are handed on as they come.

use std::fmt;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use tokio::io::AsyncWrite;
use tokio::time::Sleep;

use crate::call::Call;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::execute::{Mode, deadline, start};
use crate::reply::{Head, Reply};
use crate::retry::random_bits;
use crate::transport::Body;

/// The next chunk of a body.
pub(crate) async fn next_chunk(body: &mut Body) -> Option<Result<Bytes, BoxError>> {
    poll_fn(|context| Pin::new(&mut *body).poll_next(context)).await
}

/// The body of a response as it comes: a `Stream` of chunks.
///
/// It may stay silent for the client's `idle_timeout`. Dropping it ends the download.
pub struct ByteStream {
    pub(crate) head: Head,
    body: Option<Body>,
    idle_timeout: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    waiting: bool,
}

impl ByteStream {
    pub(crate) fn new(reply: Reply) -> Self {
        let body = Some(reply.body.unwrap_or_else(|| Body::from(reply.bytes)));
        Self { head: reply.head, body, idle_timeout: reply.idle_timeout, sleep: None, waiting: false }
    }

    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers of the response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The header `x-request-id`.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.head.request_id()
    }

    /// The length of the whole body, if the server told it.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.head.header("content-length")?.parse().ok()
    }

    /// The next chunk, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    pub(crate) fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        match Pin::new(body).poll_next(context) {
            Poll::Ready(Some(Ok(chunk))) => {
                self.waiting = false;
                Poll::Ready(Some(Ok(chunk)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.body = None;
                Poll::Ready(Some(Err(self.head.body_error(error, Bytes::new()))))
            }
            Poll::Ready(None) => {
                self.body = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                ready!(self.poll_idle(context));
                self.body = None;
                let message = format!("the stream was silent for {:?}", self.idle_timeout);
                Poll::Ready(Some(Err(self.head.error(ErrorKind::Timeout, message, Bytes::new()))))
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
                    ready!(self.poll_idle(context));
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

    /// Ready once nothing came for the whole limit.
    fn poll_idle(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limit = self.idle_timeout;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline(limit))));
        if !self.waiting {
            self.waiting = true;
            sleep.as_mut().reset(deadline(limit));
        }
        sleep.as_mut().poll(context)
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(context)
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

/// Downloads to a file beside `path`, which gets its name once it is complete.
pub(crate) async fn to_file(call: Call, path: PathBuf) -> Result<u64> {
    let reply = start(call, Mode::Streamed).await?;
    let mut stream = ByteStream::new(reply);
    let part = Partial::new(&path);
    let written = part.fill(&mut stream).await?;
    if let Some(length) = stream.content_length().filter(|length| *length != written) {
        let message = format!("the download has {written} bytes of {length}");
        return Err(stream.head.error(ErrorKind::Truncated, message, Bytes::new()));
    }
    tokio::fs::rename(&part.path, &path).await.map_err(|error| io_error(&path, error, &stream.head))?;
    part.keep();
    Ok(written)
}

/// A file that is removed unless it is kept.
struct Partial {
    path: PathBuf,
    kept: bool,
}

impl Partial {
    fn new(path: &Path) -> Self {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{:08x}.part", random_bits() as u32));
        Self { path: path.with_file_name(name), kept: false }
    }

    async fn fill(&self, stream: &mut ByteStream) -> Result<u64> {
        let wrong = |error, head: &Head| io_error(&self.path, error, head);
        // Made on this thread: one that another thread is still making would outlive a call dropped meanwhile.
        let file = std::fs::File::create(&self.path).map_err(|error| wrong(error, &stream.head))?;
        let mut file = tokio::fs::File::from_std(file);
        let mut written = 0;
        while let Some(chunk) = stream.next().await {
            let mut chunk = chunk?;
            while !chunk.is_empty() {
                let count = poll_fn(|context| Pin::new(&mut file).poll_write(context, &chunk)).await;
                let count = count.map_err(|error| wrong(error, &stream.head))?;
                written += count as u64;
                let _ = chunk.split_to(count);
            }
        }
        poll_fn(|context| Pin::new(&mut file).poll_flush(context)).await.map_err(|error| wrong(error, &stream.head))?;
        Ok(written)
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            // Nobody is left to tell if this fails, and nothing depends on it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn io_error(path: &Path, error: std::io::Error, head: &Head) -> Error {
    let message = format!("the file {} can't be written: {error}", path.display());
    head.error(ErrorKind::Io, message, Bytes::new()).with_source(error)
}
