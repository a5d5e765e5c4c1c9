//! Batches, which cost what they cost whoever asked for them.

use std::time::Duration;

use serde_json::{Value, json};

use super::exchange::{Answer, ServerRequest};
use super::files::page;
use super::models::{reply_text, token_of};
use super::state::SimulatedServer;
use super::stored::StoredBatch;
use crate::simulation::limits;
use crate::simulation::random::Random;

impl SimulatedServer {
    pub(super) fn serve_batch(
        &mut self,
        now: Duration,
        request: &ServerRequest,
        rest: &[&str],
        is_again: bool,
    ) -> Answer {
        match (request.method.as_str(), rest) {
            ("POST", []) => self.make_batch(now, request, is_again),
            ("GET", []) => {
                let is_visible = |batch: &&StoredBatch| now.saturating_sub(batch.made) >= self.manners.hidden;
                let shown = |batch: &StoredBatch| self.show(now, batch, self.manners.has_metadata);
                page(self.batches.iter().rev().filter(is_visible).map(shown).collect(), request)
            }
            ("POST", [id, "cancel"]) => {
                let batch = self.batches.iter_mut().find(|batch| batch.id == *id);
                let Some(batch) = batch else { return Answer::error(404) };
                if !matches!(batch.status(now), "validating" | "in_progress" | "cancelling") {
                    return Answer::error(400);
                }
                batch.cancelled.get_or_insert(now);
                let batch = batch.clone();
                Answer::json(200, &self.show(now, &batch, true))
            }
            ("GET", [id]) => self.look(now, id),
            _ => Answer::error(404),
        }
    }

    fn make_batch(&mut self, now: Duration, request: &ServerRequest, is_again: bool) -> Answer {
        if let Some(id) = self.known_by_key(request) {
            return self.look(now, &id);
        }
        let body = request.json();
        let input = body["input_file_id"].as_str().unwrap_or_default().to_owned();
        let Some(file) = self.files.get(&input) else { return Answer::error(400) };
        let rows = String::from_utf8_lossy(&file.content).into_owned();
        let id = format!("batch_{}", self.next_number());
        let batch = StoredBatch {
            id: id.clone(),
            input,
            rows,
            metadata: body["metadata"].clone(),
            made: now,
            work: Duration::from_millis(self.random.below(self.manners.work)),
            cancelled: None,
            is_refused: self.random.chance(self.manners.refuses),
            expires: self.random.chance(self.manners.expires),
            output: None,
            is_copy: is_again,
        };
        // One that was refused cost nothing, and is no batch to go on with.
        if !batch.is_refused {
            self.note_made(now, request, is_again);
        }
        self.batches.push(batch);
        self.keep_key(request, &id);
        self.look(now, &id)
    }

    fn look(&mut self, now: Duration, id: &str) -> Answer {
        let Some(at) = self.batches.iter().position(|batch| batch.id == id) else { return Answer::error(404) };
        let mut batch = self.batches[at].clone();
        if matches!(batch.status(now), "completed" | "expired") && batch.output.is_none() {
            let (rows, large) = rows(&batch.rows, batch.expires, self.manners.large, &mut self.random);
            self.large.extend(large.into_iter().map(|token| (id.to_owned(), token)));
            let output = self.add_file(now, format!("{id}_output.jsonl"), rows.into_bytes(), false);
            batch.output = Some(output);
            self.batches[at] = batch.clone();
        }
        Answer::json(200, &self.show(now, &batch, true))
    }

    fn show(&self, now: Duration, batch: &StoredBatch, has_metadata: bool) -> Value {
        let full =
            json!({"object": "list", "data": [{"code": "token_limit_exceeded", "message": "Too much is enqueued."}]});
        let mut shown = json!({
            "id": batch.id, "object": "batch", "endpoint": "/v1/chat/completions", "input_file_id": batch.input,
            "completion_window": "24h", "status": batch.status(now), "created_at": 1_800_000_000 + batch.made.as_secs(),
            "output_file_id": batch.output, "errors": if batch.is_refused { full } else { Value::Null },
        });
        if has_metadata {
            shown["metadata"] = batch.metadata.clone();
        }
        shown
    }

    /// The batches that there are.
    pub(crate) fn batches(&self) -> &[StoredBatch] {
        &self.batches
    }

    /// Returns `true` if a batch's row for a token is larger than a client reads.
    pub(crate) fn is_large(&self, batch: &str, token: &str) -> bool {
        self.large.contains(&(batch.to_owned(), token.to_owned()))
    }

    /// Returns `true` if what was made then was in a list that was read.
    pub(crate) fn was_listed(&self, made: Duration, is_file: bool) -> bool {
        self.listed[usize::from(is_file)].is_some_and(|listed| listed >= made + self.manners.hidden)
    }
}

/// The rows of the requests, in any order, some twice, and of a batch that expired not all.
///
/// Also returns the tokens whose rows are large.
fn rows(input: &str, expires: bool, large: u64, random: &mut Random) -> (String, Vec<String>) {
    let row = |line: &str| {
        let asked: Value = serde_json::from_str(line).unwrap_or_default();
        let token = token_of(asked["body"].to_string().as_bytes());
        let message = json!({"role": "assistant", "content": reply_text(&token), "refusal": null});
        let choice = json!({"index": 0, "message": message, "finish_reason": "stop", "logprobs": null});
        let body = json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]});
        let response = json!({"status_code": 200, "request_id": "req", "body": body});
        let row = json!({"id": "r", "custom_id": asked["custom_id"], "error": null, "response": response}).to_string();
        (token, row + "\n")
    };
    let (mut rows, mut tokens) = (Vec::new(), Vec::new());
    for (token, mut row) in input.lines().map(row) {
        if random.chance(large) {
            // White space after a value is part of its row.
            row.insert_str(row.len() - 1, &" ".repeat(limits::RESPONSE));
            tokens.push(token);
        }
        rows.push(row);
    }
    for at in (1..rows.len()).rev() {
        rows.swap(at, random.place(at + 1));
    }
    if expires {
        rows.truncate(rows.len() / 2);
    }
    if random.chance(100) {
        rows.extend(rows.first().cloned());
    }
    (rows.concat(), tokens)
}
