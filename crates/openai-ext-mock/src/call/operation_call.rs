//! A request as a handler sees it: routed, its body read, with a generator at hand.

use std::borrow::Cow;
use std::cell::Cell;

use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use crate::document::{self, Operation};
use crate::schema::Rng;
use crate::schema::generate::{Generator, Hints};
use crate::script::{Said, Scripts, Turn};
use crate::wire::multipart::{self, FormPart};
use crate::wire::{FaultPlan, ReceivedRequest};

/// One call of an operation.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a ReceivedRequest,
    pub(crate) operation: &'static Operation,
    /// The JSON body, or the fields of a form as if they had come as JSON; null if there is neither.
    pub(crate) body: Value,
    /// The files of a form.
    pub(crate) files: Vec<FormPart>,
    rng: Rng,
    /// The time of the call, if the server keeps a clock.
    now: Option<u64>,
    scripts: &'a Scripts,
    /// The turn of the model.
    turn: Option<Said>,
    /// The faults of the turns that the call took.
    faults: Cell<FaultPlan>,
}

/// The model to name where neither request nor answer says one.
const MODEL: &str = "gpt-5.5";

impl<'a> Call<'a> {
    /// Reads the body by its content type; an error is the message about a body that cannot be read.
    pub(crate) fn read(
        request: &'a ReceivedRequest,
        operation: &'static Operation,
        rng: Rng,
        scripts: &'a Scripts,
    ) -> Result<Self, String> {
        let mut call = Self {
            request,
            operation,
            body: Value::Null,
            files: Vec::new(),
            rng,
            now: None,
            scripts,
            turn: None,
            faults: Cell::default(),
        };
        let content_type = request.header(CONTENT_TYPE.as_str()).unwrap_or_default().to_ascii_lowercase();
        if content_type.starts_with("multipart/") {
            let header = request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
            let parts = multipart::parse(header, &request.body)
                .map_err(|error| format!("We could not read the multipart body of your request: {error}."))?;
            call.body = multipart::to_json(&parts);
            call.files = parts.into_iter().filter(|part| part.filename.is_some()).collect();
        } else if content_type.contains("json")
            || operation.accepts_json() && !content_type.starts_with("application/sdp")
        {
            call.body = read_json(&request.body)?;
        }
        Ok(call)
    }

    /// The same call at a time that the server's clock says.
    pub(crate) fn at(mut self, now: u64) -> Self {
        self.now = Some(now);
        self
    }

    /// The same call with what the model is to say.
    pub(crate) fn saying(mut self, turn: Option<Said>) -> Self {
        self.turn = turn;
        self
    }

    /// The turn of the model, if a test wrote it down.
    pub(crate) fn turn(&self) -> Option<&Said> {
        self.turn.as_ref()
    }

    /// Takes the next turn of the model, if a test wrote one down. Its faults become those of the call's answer.
    pub(crate) fn take_turn(&self) -> Option<Said> {
        self.scripts.next_turn().map(|turn| self.take(&turn))
    }

    /// Takes a turn, whose faults become those of the call's answer.
    pub(crate) fn take(&self, turn: &Turn) -> Said {
        let mut faults = self.faults.get();
        faults.impose(turn.faults());
        self.faults.set(faults);
        turn.said.clone()
    }

    /// The faults of the turns that the call took.
    pub(crate) fn faults(&self) -> FaultPlan {
        self.faults.get()
    }

    /// When the call came in.
    pub(crate) fn now(&self) -> u64 {
        self.now.unwrap_or_else(|| self.generator().now())
    }

    /// The scripts of tests.
    pub(crate) fn scripts(&self) -> &'a Scripts {
        self.scripts
    }

    /// True if the body came as a form, whose fields are all text.
    pub(crate) fn has_form(&self) -> bool {
        let content_type = self.request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        content_type.to_ascii_lowercase().starts_with("multipart/")
    }

    pub(crate) fn rng(&self) -> Rng {
        self.rng.clone()
    }

    /// A generator for schemas of the document that knows what the request said.
    pub(crate) fn generator(&self) -> Generator<'static> {
        self.generator_with(self.hints())
    }

    /// A generator that knows nothing of the request.
    pub(crate) fn plain_generator(&self) -> Generator<'static> {
        self.generator_with(Hints::default())
    }

    /// A generator of lists, whose items are set afterwards.
    pub(crate) fn list_generator(&self) -> Generator<'static> {
        self.generator_with(Hints { lengths: [("data", 0)].into(), ..Hints::default() })
    }

    fn generator_with(&self, hints: Hints) -> Generator<'static> {
        let generator = Generator::new(document::root(), self.rng(), hints);
        match self.now {
            Some(now) => generator.at(now),
            None => generator,
        }
    }

    /// A field of the body, null if it is absent.
    pub(crate) fn field(&self, name: &str) -> &Value {
        &self.body[name]
    }

    /// True if the body's field says so; forms say it in words.
    pub(crate) fn flag(&self, name: &str) -> bool {
        *self.field(name) == true || *self.field(name) == "true"
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        let field = self.field(name);
        field.as_u64().or_else(|| field.as_str()?.parse().ok())
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The model that the request names.
    pub(crate) fn model(&self) -> Cow<'_, str> {
        self.field("model").as_str().map_or(Cow::Borrowed(MODEL), Cow::Borrowed)
    }

    /// True if the request asks for a stream of events, or if the operation answers with nothing else.
    pub(crate) fn wants_stream(&self) -> bool {
        let asked =
            self.flag("stream") || *self.field("stream_format") == "sse" || self.query("stream") == Some("true");
        (asked || self.operation.only_streams()) && self.operation.streams()
    }

    /// The number of answers that are asked for at once, within reason.
    pub(crate) fn count(&self) -> u64 {
        self.number("n").unwrap_or(1).clamp(1, 128)
    }

    fn hints(&self) -> Hints {
        let mut hints = Hints { outer: self.body.as_object().cloned().unwrap_or_default(), ..Hints::default() };
        if let Some(model) = self.field("model").as_str() {
            hints.anywhere.insert("model".to_owned(), Value::from(model));
        }
        for (name, value) in &self.request.parameters {
            hints.anywhere.insert((*name).to_owned(), Value::from(value.as_str()));
        }
        if let Some(id) = self.last_parameter() {
            hints.outer.insert("id".to_owned(), Value::from(id));
        }
        if let Some(file) = self.files.first() {
            hints.outer.insert("filename".to_owned(), json!(file.filename));
            hints.outer.insert("bytes".to_owned(), json!(file.data.len()));
        }
        if self.operation.path().starts_with("/images") {
            hints.lengths.insert("data", self.count());
        }
        if let Some(inputs) = self.field("input").as_array() {
            hints.lengths.insert("results", inputs.len() as u64);
        }
        hints
    }

    /// The id of the thing that the path names: `/files/{file_id}` answers with that file.
    fn last_parameter(&self) -> Option<&str> {
        let last = self.operation.path().rsplit('/').next()?;
        self.request.parameter(last.strip_prefix('{')?.strip_suffix('}')?)
    }
}

/// Fields of `body` that the request set, for answers that repeat them.
pub(crate) fn echo(body: &Value, names: &[&str]) -> Map<String, Value> {
    let set = names.iter().filter_map(|name| Some(((*name).to_owned(), body.get(*name)?.clone())));
    set.filter(|(_, value)| !value.is_null()).collect()
}

fn read_json(body: &[u8]) -> Result<Value, String> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    let message = |error| format!("We could not parse the JSON body of your request: {error}.");
    serde_json::from_slice(body).map_err(message)
}
