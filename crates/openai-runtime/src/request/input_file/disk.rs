//! Files on a disk, read while they are sent.

use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::pin::Pin;

use tokio::io::AsyncSeek;

use super::chunks::{CHUNK, Chunked};
use super::{InputFile, Once};
use crate::io::transport::Body;

/// A file that was opened by the user.
pub(super) type OpenFile = tokio::fs::File;

/// Opens the file at a path.
pub(super) async fn open_path(path: &Path) -> io::Result<Body> {
    open_file(tokio::fs::File::open(path).await?).await
}

/// Opens a part of the file at a path.
pub(super) async fn open_range(path: &Path, start: u64, length: u64) -> io::Result<Body> {
    let mut file = tokio::fs::File::open(path).await?;
    file.set_max_buf_size(CHUNK);
    Pin::new(&mut file).start_seek(io::SeekFrom::Start(start))?;
    poll_fn(|context| Pin::new(&mut file).poll_complete(context)).await?;
    Ok(Body::from_stream(Chunked::limited(file, length), Some(length)))
}

/// Returns the rest of a file, from where it stands.
pub(super) async fn open_file(mut file: tokio::fs::File) -> io::Result<Body> {
    let metadata = file.metadata().await?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    file.set_max_buf_size(CHUNK);
    if !metadata.is_file() || metadata.len() == 0 {
        // A pipe or a device has no length that says anything, and what is in /proc says 0 and is not empty.
        return Ok(Body::from_stream(Chunked::new(file), None));
    }
    let at = position(&mut file).await?;
    let length = metadata.len().saturating_sub(at);
    Ok(Body::from_stream(Chunked::limited(file, length), Some(length)))
}

async fn position(file: &mut tokio::fs::File) -> io::Result<u64> {
    // A read that was begun and left has to end first.
    poll_fn(|context| Pin::new(&mut *file).poll_complete(context)).await?;
    Pin::new(&mut *file).start_seek(io::SeekFrom::Current(0))?;
    poll_fn(|context| Pin::new(&mut *file).poll_complete(context)).await
}

impl From<tokio::fs::File> for InputFile {
    /// The rest of an open file, from where it stands; it can be sent once.
    fn from(file: tokio::fs::File) -> Self {
        Self::from_once(None, Once::File(file))
    }
}

impl From<std::fs::File> for InputFile {
    /// The rest of an open file, from where it stands; it can be sent once.
    fn from(file: std::fs::File) -> Self {
        tokio::fs::File::from_std(file).into()
    }
}
