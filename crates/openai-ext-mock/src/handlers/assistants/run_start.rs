//! The start of a run, and its stream.

use serde_json::{Value, json};

use super::run_work::RunWork;
use super::{lookup, message_rows};
use crate::call::{Call, HandlerAnswer, Outcome, objects};
use crate::handlers::shared::fields::given;
use crate::state::{Polls, ServerState, StateSettings, ThreadRun};
use crate::wire::{Event, Reply};

/// A run that has not ended ten minutes after its start expires; the mock only says so.
const LIFETIME: u64 = 600;

/// Starts a run on a thread; `made` is the thread if it was made by the same request.
pub(crate) fn start(call: &Call<'_>, state: &mut ServerState, thread: &str, made: Option<&Value>) -> Outcome {
    let assistant = lookup::named_assistant(call, state)?.clone();
    let added = call.field("additional_messages").as_array().map(Vec::as_slice).unwrap_or_default();
    let added = message_rows::make_all(call, thread, added, "additional_messages")?;
    message_rows::store_all(state, added);
    let id = call.rng().id("run_");
    let object = objects::make(call, "RunObject", fields(call, &assistant, &id, thread));
    state.runs.insert(
        id.clone(),
        ThreadRun { object: object.clone(), polls: Polls::default() },
        call.request.body.len(),
    );
    if !call.wants_stream() {
        return Ok(object.into());
    }
    Ok(streamed(begun(RunWork::new(call, state, &id), made)))
}

/// A run as a stream where nothing is remembered: in a state of its own, which has the assistant and the thread that the
/// request names.
pub(crate) fn alone(call: &Call<'_>) -> Reply {
    let mut state = ServerState::new(0, StateSettings::default());
    let mut rng = call.rng();
    let mut id = |name: &str, prefix: &str| {
        let known = call.request.parameter(name).or(call.field(name).as_str()).map(str::to_owned);
        known.unwrap_or_else(|| rng.id(prefix))
    };
    let (thread, run, assistant) = (id("thread_id", "thread_"), id("run_id", "run_"), id("assistant_id", "asst_"));
    for field in [&call.field("thread")["messages"], call.field("additional_messages")] {
        let given = field.as_array().map(Vec::as_slice).unwrap_or_default();
        // What a state would refuse is left out: without one, nothing is refused.
        message_rows::store_all(
            &mut state,
            message_rows::make_all(call, &thread, given, "messages").unwrap_or_default(),
        );
    }
    let assistant = json!({"id": assistant, "model": call.model()});
    let object = objects::make(call, "RunObject", fields(call, &assistant, &run, &thread));
    state.runs.insert(run.clone(), ThreadRun { object, polls: Polls::default() }, 0);
    let made = call.operation.path() == "/threads/runs";
    let made = made.then(|| objects::make(call, "ThreadObject", json!({"id": thread})));
    ended(begun(RunWork::new(call, &mut state, &run), made.as_ref()))
}

/// Tells of the start of a run, and of the thread if the same request made it.
fn begun<'w, 'c>(mut work: RunWork<'w, 'c>, made: Option<&Value>) -> RunWork<'w, 'c> {
    if let Some(thread) = made {
        work.events.push(Event::named("thread.created", thread));
    }
    work.run_event("created");
    work.run_event("queued");
    work
}

/// Runs to the end, or until somebody else has to do something.
pub(crate) fn streamed(work: RunWork<'_, '_>) -> HandlerAnswer {
    HandlerAnswer::Other(ended(work))
}

fn ended(mut work: RunWork<'_, '_>) -> Reply {
    while work.step() {}
    let mut events = work.events;
    events.push(Event::named_done());
    Reply::events(events)
}

/// A run's fields: its own, else its assistant's, else the defaults.
fn fields(call: &Call<'_>, assistant: &Value, id: &str, thread: &str) -> Value {
    let mut fields = json!({
        "metadata": {}, "temperature": 1.0, "top_p": 1.0, "max_prompt_tokens": null, "max_completion_tokens": null,
        "truncation_strategy": {"type": "auto", "last_messages": null}, "tool_choice": "auto",
        "parallel_tool_calls": true, "response_format": "auto", "instructions": "",
    });
    let own = json!({
        "id": id, "object": "thread.run", "created_at": call.now(), "thread_id": thread, "assistant_id": assistant["id"],
        "status": "queued", "required_action": null, "last_error": null, "expires_at": call.now() + LIFETIME,
        "started_at": null, "cancelled_at": null, "failed_at": null, "completed_at": null, "incomplete_details": null,
        "usage": null,
    });
    if let (Value::Object(fields), Value::Object(own)) = (&mut fields, own) {
        let inherited = ["model", "instructions", "tools", "temperature", "top_p", "response_format"];
        let inherited = inherited.iter().map(|name| ((*name).to_owned(), assistant[*name].clone()));
        fields.extend(inherited.filter(|(_, value)| !value.is_null()));
        fields.extend(given("RunObject", call));
        fields.extend(own);
    }
    if let Some(more) = call.field("additional_instructions").as_str() {
        let instructions = fields["instructions"].as_str().unwrap_or_default();
        fields["instructions"] =
            Value::from(format!("{instructions}{}{more}", if instructions.is_empty() { "" } else { "\n" }));
    }
    fields
}
