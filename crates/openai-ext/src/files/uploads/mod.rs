//! Large files, uploaded in parts.

mod chunked;
mod source;

pub use chunked::{ChunkedUpload, UnfinishedUpload, UploadEvent, UploadEvents, UploadsExt};
pub use source::UploadSource;
