//! Recorded event streams through the real client, over a connection: what they come to.

mod argued;
pub mod cut;
pub mod finals;
pub mod framing;
pub mod server;

use std::fs;
use std::path::Path;

use openai_ext::Client;
use serde_json::{Value, json};

use crate::compare::difference;
pub use cut::Cut;
use server::Server;

/// The findings of a run.
#[derive(Debug, Default)]
pub struct Played {
    /// Streams played.
    pub streams: usize,
    /// Those that came to what they should.
    pub ok: usize,
    /// Those that had nothing to be compared with, and were read to their end.
    pub alone: usize,
    /// Those that had nothing to be compared with, since the official SDK fails as well, and what error ours gave.
    pub errors: Vec<String>,
    /// Those that differ with a reason for each difference, and the reasons.
    pub argued: Vec<String>,
    /// The differences, a line each.
    pub differ: Vec<String>,
}

impl Played {
    fn note(&mut self, name: &str, difference: Option<String>, has_reference: bool) {
        match difference {
            Some(difference) if !has_reference => self.errors.push(format!("{name}: {difference}")),
            Some(difference) => self.differ.push(format!("{name}: {difference}")),
            None if !has_reference => self.alone += 1,
            None => self.ok += 1,
        }
    }

    /// The line to print.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "streams": self.streams, "ok": self.ok, "without_reference": self.alone, "errors": self.errors,
            "argued": self.argued, "differ": self.differ })
    }
}

/// Plays every `.sse` of a folder, cut in this way, and compares with its `.python.json`. What each came to is written
/// to the folder `write`, if there is one.
///
/// # Errors
/// A folder or file can't be read or written, or there is no port.
pub async fn play(folder: &Path, cut: Cut, write: Option<&Path>) -> Result<Played, String> {
    let wrong = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let entries = fs::read_dir(folder).map_err(|error| wrong(folder, error))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sse"));
    paths.sort();
    if let Some(write) = write {
        fs::create_dir_all(write).map_err(|error| wrong(write, error))?;
    }
    let base = Client::builder()
        .strict_decoding(true)
        .api_key("sk-played")
        .base_url("http://127.0.0.1/v1")
        .max_retries(0)
        .build();
    let base = base.map_err(|error| error.to_string())?;
    let index = index(folder);
    let mut played = Played::default();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = fs::read(&path).map_err(|error| wrong(&path, error))?;
        let python = fs::read_to_string(path.with_extension("python.json")).ok();
        let python: Option<Value> = python.and_then(|text| serde_json::from_str(&text).ok());
        let entry = index.iter().find(|entry| entry["name"] == name.as_str()).cloned().unwrap_or_default();
        let status = entry["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
        let server = Server::start(bytes.clone(), status, cut).await.map_err(|error| error.to_string())?;
        let client = base.with_options(|options| options.base_url(server.url())).map_err(|error| error.to_string())?;
        let (found, difference) = one(&client, &name, &entry, &bytes, python.as_ref()).await;
        played.streams += 1;
        let kind = entry["kind"].as_str().or_else(|| name.split('-').next()).unwrap_or_default();
        let reasons =
            python.as_ref().and_then(|python| argued::reasons(kind, &comparable(python), &comparable(&found)));
        match (difference, reasons) {
            (Some(_), Some(reasons)) => played.argued.push(format!("{name}: {}", reasons.join("; "))),
            (difference, _) => played.note(&name, difference, python.is_some()),
        }
        if let Some(write) = write {
            let path = write.join(format!("{name}.json"));
            fs::write(&path, format!("{found:#}\n")).map_err(|error| wrong(&path, error))?;
        }
    }
    Ok(played)
}

/// Adds one stream up, and compares the result with the expected one.
async fn one(
    client: &Client,
    name: &str,
    entry: &Value,
    bytes: &[u8],
    python: Option<&Value>,
) -> (Value, Option<String>) {
    let kind = entry["kind"].as_str().or_else(|| name.split('-').next()).unwrap_or_default();
    if kind == "framing" {
        let found = framing::found(client).await;
        let expected = python.map(|python| framing::expected(bytes, python));
        let difference = expected.filter(|expected| *expected != found);
        let difference = difference.map(|expected| format!("{} instead of {}", found.to_json(), expected.to_json()));
        return (found.to_json(), difference);
    }
    match finals::play(client, kind, entry).await {
        Err(error) if is_expected(python) => (json!({ "error": error.message() }), None),
        Err(error) => (json!({ "error": error.message() }), Some(format!("{:?}: {}", error.kind(), error.message()))),
        Ok(found) => {
            let compared = python.and_then(|python| difference(&comparable(python), &comparable(&found)));
            (found, compared)
        }
    }
}

/// The official SDK failed as well.
fn is_expected(python: Option<&Value>) -> bool {
    python.is_some_and(|python| python.get("error").is_some_and(Value::is_string) && python.get("id").is_none())
}

/// A value without what is no matter of comparison; see the README of the shared data.
#[must_use]
pub fn comparable(value: &Value) -> Value {
    fn walk(value: &Value, in_tool_calls: bool) -> Value {
        match value {
            Value::Object(members) => {
                let left_out = ["parsed", "parsed_arguments", "obfuscation"];
                let kept = members.iter().filter(|(name, value)| {
                    !(value.is_null() || left_out.contains(&name.as_str()) || in_tool_calls && *name == "index")
                });
                kept.map(|(name, value)| (name.clone(), walk(value, name == "tool_calls"))).collect()
            }
            Value::Array(items) => items.iter().map(|item| walk(item, in_tool_calls)).collect(),
            other => other.clone(),
        }
    }
    walk(value, false)
}

fn index(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("index.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}
