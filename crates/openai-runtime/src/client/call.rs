//! One call being made.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::handle::Client;
use crate::error::Result;
use crate::exchange::execution::start;
use crate::exchange::prepared::Mode;
use crate::input::Given;
use crate::io::transport::BoxFuture;
use crate::json::Json;
use crate::request::endpoint::Endpoint;
use crate::request::headers::HeaderArg;
use crate::request::inputs::CallInputs;
use crate::response::reply::Reply;

/// One call being made: an endpoint and its inputs. Generated builders wrap it.
///
/// An input that can't be sent, as an empty path parameter, is kept and becomes the error of the call.
#[derive(Clone)]
pub struct Call {
    pub(crate) client: Client,
    pub(crate) inputs: Box<CallInputs>,
}

impl Call {
    /// A call of an endpoint.
    #[must_use]
    pub fn new(client: &Client, endpoint: &'static Endpoint) -> Self {
        Self { client: client.clone(), inputs: Box::new(CallInputs::new(endpoint)) }
    }

    /// Sets a parameter of the path.
    #[must_use]
    pub fn path(mut self, name: &'static str, value: &str) -> Self {
        self.inputs.set_path(name, value);
        self
    }

    /// Sets a parameter of the path that may be an array or an object.
    pub fn path_value(&mut self, name: &'static str, value: &dyn Json) {
        self.inputs.set_path_value(name, value);
    }

    /// Adds a cookie that is an input of the operation; null leaves it out.
    pub fn cookie(&mut self, name: &'static str, value: &dyn Json) {
        self.inputs.set_cookie(name, value);
    }

    /// Returns an input that may not fit. Why it does not becomes the error of the call.
    #[doc(hidden)]
    pub fn given<T: Default>(&mut self, name: &str, value: Given<T>) -> T {
        value.unwrap_or_else(|error| {
            self.inputs.set_problem(error.in_field(name).to_string());
            T::default()
        })
    }

    /// Sets a parameter of the query; null leaves it out.
    pub fn query(&mut self, name: &'static str, value: &dyn Json) {
        self.inputs.set_query(name, value);
    }

    /// Sets a header that is an input of the operation; null leaves it out.
    pub fn header(&mut self, name: &'static str, value: &dyn Json) {
        self.inputs.set_header(name, value);
    }

    /// Sets the body; it is encoded at once.
    pub fn body(&mut self, body: &dyn Json) {
        self.inputs.set_body(body);
    }

    /// Sets a field of the body; it wins over the body's own.
    pub fn set_field(&mut self, name: impl Into<String>, value: Value) {
        self.inputs.set_field(name.into(), value);
    }

    /// Limits the time of each attempt; of a stream: until the response's headers are there.
    pub fn with_timeout(&mut self, limit: Duration) {
        self.inputs.timeout = Some(limit);
    }

    /// Limits how many times a failed attempt is made again.
    pub fn with_max_retries(&mut self, count: u32) {
        self.inputs.max_retries = Some(count);
    }

    /// Limits the size of the response in bytes, unpacked, also of one that is handed on as it comes or written to a file;
    /// see [`max_response_size`](crate::ClientBuilder::max_response_size).
    pub fn with_max_response_size(&mut self, bytes: usize) {
        self.inputs.max_response_size = Some(bytes);
    }

    /// Sets a header, or takes it out if the value is `None`.
    pub fn with_header<'a>(&mut self, name: &str, value: impl Into<HeaderArg<'a>>) {
        self.inputs.change_header(name, value.into());
    }

    /// Sets a parameter of the query by name.
    pub fn with_query(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.inputs.query.push((name.into(), value.into()));
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
        self.inputs.total = Some(limit);
    }

    /// Attaches an option of a layer above. There is one value of each type, and it wins over the client's.
    pub fn with_extension<T: Clone + Send + Sync + 'static>(&mut self, value: T) {
        self.inputs.extensions.insert(value);
    }

    /// Returns the option of this type that a layer above attached to the call, or else to its client.
    #[must_use]
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.inputs.extensions.get().or_else(|| self.client.extension())
    }

    /// Takes over how another call is made, for a call that goes on with what that one began: headers, query, limits of
    /// time and of retries. What this call has itself wins. What belongs to the other's body stays there, as does its
    /// `Idempotency-Key`.
    pub fn with_options_of(&mut self, other: &Self) {
        self.inputs.adopt(&other.inputs, |_| true);
        self.inputs.own_query.extend(&other.inputs.own_query);
    }

    /// The same for a call of another operation, which has no use for this one's inputs in the query.
    pub(crate) fn with_manner_of(&mut self, other: &Self) {
        self.inputs.adopt(&other.inputs, |name| !other.inputs.own_query.contains(&name));
    }

    /// The JSON text of the body as it would be sent, with the [fields that are added](Endpoint::unset), for what takes bodies alone, as a file with many requests.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest): an input that can't be sent, a body that is no JSON
    /// but a form, or a header or a parameter of the query, which a body has no place for.
    pub fn json_body(&self) -> Result<Bytes> {
        self.inputs.json_body(self.client.channel().takes_added_fields())
    }

    /// The endpoint that is called.
    #[must_use]
    pub fn endpoint(&self) -> &'static Endpoint {
        self.inputs.endpoint
    }

    /// The client that calls.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Starts the call.
    pub(crate) fn start(self, mode: Mode) -> BoxFuture<Result<Reply>> {
        start(self.client.channel().clone(), self.inputs, mode)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inputs.fmt(f)
    }
}
