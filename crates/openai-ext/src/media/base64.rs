//! Sound and images that are streamed, and the transcription of sound: what their events come to.

#[cfg(feature = "images")]
mod image;
#[cfg(feature = "audio")]
mod speech;
#[cfg(feature = "audio")]
mod transcription;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use openai_runtime::{Error, ErrorKind, Result};

#[cfg(feature = "images")]
pub use image::{ImageAccumulator, ImageStream, ImageStreamEvent, ImageStreamExt, PartialImage};
#[cfg(feature = "audio")]
pub use speech::{SpeechAccumulator, SpeechStream, SpeechStreamExt};
#[cfg(feature = "audio")]
pub use transcription::{StreamedTranscription, TranscriptionStream, TranscriptionStreamExt};

/// Padding at the end may be there or not: servers differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn decode(text: &str) -> Result<Bytes> {
    match BASE64.decode(text) {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) => Err(Error::new(ErrorKind::Decode, format!("this is no base64: {error}")).with_source(error)),
    }
}
