//! Reading and writing of bodies and events.

use std::fmt::Write as _;
use std::hint::black_box;

use openai_ext::types::{ChatCompletion, ChatCompletionChunk, CreateEmbeddingResponse, Response, ResponseStreamEvent};
use openai_runtime::json::{self, Json};

pub const CHAT: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1710330640,"model":"gpt-5.5","choices":[{"index":0,"message":{"role":"assistant","content":"This is a test.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_0123456789"}"#;
const CHUNK: &str = r#"{"id":"chatcmpl-0123456789","object":"chat.completion.chunk","created":1700000000,"model":"gpt-5.5","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}"#;
const EVENT: &str = include_str!("../../data/delta.json");
const RESPONSE: &str = include_str!("../../data/response.json");
const VECTORS: usize = 16;
const DIMENSIONS: usize = 1_536;

pub fn response_event() -> Box<dyn FnMut()> {
    decode::<ResponseStreamEvent>(EVENT.to_owned())
}

pub fn chat_chunk() -> Box<dyn FnMut()> {
    decode::<ChatCompletionChunk>(CHUNK.to_owned())
}

pub fn chat_completion() -> Box<dyn FnMut()> {
    decode::<ChatCompletion>(CHAT.to_owned())
}

pub fn response() -> Box<dyn FnMut()> {
    decode::<Response>(RESPONSE.to_owned())
}

pub fn encode_response() -> Box<dyn FnMut()> {
    let response: Response = json::from_slice(RESPONSE.as_bytes()).expect("a response");
    Box::new(move || _ = black_box(json::to_vec(black_box(&response))))
}

/// Numbers with the digits that the API sends.
pub fn embeddings_list() -> Box<dyn FnMut()> {
    embeddings(|vector| {
        let mut text = String::from("[");
        for number in vector {
            let _ = write!(text, "{number},");
        }
        text.pop();
        text + "]"
    })
}

pub fn embeddings_base64() -> Box<dyn FnMut()> {
    embeddings(|vector| {
        let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
        format!("\"{}\"", base64_of(&bytes))
    })
}

fn embeddings(form: impl Fn(Vec<f32>) -> String) -> Box<dyn FnMut()> {
    let vector = |seed: usize| {
        let number = |at: usize| ((seed * DIMENSIONS + at) as f32 * 0.618_034).sin() * 0.05;
        (0..DIMENSIONS).map(number).collect()
    };
    let mut body = String::from(r#"{"object":"list","model":"text-embedding-3-small","data":["#);
    for index in 0..VECTORS {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(body, r#"{comma}{{"object":"embedding","index":{index},"embedding":{}}}"#, form(vector(index)));
    }
    body.push_str(r#"],"usage":{"prompt_tokens":5,"total_tokens":5}}"#);
    decode::<CreateEmbeddingResponse>(body)
}

fn decode<T: Json + Default + 'static>(text: String) -> Box<dyn FnMut()> {
    assert!(json::from_slice::<T>(text.as_bytes()).is_ok(), "{text:.200}");
    Box::new(move || _ = black_box(json::from_slice::<T>(black_box(text.as_bytes()))))
}

fn base64_of(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at)) as usize % 64];
            text.push(if at > group.len() { '=' } else { digit.into() });
        }
    }
    text
}
