//! The head of a response: status and headers, what they say, and the errors of the response.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::decoder::JsonDecoder;
use super::rate_limit::RateLimit;
use super::retry;
use crate::error::{Error, ErrorKind, Redactor, Result, excerpt_without, strings_of};
use crate::json::{self, Json};

/// The head of a response: its status and headers, without the credentials that the request carried.
///
/// Everything that comes with a response has one: [`WithHead`](crate::WithHead), [`RawResponse`](crate::RawResponse),
/// [`Page`](crate::Page), [`EventStream`](crate::EventStream), [`ByteStream`](crate::ByteStream).
#[derive(Clone)]
pub struct ResponseHead {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// When it came, by the client's clock, if there was a client.
    pub(crate) received: Option<SystemTime>,
    pub(crate) attempts: u32,
    /// Members of the body that no message quotes.
    pub(crate) secrets: &'static [&'static str],
    /// The credentials that the request carried, which no message repeats.
    pub(crate) redactor: Redactor,
    /// Tells whether a value of another kind than its type has is an error.
    pub(crate) strict: bool,
}

/// Gives a type that came with a response's head, which is at `$head`, the accessors of the head.
macro_rules! head_accessors {
    ([$($generics:tt)*] $type:ty, $($head:ident).+) => {
        impl<$($generics)*> $type {
            /// Returns the head of the response, which can be kept beyond this value.
            #[must_use]
            pub fn head(&self) -> &$crate::response::head::ResponseHead {
                &self.$($head).+
            }

            /// The status of the response.
            #[must_use]
            pub fn status(&self) -> http::StatusCode {
                self.$($head).+.status()
            }

            /// The headers of the response.
            #[must_use]
            pub fn headers(&self) -> &http::HeaderMap {
                self.$($head).+.headers()
            }

            /// The header `x-request-id`, which OpenAI's support asks for.
            #[must_use]
            pub fn request_id(&self) -> Option<&str> {
                self.$($head).+.request_id()
            }

            /// The credentials that the call sent, for layers above that make errors of what the server said.
            #[must_use]
            pub fn redactor(&self) -> &$crate::error::Redactor {
                self.$($head).+.redactor()
            }

            /// Returns the number of times that the request was sent.
            #[must_use]
            pub fn attempts(&self) -> u32 {
                self.$($head).+.attempts()
            }

            /// Returns the rate limits by the headers.
            #[must_use]
            pub fn rate_limit(&self) -> $crate::response::rate_limit::RateLimit {
                self.$($head).+.rate_limit()
            }

            /// Returns the time that the server took, by the header `openai-processing-ms`.
            #[must_use]
            pub fn processing_time(&self) -> Option<std::time::Duration> {
                self.$($head).+.processing_time()
            }
        }
    };
}

pub(crate) use head_accessors;

impl ResponseHead {
    /// Copies the headers into memory of their own. As they were read, they keep the connection's whole buffer from being used
    /// again, for as long as a stream is open.
    pub(crate) fn detach_headers(&mut self) {
        let mut text: Vec<u8> = Vec::with_capacity(self.headers.values().map(HeaderValue::len).sum());
        self.headers.values().for_each(|value| text.extend_from_slice(value.as_bytes()));
        let mut text = Bytes::from(text);
        for value in self.headers.values_mut() {
            let copied = HeaderValue::from_maybe_shared(text.split_to(value.len()));
            // What was a value before is one.
            if let Ok(mut copied) = copied {
                copied.set_sensitive(value.is_sensitive());
                *value = copied;
            }
        }
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers of the response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the header `x-request-id`, which OpenAI's support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-request-id")
    }

    /// Returns the credentials that the call sent, for layers above that make errors of what the server said.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Returns the number of times that the request was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the rate limits that the headers name.
    #[must_use]
    pub fn rate_limit(&self) -> RateLimit {
        RateLimit::from_headers(&self.headers)
    }

    /// Returns the time that the server took, by the header `openai-processing-ms`.
    #[must_use]
    pub fn processing_time(&self) -> Option<Duration> {
        self.header("openai-processing-ms")?.trim().parse().ok().map(Duration::from_millis)
    }

    /// Returns the wait that the server asks for before a long-running operation is polled again, by the header
    /// `openai-poll-after-ms`, within 50 ms and 300 s: a wait of nothing would be polling without end. `None` if it names
    /// no time.
    #[must_use]
    pub fn poll_after(&self) -> Option<Duration> {
        let milliseconds: f64 = self.header("openai-poll-after-ms")?.trim().parse().ok()?;
        retry::bounded(milliseconds / 1000.0)
    }

    /// Returns an error with this head, unless it has one of its own, and without the credentials that the call sent. For
    /// layers above, whose errors are about the value of the response.
    #[cold]
    #[must_use]
    pub fn describe(&self, error: Error) -> Error {
        let error = match error.status() {
            Some(_) => error,
            None => error.with_head(self.status, self.headers.clone()).with_attempts(self.attempts),
        };
        self.redactor.error(error)
    }

    /// A whole body read as a `T`.
    pub(crate) fn parse<T: Json + Default>(&self, body: &Bytes) -> Result<T> {
        let bytes = json::without_mark(body);
        let request_id = self.request_id();
        let read = match self.plain_text(bytes) {
            Some(text) if !bytes.is_empty() => json::read_response(&json::to_vec(&text), request_id),
            // An operation that may answer nothing has an optional value.
            _ if bytes.is_empty() && is_optional::<T>() => return Ok(T::default()),
            _ => json::read_response(bytes, request_id),
        };
        match read {
            Ok((value, fit)) if fit.is_exact => Ok(value),
            Ok((value, fit)) => match self.unlabelled_text(bytes) {
                Some(text) => Ok(text),
                None => match self.reported(body, Some(&fit)) {
                    Some(error) => Err(error),
                    None => {
                        let admitted = JsonDecoder::new(self.strict).redacting(self.redactor.clone()).admit(&fit);
                        admitted.map(|()| value).map_err(|error| self.decode_error(error, body))
                    }
                },
            },
            Err(error) => match self.unlabelled_text(bytes) {
                Some(text) => Ok(text),
                None => Err(self.reported(body, None).unwrap_or_else(|| self.decode_error(error, body))),
            },
        }
    }

    /// A whole body read as the page of a list. A bare list is one page of its items, as some servers answer.
    pub(crate) fn parse_list<T: Json + Default>(&self, body: &Bytes) -> Result<T> {
        let bytes = json::without_mark(body).trim_ascii_start();
        if bytes.first() == Some(&b'[') && self.reported(body, None).is_none() {
            return self.parse(&[b"{\"data\":", bytes, b"}"].concat().into());
        }
        self.parse(body)
    }

    /// A body that is plain text under the label of something else, for a type that can be text, as a transcription: many
    /// servers say of subtitles that they are JSON, or nothing.
    #[cold]
    fn unlabelled_text<T: Json + Default>(&self, bytes: &[u8]) -> Option<T> {
        let is_json = self.header("content-type").is_some_and(|media| media.contains("json"));
        match bytes.trim_ascii_start().first()? {
            b'<' => return None,
            // JSON that is cut off must not pass for text.
            b'{' | b'[' if begins_as_json(bytes.trim_ascii_start(), is_json) => return None,
            _ => {}
        }
        let text = std::str::from_utf8(bytes).ok()?.to_owned();
        let (value, fit) = json::read_response(&json::to_vec(&text), self.request_id()).ok()?;
        // What can be any JSON is not meant to be text.
        let is_any = json::read_response::<T>(br#"{"":0}"#, None).is_ok_and(|(_, fit)| fit.is_exact);
        (fit.is_exact && !is_any).then_some(value)
    }

    /// A body that says of itself that it is plain text, as a transcription can be: for a type it is a JSON string.
    /// Some servers send JSON under that name too.
    fn plain_text(&self, bytes: &[u8]) -> Option<String> {
        let media = self.headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
        let plain = ["text/plain", "text/vtt", "text/srt", "application/x-subrip", "application/sdp"];
        if !plain.iter().any(|known| media.starts_with(known))
            || matches!(bytes.trim_ascii().first(), Some(b'{' | b'['))
        {
            return None;
        }
        std::str::from_utf8(bytes).ok().map(str::to_owned)
    }

    #[cold]
    fn decode_error(&self, error: json::ReadError, body: &Bytes) -> Error {
        let message = if body.is_empty() {
            "the response has no body".to_owned()
        } else {
            format!(
                "the response can't be read: {error}{}; it starts: {}",
                self.media(),
                excerpt_without(body, self.secrets)
            )
        };
        self.error(ErrorKind::Decode, message, body.clone()).with_source(error)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// An error of this response.
    #[cold]
    pub(crate) fn error(&self, kind: ErrorKind, message: impl Into<String>, body: Bytes) -> Error {
        self.complete(Error::new(kind, message), body)
    }

    /// Returns the error as one of this response: with its head, the body or the part of it at fault, and without secrets.
    #[cold]
    pub(crate) fn complete(&self, error: Error, body: Bytes) -> Error {
        let redactor = self.redactor_of(&body);
        let error = error.with_response(self.status, self.headers.clone(), body).received(self.received);
        error.with_attempts(self.attempts).redact(&redactor)
    }

    /// Returns the redactor of errors about a body: of the credentials that were sent, and of the secrets in the body.
    #[cold]
    pub(crate) fn redactor_of(&self, body: &[u8]) -> Redactor {
        if self.secrets.is_empty() { self.redactor.clone() } else { self.redactor.with(strings_of(body, self.secrets)) }
    }

    /// The error of a response that is larger than it may be, with its start.
    #[cold]
    pub(crate) fn too_large(&self, limit: usize, start: Bytes) -> Error {
        let message = format!(
            "the response has more than {limit} bytes: allow more by the client's `max_response_size` or the call's \
             `with_max_response_size`, or write it to a file"
        );
        self.error(ErrorKind::Limit, message, start)
    }

    /// A remark on the media type, if it is not JSON.
    fn media(&self) -> String {
        match self.header("content-type") {
            Some(media) if !media.contains("json") => format!(" (its content type is {media})"),
            _ => String::new(),
        }
    }
}

impl fmt::Debug for ResponseHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead")
            .field("status", &self.status.as_u16())
            .field("request_id", &self.request_id())
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Tells whether a type is an `Option`: it reads null as the value that it has by itself.
fn is_optional<T: Json + Default>() -> bool {
    T::default().is_unset()
}

/// Tells whether text that begins with a brace or a bracket goes on as JSON does. Speech goes on otherwise: `[Music]`,
/// `{laughs}`.
fn begins_as_json(text: &[u8], is_json: bool) -> bool {
    let (first, rest) = text.split_at(1.min(text.len()));
    let rest = rest.trim_ascii_start();
    match (first, rest.first()) {
        (_, None) => true,
        (b"{", Some(next)) => matches!(next, b'"' | b'}'),
        (_, Some(next)) => {
            is_json
                && (matches!(next, b'"' | b'{' | b'[' | b']' | b'-' | b'0'..=b'9')
                    || [&b"true"[..], b"false", b"null"].iter().any(|word| rest.starts_with(word)))
        }
    }
}
