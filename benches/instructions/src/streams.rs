//! Events from bytes to what they add up to.

use std::hint::black_box;

use openai_ext::chat::ChatAccumulator;
use openai_ext::responses::ResponseAccumulator;
use openai_ext::types::{ChatCompletionChunk, ResponseStreamEvent};
use openai_runtime::json;
use openai_runtime::sse::Decoder;

const EVENTS: usize = 1_000;
const EVENTS_A_READ: usize = 20;

pub fn response_events() -> Box<dyn FnMut()> {
    let event = |index: usize| {
        format!(
            "event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",\"sequence_number\":{index},\
             \"item_id\":\"msg_0123456789abcdef0123456789abcdef\",\"output_index\":0,\"content_index\":0,\
             \"delta\":\" word{index}\",\"logprobs\":[],\"obfuscation\":\"kT9vQ2xYz\"}}\n\n"
        )
    };
    let reads = reads(event);
    Box::new(move || add_up(&reads))
}

pub fn chat_chunks() -> Box<dyn FnMut()> {
    let reads = reads(chat_chunk);
    Box::new(move || {
        let mut decoder = Decoder::new();
        let mut chat = ChatAccumulator::default();
        for read in &reads {
            decoder.push(read);
            while let Some(event) = decoder.next_event().expect("no event is too large") {
                let chunk: ChatCompletionChunk = json::from_slice(event.data).expect("a chunk");
                chat.push(&chunk).expect("it adds up");
            }
        }
        black_box(&chat);
    })
}

/// A chunk of a chat completion as the event that it comes in.
pub fn chat_chunk(index: usize) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-0123456789\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\
         \"model\":\"gpt-5.5\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_0123456789\",\
         \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" word{index}\"}},\"logprobs\":null,\"finish_reason\":null}}]}}\n\n"
    )
}

/// One event of 1 MiB in reads of 16 KiB.
pub fn large_event() -> Box<dyn FnMut()> {
    let text = "x".repeat(1024 * 1024);
    let item = "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"sequence_number\":1,\"logprobs\":[]";
    let event = format!("data: {{\"type\":\"response.output_text.delta\",{item},\"delta\":\"{text}\"}}\n\n");
    let reads: Vec<Vec<u8>> = event.as_bytes().chunks(16 * 1024).map(<[u8]>::to_vec).collect();
    Box::new(move || add_up(&reads))
}

fn add_up(reads: &[Vec<u8>]) {
    let mut decoder = Decoder::new();
    let mut response = ResponseAccumulator::default();
    for read in reads {
        decoder.push(read);
        while let Some(event) = decoder.next_event().expect("no event is too large") {
            let event: ResponseStreamEvent = json::from_slice(event.data).expect("an event");
            response.push(&event).expect("it adds up");
        }
    }
    black_box(&response);
}

fn reads(event: impl Fn(usize) -> String) -> Vec<Vec<u8>> {
    let events: Vec<String> = (0..EVENTS).map(event).collect();
    events.chunks(EVENTS_A_READ).map(|events| events.concat().into_bytes()).collect()
}
