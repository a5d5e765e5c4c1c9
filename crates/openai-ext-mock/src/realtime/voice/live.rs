//! A Live session: what the client's events do to it, and what it says to them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::speech::{Speech, WORD};
use crate::call::presentation;
use crate::model::{ToolCall, ToolInput, with};
use crate::realtime::client_events::{self, Problem};
use crate::realtime::peer::{Out, Peer};
use crate::realtime::session_object;
use crate::realtime::turns::take_turn;
use crate::schema::{Rng, generate};
use crate::script::Said;
use crate::service::MockService;
use crate::wire::{ReceivedRequest, Reply};

const MODEL: &str = "gpt-live-1";
const SESSION: &str = "LiveSessionResourceParam";

/// The connections of Live sessions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::realtime) enum LiveKind {
    Primary,
    Fork,
    /// Beside another connection: the session has started, and hears nothing from here.
    Sideband,
}

pub(in crate::realtime) struct LiveSession {
    service: Arc<MockService>,
    kind: LiveKind,
    speech: Speech,
    /// Null until the session has started.
    session: Value,
    is_muted: bool,
    is_closing: bool,
}

impl Peer for LiveSession {
    fn greet(&mut self) -> Vec<Value> {
        if self.session.is_null() {
            return Vec::new();
        }
        let session = self.session.clone();
        vec![self.speech.event("session.started", json!({"session": session}))]
    }

    fn answer(&mut self, text: &str) -> Vec<Value> {
        let (event, checked) = client_events::read(text, self.component(), self.service.settings().lenient);
        if let Err(problem) = checked.and_then(|()| self.handle(&event)) {
            self.refuse(&problem, &event);
        }
        Vec::new()
    }

    fn next(&mut self) -> Option<Out> {
        self.speech.next()
    }

    fn is_busy(&self) -> bool {
        self.speech.is_busy()
    }

    fn waits_for_start(&self) -> bool {
        self.session.is_null()
    }

    fn end(&mut self, reason: &str) -> Vec<Value> {
        let fields = self.ending(reason);
        vec![self.speech.event("session.closed", fields)]
    }
}

impl LiveSession {
    pub(in crate::realtime) fn new(
        service: Arc<MockService>,
        kind: LiveKind,
        received: &ReceivedRequest,
        mut rng: Rng,
    ) -> Self {
        let session = match kind {
            LiveKind::Primary | LiveKind::Fork => Value::Null,
            LiveKind::Sideband => {
                let id = received.path.rsplit('/').nth(1).unwrap_or_default();
                session(&json!({"model": MODEL}), id, &mut rng)
            }
        };
        Self { service, kind, speech: Speech::new(rng), session, is_muted: false, is_closing: false }
    }

    fn component(&self) -> &'static str {
        match self.kind {
            LiveKind::Primary => "LiveClientEvent",
            LiveKind::Fork => "LiveForkClientEvent",
            LiveKind::Sideband => "LiveSidebandClientEvent",
        }
    }

    fn handle(&mut self, event: &Value) -> Result<(), Problem> {
        let kind = event["type"].as_str().unwrap_or_default();
        match (kind, self.session.is_null()) {
            ("session.start", true) => {
                self.start(event);
                return Ok(());
            }
            ("session.start", false) => {
                return Err(Problem::new("session_already_started", None, "The session has started already."));
            }
            (_, true) => return Err(Problem::new("session_not_started", None, "Send session.start first.")),
            (_, false) if self.is_closing => {
                return Err(Problem::new("session_closing", None, "The session is being closed."));
            }
            (_, false) => {}
        }
        match kind {
            "session.input_audio.append" => return self.append(&event["audio"]),
            "session.update" => {
                session_object::merge(&mut self.session, event["session"].clone());
                self.session = presentation::component(SESSION, &self.session);
                let session = self.session.clone();
                self.reply(event, "session.updated", json!({"session": session}));
            }
            "session.close" => {
                self.is_closing = true;
                let fields = self.ending("close_requested");
                self.reply(event, "session.closed", fields);
                self.speech.queue(Out::Close);
            }
            "session.commentary.append" => {
                self.appended(event, kind);
                self.say(event["content"].as_str().unwrap_or_default());
            }
            "response.create" => self.respond(),
            _ => self.confirm(event, kind),
        }
        Ok(())
    }

    fn start(&mut self, event: &Value) {
        let given = match self.kind {
            LiveKind::Primary => event["session"].clone(),
            LiveKind::Fork | LiveKind::Sideband => with(json!({"model": MODEL}), event["session"].clone()),
        };
        let id = self.speech.rng.id("live_");
        self.session = session(&given, &id, &mut self.speech.rng);
        let session = self.session.clone();
        self.reply(event, "session.started", json!({"session": session}));
    }

    /// Answers an event that has one answer and no other effect.
    fn confirm(&mut self, event: &Value, kind: &str) {
        match kind {
            "session.input_audio.mute" | "session.input_audio.unmute" => {
                self.is_muted = kind.ends_with(".mute");
                self.reply(event, &format!("{kind}d"), json!({}));
            }
            "session.instructions.append" | "session.thinking.append" => self.appended(event, kind),
            "session.output_audio.fixture.play" => {
                self.reply(event, "session.output_audio.fixture.playing", json!({}));
                self.reply(event, "session.output_audio.fixture.played", json!({}));
            }
            "decision.item.create" => {
                let item = with(json!({"id": self.speech.rng.id("item_")}), event["item"].clone());
                let item = presentation::component("LiveDecisionItem", &item);
                self.reply(event, "decision.item.created", json!({"item": item}));
            }
            "decision.item.delete" => {
                self.reply(event, "decision.item.deleted", json!({"item_id": event["item_id"]}));
            }
            "decision.create" => {
                let completed = presentation::component("LiveDecisionCompleted", &json!({}));
                let fields = json!({"event": completed, "source_event_id": event["event_id"]});
                self.speech.queue_event("decision.event", fields);
            }
            "transport.dtmf.send" => self.reply(event, "transport.dtmf.sent", json!({"event": event["event"]})),
            // An item of the delegated response is confirmed by no event.
            _ => {}
        }
    }

    fn append(&mut self, audio: &Value) -> Result<(), Problem> {
        let bytes_per_ms = self.bytes_per_ms();
        let Some((start, end)) = self.speech.hear(audio, bytes_per_ms) else {
            return Err(Problem::new("invalid_value", Some("audio"), "The audio is not base64."));
        };
        if self.is_muted {
            return Ok(());
        }
        let heard = json!({"start_ms": start, "end_ms": end, "delta": format!("{} ms of sound. ", end - start)});
        self.speech.queue_event("session.input_transcript.delta", heard);
        match take_turn(self.service.scripts(), "the Live API") {
            None => self.say(WORD),
            Some(Said::Text(text) | Said::Refusal(text)) => self.say(&text),
            Some(Said::Calls(calls)) => self.delegate(&calls),
            Some(Said::Reply(reply)) => self.fail(&reply),
        }
        Ok(())
    }

    /// Hands work on: to the client, or to a response whose calls the client answers.
    fn delegate(&mut self, calls: &[ToolCall]) {
        let target = match self.session["delegation"]["type"] == "responses" {
            true => "responses",
            false => "client",
        };
        let id = self.speech.rng.id("dlg_");
        let mut delegation = json!({"type": "delegation", "id": id, "target": target});
        if target == "responses" {
            delegation["response_id"] = Value::from(self.speech.rng.id("resp_"));
        }
        let offset = self.speech.heard_ms;
        self.speech.queue_event("session.delegation.created", json!({"offset_ms": offset, "delegation": delegation}));
        if target == "client" {
            return;
        }
        for (index, call) in calls.iter().enumerate() {
            let (ToolInput::Arguments(arguments) | ToolInput::Custom(arguments)) = &call.input;
            let item = json!({
                "type": "function_call", "id": self.speech.rng.id("fc_"), "call_id": self.speech.rng.id("call_"),
                "name": call.name, "arguments": arguments, "status": "completed",
            });
            let event = json!({"type": "response.output_item.done", "output_index": index, "item": item});
            self.speech.queue_event("response.event", json!({"delegation_id": id, "event": event}));
        }
    }

    /// Makes a response of the model that the session delegates to, and says it.
    fn respond(&mut self) {
        let text = match take_turn(self.service.scripts(), "the Live API") {
            Some(Said::Text(text) | Said::Refusal(text)) => text,
            Some(Said::Calls(calls)) => return self.delegate(&calls),
            Some(Said::Reply(reply)) => return self.fail(&reply),
            None => WORD.to_owned(),
        };
        let response = json!({"id": self.speech.rng.id("resp_"), "object": "response", "output": []});
        for (kind, status) in [("response.created", "in_progress"), ("response.completed", "completed")] {
            let mut response = with(response.clone(), json!({"status": status}));
            if status == "completed" {
                let content = json!([{"type": "output_text", "text": text, "annotations": []}]);
                let id = self.speech.rng.id("msg_");
                response["output"] = json!([
                    {"type": "message", "id": id, "role": "assistant", "status": "completed", "content": content},
                ]);
            }
            self.speech.queue_event("response.event", json!({"event": {"type": kind, "response": response}}));
        }
        self.say(&text);
    }

    /// Plays a test's reply instead of words: the connection's loss, or an error.
    fn fail(&mut self, reply: &Reply) {
        if reply.faults.fault().is_some() {
            return self.speech.queue(Out::Disconnect);
        }
        let message = "The model failed, as the script of the test says.";
        self.refuse(&Problem::new("server_error", None, message), &Value::Null);
    }

    fn say(&mut self, text: &str) {
        let bytes_per_ms = self.bytes_per_ms();
        self.speech.say(text, bytes_per_ms, |start, end| json!({"start_ms": start, "end_ms": end}));
    }

    fn appended(&mut self, event: &Value, kind: &str) {
        let now = self.speech.heard_ms;
        self.reply(event, &format!("{kind}ed"), json!({"start_ms": now, "end_ms": now}));
    }

    /// Queues an event that answers one of the client.
    fn reply(&mut self, to: &Value, kind: &str, mut fields: Value) {
        if to["event_id"].is_string() {
            fields["client_event_id"] = to["event_id"].clone();
        }
        self.speech.queue_event(kind, fields);
    }

    fn refuse(&mut self, problem: &Problem, event: &Value) {
        let mut error = json!({"type": "invalid_request_error", "code": problem.code, "message": problem.message});
        if let Some(param) = &problem.param {
            error["param"] = Value::from(param.as_str());
        }
        if event["event_id"].is_string() {
            error["client_event_id"] = event["event_id"].clone();
        }
        self.reply(event, "error", json!({"error": error}));
    }

    fn ending(&mut self, reason: &str) -> Value {
        let session = match self.session.is_null() {
            true => session(&json!({"model": MODEL}), "live_none", &mut self.speech.rng),
            false => self.session.clone(),
        };
        let seconds = self.speech.heard_ms.to_string().parse::<f64>().unwrap_or_default() / 1000.0;
        json!({"reason": reason, "session": session, "usage": {"seconds": seconds}})
    }

    /// The bytes of a millisecond of sound in the session's format.
    fn bytes_per_ms(&self) -> u64 {
        let format = &self.session["audio"]["format"];
        match format["type"].as_str() {
            Some("audio/pcmu" | "audio/pcma") => 8,
            _ => format["rate"].as_u64().unwrap_or(24_000) * 2 / 1000,
        }
    }
}

/// The session object as the client sees it.
fn session(given: &Value, id: &str, rng: &mut Rng) -> Value {
    let own = json!({"id": id, "expires_at": generate::time(rng) + 3_600, "status": "active"});
    presentation::component(SESSION, &with(given.clone(), own))
}
