//! `xtask/tidy.toml`: the crates, the documents, and the numbers that must not grow.

use std::path::Path;

use toml::{Table, Value};

/// The entry of a crate.
pub struct Crate {
    /// The package's name.
    pub name: String,
    /// Its folder in the workspace.
    pub path: String,
    /// Its hand-written folders in the workspace; `src` and `tests` of its own if the file lists none.
    pub folders: Vec<String>,
    /// The number of documentation comments that begin with a question word.
    pub question_docs: usize,
    /// The number of type names that are defined more than once.
    pub repeated_types: usize,
}

/// The entry of the documents, `[prose]`.
pub struct Documents {
    /// Files and folders in the workspace: Markdown and the sentences of overlays.
    pub paths: Vec<String>,
    /// The number of sentences that begin with a question word.
    pub questions: usize,
}

/// Reads the file: the crates, and the documents if it lists any.
///
/// # Errors
/// It is not there, or a crate lacks a key or has an unknown one.
pub fn read(file: &Path) -> Result<(Vec<Crate>, Option<Documents>), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut table: Table = text.parse().map_err(|error| format!("{}: {error}", file.display()))?;
    let fail = |name: &str, wrong: String| format!("{}: [{name}]: {wrong}", file.display());
    let prose = table.remove(PROSE).map(|entry| documents(&entry).map_err(|wrong| fail(PROSE, wrong))).transpose()?;
    let crates = table.iter().map(|(name, entry)| krate(name, entry).map_err(|wrong| fail(name, wrong)));
    Ok((crates.collect::<Result<_, _>>()?, prose))
}

const PROSE: &str = "prose";

fn documents(entry: &Value) -> Result<Documents, String> {
    let entry = checked(entry, &["paths", "questions"])?;
    let paths = entry.get("paths").ok_or("`paths` must be a list of strings")?;
    Ok(Documents { paths: strings("paths", paths)?, questions: number(entry, "questions")? })
}

fn checked<'a>(entry: &'a Value, known: &[&str]) -> Result<&'a Table, String> {
    let entry = entry.as_table().ok_or("the entry must be a table")?;
    match entry.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown key `{key}`; the keys are {}", known.join(", "))),
        None => Ok(entry),
    }
}

fn number(entry: &Table, key: &str) -> Result<usize, String> {
    let number = entry.get(key).and_then(Value::as_integer).and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| format!("`{key}` must be a number, 0 or more"))
}

fn strings(key: &str, list: &Value) -> Result<Vec<String>, String> {
    let names = list.as_array().and_then(|list| list.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    names.ok_or_else(|| format!("`{key}` must be a list of strings"))
}

fn krate(name: &str, entry: &Value) -> Result<Crate, String> {
    let entry = checked(entry, &["path", "folders", "question_docs", "repeated_types"])?;
    let path = entry.get("path").and_then(Value::as_str).ok_or("`path` must be a string")?;
    let folders = match entry.get("folders") {
        None => vec![format!("{path}/src"), format!("{path}/tests")],
        Some(list) => strings("folders", list)?,
    };
    Ok(Crate {
        name: name.to_owned(),
        path: path.to_owned(),
        folders,
        question_docs: number(entry, "question_docs")?,
        repeated_types: number(entry, "repeated_types")?,
    })
}
