//! Uploads beyond one call: many files into a vector store, and large files in parts.

#[cfg(all(feature = "vector_stores", feature = "files"))]
mod bulk;
#[cfg(feature = "uploads")]
mod chunked;
#[cfg(all(feature = "vector_stores", feature = "files"))]
mod single;
#[cfg(feature = "uploads")]
mod source;

#[cfg(all(feature = "vector_stores", feature = "files"))]
pub use bulk::{BulkEvent, BulkEvents, BulkFailure, BulkFile, BulkReport, BulkUpload, FileBatchesExt};
#[cfg(feature = "uploads")]
pub use chunked::{ChunkedUpload, UnfinishedUpload, UploadEvent, UploadEvents, UploadsExt};
#[cfg(all(feature = "vector_stores", feature = "files"))]
pub use single::{FileUpload, VectorStoreFilesExt};
#[cfg(feature = "uploads")]
pub use source::UploadSource;
