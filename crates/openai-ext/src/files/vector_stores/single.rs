//! One file into a vector store.

use std::future::IntoFuture;
use std::time::Duration;

use openai_runtime::input::{IntoOptional, IntoOptionalMap};
use openai_runtime::transport::BoxFuture;

use super::report::BulkFailure;
use crate::resources::files::Files as ClientFiles;
use crate::resources::vector_stores::files::Files;
use crate::support::stop::Stop;
use crate::types::{
    FileChunkingStrategyParam, VectorStoreFile, VectorStoreFileAttributesItem, VectorStoreFileCreateParams,
};
use crate::{InputFile, Result};

/// Words of `client.vector_stores().files()` that upload a file.
pub trait VectorStoreFilesExt {
    /// Uploads a file with purpose `assistants`, adds it to a vector store and waits until it was processed. Awaiting it
    /// gives the file of the vector store, whose `status` tells whether it was.
    ///
    /// ```no_run
    /// # async fn example(client: openai_ext::Client) -> openai_ext::Result<()> {
    /// use openai_ext::prelude::*;
    ///
    /// let guide = InputFile::from_path("guide.pdf");
    /// let file = client.vector_stores().files().upload_and_poll("vs_1", guide).await?;
    /// println!("{}", file.status);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the calls and of the [`Poller`](crate::runtime::Poller). Once the file is uploaded, the error has its id:
    /// [`detail::<BulkFailure>()`](crate::Error::detail).
    fn upload_and_poll(&self, vector_store_id: impl std::fmt::Display, file: impl Into<InputFile>) -> FileUpload;
}

impl VectorStoreFilesExt for Files {
    fn upload_and_poll(&self, vector_store_id: impl std::fmt::Display, file: impl Into<InputFile>) -> FileUpload {
        FileUpload {
            client: self.client.clone(),
            vector_store_id: vector_store_id.to_string(),
            file: file.into(),
            body: VectorStoreFileCreateParams::default(),
            interval: None,
            deadline: None,
            stop: Stop::default(),
        }
    }
}

/// An upload of one file into a vector store; await it.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct FileUpload {
    client: openai_runtime::Client,
    vector_store_id: String,
    file: InputFile,
    body: VectorStoreFileCreateParams,
    interval: Option<Duration>,
    deadline: Option<Duration>,
    stop: Stop,
}

impl FileUpload {
    /// Sets the way in which the file is cut into chunks.
    pub fn chunking_strategy<K>(mut self, strategy: impl IntoOptional<FileChunkingStrategyParam, K>) -> Self {
        self.body = self.body.chunking_strategy(strategy);
        self
    }

    /// Sets the attributes that searches can filter by: up to 16 pairs.
    pub fn attributes<K>(mut self, attributes: impl IntoOptionalMap<VectorStoreFileAttributesItem, K>) -> Self {
        self.body = self.body.attributes(attributes);
        self
    }

    /// As [`Poller::with_poll_interval`](crate::runtime::Poller::with_poll_interval).
    #[inline]
    pub fn with_poll_interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Sets the time that the processing of the file may take after the upload; 30 minutes by default.
    #[inline]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Gives up when this future is ready, with an error of kind [`Cancelled`](crate::ErrorKind::Cancelled). An upload that
    /// is under way is dropped; a file that is uploaded stays.
    pub fn with_cancellation(mut self, stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        self.stop = Stop::new(stop);
        self
    }

    #[inline]
    async fn run(mut self) -> Result<VectorStoreFile> {
        let files = ClientFiles { client: self.client.clone() };
        let name = self.file.file_name().to_owned();
        let uploaded = self.stop.race(files.create(self.file, "assistants").send()).await;
        let uploaded = uploaded.unwrap_or_else(|| Err(Stop::error(format_args!("the upload of {name:?}"))))?;
        let mut body = self.body;
        body.file_id.clone_from(&uploaded.id);
        let mut poller = Files { client: self.client }.create_with(&self.vector_store_id, body).send_and_poll();
        if let Some(interval) = self.interval {
            poller = poller.with_poll_interval(interval);
        }
        if let Some(deadline) = self.deadline {
            poller = poller.with_deadline(deadline);
        }
        let processed = self.stop.race(poller.into_future()).await;
        let processed = processed.unwrap_or_else(|| Err(Stop::error("waiting for the file to be processed")));
        processed.map_err(|error| BulkFailure::of_one(name, uploaded.id).error(error))
    }
}

impl IntoFuture for FileUpload {
    type Output = Result<VectorStoreFile>;
    type IntoFuture = BoxFuture<Result<VectorStoreFile>>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
