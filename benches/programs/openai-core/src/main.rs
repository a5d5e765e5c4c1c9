//! A chat call and a stream with openai-core.

#[path = "../../common.rs"]
mod common;

use futures_util::StreamExt;
use openai_core::Client;

macro_rules! request {
    ($client:expr, $method:ident) => {
        $client.chat().completions().$method().model("gpt-5.5").message_user("Say this is a test").temperature(0.2)
    };
}

fn main() {
    let task = common::task();
    common::run(async {
        let client = Client::builder().api_key("sk-test").base_url(&*task.url).build().expect("a client");
        match &*task.kind {
            "call" => {
                for _ in 0..task.count {
                    let reply = request!(client, create).send().await.expect("a reply");
                    assert_eq!(reply.choices[0].message.content.as_deref(), Some("This is a test."));
                }
            }
            "stream" => {
                for _ in 0..task.count {
                    let mut text = 0;
                    let mut stream = request!(client, stream).send().await.expect("a stream");
                    while let Some(chunk) = stream.next().await {
                        text += chunk.expect("a chunk").choices[0].delta.content.as_deref().unwrap_or_default().len();
                    }
                    assert!(text > 1_000);
                }
            }
            _ => {
                drop(request!(client, stream).send().await.expect("a stream").next().await);
                let before = common::resident();
                let mut streams = Vec::new();
                for _ in 0..task.count {
                    let mut stream = request!(client, stream).send().await.expect("a stream");
                    stream.next().await.expect("an event").expect("a chunk");
                    streams.push(stream);
                }
                common::held(before, task.count);
            }
        }
    });
}
