//! Webhooks: whatever headers and body come, nothing panics, and only what the secret signed is taken. The signature is made
//! by the book, on the hash alone.
#![no_main]

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use libfuzzer_sys::fuzz_target;
use openai_ext::http::{HeaderMap, HeaderName, HeaderValue};
use openai_ext::runtime::Clock;
use openai_ext::runtime::transport::BoxFuture;
use openai_ext::webhooks::{WebhookError, Webhooks};
use sha2::{Digest, Sha256};

const SECRET: &str = "a secret of the fuzz target";
const NOW: u64 = 1_750_861_210;

fuzz_target!(|data: &[u8]| {
    // A byte for what is changed after signing, then headers up to an empty line, then the body.
    let Some((change, text)) = data.split_first() else { return };
    let end = text.windows(2).position(|pair| pair == b"\n\n").unwrap_or(text.len());
    let body = text.get(end + 2..).unwrap_or_default();
    let mut headers = HeaderMap::new();
    for (name, value) in text[..end].split(|byte| *byte == b'\n').filter_map(header) {
        headers.append(name, value);
    }
    let webhooks = Webhooks::new([SECRET]).tolerance(Duration::from_secs(u64::MAX)).clock(Arc::new(Now));
    let taken = webhooks.verify(body, &headers);
    let shown = format!("{taken:?}{:?}", webhooks.unwrap(body, &headers));
    assert!(!shown.contains(SECRET) || String::from_utf8_lossy(body).contains(SECRET));
    let (Some(id), Some(timestamp)) = (single(&headers, "webhook-id"), single(&headers, "webhook-timestamp")) else {
        assert!(taken.is_err());
        return;
    };
    let right = signature(&id, &timestamp, body);
    let listed = headers.get_all("webhook-signature").iter().any(|value| {
        String::from_utf8_lossy(value.as_bytes()).split_ascii_whitespace().any(|signature| {
            signature.strip_prefix("v1,").unwrap_or(signature).trim_end_matches('=') == right.trim_end_matches('=')
        })
    });
    assert!(listed || taken.is_err());

    // What is signed is taken, unless its time is none.
    headers.insert("webhook-signature", HeaderValue::from_str(&format!("v1,AAAA v1,{right}")).expect("base64"));
    match timestamp.trim().parse::<i64>() {
        Ok(_) => assert_eq!(webhooks.verify(body, &headers), Ok(())),
        Err(_) => assert_eq!(webhooks.verify(body, &headers), Err(WebhookError::BadTimestamp)),
    }
    assert!(!matches!(webhooks.unwrap(body, &headers), Err(WebhookError::WrongSignature)));
    // And nothing else, be it a bit away.
    let mut changed = body.to_vec();
    match changed.len() {
        0 => changed.push(*change),
        length => changed[usize::from(*change) % length] ^= 1 << (change % 8),
    }
    assert!(webhooks.verify(&changed, &headers).is_err());
    assert!(Webhooks::new(["another secret"]).clock(Arc::new(Now)).verify(body, &headers).is_err());
});

struct Now;

impl Clock for Now {
    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW)
    }
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let at = line.iter().position(|byte| *byte == b':')?;
    Some((HeaderName::from_bytes(&line[..at]).ok()?, HeaderValue::from_bytes(line[at + 1..].trim_ascii()).ok()?))
}

/// A header that is there once, and says something.
fn single(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<_> =
        headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
    let joined = values.join(" ");
    (!joined.trim().is_empty()).then_some(joined)
}

/// HMAC as RFC 2104 has it.
fn signature(id: &str, timestamp: &str, body: &[u8]) -> String {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(SECRET.bytes()).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    let inner = Sha256::digest([&pad(0x36)[..], &signed].concat());
    base64(&Sha256::digest([&pad(0x5c)[..], &inner].concat()))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let letter = char::from(LETTERS[(word >> (18 - 6 * index)) as usize & 63]);
            text.push(if index <= chunk.len() { letter } else { '=' });
        }
    }
    text
}
