//! The events of a session, in the order in which they are told.

use serde_json::{Value, json};

use crate::model::text;
use crate::schema::Rng;
use crate::wire::Event;

/// The events that a request causes.
pub(super) struct SessionEvents {
    session: String,
    rng: Rng,
    events: Vec<Event>,
}

/// An output item of a turn, and its place among them.
pub(super) struct OutputItem<'i> {
    pub(super) turn: &'i str,
    pub(super) index: usize,
    pub(super) item: &'i Value,
}

impl SessionEvents {
    pub(super) fn new(session: &str, rng: Rng) -> Self {
        Self { session: session.to_owned(), rng, events: Vec::new() }
    }

    pub(super) fn into_events(self) -> Vec<Event> {
        self.events
    }

    /// Tells of the session as it is now.
    pub(super) fn session(&mut self, kind: &str, session: &Value) {
        self.push(&format!("agent.session.{kind}"), json!({"session": session}));
    }

    /// Tells of the session's environment.
    pub(super) fn environment(&mut self, environment: &Value) {
        let status = environment["status"].as_str().unwrap_or_default();
        let state = json!({"id": environment["id"], "type": environment["type"], "status": status, "error": null});
        self.of_turn(&format!("environment.{status}"), None, json!({"environment": state}));
    }

    /// Tells of a turn as it is now.
    pub(super) fn turn(&mut self, kind: &str, turn: &Value) {
        let mut fields = json!({"turn": turn});
        if !turn["completed_at"].is_null() {
            fields["usage"] = turn["usage"].clone();
        }
        self.of_turn(&format!("turn.{kind}"), turn["id"].as_str(), fields);
    }

    /// Tells of a subagent as it is now.
    pub(super) fn subagent(&mut self, kind: &str, subagent: &Value) {
        self.push(&format!("agent.session.subagent.{kind}"), json!({"subagent": subagent}));
    }

    /// Tells of an error, which ends nothing.
    pub(super) fn error(&mut self, error: Value) {
        let session = self.session.clone();
        self.push("error", json!({"session_id": session, "error": error}));
    }

    /// Tells an event as it is.
    pub(super) fn add(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Tells of an item that is not the agent's: a message of the user's, the result of a tool.
    pub(super) fn input_added(&mut self, turn: &str, item: &Value) {
        self.of_turn("turn.item.added", Some(turn), json!({"output_index": null, "item": item}));
    }

    pub(super) fn item_added(&mut self, at: &OutputItem<'_>) {
        self.of_turn("turn.item.added", Some(at.turn), json!({"output_index": at.index, "item": at.item}));
    }

    pub(super) fn item_done(&mut self, at: &OutputItem<'_>) {
        self.of_turn("turn.item.done", Some(at.turn), json!({"output_index": at.index, "item": at.item}));
    }

    /// Tells of a message from its beginning to its end, a word at a time.
    pub(super) fn message(&mut self, at: &OutputItem<'_>, answer: &str) {
        let mut begun = at.item.clone();
        begun["status"] = Value::from("in_progress");
        begun["content"] = json!([]);
        self.item_added(&OutputItem { item: &begun, ..*at });
        let part = |text: &str| json!({"part": {"type": "output_text", "text": text}});
        self.of_part("turn.content_part.added", at, part(""));
        for word in text::words(answer) {
            self.of_part("turn.output_text.delta", at, json!({"delta": word}));
        }
        self.of_part("turn.output_text.done", at, json!({"text": answer}));
        self.of_part("turn.content_part.done", at, part(answer));
        self.item_done(at);
    }

    /// An event about the one part of an item.
    fn of_part(&mut self, kind: &str, at: &OutputItem<'_>, mut fields: Value) {
        fields["item_id"] = at.item["id"].clone();
        fields["output_index"] = Value::from(at.index);
        fields["content_index"] = Value::from(0);
        self.of_turn(kind, Some(at.turn), fields);
    }

    fn of_turn(&mut self, kind: &str, turn: Option<&str>, mut fields: Value) {
        fields["session_id"] = Value::from(self.session.as_str());
        fields["turn_id"] = Value::from(turn);
        self.push(&format!("agent.session.{kind}"), fields);
    }

    fn push(&mut self, kind: &str, mut event: Value) {
        event["type"] = Value::from(kind);
        event["event_id"] = Value::from(self.rng.id("event_"));
        self.events.push(Event::typed(&event));
    }
}
