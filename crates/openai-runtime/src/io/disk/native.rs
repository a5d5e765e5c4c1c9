//! Work on files beside the executor.

use std::io;

/// Runs blocking work on another thread.
///
/// # Errors
/// Those of the work; and one for work that panicked, or whose runtime is being shut down.
pub async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
