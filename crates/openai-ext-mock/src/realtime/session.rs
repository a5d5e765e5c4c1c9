//! A session of the Realtime API: what the client's events do to it, and what it says to them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::active_response::ActiveResponse;
use super::client_events::{self, Problem};
use super::peer::{Out, Peer};
use super::speaker::Speaker;
use super::spoken_response::WantedResponse;
use super::turns::take_turn;
use super::{session_items, session_object};
use crate::model::{text, with};
use crate::schema::Rng;
use crate::script::Said;
use crate::service::MockService;
use crate::wire::ReceivedRequest;

const MODEL: &str = "gpt-realtime";
/// Bytes of a millisecond of PCM with 24,000 samples of 16 bits a second.
const BYTES_PER_MS: usize = 48;

type Reaction = Result<Vec<Value>, Problem>;

/// The server's side of a session of the Realtime API.
pub(super) struct Session {
    service: Arc<MockService>,
    speaker: Speaker,
    active: Option<ActiveResponse>,
    /// The bytes that were appended since the last commit.
    audio: usize,
    /// The client asked for the events as they were before the API was generally available.
    beta: bool,
}

impl Peer for Session {
    fn greet(&mut self) -> Vec<Value> {
        let session = self.speaker.session.clone();
        vec![self.speaker.event("session.created", json!({"session": session}))]
    }

    fn answer(&mut self, text: &str) -> Vec<Value> {
        let (event, checked) = client_events::read(text, "RealtimeClientEvent", self.service.settings().lenient);
        let answer = checked.and_then(|()| self.handle(&event));
        answer.unwrap_or_else(|problem| vec![self.error(&problem, &event["event_id"])])
    }

    fn next(&mut self) -> Option<Out> {
        let out = self.speaker.next()?;
        if let Out::Event(event) = &out {
            self.note(event);
        }
        Some(out)
    }

    fn is_busy(&self) -> bool {
        self.speaker.is_busy()
    }
}

impl Session {
    pub(super) fn new(service: Arc<MockService>, received: &ReceivedRequest, mut rng: Rng) -> Self {
        let query =
            |name: &str| received.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let beta = received.header("openai-beta").is_some_and(|value| value.contains("realtime=v1"));
        let session = match query("intent") {
            Some("transcription") => session_object::transcription(&mut rng),
            _ => session_object::conversation(query("model").or(query("deployment")).unwrap_or(MODEL), &mut rng),
        };
        let speaker = Speaker::new(rng, session, service.settings().state.keep_objects);
        Self { service, speaker, active: None, audio: 0, beta }
    }

    fn handle(&mut self, event: &Value) -> Reaction {
        let item_id = event["item_id"].as_str().unwrap_or_default();
        match event["type"].as_str().unwrap_or_default() {
            "session.update" => self.update(&event["session"]),
            "conversation.item.create" => {
                let item = session_items::complete(&event["item"], &mut self.speaker.rng);
                self.add_item(item, event["previous_item_id"].as_str())
            }
            "conversation.item.retrieve" => {
                let item = self.speaker.items.get_mut(item_id)?.clone();
                Ok(vec![self.speaker.event("conversation.item.retrieved", json!({"item": item}))])
            }
            "conversation.item.delete" => {
                self.speaker.items.remove(item_id)?;
                Ok(vec![self.speaker.event("conversation.item.deleted", json!({"item_id": item_id}))])
            }
            "conversation.item.truncate" => self.truncate(event, item_id),
            "input_audio_buffer.append" => self.append(&event["audio"]),
            "input_audio_buffer.commit" => self.commit(),
            "input_audio_buffer.clear" => {
                self.audio = 0;
                Ok(vec![self.speaker.event("input_audio_buffer.cleared", json!({}))])
            }
            "response.create" => self.respond(&event["response"]),
            "response.cancel" => self.cancel(event["response_id"].as_str()),
            // Only calls by WebRTC and SIP have such a buffer.
            _ => Err(Problem::new("invalid_value", Some("type"), "There is no output audio buffer over WebSocket.")),
        }
    }

    fn update(&mut self, update: &Value) -> Reaction {
        let kind = &self.speaker.session["type"];
        if update["type"].is_string() && update["type"] != *kind {
            let message = format!("The type of a session cannot be changed; this one is {kind}.");
            return Err(Problem::new("invalid_value", Some("session.type"), message));
        }
        let mut update = update.clone();
        if let Value::Object(fields) = &mut update {
            // The model is that of the connection.
            fields.retain(|name, _| name != "model");
        }
        session_object::merge(&mut self.speaker.session, update);
        let mut told = self.speaker.session.clone();
        let component = match told["type"] == "transcription" {
            true => "RealtimeTranscriptionSessionCreateResponseGA",
            false => "RealtimeSessionCreateResponseGA",
        };
        session_object::make_fit(component, &mut told);
        Ok(vec![self.speaker.event("session.updated", json!({"session": told}))])
    }

    fn add_item(&mut self, item: Value, after: Option<&str>) -> Reaction {
        let before = self.speaker.items.insert(item.clone(), after)?;
        let kinds = ["conversation.item.created", "conversation.item.added", "conversation.item.done"];
        let kinds = kinds.into_iter().skip(usize::from(!self.beta));
        let fields = json!({"previous_item_id": before, "item": item});
        Ok(kinds.map(|kind| self.speaker.event(kind, fields.clone())).collect())
    }

    fn truncate(&mut self, event: &Value, item_id: &str) -> Reaction {
        let (index, end) = (&event["content_index"], &event["audio_end_ms"]);
        let item = self.speaker.items.get_mut(item_id)?;
        let place = index.as_u64().and_then(|index| usize::try_from(index).ok());
        let is_audio = |part: &&mut Value| part["type"] == "output_audio";
        let part = place.and_then(|place| item.get_mut("content")?.get_mut(place)).filter(is_audio);
        let Some(Value::Object(part)) = part else {
            let message = "Only the audio of the model's messages can be truncated.";
            return Err(Problem::new("invalid_value", Some("content_index"), message));
        };
        // Nobody knows which of its words were heard.
        part.remove("transcript");
        let fields = json!({"item_id": item_id, "content_index": index, "audio_end_ms": end});
        Ok(vec![self.speaker.event("conversation.item.truncated", fields)])
    }

    fn append(&mut self, audio: &Value) -> Reaction {
        // What is said is of no use to a mock, how long it is has to be right.
        let length = audio.as_str().and_then(|text| STANDARD.decode(text).ok()).map(|bytes| bytes.len());
        let message = "Invalid 'audio': it is not base64.";
        self.audio += length.ok_or_else(|| Problem::new("invalid_value", Some("audio"), message))?;
        Ok(Vec::new())
    }

    fn commit(&mut self) -> Reaction {
        let length = std::mem::take(&mut self.audio);
        if length == 0 {
            let message = "Error committing input audio buffer: the buffer is empty.";
            return Err(Problem::new("input_audio_buffer_commit_empty", None, message));
        }
        let mut item = json!({"type": "message", "role": "user", "content": [{"type": "input_audio"}]});
        item = session_items::complete(&item, &mut self.speaker.rng);
        let fields = json!({"previous_item_id": self.speaker.items.last_id(), "item_id": item["id"]});
        let mut events = vec![self.speaker.event("input_audio_buffer.committed", fields)];
        events.extend(self.add_item(item.clone(), None)?);
        if self.speaker.session.pointer("/audio/input/transcription").is_some_and(|setting| !setting.is_null()) {
            self.transcribe(&item["id"], length / BYTES_PER_MS);
        }
        Ok(events)
    }

    /// In a session that only transcribes, what a test wrote down is what was heard.
    fn transcribe(&mut self, item_id: &Value, milliseconds: usize) {
        let only = self.speaker.session["type"] == "transcription";
        let turn = if only { take_turn(self.service.scripts(), "the Realtime API") } else { None };
        let transcript = match turn {
            Some(Said::Text(text)) => text,
            Some(Said::Reply(reply)) if reply.faults.fault().is_some() => return self.speaker.queue_end(),
            Some(Said::Reply(_)) => return self.fail_to_transcribe(item_id),
            _ => format!("This is the OpenAI mock, which heard {milliseconds} ms of audio."),
        };
        let place = json!({"item_id": item_id, "content_index": 0});
        for word in text::words(&transcript) {
            let delta = with(place.clone(), json!({"delta": word}));
            self.speaker.queue("conversation.item.input_audio_transcription.delta", delta, false);
        }
        let seconds = f64::from(u32::try_from(milliseconds).unwrap_or(u32::MAX)) / 1_000.0;
        let end = json!({"transcript": transcript, "usage": {"type": "duration", "seconds": seconds}});
        self.speaker.queue("conversation.item.input_audio_transcription.completed", with(place, end), false);
        let id = item_id.as_str().unwrap_or_default();
        if let Ok(item) = self.speaker.items.get_mut(id) {
            item["content"][0]["transcript"] = Value::from(transcript);
        }
    }

    fn fail_to_transcribe(&mut self, item_id: &Value) {
        let error =
            json!({"type": "transcription_error", "code": "audio_unintelligible", "message": "Not understood."});
        let fields = json!({"item_id": item_id, "content_index": 0, "error": error});
        self.speaker.queue("conversation.item.input_audio_transcription.failed", fields, false);
    }

    fn respond(&mut self, asked: &Value) -> Reaction {
        if self.speaker.session["type"] == "transcription" {
            let message = "A session for transcription does not respond.";
            return Err(Problem::new("invalid_value", Some("type"), message));
        }
        if self.active.is_some() {
            let message = "Conversation already has an active response.";
            return Err(Problem::new("conversation_already_has_active_response", None, message));
        }
        let turn = take_turn(self.service.scripts(), "the Realtime API");
        let wanted = WantedResponse::new(&mut self.speaker, asked);
        let (active, events) = wanted.begin(&mut self.speaker, turn);
        self.active = Some(active);
        Ok(events)
    }

    fn cancel(&mut self, id: Option<&str>) -> Reaction {
        let active = self.active.take_if(|active| id.is_none_or(|id| active.id() == id));
        let Some(active) = active else {
            let message = "Cancellation failed: no active response found.";
            return Err(Problem::new("response_cancel_not_active", None, message));
        };
        self.speaker.forget_response();
        Ok(active.cancelled(&mut self.speaker))
    }

    /// Takes over an event that was said: it is so from then on.
    fn note(&mut self, event: &Value) {
        match event["type"].as_str().unwrap_or_default() {
            "conversation.item.added" | "conversation.item.done" => self.speaker.items.put(&event["item"]),
            "response.done" => self.active = None,
            _ => {
                if let Some(active) = &mut self.active {
                    active.note(event);
                }
            }
        }
    }

    fn error(&mut self, problem: &Problem, event_id: &Value) -> Value {
        let error = json!({
            "type": "invalid_request_error", "code": problem.code, "message": problem.message, "param": problem.param,
            "event_id": event_id.as_str(),
        });
        self.speaker.event("error", json!({"error": error}))
    }
}
