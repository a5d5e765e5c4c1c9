//! A session that translates: what it hears, it says in another language.

use std::sync::Arc;

use serde_json::{Value, json};

use super::speech::{Speech, WORD};
use crate::realtime::client_events::{self, Problem};
use crate::realtime::peer::{Out, Peer};
use crate::realtime::session_object;
use crate::realtime::turns::take_turn;
use crate::schema::{Rng, generate};
use crate::script::Said;
use crate::service::MockService;
use crate::wire::ReceivedRequest;

/// Bytes of a millisecond of PCM with 24,000 samples of 16 bits a second.
const BYTES_PER_MS: u64 = 48;

pub(in crate::realtime) struct TranslationSession {
    service: Arc<MockService>,
    speech: Speech,
    session: Value,
    is_closing: bool,
}

impl Peer for TranslationSession {
    fn greet(&mut self) -> Vec<Value> {
        let session = self.session.clone();
        vec![self.speech.event("session.created", json!({"session": session}))]
    }

    fn answer(&mut self, text: &str) -> Vec<Value> {
        let (event, checked) =
            client_events::read(text, "RealtimeTranslationClientEvent", self.service.settings().lenient);
        if let Err(problem) = checked.and_then(|()| self.handle(&event)) {
            let error = json!({
                "type": "invalid_request_error", "code": problem.code, "message": problem.message,
                "param": problem.param, "event_id": event["event_id"].as_str(),
            });
            self.speech.queue_event("error", json!({"error": error}));
        }
        Vec::new()
    }

    fn next(&mut self) -> Option<Out> {
        self.speech.next()
    }

    fn is_busy(&self) -> bool {
        self.speech.is_busy()
    }

    fn end(&mut self, _reason: &str) -> Vec<Value> {
        vec![self.speech.event("session.closed", json!({}))]
    }
}

impl TranslationSession {
    pub(in crate::realtime) fn new(service: Arc<MockService>, received: &ReceivedRequest, mut rng: Rng) -> Self {
        let model = received.query.iter().find(|(name, _)| name == "model").map(|(_, value)| value.as_str());
        let session = json!({
            "type": "translation", "id": rng.id("sess_"), "expires_at": generate::time(&mut rng) + 3_600,
            "model": model.unwrap_or_default(),
            "audio": {"input": {"transcription": null, "noise_reduction": null}, "output": {"language": "en"}},
        });
        Self { service, speech: Speech::new(rng), session, is_closing: false }
    }

    fn handle(&mut self, event: &Value) -> Result<(), Problem> {
        if self.is_closing {
            return Err(Problem::new("session_closing", None, "The session is being closed."));
        }
        match event["type"].as_str().unwrap_or_default() {
            "session.update" => {
                session_object::merge(&mut self.session, event["session"].clone());
                let session = self.session.clone();
                self.speech.queue_event("session.updated", json!({"session": session}));
            }
            "session.input_audio_buffer.append" => self.append(&event["audio"])?,
            _ => {
                self.is_closing = true;
                self.speech.queue_event("session.closed", json!({}));
                self.speech.queue(Out::Close);
            }
        }
        Ok(())
    }

    fn append(&mut self, audio: &Value) -> Result<(), Problem> {
        let Some((start, end)) = self.speech.hear(audio, BYTES_PER_MS) else {
            return Err(Problem::new("invalid_value", Some("audio"), "The audio is not base64."));
        };
        if !self.session["audio"]["input"]["transcription"].is_null() {
            let delta = format!("{} ms of sound. ", end - start);
            self.speech.queue_event("session.input_transcript.delta", json!({"delta": delta, "elapsed_ms": end}));
        }
        match take_turn(self.service.scripts(), "the translations") {
            None => self.say(WORD),
            Some(Said::Text(text) | Said::Refusal(text)) => self.say(&text),
            Some(Said::Reply(_)) => self.speech.queue(Out::Disconnect),
            Some(Said::Calls(_)) => {
                return Err(Problem::new("invalid_value", None, "A session that translates calls no functions."));
            }
        }
        Ok(())
    }

    fn say(&mut self, text: &str) {
        self.speech.say(text, BYTES_PER_MS, |_, end| json!({"elapsed_ms": end}));
    }
}
