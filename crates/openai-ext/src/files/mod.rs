//! Files: safe names on the disk, the wait until one is processed, uploads in parts, and files of vector stores.

mod file_name;
#[cfg(feature = "files")]
mod processing;
#[cfg(feature = "uploads")]
pub mod uploads;
#[cfg(all(feature = "files", feature = "vector_stores"))]
pub mod vector_stores;

pub use file_name::safe_file_name;
#[cfg(feature = "files")]
pub use processing::FilesExt;
