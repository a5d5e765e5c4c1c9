//! A session's turns and items told as the events that a stream would have had.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::parts::{OutputPlace, PartKind, PartStep, event, event_of_turn, made};
use crate::types::{SessionEvent, SessionResource, SessionTurnItemResource, SubagentResource, TurnResource};

/// A session as it was read after its stream broke off.
pub(super) struct Snapshot {
    pub(super) session: SessionResource,
    pub(super) subagents: Vec<SubagentResource>,
    /// The turn of the run, if it is there, and the turns of subagents.
    pub(super) turns: Vec<TurnSnapshot>,
}

/// A turn and its items, oldest first.
pub(super) struct TurnSnapshot {
    pub(super) turn: TurnResource,
    pub(super) items: Vec<SessionTurnItemResource>,
}

impl Snapshot {
    /// Returns the turns and ids of the calls that have an output, or that are over.
    pub(super) fn answered_calls(&self) -> HashSet<(String, String)> {
        let items = self.turns.iter().flat_map(|turn| turn.items.iter());
        let answered = items.filter_map(|item| match item {
            SessionTurnItemResource::FunctionCallOutput(item) => Some((item.turn_id.clone(), item.call_id.clone())),
            SessionTurnItemResource::FunctionCall(item) if item.status.as_str() != "in_progress" => {
                Some((item.turn_id.clone(), item.call_id.clone()))
            }
            _ => None,
        });
        answered.collect()
    }
}

/// Returns the events of all that a snapshot has, in their order.
pub(super) fn history(snapshot: &Snapshot) -> Vec<SessionEvent> {
    let session = &snapshot.session;
    let mut events = Vec::new();
    let subagent =
        |name: &str, subagent: &SubagentResource| event(&format!("subagent.{name}"), json!({"subagent": subagent}));
    events.extend(snapshot.subagents.iter().filter_map(|agent| subagent("created", agent)));
    for turn in &snapshot.turns {
        of_turn(&session.id, turn, &mut events);
    }
    let closed = snapshot.subagents.iter().filter(|agent| agent.status.as_str() == "closed");
    events.extend(closed.filter_map(|agent| subagent("closed", agent)));
    events.extend(event(session.status.as_str(), json!({"session": session})));
    // A status that the document does not know is no event.
    events.retain(|event| !matches!(event, SessionEvent::Unknown(_)));
    events
}

fn of_turn(session_id: &str, snapshot: &TurnSnapshot, events: &mut Vec<SessionEvent>) {
    let turn = &snapshot.turn;
    let status = turn.status.as_str();
    let told = |name: &str, fields: Value| event_of_turn(name, session_id, Some(&turn.id), fields);
    events.extend(told("created", json!({"turn": turn})));
    if status != "queued" {
        events.extend(told("in_progress", json!({"turn": turn})));
    }
    let mut output_index = 0;
    for item in &snapshot.items {
        let item = json!(item);
        let is_input = is_input(&item);
        let index = (!is_input).then_some(output_index);
        output_index += i64::from(!is_input);
        let begun = if is_input { item.clone() } else { begun(&item) };
        events.extend(told("item.added", json!({"output_index": index, "item": begun})));
        if !is_input && item["status"] != "in_progress" {
            of_item(session_id, &turn.id, index.unwrap_or_default(), &item, events);
            events.extend(told("item.done", json!({"output_index": index, "item": item})));
        }
    }
    if matches!(status, "completed" | "failed" | "cancelled") {
        events.extend(told(status, json!({"turn": turn, "usage": turn.usage})));
    }
}

/// The parts of an item that is done.
fn of_item(session_id: &str, turn_id: &str, output_index: i64, item: &Value, events: &mut Vec<SessionEvent>) {
    let (kind, parts) = match item["type"].as_str() {
        Some("message") => (PartKind::Text, &item["content"]),
        Some("reasoning") => (PartKind::Summary, &item["summary"]),
        _ => return,
    };
    let Some(item_id) = item["id"].as_str() else { return };
    let place = OutputPlace { session_id, turn_id: Some(turn_id), item_id, output_index };
    let texts = parts.as_array().into_iter().flatten().map(|part| part["text"].as_str().unwrap_or_default());
    for (index, text) in (0..).zip(texts) {
        for step in [PartStep::Added, PartStep::TextDone(text), PartStep::Done(text)] {
            events.extend(made(kind, place, index, step));
        }
    }
}

/// Returns an item as it was when it began.
fn begun(item: &Value) -> Value {
    let mut begun = item.clone();
    if !item["status"].is_null() {
        begun["status"] = Value::from("in_progress");
    }
    for parts in ["content", "summary"] {
        if item[parts].is_array() {
            begun[parts] = json!([]);
        }
    }
    begun
}

/// Returns true for an item that the agent did not make, which begins and has no end.
fn is_input(item: &Value) -> bool {
    match item["type"].as_str() {
        Some("message") => item["role"] == "user",
        kind => matches!(kind, Some("function_call_output" | "agent_message" | "computer_use_approval_request_result")),
    }
}
