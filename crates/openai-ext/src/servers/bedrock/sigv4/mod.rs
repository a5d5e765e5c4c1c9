//! Signature Version 4 of AWS, over the headers of a request.
//!
//! The algorithm is published; its test suite is in the tests of this module.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use openai_runtime::{Error, ErrorKind, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::credentials::AwsCredentials;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The characters that stay as they are, besides letters and digits.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const IN_PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// A request as it is signed.
pub(super) struct SignedParts<'a> {
    pub(super) method: &'a str,
    /// As it is sent.
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    /// The headers that are signed, by their names in lower case. Those of one name stay in their order.
    pub(super) headers: Vec<(&'a str, &'a str)>,
    /// The digest of the body.
    pub(super) payload: &'a str,
}

/// The scope of a signature.
pub(super) struct Scope<'a> {
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    /// As [`timestamp`] has it.
    pub(super) time: &'a str,
}

impl Scope<'_> {
    fn day(&self) -> &str {
        self.time.split('T').next().unwrap_or_default()
    }

    fn text(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.day(), self.region, self.service)
    }
}

/// The value of the header `authorization`.
pub(super) fn authorization(
    request: &SignedParts<'_>,
    credentials: &AwsCredentials,
    scope: &Scope<'_>,
) -> Result<String> {
    let (canonical, names) = canonical(request);
    let text = format!("{ALGORITHM}\n{}\n{}\n{}", scope.time, scope.text(), hex(&Sha256::digest(canonical)));
    let mut key = format!("AWS4{}", credentials.secret_access_key.expose()).into_bytes();
    for part in [scope.day(), scope.region, scope.service, "aws4_request", &text] {
        key = code(&key, part)?;
    }
    Ok(format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={names}, Signature={}",
        credentials.access_key_id,
        scope.text(),
        hex(&key)
    ))
}

fn code(key: &[u8], text: &str) -> Result<Vec<u8>> {
    // A key of any length will do, so this never fails.
    let code = Hmac::<Sha256>::new_from_slice(key);
    let mut code = code.map_err(|_| Error::new(ErrorKind::Config, "Bedrock: the secret access key can't sign"))?;
    code.update(text.as_bytes());
    Ok(code.finalize().into_bytes().to_vec())
}

/// The canonical form of a request, and the names of its headers.
fn canonical(request: &SignedParts<'_>) -> (String, String) {
    let mut headers: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in &request.headers {
        let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        headers.entry(name).and_modify(|known| *known = format!("{known},{value}")).or_insert(value);
    }
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = headers.keys().copied().collect::<Vec<_>>().join(";");
    let (path, query) = (canonical_path(request.path), canonical_query(request.query));
    (format!("{}\n{path}\n{query}\n{lines}\n{names}\n{}", request.method, request.payload), names)
}

/// A path without dots and empty segments, encoded once more than it is sent.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let slash = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    format!("/{}{slash}", utf8_percent_encode(&segments.join("/"), IN_PATH))
}

/// The pairs of a query, encoded alike and sorted.
fn canonical_query(query: &str) -> String {
    let encoded = |text: &str| -> String {
        let decoded: Vec<u8> = percent_decode_str(text).collect();
        percent_encoding::percent_encode(&decoded, UNRESERVED).to_string()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut pairs: Vec<_> = pairs.map(|(name, value)| (encoded(name), encoded(value))).collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// A time as AWS writes it: `20150830T123600Z`.
pub(super) fn timestamp(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Eras of 400 years from March 1st of the year 0 on, in which the day of a leap year comes last.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Bytes as digits in base 16.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests;
