//! `POST /completions`.

use http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::handlers::shared::input_limit::{MOST_INPUTS, too_many};
use crate::model::text;
use crate::script::Said;
use crate::wire::{Event, Reply};

pub(crate) fn create(call: &Call<'_>) -> Reply {
    let prompts = prompts(call.field("prompt"));
    if prompts.len() > MOST_INPUTS {
        return too_many("prompt");
    }
    let said = match call.turn() {
        Some(Said::Text(text) | Said::Refusal(text)) => Some(text),
        Some(Said::Calls(_)) => return no_tools(),
        Some(Said::Reply(_)) | None => None,
    };
    let answer = |prompt: &String| said.cloned().unwrap_or_else(|| text::answer(prompt, &call.model()));
    let answers: Vec<(String, bool)> = prompts
        .iter()
        .flat_map(|prompt| (0..call.count()).map(move |_| prompt))
        .map(|prompt| text::limited(&answer(prompt), call.number("max_tokens")))
        .collect();
    let prompt_tokens = prompts.iter().map(|prompt| text::tokens(prompt).max(1)).sum();
    let usage = text::completion_usage(prompt_tokens, answers.iter().map(|(text, _)| text::tokens(text)).sum());
    let id = call.rng().id("cmpl-");
    let created = call.generator().now();
    let body = |choices: Vec<Value>| json!({"id": id, "object": "text_completion", "created": created, "model": call.model(), "choices": choices});
    if call.wants_stream() {
        return stream(call, &answers, &usage, body);
    }
    let choices = answers.iter().enumerate().map(|(index, (text, whole))| choice(index, text, Some(*whole))).collect();
    let mut whole = body(choices);
    whole["usage"] = usage;
    Reply::json(call.operation.response.status, &whole)
}

/// Status 400 for a turn of tool calls, which a completion does not have.
fn no_tools() -> Reply {
    let message = "The turn calls tools, and a completion has none; give the turns of completions as `Turn::text`.";
    Reply::error(StatusCode::BAD_REQUEST, "invalid_request_error", None, message)
}

fn stream(call: &Call<'_>, answers: &[(String, bool)], usage: &Value, body: impl Fn(Vec<Value>) -> Value) -> Reply {
    let mut events = Vec::new();
    for (index, (text, whole)) in answers.iter().enumerate() {
        let words = text::words(text).into_iter().map(|word| choice(index, word, None));
        let end = std::iter::once(choice(index, "", Some(*whole)));
        events.extend(words.chain(end).map(|choice| Event::data(&body(vec![choice]))));
    }
    if call.field("stream_options")["include_usage"] == true {
        let mut last = body(Vec::new());
        last["usage"] = usage.clone();
        events.push(Event::data(&last));
    }
    events.push(Event::done());
    Reply::events(events)
}

/// `whole` says whether the text is complete, at its end.
fn choice(index: usize, text: &str, whole: Option<bool>) -> Value {
    let finish = whole.map(|whole| if whole { "stop" } else { "length" });
    json!({"index": index, "text": text, "logprobs": null, "finish_reason": finish})
}

/// One text or several; tokens count as a text, which the mock cannot read.
fn prompts(prompt: &Value) -> Vec<String> {
    match prompt {
        Value::Array(items) if items.iter().any(Value::is_string) => items.iter().map(text::text_of).collect(),
        prompt => vec![text::text_of(prompt)],
    }
}
