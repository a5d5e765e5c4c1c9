//! Event streams of a folder, as an accumulator without a connection is given them.

use std::fs;
use std::path::{Path, PathBuf};

use openai_ext::runtime::json::{self, Json};
use openai_ext::runtime::sse::Decoder;
use serde_json::Value;

use crate::checkpoints;

/// A stream of a file `KIND-NAME.sse`.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file's name without its ending.
    pub name: String,
    /// The stream.
    pub bytes: Vec<u8>,
}

/// The streams that this project wrote for its tests; every kind, and every event of responses.
#[must_use]
pub fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("streams")
}

/// Recorded streams, which are no part of this repository; says so if they are not there.
#[must_use]
pub fn recorded() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/streams");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not there", folder.display());
    None
}

/// The streams of a folder by their names.
///
/// # Errors
/// It can't be read.
pub fn load(folder: &Path) -> Result<Vec<Script>, String> {
    let wrong = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let entries = fs::read_dir(folder).map_err(|error| wrong(folder, error))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sse"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Script { name, bytes: fs::read(&path).map_err(|error| wrong(&path, error))? })
    };
    paths.into_iter().map(read).collect()
}

/// All streams that there are: our own, and the recorded ones if they are there.
///
/// # Errors
/// A folder can't be read.
pub fn all() -> Result<Vec<Script>, String> {
    let mut scripts = load(&own())?;
    if let Some(folder) = recorded() {
        scripts.extend(load(&folder)?);
    }
    Ok(scripts)
}

impl Script {
    /// `chat`, `responses` and so on.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.name.split('-').next().unwrap_or_default()
    }

    /// The data of its events up to `[DONE]`, also of one without its blank line at the end; those of assistants in
    /// envelopes, as the runtime makes them.
    #[must_use]
    pub fn texts(&self) -> Vec<Vec<u8>> {
        let mut decoder = Decoder::new();
        decoder.push(&self.bytes);
        decoder.push(b"\n\n");
        let mut texts = Vec::new();
        while let Ok(Some(event)) = decoder.next_event() {
            if event.data.trim_ascii() == b"[DONE]" {
                break;
            }
            let name = json::to_vec(&Value::from(String::from_utf8_lossy(event.name)));
            texts.push(match self.kind() {
                "assistants" => [b"{\"event\":", &*name, b",\"data\":", event.data, b"}"].concat(),
                _ => event.data.to_vec(),
            });
        }
        texts
    }

    /// Its events, and how many can't be read.
    #[must_use]
    pub fn events<E: Json + Default>(&self) -> (Vec<E>, usize) {
        checkpoints::events(self.texts().iter().map(Vec::as_slice))
    }
}
