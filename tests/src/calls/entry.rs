//! A call of one operation: its values, the future that makes it, and the answer.

use std::future::Future;
use std::pin::Pin;

use openai_raw::Client;
use openai_raw::openai_runtime::json::{self, Json};
use openai_raw::openai_runtime::{Call, Error, ErrorKind, RawResponse, ResponseValue};
use openai_raw::request::{Operation, Request};
use serde_json::Value;

use super::sample::Sample;

/// One operation's call.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The operation's id.
    pub id: &'static str,
    /// The media type of the body that is sent.
    pub media: Option<&'static str>,
    /// Fields of the body that the builder takes as arguments, whatever the document requires.
    pub arguments: &'static [&'static str],
    /// Makes the call.
    pub call: fn(&Client, &Input) -> Result<Sent, String>,
}

/// A call under way, to the end of both its requests.
pub type Sent = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// The outcome of one call.
#[derive(Debug)]
pub struct Answered {
    /// The header in which the server counts the errors of the request.
    pub errors: Option<String>,
    /// The faults that the server found in the request.
    pub problems: Vec<String>,
    /// The status, if there was a response.
    pub status: Option<u16>,
    /// An error if the response was not read as the operation's type.
    pub decoded: Result<(), String>,
    /// The text that is shown of the error, if there was one: `Display`, `Debug`, its causes and its headers.
    pub shown: String,
}

/// The values that a call is made with.
#[derive(Debug)]
pub struct Input {
    sample: Sample,
    reading: Reading,
    options: fn(&mut Call),
}

/// A way to read the responses of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Twice: as they come, and as the operation's type.
    Both,
    /// Once, as the operation's type, for what is shown of it.
    Shown,
    /// Once, as a stream of events, for what is shown of it.
    ShownEvents,
}

impl Input {
    /// The values of a sample.
    #[must_use]
    pub fn new(sample: Sample) -> Self {
        Self { sample, reading: Reading::Both, options: |_| {} }
    }

    /// The values, with another way to read the responses, and with options that each call gets.
    #[must_use]
    pub fn reading(self, reading: Reading, options: fn(&mut Call)) -> Self {
        Self { reading, options, ..self }
    }

    /// A parameter of the path, as text.
    ///
    /// # Errors
    /// The sample has none.
    pub fn path(&self, name: &str) -> Result<String, String> {
        match self.sample.path.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Ok(other.to_string()),
            None => Err(format!("the sample has no path parameter {name}")),
        }
    }

    /// A required parameter of the query.
    ///
    /// # Errors
    /// The sample has none, or one that the type does not read.
    pub fn query<T: Json + Default>(&self, name: &str) -> Result<T, String> {
        self.some_query(name)?.ok_or_else(|| format!("the sample has no query parameter {name}"))
    }

    /// A required field of the body.
    ///
    /// # Errors
    /// The sample has none, or one that the type does not read.
    pub fn body<T: Json + Default>(&self, name: &str) -> Result<T, String> {
        self.some_body(name)?.ok_or_else(|| format!("the sample has no field {name}"))
    }

    /// The whole body.
    ///
    /// # Errors
    /// The sample has none, or one that the type does not read.
    pub fn whole<T: Json + Default>(&self) -> Result<T, String> {
        read("the body", self.sample.body.as_ref())?.ok_or_else(|| "the sample has no body".into())
    }

    /// A parameter of the query, if the sample has it.
    ///
    /// # Errors
    /// The type does not read it.
    pub fn some_query<T: Json + Default>(&self, name: &str) -> Result<Option<T>, String> {
        // Some lists have their brackets in the document already.
        let value = self.sample.query.get(name).or_else(|| self.sample.query.get(&format!("{name}[]")));
        read(name, value)
    }

    /// A header, if the sample has it.
    ///
    /// # Errors
    /// The type does not read it.
    pub fn some_header<T: Json + Default>(&self, name: &str) -> Result<Option<T>, String> {
        read(name, self.sample.header.get(name))
    }

    /// A field of the body, if the sample has it.
    ///
    /// # Errors
    /// The type does not read it.
    pub fn some_body<T: Json + Default>(&self, name: &str) -> Result<Option<T>, String> {
        read(name, self.sample.body.as_ref().and_then(|body| body.get(name)))
    }

    /// Sends a call twice: for what the server says of the request, and to read the response. Once if only that is wanted
    /// which is shown.
    pub fn send<O: Operation>(&self, request: Request<O>) -> Sent {
        let mut call = request.into_call();
        (self.options)(&mut call);
        match self.reading {
            Reading::Both => {}
            Reading::Shown => return Box::pin(shown_of(O::Output::send_call(call))),
            Reading::ShownEvents => return Box::pin(shown_of_events(call)),
        }
        let raw = call.clone().send_raw::<O::Output>();
        let output = O::Output::send_call(call);
        Box::pin(async move {
            let mut answered = match raw.await {
                Ok(raw) => of_response(&raw),
                Err(error) => {
                    let headers = error.headers().cloned().unwrap_or_default();
                    let problems = problems(&headers);
                    let status = error.status().map(|status| status.as_u16());
                    let known = error.kind() == ErrorKind::BadRequest && !problems.is_empty();
                    let decoded = Err(if known { "the server refused it".into() } else { error.to_string() });
                    let shown = shown(&error);
                    return Answered { errors: text(&headers, COUNT), problems, status, decoded, shown };
                }
            };
            let output = output.await.map(drop);
            answered.shown = output.as_ref().err().map(shown).unwrap_or_default();
            answered.decoded = output.map_err(|error| error.to_string());
            answered
        })
    }
}

const COUNT: &str = "x-steady-error-count";

fn of_response<T>(raw: &RawResponse<T>) -> Answered {
    let headers = raw.headers();
    let status = Some(raw.status().as_u16());
    let (errors, problems) = (text(headers, COUNT), problems(headers));
    Answered { errors, problems, status, decoded: Ok(()), shown: String::new() }
}

/// Awaits one call for the text that is shown of it.
async fn shown_of<T>(output: impl Future<Output = Result<T, Error>>) -> Answered {
    let outcome = output.await.map(drop);
    let status = outcome.as_ref().err().and_then(Error::status).map(|status| status.as_u16());
    let shown = outcome.as_ref().err().map(shown).unwrap_or_default();
    let decoded = outcome.map_err(|error| error.to_string());
    Answered { errors: None, problems: Vec::new(), status, decoded, shown }
}

async fn shown_of_events(call: Call) -> Answered {
    let mut stream_shown = String::new();
    let read = async {
        let mut events = call.stream::<Value>().await?;
        stream_shown = format!("{events:?} {:?}", events.headers());
        while let Some(event) = events.next().await {
            event?;
        }
        Ok(())
    };
    let mut answered = shown_of(read).await;
    answered.shown += &stream_shown;
    answered
}

/// Returns all that is shown of an error: `Display`, `Debug`, its headers and its causes.
#[must_use]
pub fn shown(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{}\n{:?}", error.message(), error.headers());
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!("\n{error}\n{error:?}");
        cause = error.source();
    }
    text
}

type Headers = openai_raw::openai_runtime::http::HeaderMap;

fn text(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// `x-steady-error-1-path` and `x-steady-error-1-message`, and so on.
fn problems(headers: &Headers) -> Vec<String> {
    let one = |index: usize| {
        let part = |what: &str| text(headers, &format!("x-steady-error-{index}-{what}"));
        Some(format!("{}: {}", part("path").unwrap_or_default(), part("message")?))
    };
    (1..=20).map_while(one).collect()
}

fn read<T: Json + Default>(name: &str, value: Option<&Value>) -> Result<Option<T>, String> {
    let Some(value) = value else { return Ok(None) };
    let read = json::from_slice::<T>(value.to_string().as_bytes());
    read.map(Some).map_err(|error| format!("the sample's {name} is not read: {error}"))
}
