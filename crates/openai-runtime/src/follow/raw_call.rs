//! Calls of endpoints that the SDK does not know.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::download::PartialFile;
use crate::client::call::Call;
use crate::client::handle::Client;
use crate::client::pending::Pending;
use crate::events::byte_stream::ByteStream;
use crate::events::event_stream::EventStream;
use crate::events::streaming_response::StreamingResponse;
use crate::request::body::{CallBody, leading_first};
use crate::request::endpoint::{Endpoint, Security};
use crate::request::form_value::FormValue;
use crate::request::headers::HeaderArg;
use crate::request::input_file::InputFile;
use crate::response::raw_response::RawResponse;

static UNDOCUMENTED: Endpoint = Endpoint { id: "request", method: "", ..Endpoint::DEFAULT };

impl Client {
    /// A call of an endpoint that the SDK does not know, below the base URL, with auth, retries and errors as any
    /// other.
    pub fn request(&self, method: http::Method, path: impl Into<String>) -> RawCall {
        RawCall::new(self, method, path.into())
    }
}

/// A call of any method and path; made by [`Client::request`].
#[derive(Clone, Debug)]
pub struct RawCall {
    call: Call,
}

impl RawCall {
    #[inline]
    fn new(client: &Client, method: Method, path: String) -> Self {
        let mut call = Call::new(client, &UNDOCUMENTED);
        call.inputs.route = Some((method, path));
        Self { call }
    }

    /// Sets the body, sent as JSON. `model`, `stream` and `service_tier` are written first.
    #[must_use]
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        if matches!(self.call.inputs.body, CallBody::Members(_)) {
            self.call.inputs.set_problem("a call has a JSON body or a form, not both".into());
        }
        match serde_json::to_vec(body) {
            Ok(text) => self.call.inputs.body = CallBody::Json(leading_first(text.into())),
            Err(error) => self.call.inputs.set_problem(format!("the body can't be written as JSON: {error}")),
        }
        self
    }

    /// Sets the body to a form, `multipart/form-data`; arrays and objects are encoded by brackets.
    ///
    /// ```no_run
    /// # async fn example(client: &openai_runtime::Client) -> openai_runtime::Result<()> {
    /// let upload = client
    ///     .request(http::Method::POST, "/files")
    ///     .form(&serde_json::json!({ "purpose": "user_data" }))
    ///     .file("file", openai_runtime::InputFile::from_path("notes.pdf"));
    /// println!("{}", upload.send().await?.json()?);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn form(mut self, fields: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_value(fields) {
            Ok(Value::Object(fields)) => self.members(|members| {
                members.extend(fields.into_iter().map(|(name, value)| (name, FormValue::Json(value))));
            }),
            Ok(_) => self.call.inputs.set_problem("the fields of a form are an object".into()),
            Err(error) => self.call.inputs.set_problem(format!("the fields of the form can't be written: {error}")),
        }
        self
    }

    /// Adds a file to the form.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, file: impl Into<InputFile>) -> Self {
        self.members(|members| members.push((name.into(), FormValue::File(file.into()))));
        self
    }

    fn members(&mut self, add: impl FnOnce(&mut Vec<(String, FormValue)>)) {
        let body = &mut self.call.inputs.body;
        if matches!(body, CallBody::None) {
            *body = CallBody::Members(Vec::new());
        }
        match body {
            CallBody::Members(members) => add(members),
            _ => self.call.inputs.set_problem("a call has a JSON body or a form, not both".into()),
        }
    }

    /// Sets a parameter of the query; arrays and objects are encoded by brackets.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.call.with_query(name, value);
        self
    }

    /// Sends the admin key instead of the API key.
    #[must_use]
    #[inline]
    pub fn with_admin_key(mut self) -> Self {
        self.call.inputs.security = Security::Admin;
        self
    }

    /// Limits the time of each attempt.
    #[must_use]
    #[inline]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.call.with_timeout(limit);
        self
    }

    /// Limits the time of the whole call: all its attempts and the waits between them, up to the end of the response, or
    /// of a stream up to the response's headers. When it is over, the call ends with an error of kind
    /// [`Timeout`](crate::ErrorKind::Timeout), also in the midst of an attempt. There is no limit by default.
    #[must_use]
    #[inline]
    pub fn with_total_timeout(mut self, limit: Duration) -> Self {
        self.call.with_total_timeout(limit);
        self
    }

    /// Limits how many times a failed attempt is made again.
    #[must_use]
    #[inline]
    pub fn with_max_retries(mut self, count: u32) -> Self {
        self.call.with_max_retries(count);
        self
    }

    /// Limits the size of the response in bytes, unpacked, also of one that is handed on as it comes or written to a file;
    /// see [`max_response_size`](crate::ClientBuilder::max_response_size).
    #[must_use]
    #[inline]
    pub fn with_max_response_size(mut self, bytes: usize) -> Self {
        self.call.with_max_response_size(bytes);
        self
    }

    /// Sets a header, or takes it out if the value is `None`.
    #[must_use]
    pub fn with_header<'a>(mut self, name: &str, value: impl Into<HeaderArg<'a>>) -> Self {
        self.call.with_header(name, value);
        self
    }

    /// Sets a parameter of the query; the same as [`query`](Self::query).
    #[must_use]
    pub fn with_query(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.query(name, value)
    }

    /// Sets a field of the body; it wins over the body's own.
    #[must_use]
    pub fn with_body_field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.call.with_body_field(name, value);
        self
    }

    /// Sends an `Idempotency-Key`, the same for all attempts.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.call.with_idempotency_key(key);
        self
    }

    /// Sends the call and gives the response, to be read later.
    #[inline]
    pub fn send(self) -> Pending<RawResponse<Value>> {
        self.call.send_raw()
    }

    /// Sends the call and returns the response once its head is there. Its body is read later, as the caller chooses.
    #[inline]
    pub fn send_streaming(self) -> Pending<StreamingResponse<Value>> {
        self.call.send_streaming()
    }

    /// Sends the call and gives the response's body.
    #[inline]
    pub fn send_bytes(self) -> Pending<Bytes> {
        self.call.send_bytes()
    }

    /// Sends the call and writes the response's body to a file; see [`Call::send_to_file`].
    pub fn send_to_file(self, path: impl Into<PathBuf>) -> Pending<u64> {
        self.call.send_to_file(path)
    }

    /// Goes on with a download that failed; see [`Call::resume_to_file`].
    #[inline]
    pub fn resume_to_file(self, partial: PartialFile) -> Pending<u64> {
        self.call.resume_to_file(partial)
    }

    /// Sends the call and gives the response's body as it comes.
    #[inline]
    pub fn bytes_stream(self) -> Pending<ByteStream> {
        self.call.bytes_stream()
    }

    /// Sends the call with `stream: true` and gives the events of the response as they come.
    #[inline]
    pub fn stream(self) -> Pending<EventStream<Value>> {
        self.call.stream()
    }

    /// The call, for what is not offered here.
    #[must_use]
    #[inline]
    pub fn into_call(self) -> Call {
        self.call
    }
}
