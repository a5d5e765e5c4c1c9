//! Requests to what carries them out.

use std::time::Duration;

use super::exchange::{Answer, CALL, ServerRequest};
use super::models;
use super::state::SimulatedServer;

impl SimulatedServer {
    /// Carries out a request; `is_again`: the network sent it a second time.
    pub(crate) fn serve(&mut self, now: Duration, request: &ServerRequest, is_again: bool) -> Answer {
        if let Some(call) = request.header(CALL) {
            let carried = self.carried.entry(call.to_owned()).or_default();
            carried.0 += 1;
            carried.1 += u64::from(is_again);
        }
        let segments: Vec<&str> = request.path.split('/').skip(1).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("POST", ["chat", "completions"]) => models::chat(&request.json(), &mut self.random),
            ("POST", ["responses"]) if request.json()["background"] == true => {
                self.create_background(&request.json(), is_again)
            }
            ("GET", ["responses", id]) => self.resume_background(request, id),
            ("POST", ["threads", _, "runs", rest @ ..]) => self.serve_run(request, rest),
            ("POST", ["responses"]) => models::response(&request.json(), &mut self.random),
            ("POST", ["uploads", rest @ ..]) => self.serve_upload(request, rest),
            (_, ["vector_stores", _, "file_batches", rest @ ..]) => self.serve_file_batch(now, request, rest),
            (_, ["batches", rest @ ..]) => self.serve_batch(now, request, rest, is_again),
            (_, ["files", rest @ ..]) => self.serve_file(now, request, rest, is_again),
            _ => Answer::error(404),
        }
    }
}
