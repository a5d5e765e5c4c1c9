//! How a call is sent: attempts, waits, redirects, time limits.

mod head;

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use http::{Method, StatusCode};
use reqwest::Url;
use tokio::time::{Instant, timeout_at};

use crate::body::{CallBody, Prepared};
use crate::call::{Call, Parts};
use crate::client::Shared;
use crate::collect::{Failure, collect};
use crate::endpoint::BodyKind;
use crate::error::{Error, ErrorKind, Result};
use crate::gzip::{self, Encoding};
use crate::headers::{self, Change};
use crate::input_file::FileError;
use crate::reply::{Head, Reply};
use crate::trace::{self, Trace, Watch};
use crate::transport::reqwest::Queued;
use crate::transport::{Body, BoxFuture, Reason, TransportError};
use crate::{retry, url};

use head::{Credential, Outgoing};

pub(crate) const USER_AGENT: &str = concat!("openai-ext/", env!("CARGO_PKG_VERSION"), " (Rust)");
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
    /// There is none: the response leaves a connection behind that speaks another protocol.
    #[cfg(feature = "websocket")]
    Upgrade,
}

/// Starts a call.
pub(crate) fn start(call: Call, mode: Mode) -> BoxFuture<Result<Reply>> {
    Box::pin(trace::instrument(call.0, move |parts| run(parts, mode)))
}

/// Makes the head of a call's first attempt, and sends nothing.
pub(crate) async fn prepare(call: Call) -> Result<http::Request<()>> {
    let plan = Plan::new(*call.0, Mode::Streamed)?;
    let shared = plan.parts.client.shared();
    let deadline = after(Instant::now(), plan.timeout);
    let outgoing = plan.outgoing(shared, 0, &[], deadline).await.map_err(|failed| match failed {
        Failed::Credential(error) | Failed::Refused(error) | Failed::Attempt(error) => error,
    })?;
    let mut request = http::Request::new(());
    *request.method_mut() = plan.method.clone();
    *request.uri_mut() = uri(&outgoing.url)?;
    *request.headers_mut() = outgoing.headers;
    Ok(request)
}

/// Makes attempts until one succeeds, no more is to be made, or the call has taken too long.
async fn run(parts: Box<Parts>, mode: Mode) -> Result<Reply> {
    let total = parts.total;
    let plan = Plan::new(*parts, mode)?;
    let Some(total) = total else { return attempts(&plan).await };
    match timeout_at(after(Instant::now(), total), attempts(&plan)).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(ErrorKind::Timeout, format!("the call was not complete within {total:?}"))),
    }
}

async fn attempts(plan: &Plan) -> Result<Reply> {
    // How many times the call was sent.
    let mut sent = 0;
    let mut tries = Tries::default();
    loop {
        Trace::attempt(sent);
        match plan.attempt(sent, &[]).await {
            Ok(reply) => return Ok(reply),
            Err(failed) => plan.again(&mut tries, failed).await?,
        }
        sent += 1;
    }
}

/// What counts towards the end of a call's attempts.
#[derive(Default)]
pub(crate) struct Tries {
    retries: u32,
    /// A token that the API refused was replaced; once is enough.
    renewed: bool,
}

/// Why an attempt failed.
pub(crate) enum Failed {
    /// There was no token. Its exchange was tried as often as it may be, so the call must not begin it again.
    Credential(Error),
    /// The API refused a token, which was dropped; there may be a better one.
    Refused(Error),
    /// Anything else.
    Attempt(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Attempt(error)
    }
}

/// All of a call that is the same for each attempt.
pub(crate) struct Plan {
    pub(crate) parts: Parts,
    pub(crate) method: Method,
    url: Url,
    /// The body's model, if there is a provider to ask for it.
    model: Option<String>,
    pub(crate) body: Prepared,
    mode: Mode,
    timeout: Duration,
}

impl Plan {
    pub(crate) fn new(parts: Parts, mode: Mode) -> Result<Self> {
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
        let kind = match (&parts.route, &parts.body) {
            (None, _) => endpoint.body,
            (Some(_), CallBody::Members { .. }) => BodyKind::Multipart,
            (Some(_), _) => BodyKind::Json,
        };
        let mut fields = Cow::Borrowed(&parts.fields);
        for (name, value) in endpoint.unset.iter().filter(|_| parts.route.is_none()) {
            if !fields.iter().any(|(known, _)| known == name) && !parts.body.has(name) {
                fields.to_mut().push(((*name).to_owned(), (*value).into()));
            }
        }
        let body = Prepared::new(kind, &parts.body, &fields)?;
        let timeout = parts.timeout.unwrap_or(shared.settings.timeout);
        let model = shared.settings.provider.as_ref().and_then(|_| parts.text_member("model"));
        Ok(Self { method, url, model, body, mode, timeout, parts })
    }

    /// Waits before a failed attempt is made again, or gives the error that ends the call.
    pub(crate) async fn again(&self, tries: &mut Tries, failed: Failed) -> Result<()> {
        let error = match failed {
            Failed::Credential(error) => return Err(error),
            Failed::Refused(error) if !tries.renewed && self.body.is_replayable() => {
                Trace::renewed(&error);
                tries.renewed = true;
                return Ok(());
            }
            Failed::Refused(error) | Failed::Attempt(error) => error,
        };
        let shared = self.parts.client.shared();
        let max_retries = self.parts.max_retries.unwrap_or(shared.settings.max_retries);
        if !self.body.is_replayable() {
            return Err(error);
        }
        let Some(wait) = retry::wait(&error, tries.retries, max_retries, &*shared.clock) else { return Err(error) };
        Trace::wait(&error, wait);
        shared.clock.sleep(wait).await;
        tries.retries += 1;
        Ok(())
    }

    /// Whether the caller or the client set this header.
    pub(crate) fn sets(&self, header: &HeaderName) -> bool {
        let settings = &self.parts.client.shared().settings;
        settings.headers.iter().chain(&self.parts.headers).any(|(name, _)| name == header)
    }

    /// Makes one attempt, with these headers besides. `sent` counts the attempts before it.
    pub(crate) async fn attempt(&self, sent: u32, changes: &[Change]) -> Result<Reply, Failed> {
        let shared = self.parts.client.shared();
        let deadline = after(Instant::now(), self.timeout);
        let mut outgoing = self.outgoing(shared, sent, changes, deadline).await?;
        let mut stripped = false;
        let headers = std::mem::take(&mut outgoing.headers);
        let url = outgoing.url.clone();
        let error = match self.exchange(shared, url, headers, deadline, sent + 1, &mut stripped).await {
            Ok(reply) => return Ok(outgoing.redact_reply(reply)),
            Err(error) => outgoing.redact(error),
        };
        // Another origin, which did not get the credential, can't refuse it.
        let refused = !stripped && error.status() == Some(StatusCode::UNAUTHORIZED);
        if refused && self.renews(shared, &outgoing) { Err(Failed::Refused(error)) } else { Err(error.into()) }
    }

    /// Drops the credential that the server refused. Whether there may be a better one.
    fn renews(&self, shared: &Shared, outgoing: &Outgoing) -> bool {
        if let (Some(Credential::Token(lease)), Some(identity)) =
            (&outgoing.credential, &shared.settings.workload_identity)
        {
            identity.refuse(lease);
            return true;
        }
        match (&shared.settings.provider, &outgoing.extensions) {
            (Some(provider), Some(extensions)) => provider.refused(extensions),
            _ => false,
        }
    }

    /// Sends the request, follows redirects and reads the response as far as the mode says.
    async fn exchange(
        &self,
        shared: &Shared,
        mut url: Url,
        mut headers: HeaderMap,
        deadline: Instant,
        attempts: u32,
        stripped: &mut bool,
    ) -> Result<Reply> {
        let mut redirects = 0;
        // What the caller asks for himself he wants as it is.
        let accepted = headers.get(header::ACCEPT_ENCODING).filter(|_| self.sets(&header::ACCEPT_ENCODING)).cloned();
        let (head, body) = loop {
            let (head, body) = self.send(shared, &url, headers.clone(), deadline, attempts).await?;
            let Some(next) = self.redirect(&url, &head)? else { break (head, body) };
            redirects += 1;
            if redirects > REDIRECTS {
                return Err(head.error(ErrorKind::Redirect, "more than 5 redirects", Bytes::new()));
            }
            if next.origin() != url.origin() {
                headers::strip_credentials(&mut headers);
                *stripped = true;
            }
            url = next;
        };
        let encoding = Encoding::of(&head.headers, accepted.as_ref());
        self.receive(head, body, &encoding, deadline).await
    }

    /// Reads a response as far as the mode says.
    async fn receive(&self, mut head: Head, body: Body, encoding: &Encoding, deadline: Instant) -> Result<Reply> {
        let packed = *encoding == Encoding::Gzip;
        let readable = !matches!(encoding, Encoding::Unknown(_));
        #[cfg(feature = "websocket")]
        if self.upgrades() && head.status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(self.reply(head, Bytes::new(), Some(body), false));
        }
        let success = head.status.is_success();
        let streams = self.mode != Mode::Buffered && !self.upgrades() && !self.is_not_events(&head);
        if success && readable && streams {
            if packed {
                gzip::strip(&mut head.headers);
            }
            let body = if packed { gzip::unpack(body) } else { body };
            return Ok(self.reply(head, Bytes::new(), Some(body), packed));
        }
        let limit = if success && readable { usize::MAX } else { ERROR_BODY };
        let read = collect(body, packed, deadline, limit).await;
        let (attempts, bytes) = (head.attempts, read.bytes);
        if packed && !read.raw {
            gzip::strip(&mut head.headers);
        }
        if !success {
            let unread = (read.raw || !readable) && !bytes.is_empty();
            return Err(Error::from_response(head.status, head.headers, bytes, unread).with_attempts(attempts));
        }
        match (read.failed, encoding) {
            (Some(Failure::Broken(error)), _) => Err(head.body_error(error, bytes)),
            (Some(Failure::Late), _) => {
                Err(head.error(ErrorKind::Timeout, self.limit_text("the response was not complete"), bytes))
            }
            (None, Encoding::Unknown(name)) if !bytes.is_empty() => {
                let message = format!("the response is encoded as {name}, which was not asked for");
                Err(head.error(ErrorKind::Decode, message, bytes))
            }
            (None, _) if self.mode == Mode::Events || self.upgrades() => {
                let expected = if self.upgrades() { "a WebSocket" } else { "an event stream" };
                let media = head.header("content-type").unwrap_or_default();
                let start = crate::error::excerpt(&bytes);
                let message = format!("expected {expected}, found {media}; it starts: {start}");
                Err(head.error(ErrorKind::Decode, message, bytes))
            }
            (None, _) => Ok(self.reply(head, bytes, None, packed)),
        }
    }

    fn reply(&self, head: Head, bytes: Bytes, body: Option<Body>, packed: bool) -> Reply {
        let settings = &self.parts.client.shared().settings;
        Reply {
            head,
            bytes,
            body,
            packed,
            idle_timeout: settings.idle_timeout,
            done: self.parts.endpoint.stream,
            max_event_size: settings.max_event_size,
            watch: Watch::default(),
        }
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
        *request.uri_mut() = uri(url)?;
        *request.headers_mut() = headers;
        let queued = Queued::default();
        request.extensions_mut().insert(queued.clone());
        #[cfg(feature = "websocket")]
        if self.upgrades() {
            request.extensions_mut().insert(crate::transport::Upgrade);
        }
        let response = match timeout_at(deadline, shared.transport.send(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(transport_error(error, attempts)),
            Err(_) if queued.is_waiting() => {
                let message = self.limit_text("no connection became free");
                return Err(Error::new(ErrorKind::Timeout, message).with_attempts(attempts));
            }
            Err(_) => return Err(self.timed_out(attempts)),
        };
        let (parts, body) = response.into_parts();
        Ok((Head { status: parts.status, headers: parts.headers, attempts }, body))
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

    /// Whether events were asked for and something else came, as a proxy's page.
    fn is_not_events(&self, head: &Head) -> bool {
        let media = head.header("content-type").unwrap_or_default();
        self.mode == Mode::Events && (media.contains("application/json") || media.contains("text/html"))
    }

    /// Whether the call is a handshake of another protocol.
    fn upgrades(&self) -> bool {
        #[cfg(feature = "websocket")]
        return self.mode == Mode::Upgrade;
        #[cfg(not(feature = "websocket"))]
        false
    }

    fn timed_out(&self, attempts: u32) -> Error {
        Error::new(ErrorKind::Timeout, self.limit_text("there was no response")).with_attempts(attempts)
    }

    fn limit_text(&self, what: &str) -> String {
        format!("{what} within {:?}", self.timeout)
    }
}

fn uri(url: &Url) -> Result<http::Uri> {
    http::Uri::try_from(url.as_str())
        .map_err(|error| Error::invalid("the URL of the request can't be sent").with_source(error))
}

pub(crate) fn transport_error(error: TransportError, attempts: u32) -> Error {
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

/// When a limit that starts then ends; one beyond the clock's range ends in 30 years.
pub(crate) fn after(start: Instant, limit: Duration) -> Instant {
    start.checked_add(limit).unwrap_or_else(|| start + Duration::from_secs(30 * 365 * 86_400))
}
