//! Files: the wait until one is processed, uploads in parts, and files of vector stores.

#[cfg(feature = "files")]
mod processing;
#[cfg(feature = "uploads")]
pub mod uploads;
#[cfg(all(feature = "files", feature = "vector_stores"))]
pub mod vector_stores;

#[cfg(feature = "files")]
pub use processing::FilesExt;
