//! Downloads to files: a body that breaks off is asked for again from where it broke.

mod partial_file;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CONTENT_RANGE, DATE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::client::call::Call;
use crate::client::pending::Pending;
use crate::error::{Error, ErrorKind, Result, in_tokio};
use crate::exchange::channel::Channel;
use crate::exchange::execution::within;
use crate::exchange::prepared::{Mode, PreparedCall};
use crate::exchange::retries::{Failed, Tries};
use crate::exchange::spans::{Traced, instrument};
use crate::request::headers::Change;

use crate::events::byte_stream::ByteStream;
use crate::io::transport::BoxFuture;
use crate::request::inputs::CallInputs;
use crate::response::head::ResponseHead;
use crate::response::reply::Reply;
use crate::trace::Trace;

pub use partial_file::PartialFile;
use partial_file::{PartWriter, Version};

/// The number of bytes that are gathered before they are written.
const BATCH: usize = 256 * 1024;

impl Call {
    /// Sends the call and writes the response's body to a file, which is there only once it is complete. Gives the
    /// number of bytes.
    ///
    /// A body that breaks off is an attempt that failed: the next one asks for what is missing if the call is a GET and
    /// the server named the file's version by an `ETag` or `Last-Modified`; else it starts over. If no attempt is left,
    /// the error's [`partial_file`](crate::Error::partial_file) can be resumed later. Dropping the call removes what was
    /// written.
    ///
    /// ```no_run
    /// # use openai_runtime::{Call, Result};
    /// # async fn example(call: Call) -> Result<()> {
    /// let bytes = match call.clone().send_to_file("video.mp4").await {
    ///     Err(error) if error.partial_file().is_some() => {
    ///         let partial = error.partial_file().cloned().ok_or(error)?;
    ///         call.resume_to_file(partial).await?
    ///     }
    ///     result => result?,
    /// };
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of any call. A file that can't be written, for example in a directory that is missing, is of kind
    /// [`Io`](crate::ErrorKind::Io), names the path and is not tried again.
    pub fn send_to_file(self, path: impl Into<PathBuf>) -> Pending<u64> {
        Pending::boxed(start(self, DownloadStart::Nothing(path.into())))
    }

    /// Goes on with a download that failed, to the path it was meant for. This is to be the same call as the one that
    /// failed. If the server has another version of the file by now, it starts over. Gives the number of bytes of the
    /// whole file.
    ///
    /// # Errors
    /// As [`send_to_file`](Self::send_to_file); and one of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if
    /// another call is resuming the same download.
    #[inline]
    pub fn resume_to_file(self, partial: PartialFile) -> Pending<u64> {
        Pending::boxed(start(self, DownloadStart::Partial(partial)))
    }
}

/// The start of a download.
enum DownloadStart {
    Nothing(PathBuf),
    Partial(PartialFile),
}

/// A download that is complete.
struct Downloaded {
    /// Of the last response; there is none if no byte was missing.
    #[cfg_attr(not(any(feature = "otel", feature = "tracing")), allow(dead_code))]
    head: Option<ResponseHead>,
    bytes: u64,
}

impl Traced for Downloaded {
    #[inline]
    fn response(&self) -> Option<(&ResponseHead, &[u8])> {
        self.head.as_ref().map(|head| (head, &[][..]))
    }
}

#[inline]
fn start(call: Call, from: DownloadStart) -> BoxFuture<Result<u64>> {
    let download = instrument(call.client.channel().clone(), call.inputs, move |channel, inputs| {
        in_tokio(run(channel, inputs, from))
    });
    Box::pin(async move { download.await.map(|done| done.bytes) })
}

#[inline]
async fn run(channel: Arc<Channel>, inputs: Box<CallInputs>, from: DownloadStart) -> Result<Downloaded> {
    let call = PreparedCall::new(channel, *inputs, Mode::Streamed)?;
    // Before anything is sent: a request may cost money, and a path that can't be written to is known now.
    let (target, opened) = match from {
        DownloadStart::Nothing(path) => (path.clone(), Some(PartWriter::create(path).await)),
        DownloadStart::Partial(partial) => (partial.target().to_owned(), PartWriter::resume(partial).await),
    };
    let Some(opened) = opened else {
        return Err(Error::invalid("another call is going on with this download already"));
    };
    let file = opened.map_err(|error| io_error(&target, error, None))?;
    // A range that the caller asks for is what he wants to have, not something to be put together.
    let in_parts = call.method == Method::GET && !call.sets(&RANGE);
    let mut download = Download { call, file, in_parts, sent: 0, restarted: false };
    let done = match within(download.call.inputs.total, || download.attempts()).await {
        Ok(head) => download.finish(head).await,
        Err(error) => Err(error),
    };
    done.map_err(|error| download.with_partial(error))
}

struct Download {
    call: PreparedCall,
    file: PartWriter,
    /// True if the missing part can be requested alone.
    in_parts: bool,
    /// The requests sent so far.
    sent: u32,
    /// True if the part on the disk did not fit the server's file once.
    restarted: bool,
}

impl Download {
    /// Makes attempts until the file is complete or no more is to be made.
    #[inline]
    async fn attempts(&mut self) -> Result<Option<ResponseHead>> {
        if self.is_complete() && self.file.file().bytes() > 0 {
            return Ok(None);
        }
        let mut tries = Tries::default();
        loop {
            Trace::attempt(self.sent);
            match self.attempt().await {
                Ok(Some(head)) => return Ok(Some(head)),
                // The same again without what was there: no failure, so it needs no wait.
                Ok(None) => {}
                // A disk does not get better by waiting.
                Err(Failed::Attempt(error)) if error.kind() == ErrorKind::Io => return Err(error),
                Err(failed) => self.call.again(&mut tries, failed).await?,
            }
        }
    }

    /// Makes one attempt. `None`: what is there does not fit what the server has now, and was thrown away.
    #[inline]
    async fn attempt(&mut self) -> Result<Option<ResponseHead>, Failed> {
        let missing = self.missing();
        let changes = missing.as_ref().map(|(_, changes)| &changes[..]).unwrap_or_default();
        let sent = self.sent;
        self.sent += 1;
        let reply = match self.call.attempt(sent, changes).await {
            Err(Failed::Attempt(error))
                if missing.is_some() && error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) =>
            {
                return Ok(self.start_over(error).await?);
            }
            reply => reply?,
        };
        reply.check_alone()?;
        let end = match (missing, reply.head.status) {
            (Some((from, _)), StatusCode::PARTIAL_CONTENT) => match self.fitting(&reply, from) {
                Some((end, version)) => {
                    self.file.set_version(version);
                    Some(end)
                }
                None => return Ok(self.start_over(wrong_part(&reply.head, from)).await?),
            },
            (_, status) => {
                let part = status == StatusCode::PARTIAL_CONTENT && !self.call.sets(&RANGE);
                if part && !is_whole(&reply.head.headers) {
                    return Err(wrong_part(&reply.head, 0).into());
                }
                let version = self.version(&reply);
                let total = version.total;
                let emptied = self.file.restart(version).await;
                emptied.map_err(|error| self.io_error(error, &reply.head))?;
                total
            }
        };
        let mut stream = ByteStream::new(reply);
        self.fill(&mut stream, end).await?;
        Ok(Some(stream.head))
    }

    /// Writes a body that should bring the file to `end` bytes.
    #[inline]
    async fn fill(&self, stream: &mut ByteStream, end: Option<u64>) -> Result<()> {
        let mut batch = Vec::new();
        let ended = loop {
            match stream.next().await {
                Some(Ok(chunk)) => {
                    batch.extend_from_slice(&chunk);
                    if batch.len() >= BATCH {
                        batch = self.write(batch, end, &stream.head).await?;
                    }
                }
                Some(Err(error)) => break Err(error),
                None => break Ok(()),
            }
        };
        // Also before a failure is told: the next attempt goes on after these bytes.
        self.write(batch, end, &stream.head).await?;
        if self.is_complete() {
            return Ok(());
        }
        ended?;
        let written = self.file.file().bytes();
        match self.file.file().total().or(end) {
            Some(total) if written < total => {
                let message = format!("the download has {written} bytes of {total}");
                Err(stream.head.error(ErrorKind::Truncated, message, Bytes::new()))
            }
            _ => Ok(()),
        }
    }

    #[inline]
    async fn write(&self, batch: Vec<u8>, end: Option<u64>, head: &ResponseHead) -> Result<Vec<u8>> {
        let length = self.file.file().bytes() + batch.len() as u64;
        if let Some(end) = end.filter(|end| length > *end) {
            // Nothing of it can be trusted.
            self.file.restart(Version::default()).await.map_err(|error| self.io_error(error, head))?;
            let message = format!("the download has more than the {end} bytes that it should have");
            return Err(head.error(ErrorKind::Decode, message, Bytes::new()));
        }
        self.file.write(batch).await.map_err(|error| self.io_error(error, head))
    }

    #[inline]
    async fn finish(&self, head: Option<ResponseHead>) -> Result<Downloaded> {
        match self.file.finish().await {
            Ok(bytes) => Ok(Downloaded { head, bytes }),
            Err(error) => Err(io_error(self.file.file().target(), error, head.as_ref())),
        }
    }

    /// Throws away what is there, unless that was done before: then the error is told.
    #[inline]
    async fn start_over(&mut self, error: Error) -> Result<Option<ResponseHead>> {
        let emptied = self.file.restart(Version::default()).await;
        emptied.map_err(|error| io_error(self.file.file().target(), error, None).with_attempts(self.sent))?;
        if self.restarted || !self.call.body.is_replayable() {
            return Err(error);
        }
        self.restarted = true;
        Ok(None)
    }

    /// Returns the start of the missing bytes and the headers that request them, if there is a part to continue from.
    #[inline]
    fn missing(&self) -> Option<(u64, [Change; 2])> {
        let file = self.file.file();
        let from = file.bytes();
        let validator = file.version().validator.filter(|_| self.in_parts && from > 0)?;
        let range = HeaderValue::try_from(format!("bytes={from}-")).ok()?;
        Some((from, [(RANGE, Some(range)), (IF_RANGE, Some(validator))]))
    }

    /// Returns the end of a part that continues from byte `from` of the same file, with the facts about the file, if
    /// it does continue.
    #[inline]
    fn fitting(&self, reply: &Reply, from: u64) -> Option<(u64, Version)> {
        let known = self.file.file().version();
        let (first, last, total) = content_range(&reply.head.headers)?;
        let same_total = known.total.is_none_or(|known| total.is_none_or(|total| total == known));
        let total = known.total.or(total);
        let inside = last >= first && total.is_none_or(|total| last < total);
        let validator = known.validator.as_ref()?;
        let found = match is_strong(validator) {
            true => reply.head.headers.get(ETAG).filter(|etag| is_strong(etag)),
            false => reply.head.headers.get(LAST_MODIFIED),
        };
        let same_version = found.is_none_or(|found| found == validator);
        let fits = first == from && same_total && inside && same_version && !reply.packed;
        fits.then(|| (last.saturating_add(1), Version { total, ..known }))
    }

    /// Returns the facts of a response about the whole file that it starts.
    #[inline]
    fn version(&self, reply: &Reply) -> Version {
        if reply.packed {
            // Its bytes can't be counted in the file.
            return Version::default();
        }
        let now = self.call.channel.clock.now();
        let validator = validator(&reply.head.headers, now).filter(|_| self.in_parts);
        Version { validator, total: reply.head.header("content-length").and_then(|text| text.trim().parse().ok()) }
    }

    /// Tells whether all bytes are there.
    #[inline]
    fn is_complete(&self) -> bool {
        let file = self.file.file();
        file.total() == Some(file.bytes())
    }

    /// The error, with what was written if that is of use.
    #[inline]
    fn with_partial(&self, error: Error) -> Error {
        let file = self.file.file();
        if file.bytes() > 0 && file.version().validator.is_some() { error.with_partial(file.clone()) } else { error }
    }

    #[inline]
    fn io_error(&self, error: std::io::Error, head: &ResponseHead) -> Error {
        io_error(self.file.file().target(), error, Some(head))
    }
}

/// Returns the header that names the version of a file beyond doubt: a strong `ETag`, else `Last-Modified` if it is a
/// second old.
#[inline]
fn validator(headers: &HeaderMap, now: SystemTime) -> Option<HeaderValue> {
    if headers.get(ACCEPT_RANGES).is_some_and(|unit| unit.as_bytes().eq_ignore_ascii_case(b"none")) {
        return None;
    }
    if let Some(etag) = headers.get(ETAG).filter(|etag| is_strong(etag)) {
        return Some(etag.clone());
    }
    let date = |name| httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok();
    let age = date(DATE).unwrap_or(now).duration_since(date(LAST_MODIFIED)?).ok()?;
    // Within its second a file may have changed again.
    headers.get(LAST_MODIFIED).filter(|_| age >= Duration::from_secs(1)).cloned()
}

#[inline]
fn is_strong(etag: &HeaderValue) -> bool {
    let etag = etag.as_bytes();
    etag.len() >= 2 && etag.starts_with(b"\"") && etag.ends_with(b"\"")
}

/// The first and the last byte of a part, and the length of the whole if it is known.
#[inline]
fn content_range(headers: &HeaderMap) -> Option<(u64, u64, Option<u64>)> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim();
    let (unit, range) = text.split_once(' ')?;
    let (range, total) = range.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    unit.eq_ignore_ascii_case("bytes").then_some(())?;
    Some((first.parse().ok()?, last.parse().ok()?, total))
}

/// Tells whether a part is all there is.
#[inline]
fn is_whole(headers: &HeaderMap) -> bool {
    matches!(content_range(headers), Some((0, last, Some(total))) if last.checked_add(1) == Some(total))
}

#[cold]
#[inline]
fn wrong_part(head: &ResponseHead, from: u64) -> Error {
    let found = head.header("content-range").unwrap_or("no content-range");
    let message = format!("the server sent another part than the one from byte {from}: {found}");
    head.error(ErrorKind::Decode, message, Bytes::new())
}

#[cold]
#[inline]
fn io_error(path: &std::path::Path, error: std::io::Error, head: Option<&ResponseHead>) -> Error {
    let message = format!("the file {} can't be written: {error}", path.display());
    let told = match head {
        Some(head) => head.error(ErrorKind::Io, message, Bytes::new()),
        None => Error::new(ErrorKind::Io, message),
    };
    told.with_source(error)
}
