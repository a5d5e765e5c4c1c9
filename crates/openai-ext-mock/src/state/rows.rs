//! The rows of the tables: an object as an answer shows it, and what belongs to it.

use bytes::Bytes;
use serde_json::Value;

use super::polls::Polls;
use super::table::Object;
use crate::model::ModelResponse;

/// A file: bytes that were uploaded, or that the mock wrote.
pub(crate) struct StoredFile {
    pub(crate) object: Value,
    pub(crate) bytes: Bytes,
}

/// An upload, and what the file that it will be is told.
pub(crate) struct Upload {
    pub(crate) object: Value,
    pub(crate) file_lifetime: Option<u64>,
}

/// A part of an upload. Parts come in any order, and leave with it.
pub(crate) struct UploadPart {
    pub(crate) id: String,
    pub(crate) upload: String,
    pub(crate) bytes: Bytes,
}

/// A file in a container.
pub(crate) struct ContainerFile {
    pub(crate) object: Value,
    pub(crate) bytes: Bytes,
}

/// A file in a vector store, with its status there.
pub(crate) struct StoreFile {
    pub(crate) object: Value,
    pub(crate) store: String,
    pub(crate) batch: Option<String>,
    pub(crate) polls: Polls,
}

/// Files that were added to a vector store together.
pub(crate) struct FileBatch {
    pub(crate) object: Value,
    pub(crate) store: String,
}

/// A batch of requests.
pub(crate) struct Batch {
    pub(crate) object: Value,
    pub(crate) polls: Polls,
    pub(crate) output_lifetime: Option<u64>,
    /// The requests to answer, once the input file has been read.
    pub(crate) lines: Vec<BatchLine>,
    /// The results, until they are written to files.
    pub(crate) results: Option<BatchResults>,
}

/// A request of a batch's input file.
pub(crate) struct BatchLine {
    pub(crate) custom_id: String,
    pub(crate) body: Value,
    pub(crate) url: String,
}

/// The results of all lines of a batch: two files, as text, and their counts.
#[derive(Default)]
pub(crate) struct BatchResults {
    pub(crate) output: String,
    pub(crate) errors: String,
    pub(crate) completed: usize,
    pub(crate) failed: usize,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}

/// A run of an assistant on a thread.
pub(crate) struct ThreadRun {
    pub(crate) object: Value,
    pub(crate) polls: Polls,
}

/// An item of a conversation.
pub(crate) struct ConversationItem {
    pub(crate) conversation: String,
    pub(crate) object: Value,
}

/// A response with the input that it answers.
pub(crate) struct StoredResponse {
    pub(crate) made: ModelResponse,
    /// None when it has come to its end.
    pub(crate) unfinished: Option<&'static str>,
    pub(crate) background: bool,
    pub(crate) polls: Polls,
    pub(crate) input: Vec<Value>,
    /// The output in the form of items of an input: what the next request may go on from.
    pub(crate) output: Vec<Value>,
    pub(crate) previous: Option<String>,
    pub(crate) conversation: Option<String>,
}

/// A chat completion with the messages that it answers.
pub(crate) struct StoredCompletion {
    pub(crate) object: Value,
    pub(crate) messages: Vec<Value>,
}

/// A fine-tuning job.
pub(crate) struct FineTuningJob {
    pub(crate) object: Value,
    pub(crate) polls: Polls,
    /// The document has no status for it: a job that pauses keeps the one it has.
    pub(crate) paused: bool,
    pub(crate) suffix: Option<String>,
}

/// An event or a checkpoint, of a job.
pub(crate) struct JobRecord {
    pub(crate) job: String,
    pub(crate) object: Value,
}

/// An eval.
pub(crate) struct Eval {
    pub(crate) object: Value,
    pub(crate) updated: u64,
}

/// A run of an eval.
pub(crate) struct EvalRun {
    pub(crate) object: Value,
    pub(crate) polls: Polls,
}

/// An output item, of an eval's run.
pub(crate) struct EvalItem {
    pub(crate) run: String,
    pub(crate) object: Value,
}

/// A video.
pub(crate) struct Video {
    pub(crate) object: Value,
    pub(crate) polls: Polls,
}

impl StoredFile {
    pub(crate) fn name(&self) -> &str {
        self.object["filename"].as_str().unwrap_or_default()
    }
}

impl StoredResponse {
    pub(crate) fn items(&self) -> impl Iterator<Item = &Value> {
        let output = self.output.iter().filter(|_| self.unfinished.is_none());
        self.input.iter().chain(output)
    }

    /// Takes what goes into the conversation, now or never.
    pub(crate) fn undelivered(&mut self) -> (Option<String>, Vec<Value>) {
        match self.unfinished {
            Some(_) => (None, Vec::new()),
            None => (self.conversation.take(), self.items().cloned().collect()),
        }
    }

    pub(crate) fn body(&self) -> Value {
        match self.unfinished {
            Some(status) => self.made.body(status, false),
            None => self.made.body(self.made.last_status(), true),
        }
    }
}

impl Object for StoredFile {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for ContainerFile {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for StoreFile {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for Batch {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for ThreadRun {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for ConversationItem {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for StoredCompletion {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for FineTuningJob {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for JobRecord {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for Eval {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for EvalRun {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for EvalItem {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for Video {
    fn object(&self) -> &Value {
        &self.object
    }
}
