//! What a run has done so far, in a file that is replaced as a whole before and after each step that costs something.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Error, ErrorKind, Result};

/// The version of the file's form.
const VERSION: u64 = 1;

/// What is known of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RunState {
    pub(super) run_id: String,
    /// As `/v1/chat/completions`.
    pub(super) endpoint: String,
    pub(super) completion_window: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
    /// Seconds.
    pub(super) output_expires_after: Option<i64>,
    /// All requests are in the parts' files.
    pub(super) input_complete: bool,
    /// All results were given, and files are being deleted.
    pub(super) cleaning: bool,
    pub(super) parts: Vec<BatchPart>,
}

/// A file of requests and the batch that runs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct BatchPart {
    /// The index of its first request in the whole run.
    pub(super) first: u64,
    pub(super) requests: u64,
    pub(super) bytes: u64,
    pub(super) step: Step,
    pub(super) input_file_id: Option<String>,
    /// By the server's clock, as all times of it: a batch is not older than its file.
    pub(super) input_created_at: i64,
    pub(super) batch_id: Option<String>,
    /// How many batches of it the server refused because too much was enqueued.
    pub(super) refused: u64,
}

/// How far a part is. `Uploading` and `Creating` are said before the request is sent: whether it was carried out has to be
/// looked up after a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Step {
    #[default]
    Written,
    Uploading,
    Uploaded,
    Creating,
    Created,
    /// The batch has come to its end.
    Ended,
}

const STEPS: [(Step, &str); 6] = [
    (Step::Written, "written"),
    (Step::Uploading, "uploading"),
    (Step::Uploaded, "uploaded"),
    (Step::Creating, "creating"),
    (Step::Created, "created"),
    (Step::Ended, "ended"),
];

impl RunState {
    /// How many requests there are in all parts.
    pub(super) fn requests(&self) -> u64 {
        self.parts.iter().map(|part| part.requests).sum()
    }

    pub(super) fn to_json(&self) -> Value {
        let parts: Vec<Value> = self.parts.iter().map(BatchPart::to_json).collect();
        json!({
            "version": VERSION, "run_id": self.run_id, "endpoint": self.endpoint,
            "completion_window": self.completion_window, "metadata": self.metadata,
            "output_expires_after": self.output_expires_after, "input_complete": self.input_complete,
            "cleaning": self.cleaning, "requests": self.requests(), "parts": parts,
        })
    }

    /// Reads what [`to_json`](Self::to_json) wrote; the error tells what is wrong with it.
    pub(super) fn from_json(value: &Value) -> Result<Self, String> {
        match value["version"].as_u64() {
            Some(VERSION) => {}
            Some(version) => return Err(format!("it has version {version}, and this SDK knows version {VERSION}")),
            None => return Err("it has no `version`".to_owned()),
        }
        let mut metadata = BTreeMap::new();
        for (name, value) in value["metadata"].as_object().ok_or("`metadata` is no object")? {
            metadata.insert(name.clone(), value.as_str().ok_or("a value of `metadata` is no text")?.to_owned());
        }
        let listed = value["parts"].as_array().ok_or("`parts` is no list")?;
        let mut parts = Vec::with_capacity(listed.len());
        let mut next = 0;
        for (index, value) in listed.iter().enumerate() {
            let part = BatchPart::from_json(value).map_err(|problem| format!("part {index}: {problem}"))?;
            if part.first != next {
                return Err(format!("part {index} starts at request {}, not {next}", part.first));
            }
            next = next.checked_add(part.requests).ok_or("there are too many requests")?;
            parts.push(part);
        }
        if value["requests"].as_u64() != Some(next) {
            return Err("`requests` is not what the parts have".to_owned());
        }
        Ok(Self {
            run_id: text(value, "run_id")?,
            endpoint: text(value, "endpoint")?,
            completion_window: optional_text(value, "completion_window")?,
            metadata,
            output_expires_after: optional(value, "output_expires_after", Value::as_i64)?,
            input_complete: value["input_complete"].as_bool().ok_or("`input_complete` is no boolean")?,
            cleaning: value["cleaning"].as_bool().ok_or("`cleaning` is no boolean")?,
            parts,
        })
    }

    /// Reads the text of a file.
    pub(super) fn parse(text: &[u8], path: &std::path::Path) -> Result<Self> {
        let value = serde_json::from_slice(text).map_err(|error| error.to_string());
        value.and_then(|value| Self::from_json(&value)).map_err(|problem| {
            let message = format!(
                "{} is no usable state of a batch run: {problem}. Its batches can still be found on the server, by their \
                 metadata `openai_ext_run`",
                path.display()
            );
            Error::new(ErrorKind::Decode, message)
        })
    }
}

impl BatchPart {
    fn to_json(&self) -> Value {
        let step = STEPS.iter().find(|(step, _)| *step == self.step).map(|(_, name)| *name);
        json!({
            "first": self.first, "requests": self.requests, "bytes": self.bytes, "step": step,
            "input_file_id": self.input_file_id, "input_created_at": self.input_created_at, "batch_id": self.batch_id,
            "refused": self.refused,
        })
    }

    fn from_json(value: &Value) -> Result<Self, String> {
        let name = text(value, "step")?;
        let step = STEPS.iter().find(|(_, known)| *known == name).map(|(step, _)| *step);
        let number = |name| value[name].as_u64().ok_or_else(|| format!("`{name}` is no number"));
        let part = Self {
            first: number("first")?,
            requests: number("requests")?,
            bytes: number("bytes")?,
            step: step.ok_or_else(|| format!("`step` is {name:?}"))?,
            input_file_id: optional_text(value, "input_file_id")?,
            input_created_at: value["input_created_at"].as_i64().ok_or("`input_created_at` is no number")?,
            batch_id: optional_text(value, "batch_id")?,
            refused: number("refused")?,
        };
        let has_file = matches!(part.step, Step::Uploaded | Step::Creating | Step::Created | Step::Ended);
        let has_batch = matches!(part.step, Step::Created | Step::Ended);
        if has_file != part.input_file_id.is_some() || has_batch != part.batch_id.is_some() {
            return Err(format!("its ids do not fit the step {name:?}"));
        }
        Ok(part)
    }
}

fn text(value: &Value, name: &str) -> Result<String, String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` is no text"))
}

fn optional_text(value: &Value, name: &str) -> Result<Option<String>, String> {
    optional(value, name, |value| value.as_str().map(str::to_owned))
}

fn optional<T>(value: &Value, name: &str, read: impl FnOnce(&Value) -> Option<T>) -> Result<Option<T>, String> {
    match &value[name] {
        Value::Null => Ok(None),
        value => read(value).map(Some).ok_or_else(|| format!("`{name}` is of another kind")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> RunState {
        let part = |first, step, file: Option<&str>, batch: Option<&str>| BatchPart {
            first,
            requests: 10,
            bytes: 100,
            step,
            input_file_id: file.map(str::to_owned),
            input_created_at: 7,
            batch_id: batch.map(str::to_owned),
            refused: 2,
        };
        RunState {
            run_id: "r".to_owned(),
            endpoint: "/v1/embeddings".to_owned(),
            completion_window: Some("24h".to_owned()),
            metadata: BTreeMap::from([("team".to_owned(), "search".to_owned())]),
            output_expires_after: Some(3600),
            input_complete: true,
            cleaning: false,
            parts: vec![
                part(0, Step::Ended, Some("file-1"), Some("batch_1")),
                part(10, Step::Creating, Some("file-2"), None),
                part(20, Step::Uploading, None, None),
            ],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let state = state();
        assert_eq!(RunState::from_json(&state.to_json()), Ok(state));
    }

    #[test]
    fn any_damage_is_told() {
        let good = state().to_json();
        for (pointer, value, part) in [
            ("/version", json!(2), "version 2"),
            ("/version", json!("1"), "no `version`"),
            ("/parts", json!({}), "`parts`"),
            ("/parts/1/first", json!(11), "part 1 starts at request 11"),
            ("/parts/1/step", json!("done"), "part 1: `step` is \"done\""),
            ("/parts/0/batch_id", Value::Null, "part 0: its ids do not fit"),
            ("/parts/2/input_file_id", json!("file-3"), "part 2: its ids do not fit"),
            ("/parts/2/requests", json!(u64::MAX), "too many requests"),
            ("/parts/2/requests", json!(11), "`requests` is not what the parts have"),
            ("/run_id", Value::Null, "`run_id`"),
            ("/output_expires_after", json!("soon"), "`output_expires_after`"),
            ("/metadata/team", json!(1), "`metadata`"),
        ] {
            let mut bad = good.clone();
            if let Some(place) = bad.pointer_mut(pointer) {
                *place = value;
            }
            let problem = RunState::from_json(&bad).err().unwrap_or_default();
            assert!(problem.contains(part), "{pointer}: {problem}");
        }
        let text = good.to_string();
        let path = std::path::Path::new("run.json");
        for end in 0..text.len() {
            let error = RunState::parse(&text.as_bytes()[..end], path).err();
            assert!(error.is_some_and(|error| error.message().starts_with("run.json is no usable state")), "{end}");
        }
    }
}
