//! The work of a run, one status after the other, and the events that tell of it. A poll and a stream of a run get
//! the same work done.

use serde_json::{Value, json};

use crate::call::{Call, objects};
use crate::handlers::shared::fields::id_of;
use crate::model::{ToolCall, ToolInput, text, tool_call};
use crate::schema::Rng;
use crate::script::Said;
use crate::state::ServerState;
use crate::wire::Event;

/// A run at work.
pub(crate) struct RunWork<'w, 'c> {
    call: &'w Call<'c>,
    state: &'w mut ServerState,
    run: String,
    rng: Rng,
    /// The events so far.
    pub(crate) events: Vec<Event>,
}

/// More tools are not called at once.
const MOST_CALLS: usize = 128;

impl<'w, 'c> RunWork<'w, 'c> {
    pub(crate) fn new(call: &'w Call<'c>, state: &'w mut ServerState, run: &str) -> Self {
        let rng = call.rng().child(1);
        Self { call, state, run: run.to_owned(), rng, events: Vec::new() }
    }

    /// Goes one status further; false if the run rests where it is.
    pub(crate) fn step(&mut self) -> bool {
        let run = self.object();
        match run["status"].as_str() {
            Some("queued") => self.enter("in_progress", json!({"started_at": self.call.now()})),
            Some("cancelling") => self.give_up(),
            Some("in_progress") => self.act(&run),
            _ => return false,
        }
        true
    }

    /// Takes the outputs of the tools that the run waits for.
    pub(crate) fn take_outputs(&mut self, outputs: &[Value]) {
        if let Some(mut step) = self.tool_step() {
            for call in step["step_details"]["tool_calls"].as_array_mut().into_iter().flatten() {
                let output = outputs.iter().find(|output| output["tool_call_id"] == call["id"]);
                call["function"]["output"] =
                    output.map_or(json!(""), |output| json!(output["output"].as_str().unwrap_or_default()));
            }
            self.end_step(step, "completed", None);
        }
        self.enter("queued", json!({"required_action": null}));
    }

    /// Tells of the run as it is now.
    pub(crate) fn run_event(&mut self, status: &str) {
        let event = Event::named(&format!("thread.run.{status}"), &self.object());
        self.events.push(event);
    }

    fn object(&self) -> Value {
        self.state.runs.get(&self.run).map(|run| run.object.clone()).unwrap_or_default()
    }

    fn enter(&mut self, status: &str, fields: Value) {
        if let Some(run) = self.state.runs.get_mut(&self.run) {
            run.object["status"] = Value::from(status);
            objects::set("RunObject", &mut run.object, fields);
        }
        self.run_event(status);
    }

    /// Does what a test wrote down, else calls all functions once, and then answers.
    fn act(&mut self, run: &Value) {
        match self.call.take_turn() {
            Some(Said::Calls(calls)) => {
                let call = |call: ToolCall| match call.input {
                    ToolInput::Arguments(text) | ToolInput::Custom(text) => (call.name, text),
                };
                self.ask(run, calls.into_iter().map(call).collect());
            }
            Some(Said::Text(text) | Said::Refusal(text)) => self.finish(run, Some(text)),
            Some(Said::Reply(_)) => self.fail(),
            None if self.tool_step().is_none() && !called(run).is_empty() => {
                let name = |function: &Value| function["name"].as_str().unwrap_or_default().to_owned();
                let calls = called(run).into_iter();
                let calls =
                    calls.map(|function| (name(function), tool_call::fitting(&function["parameters"], &mut self.rng)));
                let calls = calls.collect();
                self.ask(run, calls);
            }
            None => self.finish(run, None),
        }
    }

    /// Calls tools, by name and arguments: one step, and then somebody else's turn.
    fn ask(&mut self, run: &Value, calls: Vec<(String, String)>) {
        let calls: Vec<Value> = calls
            .into_iter()
            .map(|(name, arguments)| {
                json!({"id": self.rng.id("call_"), "type": "function",
                    "function": {"name": name, "arguments": arguments}})
            })
            .collect();
        let answered: Value = calls.iter().map(|call| with_output(call, &call["function"]["arguments"])).collect();
        let mut step = self.new_step(run, json!({"type": "tool_calls", "tool_calls": []}));
        self.begin_step(&step);
        for (index, call) in calls.iter().enumerate() {
            let mut first = with_output(call, &json!(""));
            first["index"] = Value::from(index);
            self.tool_delta(&step, first);
            for piece in text::pieces(call["function"]["arguments"].as_str().unwrap_or_default()) {
                self.tool_delta(&step, json!({"index": index, "type": "function", "function": {"arguments": piece}}));
            }
        }
        step["step_details"]["tool_calls"] = answered;
        self.state.run_steps.insert(id_of(&step), step, 0);
        let action = json!({"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}});
        self.enter("requires_action", json!({"required_action": action}));
    }

    fn fail(&mut self) {
        let error = json!({"code": "server_error", "message": "Sorry, something went wrong."});
        self.enter("failed", json!({"failed_at": self.call.now(), "last_error": error, "expires_at": null}));
    }

    /// Writes the message, which repeats what the tools put out if nothing else is to be said.
    fn finish(&mut self, run: &Value, said: Option<String>) {
        let outputs = self.tool_step().as_ref().map(outputs_of).unwrap_or_default();
        let (prompt, all) = self.prompt(run);
        let answer = match said {
            Some(said) => said,
            None if outputs.is_empty() => text::answer(&prompt, run["model"].as_str().unwrap_or_default()),
            None => format!("The tools answered: {}", outputs.join("; ")),
        };
        let usage = json!({"prompt_tokens": all.max(1), "completion_tokens": text::tokens(&answer),
            "total_tokens": all.max(1) + text::tokens(&answer)});
        let message = self.new_message(run, &answer);
        let details = json!({"type": "message_creation", "message_creation": {"message_id": message["id"]}});
        let step = self.new_step(run, details);
        self.begin_step(&step);
        self.message_events(&message, &answer);
        self.state.messages.insert(id_of(&message), message, answer.len());
        self.end_step(step, "completed", Some(&usage));
        let now = self.call.now();
        self.enter("completed", json!({"completed_at": now, "expires_at": null, "usage": usage}));
    }

    fn give_up(&mut self) {
        if let Some(step) = self.tool_step().filter(|step| step["status"] == "in_progress") {
            self.end_step(step, "cancelled", None);
        }
        self.enter("cancelled", json!({"cancelled_at": self.call.now(), "expires_at": null}));
    }

    /// The last step in which tools were called.
    fn tool_step(&self) -> Option<Value> {
        let mut steps =
            self.state.run_steps.iter().filter(|step| step["run_id"] == *self.run && step["type"] == "tool_calls");
        steps.next_back().cloned()
    }

    fn new_step(&mut self, run: &Value, details: Value) -> Value {
        let fields = json!({
            "id": self.rng.id("step_"), "object": "thread.run.step", "created_at": self.call.now(), "run_id": run["id"],
            "assistant_id": run["assistant_id"], "thread_id": run["thread_id"], "type": details["type"],
            "status": "in_progress", "step_details": details, "last_error": null, "expired_at": null,
            "cancelled_at": null, "failed_at": null, "completed_at": null, "metadata": {}, "usage": null,
        });
        objects::make(self.call, "RunStepObject", fields)
    }

    fn begin_step(&mut self, step: &Value) {
        for status in ["created", "in_progress"] {
            self.events.push(Event::named(&format!("thread.run.step.{status}"), step));
        }
    }

    fn end_step(&mut self, mut step: Value, status: &str, usage: Option<&Value>) {
        step["status"] = Value::from(status);
        step[format!("{status}_at")] = Value::from(self.call.now());
        step["usage"] = usage.cloned().unwrap_or_default();
        self.events.push(Event::named(&format!("thread.run.step.{status}"), &step));
        match self.state.run_steps.get_mut(&id_of(&step)) {
            Some(known) => *known = step,
            None => self.state.run_steps.insert(id_of(&step), step, 0),
        }
    }

    fn tool_delta(&mut self, step: &Value, call: Value) {
        let delta = json!({"id": step["id"], "object": "thread.run.step.delta",
            "delta": {"step_details": {"type": "tool_calls", "tool_calls": [call]}}});
        self.events.push(Event::named("thread.run.step.delta", &delta));
    }

    fn new_message(&mut self, run: &Value, answer: &str) -> Value {
        let fields = json!({
            "id": self.rng.id("msg_"), "object": "thread.message", "created_at": self.call.now(),
            "thread_id": run["thread_id"], "status": "completed", "incomplete_details": null,
            "completed_at": self.call.now(), "incomplete_at": null, "role": "assistant", "attachments": [],
            "content": [{"type": "text", "text": {"value": answer, "annotations": []}}],
            "assistant_id": run["assistant_id"], "run_id": run["id"], "metadata": {},
        });
        objects::make(self.call, "MessageObject", fields)
    }

    fn message_events(&mut self, message: &Value, answer: &str) {
        let mut empty = message.clone();
        let begun = json!({"status": "in_progress", "completed_at": null, "content": []});
        objects::set("MessageObject", &mut empty, begun);
        for status in ["created", "in_progress"] {
            self.events.push(Event::named(&format!("thread.message.{status}"), &empty));
        }
        for word in text::words(answer) {
            let content = json!([{"index": 0, "type": "text", "text": {"value": word}}]);
            let delta = json!({"id": message["id"], "object": "thread.message.delta", "delta": {"content": content}});
            self.events.push(Event::named("thread.message.delta", &delta));
        }
        self.events.push(Event::named("thread.message.completed", message));
    }

    /// The text of the last message of the user's, and the tokens of all.
    fn prompt(&self, run: &Value) -> (String, u64) {
        let of_thread = |message: &&Value| message["thread_id"] == run["thread_id"];
        let messages: Vec<&Value> = self.state.messages.iter().filter(of_thread).collect();
        let last = messages.iter().rev().find(|message| message["role"] == "user");
        let all = messages.iter().map(|message| text::tokens(&words_of(message))).sum();
        (last.map(|message| words_of(message)).unwrap_or_default(), all)
    }
}

/// The functions that a run calls: the one that it must, else all that it may.
fn called(run: &Value) -> Vec<&Value> {
    let functions = run["tools"].as_array().into_iter().flatten().filter(|tool| tool["type"] == "function");
    let choice = &run["tool_choice"];
    let named = choice["function"]["name"].as_str();
    let most = match (choice.as_str(), run["parallel_tool_calls"] == false) {
        (Some("none"), _) => 0,
        (_, true) => 1,
        (_, false) => MOST_CALLS,
    };
    let functions = functions.map(|tool| &tool["function"]);
    functions.filter(|function| named.is_none_or(|name| function["name"] == name)).take(most).collect()
}

/// A call as a step has it.
fn with_output(call: &Value, arguments: &Value) -> Value {
    let function = json!({"name": call["function"]["name"], "arguments": arguments, "output": null});
    json!({"id": call["id"], "type": "function", "function": function})
}

fn outputs_of(step: &Value) -> Vec<String> {
    let calls = step["step_details"]["tool_calls"].as_array().into_iter().flatten();
    calls.filter_map(|call| call["function"]["output"].as_str()).map(str::to_owned).collect()
}

/// A thread's message has its text one level deeper than others.
fn words_of(message: &Value) -> String {
    let parts = message["content"].as_array().into_iter().flatten();
    parts.filter_map(|part| part["text"]["value"].as_str()).collect::<Vec<_>>().join("\n")
}
