//! Our own sentences about generated items: the files of `codegen/overlays/docs`.
//!
//! A file is named after an area and maps keys to sentences. `defaults.yaml` has sentences for what many items share.

mod defaults;
mod words;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

pub use defaults::{DefaultUse, Defaults, FieldSite};
pub use words::{first_sentence, in_words};

/// Our own prose.
#[derive(Clone, Debug, Default)]
pub struct Docs {
    /// By `Type`, `Type.field`, `Type::value`, `Union::Form`, `resource.path.verb` or `resource.path.verb.parameter`.
    pub entries: BTreeMap<String, DocEntry>,
    /// Sentences for what has no entry.
    pub defaults: Defaults,
}

/// A sentence of an area's file.
#[derive(Clone, Debug)]
pub struct DocEntry {
    /// The sentence.
    pub sentence: String,
    /// The path of the file.
    pub file: String,
}

impl Docs {
    /// Reads the files of docs: paths and texts. The one called `defaults.yaml` has the defaults.
    ///
    /// # Errors
    /// A text is not YAML, an entry is no string, or two entries have one key.
    pub fn parse(files: &[(String, String)]) -> Result<Self, String> {
        let mut docs = Self::default();
        for (path, text) in files {
            let members = members(path, text)?;
            if area_of(path) == "defaults" {
                docs.defaults = Defaults::read(path, &members)?;
                continue;
            }
            for (key, sentence) in &members {
                let sentence = string(path, key, sentence)?;
                let entry = DocEntry { sentence, file: path.clone() };
                if let Some(other) = docs.entries.insert(key.clone(), entry) {
                    return Err(format!("{path}: {key}: {} has an entry of this key already; remove one", other.file));
                }
            }
        }
        let Self { entries, defaults } = &mut docs;
        let types = entries.iter().filter(|(key, _)| !key.contains(['.', ':']));
        defaults.add_phrases(types.map(|(key, entry)| (key, entry.sentence.as_str())));
        Ok(docs)
    }
}

/// Returns the area that a file is named after.
#[must_use]
pub fn area_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".yaml").unwrap_or(name)
}

/// Writes the entries of an area's file, sorted by key.
#[must_use]
pub fn file_text(area: &str, entries: &BTreeMap<&str, &str>) -> String {
    let mut text = format!("# Sentences about the area `{area}`; CONTRIBUTING.md describes the keys.\n");
    for (key, sentence) in entries {
        let _ = writeln!(text, "{}: {}", Value::from(*key), Value::from(*sentence));
    }
    text
}

fn members(path: &str, text: &str) -> Result<Map<String, Value>, String> {
    match crate::yaml::parse(text).map_err(|error| format!("{path}: {error}"))? {
        Value::Object(members) => Ok(members),
        Value::Null => Ok(Map::new()),
        other => Err(format!("{path}: expected a map of keys to sentences, found {other}")),
    }
}

fn string(path: &str, key: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        other => Err(format!("{path}: {key}: expected a string, found {other}")),
    }
}
