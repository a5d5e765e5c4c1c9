//! Files to upload.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

use super::media_type;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::io::transport::Body;
use crate::json::{Json, ReadError, Reader, Writer};

/// How much of a file is read at once.
const CHUNK: usize = 256 * 1024;

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

/// What can be sent one time only.
enum Once {
    Body(Body),
    /// From where it stands. What it is is found out when it is sent: asking may block.
    File(tokio::fs::File),
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

    /// What a reader gives, up to its end.
    pub fn from_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::once(None, Body::from_stream(Chunked::new(reader), None))
    }

    /// What a stream gives, up to its end.
    pub fn from_stream<B, E>(stream: impl Stream<Item = Result<B, E>> + Send + 'static) -> Self
    where
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        Self::once(None, Body::from_stream(Converted(Box::pin(stream)), None))
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

    /// What stands for the file where only text can: its content if that is text in memory, else its name.
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

async fn open_path(path: &Path) -> io::Result<Body> {
    open_file(tokio::fs::File::open(path).await?).await
}

async fn open_range(path: &Path, start: u64, length: u64) -> io::Result<Body> {
    let mut file = tokio::fs::File::open(path).await?;
    file.set_max_buf_size(CHUNK);
    Pin::new(&mut file).start_seek(io::SeekFrom::Start(start))?;
    poll_fn(|context| Pin::new(&mut file).poll_complete(context)).await?;
    Ok(Body::from_stream(Chunked { left: Some(length), ..Chunked::new(file) }, Some(length)))
}

/// The rest of a file, from where it stands.
async fn open_file(mut file: tokio::fs::File) -> io::Result<Body> {
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
    Ok(Body::from_stream(Chunked { left: Some(length), ..Chunked::new(file) }, Some(length)))
}

async fn position(file: &mut tokio::fs::File) -> io::Result<u64> {
    // A read that was begun and left has to end first.
    poll_fn(|context| Pin::new(&mut *file).poll_complete(context)).await?;
    Pin::new(&mut *file).start_seek(io::SeekFrom::Current(0))?;
    poll_fn(|context| Pin::new(&mut *file).poll_complete(context)).await
}

/// A failure to read a file while it was sent; found again in the error of the transport.
#[derive(Debug)]
pub(crate) struct FileError(BoxError);

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the file can't be read: {}", self.0)
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

/// A reader as a stream of chunks.
struct Chunked<R> {
    reader: Pin<Box<R>>,
    buffer: BytesMut,
    /// How many bytes there are to be, if that was said: no more, as the file may be growing, and no fewer.
    left: Option<u64>,
}

impl<R> Chunked<R> {
    fn new(reader: R) -> Self {
        Self { reader: Box::pin(reader), buffer: BytesMut::new(), left: None }
    }
}

impl<R: AsyncRead> Stream for Chunked<R> {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let most = this.left.map_or(CHUNK, |left| CHUNK.min(usize::try_from(left).unwrap_or(CHUNK)));
        if most == 0 {
            return Poll::Ready(None);
        }
        // One allocation a chunk, filled in place.
        this.buffer.resize(most, 0);
        let mut read = ReadBuf::new(&mut this.buffer);
        match ready!(this.reader.as_mut().poll_read(context, &mut read)) {
            Err(error) => Poll::Ready(Some(Err(FileError(error.into()).into()))),
            Ok(()) => {
                let length = read.filled().len();
                if length == 0 && this.left.is_some() {
                    let error = io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter while it was sent");
                    return Poll::Ready(Some(Err(FileError(error.into()).into())));
                }
                if length == 0 {
                    return Poll::Ready(None);
                }
                this.left = this.left.map(|left| left.saturating_sub(length as u64));
                Poll::Ready(Some(Ok(this.buffer.split_to(length).freeze())))
            }
        }
    }
}

/// A stream of the user's with our types.
struct Converted<S>(Pin<Box<S>>);

impl<S, B, E> Stream for Converted<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.0.as_mut().poll_next(context));
        Poll::Ready(item.map(|chunk| match chunk {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) => Err(FileError(error.into()).into()),
        }))
    }
}

impl From<PathBuf> for InputFile {
    fn from(path: PathBuf) -> Self {
        Self::from_path(path)
    }
}

impl From<&Path> for InputFile {
    fn from(path: &Path) -> Self {
        Self::from_path(path)
    }
}

impl From<Vec<u8>> for InputFile {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<Bytes> for InputFile {
    fn from(bytes: Bytes) -> Self {
        Self { name: None, content_type: None, source: FileSource::Bytes(bytes) }
    }
}

impl From<&str> for InputFile {
    /// The file at a path. A file with this text is `("name.txt", text)`.
    fn from(path: &str) -> Self {
        Self::from_path(path)
    }
}

impl From<String> for InputFile {
    /// The file at a path. A file with this text is `("name.txt", text)`.
    fn from(path: String) -> Self {
        Self::from_path(path)
    }
}

impl From<&String> for InputFile {
    /// The file at a path. A file with this text is `("name.txt", text)`.
    fn from(path: &String) -> Self {
        Self::from_path(path)
    }
}

impl From<&PathBuf> for InputFile {
    fn from(path: &PathBuf) -> Self {
        Self::from_path(path)
    }
}

impl From<&InputFile> for InputFile {
    fn from(file: &InputFile) -> Self {
        file.clone()
    }
}

impl From<&[u8]> for InputFile {
    fn from(bytes: &[u8]) -> Self {
        Bytes::copy_from_slice(bytes).into()
    }
}

impl<const N: usize> From<&[u8; N]> for InputFile {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl<const N: usize> From<[u8; N]> for InputFile {
    fn from(bytes: [u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl<N: Into<String>, B: FileContent> From<(N, B)> for InputFile {
    /// A file of this name with these bytes.
    fn from((name, bytes): (N, B)) -> Self {
        Self::from(bytes.into_bytes()).name(name)
    }
}

impl<N: Into<String>, B: FileContent, T: Into<String>> From<(N, B, T)> for InputFile {
    /// A file of this name with these bytes and this media type.
    fn from((name, bytes, content_type): (N, B, T)) -> Self {
        Self::from((name, bytes)).content_type(content_type)
    }
}

/// The bytes of a file in memory. What is borrowed is copied.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the content of a file",
    label = "expected bytes or text: `Vec<u8>`, `&[u8]`, `Bytes`, `String`, `&str`"
)]
pub trait FileContent {
    /// Returns the bytes.
    fn into_bytes(self) -> Bytes;
}

macro_rules! owned {
    ($($content:ty)*) => {$(
        impl FileContent for $content {
            fn into_bytes(self) -> Bytes {
                self.into()
            }
        }
    )*};
}

owned!(Bytes BytesMut Vec<u8> Box<[u8]> String);

macro_rules! borrowed {
    ($([$($parameter:tt)*] $content:ty;)*) => {$(
        impl<$($parameter)*> FileContent for $content {
            fn into_bytes(self) -> Bytes {
                Bytes::copy_from_slice(self.as_ref())
            }
        }
    )*};
}

borrowed! {
    [] &str;
    [] &String;
    [] &[u8];
    [] &Vec<u8>;
    [] Cow<'_, [u8]>;
    [const N: usize] [u8; N];
    [const N: usize] &[u8; N];
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
