//! Larger bodies, and what a user of serde would write by hand to read each: the floor. It has the members of the body as
//! plain owned fields and drops all else.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The vectors of one body.
const VECTORS: usize = 16;
const DIMENSIONS: usize = 1536;

/// Embeddings as lists of numbers that `digits` writes.
pub fn vectors(digits: fn(f32) -> String) -> Vec<u8> {
    body(|index| {
        let numbers: Vec<String> = numbers(index).map(digits).collect();
        format!("[{}]", numbers.join(","))
    })
}

/// Embeddings in base64.
pub fn vectors_in_base64() -> Vec<u8> {
    use base64::Engine as _;
    body(|index| {
        let bytes: Vec<u8> = numbers(index).flat_map(f32::to_le_bytes).collect();
        format!("\"{}\"", base64::engine::general_purpose::STANDARD.encode(bytes))
    })
}

fn body(vector: impl Fn(usize) -> String) -> Vec<u8> {
    let items: Vec<String> = (0..VECTORS)
        .map(|index| format!("{{\"object\":\"embedding\",\"index\":{index},\"embedding\":{}}}", vector(index)))
        .collect();
    let usage = "{\"prompt_tokens\":128,\"total_tokens\":128}";
    let data = items.join(",");
    format!("{{\"object\":\"list\",\"data\":[{data}],\"model\":\"text-embedding-3-small\",\"usage\":{usage}}}").into_bytes()
}

/// Numbers as they are in a vector of length 1: mostly a few hundredths, of either sign.
fn numbers(seed: usize) -> impl Iterator<Item = f32> {
    let mut state = seed as u64 * 7919 + 1;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let unit = (state >> 40) as f32 / (1_u64 << 24) as f32;
        (unit - 0.5) * 0.1
    })
    .take(DIMENSIONS)
}

/// A chat completion with five alternatives for each of 200 tokens.
pub fn logprobs() -> Vec<u8> {
    let entry = |token: usize, top: usize| {
        let logprob = f64::from(-((token * 31 + top * 17) as f32) / 997.0 - 0.000_123);
        format!("{{\"token\":\" t{token}\",\"logprob\":{logprob},\"bytes\":[32,116,{}]", 48 + token % 10)
    };
    let tokens: Vec<String> = (0..200)
        .map(|token| {
            let top: Vec<String> = (0..5).map(|top| entry(token, top) + "}").collect();
            format!("{},\"top_logprobs\":[{}]}}", entry(token, 0), top.join(","))
        })
        .collect();
    let logprobs = format!("{{\"content\":[{}],\"refusal\":null}}", tokens.join(","));
    completion(0, &logprobs).into_bytes()
}

/// A page of 100 stored chat completions.
pub fn page() -> Vec<u8> {
    let items: Vec<String> = (0..100).map(|index| completion(index, "null")).collect();
    format!(
        "{{\"object\":\"list\",\"data\":[{}],\"first_id\":\"chatcmpl-0\",\"last_id\":\"chatcmpl-99\",\"has_more\":true}}",
        items.join(",")
    )
    .into_bytes()
}

pub fn completion(index: usize, logprobs: &str) -> String {
    format!(
        "{{\"id\":\"chatcmpl-BsGv5nq7kXvJtN8Qd{index}\",\"object\":\"chat.completion\",\"created\":1767225600,\
         \"model\":\"gpt-5.5-2026-06-01\",\"choices\":[{{\"index\":0,\"message\":{{\"role\":\"assistant\",\
         \"content\":\"The depot at route {index} was late twice; a second driver on Fridays would help.\",\
         \"refusal\":null,\"annotations\":[]}},\"logprobs\":{logprobs},\"finish_reason\":\"stop\"}}],\
         \"usage\":{{\"prompt_tokens\":19,\"completion_tokens\":21,\"total_tokens\":40,\
         \"prompt_tokens_details\":{{\"cached_tokens\":0,\"audio_tokens\":0}},\
         \"completion_tokens_details\":{{\"reasoning_tokens\":0,\"audio_tokens\":0,\
         \"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}}},\
         \"service_tier\":\"default\",\"system_fingerprint\":\"fp_44709d6fcb\"}}"
    )
}

/// A request of a chat completion: 20 messages.
pub fn request() -> Vec<u8> {
    let mut messages = String::from("{\"role\":\"developer\",\"content\":\"Answer with a short report.\"}");
    for turn in 0..20 {
        let role = if turn % 2 == 0 { "user" } else { "assistant" };
        let text = format!("Turn {turn}: which depot was late most often, and \\\"why\\\"?");
        let _ = write!(messages, ",{{\"role\":\"{role}\",\"content\":\"{text}\"}}");
    }
    format!(
        "{{\"model\":\"gpt-5.5\",\"messages\":[{messages}],\"temperature\":0.2,\"max_completion_tokens\":1024,\
         \"user\":\"u-1\"}}"
    )
    .into_bytes()
}

macro_rules! floor {
    ($($name:ident { $($field:ident: $type:ty,)* })*) => {
        $(
            #[derive(Clone, Deserialize, Serialize)]
            pub struct $name { $(#[serde(skip_serializing_if = "is_none")] pub $field: $type,)* }
        )*
    };
}

/// Tells whether an optional field is unset.
fn is_none<T: Unset>(value: &T) -> bool {
    value.is_unset()
}

/// Members that are left out when it is written.
pub trait Unset {
    fn is_unset(&self) -> bool {
        false
    }
}

impl<T> Unset for Option<T> {
    fn is_unset(&self) -> bool {
        self.is_none()
    }
}

impl<T> Unset for Vec<T> {}
impl Unset for Value {}

macro_rules! always {
    ($($name:ident)*) => { $(impl Unset for $name {})* };
}

always!(String i64 f64 bool Usage EmbeddingUsage Message ChatUsage InputDetails OutputDetails Reasoning Text Format);

floor! {
    Embeddings { object: String, data: Vec<Embedding>, model: String, usage: EmbeddingUsage, }
    Embedding { object: String, index: i64, embedding: Vec<f32>, }
    EmbeddingUsage { prompt_tokens: i64, total_tokens: i64, }
    TextEmbeddings { object: String, data: Vec<TextEmbedding>, model: String, usage: EmbeddingUsage, }
    TextEmbedding { object: String, index: i64, embedding: String, }

    Page { object: String, data: Vec<Completion>, first_id: Option<String>, last_id: Option<String>, has_more: bool, }
    Completion {
        id: String, object: String, created: i64, model: String, choices: Vec<Choice>, usage: Option<ChatUsage>,
        service_tier: Option<String>, system_fingerprint: Option<String>,
    }
    Choice { index: i64, message: Message, logprobs: Option<Logprobs>, finish_reason: Option<String>, }
    Message { role: String, content: Option<String>, refusal: Option<String>, annotations: Option<Vec<Value>>, }
    Logprobs { content: Option<Vec<Logprob>>, refusal: Option<Vec<Logprob>>, }
    Logprob { token: String, logprob: f64, bytes: Option<Vec<i64>>, top_logprobs: Option<Vec<Logprob>>, }
    ChatUsage {
        prompt_tokens: i64, completion_tokens: i64, total_tokens: i64, prompt_tokens_details: Option<Details>,
        completion_tokens_details: Option<Details>,
    }
    Details {
        cached_tokens: Option<i64>, audio_tokens: Option<i64>, reasoning_tokens: Option<i64>,
        accepted_prediction_tokens: Option<i64>, rejected_prediction_tokens: Option<i64>,
    }
    ChatRequest {
        model: String, messages: Vec<Message>, temperature: Option<f64>, max_completion_tokens: Option<i64>,
        user: Option<String>,
    }

    Response {
        id: String, object: String, created_at: i64, status: String, background: Option<bool>, billing: Option<Billing>,
        completed_at: Option<i64>, error: Option<Value>, incomplete_details: Option<Value>, instructions: Option<String>,
        max_output_tokens: Option<i64>, max_tool_calls: Option<i64>, model: String, output: Vec<Item>,
        parallel_tool_calls: bool, presence_penalty: Option<f64>, previous_response_id: Option<String>,
        prompt_cache_key: Option<String>, prompt_cache_retention: Option<String>, reasoning: Reasoning,
        safety_identifier: Option<String>, service_tier: Option<String>, store: Option<bool>, temperature: Option<f64>,
        text: Text, tool_choice: String, tools: Vec<Tool>, top_logprobs: Option<i64>, top_p: Option<f64>,
        truncation: Option<String>, usage: Option<Usage>, user: Option<String>, metadata: Option<Metadata>,
    }
    Billing { payer: String, }
    Reasoning { effort: Option<String>, summary: Option<String>, }
    Text { format: Format, verbosity: Option<String>, }
    Format { r#type: String, }
    Usage {
        input_tokens: i64, input_tokens_details: InputDetails, output_tokens: i64, output_tokens_details: OutputDetails,
        total_tokens: i64,
    }
    InputDetails { cached_tokens: i64, }
    OutputDetails { reasoning_tokens: i64, }
    Item {
        id: String, r#type: String, summary: Option<Vec<Part>>, status: Option<String>, action: Option<Action>,
        arguments: Option<String>, call_id: Option<String>, name: Option<String>, content: Option<Vec<Part>>,
        phase: Option<String>, role: Option<String>,
    }
    Part { r#type: String, text: String, annotations: Option<Vec<Annotation>>, logprobs: Option<Vec<Value>>, }
    Annotation {
        r#type: String, end_index: Option<i64>, start_index: Option<i64>, title: Option<String>, url: Option<String>,
        file_id: Option<String>, filename: Option<String>, index: Option<i64>,
    }
    Action { r#type: String, query: String, sources: Option<Vec<Value>>, }
    Tool {
        r#type: String, name: Option<String>, description: Option<String>, parameters: Option<Value>,
        strict: Option<bool>, filters: Option<Value>, search_context_size: Option<String>,
        user_location: Option<Location>,
    }
    Location {
        r#type: String, city: Option<String>, country: Option<String>, region: Option<String>, timezone: Option<String>,
    }
}

type Metadata = std::collections::BTreeMap<String, String>;

/// Reads vectors in base64 as a user of serde does.
pub fn read_base64(text: &[u8]) -> Vec<Vec<f32>> {
    use base64::Engine as _;
    let body: TextEmbeddings = serde_json::from_slice(text).expect("embeddings");
    let numbers = |item: &TextEmbedding| -> Vec<f32> {
        let bytes = base64::engine::general_purpose::STANDARD.decode(&item.embedding).expect("base64");
        bytes.as_chunks::<4>().0.iter().copied().map(f32::from_le_bytes).collect()
    };
    body.data.iter().map(numbers).collect()
}
