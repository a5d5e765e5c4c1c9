//! The events of a bulk upload, its report, and its failure.

use crate::Error;
use crate::types::VectorStoreFileBatch;

/// An event of a bulk upload.
#[derive(Debug)]
#[non_exhaustive]
pub enum BulkEvent {
    /// A file is on the server.
    #[non_exhaustive]
    Uploaded {
        /// Its place among the files, from 0.
        index: usize,
        /// Its name.
        name: String,
        /// Its id.
        file_id: String,
    },
    /// A file could not be uploaded, and the others go on.
    #[non_exhaustive]
    Failed {
        /// Its place among the files, from 0.
        index: usize,
        /// Its name.
        name: String,
        /// Why, in words; the report has the error itself.
        message: String,
    },
    /// The vector store processes the files: a batch as it was last seen, with its counts.
    Batch(Box<VectorStoreFileBatch>),
    /// All is done.
    Done(BulkReport),
}

/// The result of a bulk upload.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct BulkReport {
    /// Each file, in the order in which they were given.
    pub files: Vec<BulkFile>,
    /// The batches in which they were added to the vector store, as they ended: one for each 2,000 files.
    pub batches: Vec<VectorStoreFileBatch>,
}

/// The result of one file.
#[derive(Debug)]
#[non_exhaustive]
pub struct BulkFile {
    /// Its place among the files, from 0.
    pub index: usize,
    /// The name under which it was sent.
    pub name: String,
    /// Its id, if it is on the server.
    pub file_id: Option<String>,
    /// Why it could not be uploaded, or not be processed.
    pub error: Option<Error>,
}

impl BulkReport {
    /// The files that could not be uploaded or processed.
    #[inline]
    pub fn failed(&self) -> impl Iterator<Item = &BulkFile> {
        self.files.iter().filter(|file| file.error.is_some())
    }
}

/// The work that an upload had done when it failed: the [`detail`](crate::Error::detail) of its error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkFailure {
    /// The place of the file that failed, from 0; none if it was not one file.
    pub index: Option<usize>,
    /// The name of the file that failed.
    pub name: Option<String>,
    /// Files that are on the server: their places and ids, in order. They stay there until they are deleted.
    pub uploaded: Vec<(usize, String)>,
    /// The batches of files that were begun.
    pub batch_ids: Vec<String>,
}

impl BulkFailure {
    #[inline]
    pub(super) fn of_one(name: String, file_id: String) -> Self {
        Self { index: Some(0), name: Some(name), uploaded: vec![(0, file_id)], batch_ids: Vec::new() }
    }

    #[inline]
    pub(super) fn error(self, error: Error) -> Error {
        let about = match (self.index, &self.name) {
            (Some(index), Some(name)) => format!("file {index} ({name:?})"),
            _ => format!("{} uploaded files", self.uploaded.len()),
        };
        error.prefixed(&about).with_detail(self)
    }
}
