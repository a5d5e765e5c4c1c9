//! Unpacks compressed bodies, whatever transport they come by.

use std::fmt;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use futures_core::Stream;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue};

use crate::error::BoxError;
use crate::io::transport::Body;

/// The encoding of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Not at all, or as the caller wants it.
    Plain,
    Packed(Packing),
    /// In a way that was not asked for.
    Unknown(String),
}

impl Encoding {
    /// Returns the encoding by the headers of a response; `accepted` is the encoding that the caller requested.
    pub(crate) fn of(headers: &HeaderMap, accepted: Option<&HeaderValue>) -> Self {
        let mut names = Vec::new();
        for value in headers.get_all(CONTENT_ENCODING) {
            let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
            let tokens = text.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "identity");
            names.extend(tokens.map(str::to_owned));
        }
        match &names[..] {
            [] => Self::Plain,
            [name] if matches!(&**name, "gzip" | "x-gzip") => Self::Packed(Packing::Gzip),
            [name] if name == "deflate" && !accepts(accepted, name) => Self::Packed(Packing::Deflate),
            names if names.iter().all(|name| accepts(accepted, name)) => Self::Plain,
            names => Self::Unknown(names.join(", ")),
        }
    }
}

impl Encoding {
    pub(crate) fn packing(&self) -> Option<Packing> {
        match self {
            Self::Packed(packing) => Some(*packing),
            _ => None,
        }
    }
}

/// A way to pack that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    /// With the frame of zlib, or without one as some servers do.
    Deflate,
}

fn accepts(accepted: Option<&HeaderValue>, name: &str) -> bool {
    let text = accepted.and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(',').filter_map(|token| token.split(';').next()).any(|token| token.trim().eq_ignore_ascii_case(name))
}

/// Takes out the headers that tell of the body as it was packed.
pub(crate) fn strip(headers: &mut HeaderMap) {
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
}

/// Returns a packed body as it is unpacked, a bounded piece at a time.
pub(crate) fn unpack(body: Body, packing: Packing) -> Body {
    let unpacker = Some(Unpacker::new(packing, usize::MAX));
    Body::from_stream(Unpack { body, packed: Bytes::new(), unpacker }, None)
}

/// The packed bytes that are unpacked at once. They become at most 1,032 times as many, which is 4 MiB.
const SLICE: usize = 4 * 1024;
/// A packed body that has this many bytes and nothing in them is given up.
const EMPTY: usize = 1024 * 1024;

struct Unpack {
    body: Body,
    /// The rest of the last chunk.
    packed: Bytes,
    unpacker: Option<Unpacker>,
}

impl Unpack {
    /// Polls for the next packed bytes, of which there are never many at once.
    fn poll_slice(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        if self.packed.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(chunk)) => self.packed = chunk,
                other => return Poll::Ready(other),
            }
        }
        let length = self.packed.len().min(SLICE);
        Poll::Ready(Some(Ok(self.packed.split_to(length))))
    }
}

impl Stream for Unpack {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.unpacker.is_none() {
                return Poll::Ready(None);
            }
            let slice = ready!(this.poll_slice(context));
            let Some(unpacker) = &mut this.unpacker else { return Poll::Ready(None) };
            let failed = match slice {
                Some(Err(error)) => Some(error),
                Some(Ok(chunk)) => unpacker.push(chunk).err(),
                None => {
                    let Some(unpacker) = this.unpacker.take() else { return Poll::Ready(None) };
                    let (rest, raw, failed) = unpacker.finish();
                    return match failed {
                        Some(error) => Poll::Ready(Some(Err(error))),
                        None if rest.is_empty() || raw => Poll::Ready(None),
                        None => Poll::Ready(Some(Ok(rest))),
                    };
                }
            };
            if let Some(error) = failed {
                this.unpacker = None;
                return Poll::Ready(Some(Err(error)));
            }
            let out = unpacker.take();
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(out)));
            }
        }
    }
}

/// Unpacks chunk by chunk, and keeps what came until there is something unpacked.
pub(crate) struct Unpacker {
    decoder: Inflater,
    packing: Packing,
    raw: BytesMut,
    /// Something came.
    seen: bool,
    /// Something was unpacked.
    unpacked: bool,
    failed: bool,
}

impl Unpacker {
    /// Of more than `limit` bytes, the rest is left packed.
    pub(crate) fn new(packing: Packing, limit: usize) -> Self {
        let output = Output { bytes: Vec::new(), left: limit, full: false };
        let decoder = match packing {
            Packing::Gzip => Inflater::Gzip(MultiGzDecoder::new(output)),
            Packing::Deflate => Inflater::Unseen(Some(output)),
        };
        Self { decoder, packing, raw: BytesMut::new(), seen: false, unpacked: false, failed: false }
    }

    /// Unpacks a chunk; false if there is as much as there may be.
    pub(crate) fn push(&mut self, chunk: Bytes) -> Result<bool, BoxError> {
        self.seen |= !chunk.is_empty();
        if !self.unpacked {
            self.raw.extend_from_slice(&chunk);
        }
        self.decoder.begin(&chunk);
        let written = self.decoder.write_all(&chunk).and_then(|()| self.decoder.flush());
        if self.decoder.output().is_some_and(|output| !output.bytes.is_empty()) {
            self.unpacked = true;
            self.raw = BytesMut::new();
        }
        if self.decoder.is_full() {
            return Ok(false);
        }
        self.failed |= written.is_err();
        written.map_err(wrong)?;
        if self.raw.len() > EMPTY {
            self.failed = true;
            return Err(GzipError(io::Error::other(format!("{EMPTY} bytes of it unpack to nothing"))).into());
        }
        Ok(true)
    }

    /// Returns true if the first bytes are those of every packed file, as far as there are any: the decoder waits for
    /// ten.
    fn starts_well(&self) -> bool {
        self.unpacked
            || self.packing == Packing::Deflate
            || self.raw.iter().zip([0x1F, 0x8B, 8]).all(|(found, expected)| *found == expected)
    }

    /// Returns the bytes that were unpacked since the last call.
    fn take(&mut self) -> Bytes {
        self.decoder.output().map(|output| std::mem::take(&mut output.bytes)).unwrap_or_default().into()
    }

    /// Returns the unpacked bytes, or the original ones if nothing was unpacked; whether it is the latter; and the
    /// fault of the end.
    pub(crate) fn finish(mut self) -> (Bytes, bool, Option<BoxError>) {
        let mut failed = None;
        if self.seen && !self.failed && !self.decoder.is_full() {
            // The last bytes, the checksum, may not be there.
            failed = self.decoder.try_finish().err().filter(|_| !self.decoder.is_full());
        }
        let failed = failed.map(|error| match self.starts_well() {
            true => io::Error::new(io::ErrorKind::UnexpectedEof, error).into(),
            false => GzipError(error).into(),
        });
        let bytes = self.take();
        if self.unpacked || !bytes.is_empty() || self.raw.is_empty() {
            return (bytes, false, failed);
        }
        // A file of no bytes is packed into some.
        let raw = failed.is_some() || self.failed;
        (if raw { self.raw.split().freeze() } else { bytes }, raw, failed)
    }
}

/// The decoder that undoes the packing.
enum Inflater {
    Gzip(MultiGzDecoder<Output>),
    Zlib(ZlibDecoder<Output>),
    Deflate(DeflateDecoder<Output>),
    /// The first byte tells whether there is a frame.
    Unseen(Option<Output>),
}

impl Inflater {
    fn begin(&mut self, chunk: &[u8]) {
        if let (Self::Unseen(output), Some(first)) = (&mut *self, chunk.first())
            && let Some(output) = output.take()
        {
            // The method deflate, and a window of at most 32 KiB.
            let has_frame = first & 0x0F == 8 && first >> 4 <= 7;
            *self = match has_frame {
                true => Self::Zlib(ZlibDecoder::new(output)),
                false => Self::Deflate(DeflateDecoder::new(output)),
            };
        }
    }

    fn output(&mut self) -> Option<&mut Output> {
        match self {
            Self::Gzip(decoder) => Some(decoder.get_mut()),
            Self::Zlib(decoder) => Some(decoder.get_mut()),
            Self::Deflate(decoder) => Some(decoder.get_mut()),
            Self::Unseen(output) => output.as_mut(),
        }
    }

    fn is_full(&mut self) -> bool {
        self.output().is_some_and(|output| output.full)
    }

    fn try_finish(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Zlib(decoder) => decoder.try_finish(),
            Self::Deflate(decoder) => decoder.try_finish(),
            Self::Unseen(_) => Ok(()),
        }
    }
}

impl Write for Inflater {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(decoder) => decoder.write(bytes),
            Self::Zlib(decoder) => decoder.write(bytes),
            Self::Deflate(decoder) => decoder.write(bytes),
            Self::Unseen(_) => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(decoder) => decoder.flush(),
            Self::Zlib(decoder) => decoder.flush(),
            Self::Deflate(decoder) => decoder.flush(),
            Self::Unseen(_) => Ok(()),
        }
    }
}

/// Unpacked bytes, up to a limit.
struct Output {
    bytes: Vec<u8>,
    left: usize,
    full: bool,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.left);
        if count == 0 && !bytes.is_empty() {
            self.full = true;
            return Err(io::Error::other("there is more than is kept"));
        }
        self.bytes.extend_from_slice(&bytes[..count]);
        self.left -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn wrong(error: io::Error) -> BoxError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => error.into(),
        _ => GzipError(error).into(),
    }
}

/// The bytes are not what gzip makes.
#[derive(Debug)]
pub(crate) struct GzipError(io::Error);

impl fmt::Display for GzipError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for GzipError {}
