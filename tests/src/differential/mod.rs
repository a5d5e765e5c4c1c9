//! The official Python client and ours make the same calls, and what they send is compared.
//!
//! The calls of the one are in `tests/differential/cases`, ours in [`cases`]: the same names, each written by hand, as a
//! user of that client would write it. Both go to a [`recorder`] on loopback. What differs must be argued in
//! `tests/differential/DIFFERENCES.md`, and what is argued there must differ.

// Both clients make the same calls, those that the API has deprecated among them.
#![allow(deprecated)]

pub mod argued;
pub mod cases;
pub mod compare;
pub mod recorder;
mod replies;
pub mod request;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use openai_ext::Client;
use serde_json::{Value, json};

use argued::Argued;
use compare::Difference;
use recorder::Recorder;
use request::Recorded;

/// Returns the folder of the Python calls and the arguments.
#[must_use]
pub fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/differential"))
}

/// The requests of each call, in order, and how the call ended.
pub type Calls = BTreeMap<String, Call>;

/// The requests of one client for one call.
#[derive(Debug, Default)]
pub struct Call {
    /// The requests in their order.
    pub requests: Vec<Recorded>,
    /// `ok`, or the error: answers are made up, so that it is for people who look for a call that was never made.
    pub outcome: String,
}

/// Makes the calls by the interpreter `python`, which has the package `openai`.
///
/// # Errors
/// The script can't be run, or what it prints can't be read.
pub fn python(python: &Path, recorder: &Recorder) -> Result<Calls, String> {
    let mut command = Command::new(python);
    // Ours takes nothing from the environment here, so that theirs must not either.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OPENAI_")) {
        command.env_remove(name);
    }
    let output = command
        .arg(folder().join("run.py"))
        .arg(recorder.url("python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .map_err(|error| format!("{}: {error}", python.display()))?;
    if !output.status.success() {
        return Err(format!("the Python calls failed:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let outcomes: BTreeMap<String, String> =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("what run.py printed: {error}"))?;
    Ok(collect(outcomes, recorder.take("python")))
}

/// Makes the calls by our client.
///
/// # Errors
/// No client can be made.
pub async fn ours(recorder: &Recorder) -> Result<Calls, String> {
    let mut outcomes = BTreeMap::new();
    for (name, call) in cases::all() {
        let url = format!("{}/{name}/v1", recorder.url("ours"));
        let client =
            Client::builder().strict_decoding(true).api_key("sk-differential").admin_api_key("sk-differential-admin");
        let client = client.base_url(url).max_retries(0).build().map_err(|error| error.to_string())?;
        let outcome = match call(client).await {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        outcomes.insert(name.to_owned(), outcome);
    }
    Ok(collect(outcomes, recorder.take("ours")))
}

fn collect(outcomes: BTreeMap<String, String>, requests: Vec<(String, Recorded)>) -> Calls {
    let named = |(name, outcome)| (name, Call { requests: Vec::new(), outcome });
    let mut calls: Calls = outcomes.into_iter().map(named).collect();
    for (name, request) in requests {
        calls.entry(name).or_default().requests.push(request);
    }
    calls
}

/// The result of the comparison.
#[derive(Debug)]
pub struct Report {
    /// The number of calls that both made.
    pub calls: usize,
    /// The number of calls that are equal in everything, apart from differences that are argued for all calls.
    pub equal: usize,
    /// The number of calls that differ only as argued for them.
    pub argued: usize,
    /// The differences that are not argued.
    pub differ: Vec<Difference>,
    /// Arguments about differences that there are none of.
    pub idle: Vec<String>,
}

/// Compares the calls of both, and looks up what differs.
#[must_use]
pub fn report(python: &Calls, ours: &Calls, mut argued: Argued) -> Report {
    let mut report = Report { calls: 0, equal: 0, argued: 0, differ: Vec::new(), idle: Vec::new() };
    let names: std::collections::BTreeSet<_> = python.keys().chain(ours.keys()).collect();
    for name in names {
        report.calls += 1;
        let differences = match (python.get(name), ours.get(name)) {
            (Some(python), Some(ours)) => compare::calls(name, &python.requests, &ours.requests),
            (python, _) => vec![compare::missing(name, python.is_none())],
        };
        let before = report.differ.len();
        let mut special = false;
        for difference in differences {
            match argued.look_up(&difference) {
                Some(for_all) => special |= !for_all,
                None => report.differ.push(difference),
            }
        }
        if report.differ.len() == before {
            *if special { &mut report.argued } else { &mut report.equal } += 1;
        }
    }
    report.idle = argued.idle();
    report
}

impl Report {
    /// One line of JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let differ: Vec<Value> = self.differ.iter().map(Difference::to_json).collect();
        json!({
            "calls": self.calls, "equal": self.equal, "argued": self.argued, "differ": differ,
            "argued_in_vain": self.idle,
        })
    }

    /// Nothing differs that is not argued, and nothing is argued in vain.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differ.is_empty() && self.idle.is_empty() && self.calls > 0
    }
}
