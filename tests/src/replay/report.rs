//! The findings of a replay, as one line of JSON.

use std::collections::{BTreeMap, BTreeSet};

use openai_raw::openai_runtime::json::collect_unknown;
use serde_json::{Value, json};

use crate::compare::difference;

/// Decodes bytes and gives the value that the type writes.
pub type RoundTrip = openai_raw::index::RoundTrip;

/// The count of what was played.
#[derive(Debug, Default)]
pub struct Report {
    /// Exchanges, or examples.
    pub exchanges: usize,
    /// Operations, or schemas, that they belong to.
    pub operations: BTreeSet<String>,
    /// Those of which every part was decoded.
    pub decoded: usize,
    /// Those of which every part was written back as it was read.
    pub round_trip: usize,
    /// Union variants and enum values that the document does not have.
    pub unknown_variants: usize,
    /// Their places, each once.
    pub unknown_at: BTreeSet<String>,
    /// Members that their type has no field for, and constants of another value, as `Type.member`, each with the first
    /// place that has it.
    pub unknown_members: BTreeMap<String, String>,
    /// Patterns of values of another kind that have a reason; `*` is any text.
    pub argued: &'static [(&'static str, &'static str)],
    /// Those of the patterns that were needed.
    pub needed: BTreeSet<&'static str>,
    /// The failures, a line each.
    pub failures: Vec<String>,
}

/// The outcome of one exchange.
#[derive(Debug)]
pub struct Outcome {
    decoded: bool,
    round_trip: bool,
}

impl Outcome {
    /// Nothing went wrong so far.
    #[must_use]
    pub fn new() -> Self {
        Self { decoded: true, round_trip: true }
    }
}

impl Default for Outcome {
    fn default() -> Self {
        Self::new()
    }
}

impl Report {
    /// Plays one body through a type.
    pub fn play(&mut self, outcome: &mut Outcome, place: &str, trip: RoundTrip, body: &Value) {
        let (result, unknown) = collect_unknown(|| trip(body.to_string().as_bytes()));
        self.unknown_variants += unknown.values.len();
        for member in unknown.members {
            self.unknown_members.entry(member).or_insert_with(|| place.to_owned());
        }
        for value in unknown.values {
            let value: String = value.chars().take(100).collect();
            self.unknown_at.insert(format!("{place}: {value}"));
        }
        match result {
            Err(error) => {
                outcome.decoded = false;
                outcome.round_trip = false;
                self.failures.push(format!("{place}: decode: {error}"));
            }
            Ok(written) => {
                for misfit in &written.misfits {
                    let line = format!("{place}: another kind: {misfit}");
                    match self.argued.iter().find(|(pattern, _)| matches(pattern, &line)) {
                        Some((pattern, _)) => {
                            self.needed.insert(pattern);
                        }
                        None => {
                            outcome.decoded = false;
                            self.failures.push(line);
                        }
                    }
                }
                if let Some(difference) = difference(body, &written.value) {
                    outcome.round_trip = false;
                    self.failures.push(format!("{place}: round trip: {difference}"));
                }
            }
        }
    }

    /// Notes a part that could not be played at all.
    pub fn fail(&mut self, outcome: &mut Outcome, place: &str, why: &str) {
        outcome.decoded = false;
        outcome.round_trip = false;
        self.failures.push(format!("{place}: {why}"));
    }

    /// Counts one exchange.
    pub fn count(&mut self, operation: &str, outcome: &Outcome) {
        self.exchanges += 1;
        self.operations.insert(operation.to_owned());
        self.decoded += usize::from(outcome.decoded);
        self.round_trip += usize::from(outcome.round_trip);
    }

    /// The line to print.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "exchanges": self.exchanges,
            "operations": self.operations.len(),
            "decoded": self.decoded,
            "round_trip": self.round_trip,
            "unknown_variants": self.unknown_variants,
            "unknown_at": self.unknown_at,
            "unknown_members": self.unknown_members,
            "failures": self.failures,
        })
    }

    /// Returns true if everything was decoded.
    #[must_use]
    pub fn all_decoded(&self) -> bool {
        self.decoded == self.exchanges && self.exchanges > 0
    }
}

/// Says if a text is what a pattern describes, in which `*` is any text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let mut tails = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            tails.any(|at| matches(rest, &text[at..]))
        }),
    }
}
