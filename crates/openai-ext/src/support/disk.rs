//! Work on files beside the executor.
//!
//! By the standard library in `spawn_blocking`, as in openai-runtime: a hop for a megabyte costs nothing, and a write that
//! was begun ends before the file is looked at again, also when its future is dropped.

use std::fmt::Display;
use std::io;
use std::path::Path;

use crate::{Error, ErrorKind};

/// Runs blocking work on another thread.
pub(crate) async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// The error for a file that can't be worked on: `what` as in "can't be written".
pub(crate) fn failed(path: &Path, what: impl Display) -> impl FnOnce(io::Error) -> Error {
    let path = path.display().to_string();
    let what = what.to_string();
    move |error| Error::new(ErrorKind::Io, format!("{path} {what}: {error}")).with_source(error)
}
