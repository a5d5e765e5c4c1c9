//! `/threads/{thread_id}/runs` and their steps. What a run does is in `run_work`.

use serde_json::{Value, json};

use super::assistants::{self, given};
use super::run_work::Work;
use super::{find, find_mut, messages, parameter, threads};
use crate::call::Call;
use crate::reply::{Event, Reply};
use crate::state::{self, Answer, Object, Outcome, Polls, Refusal, State, StateSettings};

pub(crate) struct Run {
    pub(super) object: Value,
    polls: Polls,
}

impl Object for Run {
    fn object(&self) -> &Value {
        &self.object
    }
}

/// A run that has not ended ten minutes after its start expires; the mock only says so.
const LIFETIME: u64 = 600;

pub(super) fn answer(call: &Call<'_>, state: &mut State) -> Option<Outcome> {
    const RUN: &str = "/threads/{thread_id}/runs/{run_id}";
    const STEPS: &str = "/threads/{thread_id}/runs/{run_id}/steps";
    Some(match call.operation.key() {
        ("POST", "/threads/{thread_id}/runs") => create(call, state),
        ("GET", "/threads/{thread_id}/runs") => list(call, state),
        ("GET", RUN) => retrieve(call, state),
        ("POST", RUN) => modify(call, state),
        ("POST", "/threads/{thread_id}/runs/{run_id}/cancel") => cancel(call, state),
        ("POST", "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs") => submit(call, state),
        ("GET", STEPS) => list_steps(call, state),
        ("GET", "/threads/{thread_id}/runs/{run_id}/steps/{step_id}") => step(call, state),
        _ => return None,
    })
}

/// True if nothing will change any more.
pub(super) fn has_ended(run: &Value) -> bool {
    let live = ["queued", "in_progress", "requires_action", "cancelling"];
    !run["status"].as_str().is_some_and(|status| live.contains(&status))
}

/// The assistant that a new run is to be of.
pub(super) fn assistant<'s>(call: &Call<'_>, state: &'s State) -> Result<&'s Value, Refusal> {
    assistants::get(state, state::required_text(call, "assistant_id")?)
}

/// Starts a run on a thread; `made` is the thread if it was made by the same request.
pub(super) fn start(call: &Call<'_>, state: &mut State, thread: &str, made: Option<&Value>) -> Outcome {
    let assistant = assistant(call, state)?.clone();
    let added = call.field("additional_messages").as_array().map(Vec::as_slice).unwrap_or_default();
    let added = messages::make_all(call, thread, added, "additional_messages")?;
    messages::store_all(state, added);
    let id = call.rng().id("run_");
    let object = state::object(call, "RunObject", fields(call, &assistant, &id, thread));
    state.runs.insert(id.clone(), Run { object: object.clone(), polls: Polls::default() }, call.request.body.len());
    if !call.wants_stream() {
        return Ok(object.into());
    }
    let mut work = Work::new(call, state, &id);
    if let Some(thread) = made {
        work.events.push(Event::named("thread.created", thread));
    }
    work.run_event("created");
    work.run_event("queued");
    Ok(streamed(work))
}

/// A run as a stream where nothing is remembered: in a state of its own, which has the assistant and the thread that the
/// request names.
pub(crate) fn alone(call: &Call<'_>) -> Reply {
    let mut state = State::new(0, StateSettings::default());
    let mut rng = call.rng();
    let mut id = |name: &str, prefix: &str| {
        let known = call.request.parameter(name).or(call.field(name).as_str()).map(str::to_owned);
        known.unwrap_or_else(|| rng.id(prefix))
    };
    let (thread, run, assistant) = (id("thread_id", "thread_"), id("run_id", "run_"), id("assistant_id", "asst_"));
    for field in [&call.field("thread")["messages"], call.field("additional_messages")] {
        let given = field.as_array().map(Vec::as_slice).unwrap_or_default();
        // What a state would refuse is left out: without one, nothing is refused.
        messages::store_all(&mut state, messages::make_all(call, &thread, given, "messages").unwrap_or_default());
    }
    let assistant = json!({"id": assistant, "model": call.model()});
    let object = state::object(call, "RunObject", fields(call, &assistant, &run, &thread));
    state.runs.insert(run.clone(), Run { object, polls: Polls::default() }, 0);
    let mut work = Work::new(call, &mut state, &run);
    if call.operation.path() == "/threads/runs" {
        work.events.push(Event::named("thread.created", &state::object(call, "ThreadObject", json!({"id": thread}))));
    }
    work.run_event("created");
    work.run_event("queued");
    ended(work)
}

/// Runs to the end, or until somebody else has to do something.
fn streamed(work: Work<'_, '_>) -> Answer {
    Answer::Other(ended(work))
}

fn ended(mut work: Work<'_, '_>) -> Reply {
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

fn create(call: &Call<'_>, state: &mut State) -> Outcome {
    let thread = parameter(call, "thread_id");
    threads::get(state, thread)?;
    threads::idle(state, thread)?;
    start(call, state, thread, None)
}

fn list(call: &Call<'_>, state: &State) -> Outcome {
    let thread = parameter(call, "thread_id");
    threads::get(state, thread)?;
    state::page(call, &state.runs, |run| run.object["thread_id"] == thread, str::to_owned)
}

fn named<'s>(call: &Call<'_>, state: &'s State) -> Result<&'s Run, Refusal> {
    let (thread, id) = (parameter(call, "thread_id"), parameter(call, "run_id"));
    threads::get(state, thread)?;
    find(state.runs.get(id).filter(|run| run.object["thread_id"] == thread), "run", id, "run_id")
}

fn named_mut<'s>(call: &Call<'_>, state: &'s mut State) -> Result<&'s mut Run, Refusal> {
    named(call, state)?;
    let id = parameter(call, "run_id");
    find_mut(state.runs.get_mut(id), "run", id, "run_id")
}

fn shown(call: &Call<'_>, state: &State) -> Outcome {
    named(call, state).map(|run| run.object.clone().into())
}

fn retrieve(call: &Call<'_>, state: &mut State) -> Outcome {
    let per_step = state.settings.polls_per_step;
    let steps = named_mut(call, state)?.polls.count(per_step);
    let mut work = Work::new(call, state, parameter(call, "run_id"));
    for _ in 0..steps {
        work.step();
    }
    shown(call, state)
}

fn modify(call: &Call<'_>, state: &mut State) -> Outcome {
    let run = named_mut(call, state)?;
    if let Some(metadata) = state::known("RunObject", &call.body).remove("metadata") {
        run.object["metadata"] = metadata;
    }
    shown(call, state)
}

fn cancel(call: &Call<'_>, state: &mut State) -> Outcome {
    let run = named_mut(call, state)?;
    if has_ended(&run.object) {
        let status = run.object["status"].as_str().unwrap_or_default();
        return Err(Refusal::state(format!("Cannot cancel run with status '{status}'.")));
    }
    run.polls = Polls::default();
    state::set("RunObject", &mut run.object, json!({"status": "cancelling", "required_action": null}));
    shown(call, state)
}

fn submit(call: &Call<'_>, state: &mut State) -> Outcome {
    let run = named_mut(call, state)?;
    if run.object["status"] != "requires_action" {
        let status = run.object["status"].as_str().unwrap_or_default();
        return Err(Refusal::state(format!("Runs in status \"{status}\" do not accept tool outputs.")));
    }
    let calls = &run.object["required_action"]["submit_tool_outputs"]["tool_calls"];
    let expected: Vec<&Value> = calls.as_array().into_iter().flatten().map(|call| &call["id"]).collect();
    let outputs = call.field("tool_outputs").as_array().map(Vec::as_slice).unwrap_or_default();
    let found: Vec<&Value> = outputs.iter().map(|output| &output["tool_call_id"]).collect();
    let all = expected.len() == found.len() && expected.iter().all(|id| found.contains(id));
    if !all {
        let message = format!("Expected tool outputs for call_ids {}, got {}.", json!(expected), json!(found));
        return Err(Refusal::invalid("tool_outputs", message));
    }
    run.polls = Polls::default();
    let mut work = Work::new(call, state, parameter(call, "run_id"));
    work.take_outputs(outputs);
    if call.wants_stream() {
        return Ok(streamed(work));
    }
    shown(call, state)
}

fn list_steps(call: &Call<'_>, state: &State) -> Outcome {
    named(call, state)?;
    let run = parameter(call, "run_id");
    state::page(call, &state.run_steps, |step| step["run_id"] == run, str::to_owned)
}

fn step(call: &Call<'_>, state: &State) -> Outcome {
    named(call, state)?;
    let (run, id) = (parameter(call, "run_id"), parameter(call, "step_id"));
    let step = state.run_steps.get(id).filter(|step| step["run_id"] == run);
    find(step, "run step", id, "step_id").map(|step| Answer::from(step.clone()))
}
