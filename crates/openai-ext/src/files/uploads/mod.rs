//! Large files, uploaded in parts.
//!
//! Requires the feature `uploads`.

mod chunked;
mod source;

pub use chunked::{ChunkedUpload, UnfinishedUpload, UploadEvent, UploadEvents, UploadsExt};
pub use source::UploadSource;
