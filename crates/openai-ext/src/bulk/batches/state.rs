//! The state of a run, in a file that is replaced as a whole before and after each step that costs something.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Error, ErrorKind, Result};

/// The version of the file's form.
const VERSION: u64 = 2;

/// The member that ends the text: a checksum of all before it.
const CHECKSUM: &str = ",\"checksum\":\"";

/// The state of a run.
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
    /// The number of its batches that the server refused because too much was enqueued.
    pub(super) refused: u64,
    /// These batches.
    pub(super) past_batch_ids: Vec<String>,
    /// The number of requests for its file or batch that were sent again, although one before may have been carried
    /// out.
    pub(super) unconfirmed: u64,
}

/// The step that a part has reached. `Uploading` and `Creating` are said before the request is sent: whether it was
/// carried out has to be looked up after a crash.
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
    /// Returns the number of requests in all parts.
    #[inline]
    pub(super) fn requests(&self) -> u64 {
        self.parts.iter().map(|part| part.requests).sum()
    }

    #[inline]
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
    #[inline]
    pub(super) fn from_json(value: &Value) -> Result<Self, String> {
        check_version(value)?;
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
        let input_complete = value["input_complete"].as_bool().ok_or("`input_complete` is no boolean")?;
        if input_complete && parts.is_empty() {
            return Err("`parts` is empty, and a run has at least one".to_owned());
        }
        Ok(Self {
            run_id: text(value, "run_id")?,
            endpoint: text(value, "endpoint")?,
            completion_window: optional_text(value, "completion_window")?,
            metadata,
            output_expires_after: optional(value, "output_expires_after", Value::as_i64)?,
            input_complete,
            cleaning: value["cleaning"].as_bool().ok_or("`cleaning` is no boolean")?,
            parts,
        })
    }

    /// Returns the text of a file: the state, and a checksum of the text as its last member.
    #[inline]
    pub(super) fn to_text(&self) -> String {
        let mut text = self.to_json().to_string();
        // The brace, which comes after the checksum.
        text.pop();
        let sum = checksum(text.as_bytes());
        text.push_str(CHECKSUM);
        text.push_str(&format!("{sum:08x}\"}}"));
        text
    }

    /// Reads the text of a file.
    #[inline]
    pub(super) fn parse(text: &[u8], path: &std::path::Path) -> Result<Self> {
        let value: Result<Value, String> = serde_json::from_slice(text).map_err(|error| error.to_string());
        let state = value.and_then(|value| {
            check_version(&value)?;
            check_sum(text)?;
            Self::from_json(&value)
        });
        state.map_err(|problem| {
            let message = format!(
                "{} is no usable state of a batch run: {problem}. Put back the file as the run wrote it, if there is a \
                 copy. Otherwise remove it, and look on the server for batches whose metadata have `openai_ext_run` before \
                 the requests are sent again: a new run pays for them again",
                path.display()
            );
            Error::new(ErrorKind::Decode, message)
        })
    }
}

#[inline]
fn check_version(value: &Value) -> Result<(), String> {
    match value["version"].as_u64() {
        Some(VERSION) => Ok(()),
        Some(version) => Err(format!("it has version {version}, and this SDK knows version {VERSION}")),
        None => Err("it has no `version`".to_owned()),
    }
}

/// Checks that a text is to the byte what [`RunState::to_text`] wrote.
#[inline]
fn check_sum(text: &[u8]) -> Result<(), String> {
    let end = CHECKSUM.len() + "01234567\"}".len();
    let (before, end) = text.split_at_checked(text.len().saturating_sub(end)).unwrap_or_default();
    let wanted = format!("{CHECKSUM}{:08x}\"}}", checksum(before));
    if end == wanted.as_bytes() {
        return Ok(());
    }
    Err("its checksum does not fit, so that it was damaged or changed by something else".to_owned())
}

/// CRC-32 as of IEEE 802.3, which notices each change of up to 32 bits in a row.
#[inline]
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

impl BatchPart {
    #[inline]
    fn to_json(&self) -> Value {
        let step = STEPS.iter().find(|(step, _)| *step == self.step).map(|(_, name)| *name);
        json!({
            "first": self.first, "requests": self.requests, "bytes": self.bytes, "step": step,
            "input_file_id": self.input_file_id, "input_created_at": self.input_created_at, "batch_id": self.batch_id,
            "refused": self.refused, "past_batch_ids": self.past_batch_ids, "unconfirmed": self.unconfirmed,
        })
    }

    #[inline]
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
            past_batch_ids: texts(value, "past_batch_ids")?,
            unconfirmed: number("unconfirmed")?,
        };
        if part.requests == 0 || part.bytes == 0 {
            return Err("it has no requests".to_owned());
        }
        let has_file = matches!(part.step, Step::Uploaded | Step::Creating | Step::Created | Step::Ended);
        let has_batch = matches!(part.step, Step::Created | Step::Ended);
        if has_file != part.input_file_id.is_some() || has_batch != part.batch_id.is_some() {
            return Err(format!("its ids do not fit the step {name:?}"));
        }
        Ok(part)
    }
}

#[inline]
fn text(value: &Value, name: &str) -> Result<String, String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` is no text"))
}

#[inline]
fn texts(value: &Value, name: &str) -> Result<Vec<String>, String> {
    let texts = value[name].as_array().ok_or_else(|| format!("`{name}` is no list"))?;
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` has no texts"));
    texts.iter().map(text).collect()
}

#[inline]
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
            past_batch_ids: vec!["batch_0".to_owned()],
            unconfirmed: 1,
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
            ("/version", json!(1), "version 1"),
            ("/parts/0/requests", json!(0), "part 0: it has no requests"),
            ("/parts/0/past_batch_ids", json!([1]), "part 0: `past_batch_ids`"),
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
        let mut empty = good;
        (empty["parts"], empty["requests"]) = (json!([]), json!(0));
        let problem = RunState::from_json(&empty).err().unwrap_or_default();
        assert!(problem.contains("`parts` is empty"), "{problem}");
        // Before the requests are written there is none.
        empty["input_complete"] = json!(false);
        assert_eq!(RunState::from_json(&empty).map(|state| state.parts), Ok(Vec::new()));
    }

    #[test]
    fn each_byte_and_each_bit_counts() {
        let text = state().to_text();
        let path = std::path::Path::new("run.json");
        assert_eq!(RunState::parse(text.as_bytes(), path).ok(), Some(state()));
        let refused = |text: &[u8]| {
            let error = RunState::parse(text, path).err();
            error.is_some_and(|error| error.message().starts_with("run.json is no usable state of a batch run: "))
        };
        for end in 0..text.len() {
            assert!(refused(&text.as_bytes()[..end]), "{end}");
        }
        let mut parsed = 0;
        for (at, bit) in (0..text.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            parsed += u32::from(serde_json::from_slice::<Value>(&bytes).is_ok());
            assert!(refused(&bytes), "bit {bit} of byte {at}");
        }
        // Most of them are JSON still.
        assert!(parsed > 1000, "{parsed}");
        for more in ["\n", " ", "\0"] {
            assert!(refused(format!("{text}{more}").as_bytes()), "{more:?}");
        }
    }

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }
}
