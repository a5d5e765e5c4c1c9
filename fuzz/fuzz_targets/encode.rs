//! Queries, forms and multipart: what a server reads of them by the book is what was given, whatever names and texts are.
#![no_main]

#[path = "../../crates/openai-runtime/tests/support/mod.rs"]
mod support;
#[path = "../support/wait.rs"]
mod wait;

use libfuzzer_sys::fuzz_target;
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Endpoint};
use percent_encoding::percent_decode_str;
use support::{ENDPOINT, Reply, Request, client};

const KINDS: [BodyKind; 5] =
    [BodyKind::Json, BodyKind::Multipart, BodyKind::MultipartOrJson, BodyKind::Form, BodyKind::Sdp];
static ENDPOINTS: [Endpoint; 4] = [endpoint(KINDS[0]), endpoint(KINDS[1]), endpoint(KINDS[2]), endpoint(KINDS[3])];

const fn endpoint(body: BodyKind) -> Endpoint {
    Endpoint { body, path: "/things/{id}", ..ENDPOINT }
}

fuzz_target!(|data: &[u8]| {
    // The first byte chooses the encoding of the body; then a JSON text, which is query and body, and is an id as text.
    let Some((kind, text)) = data.split_first() else { return };
    let Ok(value) = serde_json::from_slice::<Value>(text) else { return };
    let id = String::from_utf8_lossy(text);
    let endpoint = &ENDPOINTS[usize::from(*kind) % ENDPOINTS.len()];
    let (client, server) = client([Reply::json(200, "{}")]);
    let mut call = Call::new(&client, endpoint).path("id", &id);
    call.with_max_retries(0);
    call.query("q", &value);
    call.body(&value);
    // An id or a body that has no such form is refused before anything is sent.
    let sent = wait::wait(call.send_unit());
    let Some(request) = server.requests().pop() else { return assert!(sent.is_err()) };
    url(&request, &id, &value);
    match endpoint.body {
        // There is no file in it.
        BodyKind::Json | BodyKind::MultipartOrJson => assert_eq!(serde_json::from_slice::<Value>(&request.body).ok(), Some(value)),
        BodyKind::Form => assert_eq!(pairs(&request.body), members(&value)),
        BodyKind::Multipart => assert_eq!(parts(&request), names_escaped(members(&value))),
        _ => drop(parts(&request)),
    }
});

/// The path has the id as one segment, and the query has the value.
fn url(request: &Request, id: &str, value: &Value) {
    let (path, query) = request.uri.split_once('?').unwrap_or((&request.uri, ""));
    let segment = path.strip_prefix("https://api.openai.com/v1/things/").expect("the path is as it was given");
    assert!(!segment.contains('/') && !query.contains(['#', ' ']), "{}", request.uri);
    assert_eq!(percent_decode_str(segment).decode_utf8().expect("an id is a text"), id);
    let mut expected = Vec::new();
    flatten("q", value, &mut expected);
    assert_eq!(pairs(query.as_bytes()), expected);
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

/// The bracket rules, once more.
fn flatten(name: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::String(text) => out.push((name.to_owned(), text.clone())),
        Value::Bool(_) | Value::Number(_) => out.push((name.to_owned(), value.to_string())),
        Value::Array(items) => items.iter().for_each(|item| flatten(&format!("{name}[]"), item, out)),
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| flatten(&format!("{name}[{key}]"), member, out));
        }
    }
}

fn members(value: &Value) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (name, member) in value.as_object().into_iter().flatten() {
        // Some lists are named with their brackets in the document already.
        let name = if member.is_array() { name.strip_suffix("[]").unwrap_or(name) } else { name };
        flatten(name, member, &mut out);
    }
    out
}

/// As browsers write names in the head of a part.
fn names_escaped(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    for (name, _) in &mut pairs {
        *name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    }
    pairs
}

/// The parts of a multipart body, by its boundary alone.
fn parts(request: &Request) -> Vec<(String, String)> {
    let Some((_, boundary)) = request.header("content-type").and_then(|text| text.split_once("boundary=")) else {
        return Vec::new();
    };
    let body = std::str::from_utf8(&request.body).expect("all parts are texts");
    let body = body.strip_suffix(&format!("--{boundary}--\r\n")).expect("a body ends with its boundary");
    let marker = format!("--{boundary}\r\n");
    let mut parts = body.split(&*marker);
    assert_eq!(parts.next(), Some(""));
    let part = |part: &str| {
        let (head, text) = part.split_once("\r\n\r\n").expect("a part has a head");
        let name = head.strip_prefix("Content-Disposition: form-data; name=\"").expect("a name");
        let name = name.split_once('"').expect("the end of a name").0;
        (name.to_owned(), text.strip_suffix("\r\n").expect("a part ends its line").to_owned())
    };
    parts.map(part).collect()
}
