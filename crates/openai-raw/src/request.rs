//! Calls as they are being made: one builder for all operations.
//!
//! A struct for each operation with a dozen methods of its own would be 2,500 more functions for every user's compiler.

use std::fmt::{self, Debug};
use std::path::PathBuf;
use std::time::Duration;

use openai_runtime::input::Given;
use openai_runtime::json::{Json, Value};
use openai_runtime::{
    BodyKind, ByteStream, Call, Endpoint, HeaderArg, Items, ListPage, PartialFile, Pending, Poller, Polling,
    RawResponse, ResponseValue, StreamedEvent, StreamingResponse, WithHead,
};

/// An operation: the types of its request and response, and its endpoint.
pub trait Operation: 'static {
    /// The request body; `NoBody` if there is none.
    type Body: Json + Clone + Debug + Send + Sync;
    /// The value that `send` returns.
    type Output: ResponseValue + Debug + Send + Sync;
    /// Its method, its path and everything else that a call sends without being told.
    const ENDPOINT: &'static Endpoint;
}

/// An operation that can stream.
#[diagnostic::on_unimplemented(
    message = "this operation does not stream",
    label = "`{Self}` has no stream of events",
    note = "send the call by `.send()`, or by `.send_streaming()` for its bytes as they arrive"
)]
pub trait Streams: Operation {
    /// An event of the stream.
    type Event: StreamedEvent + Debug + Send + Sync;
}

/// A list operation whose response leads to a next page.
#[diagnostic::on_unimplemented(
    message = "this operation does not return a list with pages",
    label = "`{Self}` has no pages",
    note = "send the call by `.send()`"
)]
pub trait Pages: Operation<Output: ListPage> {}

/// An operation that begins, changes or fetches a long-running operation.
#[diagnostic::on_unimplemented(
    message = "this operation does not begin a long-running one",
    label = "`{Self}` has nothing to poll for",
    note = "send the call by `.send()`; `poll` stands at operations that fetch the state, `send_and_poll` at those that begin or change it"
)]
pub trait Polls: Operation {
    /// The long-running operation: a batch, a run.
    type State: Json + Default + Debug + Send + Sync + 'static;
    /// The way it is polled.
    const POLLING: &'static Polling;
}

/// An operation that fetches a long-running operation.
#[diagnostic::on_unimplemented(
    message = "this operation does not fetch the state of a long-running one",
    label = "`{Self}` has nothing to poll",
    note = "send the call by `.send()`, or by `.send_and_poll()` where it begins a long-running operation"
)]
pub trait Pollable: Polls {}

/// An operation whose response is bytes.
#[diagnostic::on_unimplemented(
    message = "the response of this operation is not bytes",
    label = "`{Self}` returns a value",
    note = "send the call by `.send()`; `.send_raw()` gives the response as it came"
)]
pub trait Bytes: Operation {}

/// A call that is being made. Its setters are those of the operation's alias, as
/// `resources::chat::completions::Create`.
///
/// # Examples
///
/// Options of the call start with `with_`, and the final method says how it is sent:
///
/// ```
/// use std::time::Duration;
///
/// use openai_raw::openai_runtime::Result;
/// use openai_raw::request::{Operation, Request};
///
/// async fn send_patiently<O: Operation>(call: Request<O>) -> Result<O::Output> {
///     call.with_timeout(Duration::from_secs(120)).with_max_retries(5).send().await
/// }
/// ```
#[must_use = "nothing is sent before `send` or another final method"]
pub struct Request<O: Operation> {
    call: Call,
    body: O::Body,
}

impl<O: Operation> Request<O> {
    #[allow(dead_code, reason = "a build without any area has no operation")]
    pub(crate) fn new(call: Call, body: O::Body) -> Self {
        Self { call, body }
    }

    #[allow(dead_code, reason = "a build without any area has no operation")]
    pub(crate) fn query<T: Json + Default>(mut self, name: &'static str, value: Given<Option<T>>) -> Self {
        let value = self.call.given(name, value);
        self.call.query(name, &value);
        self
    }

    #[allow(dead_code, reason = "a build without any area has no operation")]
    pub(crate) fn header<T: Json + Default>(mut self, name: &'static str, value: Given<Option<T>>) -> Self {
        let value = self.call.given(name, value);
        self.call.header(name, &value);
        self
    }

    #[allow(dead_code, reason = "few documents have cookies")]
    pub(crate) fn cookie<T: Json + Default>(mut self, name: &'static str, value: Given<Option<T>>) -> Self {
        let value = self.call.given(name, value);
        self.call.cookie(name, &value);
        self
    }

    /// Limits the time of each attempt. For a stream the time ends when the response's headers arrive.
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.call.with_timeout(limit);
        self
    }

    /// Limits the time of the whole call: all its attempts and the waits between them, up to the end of the response,
    /// or of a stream up to the response's headers. When it is over, the call ends with an error of kind
    /// [`Timeout`](openai_runtime::ErrorKind::Timeout), also in the midst of an attempt. There is no limit by default.
    pub fn with_total_timeout(mut self, limit: Duration) -> Self {
        self.call.with_total_timeout(limit);
        self
    }

    /// Limits the number of retries.
    pub fn with_max_retries(mut self, count: u32) -> Self {
        self.call.with_max_retries(count);
        self
    }

    /// Limits the size of the response in bytes, unpacked. The limit holds for any way to send the call, also for one
    /// that writes the response to a file. When it is passed, the call ends with an error of kind
    /// [`Limit`](openai_runtime::ErrorKind::Limit). Without it, a response that is read as a whole has the client's
    /// [`max_response_size`](openai_runtime::ClientBuilder::max_response_size), and others have no limit.
    pub fn with_max_response_size(mut self, bytes: usize) -> Self {
        self.call.with_max_response_size(bytes);
        self
    }

    /// Sets a header, or removes it if the value is `None`.
    pub fn with_header<'a>(mut self, name: &str, value: impl Into<HeaderArg<'a>>) -> Self {
        self.call.with_header(name, value);
        self
    }

    /// Sets a parameter of the query by name. The SDK need not know it.
    pub fn with_query(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.call.with_query(name, value);
        self
    }

    /// Sets a field of the request body by name. The SDK need not know it; it replaces the field of the type.
    pub fn with_body_field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.call.with_body_field(name, value);
        self
    }

    /// Sets the `Idempotency-Key`, which is the same for all attempts.
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.call.with_idempotency_key(key);
        self
    }

    /// Attaches an option of a layer above, as `openai-ext`. There is one value of each type, and it wins over the client's.
    pub fn with_extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.call.with_extension(value);
        self
    }

    /// Returns the option of this type that is attached to the call, or else to its client.
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.call.extension()
    }

    /// Returns the request body as it is so far.
    pub fn body(&self) -> &O::Body {
        &self.body
    }

    /// Returns the request body as it is so far, to be changed.
    pub fn body_mut(&mut self) -> &mut O::Body {
        &mut self.body
    }

    /// Sends the call and reads the response.
    pub fn send(self) -> Pending<O::Output> {
        O::Output::send_call(self.into_call())
    }

    /// Sends the call and returns the response with its status and headers. Its body is read later.
    pub fn send_raw(self) -> Pending<RawResponse<O::Output>> {
        self.into_call().send_raw()
    }

    /// Sends the call and returns the value with the head of the response: its status, headers, request id and rate
    /// limits.
    pub fn send_with_head(self) -> Pending<WithHead<O::Output>> {
        self.into_call().send_with_head()
    }

    /// Sends the call and returns the response once its head is there. Its body is read later, as bytes, events or a
    /// value.
    pub fn send_streaming(self) -> Pending<StreamingResponse<O::Output>> {
        self.into_call().send_streaming()
    }

    /// Returns the call itself, for helpers that send it in another way.
    pub fn into_call(mut self) -> Call {
        if O::ENDPOINT.body != BodyKind::None {
            self.call.body(&self.body);
        }
        self.call
    }
}

impl<O: Polls> Request<O> {
    /// Sends the call and polls the long-running operation until it is done; see [`Poller`].
    pub fn send_and_poll(self) -> Poller<O::State> {
        self.into_call().send_and_poll(O::POLLING)
    }
}

impl<O: Pollable> Request<O> {
    /// Polls the long-running operation until it is done; see [`Poller`].
    pub fn poll(self) -> Poller<O::State> {
        self.send_and_poll()
    }
}

/// The bounds stand at the methods, so that the compiler says in the words of the trait what is missing.
impl<O: Operation> Request<O> {
    /// Returns the pages of the list. Each is fetched when it is asked for.
    pub fn pages(self) -> openai_runtime::Pages<O::Output>
    where
        O: Pages,
    {
        self.into_call().pages()
    }

    /// Returns the items of the list, over all its pages.
    pub fn items(self) -> Items<O::Output>
    where
        O: Pages,
    {
        self.into_call().items()
    }

    /// Sends the call and returns the response's bytes.
    pub fn send_bytes(self) -> Pending<openai_runtime::bytes::Bytes>
    where
        O: Bytes,
    {
        self.into_call().send_bytes()
    }

    /// Sends the call and writes the response to a file, which appears only when it is complete. Returns the number
    /// of bytes; see [`Call::send_to_file`] for a response that breaks off.
    pub fn send_to_file(self, path: impl Into<PathBuf>) -> Pending<u64>
    where
        O: Bytes,
    {
        self.into_call().send_to_file(path)
    }

    /// Resumes a download that failed, to the path that it was meant for. Returns the number of bytes of the whole
    /// file.
    pub fn resume_to_file(self, partial: PartialFile) -> Pending<u64>
    where
        O: Bytes,
    {
        self.into_call().resume_to_file(partial)
    }

    /// Sends the call and returns the response's bytes as they arrive.
    pub fn bytes_stream(self) -> Pending<ByteStream>
    where
        O: Bytes,
    {
        self.into_call().bytes_stream()
    }
}

impl<O: Operation> Clone for Request<O> {
    fn clone(&self) -> Self {
        Self { call: self.call.clone(), body: self.body.clone() }
    }
}

impl<O: Operation> fmt::Debug for Request<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("call", &self.call).field("body", &self.body).finish()
    }
}
