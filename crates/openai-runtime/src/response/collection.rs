//! Reads a body as a whole, and keeps what was read if that fails.

use bytes::{Bytes, BytesMut};

use super::gzip::{Packing, Unpacker};
use crate::error::BoxError;
use crate::io::time::{Instant, timeout_at};
use crate::io::transport::{Body, next_chunk};

/// A body as far as it was read.
pub(crate) struct Collected {
    pub(crate) bytes: Bytes,
    /// The bytes are packed still: nothing of them could be unpacked.
    pub(crate) raw: bool,
    /// There is more than the limit, and the rest was left.
    pub(crate) is_cut: bool,
    pub(crate) failed: Option<Failure>,
}

/// Why a body was not read to its end.
pub(crate) enum Failure {
    Broken(BoxError),
    Late,
}

/// Reads a body, unpacked if it is packed. Of one that has more than `limit` bytes, the rest is left.
pub(crate) async fn collect(mut body: Body, packing: Option<Packing>, deadline: Instant, limit: usize) -> Collected {
    let mut gathered = match packing {
        Some(packing) => Gathered::Packed(Box::new(Unpacker::new(packing, limit))),
        None => Gathered::Plain(Plain::default()),
    };
    let mut failed = None;
    loop {
        match timeout_at(deadline, next_chunk(&mut body)).await {
            Ok(None) => break,
            Ok(Some(Ok(chunk))) => match gathered.push(chunk, limit) {
                Ok(true) => {}
                Ok(false) => return Collected { is_cut: true, ..gathered.finish(limit, None) },
                Err(error) => {
                    failed = Some(Failure::Broken(error));
                    break;
                }
            },
            Ok(Some(Err(error))) => {
                failed = Some(Failure::Broken(error));
                break;
            }
            Err(_) => {
                failed = Some(Failure::Late);
                break;
            }
        }
    }
    gathered.finish(limit, failed)
}

enum Gathered {
    Plain(Plain),
    Packed(Box<Unpacker>),
}

#[derive(Default)]
struct Plain {
    first: Bytes,
    all: BytesMut,
}

impl Gathered {
    /// Takes a chunk; false if that is enough.
    fn push(&mut self, chunk: Bytes, limit: usize) -> Result<bool, BoxError> {
        match self {
            Self::Packed(unpacker) => unpacker.push(chunk),
            Self::Plain(plain) => {
                plain.push(chunk);
                Ok(plain.length() <= limit)
            }
        }
    }

    fn finish(self, limit: usize, failed: Option<Failure>) -> Collected {
        match self {
            Self::Plain(plain) => {
                let mut bytes = if plain.all.is_empty() { plain.first } else { plain.all.freeze() };
                bytes.truncate(limit);
                Collected { bytes, raw: false, is_cut: false, failed }
            }
            Self::Packed(unpacker) => {
                // What failed first says why.
                let (bytes, raw, cut) = unpacker.finish();
                Collected { bytes, raw, is_cut: false, failed: failed.or(cut.map(Failure::Broken)) }
            }
        }
    }
}

impl Plain {
    fn push(&mut self, chunk: Bytes) {
        // Most bodies are one chunk, which needs no copy.
        if self.length() == 0 {
            self.first = chunk;
            return;
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&chunk);
    }

    fn length(&self) -> usize {
        self.all.len().max(self.first.len())
    }
}
