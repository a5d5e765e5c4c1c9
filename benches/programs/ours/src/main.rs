//! A chat call and a stream with openai-ext.

#[path = "../../common.rs"]
mod common;

use openai_ext::prelude::*;
use openai_ext::{EventStream, types};

fn main() {
    let task = common::task();
    common::run(async {
        let client = Client::builder().api_key("sk-test").base_url(&task.url).max_connections(task.count.max(10));
        let client = client.build().expect("a client");
        match &*task.kind {
            "call" => {
                for _ in 0..task.count {
                    let call = client.chat().completions().create("gpt-5.5", [Message::user("Say this is a test")]);
                    let reply = call.temperature(0.2).send().await.expect("a reply");
                    assert_eq!(reply.text(), "This is a test.");
                }
            }
            "stream" => {
                for _ in 0..task.count {
                    let mut text = 0;
                    let mut stream = stream(&client).await;
                    while let Some(chunk) = stream.next().await {
                        text += chunk.expect("a chunk").choices[0].delta.content.as_deref().unwrap_or_default().len();
                    }
                    assert!(text > 1_000);
                }
            }
            _ => {
                drop(stream(&client).await.next().await);
                let before = common::resident();
                let mut streams = Vec::new();
                for _ in 0..task.count {
                    let mut stream = stream(&client).await;
                    stream.next().await.expect("an event").expect("a chunk");
                    streams.push(stream);
                }
                common::held(before, task.count);
            }
        }
    });
}

async fn stream(client: &Client) -> EventStream<types::ChatCompletionChunk> {
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Say this is a test")]);
    call.stream().await.expect("a stream")
}
