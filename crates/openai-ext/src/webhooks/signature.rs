//! HMAC-SHA256 over `{id}.{timestamp}.{body}`, as base64.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use openai_runtime::Secret;
use sha2::Sha256;

use super::WebhookError;
use super::headers::Signed;

/// Some tools leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret, ready to sign.
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    #[inline]
    pub(super) fn new(secret: &Secret) -> Result<Self, WebhookError> {
        // One read from a file ends in a line break.
        let text = secret.expose().trim();
        let bytes = match text.strip_prefix("whsec_") {
            Some(encoded) => BASE64.decode(encoded).map_err(|_| WebhookError::SecretNotBase64)?,
            None => text.as_bytes().to_vec(),
        };
        if bytes.is_empty() {
            return Err(WebhookError::EmptySecret);
        }
        // A key of any length will do, so this never fails.
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| WebhookError::EmptySecret)
    }

    #[inline]
    pub(super) fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let code = self.over(id, timestamp, body).finalize().into_bytes();
        format!("v1,{}", BASE64.encode(code))
    }

    /// Returns true if one of the signatures is by this key, compared in constant time.
    #[inline]
    pub(super) fn has_signed(&self, signed: &Signed, body: &[u8]) -> bool {
        let code = self.over(&signed.id, &signed.timestamp, body);
        let mut signatures = signed.signatures.split_ascii_whitespace().filter_map(decoded);
        signatures.any(|signature| code.clone().verify_slice(&signature).is_ok())
    }

    #[inline]
    fn over(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut code = self.0.clone();
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            code.update(part);
        }
        code
    }
}

/// The bytes of one signature; those of other versions are none of ours.
#[inline]
fn decoded(signature: &str) -> Option<Vec<u8>> {
    let encoded = match signature.split_once(',') {
        Some(("v1", encoded)) => encoded,
        Some(_) => return None,
        None => signature,
    };
    BASE64.decode(encoded).ok()
}
