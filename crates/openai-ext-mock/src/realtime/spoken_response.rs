//! Responses of the Realtime API: what the model says, as the events that say it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::active_response::{ActiveResponse, usage};
use super::session_items;
use super::speaker::Speaker;
use crate::model::tool_call::forced_call;
use crate::model::{ToolCall, ToolInput, text, with};
use crate::script::Said;
use crate::wire::{Reply, ReplyBody};

/// A response as the client wants it: its own words, and for the rest those of the speaker.
pub(super) struct WantedResponse {
    body: Value,
    /// `tools` and `tool_choice`.
    tools: Value,
    prompt: String,
    input_tokens: u64,
    limit: Option<u64>,
    model: String,
    in_conversation: bool,
}

/// A part of the output.
enum SpokenOutput {
    Message { item_id: String, text: String, is_audio: bool },
    Call { item_id: String, call_id: String, call: ToolCall },
}

/// Bytes of audio for a word: 20 ms.
const AUDIO_OF_A_WORD: usize = 960;

impl WantedResponse {
    pub(super) fn new(speaker: &mut Speaker, asked: &Value) -> Self {
        let of_session = speaker.session.clone();
        let choose = |name: &str| asked.get(name).unwrap_or(&of_session[name]).clone();
        let in_conversation = asked["conversation"] != "none";
        let input = asked["input"].as_array().map_or(speaker.items.as_slice(), Vec::as_slice);
        let heard = input.iter().map(|item| text::tokens(&session_items::said(item))).sum::<u64>();
        let instructions = text::tokens(choose("instructions").as_str().unwrap_or_default());
        let (prompt, input_tokens) = (session_items::prompt(input), (heard + instructions).max(1));
        let mut body = json!({
            "object": "realtime.response",
            "id": speaker.rng.id("resp_"),
            "status": "in_progress",
            "output": [],
            "output_modalities": choose("output_modalities"),
            "max_output_tokens": choose("max_output_tokens"),
            "metadata": asked["metadata"],
        });
        if in_conversation {
            body["conversation_id"] = Value::from(speaker.conversation_id.as_str());
        }
        Self {
            tools: json!({"tools": choose("tools"), "tool_choice": choose("tool_choice")}),
            limit: body["max_output_tokens"].as_u64(),
            model: of_session["model"].as_str().unwrap_or_default().to_owned(),
            body,
            prompt,
            input_tokens,
            in_conversation,
        }
    }

    /// Queues all that is said, and returns the response with its first event.
    pub(super) fn begin(self, speaker: &mut Speaker, turn: Option<Said>) -> (ActiveResponse, Vec<Value>) {
        let (body, in_conversation) = (self.body.clone(), self.in_conversation);
        let created = speaker.event("response.created", json!({"response": &body}));
        match turn {
            Some(Said::Reply(reply)) => self.fail(speaker, &reply),
            turn => self.speak(speaker, turn),
        }
        (ActiveResponse::new(body, in_conversation), vec![created])
    }

    /// Plays a test's reply instead of words: the connection's loss, or an error.
    fn fail(&self, speaker: &mut Speaker, reply: &Reply) {
        if reply.faults.fault().is_some() {
            return speaker.queue_end();
        }
        let body: Value = match &reply.body {
            ReplyBody::Whole(bytes) => serde_json::from_slice(bytes).unwrap_or(Value::Null),
            ReplyBody::Events(_) | ReplyBody::Open(..) => Value::Null,
        };
        let error = json!({
            "type": body["error"]["type"].as_str().unwrap_or("server_error"),
            "code": body["error"]["code"].as_str().unwrap_or("server_error"),
        });
        let details = json!({"type": "failed", "error": error});
        let response = with(self.body.clone(), json!({"status": "failed", "status_details": details}));
        speaker.queue("response.done", json!({"response": response}), true);
    }

    fn speak(&self, speaker: &mut Speaker, turn: Option<Said>) {
        let (outputs, whole) = self.outputs(speaker, turn);
        let status = if whole { "completed" } else { "incomplete" };
        let mut items = Vec::new();
        let (mut text_tokens, mut audio_tokens) = (0, 0);
        for (index, output) in outputs.iter().enumerate() {
            let item = output.item(status);
            Saying { speaker: &mut *speaker, wanted: self, index }.say(output, &item);
            items.push(item);
            match output {
                SpokenOutput::Message { text, is_audio: true, .. } => audio_tokens += text::tokens(text),
                SpokenOutput::Message { text, .. } => text_tokens += text::tokens(text),
                SpokenOutput::Call { call, .. } => text_tokens += text::tokens(arguments(call)),
            }
        }
        let usage = usage(self.input_tokens, text_tokens, audio_tokens);
        let mut response = with(self.body.clone(), json!({"status": status, "output": items, "usage": usage}));
        if !whole {
            response["status_details"] = json!({"type": "incomplete", "reason": "max_output_tokens"});
        }
        speaker.queue("response.done", json!({"response": response}), true);
    }

    /// The model's output, and true if that is all of it.
    fn outputs(&self, speaker: &mut Speaker, turn: Option<Said>) -> (Vec<SpokenOutput>, bool) {
        let calls = match turn {
            Some(Said::Text(text) | Said::Refusal(text)) => return self.message(speaker, &text),
            Some(Said::Calls(calls)) => calls,
            Some(Said::Reply(_)) | None => forced_call(&self.tools, &mut speaker.rng).into_iter().collect(),
        };
        if calls.is_empty() {
            return self.message(speaker, &text::answer(&self.prompt, &self.model));
        }
        let rng = &mut speaker.rng;
        let output = |call| SpokenOutput::Call { item_id: rng.id("item_"), call_id: rng.id("call_"), call };
        (calls.into_iter().map(output).collect(), true)
    }

    fn message(&self, speaker: &mut Speaker, text: &str) -> (Vec<SpokenOutput>, bool) {
        let (text, whole) = text::limited(text, self.limit);
        let modalities = self.body["output_modalities"].as_array();
        let is_audio = modalities.is_some_and(|modalities| modalities.iter().any(|modality| modality == "audio"));
        (vec![SpokenOutput::Message { item_id: speaker.rng.id("item_"), text, is_audio }], whole)
    }
}

impl SpokenOutput {
    /// The item at its end.
    fn item(&self, status: &str) -> Value {
        let (id, rest) = match self {
            Self::Message { item_id, text, is_audio } => {
                let part = match is_audio {
                    true => json!({"type": "output_audio", "transcript": text}),
                    false => json!({"type": "output_text", "text": text}),
                };
                (item_id, json!({"type": "message", "role": "assistant", "content": [part]}))
            }
            Self::Call { item_id, call_id, call } => (
                item_id,
                json!({"type": "function_call", "call_id": call_id, "name": call.name, "arguments": arguments(call)}),
            ),
        };
        with(json!({"id": id, "object": "realtime.item", "status": status}), rest)
    }
}

/// An item of the output while its events are queued.
struct Saying<'s> {
    speaker: &'s mut Speaker,
    wanted: &'s WantedResponse,
    index: usize,
}

impl Saying<'_> {
    fn say(&mut self, output: &SpokenOutput, item: &Value) {
        let mut empty = item.clone();
        empty["status"] = Value::from("in_progress");
        match output {
            SpokenOutput::Message { .. } => empty["content"] = json!([]),
            SpokenOutput::Call { .. } => empty["arguments"] = Value::from(""),
        }
        self.event("response.output_item.added", json!({"item": empty}));
        self.conversation("conversation.item.added", &empty);
        let item_id = &item["id"];
        match output {
            SpokenOutput::Message { text, is_audio: true, .. } => self.say_aloud(item_id, text),
            SpokenOutput::Message { text, .. } => self.write(item_id, text),
            SpokenOutput::Call { call_id, call, .. } => self.call(item_id, call_id, call),
        }
        self.conversation("conversation.item.done", item);
        self.event("response.output_item.done", json!({"item": item}));
    }

    fn write(&mut self, item_id: &Value, text: &str) {
        self.part("response.content_part.added", item_id, json!({"part": {"type": "text", "text": ""}}));
        for word in text::words(text) {
            self.part("response.output_text.delta", item_id, json!({"delta": word}));
        }
        self.part("response.output_text.done", item_id, json!({"text": text}));
        self.part("response.content_part.done", item_id, json!({"part": {"type": "text", "text": text}}));
    }

    fn say_aloud(&mut self, item_id: &Value, text: &str) {
        self.part("response.content_part.added", item_id, json!({"part": {"type": "audio", "transcript": ""}}));
        for word in text::words(text) {
            self.part("response.output_audio_transcript.delta", item_id, json!({"delta": word}));
            let audio: Vec<u8> = (0..AUDIO_OF_A_WORD).map(|_| self.speaker.rng.next().to_le_bytes()[0]).collect();
            self.part("response.output_audio.delta", item_id, json!({"delta": STANDARD.encode(&audio)}));
        }
        self.part("response.output_audio.done", item_id, json!({}));
        self.part("response.output_audio_transcript.done", item_id, json!({"transcript": text}));
        self.part("response.content_part.done", item_id, json!({"part": {"type": "audio", "transcript": text}}));
    }

    fn call(&mut self, item_id: &Value, call_id: &str, call: &ToolCall) {
        let place = json!({"item_id": item_id, "call_id": call_id});
        for piece in text::pieces(arguments(call)) {
            self.event("response.function_call_arguments.delta", with(place.clone(), json!({"delta": piece})));
        }
        let end = json!({"name": call.name, "arguments": arguments(call)});
        self.event("response.function_call_arguments.done", with(place, end));
    }

    /// An event about the one part of a message.
    fn part(&mut self, kind: &str, item_id: &Value, rest: Value) {
        self.event(kind, with(json!({"item_id": item_id, "content_index": 0}), rest));
    }

    fn event(&mut self, kind: &str, rest: Value) {
        let place = json!({"response_id": self.wanted.body["id"], "output_index": self.index});
        self.speaker.queue(kind, with(place, rest), true);
    }

    fn conversation(&mut self, kind: &str, item: &Value) {
        if self.wanted.in_conversation {
            self.speaker.queue(kind, json!({"item": item}), true);
        }
    }
}

/// The Realtime API has functions only; what a custom tool would get is a function's arguments.
fn arguments(call: &ToolCall) -> &str {
    match &call.input {
        ToolInput::Arguments(text) | ToolInput::Custom(text) => text,
    }
}
