//! A large file in parts, by the Uploads API.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use md5::{Digest, Md5};
use openai_runtime::transport::BoxFuture;

use super::source::UploadSource;
use crate::resources::uploads::Uploads;
use crate::support::progress::{Emitter, Progress, progress_stream};
use crate::support::stop::Stop;
use crate::types::{Upload, UploadPurpose};
use crate::{Error, ErrorKind, InputFile, Result};

/// The most that a part may have, and what it has unless the caller says otherwise.
const PART: u64 = 64 * 1024 * 1024;

/// So many parts are sent at once unless the caller says otherwise.
const AT_ONCE: usize = 4;

/// Words of `client.uploads()` that upload a file in parts.
pub trait UploadsExt {
    /// Uploads a file of up to 8 GB in parts of 64 MiB, several at once, and checks it by its MD5 sum. Awaiting it gives the
    /// completed upload, whose `file` is the file; [`events`](ChunkedUpload::events) tells of each part on the way.
    ///
    /// ```no_run
    /// # async fn example(client: openai_ext::Client) -> openai_ext::Result<()> {
    /// use std::path::Path;
    ///
    /// use openai_ext::prelude::*;
    ///
    /// let upload = client.uploads().upload_file_chunked(Path::new("training.jsonl"), "fine-tune").await?;
    /// println!("{:?}", upload.file.map(|file| file.id));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The file is never in memory: each part is read from the disk as it is sent, again if it has to be sent again.
    ///
    /// # Errors
    /// A file that can't be read, is empty or changes meanwhile; those of the calls. After a failure the upload is
    /// cancelled, unless [`with_resume`](ChunkedUpload::with_resume) is set. An upload that is dropped is not: it expires
    /// within the hour.
    fn upload_file_chunked(&self, file: impl Into<UploadSource>, purpose: impl Into<UploadPurpose>) -> ChunkedUpload;

    /// Goes on with an upload that failed, of the same file: the parts that are there already are not sent again.
    ///
    /// ```no_run
    /// # async fn example(client: openai_ext::Client) -> openai_ext::Result<()> {
    /// use std::path::Path;
    ///
    /// use openai_ext::prelude::*;
    /// use openai_ext::uploads::UnfinishedUpload;
    ///
    /// let (uploads, path) = (client.uploads(), Path::new("training.jsonl"));
    /// let upload = match uploads.upload_file_chunked(path, "fine-tune").with_resume().await {
    ///     Err(error) if error.detail::<UnfinishedUpload>().is_some() => {
    ///         let unfinished = error.detail::<UnfinishedUpload>().cloned().ok_or(error)?;
    ///         uploads.resume_file_chunked(path, unfinished).await?
    ///     }
    ///     result => result?,
    /// };
    /// # drop(upload);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`upload_file_chunked`](Self::upload_file_chunked); and a file of another length. A failure again keeps the upload.
    fn resume_file_chunked(&self, file: impl Into<UploadSource>, unfinished: UnfinishedUpload) -> ChunkedUpload;
}

impl UploadsExt for Uploads {
    fn upload_file_chunked(&self, file: impl Into<UploadSource>, purpose: impl Into<UploadPurpose>) -> ChunkedUpload {
        ChunkedUpload {
            client: self.client.clone(),
            source: file.into(),
            purpose: purpose.into(),
            filename: None,
            mime_type: None,
            part_size: PART,
            at_once: AT_ONCE,
            resume: false,
            unfinished: None,
            stop: Stop::default(),
        }
    }

    fn resume_file_chunked(&self, file: impl Into<UploadSource>, unfinished: UnfinishedUpload) -> ChunkedUpload {
        let part_size = unfinished.part_size;
        let upload = self.upload_file_chunked(file, UploadPurpose::default());
        ChunkedUpload { part_size, resume: true, unfinished: Some(unfinished), ..upload }
    }
}

/// An upload of a file in parts; await it, or take its [`events`](Self::events).
#[must_use = "nothing is sent before it is awaited"]
pub struct ChunkedUpload {
    client: openai_runtime::Client,
    source: UploadSource,
    purpose: UploadPurpose,
    filename: Option<String>,
    mime_type: Option<String>,
    part_size: u64,
    at_once: usize,
    resume: bool,
    unfinished: Option<UnfinishedUpload>,
    stop: Stop,
}

/// An upload that failed and can go on: the [`detail`](crate::Error::detail) of its error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnfinishedUpload {
    /// The id of the upload.
    pub upload_id: String,
    /// The length of the whole file.
    pub bytes: u64,
    /// The length of each part but the last.
    pub part_size: u64,
    /// The ids of the parts in the order of the file; none where a part is still to be sent.
    pub part_ids: Vec<Option<String>>,
}

impl UnfinishedUpload {
    /// An upload that was kept elsewhere meanwhile.
    #[must_use]
    pub fn new(upload_id: impl Into<String>, bytes: u64, part_size: u64, part_ids: Vec<Option<String>>) -> Self {
        Self { upload_id: upload_id.into(), bytes, part_size, part_ids }
    }
}

/// An event of an upload in parts.
#[derive(Debug)]
#[non_exhaustive]
pub enum UploadEvent {
    /// The upload was created, or is gone on with.
    #[non_exhaustive]
    Started {
        /// Its id.
        upload_id: String,
        /// The length of the file.
        bytes: u64,
        /// The number of parts.
        parts: usize,
        /// So many bytes are there already.
        sent: u64,
    },
    /// A part is there.
    #[non_exhaustive]
    Part {
        /// Its place in the file, from 0.
        index: usize,
        /// So many bytes of the file are there now.
        sent: u64,
    },
    /// All parts are there and were joined: `file` is the file.
    Completed(Box<Upload>),
}

/// The events of an upload: a `Stream` of [`UploadEvent`]s, of which the last is [`UploadEvent::Completed`].
#[must_use = "nothing is done before it is asked for"]
pub struct UploadEvents(Progress<UploadEvent>);

progress_stream!([] UploadEvents => UploadEvent, |this, context| futures_core::Stream::poll_next(Pin::new(&mut this.0), context));

impl ChunkedUpload {
    /// The name that the file gets; by default the last part of the path.
    pub fn filename(mut self, name: impl Into<String>) -> Self {
        self.filename = Some(name.into());
        self
    }

    /// The media type of the file; by default the name's extension tells it.
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Sets the size of a part, in bytes; by default 64 MiB, which is the most. A resumed upload keeps the size it
    /// has.
    #[inline]
    pub fn with_part_size(mut self, bytes: u64) -> Self {
        if self.unfinished.is_none() {
            self.part_size = bytes;
        }
        self
    }

    /// Sets the number of parts that are sent at the same time; 4 by default.
    #[inline]
    pub fn with_concurrency(mut self, count: usize) -> Self {
        self.at_once = count;
        self
    }

    /// Keeps the upload when it fails, so that [`resume_file_chunked`](UploadsExt::resume_file_chunked) can go on with it
    /// within the hour: the error has an [`UnfinishedUpload`].
    #[inline]
    pub fn with_resume(mut self) -> Self {
        self.resume = true;
        self
    }

    /// Gives up when this future is ready, with an error of kind [`Cancelled`](ErrorKind::Cancelled). Parts that are under
    /// way are dropped, and the upload is cancelled, unless [`with_resume`](Self::with_resume) is set.
    pub fn with_cancellation(mut self, stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        self.stop = Stop::new(stop);
        self
    }

    /// Starts the upload: what happens, as a `Stream`.
    #[inline]
    pub fn events(self) -> UploadEvents {
        UploadEvents(Progress::new(move |emitter| run(self, emitter)))
    }

    #[inline]
    fn name(&self) -> String {
        self.filename.clone().unwrap_or_else(|| self.source.whole().file_name().to_owned())
    }

    #[inline]
    fn uploads(&self) -> Uploads {
        Uploads { client: self.client.clone() }
    }
}

impl IntoFuture for ChunkedUpload {
    type Output = Result<Upload>;
    type IntoFuture = BoxFuture<Result<Upload>>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut events = self.events();
            while let Some(event) = events.next().await {
                if let UploadEvent::Completed(upload) = event? {
                    return Ok(*upload);
                }
            }
            Err(Error::new(ErrorKind::Truncated, "the upload ended without being completed"))
        })
    }
}

#[inline]
async fn run(mut upload: ChunkedUpload, emitter: Emitter<UploadEvent>) -> Result<()> {
    let bytes = upload.source.length().await?;
    let mut state = match upload.unfinished.clone() {
        Some(unfinished) => known(&upload, unfinished, bytes)?,
        None => create(&upload, bytes).await?,
    };
    let parts = state.part_ids.len();
    let sent = state.sent();
    emitter.emit(UploadEvent::Started { upload_id: state.upload_id.clone(), bytes, parts, sent }).await;
    let mut stop = std::mem::take(&mut upload.stop);
    let sent = stop.race(send(&upload, &mut state, &emitter)).await;
    match sent.unwrap_or_else(|| Err(Stop::error("the upload"))) {
        Ok(done) => {
            emitter.emit(UploadEvent::Completed(Box::new(done))).await;
            Ok(())
        }
        Err(error) if upload.resume => Err(error.with_detail(state)),
        Err(error) => {
            // The error to tell is the first one; an upload that can't be cancelled expires.
            drop(upload.uploads().cancel(&state.upload_id).send().await);
            Err(error)
        }
    }
}

#[inline]
async fn create(upload: &ChunkedUpload, bytes: u64) -> Result<UnfinishedUpload> {
    let invalid = |message: String| Err(Error::new(ErrorKind::InvalidRequest, message));
    if bytes == 0 {
        return invalid(format!("{:?} is empty", upload.name()));
    }
    check(upload)?;
    let Ok(total) = i64::try_from(bytes) else { return invalid(format!("{bytes} bytes are too many")) };
    let name = upload.name();
    let mime_type = match &upload.mime_type {
        Some(mime_type) => mime_type.clone(),
        None => InputFile::from_bytes(Bytes::new()).name(&name).media_type().to_owned(),
    };
    let body = crate::types::UploadCreateParams::default()
        .filename(name)
        .purpose(upload.purpose.clone())
        .bytes(total)
        .mime_type(mime_type);
    let created = upload.uploads().create_with(body).send().await?;
    let parts = usize::try_from(bytes.div_ceil(upload.part_size)).unwrap_or(usize::MAX);
    Ok(UnfinishedUpload::new(created.id, bytes, upload.part_size, vec![None; parts]))
}

#[inline]
fn check(upload: &ChunkedUpload) -> Result<()> {
    let problem = match (upload.part_size, upload.at_once) {
        (_, 0) => "`with_concurrency` is 0: no part could be sent".to_owned(),
        (1..=PART, _) => return Ok(()),
        (size, _) => format!("a part has 1 to {PART} bytes, not {size}"),
    };
    Err(Error::new(ErrorKind::Config, problem))
}

/// An upload that is gone on with, if it fits the file.
#[inline]
fn known(upload: &ChunkedUpload, unfinished: UnfinishedUpload, bytes: u64) -> Result<UnfinishedUpload> {
    check(upload)?;
    if unfinished.bytes != bytes {
        let message = format!("the file has {bytes} bytes, and the upload is one of {}", unfinished.bytes);
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    if unfinished.part_ids.len() as u64 != bytes.div_ceil(unfinished.part_size) {
        let message =
            format!("{} parts of {} bytes are no {bytes} bytes", unfinished.part_ids.len(), unfinished.part_size);
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    Ok(unfinished)
}

/// Sends what is still to be sent, and completes the upload.
///
/// A part is added to the sum just before it is sent: that needs one pass over the file in its order, while parts are sent
/// side by side and perhaps twice; what was just read comes from the system's memory the second time.
#[inline]
async fn send(upload: &ChunkedUpload, state: &mut UnfinishedUpload, emitter: &Emitter<UploadEvent>) -> Result<Upload> {
    let mut in_transit = FuturesUnordered::new();
    let mut sum = Md5::new();
    let mut next = 0;
    let mut stopped = None;
    loop {
        while stopped.is_none() && in_transit.len() < upload.at_once && next < state.part_ids.len() {
            let (start, length) = state.range(next);
            match upload.source.add_to(sum.clone(), start, length).await {
                Ok(grown) => sum = grown,
                Err(error) => {
                    stopped = Some(error);
                    break;
                }
            }
            if state.part_ids.get(next).is_some_and(Option::is_none) {
                let call = upload.uploads().parts().create(&state.upload_id, upload.source.part(start, length));
                let index = next;
                in_transit.push(async move { (index, call.send().await) });
            }
            next += 1;
        }
        match in_transit.next().await {
            Some((index, Ok(part))) => {
                if let Some(id) = state.part_ids.get_mut(index) {
                    *id = Some(part.id);
                }
                emitter.emit(UploadEvent::Part { index, sent: state.sent() }).await;
            }
            Some((index, Err(error))) => {
                let parts = state.part_ids.len();
                stopped.get_or_insert(error.prefixed(&format!("part {} of {parts}", index + 1)));
            }
            None => match stopped {
                Some(error) => return Err(error),
                None if next >= state.part_ids.len() => break,
                None => {}
            },
        }
    }
    let ids: Vec<String> = state.part_ids.iter().flatten().cloned().collect();
    let sum: String = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    upload.uploads().complete(&state.upload_id, ids).md5(sum).send().await
}

impl UnfinishedUpload {
    /// Returns the place of a part in the file: its start and its length.
    #[inline]
    fn range(&self, part: usize) -> (u64, u64) {
        let start = self.part_size.saturating_mul(part as u64).min(self.bytes);
        (start, self.part_size.min(self.bytes - start))
    }

    #[inline]
    fn sent(&self) -> u64 {
        let there = self.part_ids.iter().enumerate().filter(|(_, id)| id.is_some());
        there.map(|(part, _)| self.range(part).1).sum()
    }
}

impl fmt::Debug for ChunkedUpload {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkedUpload")
            .field("source", &self.source)
            .field("purpose", &self.purpose)
            .field("part_size", &self.part_size)
            .field("unfinished", &self.unfinished)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UploadEvents {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UploadEvents")
    }
}
