//! Many inputs at once: batch runs and lists of embeddings.

#[cfg(all(feature = "batches", feature = "files"))]
pub mod batches;
#[cfg(feature = "embeddings")]
pub mod embeddings;
