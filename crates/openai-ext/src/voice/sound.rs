//! Sound as events carry it: base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{Error, ErrorKind, Result};

/// Writes sound as base64.
#[inline]
pub(super) fn encode(audio: impl AsRef<[u8]>) -> String {
    STANDARD.encode(audio)
}

/// Reads the sound of an event.
#[inline]
pub(super) fn decode(delta: &str) -> Result<Vec<u8>> {
    STANDARD.decode(delta).map_err(|error| {
        let message = format!("the sound of a `session.output_audio.delta` is not base64: {error}");
        Error::new(ErrorKind::Decode, message).with_source(error)
    })
}
