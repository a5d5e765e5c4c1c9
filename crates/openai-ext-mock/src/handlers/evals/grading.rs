//! The rows that an eval's run works on, and their grades.
//!
//! Text is compared as the API says; graders that would ask a model or run a program let everything pass.

use serde_json::{Value, json};

use crate::model::text;
use crate::state::{Object as _, ServerState};

/// A row of a data source.
pub(crate) struct SourceRow {
    item: Value,
    /// A model's answer for it, where the source has that already.
    said: Option<String>,
}

/// More rows are left alone.
const MOST_ROWS: usize = 10_000;

impl SourceRow {
    /// The rows of a run's data source, or why they can't be read.
    pub(crate) fn all(state: &ServerState, source: &Value) -> Result<Vec<Self>, String> {
        let from = &source["source"];
        match from["type"].as_str() {
            Some("file_content") => {
                let rows = from["content"].as_array().into_iter().flatten().take(MOST_ROWS);
                Ok(rows.map(Self::read).collect())
            }
            Some("file_id") => {
                let file = from["id"].as_str().and_then(|id| state.files.get(id)).ok_or("The file is gone.")?;
                let text = String::from_utf8_lossy(&file.bytes);
                let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).take(MOST_ROWS);
                lines.map(|(index, line)| Self::of_line(index, line)).collect()
            }
            Some("stored_completions") => Ok(state
                .completions
                .iter()
                .map(|stored| stored.object())
                .filter(|stored| is_wanted(from, stored))
                .map(|stored| Self {
                    item: json!({}),
                    said: Some(text::text_of(&stored["choices"][0]["message"]["content"])),
                })
                .take(MOST_ROWS)
                .collect()),
            Some("responses") => Ok(state
                .responses
                .iter()
                .map(|stored| stored.body())
                .filter(|stored| is_wanted(from, stored))
                .map(|stored| Self { item: json!({}), said: Some(text::text_of(&stored["output"])) })
                .take(MOST_ROWS)
                .collect()),
            _ => Err("The data source has no source.".to_owned()),
        }
    }

    fn of_line(index: usize, line: &str) -> Result<Self, String> {
        let row: Value =
            serde_json::from_str(line).map_err(|error| format!("Line {} is not JSON: {error}.", index + 1))?;
        match row["item"].is_object() {
            true => Ok(Self::read(&row)),
            false => Err(format!("Line {} has no 'item'.", index + 1)),
        }
    }

    fn read(row: &Value) -> Self {
        let said = row["sample"]["output_text"].as_str().map(str::to_owned);
        Self { item: row["item"].clone(), said }
    }
}

/// True if a stored object is of the model and has the metadata that a source asks for.
fn is_wanted(source: &Value, stored: &Value) -> bool {
    let is_same = |name: &str, wanted: &Value| stored["metadata"][name] == *wanted;
    (source["model"].is_null() || source["model"] == stored["model"])
        && source["metadata"].as_object().into_iter().flatten().all(|(name, wanted)| is_same(name, wanted))
}

/// The results of a run so far.
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    by_criterion: Vec<(String, u64, u64)>,
    answers: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
}

impl Tally {
    pub(crate) fn new(criteria: &[Value]) -> Self {
        let by_criterion = criteria.iter().map(|criterion| (name(criterion), 0, 0)).collect();
        Self { passed: 0, failed: 0, by_criterion, answers: 0, prompt_tokens: 0, completion_tokens: 0 }
    }

    /// The fields of a run that has come to its end.
    pub(crate) fn of_run(&self, run: &Value) -> Value {
        let results = self.by_criterion.iter();
        let results =
            results.map(|(name, passed, failed)| json!({"testing_criteria": name, "passed": passed, "failed": failed}));
        let usage = json!({
            "model_name": run["model"], "invocation_count": self.answers, "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens, "cached_tokens": 0,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
        });
        json!({
            "status": "completed", "per_testing_criteria_results": results.collect::<Vec<_>>(),
            "per_model_usage": if self.answers > 0 { vec![usage] } else { Vec::new() },
            "result_counts": {
                "total": self.passed + self.failed, "errored": 0, "failed": self.failed, "passed": self.passed,
            },
        })
    }
}

fn name(criterion: &Value) -> String {
    criterion["name"].as_str().unwrap_or_default().to_owned()
}

/// The fields of a row's output item: what a model said to it, and what each grader makes of that.
pub(crate) fn graded(row: &SourceRow, criteria: &[Value], run: &Value, tally: &mut Tally) -> Value {
    let source = &run["data_source"];
    let input = messages(&source["input_messages"], &row.item);
    let prompt = input.iter().map(text::text_of).collect::<Vec<_>>().join("\n");
    let model = run["model"].as_str().unwrap_or_default();
    let is_model_run = source["type"] != "jsonl";
    let said = match &row.said {
        Some(said) => said.clone(),
        None if is_model_run => text::answer(&prompt, model),
        None => String::new(),
    };
    let (prompt_tokens, completion_tokens) = (text::tokens(&prompt), text::tokens(&said));
    if is_model_run && row.said.is_none() {
        tally.answers += 1;
        tally.prompt_tokens += prompt_tokens;
        tally.completion_tokens += completion_tokens;
    }
    let known = json!({"item": row.item, "sample": {"output_text": said}});
    let mut passes = true;
    let mut results = Vec::new();
    for (criterion, count) in criteria.iter().zip(&mut tally.by_criterion) {
        let (score, passed) = grade(criterion, &known);
        let (yes, no) = (&mut count.1, &mut count.2);
        *(if passed { yes } else { no }) += 1;
        passes &= passed;
        results.push(json!({"name": criterion["name"], "type": criterion["type"], "score": score, "passed": passed}));
    }
    *(if passes { &mut tally.passed } else { &mut tally.failed }) += 1;
    let sampling = &source["sampling_params"];
    let or = |name: &str, usual: Value| sampling.get(name).filter(|value| !value.is_null()).cloned().unwrap_or(usual);
    json!({
        "object": "eval.run.output_item", "run_id": run["id"], "eval_id": run["eval_id"],
        "status": if passes { "pass" } else { "fail" }, "datasource_item": row.item, "results": results,
        "sample": {
            "input": input, "output": [{"role": "assistant", "content": said}], "finish_reason": "stop", "model": model,
            "usage": {
                "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens, "cached_tokens": 0,
                "total_tokens": prompt_tokens + completion_tokens,
            },
            "error": {"code": "", "message": ""}, "temperature": or("temperature", json!(1.0)), "top_p": or("top_p", json!(1.0)),
            "max_completion_tokens": or("max_completion_tokens", json!(2_048)), "seed": or("seed", json!(42)),
        },
    })
}

/// The messages to the model for a row: a template's messages filled in, or those that are in the row.
fn messages(input: &Value, item: &Value) -> Vec<Value> {
    let known = json!({"item": item});
    let list = match input["type"].as_str() {
        Some("template") => &input["template"],
        _ => look(&known, input["item_reference"].as_str().unwrap_or_default()),
    };
    let filled = |message: &Value| {
        let role = message["role"].as_str().unwrap_or("user");
        json!({"role": role, "content": fill(&text::text_of(&message["content"]), &known)})
    };
    list.as_array().into_iter().flatten().map(filled).collect()
}

/// The score of a row and whether it passes.
fn grade(criterion: &Value, known: &Value) -> (f64, bool) {
    let side = |name: &str| fill(criterion[name].as_str().unwrap_or_default(), known);
    let (input, reference) = (side("input"), side("reference"));
    match criterion["type"].as_str() {
        Some("string_check") => {
            let passed = match criterion["operation"].as_str() {
                Some("ne") => input != reference,
                Some("like") => input.contains(&reference),
                Some("ilike") => input.to_lowercase().contains(&reference.to_lowercase()),
                _ => input == reference,
            };
            (if passed { 1.0 } else { 0.0 }, passed)
        }
        Some("text_similarity") => {
            let score = similarity(&input, &reference);
            (score, score >= criterion["pass_threshold"].as_f64().unwrap_or(0.0))
        }
        _ => (1.0, true),
    }
}

/// The share of the words that both have, whichever metric was asked for: 1 for the same text.
fn similarity(one: &str, other: &str) -> f64 {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    let (one, mut other) = (words(one), words(other));
    let all = one.len().max(other.len());
    let common = one.iter().filter(|word| {
        let at = other.iter().position(|known| known == *word);
        at.map(|at| other.swap_remove(at)).is_some()
    });
    let common = common.count();
    if all == 0 { 1.0 } else { common as f64 / all as f64 }
}

/// A text with each `{{ path }}` replaced by what is there.
fn fill(template: &str, known: &Value) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((path, behind)) = after.split_once("}}") else { break };
        text.push_str(before);
        match look(known, path.trim()) {
            Value::Null => {}
            Value::String(found) => text.push_str(found),
            other => text.push_str(&other.to_string()),
        }
        rest = behind;
    }
    text + rest
}

/// The value at a path such as `item.question`; null if there is nothing.
fn look<'v>(known: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(known, |value, name| &value[name])
}
