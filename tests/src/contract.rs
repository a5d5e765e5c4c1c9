//! Every operation called through its public builder against a server that checks requests by the document.

use std::collections::BTreeSet;

use openai_raw::{Client, index};
use serde_json::{Value, json};

use crate::calls::entry::{Answered, Entry, Input};
use crate::calls::sample::{Fill, Sample, Sampler};
pub use crate::generated::contract::{CALLS, POLLS};

/// The parts of the document that the server of OpenAI's own SDKs (`steady`, 0.22.1) refuses, so that they are not
/// sent: components, their fields and values, each with the reason.
pub const REFUSED: &[(&str, &str)] = &[
    ("CompoundFilter", "it does not follow `$recursiveRef`, by which a filter holds filters"),
    ("BetaCompoundFilter", "it does not follow `$recursiveRef`, by which a filter holds filters"),
    ("BetaInputMessage", "a message of parts fits two variants, and it wants one only"),
    ("InputMessage", "a message of parts fits two variants, and it wants one only"),
    ("CreateEvalCompletionsRunDataSource.input_messages", "a text message fits two variants, and it wants one only"),
    (
        "RealtimeCallCreateRequest.session",
        "it reads no part of a form as JSON, which the document's `encoding` asks for",
    ),
    ("VadConfig.prefix_padding_ms", "a number in an object of a form is text to it"),
    ("VadConfig.silence_duration_ms", "a number in an object of a form is text to it"),
    ("VadConfig.threshold", "a number in an object of a form is text to it"),
    ("LiveHostedToolChoiceParam", OFFICIAL),
    ("LiveCustomToolChoiceParam", OFFICIAL),
    ("LiveAllowedToolsChoiceParam", OFFICIAL),
    ("ServiceTierParam.service_tier=ultrafast", OFFICIAL),
    ("ToolChoiceTypes.type=web_search", AGENTS),
    ("ToolChoiceTypes.type=web_search_2025_08_26", AGENTS),
    ("BetaToolChoiceTypes.type=web_search", AGENTS),
    ("BetaToolChoiceTypes.type=web_search_2025_08_26", AGENTS),
    ("CreateUploadRequest.purpose=user_data", OFFICIAL),
    ("CreateUploadRequest.purpose=evals", OFFICIAL),
];

/// The reason for what is in `codegen/overlays/official.yaml`.
const OFFICIAL: &str = "the official SDK has it, and the document it answers by has not";

/// The reason for the names of the hosted search that `codegen/overlays/fixups.yaml` adds.
const AGENTS: &str =
    "the official Agents SDK sends it, and the document it answers by has the names of its preview only";

/// The findings of a run over all operations.
#[derive(Debug, Default)]
pub struct Report {
    /// Operations called.
    pub operations: BTreeSet<String>,
    /// Calls made.
    pub calls: usize,
    /// Calls that were answered with success.
    pub answered: usize,
    /// Calls of which the server counted no error in the request.
    pub valid: usize,
    /// Calls whose response was read.
    pub decoded: usize,
    /// The parts that were left out of the requests; see [`REFUSED`].
    pub left_out: Vec<String>,
    /// The failures, a line each.
    pub failures: Vec<String>,
}

impl Report {
    /// The line to print.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "operations": self.operations.len(),
            "calls": self.calls,
            "answered": self.answered,
            "valid": self.valid,
            "decoded": self.decoded,
            "left_out": self.left_out,
            "failures": self.failures,
        })
    }

    /// Returns true if every operation of the document was called, and every call was valid, answered and read.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let all = [self.answered, self.valid, self.decoded].iter().all(|count| *count == self.calls);
        all && self.operations.len() == index::OPERATIONS.len() && self.failures.is_empty()
    }
}

/// Calls every operation: once with what is required, then with everything, `rounds` times, each time with other
/// variants. `counts` tells whether the server counts errors in a header of its own.
///
/// # Errors
/// The document has no such operation.
pub async fn run(document: &Value, client: &Client, rounds: usize, counts: bool) -> Result<Report, String> {
    let mut report = Report::default();
    let avoid: Vec<&str> = REFUSED.iter().filter(|_| counts).map(|(name, _)| *name).collect();
    report.left_out = avoid.iter().map(|name| (*name).to_owned()).collect();
    for case in cases(document, rounds, &avoid) {
        let Case { entry, sample, place } = case?;
        report.operations.insert(entry.id.to_owned());
        report.calls += 1;
        match (entry.call)(client, &Input::new(sample)) {
            Ok(sent) => report.note(&place, sent.await, counts),
            Err(problem) => report.failures.push(format!("{place}: {problem}")),
        }
    }
    Ok(report)
}

/// A request to be made.
#[derive(Clone, Debug)]
pub struct Case {
    /// The operation.
    pub entry: Entry,
    /// The inputs of the call.
    pub sample: Sample,
    /// The name for a line about a failure.
    pub place: String,
}

/// The requests of every operation, each different one once: with what is required, then with everything, `rounds` times,
/// each time with other variants. Nothing of the names `avoid` is made; see [`Sampler::avoiding`].
///
/// An item is an error if the document has no such operation.
pub fn cases<'a>(
    document: &'a Value,
    rounds: usize,
    avoid: &'a [&'a str],
) -> impl Iterator<Item = Result<Case, String>> + 'a {
    let fills = std::iter::once((Fill::Required, 0)).chain((0..rounds).map(|round| (Fill::All, round)));
    let entries = fills.flat_map(|fill| CALLS.iter().copied().flatten().map(move |entry| (fill, *entry)));
    let mut made = BTreeSet::new();
    entries.filter_map(move |((fill, round), entry)| {
        let id = entry.id;
        let Some(operation) = find(document, id) else {
            return Some(Err(format!("the document has no operation {id}")));
        };
        let sampler = Sampler::new(document, fill, round).with(entry.arguments).avoiding(avoid);
        let sample = sampler.request(operation, entry.media);
        // Most operations have few choices, and come back to the same request.
        let is_new = made.insert(format!("{id} {sample:?}"));
        is_new.then(|| Ok(Case { entry, sample, place: format!("{id} ({fill:?}, round {round})") }))
    })
}

/// An operation of a document, by its id.
pub fn find<'a>(document: &'a Value, id: &str) -> Option<&'a Value> {
    let items = document.get("paths")?.as_object()?.values().filter_map(Value::as_object);
    let mut operations = items.flat_map(|item| item.values());
    operations.find(|operation| operation.get("operationId").and_then(Value::as_str) == Some(id))
}

impl Report {
    fn note(&mut self, place: &str, answered: Answered, counts: bool) {
        let valid = answered.problems.is_empty() && (!counts || answered.errors.as_deref() == Some("0"));
        self.valid += usize::from(valid);
        self.answered += usize::from(answered.status.is_some_and(|status| (200..300).contains(&status)));
        self.decoded += usize::from(answered.decoded.is_ok());
        if !valid {
            let errors = answered.errors.as_deref().unwrap_or("no count of");
            self.failures.push(format!("{place}: {errors} errors: {}", answered.problems.join("; ")));
        }
        if let Err(error) = answered.decoded {
            self.failures.push(format!("{place}: {error}"));
        }
    }
}
