//! Uploads beyond one call: many files into a vector store, and large files in parts.

#[cfg(all(feature = "vector_stores", feature = "files"))]
mod bulk;
#[cfg(feature = "uploads")]
mod chunked;
#[cfg(all(feature = "vector_stores", feature = "files"))]
mod single;

#[cfg(all(feature = "vector_stores", feature = "files"))]
pub use bulk::{BulkEvent, BulkEvents, BulkFailure, BulkFile, BulkReport, BulkUpload, FileBatchesExt};
#[cfg(feature = "uploads")]
pub use chunked::{ChunkedUpload, UnfinishedUpload, UploadEvent, UploadEvents, UploadSource, UploadsExt};
#[cfg(all(feature = "vector_stores", feature = "files"))]
pub use single::{FileUpload, VectorStoreFilesExt};
