//! The cost of a small chat call, beside reqwest with serde and async-openai.
//!
//! `call serve` prints the address of a server and serves; `call ours|floor|async ADDRESS COUNT` makes calls and prints the
//! allocations of one. Under callgrind, the difference of two counts gives the instructions of one call.

use std::alloc::System;
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use openai_ext::prelude::*;
use serde::{Deserialize, Serialize};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ANSWER: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1710330640,"model":"gpt-5.5","choices":[{"index":0,"message":{"role":"assistant","content":"This is a test.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}"#;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => serve(),
        [kind, address, count] => {
            let count = count.parse().expect("a count");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(run(kind, address, count));
        }
        _ => eprintln!("usage: call serve | call ours|floor|async ADDRESS COUNT"),
    }
}

fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    for stream in listener.incoming().flatten() {
        thread::spawn(move || drop(answer(stream)));
    }
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_1\r\nopenai-processing-ms: 12\r\n";
    let response = format!("{head}content-length: {}\r\n\r\n{ANSWER}", ANSWER.len());
    loop {
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line)? > 2 {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        if line.is_empty() {
            return Ok(());
        }
        reader.read_exact(&mut vec![0; length])?;
        stream.write_all(response.as_bytes())?;
    }
}

async fn run(kind: &str, address: &str, count: usize) {
    let url = format!("http://{address}/v1");
    let mut region = Region::new(ALLOCATOR);
    match kind {
        "ours" => {
            let client = Client::builder().api_key("sk-test").base_url(url).build().expect("a client");
            for index in 0..=count {
                let call = client.chat().completions().create("gpt-5.5", [Message::user("Say this is a test")]);
                let reply = call.temperature(0.2).send().await.expect("a reply");
                assert_eq!(reply.text(), "This is a test.");
                first(index, &mut region);
            }
        }
        "floor" => floor(&url, count, &mut region).await,
        "async" => peer(&url, count, &mut region).await,
        _ => panic!("ours, floor or async"),
    }
    let stats = region.change();
    println!("{kind}: {} allocations, {} bytes a call", stats.allocations / count, stats.bytes_allocated / count);
}

/// Leaves out the first call, which connects.
fn first(index: usize, region: &mut Region<'_, System>) {
    if index == 0 {
        region.reset();
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
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
    message: ReplyMessage,
}

#[derive(Deserialize)]
struct ReplyMessage {
    content: String,
}

async fn floor(url: &str, count: usize, region: &mut Region<'_, System>) {
    let client = reqwest::Client::new();
    let url = format!("{url}/chat/completions");
    for index in 0..=count {
        let messages = [RequestMessage { role: "user", content: "Say this is a test" }];
        let body = serde_json::to_vec(&Request { model: "gpt-5.5", messages, temperature: 0.2 }).expect("a body");
        let request = client.post(&url).bearer_auth("sk-test").header("content-type", "application/json").body(body);
        let bytes = request.send().await.expect("a response").bytes().await.expect("a body");
        let reply: Reply = serde_json::from_slice(&bytes).expect("a reply");
        assert_eq!(reply.choices[0].message.content, "This is a test.");
        first(index, region);
    }
}

async fn peer(url: &str, count: usize, region: &mut Region<'_, System>) {
    use async_openai::config::OpenAIConfig;
    use async_openai::types::chat::{ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequestArgs};

    let config = OpenAIConfig::new().with_api_key("sk-test").with_api_base(url);
    let client = async_openai::Client::with_config(config);
    for index in 0..=count {
        let message = ChatCompletionRequestUserMessageArgs::default().content("Say this is a test").build();
        let request = CreateChatCompletionRequestArgs::default()
            .model("gpt-5.5")
            .messages([message.expect("a message").into()])
            .temperature(0.2)
            .build()
            .expect("a request");
        let reply = client.chat().create(request).await.expect("a reply");
        assert_eq!(reply.choices[0].message.content.as_deref(), Some("This is a test."));
        first(index, region);
    }
}
