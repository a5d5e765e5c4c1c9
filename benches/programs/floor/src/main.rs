//! A chat call and a stream by hand, with reqwest and serde_json and without any care for errors.

#[path = "../../common.rs"]
mod common;

use std::borrow::Cow;

use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    stream: bool,
    messages: [RequestMessage<'a>; 1],
    temperature: f64,
}

#[derive(Serialize)]
struct RequestMessage<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Deserialize)]
struct Reply {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    choices: Vec<ChunkChoice<'a>>,
}

#[derive(Deserialize)]
struct ChunkChoice<'a> {
    #[serde(borrow)]
    delta: Delta<'a>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<Cow<'a, str>>,
}

fn main() {
    let task = common::task();
    common::run(async {
        let client = reqwest::Client::new();
        let url = format!("{}/chat/completions", task.url);
        match &*task.kind {
            "call" => {
                for _ in 0..task.count {
                    let bytes = send(&client, &url, false).await.bytes().await.expect("a body");
                    let reply: Reply = serde_json::from_slice(&bytes).expect("a reply");
                    assert_eq!(reply.choices[0].message.content, "This is a test.");
                }
            }
            "stream" => {
                for _ in 0..task.count {
                    let stream = send(&client, &url, true).await.bytes_stream();
                    assert!(length(stream).await > 1_000);
                }
            }
            _ => {
                drop(send(&client, &url, true).await.bytes_stream().next().await);
                let before = common::resident();
                let mut streams = Vec::new();
                for _ in 0..task.count {
                    let mut stream = send(&client, &url, true).await.bytes_stream();
                    stream.next().await.expect("bytes").expect("bytes");
                    streams.push(stream);
                }
                common::held(before, task.count);
            }
        }
    });
}

async fn send(client: &reqwest::Client, url: &str, stream: bool) -> reqwest::Response {
    let messages = [RequestMessage { role: "user", content: "Say this is a test" }];
    let request = Request { model: "gpt-5.5", stream, messages, temperature: 0.2 };
    let body = serde_json::to_vec(&request).expect("a body");
    let request = client.post(url).bearer_auth("sk-test").header("content-type", "application/json").body(body);
    request.send().await.expect("a response")
}

/// The length of the text of a stream.
async fn length(mut bytes: impl Stream<Item = reqwest::Result<impl AsRef<[u8]>>> + Unpin) -> usize {
    let mut text = 0;
    let mut buffer = Vec::new();
    while let Some(read) = bytes.next().await {
        buffer.extend_from_slice(read.expect("bytes").as_ref());
        let mut start = 0;
        while let Some(end) = memchr::memmem::find(&buffer[start..], b"\n\n") {
            if let Some(data) = buffer[start..start + end].strip_prefix(b"data: ").filter(|data| *data != b"[DONE]") {
                let chunk: Chunk<'_> = serde_json::from_slice(data).expect("a chunk");
                text += chunk.choices[0].delta.content.as_deref().unwrap_or_default().len();
            }
            start += end + 2;
        }
        buffer.drain(..start);
    }
    text
}
