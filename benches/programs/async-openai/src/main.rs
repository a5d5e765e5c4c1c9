//! A chat call and a stream with async-openai.

#[path = "../../common.rs"]
mod common;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, ChatCompletionResponseStream, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs,
};
use futures_util::StreamExt;

fn main() {
    let task = common::task();
    common::run(async {
        let config = OpenAIConfig::new().with_api_key("sk-test").with_api_base(&task.url);
        let client = Client::with_config(config);
        match &*task.kind {
            "call" => {
                for _ in 0..task.count {
                    let reply = client.chat().create(request()).await.expect("a reply");
                    assert_eq!(reply.choices[0].message.content.as_deref(), Some("This is a test."));
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

fn request() -> CreateChatCompletionRequest {
    let message = ChatCompletionRequestUserMessage::from("Say this is a test");
    let mut request = CreateChatCompletionRequestArgs::default();
    request.model("gpt-5.5").messages([message.into()]).temperature(0.2).build().expect("a request")
}

async fn stream(client: &Client<OpenAIConfig>) -> ChatCompletionResponseStream {
    client.chat().create_stream(request()).await.expect("a stream")
}
