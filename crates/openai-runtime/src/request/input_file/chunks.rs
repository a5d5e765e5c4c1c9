//! Readers and streams of the user's, as chunks of a body.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use tokio::io::{AsyncRead, ReadBuf};

use crate::error::BoxError;

/// The number of bytes of a file that are read at once.
pub(super) const CHUNK: usize = 256 * 1024;

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
pub(super) struct Chunked<R> {
    reader: Pin<Box<R>>,
    buffer: BytesMut,
    /// The number of bytes that are left, if a number was given: no more, because the file may be growing, and no
    /// fewer.
    left: Option<u64>,
}

impl<R> Chunked<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader: Box::pin(reader), buffer: BytesMut::new(), left: None }
    }

    /// A reader of which so many bytes are sent.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn limited(reader: R, length: u64) -> Self {
        Self { left: Some(length), ..Self::new(reader) }
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
pub(super) struct Converted<S>(Pin<Box<S>>);

impl<S> Converted<S> {
    pub(super) fn new(stream: S) -> Self {
        Self(Box::pin(stream))
    }
}

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
