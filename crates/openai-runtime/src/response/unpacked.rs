//! Bodies in a browser: `fetch` has unpacked all of them, whatever carries them, and a page loads faster without the code
//! for that. It has the names of the module `gzip`, and its values cannot be made.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use crate::error::BoxError;
use crate::io::transport::Body;

/// The encoding of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "nothing is packed here")]
pub(crate) enum Encoding {
    Plain,
    Unknown(String),
}

impl Encoding {
    /// Returns the encoding that a body has after `fetch`: none.
    pub(crate) fn of(_: &HeaderMap, _accepted: Option<&HeaderValue>) -> Self {
        Self::Plain
    }

    pub(crate) fn packing(&self) -> Option<Packing> {
        None
    }
}

/// A way to pack that can be undone, of which there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {}

/// Leaves the headers, which tell of no packing.
pub(crate) fn strip(_: &mut HeaderMap) {}

/// Unpacks no body.
pub(crate) fn unpack(_: Body, packing: Packing) -> Body {
    match packing {}
}

/// Unpacks chunk by chunk, if there were anything to unpack.
pub(crate) struct Unpacker(Packing);

impl Unpacker {
    pub(crate) fn new(packing: Packing, _limit: usize) -> Self {
        match packing {}
    }

    pub(crate) fn push(&mut self, _: Bytes) -> Result<bool, BoxError> {
        match self.0 {}
    }

    pub(crate) fn finish(self) -> (Bytes, bool, Option<BoxError>) {
        match self.0 {}
    }
}

/// The bytes are not what gzip makes.
#[derive(Debug)]
pub(crate) enum GzipError {}

impl fmt::Display for GzipError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for GzipError {}
