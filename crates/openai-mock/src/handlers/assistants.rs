//! Streams of the runs of assistants.

use serde_json::{Map, Value, json};

use super::schema;
use crate::call::Call;
use crate::reply::{Event, Reply};
use crate::text;

/// A run that writes one message: each object passes through its states, under events named after them.
pub(super) fn run(call: &Call<'_>) -> Reply {
    let run = Run::of(call);
    let mut events = Vec::new();
    if call.operation.path() == "/threads/runs" {
        events.push(Event::named(
            "thread.created",
            &schema::component(call, "ThreadObject", &[("id", run.ids["thread_id"].clone())]),
        ));
    }
    for status in ["created", "queued", "in_progress"] {
        events.push(run.run_event(status));
    }
    for status in ["created", "in_progress"] {
        events.push(run.step_event(status));
    }
    for status in ["created", "in_progress"] {
        events.push(run.message_event(status));
    }
    events.extend(text::words(&run.answer).into_iter().map(|word| run.delta_event(word)));
    events.push(run.message_event("completed"));
    events.push(run.step_event("completed"));
    events.push(run.run_event("completed"));
    events.push(Event::named_done());
    Reply::events(events)
}

/// The objects of a run as they are at its end.
struct Run {
    /// `thread_id`, `run_id` and `assistant_id`, which all of them carry.
    ids: Map<String, Value>,
    run: Value,
    step: Value,
    message: Value,
    answer: String,
}

impl Run {
    fn of(call: &Call<'_>) -> Self {
        let mut rng = call.rng();
        let mut id = |name: &str, prefix: &str| {
            let known = call.request.parameter(name).or(call.field(name).as_str()).map(str::to_owned);
            (name.to_owned(), Value::from(known.unwrap_or_else(|| rng.id(prefix))))
        };
        let ids = [id("thread_id", "thread_"), id("run_id", "run_"), id("assistant_id", "asst_")].into_iter().collect();
        let (step_id, message_id) = (id("", "step_").1, id("", "msg_").1);
        let created = Value::from(call.generator().now());
        let prompt = [&call.field("thread")["messages"], call.field("additional_messages")].map(text::text_of).concat();
        let answer = text::answer(&prompt, &call.model());
        let usage = json!({"prompt_tokens": text::tokens(&prompt).max(1), "completion_tokens": text::tokens(&answer),
            "total_tokens": text::tokens(&prompt).max(1) + text::tokens(&answer)});
        let object = |name: &str, id: &Value, fields: Value| {
            let mut object = schema::component(call, name, &[("id", id.clone()), ("created_at", created.clone())]);
            let known = ids_for(&object, &ids);
            merge(&mut object, known);
            merge(&mut object, fields);
            object
        };
        let ended = json!({"status": "completed", "completed_at": created});
        let run_fields = json!({"status": "completed", "started_at": created, "completed_at": created, "usage": usage});
        let run = object("RunObject", &ids_of(&ids, "run_id"), run_fields);
        let mut step = object("RunStepObject", &step_id, ended.clone());
        let details = json!({"type": "message_creation", "message_creation": {"message_id": message_id}});
        merge(&mut step, json!({"type": "message_creation", "step_details": details, "usage": usage}));
        let mut message = object("MessageObject", &message_id, ended);
        merge(&mut message, json!({"role": "assistant", "content": [content(&answer)], "attachments": []}));
        Self { ids, run, step, message, answer }
    }

    fn run_event(&self, status: &str) -> Event {
        let mut run = state(&self.run, if status == "created" { "queued" } else { status });
        if status != "in_progress" && status != "completed" {
            run["started_at"] = Value::Null;
        }
        Event::named(&format!("thread.run.{status}"), &run)
    }

    fn step_event(&self, status: &str) -> Event {
        let step = state(&self.step, if status == "created" { "in_progress" } else { status });
        Event::named(&format!("thread.run.step.{status}"), &step)
    }

    fn message_event(&self, status: &str) -> Event {
        let mut message = state(&self.message, if status == "created" { "in_progress" } else { status });
        if status != "completed" {
            message["content"] = json!([]);
        }
        Event::named(&format!("thread.message.{status}"), &message)
    }

    fn delta_event(&self, word: &str) -> Event {
        let content = json!([{"index": 0, "type": "text", "text": {"value": word}}]);
        let delta = json!({"id": self.message["id"], "object": "thread.message.delta", "delta": {"content": content}});
        Event::named("thread.message.delta", &delta)
    }
}

/// The object in a state: before its end it has no time of completion and no usage.
fn state(object: &Value, status: &str) -> Value {
    let mut object = object.clone();
    object["status"] = Value::from(status);
    if status != "completed" {
        for name in ["completed_at", "usage"] {
            if let Some(slot) = object.get_mut(name) {
                *slot = Value::Null;
            }
        }
    }
    object
}

fn content(text: &str) -> Value {
    json!({"type": "text", "text": {"value": text, "annotations": []}})
}

/// Of the ids, those that the object has fields for.
fn ids_for(object: &Value, ids: &Map<String, Value>) -> Value {
    ids.iter()
        .filter(|(name, _)| object.get(name.as_str()).is_some())
        .map(|(name, id)| (name.clone(), id.clone()))
        .collect()
}

fn ids_of(ids: &Map<String, Value>, name: &str) -> Value {
    ids.get(name).cloned().unwrap_or_default()
}

fn merge(object: &mut Value, fields: Value) {
    if let (Value::Object(object), Value::Object(fields)) = (object, fields) {
        object.extend(fields);
    }
}
