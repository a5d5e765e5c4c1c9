//! Batches of files of a vector store, which are processed in a while.

use std::time::Duration;

use serde_json::{Value, json};

use super::exchange::{Answer, ServerRequest};
use super::state::SimulatedServer;
use super::stored::StoredFileBatch;

impl SimulatedServer {
    pub(super) fn serve_file_batch(&mut self, now: Duration, request: &ServerRequest, rest: &[&str]) -> Answer {
        match (request.method.as_str(), rest) {
            ("POST", []) => {
                let id = format!("vsfb_{}", self.next_number());
                let body = request.json();
                let ids = body["file_ids"].as_array().map(Vec::as_slice).unwrap_or_default();
                let file_ids = ids.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                let work = Duration::from_millis(self.random.pick([0, 500, 20_000, 300_000]));
                let after = self.random.pick([None, Some(0), Some(1), Some(40), Some(3000)]);
                self.file_batches.insert(id.clone(), StoredFileBatch { made: now, work, after, file_ids });
                self.show_file_batch(now, &id)
            }
            ("GET", [id]) => self.show_file_batch(now, id),
            _ => Answer::error(404),
        }
    }

    fn show_file_batch(&self, now: Duration, id: &str) -> Answer {
        let Some(batch) = self.file_batches.get(id) else { return Answer::error(404) };
        let (all, is_done) = (batch.file_ids.len(), now.saturating_sub(batch.made) >= batch.work);
        let done = if is_done { all } else { 0 };
        let status = if is_done { "completed" } else { "in_progress" };
        let counts = json!({"in_progress": all - done, "completed": done, "failed": 0, "cancelled": 0, "total": all});
        let mut answer = Answer::json(
            200,
            &json!({
                "id": id, "object": "vector_store.files_batch", "created_at": 1, "vector_store_id": "vs_1",
                "status": status, "file_counts": counts,
            }),
        );
        answer.headers.extend(batch.after.map(|after| ("openai-poll-after-ms", after.to_string())));
        answer
    }
}
