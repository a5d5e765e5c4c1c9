//! Errors of responses: whatever status, headers and body a server sends, the call ends, the body is kept as it came, and
//! nothing shows the key.
#![no_main]

#[path = "../../crates/openai-runtime/tests/support/mod.rs"]
mod support;
#[path = "../support/wait.rs"]
mod wait;

use std::error::Error as _;

use libfuzzer_sys::fuzz_target;
use openai_runtime::json::Value;
use openai_runtime::{Call, Endpoint, Error, http};
use support::{ENDPOINT, Reply, client};

static CREATE: Endpoint = ENDPOINT;

fuzz_target!(|data: &[u8]| {
    // Two bytes for the status, then headers up to an empty line, then the body.
    let Some(([high, low], text)) = data.split_first_chunk() else { return };
    let status = 400 + u16::from_be_bytes([*high, *low]) % 200;
    let mut reply = Reply::new(status, text);
    if let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
        reply = Reply::new(status, &text[end + 2..]);
        reply.headers = text[..end].split(|byte| *byte == b'\n').filter_map(header).collect();
    }
    let encoded = reply.headers.iter().any(|(name, _)| name == "content-encoding");
    let body = reply.chunks[0].clone().expect("it was just made");
    let (client, _) = client([reply]);
    let mut call = Call::new(&client, &CREATE);
    call.with_max_retries(0);
    let error = wait::wait(call.send::<Value>()).expect_err("the status is that of an error");
    check(&error);
    assert!(error.status().is_some_and(|found| found.as_u16() == status) || encoded);
    assert!(encoded || error.body().is_none_or(|found| found.as_ref() == body));
    if let Ok(event) = serde_json::from_slice(&body) {
        check(&Error::from_event(&event));
    }
});

/// Those that HTTP has no form for a server cannot send.
fn header(line: &[u8]) -> Option<(String, String)> {
    let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
    http::HeaderName::from_bytes(name.as_bytes()).ok()?;
    http::HeaderValue::from_str(value).ok()?;
    Some((name.to_ascii_lowercase(), value.to_owned()))
}

fn check(error: &Error) {
    let texts = [error.code(), error.param(), error.error_type(), error.request_id(), Some(error.message())];
    let length: usize = texts.iter().flatten().map(|text| text.len()).sum();
    let shown = format!("{error} {error:?} {:?} {:?} {}", error.kind(), error.source(), error.is_retryable());
    assert!(!shown.contains("sk-test-key-123"));
    // A body is quoted in part; control characters may be written as six.
    assert!(shown.len() <= 32 * 1024 + 32 * length, "{} of {length}", shown.len());
}
