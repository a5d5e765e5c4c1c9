//! Many files into a vector store.

use std::collections::BTreeMap;
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use openai_runtime::input::{IntoList, IntoOptional, IntoOptionalMap};
use openai_runtime::transport::BoxFuture;

use super::inputs::{InputFiles, IntoFiles};
use super::report::{BulkEvent, BulkFailure, BulkFile, BulkReport};
use crate::resources::files::Files;
use crate::resources::vector_stores::file_batches::FileBatches;
use crate::support::progress::{Emitter, Progress, progress_stream};
use crate::support::stop::Stop;
use crate::types::{
    FileChunkingStrategyParam, VectorStoreFileAttributesItem, VectorStoreFileBatch, VectorStoreFileBatchCreateParams,
};
use crate::{Error, ErrorKind, Result};

/// The API's limit of files in a batch.
const A_BATCH: usize = 2000;

/// So many files are uploaded at once unless the caller says otherwise.
const AT_ONCE: usize = 5;

/// Words of `client.vector_stores().file_batches()` that upload files.
pub trait FileBatchesExt {
    /// Uploads files with purpose `assistants`, five at a time, adds them to a vector store in the order in which they are
    /// given, and waits until all were processed. Awaiting it gives a [`BulkReport`]; [`events`](BulkUpload::events) tells
    /// of each file on the way.
    ///
    /// ```no_run
    /// # async fn example(client: openai_ext::Client) -> openai_ext::Result<()> {
    /// use openai_ext::prelude::*;
    ///
    /// let bulk = client.vector_stores().file_batches().upload_and_poll("vs_1", ["guide.pdf", "terms.pdf"]);
    /// let report = bulk.with_partial_failure().await?;
    /// for file in report.failed() {
    ///     println!("{}: {:?}", file.name, file.error);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The first file that can't be uploaded stops the others, and nothing is added to the vector store, unless
    /// [`with_partial_failure`](BulkUpload::with_partial_failure) is set. Files are opened when their turn comes. More than
    /// 2,000 files, the most that a batch can have, become several batches.
    ///
    /// # Errors
    /// No file at all; those of the calls and of the [`Poller`](crate::runtime::Poller). The error names the file, and tells
    /// which files are on the server already: [`detail::<BulkFailure>()`](crate::Error::detail).
    fn upload_and_poll<K>(&self, vector_store_id: impl fmt::Display, files: impl IntoFiles<K>) -> BulkUpload;
}

impl FileBatchesExt for FileBatches {
    fn upload_and_poll<K>(&self, vector_store_id: impl fmt::Display, files: impl IntoFiles<K>) -> BulkUpload {
        let settings = Settings {
            client: self.client.clone(),
            vector_store_id: vector_store_id.to_string(),
            body: VectorStoreFileBatchCreateParams::default(),
            known: Vec::new(),
            at_once: AT_ONCE,
            partial: false,
            interval: None,
            deadline: None,
            stop: Stop::default(),
        };
        BulkUpload { files: files.into_files(), settings }
    }
}

/// An upload of many files into a vector store; await it, or take its [`events`](Self::events).
#[must_use = "nothing is sent before it is awaited"]
pub struct BulkUpload {
    files: InputFiles,
    settings: Settings,
}

struct Settings {
    client: openai_runtime::Client,
    vector_store_id: String,
    body: VectorStoreFileBatchCreateParams,
    known: Vec<String>,
    at_once: usize,
    partial: bool,
    interval: Option<Duration>,
    deadline: Option<Duration>,
    stop: Stop,
}

/// The events of a bulk upload: a `Stream` of [`BulkEvent`]s, of which the last is [`BulkEvent::Done`]. Dropping it
/// ends what is under way; what is uploaded stays.
#[must_use = "nothing is done before it is asked for"]
pub struct BulkEvents(Progress<BulkEvent>);

progress_stream!([] BulkEvents => BulkEvent, |this, context| futures_core::Stream::poll_next(Pin::new(&mut this.0), context));

impl BulkUpload {
    /// Files that were uploaded before, to be added after the others; in the report each is named by its id.
    pub fn file_ids<K>(mut self, file_ids: impl IntoList<String, K>) -> Self {
        match file_ids.into_list() {
            Ok(file_ids) => self.settings.known = file_ids,
            Err(error) => self.settings.body.extra.refuse("file_ids", error),
        }
        self
    }

    /// Sets the way in which the files are cut into chunks.
    pub fn chunking_strategy<K>(mut self, strategy: impl IntoOptional<FileChunkingStrategyParam, K>) -> Self {
        self.settings.body = self.settings.body.chunking_strategy(strategy);
        self
    }

    /// Sets the attributes that searches can filter by, the same for all files: up to 16 pairs.
    pub fn attributes<K>(mut self, attributes: impl IntoOptionalMap<VectorStoreFileAttributesItem, K>) -> Self {
        self.settings.body = self.settings.body.attributes(attributes);
        self
    }

    /// Sets the number of files that are uploaded at the same time; 5 by default.
    #[inline]
    pub fn with_concurrency(mut self, count: usize) -> Self {
        self.settings.at_once = count;
        self
    }

    /// Goes on when a file can't be uploaded: the others are, and the report tells of each.
    #[inline]
    pub fn with_partial_failure(mut self) -> Self {
        self.settings.partial = true;
        self
    }

    /// As [`Poller::with_poll_interval`](crate::runtime::Poller::with_poll_interval).
    #[inline]
    pub fn with_poll_interval(mut self, interval: Duration) -> Self {
        self.settings.interval = Some(interval);
        self
    }

    /// Sets the time that the processing of a batch's files may take after the upload; 30 minutes by default.
    #[inline]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = Some(deadline);
        self
    }

    /// Gives up when this future is ready, with an error of kind [`Cancelled`](ErrorKind::Cancelled). What is under way is
    /// dropped; files that are uploaded stay, and the error's [`BulkFailure`] names them.
    pub fn with_cancellation(mut self, stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        self.settings.stop = Stop::new(stop);
        self
    }

    /// Starts the upload: what happens, as a `Stream`.
    #[inline]
    pub fn events(self) -> BulkEvents {
        BulkEvents(Progress::new(move |emitter| run(self.files, self.settings, emitter)))
    }
}

impl IntoFuture for BulkUpload {
    type Output = Result<BulkReport>;
    type IntoFuture = BoxFuture<Result<BulkReport>>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut events = self.events();
            while let Some(event) = events.next().await {
                if let BulkEvent::Done(report) = event? {
                    return Ok(report);
                }
            }
            Err(Error::new(ErrorKind::Truncated, "the upload ended without a report"))
        })
    }
}

#[inline]
async fn run(mut inputs: InputFiles, mut upload: Settings, emitter: Emitter<BulkEvent>) -> Result<()> {
    if upload.at_once == 0 {
        return Err(Error::new(ErrorKind::Config, "`with_concurrency` is 0: no file could be sent"));
    }
    let mut files = send_files(&mut inputs, &mut upload, &emitter).await?;
    let uploaded: Vec<(usize, String)> =
        files.iter().filter_map(|file| Some((file.index, file.file_id.clone()?))).collect();
    for id in std::mem::take(&mut upload.known) {
        files.push(BulkFile { index: files.len(), name: id.clone(), file_id: Some(id), error: None });
    }
    let ids: Vec<String> = files.iter().filter_map(|file| file.file_id.clone()).collect();
    if files.is_empty() && ids.is_empty() {
        return Err(Error::new(ErrorKind::InvalidRequest, "there is no file to upload"));
    }
    let mut failure = BulkFailure { uploaded, ..BulkFailure::default() };
    if ids.is_empty() {
        let first = files.into_iter().find_map(|file| file.error);
        let error = first.unwrap_or_else(|| Error::new(ErrorKind::InvalidRequest, "no file"));
        return Err(error.prefixed("none of the files could be uploaded; the first").with_detail(failure));
    }
    let mut batches = Vec::new();
    for ids in ids.chunks(A_BATCH) {
        let mut stop = std::mem::take(&mut upload.stop);
        let processed = stop.race(process(&upload, ids, &emitter, &mut failure)).await;
        upload.stop = stop;
        match processed.unwrap_or_else(|| Err(Stop::error("waiting for the files to be processed"))) {
            Ok(batch) => batches.push(batch),
            Err(error) => return Err(failure.error(error)),
        }
    }
    if batches.iter().any(|batch| batch.file_counts.failed > 0 || batch.file_counts.cancelled > 0) {
        note_unprocessed(&upload, &batches, &mut files).await.map_err(|error| failure.clone().error(error))?;
    }
    emitter.emit(BulkEvent::Done(BulkReport { files, batches })).await;
    Ok(())
}

/// Uploads all files, so many at once; gives them in their order.
#[inline]
async fn send_files(
    inputs: &mut InputFiles,
    upload: &mut Settings,
    emitter: &Emitter<BulkEvent>,
) -> Result<Vec<BulkFile>> {
    let mut uploads = FuturesUnordered::new();
    let mut done: BTreeMap<usize, BulkFile> = BTreeMap::new();
    let mut next = 0;
    let mut stopped: Option<(BulkFile, Error)> = None;
    loop {
        while stopped.is_none()
            && uploads.len() < upload.at_once
            && let Some(file) = inputs.next()
        {
            let (index, name) = (next, file.file_name().to_owned());
            let call = Files { client: upload.client.clone() }.create(file, "assistants");
            uploads.push(async move { (index, name, call.send().await) });
            next += 1;
        }
        // What is under way when a file fails is awaited: whether it is on the server must be known.
        let Some(ended) = upload.stop.race(uploads.next()).await else {
            return Err(
                BulkFailure { uploaded: uploaded(done), ..BulkFailure::default() }.error(Stop::error("the upload"))
            );
        };
        let Some((index, name, result)) = ended else { break };
        let mut file = BulkFile { index, name: name.clone(), file_id: None, error: None };
        match result {
            Ok(object) => {
                file.file_id = Some(object.id.clone());
                emitter.emit(BulkEvent::Uploaded { index, name, file_id: object.id }).await;
                done.insert(index, file);
            }
            Err(error) if upload.partial => {
                emitter.emit(BulkEvent::Failed { index, name, message: error.to_string() }).await;
                file.error = Some(error);
                done.insert(index, file);
            }
            Err(error) => {
                stopped.get_or_insert((file, error));
            }
        }
    }
    match stopped {
        None => Ok(done.into_values().collect()),
        Some((file, error)) => {
            let (index, name) = (Some(file.index), Some(file.name));
            Err(BulkFailure { index, name, uploaded: uploaded(done), batch_ids: Vec::new() }.error(error))
        }
    }
}

/// The files that are on the server.
#[inline]
fn uploaded(done: BTreeMap<usize, BulkFile>) -> Vec<(usize, String)> {
    done.into_values().filter_map(|file| Some((file.index, file.file_id?))).collect()
}

/// Adds files to the vector store and waits until they were processed.
#[inline]
async fn process(
    upload: &Settings,
    ids: &[String],
    emitter: &Emitter<BulkEvent>,
    failure: &mut BulkFailure,
) -> Result<VectorStoreFileBatch> {
    let body = upload.body.clone().file_ids(ids);
    let batches = FileBatches { client: upload.client.clone() };
    let mut poller = batches.create_with(&upload.vector_store_id, body).send_and_poll();
    if let Some(interval) = upload.interval {
        poller = poller.with_poll_interval(interval);
    }
    if let Some(deadline) = upload.deadline {
        poller = poller.with_deadline(deadline);
    }
    let mut last = None;
    while let Some(batch) = poller.next().await {
        let batch = batch?;
        if last.is_none() {
            failure.batch_ids.push(batch.id.clone());
        }
        emitter.emit(BulkEvent::Batch(Box::new(batch.clone()))).await;
        last = Some(batch);
    }
    last.ok_or_else(|| Error::new(ErrorKind::Truncated, "the batch of files was never seen"))
}

/// Finds out which files could not be processed, and why.
#[inline]
async fn note_unprocessed(upload: &Settings, batches: &[VectorStoreFileBatch], files: &mut [BulkFile]) -> Result<()> {
    let mut by_id: BTreeMap<String, &mut BulkFile> = BTreeMap::new();
    for file in files {
        if let Some(id) = &file.file_id {
            by_id.insert(id.clone(), file);
        }
    }
    let resource = FileBatches { client: upload.client.clone() };
    for batch in batches {
        for status in ["failed", "cancelled"] {
            let list = resource.list_files(&upload.vector_store_id, &batch.id).filter(status).limit(100);
            let mut items = list.items();
            while let Some(item) = items.next().await {
                let item = item?;
                let Some(file) = by_id.get_mut(&item.id) else { continue };
                let error = item.last_error.as_ref();
                let value = serde_json::json!({
                    "code": error.map(|error| error.code.as_str()),
                    "message": error.map_or_else(|| format!("the file is {status}"), |error| error.message.clone()),
                });
                let error = Error::of_value(ErrorKind::UnprocessableEntity, &value);
                file.error = Some(upload.client.redactor().error(error));
            }
        }
    }
    Ok(())
}

impl fmt::Debug for BulkUpload {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkUpload")
            .field("vector_store_id", &self.settings.vector_store_id)
            .field("concurrency", &self.settings.at_once)
            .field("partial_failure", &self.settings.partial)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for BulkEvents {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BulkEvents")
    }
}
