//! Base64 as servers write it.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use openai_runtime::{Error, ErrorKind, Result};

/// Padding at the end may be there or not: servers differ.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[inline]
pub(super) fn decode(text: &str) -> Result<Bytes> {
    match BASE64.decode(text) {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) => Err(Error::new(ErrorKind::Decode, format!("this is no base64: {error}")).with_source(error)),
    }
}
