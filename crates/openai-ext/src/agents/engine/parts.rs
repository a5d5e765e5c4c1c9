//! Events about the parts of an item: texts of a message, summaries of a reasoning.

use serde_json::{Value, json};

use crate::types::SessionEvent;

/// The kind of a part, each with events of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PartKind {
    Text,
    Summary,
}

/// An event about a part.
pub(super) struct PartEvent<'e> {
    pub(super) kind: PartKind,
    pub(super) place: OutputPlace<'e>,
    pub(super) index: i64,
    pub(super) step: PartStep<'e>,
}

/// The place of an item.
#[derive(Clone, Copy)]
pub(super) struct OutputPlace<'p> {
    pub(super) session_id: &'p str,
    pub(super) turn_id: Option<&'p str>,
    pub(super) item_id: &'p str,
    pub(super) output_index: i64,
}

/// A step in the life of a part.
#[derive(Clone, Copy)]
pub(super) enum PartStep<'e> {
    Added,
    Delta(&'e str),
    TextDone(&'e str),
    Done(&'e str),
}

/// Reads an event about a part; none if it is another one.
pub(super) fn part_event(event: &SessionEvent) -> Option<PartEvent<'_>> {
    use SessionEvent as E;
    macro_rules! part {
        ($event:ident, $kind:ident, $index:ident, $step:expr) => {
            Some(PartEvent {
                kind: PartKind::$kind,
                place: OutputPlace {
                    session_id: &$event.session_id,
                    turn_id: $event.turn_id.as_deref(),
                    item_id: &$event.item_id,
                    output_index: $event.output_index,
                },
                index: $event.$index,
                step: $step,
            })
        };
    }
    match event {
        E::AgentSessionTurnContentPartAdded(event) => part!(event, Text, content_index, PartStep::Added),
        E::AgentSessionTurnOutputTextDelta(event) => part!(event, Text, content_index, PartStep::Delta(&event.delta)),
        E::AgentSessionTurnOutputTextDone(event) => part!(event, Text, content_index, PartStep::TextDone(&event.text)),
        E::AgentSessionTurnContentPartDone(event) => {
            part!(event, Text, content_index, PartStep::Done(&event.part.text))
        }
        E::AgentSessionTurnReasoningSummaryPartAdded(event) => part!(event, Summary, summary_index, PartStep::Added),
        E::AgentSessionTurnReasoningSummaryTextDelta(event) => {
            part!(event, Summary, summary_index, PartStep::Delta(&event.delta))
        }
        E::AgentSessionTurnReasoningSummaryTextDone(event) => {
            part!(event, Summary, summary_index, PartStep::TextDone(&event.text))
        }
        E::AgentSessionTurnReasoningSummaryPartDone(event) => {
            part!(event, Summary, summary_index, PartStep::Done(&event.part.text))
        }
        _ => None,
    }
}

impl PartEvent<'_> {
    /// Makes the event of the same part for another step.
    pub(super) fn with_step(&self, step: PartStep<'_>) -> Option<SessionEvent> {
        made(self.kind, self.place, self.index, step)
    }
}

/// Makes the event of a part.
pub(super) fn made(kind: PartKind, place: OutputPlace<'_>, index: i64, step: PartStep<'_>) -> Option<SessionEvent> {
    let (part, text, index_name) = match kind {
        PartKind::Text => ("content_part", "output_text", "content_index"),
        PartKind::Summary => ("reasoning_summary_part", "reasoning_summary_text", "summary_index"),
    };
    let of_part = |text: &str| {
        let kind = if kind == PartKind::Text { "output_text" } else { "summary_text" };
        json!({"type": kind, "text": text})
    };
    let (name, field, value) = match step {
        PartStep::Added => (format!("{part}.added"), "part", of_part("")),
        PartStep::Delta(delta) => (format!("{text}.delta"), "delta", Value::from(delta)),
        PartStep::TextDone(whole) => (format!("{text}.done"), "text", Value::from(whole)),
        PartStep::Done(whole) => (format!("{part}.done"), "part", of_part(whole)),
    };
    let mut fields = json!({"item_id": place.item_id, "output_index": place.output_index});
    fields[index_name] = Value::from(index);
    fields[field] = value;
    event_of_turn(&name, place.session_id, place.turn_id, fields)
}

/// Makes an event of a turn.
pub(super) fn event_of_turn(
    name: &str,
    session_id: &str,
    turn_id: Option<&str>,
    mut fields: Value,
) -> Option<SessionEvent> {
    fields["session_id"] = Value::from(session_id);
    fields["turn_id"] = Value::from(turn_id);
    event(&format!("turn.{name}"), fields)
}

/// Makes an event. It has no id, because the server never sent it.
pub(super) fn event(name: &str, mut fields: Value) -> Option<SessionEvent> {
    fields["type"] = Value::from(format!("agent.session.{name}"));
    fields["event_id"] = Value::from("");
    serde_json::from_value(fields).ok()
}
