//! A chat call and a stream with openai-oxide.

#[path = "../../common.rs"]
mod common;

use futures_util::StreamExt;
use openai_oxide::OpenAI;
use openai_oxide::config::ClientConfig;
use openai_oxide::types::chat::{ChatCompletionMessageParam, ChatCompletionRequest, UserContent};

macro_rules! stream {
    ($client:expr) => {
        $client.chat().completions().create_stream(request()).await.expect("a stream")
    };
}

fn main() {
    let task = common::task();
    common::run(async {
        let client = OpenAI::with_config(ClientConfig::new("sk-test").base_url(&*task.url));
        match &*task.kind {
            "call" => {
                for _ in 0..task.count {
                    let reply = client.chat().completions().create(request()).await.expect("a reply");
                    assert_eq!(reply.choices[0].message.content.as_deref(), Some("This is a test."));
                }
            }
            "stream" => {
                for _ in 0..task.count {
                    let mut text = 0;
                    let mut stream = stream!(client);
                    while let Some(chunk) = stream.next().await {
                        text += chunk.expect("a chunk").choices[0].delta.content.as_deref().unwrap_or_default().len();
                    }
                    assert!(text > 1_000);
                }
            }
            _ => {
                drop(stream!(client).next().await);
                let before = common::resident();
                let mut streams = Vec::new();
                for _ in 0..task.count {
                    let mut stream = stream!(client);
                    stream.next().await.expect("an event").expect("a chunk");
                    streams.push(stream);
                }
                common::held(before, task.count);
            }
        }
    });
}

fn request() -> ChatCompletionRequest {
    let content = UserContent::Text("Say this is a test".into());
    let messages = vec![ChatCompletionMessageParam::User { content, name: None }];
    ChatCompletionRequest::new("gpt-5.5", messages).temperature(0.2)
}
