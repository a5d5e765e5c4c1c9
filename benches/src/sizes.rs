//! The sizes in memory of everyday types, beside async-openai's: `cargo run --release --bin sizes`.

use std::mem::size_of;

use async_openai::types::chat as peer;
use openai_ext::types as ours;

fn main() {
    println!("{:<32} {:>8} {:>8}", "", "ours", "peer");
    let row = |name: &str, ours: usize, peer: usize| println!("{name:<32} {ours:>8} {peer:>8}");
    row("chat completion", size_of::<ours::ChatCompletion>(), size_of::<peer::CreateChatCompletionResponse>());
    row(
        "chunk of a chat completion",
        size_of::<ours::ChatCompletionChunk>(),
        size_of::<peer::CreateChatCompletionStreamResponse>(),
    );
    row("chat request", size_of::<ours::ChatCompletionCreateParams>(), size_of::<peer::CreateChatCompletionRequest>());
    row("response", size_of::<ours::Response>(), size_of::<async_openai::types::responses::Response>());
    row(
        "event of a response stream",
        size_of::<ours::ResponseStreamEvent>(),
        size_of::<async_openai::types::responses::ResponseStreamEvent>(),
    );
}
