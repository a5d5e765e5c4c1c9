//! The answer to work on files where there are none.

use std::io;

/// Returns the error of all work on files by path.
pub(crate) fn unsupported() -> io::Error {
    let message = "there are no files by path in a browser: take the bytes of the file, by `InputFile::from_bytes` or `send_bytes`";
    io::Error::new(io::ErrorKind::Unsupported, message)
}

/// Fails, and does not run the work.
///
/// # Errors
/// Always, of kind [`Unsupported`](io::ErrorKind::Unsupported).
pub async fn on_disk<T: Send + 'static>(_: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    Err(unsupported())
}
