//! The work of a session's turns, one status after the other. A poll and a stream of a session get the same work done.

use bytes::Bytes;
use serde_json::{Value, json};

use super::turn_events::{OutputItem, SessionEvents};
use crate::call::{Call, Refusal};
use crate::handlers::shared::fields::id_of;
use crate::model::{ToolCall, ToolInput, text, tool_call};
use crate::schema::Rng;
use crate::script::Said;
use crate::state::{ServerState, SessionArtifact, SessionItem};
use crate::wire::Event;

/// A session at work.
pub(super) struct SessionWork<'w, 'c> {
    pub(super) call: &'w Call<'c>,
    pub(super) state: &'w mut ServerState,
    pub(super) session: String,
    pub(super) rng: Rng,
    pub(super) events: SessionEvents,
}

impl<'w, 'c> SessionWork<'w, 'c> {
    pub(super) fn new(call: &'w Call<'c>, state: &'w mut ServerState, session: &str) -> Self {
        Self::of_part(call, state, session, 0)
    }

    /// The work of a part of the request, so that the ids of each part are its own.
    pub(super) fn of_part(call: &'w Call<'c>, state: &'w mut ServerState, session: &str, part: u64) -> Self {
        let rng = call.rng().child(part + 1);
        let events = SessionEvents::new(session, rng.child(0));
        Self { call, state, session: session.to_owned(), rng, events }
    }

    /// Goes on until the session is idle or somebody else has to do something.
    pub(super) fn run(&mut self) {
        while self.step() {}
    }

    /// Goes one status further; false if the session rests where it is.
    pub(super) fn step(&mut self) -> bool {
        let Some(turn) = self.active_turn() else { return false };
        match turn["status"].as_str() {
            Some("queued") => self.begin(turn),
            Some("in_progress") => self.act(&turn),
            _ => return false,
        }
        true
    }

    /// Tells the open streams what happened, and returns it.
    pub(super) fn finish(self) -> Vec<Event> {
        let events = self.events.into_events();
        if let Some(session) = self.state.agents.sessions.get_mut(&self.session).filter(|_| !events.is_empty()) {
            session.tell(&events);
        }
        events
    }

    /// Tells of a session that was made with this request.
    pub(super) fn created(&mut self) {
        let session = self.session();
        self.events.session("created", &session);
        if let Some(environment) = self.environment() {
            self.events.environment(&environment);
        }
        if session["status"] == "idle" {
            self.make_ready();
            self.events.session("idle", &session);
        }
    }

    /// Takes the result of a function that the session waits for.
    pub(super) fn take_result(&mut self, result: &Value) -> Result<(), Refusal> {
        self.refuse_result(result["call_id"].as_str().unwrap_or_default())?;
        let is_meant = |action: &Value| {
            action["type"] == "function_call"
                && action["call_id"] == result["call_id"]
                && action["turn_id"] == result["turn_id"]
        };
        let mut actions = self.session()["required_actions"].as_array().cloned().unwrap_or_default();
        let Some(index) = actions.iter().position(is_meant) else {
            return Err(unknown_call(result["call_id"].as_str().unwrap_or_default()));
        };
        let turn = actions.remove(index)["turn_id"].as_str().unwrap_or_default().to_owned();
        let status = if result["success"] == true { "completed" } else { "failed" };
        self.end_calls(&turn, status, |item| item["call_id"] == result["call_id"]);
        let output = json!({
            "id": self.rng.id("item_"), "turn_id": turn, "type": "function_call_output", "status": status,
            "call_id": result["call_id"], "output": result["output"], "error": result["error"],
        });
        self.events.input_added(&turn, &output);
        self.keep(output);
        let is_last = actions.is_empty();
        self.set_session(json!({"required_actions": actions}));
        if is_last {
            self.announce();
            self.go_on(&turn);
        }
        Ok(())
    }

    /// Cancels the turns that have not ended.
    pub(super) fn cancel(&mut self) {
        self.drop_script();
        while let Some(turn) = self.active_turn() {
            let id = id_of(&turn);
            self.end_calls(&id, "incomplete", |item| item["status"] == "in_progress");
            self.set_session(json!({"required_actions": []}));
            self.enter(&id, "cancelled", json!({"completed_at": self.call.now()}));
            self.rest();
        }
    }

    pub(super) fn session(&self) -> Value {
        self.state.agents.sessions.get(&self.session).map(|session| session.object.clone()).unwrap_or_default()
    }

    pub(super) fn set_session(&mut self, fields: Value) {
        let session = self.state.agents.sessions.get_mut(&self.session);
        if let (Some(session), Value::Object(fields)) = (session, fields) {
            fields.into_iter().for_each(|(name, value)| session.object[name] = value);
        }
    }

    /// The oldest turn that has not ended.
    pub(super) fn active_turn(&self) -> Option<Value> {
        let is_active = |turn: &&Value| {
            turn["session_id"] == *self.session
                && turn["subagent_id"].is_null()
                && ["queued", "in_progress", "waiting"].iter().any(|status| turn["status"] == *status)
        };
        self.state.agents.turns.iter().find(is_active).cloned()
    }

    fn items_of(&self, turn: &str) -> impl Iterator<Item = &Value> {
        self.state.agents.items.iter().map(|item| &item.object).filter(move |item| item["turn_id"] == turn)
    }

    fn keep(&mut self, item: Value) {
        let row = SessionItem { session: self.session.clone(), object: item.clone() };
        self.state.agents.items.insert(id_of(&item), row, 0);
    }

    /// Changes a turn, and tells of it unless it only waits, which no event says.
    pub(super) fn enter(&mut self, turn: &str, status: &str, fields: Value) {
        self.change_turn(turn, status, fields);
        if status != "waiting"
            && let Some(object) = self.state.agents.turns.get(turn)
        {
            self.events.turn(status, object);
        }
    }

    /// Changes a turn, and tells nobody.
    pub(super) fn change_turn(&mut self, turn: &str, status: &str, fields: Value) {
        let Some(object) = self.state.agents.turns.get_mut(turn) else { return };
        object["status"] = Value::from(status);
        if let Value::Object(fields) = fields {
            fields.into_iter().for_each(|(name, value)| object[name] = value);
        }
    }

    /// Tells that the session is in progress, once until it rests.
    pub(super) fn announce(&mut self) {
        self.set_session(json!({"status": "in_progress"}));
        let session = self.state.agents.sessions.get_mut(&self.session);
        let is_news = session.is_some_and(|session| !std::mem::replace(&mut session.announced, true));
        if is_news {
            let session = self.session();
            self.events.session("in_progress", &session);
        }
    }

    /// Leaves the session in a status in which it does nothing by itself.
    pub(super) fn pause(&mut self, status: &str) {
        self.pause_as(status, status);
    }

    /// The same with an event of another name.
    pub(super) fn pause_as(&mut self, status: &str, event: &str) {
        self.set_session(json!({"status": status, "last_active_at": self.call.now()}));
        if let Some(session) = self.state.agents.sessions.get_mut(&self.session) {
            session.announced = false;
            self.events.session(event, &session.object);
        }
    }

    /// The end of a turn: the session is idle unless another one waits.
    pub(super) fn rest(&mut self) {
        if self.active_turn().is_none() {
            self.pause("idle");
        }
    }

    fn environment(&self) -> Option<Value> {
        let session = self.session();
        let id = session["environment"]["id"].as_str()?;
        self.state.agents.environments.get(id).map(|environment| environment.object.clone())
    }

    /// An environment is ready as soon as it is needed.
    fn make_ready(&mut self) {
        let Some(mut environment) = self.environment().filter(|environment| environment["status"] == "pending") else {
            return;
        };
        environment["status"] = crate::handlers::agents::environment::ready_status(&environment);
        self.events.environment(&environment);
        if let Some(row) = self.state.agents.environments.get_mut(&id_of(&environment)) {
            row.object = environment;
        }
    }

    fn begin(&mut self, turn: Value) {
        let id = id_of(&turn);
        self.announce();
        self.make_ready();
        self.take_script();
        self.events.turn("created", &turn);
        self.enter(&id, "in_progress", json!({"started_at": self.call.now()}));
        let items: Vec<Value> = self.items_of(&id).cloned().collect();
        items.iter().for_each(|item| self.events.input_added(&id, item));
    }

    /// Does what a test wrote down, else calls all functions once, and then answers.
    fn act(&mut self, turn: &Value) {
        let id = id_of(turn);
        if self.play(&id) {
            return;
        }
        match self.call.take_turn() {
            Some(Said::Calls(calls)) => {
                let call = |call: ToolCall| match call.input {
                    ToolInput::Arguments(text) | ToolInput::Custom(text) => (call.name, text),
                };
                self.ask(&id, calls.into_iter().map(call).collect());
            }
            Some(Said::Text(text) | Said::Refusal(text)) => self.answer(&id, text),
            Some(Said::Reply(_)) => self.fail(&id),
            None => {
                let has_called = self.items_of(&id).any(|item| item["type"] == "function_call");
                let calls = if has_called { Vec::new() } else { self.function_calls() };
                if calls.is_empty() {
                    let text = self.own_answer(&id);
                    self.answer(&id, text);
                } else {
                    self.ask(&id, calls);
                }
            }
        }
    }

    /// A call of each function that the agent has.
    fn function_calls(&mut self) -> Vec<(String, String)> {
        let session = self.session();
        let tools = session["agent"]["tools"].as_array().into_iter().flatten();
        let functions = tools.filter(|tool| tool["type"] == "function");
        functions
            .map(|function| {
                let name = function["name"].as_str().unwrap_or_default().to_owned();
                (name, tool_call::fitting(&function["parameters"], &mut self.rng))
            })
            .collect()
    }

    /// Calls functions, by name and arguments, and waits for their results.
    pub(super) fn ask(&mut self, turn: &str, calls: Vec<(String, String)>) {
        let mut actions = Vec::new();
        for (name, arguments) in calls {
            let (item_id, call_id) = (self.rng.id("fc_"), self.rng.id("call_"));
            let arguments = serde_json::from_str(&arguments).unwrap_or(Value::String(arguments));
            let item = json!({
                "type": "function_call", "id": item_id, "turn_id": turn, "call_id": call_id, "name": name,
                "arguments": arguments, "status": "in_progress",
            });
            self.events.item_added(&OutputItem { turn, index: self.output_count(turn), item: &item });
            self.keep(item);
            actions.push(json!({
                "type": "function_call", "turn_id": turn, "call_id": call_id, "name": name, "arguments": arguments,
            }));
        }
        self.enter(turn, "waiting", json!({}));
        self.set_session(json!({"required_actions": actions}));
        self.pause("requires_action");
    }

    /// Ends the calls of a turn that `is_meant`.
    fn end_calls(&mut self, turn: &str, status: &str, is_meant: impl Fn(&Value) -> bool) {
        let outputs: Vec<Value> = self.items_of(turn).filter(|item| is_output(item)).cloned().collect();
        for (index, mut item) in outputs.into_iter().enumerate() {
            if item["type"] == "function_call" && is_meant(&item) {
                item["status"] = Value::from(status);
                self.events.item_done(&OutputItem { turn, index, item: &item });
                if let Some(row) = self.state.agents.items.get_mut(&id_of(&item)) {
                    row.object = item;
                }
            }
        }
    }

    fn output_count(&self, turn: &str) -> usize {
        self.items_of(turn).filter(|item| is_output(item)).count()
    }

    /// The answer when no test sets one: what the functions put out, else an answer to the prompt.
    fn own_answer(&mut self, turn: &str) -> String {
        let outputs: Vec<String> = self
            .items_of(turn)
            .filter(|item| item["type"] == "function_call_output")
            .map(|item| text::text_of(if item["output"].is_null() { &item["error"] } else { &item["output"] }))
            .collect();
        let agent = &self.session()["agent"];
        if let Some(structured) = tool_call::structured(&agent["text"]["format"], &mut self.rng) {
            return structured;
        }
        if !outputs.is_empty() {
            return format!("The tools answered: {}", outputs.join("; "));
        }
        let prompt = self.items_of(turn).filter(|item| item["role"] == "user").last().map(text::text_of);
        text::answer(&prompt.unwrap_or_default(), agent["model"].as_str().unwrap_or_default())
    }

    /// Writes the message, which ends the turn.
    fn answer(&mut self, turn: &str, answer: String) {
        self.write(turn, &answer, "final_answer");
        self.leave_artifact(turn, &answer);
        self.complete(turn, &answer);
    }

    /// Writes a message.
    pub(super) fn write(&mut self, turn: &str, text: &str, phase: &str) {
        let item = json!({
            "type": "message", "id": self.rng.id("msg_"), "turn_id": turn, "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text}], "phase": phase,
        });
        self.events.message(&OutputItem { turn, index: self.output_count(turn), item: &item }, text);
        self.keep(item);
    }

    /// Ends a turn well.
    pub(super) fn complete(&mut self, turn: &str, answer: &str) {
        self.drop_script();
        let input = self.items_of(turn).filter(|item| !is_output(item)).map(|item| text::tokens(&text::text_of(item)));
        let usage = usage(input.sum::<u64>().max(1), text::tokens(answer));
        self.set_session(json!({"usage": sum(&self.session()["usage"], &usage)}));
        self.enter(turn, "completed", json!({"completed_at": self.call.now(), "usage": usage}));
        self.rest();
    }

    /// A turn in an environment leaves its answer there as a file.
    fn leave_artifact(&mut self, turn: &str, answer: &str) {
        let Some(environment) = self.environment() else { return };
        let id = self.rng.id("artifact_");
        let object = json!({
            "id": id, "object": "agent.session.artifact", "session_id": self.session, "environment_id": environment["id"],
            "turn_id": turn, "path": "/workspace/outputs/answer.txt", "size_bytes": answer.len(),
            "created_at": self.call.now(),
        });
        let artifact = SessionArtifact { object, bytes: Bytes::from(answer.to_owned()) };
        self.state.agents.artifacts.insert(id, artifact, answer.len());
    }

    fn fail(&mut self, turn: &str) {
        let error = json!({"code": "server_error", "message": "Sorry, something went wrong."});
        self.enter(turn, "failed", json!({"completed_at": self.call.now(), "error": error}));
        self.rest();
    }
}

/// True for an item that the agent made.
fn is_output(item: &Value) -> bool {
    item["role"] != "user" && item["type"] != "function_call_output"
}

fn usage(input: u64, output: u64) -> Value {
    json!({
        "input_tokens": input, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": input + output,
    })
}

fn sum(before: &Value, more: &Value) -> Value {
    let add = |name: &str| before[name].as_u64().unwrap_or(0) + more[name].as_u64().unwrap_or(0);
    usage(add("input_tokens"), add("output_tokens"))
}

/// The refusal of a result whose call is not there, or not yet.
pub(super) fn unknown_call(id: &str) -> Refusal {
    Refusal::state(format!("Unknown pending tool call: {id}")).code("invalid_request_error")
}
