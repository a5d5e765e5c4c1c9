//! One call being made.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method};
use serde_json::Value;

use crate::body::{self, CallBody};
use crate::client::Client;
use crate::endpoint::{BodyKind, Endpoint, Polling, Security};
use crate::error::{Error, Result};
use crate::event_stream::EventStream;
use crate::execute::Mode;
use crate::flatten;
use crate::headers::{Change, change};
use crate::json::{self, Json};
use crate::paging::{Items, ListPage, Pages};
use crate::partial_file::PartialFile;
use crate::pending::Pending;
use crate::poller::Poller;
use crate::response::RawResponse;
use crate::streams::ByteStream;
use crate::url;

/// One call being made: an endpoint and its inputs. Generated builders wrap it.
///
/// An input that can't be sent, as an empty path parameter, is kept and becomes the error of the call.
#[derive(Clone)]
pub struct Call(pub(crate) Box<Parts>);

#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) client: Client,
    pub(crate) endpoint: &'static Endpoint,
    /// Method and path of a call that has no endpoint of its own.
    pub(crate) route: Option<(Method, String)>,
    pub(crate) security: Security,
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, Value)>,
    /// Those of the query that the operation itself has; others were set by `with_query`.
    pub(crate) inputs: Vec<&'static str>,
    /// By the operation's inputs, then by `with_header`, which wins.
    pub(crate) headers: Vec<Change>,
    pub(crate) body: CallBody,
    pub(crate) fields: Vec<(String, Value)>,
    pub(crate) timeout: Option<Duration>,
    /// The limit of the whole call, with all its attempts and waits.
    pub(crate) total: Option<Duration>,
    pub(crate) max_retries: Option<u32>,
    pub(crate) problem: Option<String>,
}

/// The value of a header: text, or `None` to take out a header that would be sent otherwise.
#[derive(Clone)]
#[non_exhaustive]
pub enum HeaderArg<'a> {
    /// The header is not sent.
    Remove,
    /// The header is sent with this text.
    Text(Cow<'a, str>),
    /// The header is sent with this value.
    Value(HeaderValue),
}

impl Call {
    /// A call of an endpoint.
    #[must_use]
    pub fn new(client: &Client, endpoint: &'static Endpoint) -> Self {
        Self(Box::new(Parts {
            client: client.clone(),
            endpoint,
            route: None,
            security: endpoint.security,
            path: Vec::new(),
            query: Vec::new(),
            inputs: Vec::new(),
            headers: Vec::new(),
            body: CallBody::None,
            fields: Vec::new(),
            timeout: None,
            total: None,
            max_retries: None,
            problem: None,
        }))
    }

    /// Sets a parameter of the path.
    #[must_use]
    pub fn path(mut self, name: &'static str, value: &str) -> Self {
        match url::path_value(name, value) {
            Ok(value) => self.0.path.push((name, value)),
            Err(problem) => self.set_problem(problem),
        }
        self
    }

    /// Sets a parameter of the query; null leaves it out.
    pub fn query(&mut self, name: &'static str, value: &dyn Json) {
        self.0.query.push((name.to_owned(), json::to_value(value)));
        self.0.inputs.push(name);
    }

    /// Sets a header that is an input of the operation; null leaves it out.
    pub fn header(&mut self, name: &'static str, value: &dyn Json) {
        let text = match json::to_value(value) {
            Value::Null => return,
            Value::Array(items) => items.iter().map(flatten::text).collect::<Vec<_>>().join(","),
            other => flatten::text(&other),
        };
        self.with_header(name, text);
    }

    /// Sets the body; it is encoded at once.
    pub fn body(&mut self, body: &dyn Json) {
        match CallBody::encode(self.0.endpoint.body, body) {
            Ok(body) => self.0.body = body,
            Err(problem) => self.set_problem(problem),
        }
    }

    /// Sets a field of the body; it wins over the body's own.
    pub fn set_field(&mut self, name: impl Into<String>, value: Value) {
        let name = name.into();
        self.0.fields.retain(|(known, _)| *known != name);
        self.0.fields.push((name, value));
    }

    /// Limits the time of each attempt; of a stream: until the response's headers are there.
    pub fn with_timeout(&mut self, limit: Duration) {
        self.0.timeout = Some(limit);
    }

    /// Limits how many times a failed attempt is made again.
    pub fn with_max_retries(&mut self, count: u32) {
        self.0.max_retries = Some(count);
    }

    /// Sets a header, or takes it out if the value is `None`.
    pub fn with_header<'a>(&mut self, name: &str, value: impl Into<HeaderArg<'a>>) {
        match change(name, value.into()) {
            Ok(change) => self.0.headers.push(change),
            Err(problem) => self.set_problem(problem),
        }
    }

    /// Sets a parameter of the query by name.
    pub fn with_query(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.query.push((name.into(), value.into()));
    }

    /// Sets a field of the body by name, also one that the type does not have; `Value::Null` is sent as null.
    pub fn with_body_field(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.set_field(name, value.into());
    }

    /// Sends an `Idempotency-Key`, the same for all attempts.
    pub fn with_idempotency_key(&mut self, key: impl Into<String>) {
        self.with_header("idempotency-key", key.into());
    }

    /// Limits the time of the whole call, with all its attempts and the waits between them. It may end in the midst of an
    /// attempt; the error is of kind [`Timeout`](crate::ErrorKind::Timeout).
    pub fn with_total_timeout(&mut self, limit: Duration) {
        self.0.total = Some(limit);
    }

    /// Takes over how another call is made, for a call that goes on with what that one began: headers, query, limits of
    /// an attempt's time and of retries. What this call has itself wins. What belongs to the other's body stays there, as does its
    /// `Idempotency-Key`.
    pub fn with_options_of(&mut self, other: &Self) {
        self.adopt(other, |_| true);
        self.0.inputs.extend(&other.0.inputs);
    }

    /// The same for a call of another operation, which has no use for this one's inputs in the query.
    pub(crate) fn with_manner_of(&mut self, other: &Self) {
        self.adopt(other, |name| !other.0.inputs.contains(&name));
    }

    fn adopt(&mut self, other: &Self, takes: impl Fn(&str) -> bool) {
        let (parts, other) = (&mut *self.0, &*other.0);
        let kept = |(name, _): &&Change| {
            !matches!(name.as_str(), "idempotency-key" | "content-type" | "content-length" | "content-encoding")
        };
        // Of several values the last one counts.
        parts.headers.splice(..0, other.headers.iter().filter(kept).cloned());
        parts.query.splice(..0, other.query.iter().filter(|(name, _)| takes(name)).cloned());
        parts.timeout = parts.timeout.or(other.timeout);
        parts.max_retries = parts.max_retries.or(other.max_retries);
    }

    /// Sends the call and reads the response's JSON.
    pub fn send<T: Json + Default + 'static>(self) -> Pending<T> {
        Pending::reply(self, Mode::Buffered, |reply| reply.parse())
    }

    /// Sends the call; what the response's body says does not matter.
    pub fn send_unit(self) -> Pending<()> {
        Pending::reply(self, Mode::Buffered, |_| Ok(()))
    }

    /// Sends the call and gives the response with its status and headers, to be read later.
    pub fn send_raw<T: 'static>(self) -> Pending<RawResponse<T>> {
        Pending::reply(self, Mode::Buffered, |reply| Ok(RawResponse::new(reply)))
    }

    /// Sends the call and gives the response's body.
    pub fn send_bytes(self) -> Pending<Bytes> {
        Pending::reply(self, Mode::Buffered, |reply| Ok(reply.into_bytes()))
    }

    /// Sends the call and writes the response's body to a file, which is there only once it is complete. Gives the
    /// number of bytes.
    ///
    /// A body that breaks off is an attempt that failed: the next one asks for what is missing if the call is a GET and
    /// the server named the file's version by an `ETag` or `Last-Modified`; else it starts over. If no attempt is left,
    /// the error's [`partial_file`](crate::Error::partial_file) can be resumed later. Dropping the call removes what was
    /// written.
    ///
    /// ```no_run
    /// # use openai_runtime::{Call, Result};
    /// # async fn example(call: Call) -> Result<()> {
    /// let bytes = match call.clone().send_to_file("video.mp4").await {
    ///     Err(error) if error.partial_file().is_some() => {
    ///         let partial = error.partial_file().cloned().ok_or(error)?;
    ///         call.resume_to_file(partial).await?
    ///     }
    ///     result => result?,
    /// };
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of any call. A file that can't be written, for example in a directory that is missing, is of kind
    /// [`Io`](crate::ErrorKind::Io), names the path and is not tried again.
    pub fn send_to_file(self, path: impl Into<PathBuf>) -> Pending<u64> {
        Pending::boxed(crate::download::to_file(self, path.into()))
    }

    /// Goes on with a download that failed, to the path it was meant for. This is to be the same call as the one that
    /// failed. If the server has another version of the file by now, it starts over. Gives the number of bytes of the
    /// whole file.
    ///
    /// # Errors
    /// As [`send_to_file`](Self::send_to_file); and one of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if
    /// another call is resuming the same download.
    pub fn resume_to_file(self, partial: PartialFile) -> Pending<u64> {
        Pending::boxed(crate::download::resume(self, partial))
    }

    /// Sends the call and gives the response's body as it comes.
    pub fn bytes_stream(self) -> Pending<ByteStream> {
        Pending::reply(self, Mode::Streamed, |reply| Ok(ByteStream::new(reply)))
    }

    /// Sends the call and gives the events of the response as they come. Sets `stream: true` itself.
    pub fn stream<E: Json + Default + Unpin + 'static>(mut self) -> Pending<EventStream<E>> {
        self.set_stream();
        Pending::reply(self, Mode::Events, |reply| Ok(EventStream::new(reply)))
    }

    /// Sends the call and follows the long operation that it begins, changes or fetches, until that is done.
    pub fn send_and_poll<T: Json + Default + Send + Sync + 'static>(self, polling: &'static Polling) -> Poller<T> {
        Poller::new(self, polling)
    }

    /// The head of the request that the call's first attempt would send, without sending it, for protocols that begin
    /// with a request and are not the client's own: the method, the URL with its query, and all headers with the
    /// credential, whose provider is asked.
    ///
    /// ```no_run
    /// # async fn example(call: openai_runtime::Call) -> openai_runtime::Result<()> {
    /// let head = call.prepare().await?;
    /// println!("{} {}", head.method(), head.uri().path());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Inputs that can't be sent, and a credential that can't be had.
    pub fn prepare(self) -> Pending<http::Request<()>> {
        Pending::direct(crate::execute::prepare(self))
    }

    /// Sends the call as the handshake of a WebSocket, and gives the WebSocket. Limits of time, retries, redirects,
    /// credentials and errors are those of any call; the time limit ends with the handshake.
    ///
    /// # Errors
    /// Those of any call: a handshake that the server refuses has its status, headers and body. One of kind
    /// [`Decode`](crate::ErrorKind::Decode) if the server answers as if the call were a plain one.
    #[cfg(feature = "websocket")]
    pub fn open_websocket(self, options: crate::WebSocketOptions) -> Pending<crate::WebSocket> {
        Pending::boxed(crate::websocket::open(self, options))
    }

    /// The pages of a list, each fetched when it is asked for.
    pub fn pages<P: ListPage>(self) -> Pages<P> {
        Pages::new(self)
    }

    /// The items of a list, over all its pages.
    pub fn items<P: ListPage>(self) -> Items<P> {
        Items::new(self.pages())
    }

    /// The JSON text of the body as it would be sent, for what takes bodies alone, as a file with many requests.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest): an input that can't be sent, a body that is no JSON
    /// but a form, or a header or a parameter of the query, which a body has no place for.
    pub fn json_body(&self) -> Result<Bytes> {
        let parts = &*self.0;
        if let Some(problem) = &parts.problem {
            return Err(Error::invalid(problem.clone()));
        }
        if !matches!(parts.endpoint.body, BodyKind::None | BodyKind::Json) {
            return Err(Error::invalid(format!("`{}` sends a form, which has no JSON text", parts.endpoint.id)));
        }
        let header = parts.headers.first().map(|(name, _)| format!("header `{name}`"));
        let query = parts.query.first().map(|(name, _)| format!("parameter `{name}` of the query"));
        match header.or(query) {
            Some(what) => {
                Err(Error::invalid(format!("the {what} has no place where only the body is sent: take it out")))
            }
            None => body::json_text(&parts.body, &parts.fields),
        }
    }

    /// The endpoint that is called.
    #[must_use]
    pub fn endpoint(&self) -> &'static Endpoint {
        self.0.endpoint
    }

    /// The client that calls.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// The first problem is the one to report.
    pub(crate) fn set_problem(&mut self, problem: String) {
        self.0.problem.get_or_insert(problem);
    }

    fn set_stream(&mut self) {
        if let Some((name, value)) = self.0.endpoint.switch {
            return self.set_field(name, Value::from(value));
        }
        let bodiless = matches!(self.0.body, CallBody::None) && self.0.endpoint.body == BodyKind::None;
        let method = self.0.route.as_ref().map_or(self.0.endpoint.method, |(method, _)| method.as_str());
        if bodiless && matches!(method, "GET" | "HEAD") {
            self.with_query("stream", true);
        } else {
            self.set_field("stream", Value::Bool(true));
        }
    }
}

impl Parts {
    /// A text of the body as it is sent.
    pub(crate) fn text_member(&self, name: &str) -> Option<String> {
        match self.fields.iter().find(|(known, _)| known == name) {
            Some((_, value)) => value.as_str().map(str::to_owned),
            None => self.body.text_member(name),
        }
    }
}

/// What a call can answer: JSON of a type, bytes, or nothing of interest.
pub trait Answer: Sized + 'static {
    /// Sends the call and reads the response as this.
    fn receive(call: Call) -> Pending<Self>;
}

impl<T: Json + Default + 'static> Answer for T {
    fn receive(call: Call) -> Pending<Self> {
        call.send()
    }
}

impl Answer for () {
    fn receive(call: Call) -> Pending<Self> {
        call.send_unit()
    }
}

impl Answer for Bytes {
    fn receive(call: Call) -> Pending<Self> {
        call.send_bytes()
    }
}

/// The body of an operation that has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBody;

impl Json for NoBody {
    fn read(&mut self, reader: &mut json::Reader<'_>) -> Result<(), json::ReadError> {
        reader.skip()
    }

    fn write(&self, writer: &mut json::Writer) {
        writer.null();
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &*self.0;
        let query: Vec<&str> = parts.query.iter().map(|(name, _)| name.as_str()).collect();
        let headers: Vec<&str> = parts.headers.iter().map(|(name, _)| name.as_str()).collect();
        let fields: Vec<&str> = parts.fields.iter().map(|(name, _)| name.as_str()).collect();
        let mut out = f.debug_struct("Call");
        out.field("operation", &parts.endpoint.id);
        match &parts.route {
            Some((method, path)) => out.field("method", &method.as_str()).field("path", &url::printable(path)),
            None => out.field("method", &parts.endpoint.method).field("path", &parts.endpoint.path),
        };
        out.field("query", &query)
            .field("headers", &headers)
            .field("fields", &fields)
            .field("timeout", &parts.timeout)
            .field("max_retries", &parts.max_retries)
            .field("problem", &parts.problem)
            .finish_non_exhaustive()
    }
}

impl<'a> From<&'a str> for HeaderArg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for HeaderArg<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a String> for HeaderArg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<HeaderValue> for HeaderArg<'_> {
    fn from(value: HeaderValue) -> Self {
        Self::Value(value)
    }
}

impl<'a> From<Option<&'a str>> for HeaderArg<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Remove, Self::from)
    }
}

impl fmt::Debug for HeaderArg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Remove) { "Remove" } else { "***" })
    }
}
