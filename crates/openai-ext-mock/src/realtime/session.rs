//! A session of the Realtime API: what the client's events do to it, and what it says to them.

use std::collections::VecDeque;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::answer::{Active, Wanted};
use super::connection::{Out, Peer};
use super::events::{self, Problem};
use super::items::{self, Items};
use crate::document;
use crate::generate;
use crate::request::ReceivedRequest;
use crate::rng::Rng;
use crate::service::Shared;
use crate::text;
use crate::turn::{Said, Turn};
use crate::validate;

const MODEL: &str = "gpt-realtime";
const TRANSCRIBER: &str = "gpt-4o-transcribe";
/// Bytes of a millisecond of PCM with 24,000 samples of 16 bits a second.
const BYTES_PER_MS: usize = 48;

type Events = Result<Vec<Value>, Problem>;

pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) rng: Rng,
    /// The session object as the client sees it.
    pub(super) session: Value,
    pub(super) items: Items,
    pub(super) conversation_id: String,
    pub(super) active: Option<Active>,
    queue: VecDeque<Queued>,
    /// The bytes that were appended since the last commit.
    audio: usize,
    /// The client asked for the events as they were before the API was generally available.
    beta: bool,
}

struct Queued {
    out: Out,
    of_response: bool,
}

impl Peer for Session {
    fn greet(&mut self) -> Vec<Value> {
        let session = self.session.clone();
        vec![self.event("session.created", json!({"session": session}))]
    }

    fn answer(&mut self, text: &str) -> Vec<Value> {
        let (event, checked) = events::read(text, self.shared.settings().lenient);
        let answer = checked.and_then(|()| self.handle(&event));
        answer.unwrap_or_else(|problem| vec![self.error(&problem, &event["event_id"])])
    }

    fn next(&mut self) -> Option<Out> {
        let out = self.queue.pop_front()?.out;
        if let Out::Event(event) = &out {
            self.note(event);
        }
        Some(out)
    }

    fn is_busy(&self) -> bool {
        !self.queue.is_empty()
    }
}

impl Session {
    pub(super) fn new(shared: Arc<Shared>, received: &ReceivedRequest, mut rng: Rng) -> Self {
        let query =
            |name: &str| received.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let beta = received.header("openai-beta").is_some_and(|value| value.contains("realtime=v1"));
        let session = match query("intent") {
            Some("transcription") => transcription_session(&mut rng),
            _ => session(query("model").or(query("deployment")).unwrap_or(MODEL), &mut rng),
        };
        let items = Items::new(shared.settings().state.keep_objects);
        let conversation_id = rng.id("conv_");
        let queue = VecDeque::new();
        Self { shared, rng, session, items, conversation_id, active: None, queue, audio: 0, beta }
    }

    fn handle(&mut self, event: &Value) -> Events {
        let item_id = event["item_id"].as_str().unwrap_or_default();
        match event["type"].as_str().unwrap_or_default() {
            "session.update" => self.update(&event["session"]),
            "conversation.item.create" => {
                let item = items::complete(&event["item"], &mut self.rng);
                self.add_item(item, event["previous_item_id"].as_str())
            }
            "conversation.item.retrieve" => {
                let item = self.items.get_mut(item_id)?.clone();
                Ok(vec![self.event("conversation.item.retrieved", json!({"item": item}))])
            }
            "conversation.item.delete" => {
                self.items.remove(item_id)?;
                Ok(vec![self.event("conversation.item.deleted", json!({"item_id": item_id}))])
            }
            "conversation.item.truncate" => self.truncate(event, item_id),
            "input_audio_buffer.append" => self.append(&event["audio"]),
            "input_audio_buffer.commit" => self.commit(),
            "input_audio_buffer.clear" => {
                self.audio = 0;
                Ok(vec![self.event("input_audio_buffer.cleared", json!({}))])
            }
            "response.create" => self.respond(&event["response"]),
            "response.cancel" => self.cancel(event["response_id"].as_str()),
            // Only calls by WebRTC and SIP have such a buffer.
            _ => Err(Problem::new("invalid_value", Some("type"), "There is no output audio buffer over WebSocket.")),
        }
    }

    fn update(&mut self, update: &Value) -> Events {
        let kind = &self.session["type"];
        if update["type"].is_string() && update["type"] != *kind {
            let message = format!("The type of a session cannot be changed; this one is {kind}.");
            return Err(Problem::new("invalid_value", Some("session.type"), message));
        }
        let mut update = update.clone();
        if let Value::Object(fields) = &mut update {
            // The model is that of the connection.
            fields.retain(|name, _| name != "model");
        }
        merge(&mut self.session, update);
        let mut told = self.session.clone();
        let component = match told["type"] == "transcription" {
            true => "RealtimeTranscriptionSessionCreateResponseGA",
            false => "RealtimeSessionCreateResponseGA",
        };
        make_fit(component, &mut told);
        Ok(vec![self.event("session.updated", json!({"session": told}))])
    }

    fn add_item(&mut self, item: Value, after: Option<&str>) -> Events {
        let before = self.items.insert(item.clone(), after)?;
        let kinds = ["conversation.item.created", "conversation.item.added", "conversation.item.done"];
        let kinds = kinds.into_iter().skip(usize::from(!self.beta));
        let fields = json!({"previous_item_id": before, "item": item});
        Ok(kinds.map(|kind| self.event(kind, fields.clone())).collect())
    }

    fn truncate(&mut self, event: &Value, item_id: &str) -> Events {
        let (index, end) = (&event["content_index"], &event["audio_end_ms"]);
        let item = self.items.get_mut(item_id)?;
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
        Ok(vec![self.event("conversation.item.truncated", fields)])
    }

    fn append(&mut self, audio: &Value) -> Events {
        // What is said is of no use to a mock, how long it is has to be right.
        let length = audio.as_str().and_then(|text| STANDARD.decode(text).ok()).map(|bytes| bytes.len());
        let message = "Invalid 'audio': it is not base64.";
        self.audio += length.ok_or_else(|| Problem::new("invalid_value", Some("audio"), message))?;
        Ok(Vec::new())
    }

    fn commit(&mut self) -> Events {
        let length = std::mem::take(&mut self.audio);
        if length == 0 {
            let message = "Error committing input audio buffer: the buffer is empty.";
            return Err(Problem::new("input_audio_buffer_commit_empty", None, message));
        }
        let mut item = json!({"type": "message", "role": "user", "content": [{"type": "input_audio"}]});
        item = items::complete(&item, &mut self.rng);
        let fields = json!({"previous_item_id": self.items.last_id(), "item_id": item["id"]});
        let mut events = vec![self.event("input_audio_buffer.committed", fields)];
        events.extend(self.add_item(item.clone(), None)?);
        if self.session.pointer("/audio/input/transcription").is_some_and(|setting| !setting.is_null()) {
            self.transcribe(&item["id"], length / BYTES_PER_MS);
        }
        Ok(events)
    }

    /// In a session that only transcribes, what a test wrote down is what was heard.
    fn transcribe(&mut self, item_id: &Value, milliseconds: usize) {
        let only = self.session["type"] == "transcription";
        let turn = if only { self.shared.scripts().next_turn() } else { None };
        let transcript = match turn {
            Some(Turn(Said::Text(text))) => text,
            Some(Turn(Said::Reply(_))) => return self.fail_to_transcribe(item_id),
            _ => format!("This is the OpenAI mock, which heard {milliseconds} ms of audio."),
        };
        let place = json!({"item_id": item_id, "content_index": 0});
        for word in text::words(&transcript) {
            let delta = with(place.clone(), json!({"delta": word}));
            self.queue("conversation.item.input_audio_transcription.delta", delta, false);
        }
        let seconds = f64::from(u32::try_from(milliseconds).unwrap_or(u32::MAX)) / 1_000.0;
        let end = json!({"transcript": transcript, "usage": {"type": "duration", "seconds": seconds}});
        self.queue("conversation.item.input_audio_transcription.completed", with(place, end), false);
        let id = item_id.as_str().unwrap_or_default();
        if let Ok(item) = self.items.get_mut(id) {
            item["content"][0]["transcript"] = Value::from(transcript);
        }
    }

    fn fail_to_transcribe(&mut self, item_id: &Value) {
        let error =
            json!({"type": "transcription_error", "code": "audio_unintelligible", "message": "Not understood."});
        let fields = json!({"item_id": item_id, "content_index": 0, "error": error});
        self.queue("conversation.item.input_audio_transcription.failed", fields, false);
    }

    fn respond(&mut self, asked: &Value) -> Events {
        if self.session["type"] == "transcription" {
            let message = "A session for transcription does not respond.";
            return Err(Problem::new("invalid_value", Some("type"), message));
        }
        if self.active.is_some() {
            let message = "Conversation already has an active response.";
            return Err(Problem::new("conversation_already_has_active_response", None, message));
        }
        let turn = self.shared.scripts().next_turn().map(|turn| turn.0);
        let wanted = Wanted::new(self, asked);
        Ok(wanted.begin(self, turn))
    }

    fn cancel(&mut self, id: Option<&str>) -> Events {
        let active = self.active.take_if(|active| id.is_none_or(|id| active.id() == id));
        let Some(active) = active else {
            let message = "Cancellation failed: no active response found.";
            return Err(Problem::new("response_cancel_not_active", None, message));
        };
        self.queue.retain(|queued| !queued.of_response);
        Ok(active.cancelled(self))
    }

    /// What was said is how it is from then on.
    pub(super) fn note(&mut self, event: &Value) {
        match event["type"].as_str().unwrap_or_default() {
            "conversation.item.added" | "conversation.item.done" => self.items.put(&event["item"]),
            "response.done" => self.active = None,
            _ => {
                if let Some(active) = &mut self.active {
                    active.note(event);
                }
            }
        }
    }

    pub(super) fn queue(&mut self, kind: &str, fields: Value, of_response: bool) {
        let out = Out::Event(self.event(kind, fields));
        self.queue.push_back(Queued { out, of_response });
    }

    pub(super) fn queue_end(&mut self) {
        self.queue.push_back(Queued { out: Out::Disconnect, of_response: true });
    }

    pub(super) fn event(&mut self, kind: &str, fields: Value) -> Value {
        with(json!({"type": kind, "event_id": self.rng.id("event_")}), fields)
    }

    fn error(&mut self, problem: &Problem, event_id: &Value) -> Value {
        let error = json!({
            "type": "invalid_request_error", "code": problem.code, "message": problem.message, "param": problem.param,
            "event_id": event_id.as_str(),
        });
        self.event("error", json!({"error": error}))
    }
}

pub(super) fn with(mut object: Value, fields: Value) -> Value {
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, fields) {
        object.extend(fields);
    }
    object
}

/// Turns are detected by no mock: clients commit their audio themselves.
fn session(model: &str, rng: &mut Rng) -> Value {
    let format = json!({"type": "audio/pcm", "rate": 24_000});
    json!({
        "type": "realtime",
        "object": "realtime.session",
        "id": rng.id("sess_"),
        "expires_at": generate::time(rng) + 3_600,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": null,
        "truncation": "auto",
        "prompt": null,
        "audio": {
            "input": {"format": format, "turn_detection": null},
            "output": {"format": format, "voice": "marin", "speed": 1.0},
        },
    })
}

fn transcription_session(rng: &mut Rng) -> Value {
    json!({
        "type": "transcription",
        "object": "realtime.transcription_session",
        "id": rng.id("sess_"),
        "expires_at": generate::time(rng) + 3_600,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "transcription": {"model": TRANSCRIBER},
                "turn_detection": null,
            },
        },
    })
}

/// Sets the fields that an update has, and leaves the others as they are.
fn merge(value: &mut Value, update: Value) {
    match (value, update) {
        (Value::Object(fields), Value::Object(update)) => merge_fields(fields, update),
        (value, update) => *value = update,
    }
}

fn merge_fields(fields: &mut Map<String, Value>, update: Map<String, Value>) {
    for (name, update) in update {
        // Whose tag is another is another thing.
        let is_same = |known: &Value| known.get("type") == update.get("type") || update.get("type").is_none();
        match fields.get_mut(&name).filter(|known| is_same(known)) {
            Some(known) => merge(known, update),
            None => drop(fields.insert(name, update)),
        }
    }
}

/// Takes away what a component does not allow: a session may be asked for with more than it is told with.
fn make_fit(component: &str, value: &mut Value) {
    let Some(schema) = document::component(component) else { return };
    for _ in 0..32 {
        let Err(violation) = validate::check(document::root(), schema, value) else { return };
        let Some((parent, name)) = violation.pointer().rsplit_once('/') else { return };
        let Some(Value::Object(fields)) = value.pointer_mut(parent) else { return };
        fields.remove(name);
    }
}
