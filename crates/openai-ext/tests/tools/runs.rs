//! One run over any API in any of its forms, and what it told.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::tools::{StopReason, ToolApi, ToolEvents, ToolOutcome, ToolRun, ToolRunner};
use openai_ext::{Error, ErrorKind};
use openai_ext_mock::MockServer;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::Mocked;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Api {
    Chat,
    Responses,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    Send,
    Events,
    StreamEvents,
}

/// An API and the form of its run.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub api: Api,
    pub form: Form,
}

pub fn cases() -> impl Iterator<Item = Case> {
    let forms = [Form::Send, Form::Events, Form::StreamEvents];
    [Api::Chat, Api::Responses].into_iter().flat_map(move |api| forms.map(|form| Case { api, form }))
}

/// What the user says in each run.
pub const QUESTION: &str = "How is the weather?";

/// What is wanted of a run.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub tools: Toolbox,
    pub turns: Option<u32>,
    pub deadline: Option<Duration>,
    pub token: Option<CancellationToken>,
    pub concurrency: Option<usize>,
    /// The name of the function that is to be called.
    pub choice: Option<&'static str>,
    pub parallel: Option<bool>,
}

impl Wish {
    pub fn of(tools: &Toolbox) -> Self {
        Self { tools: tools.clone(), ..Self::default() }
    }

    fn apply<A: ToolApi>(&self, mut runner: ToolRunner<A>) -> ToolRunner<A> {
        if let Some(turns) = self.turns {
            runner = runner.with_max_turns(turns);
        }
        if let Some(deadline) = self.deadline {
            runner = runner.with_deadline(deadline);
        }
        if let Some(token) = &self.token {
            runner = runner.with_cancellation(token.clone().cancelled_owned());
        }
        if let Some(limit) = self.concurrency {
            runner = runner.with_concurrency(limit);
        }
        runner
    }
}

/// What a run told, whatever the API.
#[derive(Debug, Default)]
pub struct Told {
    pub error: Option<Error>,
    pub stop: Option<StopReason>,
    pub text: String,
    pub refusal: Option<String>,
    pub calls: Vec<ToolOutcome>,
    pub pending: Vec<String>,
    pub tokens: i64,
    pub replies: Vec<Value>,
    pub items: Vec<Value>,
    /// The text of an answer that was cut off.
    pub partial: Option<String>,
    pub events: Vec<String>,
}

impl Told {
    pub fn error_kind(&self) -> Option<ErrorKind> {
        self.error.as_ref().map(Error::kind)
    }

    pub fn message(&self) -> &str {
        self.error.as_ref().map(Error::message).unwrap_or_default()
    }

    /// The calls as `name(arguments) -> output`.
    pub fn called(&self) -> Vec<String> {
        self.calls.iter().map(said).collect()
    }
}

fn said(outcome: &ToolOutcome) -> String {
    format!("{}({}) -> {}", outcome.call.name, outcome.call.arguments, outcome.output().to_text())
}

macro_rules! finish {
    ($runner:expr, $form:expr) => {{
        let runner = $runner;
        match $form {
            Form::Send => (Vec::new(), runner.send().await),
            Form::Events => read(runner.events()).await,
            Form::StreamEvents => read(runner.stream_events()).await,
        }
    }};
}

/// One run to its end.
pub async fn run(case: Case, client: &Client, wish: Wish) -> Told {
    match case.api {
        Api::Chat => {
            let mut call = client.chat().completions().create("gpt-5.5", [Message::user(QUESTION)]);
            let choice = wish.choice.map(|name| json!({"type": "function", "function": {"name": name}}));
            call.body_mut().tool_choice = choice.map(|choice| serde_json::from_value(choice).expect("a choice"));
            call.body_mut().parallel_tool_calls = wish.parallel;
            let (events, result) = finish!(wish.apply(call.run_tools(&wish.tools)), case.form);
            told(events, result, |reply| {
                let message = &reply["choices"][0]["message"];
                (message["content"].as_str().map(str::to_owned), message["refusal"].as_str().map(str::to_owned))
            })
        }
        Api::Responses => {
            let mut call = client.responses().create("gpt-5.5", QUESTION);
            let choice = wish.choice.map(|name| json!({"type": "function", "name": name}));
            call.body_mut().tool_choice = choice.map(|choice| serde_json::from_value(choice).expect("a choice"));
            call.body_mut().parallel_tool_calls = wish.parallel;
            let (events, result) = finish!(wish.apply(call.run_tools(&wish.tools)), case.form);
            told(events, result, |reply| {
                let part = &reply["output"][0]["content"][0];
                (part["text"].as_str().map(str::to_owned), part["refusal"].as_str().map(str::to_owned))
            })
        }
    }
}

/// Reads events to the end, and the run itself after that.
async fn read<A: ToolApi<Usage: Serialize>>(mut events: ToolEvents<A>) -> (Vec<String>, Result<ToolRun<A>, Error>) {
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => tell(&event, &mut told),
            Err(error) => {
                assert!(events.next().await.is_none() && events.run().is_none());
                assert_eq!(events.finish().await.unwrap_err().kind(), ErrorKind::Truncated);
                return (told, Err(error));
            }
        }
    }
    assert!(events.run().is_some());
    (told, events.finish().await)
}

/// Events in few words; deltas of a reply are told once.
fn tell<A: ToolApi<Usage: Serialize>>(event: &ToolEvent<A>, told: &mut Vec<String>) {
    let line = match event {
        ToolEvent::Request { turn, .. } => format!("request {turn}"),
        ToolEvent::Delta { turn, .. } => format!("delta {turn}"),
        ToolEvent::Reply { turn, .. } => format!("reply {turn}"),
        ToolEvent::Usage { total, .. } => format!("usage {}", json!(total)["total_tokens"]),
        ToolEvent::ToolCall { call, .. } => format!("call {}({})", call.name, call.arguments),
        ToolEvent::ToolResult { outcome, .. } => format!("result {}", said(outcome)),
        ToolEvent::Retry { outcome, .. } => format!("retry {}", said(outcome)),
        ToolEvent::Approval { name, approve, .. } => format!("approval {name} {approve}"),
        ToolEvent::LimitReached { turns, .. } => format!("limit {turns}"),
        other => panic!("{other:?}"),
    };
    if !(line.starts_with("delta") && told.last() == Some(&line)) {
        told.push(line);
    }
}

fn told<A>(
    events: Vec<String>,
    result: Result<ToolRun<A>, Error>,
    said: impl Fn(&Value) -> (Option<String>, Option<String>),
) -> Told
where
    A: ToolApi<Usage: Serialize, Reply: Serialize, Item: Serialize>,
{
    let (run, error) = match result {
        Ok(run) => (Some(run), None),
        Err(error) => (error.detail::<ToolRun<A>>().cloned(), Some(error)),
    };
    let Some(run) = run else {
        return Told { error, events, ..Told::default() };
    };
    let replies: Vec<Value> = run.replies.iter().map(|reply| json!(reply)).collect();
    let (text, refusal) = replies.last().map(&said).unwrap_or_default();
    Told {
        error,
        stop: Some(run.stop),
        text: text.unwrap_or_default(),
        refusal,
        calls: run.calls,
        pending: run.pending.into_iter().map(|call| call.name).collect(),
        tokens: json!(run.usage)["total_tokens"].as_i64().unwrap_or_default(),
        replies,
        items: run.items.iter().map(|item| json!(item)).collect(),
        partial: run.partial.map(|reply| said(&json!(reply)).0.unwrap_or_default()),
        events,
    }
}

/// Checks the requests that were sent, whole: so many as there are answers and `more`.
pub fn check_requests(case: Case, mocked: &Mocked, told: &Told, wish: &Wish, more: usize) {
    let sent: Vec<Value> = bodies(&mocked.mock);
    let wanted = match case.api {
        Api::Chat => chat_requests(told, told.replies.len() + more),
        Api::Responses => response_requests(told, told.replies.len() + more),
    };
    let mut tools = Vec::new();
    for tool in wish.tools.descriptions().expect("tools") {
        let (name, description) = (tool.name, tool.description);
        let mut function = json!({"name": name, "parameters": crate::support::schema_of(&tool.input), "strict": true});
        if let Some(description) = description {
            function["description"] = json!(description);
        }
        tools.push(match case.api {
            Api::Chat => json!({"type": "function", "function": function}),
            Api::Responses => {
                function["type"] = json!("function");
                function
            }
        });
    }
    let choice = match (wish.choice, case.api) {
        (None, _) => json!("auto"),
        (Some(name), Api::Chat) => json!({"type": "function", "function": {"name": name}}),
        (Some(name), Api::Responses) => json!({"type": "function", "name": name}),
    };
    let wanted: Vec<Value> = wanted
        .into_iter()
        .map(|mut body| {
            body["model"] = json!("gpt-5.5");
            body["tools"] = json!(tools);
            body["tool_choice"] = choice.clone();
            if let Some(parallel) = wish.parallel {
                body["parallel_tool_calls"] = json!(parallel);
            }
            if case.form == Form::StreamEvents {
                body["stream"] = json!(true);
            }
            body
        })
        .collect();
    assert_eq!(sent, wanted, "{case:?}");
}

pub fn bodies(mock: &MockServer) -> Vec<Value> {
    mock.requests().iter().map(|request| request.json().expect("JSON")).collect()
}

fn chat_requests(told: &Told, count: usize) -> Vec<Value> {
    let mut messages = vec![json!({"role": "user", "content": QUESTION})];
    let mut bodies = Vec::new();
    for turn in 0..count {
        bodies.push(json!({"messages": messages}));
        let Some(reply) = told.replies.get(turn) else { continue };
        let message = &reply["choices"][0]["message"];
        let mut calls = Vec::new();
        let mut answers = Vec::new();
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let (id, function) = (&call["id"], &call["function"]);
            calls.push(json!({"id": id, "type": "function", "function": {
                "name": function["name"], "arguments": function["arguments"],
            }}));
            answers.extend(
                output_of(told, id).map(|output| json!({"role": "tool", "tool_call_id": id, "content": output})),
            );
        }
        let mut said = json!({"role": "assistant", "content": message["content"], "tool_calls": calls});
        for name in ["refusal", "annotations"] {
            if let Some(value) = message.get(name) {
                said[name] = value.clone();
            }
        }
        messages.push(said);
        messages.extend(answers);
    }
    bodies
}

fn response_requests(told: &Told, count: usize) -> Vec<Value> {
    let mut bodies = vec![json!({"input": QUESTION})];
    for reply in &told.replies {
        let calls = reply["output"].as_array().into_iter().flatten().filter(|item| item["type"] == "function_call");
        let answers: Vec<Value> = calls
            .filter_map(|call| {
                let output = output_of(told, &call["call_id"])?;
                Some(json!({"type": "function_call_output", "call_id": call["call_id"], "output": output}))
            })
            .collect();
        bodies.push(json!({"input": answers, "previous_response_id": reply["id"]}));
    }
    bodies.truncate(count);
    bodies
}

fn output_of(told: &Told, id: &Value) -> Option<String> {
    let outcome = told.calls.iter().find(|outcome| *id == outcome.call.id.as_str())?;
    Some(outcome.output().to_text())
}
