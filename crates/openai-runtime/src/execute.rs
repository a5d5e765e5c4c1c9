//! How a call is sent: attempts, waits, redirects, time limits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Method;
use http::header::{self, HeaderMap, HeaderValue};
use reqwest::Url;
use tokio::time::{Instant, timeout_at};

use crate::body::Prepared;
use crate::call::{Call, Parts};
use crate::client::Shared;
use crate::endpoint::{BodyKind, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::headers::{self, Change};
use crate::input_file::FileError;
use crate::reply::{Head, Reply};
use crate::streams::next_chunk;
use crate::trace::{self, Trace};
use crate::transport::{Body, BoxFuture, Reason, TransportError};
use crate::{gzip, retry, url};

const USER_AGENT: &str = concat!("openai-ext/", env!("CARGO_PKG_VERSION"), " (Rust)");
const REDIRECTS: u32 = 5;
/// More of an error's body than this is not kept.
const ERROR_BODY: usize = 4 * 1024 * 1024;

/// What happens to the body of a successful response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It is read as a part of the attempt.
    Buffered,
    /// It is handed on as it comes.
    Streamed,
    /// The same, and it must be an event stream.
    Events,
}

/// Starts a call.
pub(crate) fn start(call: Call, mode: Mode) -> BoxFuture<Result<Reply>> {
    Box::pin(trace::instrument(call.0, move |parts| run(parts, mode)))
}

/// Makes attempts until one succeeds or no more is to be made.
async fn run(parts: Box<Parts>, mode: Mode) -> Result<Reply> {
    let plan = Plan::new(*parts, mode)?;
    let shared = plan.parts.client.shared();
    let max_retries = plan.parts.max_retries.unwrap_or(shared.settings.max_retries);
    let mut retries = 0;
    loop {
        Trace::attempt(retries);
        let error = match plan.attempt(retries).await {
            Ok(reply) => return Ok(reply),
            Err(error) => error,
        };
        if !plan.body.is_replayable() {
            return Err(error);
        }
        match retry::wait(&error, retries, max_retries, &*shared.clock) {
            Some(wait) => {
                Trace::wait(&error, wait);
                shared.clock.sleep(wait).await;
            }
            None => return Err(error),
        }
        retries += 1;
    }
}

/// All of a call that is the same for each attempt.
struct Plan {
    parts: Parts,
    method: Method,
    url: Url,
    body: Prepared,
    mode: Mode,
    timeout: Duration,
}

impl Plan {
    fn new(parts: Parts, mode: Mode) -> Result<Self> {
        if let Some(problem) = parts.problem {
            return Err(Error::invalid(problem));
        }
        let shared = parts.client.shared();
        let endpoint = parts.endpoint;
        let (method, path) = match &parts.route {
            Some((method, path)) => (method.clone(), path.clone()),
            None => {
                let method = Method::from_bytes(endpoint.method.as_bytes())
                    .map_err(|_| Error::invalid(format!("{:?} is no HTTP method", endpoint.method)))?;
                (method, url::fill(endpoint.path, &parts.path)?)
            }
        };
        let fixed: Vec<_> = endpoint.query.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let url = shared.base.join(&path, &[&fixed, &shared.settings.query, &parts.query])?;
        let kind = if parts.route.is_some() { BodyKind::Json } else { endpoint.body };
        let body = Prepared::new(kind, &parts.body, &parts.fields)?;
        let timeout = parts.timeout.unwrap_or(shared.settings.timeout);
        Ok(Self { method, url, body, mode, timeout, parts })
    }

    async fn attempt(&self, retries: u32) -> Result<Reply> {
        let shared = self.parts.client.shared();
        let deadline = deadline(self.timeout);
        let credential = match timeout_at(deadline, self.credential(shared)).await {
            Ok(credential) => credential.map_err(|error| error.with_attempts(retries))?,
            Err(_) => return Err(self.timed_out(retries)),
        };
        let headers = self.headers(shared, credential.as_ref(), retries)?;
        let sent = self.exchange(shared, headers, deadline, retries + 1).await;
        match credential {
            Some(key) => sent.map_err(|error| error.redact(key.expose())),
            None => sent,
        }
    }

    /// Sends the request, follows redirects and reads the response as far as the mode says.
    async fn exchange(
        &self,
        shared: &Shared,
        mut headers: HeaderMap,
        deadline: Instant,
        attempts: u32,
    ) -> Result<Reply> {
        let mut url = self.url.clone();
        let mut redirects = 0;
        let (mut head, body) = loop {
            let (head, body) = self.send(shared, &url, headers.clone(), deadline, attempts).await?;
            let Some(next) = self.redirect(&url, &head)? else { break (head, body) };
            redirects += 1;
            if redirects > REDIRECTS {
                return Err(head.error(ErrorKind::Redirect, "more than 5 redirects", Bytes::new()));
            }
            if next.origin() != url.origin() {
                headers::strip_credentials(&mut headers);
            }
            url = next;
        };
        let body = gzip::unpack(&mut head.headers, body);
        let streams = self.mode != Mode::Buffered && head.status.is_success() && !self.is_not_events(&head);
        let (bytes, body) =
            if streams { (Bytes::new(), Some(body)) } else { (self.read(&head, body, deadline).await?, None) };
        if !head.status.is_success() {
            return Err(Error::from_response(head.status, head.headers, bytes).with_attempts(attempts));
        }
        if self.mode != Mode::Buffered && body.is_none() {
            let media = head.header("content-type").unwrap_or_default();
            let start = crate::error::excerpt(&bytes);
            let message = format!("expected an event stream, found {media}; it starts: {start}");
            return Err(head.error(ErrorKind::Decode, message, bytes));
        }
        let idle_timeout = shared.settings.idle_timeout;
        Ok(Reply { head, bytes, body, idle_timeout, done: self.parts.endpoint.stream })
    }

    /// Sends one request once, up to the headers of its response.
    async fn send(
        &self,
        shared: &Shared,
        url: &Url,
        headers: HeaderMap,
        deadline: Instant,
        attempts: u32,
    ) -> Result<(Head, Body)> {
        // A pipe that nobody writes to can't be opened.
        let body = match timeout_at(deadline, self.body.open()).await {
            Ok(body) => body.map_err(|error| error.with_attempts(attempts - 1))?,
            Err(_) => return Err(self.timed_out(attempts - 1)),
        };
        let mut request = http::Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = http::Uri::try_from(url.as_str())
            .map_err(|error| Error::invalid("the URL of the request can't be sent").with_source(error))?;
        *request.headers_mut() = headers;
        let response = match timeout_at(deadline, shared.transport.send(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(transport_error(error, attempts)),
            Err(_) => return Err(self.timed_out(attempts)),
        };
        let (parts, body) = response.into_parts();
        Ok((Head { status: parts.status, headers: parts.headers, attempts }, body))
    }

    /// Reads a whole body. Of a response that is an error anyway, what was read is enough.
    async fn read(&self, head: &Head, mut body: Body, deadline: Instant) -> Result<Bytes> {
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        loop {
            let failed = match timeout_at(deadline, next_chunk(&mut body)).await {
                Ok(None) => break,
                Ok(Some(Ok(chunk))) => {
                    // Most bodies are one chunk, which needs no copy.
                    if first.is_empty() && all.is_empty() {
                        first = chunk;
                        continue;
                    }
                    if all.is_empty() {
                        all.extend_from_slice(&first);
                    }
                    all.extend_from_slice(&chunk);
                    if !head.status.is_success() && all.len() > ERROR_BODY {
                        break;
                    }
                    continue;
                }
                Ok(Some(Err(error))) => Some(error),
                Err(_) => None,
            };
            let read = if all.is_empty() { first } else { all.freeze() };
            if !head.status.is_success() {
                return Ok(read);
            }
            return Err(match failed {
                Some(error) => head.body_error(error, read),
                None => head.error(ErrorKind::Timeout, self.limit_text("the response was not complete"), read),
            });
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    }

    /// Where a response redirects to, if it does.
    fn redirect(&self, from: &Url, head: &Head) -> Result<Option<Url>> {
        let keeps = match head.status.as_u16() {
            301..=303 => matches!(self.method, Method::GET | Method::HEAD) && self.body.is_replayable(),
            307 | 308 => self.body.is_replayable(),
            _ => return Ok(None),
        };
        let wrong = |message: String| head.error(ErrorKind::Redirect, message, Bytes::new());
        let status = head.status;
        if !keeps {
            return Err(wrong(format!("the server answered {status}: following it would drop the request's body")));
        }
        // Some servers send a location in UTF-8 as it is, not encoded.
        let location = head.headers.get(header::LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        let Some(location) = location else {
            return Err(wrong(format!("the server answered {status} without a location")));
        };
        let next = from.join(location).map_err(|_| wrong(format!("the server answered {status} to no URL")))?;
        let downgrades = from.scheme() == "https" && next.scheme() == "http";
        let names_user = !next.username().is_empty() || next.password().is_some();
        if !matches!(next.scheme(), "http" | "https") || downgrades || names_user {
            return Err(wrong(format!("the server answered {status} to a URL that is not safe to follow")));
        }
        Ok(Some(next))
    }

    /// The key that this attempt sends.
    async fn credential(&self, shared: &Shared) -> Result<Option<crate::secret::Secret>> {
        let settings = &shared.settings;
        let named =
            |changes: &[Change]| changes.iter().any(|(name, _)| *name == header::AUTHORIZATION || name == "api-key");
        let key = match self.parts.security {
            Security::None => return Ok(None),
            Security::Admin => settings.admin_api_key.clone(),
            Security::Bearer => match &settings.api_key_provider {
                Some(provider) => Some(provider().await.map_err(|error| {
                    Error::new(ErrorKind::Authentication, format!("the provider of the API key failed: {error}"))
                        .with_source(error)
                })?),
                None => settings.api_key.clone(),
            },
        };
        // A key read from a file ends in a line break, which no header can have.
        let key = key.map(|key| key.trimmed()).filter(|key| !key.expose().is_empty());
        if key.is_some() || named(&settings.headers) || named(&self.parts.headers) {
            return Ok(key);
        }
        Err(Error::config(match self.parts.security {
            Security::Admin => "this operation needs an admin key: set OPENAI_ADMIN_KEY or `admin_api_key`",
            _ => "this operation needs an API key: set OPENAI_API_KEY or `api_key`",
        }))
    }

    /// All headers of one attempt: auth, then defaults, then the client's, then the call's; later ones win.
    fn headers(&self, shared: &Shared, key: Option<&crate::secret::Secret>, retries: u32) -> Result<HeaderMap> {
        let settings = &shared.settings;
        let endpoint = self.parts.endpoint;
        let mut headers = HeaderMap::with_capacity(16);
        if let Some(key) = key {
            let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose()))
                .map_err(|_| Error::config("the key has characters that no header can have"))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let accept = if self.mode == Mode::Events { "text/event-stream" } else { endpoint.accept };
        headers.insert(header::ACCEPT, HeaderValue::from_static(if accept.is_empty() { "*/*" } else { accept }));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        headers.insert("x-stainless-retry-count", HeaderValue::from(retries));
        if self.mode == Mode::Buffered {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(content_type) = &self.body.content_type {
            headers.insert(header::CONTENT_TYPE, content_type.clone());
        }
        for (name, text) in [("openai-organization", &settings.organization), ("openai-project", &settings.project)] {
            if let Some(text) = text {
                let value = HeaderValue::try_from(text)
                    .map_err(|_| Error::config(format!("{name} has characters that no header can have")))?;
                headers.insert(name, value);
            }
        }
        for (name, text) in endpoint.headers {
            if let Ok(change) = headers::change(name, (*text).into()) {
                headers::apply(&mut headers, &[change]);
            }
        }
        headers::apply(&mut headers, &settings.headers);
        headers::apply(&mut headers, &self.parts.headers);
        Ok(headers)
    }

    /// Whether events were asked for and something else came, as a proxy's page.
    fn is_not_events(&self, head: &Head) -> bool {
        let media = head.header("content-type").unwrap_or_default();
        self.mode == Mode::Events && (media.contains("application/json") || media.contains("text/html"))
    }

    fn timed_out(&self, attempts: u32) -> Error {
        Error::new(ErrorKind::Timeout, self.limit_text("there was no response")).with_attempts(attempts)
    }

    fn limit_text(&self, what: &str) -> String {
        format!("{what} within {:?}", self.timeout)
    }
}

fn transport_error(error: TransportError, attempts: u32) -> Error {
    let kind = match error.reason {
        _ if is_file_error(&error) => ErrorKind::Io,
        Reason::Connection => ErrorKind::Connection,
        Reason::Timeout => ErrorKind::Timeout,
        Reason::Request => ErrorKind::InvalidRequest,
    };
    let message = crate::transport::reqwest::chain(&*error.source);
    Error::new(kind, message).with_source(error.source).with_attempts(attempts)
}

fn is_file_error(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<FileError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// When a limit that starts now ends; one beyond the clock's range ends in 30 years.
pub(crate) fn deadline(limit: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(limit).unwrap_or_else(|| now + Duration::from_secs(30 * 365 * 86_400))
}
