//! A server that repeats what it was sent.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use openai_ext::bytes;
use openai_ext::http::{self, HeaderMap, StatusCode};
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};
use serde_json::json;

/// The credential. It has what is escaped in JSON, URLs and HTML.
pub const SECRET: &str = r#"sk-hush7/+9="q&w\z~tail4"#;

/// The place at which the server repeats the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A 200 whose JSON is cut off, with the credential as the name of a member.
    Undecodable,
    /// A 200 that is a page.
    Page,
    /// A 200 that reports an error.
    Reported,
    /// A 400 with an error in JSON.
    BadRequest,
    /// A 401 with an error in plain text, of which an excerpt ends in the credential.
    Excerpt,
    /// A 500 with a page.
    ServerError,
    /// The headers of a 200, and its id and model.
    HeadersAndIds,
    /// An event that is an error.
    EventError,
    /// An event that can't be read.
    EventUnreadable,
    /// The id and model of an event, and an end too early.
    EventIds,
    /// A redirect.
    Redirect,
    /// The error of a transport.
    Transport,
    /// The error by which a body breaks off.
    Break,
}

/// A server that repeats what it was sent at one place.
pub struct Echo {
    place: Place,
    /// The spelling of the credential.
    all: String,
    carried: AtomicUsize,
}

impl Echo {
    /// A server that repeats the credential in its usual spellings.
    pub fn new(place: Place) -> Self {
        let json = json!(SECRET).to_string();
        let basic = base64(format!("user:{SECRET}").as_bytes());
        let usual = [SECRET.to_owned(), percent(SECRET, true), json.trim_matches('"').to_owned(), basic];
        Self { place, all: usual.join(" "), carried: AtomicUsize::new(0) }
    }

    /// A server that repeats the credential in all spellings.
    pub fn thorough(place: Place) -> Self {
        Self { all: spellings().join(" "), ..Self::new(place) }
    }

    /// The number of requests that had the credential with them.
    pub fn carried(&self) -> usize {
        self.carried.load(Ordering::Relaxed)
    }
}

impl Transport for Echo {
    fn send(&self, request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        let sent = format!("{} {:?}", request.uri(), texts(request.headers()));
        let is_exchange = request.uri().host() == Some("tokens.example");
        if !is_exchange && leak(&sent).is_some() {
            self.carried.fetch_add(1, Ordering::Relaxed);
        }
        let answer = match is_exchange {
            true => {
                let token = json!({ "access_token": SECRET, "expires_in": 3600 }).to_string();
                Ok(respond(&self.all, 200, "application/json", token))
            }
            false => answer(self.place, &self.all),
        };
        Box::pin(std::future::ready(answer))
    }
}

fn texts(headers: &HeaderMap) -> Vec<String> {
    headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

fn respond(all: &str, status: u16, media: &str, body: impl Into<Bytes>) -> http::Response<Body> {
    let mut response = http::Response::new(Body::from(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let headers = response.headers_mut();
    headers.insert("content-type", media.parse().unwrap());
    // What a server repeats, it may repeat in each answer.
    headers.insert("x-request-id", format!("req_{SECRET}").parse().unwrap());
    headers.insert("x-echo", all.parse().unwrap());
    response
}

fn answer(place: Place, all: &str) -> Result<http::Response<Body>, TransportError> {
    let escaped = json!(all).to_string();
    let error = json!({"message": all, "code": all, "param": all, "type": all});
    let json = "application/json";
    Ok(match place {
        Place::Undecodable => respond(all, 200, json, format!(r#"{{{}:{{"name":[{escaped},"#, json!(SECRET))),
        Place::Page => respond(all, 200, "text/html", format!("<html>{all}</html>")),
        Place::Reported => respond(all, 200, json, json!({ "error": error }).to_string()),
        Place::BadRequest => respond(all, 400, json, json!({ "error": error }).to_string()),
        Place::Excerpt => respond(all, 401, "text/plain", format!("{}{all}", "x".repeat(288))),
        Place::ServerError => respond(all, 500, "text/html", format!("<html>{all}</html>")),
        Place::HeadersAndIds => respond(all, 200, json, kept(all)),
        Place::EventError => events(all, &format!("event: error\ndata: {}", json!({ "error": error }))),
        Place::EventUnreadable => events(all, &format!("data: {{\"id\":{escaped},{escaped}:")),
        Place::EventIds => events(all, &format!("data: {}", json!({"id": SECRET, "model": all}))),
        Place::Redirect => {
            let mut response = respond(all, 302, "text/html", all.to_owned());
            let location = format!("http://user:{}@elsewhere.example/", percent(SECRET, true));
            response.headers_mut().insert("location", location.parse().unwrap());
            response
        }
        Place::Transport => return Err(TransportError::connection(Chain(all.to_owned(), Cause(SECRET.to_owned())))),
        Place::Break => {
            let chunks = futures_of(vec![
                Ok(Bytes::from_static(b"{\"id\":")),
                Err(Chain(all.to_owned(), Cause(SECRET.to_owned())).into()),
            ]);
            let mut response = respond(all, 200, json, "");
            *response.body_mut() = chunks;
            response
        }
    })
}

/// An object with values of another kind, whose paths are told, below names that the server chose.
fn kept(all: &str) -> String {
    json!({"id": SECRET, "model": all, "data": [], "metadata": {SECRET: 1}, "usage": SECRET}).to_string()
}

fn events(all: &str, first: &str) -> http::Response<Body> {
    respond(all, 200, "text/event-stream", format!("{first}\n\n"))
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn futures_of(chunks: Vec<Result<Bytes, BoxError>>) -> Body {
    Body::from_stream(Chunks(chunks.into()), None)
}

struct Chunks(std::collections::VecDeque<Result<Bytes, BoxError>>);

impl futures_core::Stream for Chunks {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready(self.0.pop_front())
    }
}

/// An error that shows the credential as `Debug`, with a cause that shows it, too.
struct Chain(String, Cause);

/// An error that shows the credential.
#[derive(Debug)]
struct Cause(String);

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the wire broke")
    }
}

impl std::error::Error for Chain {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.1)
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chain({:?})", self.0)
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Cause {}

/// The spellings in which the server repeats the credential.
pub fn spellings() -> Vec<String> {
    let escaped = json!(SECRET).to_string();
    let unicode: String = SECRET.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    let html = SECRET.replace('&', "&amp;").replace('"', "&quot;").replace('+', "&#43;");
    vec![
        SECRET.to_owned(),
        escaped.trim_matches('"').to_owned(),
        SECRET.replace('/', "\\/"),
        unicode,
        percent(SECRET, true),
        percent(SECRET, false),
        percent(&percent(SECRET, true), true),
        html,
        base64(SECRET.as_bytes()),
        base64(format!("user:{SECRET}").as_bytes()),
        base64(format!("ab{SECRET}").as_bytes()).replace('+', "-").replace('/', "_"),
    ]
}

/// Finds the credential, or a part of it, in a text.
pub fn leak(text: &str) -> Option<String> {
    let parts = ["hush7", "tail4", "\\u0068\\u0075\\u0073", "%68%75"].map(str::to_owned);
    // The middle of the base64, wherever the credential begins in it.
    let encoded = ["", "a", "ab"].map(|before| {
        let encoded = base64(format!("{before}{SECRET}").as_bytes());
        encoded[8..16].to_owned()
    });
    let at = parts.iter().chain(&encoded).find_map(|part| text.find(part))?;
    let start = (0..=at.saturating_sub(60)).rev().find(|start| text.is_char_boundary(*start)).unwrap_or(0);
    Some(text[start..].chars().take(160).collect())
}

pub fn percent(text: &str, upper: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            _ if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) => char::from(byte).to_string(),
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        })
        .collect()
}

/// Base64, written here so that the crate is not its own judge.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = (0..3).fold(0_u32, |number, at| number << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let index = (number >> (18 - 6 * at)) as usize & 63;
            out.push(if at <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    out
}
