//! `xtask/tidy.toml`: the crates, and the numbers that must not grow.

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

/// Reads the file.
///
/// # Errors
/// It is not there, or a crate lacks a key or has an unknown one.
pub fn read(file: &Path) -> Result<Vec<Crate>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let table: Table = text.parse().map_err(|error| format!("{}: {error}", file.display()))?;
    table
        .iter()
        .map(|(name, entry)| krate(name, entry).map_err(|wrong| format!("{}: [{name}]: {wrong}", file.display())))
        .collect()
}

fn krate(name: &str, entry: &Value) -> Result<Crate, String> {
    let entry = entry.as_table().ok_or("a crate is a table")?;
    let known = ["path", "folders", "question_docs", "repeated_types"];
    if let Some(key) = entry.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("unknown key `{key}`; the keys are {}", known.join(", ")));
    }
    let number = |key: &str| {
        let number = entry.get(key).and_then(Value::as_integer).and_then(|number| usize::try_from(number).ok());
        number.ok_or_else(|| format!("`{key}` must be a number, 0 or more"))
    };
    let path = entry.get("path").and_then(Value::as_str).ok_or("`path` must be a string")?;
    let folders = match entry.get("folders") {
        None => vec![format!("{path}/src"), format!("{path}/tests")],
        Some(list) => {
            let list = list.as_array().ok_or("`folders` must be a list of strings")?;
            let names = list.iter().map(|name| name.as_str().map(str::to_owned));
            names.collect::<Option<_>>().ok_or("`folders` must be a list of strings")?
        }
    };
    Ok(Crate {
        name: name.to_owned(),
        path: path.to_owned(),
        folders,
        question_docs: number("question_docs")?,
        repeated_types: number("repeated_types")?,
    })
}
