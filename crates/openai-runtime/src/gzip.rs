//! Unpacks compressed bodies, whatever transport they come by.

use std::fmt;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures_core::Stream;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use crate::error::BoxError;
use crate::transport::Body;

/// The body, unpacked if its headers say that it is packed, and whether they do.
pub(crate) fn unpack(headers: &mut HeaderMap, body: Body) -> (Body, bool) {
    let packed = headers.get(CONTENT_ENCODING).is_some_and(|encoding| {
        let encoding = encoding.as_bytes();
        encoding.eq_ignore_ascii_case(b"gzip") || encoding.eq_ignore_ascii_case(b"x-gzip")
    });
    if !packed {
        return (body, false);
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    let body = Unpack { body, decoder: Some(MultiGzDecoder::new(Vec::new())), seen: false };
    (Body::from_stream(body, None), true)
}

struct Unpack {
    body: Body,
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
    seen: bool,
}

impl Stream for Unpack {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let Some(decoder) = &mut this.decoder else { return Poll::Ready(None) };
            let unpacked = match ready!(Pin::new(&mut this.body).poll_next(context)) {
                Some(Err(error)) => {
                    this.decoder = None;
                    return Poll::Ready(Some(Err(error)));
                }
                Some(Ok(chunk)) => {
                    this.seen |= !chunk.is_empty();
                    decoder.write_all(&chunk).and_then(|()| decoder.flush())
                }
                None if !this.seen => {
                    this.decoder = None;
                    Ok(())
                }
                None => match this.decoder.take() {
                    Some(decoder) => match decoder.finish() {
                        Ok(rest) if rest.is_empty() => return Poll::Ready(None),
                        Ok(rest) => return Poll::Ready(Some(Ok(rest.into()))),
                        // Its last bytes, the checksum, are not there.
                        Err(error) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, error)),
                    },
                    None => Ok(()),
                },
            };
            if let Err(error) = unpacked {
                this.decoder = None;
                return Poll::Ready(Some(Err(wrong(error))));
            }
            if let Some(decoder) = &mut this.decoder {
                let out = std::mem::take(decoder.get_mut());
                if !out.is_empty() {
                    return Poll::Ready(Some(Ok(out.into())));
                }
            }
        }
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
