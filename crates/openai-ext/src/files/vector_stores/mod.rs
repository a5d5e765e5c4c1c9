//! Files uploaded into a vector store: one, or many at once.

mod bulk;
mod inputs;
mod report;
mod single;

pub use bulk::{BulkEvents, BulkUpload, FileBatchesExt};
pub use inputs::{InputFiles, IntoFiles};
pub use report::{BulkEvent, BulkFailure, BulkFile, BulkReport};
pub use single::{FileUpload, VectorStoreFilesExt};
