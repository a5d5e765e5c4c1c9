//! Field reports: the bytes of an answer that users of other servers met, through the public calls, and what is right.

mod calls;
mod expected;
mod server;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use server::ReportServer;

/// The outcome of a run over all reports of a folder.
#[derive(Debug, Default)]
pub struct Checked {
    /// The number of reports.
    pub cases: usize,
    /// Those that came to what is right.
    pub right: usize,
    /// Those that did not, a line each.
    pub wrong: Vec<String>,
}

impl Checked {
    /// Returns the line to print.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "cases": self.cases, "right": self.right, "wrong": self.wrong })
    }
}

/// Checks every report that `index.json` of a folder lists: its answer is in `NAME.http`, what is right in
/// `NAME.expected.json`.
///
/// # Errors
/// The folder has no readable `index.json`, or there is no port.
pub async fn check(folder: &Path) -> Result<Checked, String> {
    let path = folder.join("index.json");
    let index: Value = serde_json::from_str(&read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut checked = Checked::default();
    for (name, entry) in index.as_object().into_iter().flatten() {
        checked.cases += 1;
        match one(folder, name, entry).await {
            Ok(()) => checked.right += 1,
            Err(wrong) => checked.wrong.push(format!("{name}: {wrong}")),
        }
    }
    Ok(checked)
}

async fn one(folder: &Path, name: &str, entry: &Value) -> Result<(), String> {
    let path = folder.join(format!("{name}.expected.json"));
    let expected: Value =
        serde_json::from_str(&read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
    let response = fs::read(folder.join(format!("{name}.http"))).unwrap_or_else(|_| calls::ANSWER.as_bytes().to_vec());
    for (way, call) in calls::ways(entry["call"].as_str().unwrap_or_default())? {
        let server = ReportServer::start(response.clone()).await.map_err(|error| error.to_string())?;
        let found = call.run(&server, entry).await?;
        expected::compare(&expected, &found).map_err(|wrong| format!("{way}: {wrong}"))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
