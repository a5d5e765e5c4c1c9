//! Files to upload.

#[cfg(target_family = "wasm")]
mod browser;
mod chunks;
mod conversions;
#[cfg(not(target_family = "wasm"))]
mod disk;

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_core::Stream;
use tokio::io::AsyncRead;

#[cfg(target_family = "wasm")]
use self::browser as disk;
#[cfg(target_family = "wasm")]
use self::browser::NoFile as OpenFile;
pub(crate) use self::chunks::FileError;
use self::chunks::{Chunked, Converted};
pub use self::conversions::FileContent;
#[cfg(not(target_family = "wasm"))]
use self::disk::OpenFile;
use self::disk::{open_file, open_path, open_range};
use super::media_type;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::io::transport::Body;
use crate::json::{Json, ReadError, Reader, Writer};

/// A file to upload: a path, bytes, or a reader or stream that can be sent once.
///
/// A file from a path is opened when it is sent and never held in memory as a whole. Files from paths and bytes can be
/// sent again when an attempt fails; a reader or stream can't, so a call with one is never retried.
///
/// ```
/// use openai_runtime::InputFile;
///
/// let training = InputFile::from_path("data/training.jsonl");
/// let speech = InputFile::from_bytes(vec![0; 16]).name("speech.wav");
/// ```
#[derive(Clone, Default)]
pub struct InputFile {
    name: Option<String>,
    content_type: Option<String>,
    source: FileSource,
}

#[derive(Clone)]
enum FileSource {
    Bytes(Bytes),
    Path(PathBuf),
    /// So many bytes of a file, from a place in it.
    Range(PathBuf, u64, u64),
    Once(Arc<Mutex<Option<Once>>>),
}

/// The content of a file that can be sent once only.
enum Once {
    Body(Body),
    #[cfg_attr(target_family = "wasm", allow(dead_code, reason = "there are none in a browser"))]
    /// From where it stands. What it is is found out when it is sent: asking may block.
    File(OpenFile),
}

impl Default for FileSource {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl InputFile {
    /// The file at a path; its name is the path's last part.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(OsStr::to_string_lossy).map(String::from);
        Self { name, content_type: None, source: FileSource::Path(path) }
    }

    /// A part of the file at a path: `length` bytes from `start` on. If the file is too short for that, sending it fails.
    pub fn from_path_range(path: impl Into<PathBuf>, start: u64, length: u64) -> Self {
        let Self { name, source, .. } = Self::from_path(path);
        let source = match source {
            FileSource::Path(path) => FileSource::Range(path, start, length),
            other => other,
        };
        Self { name, content_type: None, source }
    }

    /// Bytes in memory; give them a [`name`](Self::name), which also tells their type.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        bytes.into().into()
    }

    /// Makes a file of the bytes of a reader, up to its end.
    pub fn from_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::once(None, Body::from_stream(Chunked::new(reader), None))
    }

    /// Makes a file of the bytes of a stream, up to its end.
    pub fn from_stream<B, E>(stream: impl Stream<Item = Result<B, E>> + Send + 'static) -> Self
    where
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        Self::once(None, Body::from_stream(Converted::new(stream), None))
    }

    /// Sets the name under which the file is sent.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the media type; by default the name's extension tells it.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The name under which the file is sent: `upload` if it has none.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("upload")
    }

    /// The media type with which the file is sent.
    #[must_use]
    pub fn media_type(&self) -> &str {
        match &self.content_type {
            // A line break would end the part's head.
            Some(text) if !text.contains(['\r', '\n']) => text,
            _ => media_type::media_type(self.file_name()),
        }
    }

    /// Returns the text for a place that takes text only: the content if it is text in memory, else the name.
    pub(crate) fn to_text(&self) -> String {
        match &self.source {
            FileSource::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => self.file_name().to_owned(),
            },
            _ => self.file_name().to_owned(),
        }
    }

    pub(crate) fn is_replayable(&self) -> bool {
        !matches!(self.source, FileSource::Once(_))
    }

    /// Opens the file for one attempt.
    pub(crate) async fn open(&self) -> Result<Body> {
        match &self.source {
            FileSource::Bytes(bytes) => Ok(Body::from(bytes.clone())),
            FileSource::Path(path) => open_path(path).await.map_err(|error| self.unreadable(error)),
            FileSource::Range(path, start, length) => {
                open_range(path, *start, *length).await.map_err(|error| self.unreadable(error))
            }
            FileSource::Once(body) => {
                let taken = body.lock().unwrap_or_else(PoisonError::into_inner).take();
                match taken {
                    Some(Once::Body(body)) => Ok(body),
                    Some(Once::File(file)) => open_file(file).await.map_err(|error| self.unreadable(error)),
                    None => {
                        Err(Error::invalid(format!("the file {:?} can be sent once only, and was", self.file_name())))
                    }
                }
            }
        }
    }

    pub(crate) fn once(name: Option<String>, body: Body) -> Self {
        Self::from_once(name, Once::Body(body))
    }

    fn from_once(name: Option<String>, once: Once) -> Self {
        Self { name, content_type: None, source: FileSource::Once(Arc::new(Mutex::new(Some(once)))) }
    }

    fn unreadable(&self, error: io::Error) -> Error {
        let name = match &self.source {
            FileSource::Path(path) | FileSource::Range(path, ..) => path.display().to_string(),
            _ => self.file_name().to_owned(),
        };
        Error::new(ErrorKind::Io, format!("the file {name} can't be read: {error}")).with_source(error)
    }
}

impl fmt::Debug for InputFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            FileSource::Bytes(bytes) => format!("{} bytes", bytes.len()),
            FileSource::Path(path) => path.display().to_string(),
            FileSource::Range(path, start, length) => format!("{length} bytes from {start} of {}", path.display()),
            FileSource::Once(_) => "once".to_owned(),
        };
        f.debug_struct("InputFile").field("name", &self.name).field("source", &source).finish_non_exhaustive()
    }
}

impl Json for InputFile {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        self.source = FileSource::Bytes(Bytes::from(reader.string()?.into_owned()));
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.attachment(self, || self.to_text());
    }
}
