//! The source of an upload in parts, and its sum.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use md5::{Digest, Md5};

use crate::support::disk::{failed, on_disk};
use crate::{InputFile, Result};

/// So much of a file is read at once.
const CHUNK: usize = 256 * 1024;

/// A file to be uploaded in parts: a path, or bytes in memory.
#[derive(Clone)]
pub struct UploadSource(Source);

#[derive(Clone)]
enum Source {
    Path(PathBuf),
    Bytes(Bytes),
}

impl UploadSource {
    #[inline]
    pub(super) fn whole(&self) -> InputFile {
        match &self.0 {
            Source::Path(path) => InputFile::from_path(path),
            Source::Bytes(bytes) => InputFile::from_bytes(bytes.clone()),
        }
    }

    #[inline]
    pub(super) fn part(&self, start: u64, length: u64) -> InputFile {
        match &self.0 {
            Source::Path(path) => InputFile::from_path_range(path, start, length),
            Source::Bytes(bytes) => InputFile::from_bytes(slice(bytes, start, length)),
        }
    }

    #[inline]
    pub(super) async fn length(&self) -> Result<u64> {
        match &self.0 {
            Source::Bytes(bytes) => Ok(bytes.len() as u64),
            Source::Path(path) => {
                let asked = path.clone();
                let length = on_disk(move || {
                    let metadata = std::fs::metadata(asked)?;
                    if metadata.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(metadata.len()) }
                });
                length.await.map_err(failed(path, "can't be read"))
            }
        }
    }

    /// Adds a part to a sum.
    #[inline]
    pub(super) async fn add_to(&self, mut sum: Md5, start: u64, length: u64) -> Result<Md5> {
        match &self.0 {
            Source::Bytes(bytes) => {
                sum.update(slice(bytes, start, length));
                Ok(sum)
            }
            Source::Path(path) => {
                let read = path.clone();
                let added = on_disk(move || {
                    let mut file = File::open(read)?;
                    file.seek(SeekFrom::Start(start))?;
                    let mut left = file.take(length);
                    let mut buffer = vec![0; CHUNK];
                    loop {
                        match left.read(&mut buffer) {
                            Ok(0) if left.limit() > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                            Ok(0) => return Ok(sum),
                            Ok(count) => sum.update(&buffer[..count]),
                            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                            Err(error) => return Err(error),
                        }
                    }
                });
                added.await.map_err(failed(path, "can't be read"))
            }
        }
    }
}

#[inline]
fn slice(bytes: &Bytes, start: u64, length: u64) -> Bytes {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(place(start)..place(start.saturating_add(length)))
}

impl From<PathBuf> for UploadSource {
    #[inline]
    fn from(path: PathBuf) -> Self {
        Self(Source::Path(path))
    }
}

impl From<&Path> for UploadSource {
    #[inline]
    fn from(path: &Path) -> Self {
        Self(Source::Path(path.to_owned()))
    }
}

impl From<Bytes> for UploadSource {
    #[inline]
    fn from(bytes: Bytes) -> Self {
        Self(Source::Bytes(bytes))
    }
}

impl From<Vec<u8>> for UploadSource {
    #[inline]
    fn from(bytes: Vec<u8>) -> Self {
        Self(Source::Bytes(bytes.into()))
    }
}

impl fmt::Debug for UploadSource {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.whole().fmt(f)
    }
}
