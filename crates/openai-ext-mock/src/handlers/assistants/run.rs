//! `/threads/{thread_id}/runs` and their steps. What a run does is in `run_work`.

use serde_json::{Value, json};

use super::lookup::{self, has_ended};
use super::run_start::{start, streamed};
use super::run_work::RunWork;
use crate::call::{Call, HandlerAnswer, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{find, find_mut, parameter};
use crate::state::{self, Polls, ServerState, ThreadRun};

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
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

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let thread = parameter(call, "thread_id");
    lookup::thread(state, thread)?;
    lookup::idle(state, thread)?;
    start(call, state, thread, None)
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let thread = parameter(call, "thread_id");
    lookup::thread(state, thread)?;
    state::page(call, &state.runs, |run| run.object["thread_id"] == thread, str::to_owned)
}

fn named<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s ThreadRun, Refusal> {
    let (thread, id) = (parameter(call, "thread_id"), parameter(call, "run_id"));
    lookup::thread(state, thread)?;
    find(state.runs.get(id).filter(|run| run.object["thread_id"] == thread), "run", id, "run_id")
}

fn named_mut<'s>(call: &Call<'_>, state: &'s mut ServerState) -> Result<&'s mut ThreadRun, Refusal> {
    named(call, state)?;
    let id = parameter(call, "run_id");
    find_mut(state.runs.get_mut(id), "run", id, "run_id")
}

fn shown(call: &Call<'_>, state: &ServerState) -> Outcome {
    named(call, state).map(|run| run.object.clone().into())
}

fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let per_step = state.settings.polls_per_step;
    let steps = named_mut(call, state)?.polls.count(per_step);
    let mut work = RunWork::new(call, state, parameter(call, "run_id"));
    for _ in 0..steps {
        work.step();
    }
    shown(call, state)
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let run = named_mut(call, state)?;
    if let Some(metadata) = objects::known("RunObject", &call.body).remove("metadata") {
        run.object["metadata"] = metadata;
    }
    shown(call, state)
}

fn cancel(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let run = named_mut(call, state)?;
    if has_ended(&run.object) {
        let status = run.object["status"].as_str().unwrap_or_default();
        return Err(Refusal::state(format!("Cannot cancel run with status '{status}'.")));
    }
    run.polls = Polls::default();
    objects::set("RunObject", &mut run.object, json!({"status": "cancelling", "required_action": null}));
    shown(call, state)
}

fn submit(call: &Call<'_>, state: &mut ServerState) -> Outcome {
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
    let mut work = RunWork::new(call, state, parameter(call, "run_id"));
    work.take_outputs(outputs);
    if call.wants_stream() {
        return Ok(streamed(work));
    }
    shown(call, state)
}

fn list_steps(call: &Call<'_>, state: &ServerState) -> Outcome {
    named(call, state)?;
    let run = parameter(call, "run_id");
    state::page(call, &state.run_steps, |step| step["run_id"] == run, str::to_owned)
}

fn step(call: &Call<'_>, state: &ServerState) -> Outcome {
    named(call, state)?;
    let (run, id) = (parameter(call, "run_id"), parameter(call, "step_id"));
    let step = state.run_steps.get(id).filter(|step| step["run_id"] == run);
    find(step, "run step", id, "step_id").map(|step| HandlerAnswer::from(step.clone()))
}
