//! The answer to `POST /chat/completions`, whole or as a stream.

use serde_json::{Map, Value, json};

use crate::call::{Call, echo};
use crate::model::{ToolCall, ToolInput, text, tool_call};
use crate::schema::Rng;
use crate::script::Said;
use crate::wire::{Event, Reply};

/// A chat completion before it is written whole or as chunks.
pub(crate) struct ChatAnswer {
    shared: Map<String, Value>,
    choices: Vec<Choice>,
    prompt_tokens: u64,
}

enum Choice {
    Text { text: String, whole: bool },
    Refusal(String),
    Tools(Vec<(String, ToolCall)>),
}

impl ChatAnswer {
    pub(crate) fn of(call: &Call<'_>) -> Self {
        let mut rng = call.rng();
        let mut shared = Map::new();
        shared.insert("id".to_owned(), Value::from(rng.id("chatcmpl-")));
        shared.insert("created".to_owned(), Value::from(call.generator().now()));
        shared.insert("model".to_owned(), Value::from(call.model()));
        shared.insert("service_tier".to_owned(), Value::from("default"));
        shared.insert("system_fingerprint".to_owned(), Value::from(format!("fp_{}", rng.hex(10))));
        let limit = call.number("max_completion_tokens").or_else(|| call.number("max_tokens"));
        let choices = (0..call.count()).map(|_| Choice::of(call, limit, &mut rng)).collect();
        Self { shared, choices, prompt_tokens: text::tokens(&text::text_of(call.field("messages"))).max(1) }
    }

    pub(crate) fn reply(&self, call: &Call<'_>) -> Reply {
        match call.wants_stream() {
            true => self.stream(call),
            false => Reply::json(call.operation.response.status, &self.whole(call)),
        }
    }

    /// The object, as it is also if it comes as a stream.
    pub(crate) fn whole(&self, call: &Call<'_>) -> Value {
        let mut body = self.shared.clone();
        body.insert("object".to_owned(), Value::from("chat.completion"));
        body.insert(
            "choices".to_owned(),
            self.choices.iter().enumerate().map(|(index, choice)| choice.whole(index)).collect(),
        );
        body.insert("usage".to_owned(), self.usage());
        body.extend(echo(&call.body, &["metadata"]));
        Value::Object(body)
    }

    /// The role of each choice, its pieces, its end; then the usage, if asked for, and `[DONE]`.
    fn stream(&self, call: &Call<'_>) -> Reply {
        let with_usage = call.field("stream_options")["include_usage"] == true;
        let chunk = |choices: Value, usage: Value| {
            let mut body = self.shared.clone();
            body.insert("object".to_owned(), Value::from("chat.completion.chunk"));
            body.insert("choices".to_owned(), choices);
            if with_usage {
                body.insert("usage".to_owned(), usage);
            }
            Event::data(&Value::Object(body))
        };
        let mut events = Vec::new();
        for (index, choice) in self.choices.iter().enumerate() {
            let mut step = |delta: Value, finish: Value| {
                let choice = json!([{"index": index, "delta": delta, "logprobs": null, "finish_reason": finish}]);
                events.push(chunk(choice, Value::Null));
            };
            for delta in choice.deltas() {
                step(delta, Value::Null);
            }
            step(json!({}), Value::from(choice.finish_reason()));
        }
        if with_usage {
            events.push(chunk(json!([]), self.usage()));
        }
        events.push(Event::done());
        Reply::events(events)
    }

    fn usage(&self) -> Value {
        text::completion_usage(self.prompt_tokens, self.choices.iter().map(Choice::tokens).sum())
    }
}

impl Choice {
    fn of(call: &Call<'_>, limit: Option<u64>, rng: &mut Rng) -> Self {
        match call.turn() {
            Some(Said::Text(text)) => return Self::text(text, limit),
            Some(Said::Refusal(text)) => return Self::Refusal(text.clone()),
            Some(Said::Calls(calls)) => return Self::tools(calls.iter().cloned(), rng),
            Some(Said::Reply(_)) | None => {}
        }
        match tool_call::forced_call(&call.body, rng) {
            Some(tool) => Self::tools([tool], rng),
            None => {
                let structured = tool_call::structured(call.field("response_format"), rng);
                Self::text(&structured.unwrap_or_else(|| text::answer(&last_prompt(call), &call.model())), limit)
            }
        }
    }

    fn text(text: &str, limit: Option<u64>) -> Self {
        let (text, whole) = text::limited(text, limit);
        Self::Text { text, whole }
    }

    fn tools(calls: impl IntoIterator<Item = ToolCall>, rng: &mut Rng) -> Self {
        Self::Tools(calls.into_iter().map(|call| (rng.id("call_"), call)).collect())
    }

    fn whole(&self, index: usize) -> Value {
        let mut message = json!({"role": "assistant", "content": null, "refusal": null, "annotations": []});
        match self {
            Self::Text { text, .. } => message["content"] = Value::from(text.as_str()),
            Self::Refusal(text) => message["refusal"] = Value::from(text.as_str()),
            Self::Tools(calls) => {
                message["tool_calls"] = calls.iter().map(|(id, call)| call_object(id, call)).collect();
            }
        }
        json!({"index": index, "message": message, "logprobs": null, "finish_reason": self.finish_reason()})
    }

    fn deltas(&self) -> Vec<Value> {
        let start = |content: Value| json!({"role": "assistant", "content": content, "refusal": null});
        match self {
            Self::Text { text, .. } => {
                let words = text::words(text).into_iter().map(|word| json!({"content": word}));
                std::iter::once(start(json!(""))).chain(words).collect()
            }
            Self::Refusal(text) => {
                let words = text::words(text).into_iter().map(|word| json!({"refusal": word}));
                std::iter::once(start(Value::Null)).chain(words).collect()
            }
            Self::Tools(calls) => {
                let calls = calls.iter().enumerate().flat_map(|(index, (id, call))| call_deltas(index, id, call));
                let mut deltas: Vec<Value> = calls.collect();
                if let Some(first) = deltas.first_mut() {
                    let call = first["tool_calls"].take();
                    *first = start(Value::Null);
                    first["tool_calls"] = call;
                }
                deltas
            }
        }
    }

    fn finish_reason(&self) -> &'static str {
        match self {
            Self::Text { whole: true, .. } => "stop",
            Self::Text { whole: false, .. } => "length",
            Self::Refusal(_) => "stop",
            Self::Tools(_) => "tool_calls",
        }
    }

    fn tokens(&self) -> u64 {
        match self {
            Self::Text { text, .. } => text::tokens(text),
            Self::Refusal(text) => text::tokens(text),
            Self::Tools(calls) => calls.iter().map(|(_, call)| call.tokens()).sum(),
        }
    }
}

/// The pieces in which a call is streamed: its name, then its input.
fn call_deltas(index: usize, id: &str, call: &ToolCall) -> Vec<Value> {
    let (key, field, input) = match &call.input {
        ToolInput::Arguments(text) => ("function", "arguments", text),
        ToolInput::Custom(text) => ("custom", "input", text),
    };
    let first = json!({"tool_calls": [{"index": index, "id": id, "type": key, key: {"name": call.name, field: ""}}]});
    let pieces = text::pieces(input).into_iter();
    let rest = pieces.map(|piece| json!({"tool_calls": [{"index": index, key: {field: piece}}]}));
    std::iter::once(first).chain(rest).collect()
}

fn call_object(id: &str, call: &ToolCall) -> Value {
    match &call.input {
        ToolInput::Arguments(arguments) => {
            json!({"id": id, "type": "function", "function": {"name": call.name, "arguments": arguments}})
        }
        ToolInput::Custom(input) => json!({"id": id, "type": "custom", "custom": {"name": call.name, "input": input}}),
    }
}

/// The text of the last message that is the user's.
fn last_prompt(call: &Call<'_>) -> String {
    let messages = call.field("messages").as_array().map(Vec::as_slice).unwrap_or_default();
    let user = messages.iter().rev().find(|message| message["role"] == "user");
    user.or(messages.last()).map(|message| text::text_of(&message["content"])).unwrap_or_default()
}
