//! Every operation called through its public builder against a server that checks requests by the document.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use openai_raw::openai_runtime::json::{self, Json};
use openai_raw::openai_runtime::{ErrorKind, RawResponse, ResponseValue};
use openai_raw::request::{Operation, Request};
use openai_raw::{Client, index};
use serde_json::{Value, json};

pub use crate::generated::contract::CALLS;
use crate::sample::{Fill, Sample, Sampler};

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

/// What became of one call.
#[derive(Debug)]
pub struct Answered {
    /// The header in which the server counts the errors of the request.
    pub errors: Option<String>,
    /// What the server found wrong with the request.
    pub problems: Vec<String>,
    /// The status, if there was a response.
    pub status: Option<u16>,
    /// Whether the response was read as the operation's type, and if not, why.
    pub decoded: Result<(), String>,
}

/// The values that a call is made with.
#[derive(Debug)]
pub struct Input {
    sample: Sample,
}

impl Input {
    /// The values of a sample.
    #[must_use]
    pub fn new(sample: Sample) -> Self {
        Self { sample }
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

    /// Sends a call twice: for what the server says of the request, and to read the response.
    pub fn send<O: Operation>(&self, request: Request<O>) -> Sent {
        let call = request.into_call();
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
                    return Answered { errors: text(&headers, COUNT), problems, status, decoded };
                }
            };
            answered.decoded = output.await.map(drop).map_err(|error| error.to_string());
            answered
        })
    }
}

const COUNT: &str = "x-steady-error-count";

fn of_response<T>(raw: &RawResponse<T>) -> Answered {
    let headers = raw.headers();
    let status = Some(raw.status().as_u16());
    Answered { errors: text(headers, COUNT), problems: problems(headers), status, decoded: Ok(()) }
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

/// What the document has and the server of OpenAI's own SDKs (`steady`, 0.22.1) refuses all the same, so that it is not
/// sent: components and their fields, each with the reason.
pub const REFUSED: &[(&str, &str)] = &[
    ("CompoundFilter", "it does not follow `$recursiveRef`, by which a filter holds filters"),
    ("BetaCompoundFilter", "it does not follow `$recursiveRef`, by which a filter holds filters"),
    ("CreateEvalCompletionsRunDataSource.input_messages", "a text message fits two variants, and it wants one only"),
    (
        "RealtimeCallCreateRequest.session",
        "it reads no part of a form as JSON, which the document's `encoding` asks for",
    ),
    ("VadConfig.prefix_padding_ms", "a number in an object of a form is text to it"),
    ("VadConfig.silence_duration_ms", "a number in an object of a form is text to it"),
    ("VadConfig.threshold", "a number in an object of a form is text to it"),
];

/// What a run over all operations found.
#[derive(Debug, Default)]
pub struct Report {
    /// Operations called.
    pub operations: BTreeSet<String>,
    /// Calls made.
    pub calls: usize,
    /// Calls that were answered with success.
    pub answered: usize,
    /// Calls of which the server counted no error in the request.
    pub valid: usize,
    /// Calls whose response was read.
    pub decoded: usize,
    /// What was left out of the requests; see [`REFUSED`].
    pub left_out: Vec<String>,
    /// What went wrong, a line each.
    pub failures: Vec<String>,
}

impl Report {
    /// The line to print.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "operations": self.operations.len(),
            "calls": self.calls,
            "answered": self.answered,
            "valid": self.valid,
            "decoded": self.decoded,
            "left_out": self.left_out,
            "failures": self.failures,
        })
    }

    /// Whether every operation of the document was called and every call was valid, answered and read.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let all = [self.answered, self.valid, self.decoded].iter().all(|count| *count == self.calls);
        all && self.operations.len() == index::OPERATIONS.len() && self.failures.is_empty()
    }
}

/// Calls every operation: once with what is required, then with everything, `rounds` times, each time with other
/// variants. `counts` tells whether the server counts errors in a header of its own.
///
/// # Errors
/// The document has no such operation.
pub async fn run(document: &Value, client: &Client, rounds: usize, counts: bool) -> Result<Report, String> {
    let mut report = Report::default();
    let avoid: Vec<&str> = REFUSED.iter().filter(|_| counts).map(|(name, _)| *name).collect();
    report.left_out = avoid.iter().map(|name| (*name).to_owned()).collect();
    for case in cases(document, rounds, &avoid) {
        let Case { entry, sample, place } = case?;
        report.operations.insert(entry.id.to_owned());
        report.calls += 1;
        match (entry.call)(client, &Input::new(sample)) {
            Ok(sent) => report.note(&place, sent.await, counts),
            Err(problem) => report.failures.push(format!("{place}: {problem}")),
        }
    }
    Ok(report)
}

/// A request to be made.
#[derive(Clone, Debug)]
pub struct Case {
    /// The operation.
    pub entry: Entry,
    /// What it is called with.
    pub sample: Sample,
    /// How to name it in a line about what went wrong.
    pub place: String,
}

/// The requests of every operation, each different one once: with what is required, then with everything, `rounds` times,
/// each time with other variants. Nothing of the names `avoid` is made; see [`Sampler::avoiding`].
///
/// An item is an error if the document has no such operation.
pub fn cases<'a>(
    document: &'a Value,
    rounds: usize,
    avoid: &'a [&'a str],
) -> impl Iterator<Item = Result<Case, String>> + 'a {
    let fills = std::iter::once((Fill::Required, 0)).chain((0..rounds).map(|round| (Fill::All, round)));
    let entries = fills.flat_map(|fill| CALLS.iter().copied().flatten().map(move |entry| (fill, *entry)));
    let mut made = BTreeSet::new();
    entries.filter_map(move |((fill, round), entry)| {
        let id = entry.id;
        let Some(operation) = find(document, id) else {
            return Some(Err(format!("the document has no operation {id}")));
        };
        let sampler = Sampler::new(document, fill, round).with(entry.arguments).avoiding(avoid);
        let sample = sampler.request(operation, entry.media);
        // Most operations have few choices, and come back to the same request.
        let is_new = made.insert(format!("{id} {sample:?}"));
        is_new.then(|| Ok(Case { entry, sample, place: format!("{id} ({fill:?}, round {round})") }))
    })
}

/// An operation of a document, by its id.
pub fn find<'a>(document: &'a Value, id: &str) -> Option<&'a Value> {
    let items = document.get("paths")?.as_object()?.values().filter_map(Value::as_object);
    let mut operations = items.flat_map(|item| item.values());
    operations.find(|operation| operation.get("operationId").and_then(Value::as_str) == Some(id))
}

impl Report {
    fn note(&mut self, place: &str, answered: Answered, counts: bool) {
        let valid = answered.problems.is_empty() && (!counts || answered.errors.as_deref() == Some("0"));
        self.valid += usize::from(valid);
        self.answered += usize::from(answered.status.is_some_and(|status| (200..300).contains(&status)));
        self.decoded += usize::from(answered.decoded.is_ok());
        if !valid {
            let errors = answered.errors.as_deref().unwrap_or("no count of");
            self.failures.push(format!("{place}: {errors} errors: {}", answered.problems.join("; ")));
        }
        if let Err(error) = answered.decoded {
            self.failures.push(format!("{place}: {error}"));
        }
    }
}
