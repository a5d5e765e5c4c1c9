//! A file for an environment: a path, or bytes in memory.

use std::fmt;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;

use crate::support::disk::{failed, on_disk};
use crate::{Error, ErrorKind, InputFile, Result};

/// A file for an environment: a path of the local disk, or bytes in memory.
///
/// A path must be that of a regular file and no symbolic link, and the file must not change while it is uploaded.
///
/// ```
/// use openai_ext::agents::AgentFile;
///
/// let (file, note) = (AgentFile::from_path("sales.csv"), AgentFile::from_bytes("Only the first quarter counts."));
/// # let _ = (file, note);
/// ```
#[derive(Clone)]
pub struct AgentFile(FileSource);

#[derive(Clone)]
enum FileSource {
    Path(PathBuf),
    Bytes(Bytes),
    Input(InputFile),
}

/// The facts by which a changed file is noticed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl AgentFile {
    /// Makes a file of a path. It is opened when it is uploaded.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        Self(FileSource::Path(path.into()))
    }

    /// Makes a file of bytes.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self(FileSource::Bytes(bytes.into()))
    }

    /// Returns the file as it is uploaded, under the name that it has in the environment.
    pub(super) fn input(&self, name: &str) -> InputFile {
        match &self.0 {
            FileSource::Path(path) => InputFile::from_path(path),
            FileSource::Bytes(bytes) => InputFile::from_bytes(bytes.clone()),
            FileSource::Input(file) => file.clone(),
        }
        .name(name)
    }

    /// Reads the stamp of a file on the disk.
    pub(super) async fn stamp(&self) -> Result<Option<Stamp>> {
        let FileSource::Path(path) = &self.0 else { return Ok(None) };
        let asked = path.clone();
        let metadata =
            on_disk(move || std::fs::symlink_metadata(asked)).await.map_err(failed(path, "can't be read"))?;
        stamp_of(path, &metadata).map(Some)
    }

    /// Checks that a file is still the one that was there before its upload.
    pub(super) async fn check_unchanged(&self, before: Option<&Stamp>) -> Result<()> {
        let Some(before) = before else { return Ok(()) };
        if self.stamp().await?.as_ref() == Some(before) {
            return Ok(());
        }
        let message =
            format!("{self:?} was changed while it was uploaded: its content is not certain. Upload it again");
        Err(Error::new(ErrorKind::Io, message))
    }
}

/// Returns the stamp of a regular file.
pub(super) fn stamp_of(path: &Path, metadata: &Metadata) -> Result<Stamp> {
    let refused = |what: &str| {
        let message = format!("{} is {what}: an environment takes regular files only", path.display());
        let source = io::Error::from(io::ErrorKind::InvalidInput);
        Error::new(ErrorKind::Io, message).with_source(source)
    };
    if metadata.is_symlink() {
        return Err(refused("a symbolic link"));
    }
    if !metadata.is_file() {
        return Err(refused(if metadata.is_dir() { "a directory" } else { "no regular file" }));
    }
    Ok(Stamp { length: metadata.len(), modified: metadata.modified().ok() })
}

impl From<PathBuf> for AgentFile {
    fn from(path: PathBuf) -> Self {
        Self::from_path(path)
    }
}

impl From<&Path> for AgentFile {
    fn from(path: &Path) -> Self {
        Self::from_path(path)
    }
}

/// A string is a path, as for every file.
impl From<&str> for AgentFile {
    fn from(path: &str) -> Self {
        Self::from_path(path)
    }
}

impl From<String> for AgentFile {
    fn from(path: String) -> Self {
        Self::from_path(path)
    }
}

impl From<Bytes> for AgentFile {
    fn from(bytes: Bytes) -> Self {
        Self::from_bytes(bytes)
    }
}

impl From<Vec<u8>> for AgentFile {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_bytes(bytes)
    }
}

impl From<InputFile> for AgentFile {
    fn from(file: InputFile) -> Self {
        Self(FileSource::Input(file))
    }
}

impl fmt::Debug for AgentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            FileSource::Path(path) => write!(f, "{}", path.display()),
            FileSource::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            FileSource::Input(file) => fmt::Debug::fmt(file, f),
        }
    }
}
