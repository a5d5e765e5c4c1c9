//! Event streams against async-openai 0.43 and the parser it uses: `cargo run --release --bin streams`.
//!
//! First in memory: decoding, the typed event, and what it adds up to, for 20,000 deltas at 1 and 20 events a read, and for
//! one event of 4 MiB in reads of 16 KiB. Then over loopback, both clients as a user has them: the CPU time of the thread
//! that reads. Both sides run in turn; printed are medians and the ratio of the medians.
//! An argument runs only what has it in its name: `streams loopback`.

use std::hint::black_box;
use std::time::Duration;

use async_openai::types::chat::CreateChatCompletionStreamResponse as PeerChunk;
use async_openai::types::responses::ResponseStreamEvent as PeerEvent;
use cpu_time::ThreadTime;
use eventsource_stream::EventStream;
use futures_util::{StreamExt, stream};
use openai_ext::Client;
use openai_ext::chat::ChatAccumulator;
use openai_ext::responses::ResponseAccumulator;
use openai_ext::types::{ChatCompletionChunk, ResponseStreamEvent};
use openai_runtime::json;
use openai_runtime::sse::Decoder;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use self::events::{EVENTS, chunks, deltas};

mod events;

const ROUNDS: usize = 7;

fn main() {
    let (responses, padded) = (deltas(false), deltas(true));
    let chat = chunks();
    let streams = [
        ("response deltas", &responses, Peer::Responses),
        ("response deltas with padding", &padded, Peer::Responses),
        ("chat chunks", &chat, Peer::Chat),
    ];
    for (name, text, peer) in streams {
        for a_read in [1, 20] {
            let reads = reads(text, a_read);
            compare(
                &format!("{name}, {a_read} events a read"),
                EVENTS,
                &|| ours(&reads, peer),
                &|| theirs(&reads, peer),
                Some(&|| floor(&reads, peer)),
            );
        }
    }
    let large = large_event();
    let reads: Vec<Vec<u8>> = large.chunks(16 * 1024).map(<[u8]>::to_vec).collect();
    compare("one event of 4 MiB", 1, &|| ours(&reads, Peer::Responses), &|| theirs(&reads, Peer::Responses), None);
    for (name, text, peer) in streams {
        for a_read in [1, 20] {
            let url = serve(reads_as_response(text, a_read));
            let (ours_url, theirs_url, floor_url) = (url.clone(), url.clone(), url);
            compare(
                &format!("{name}, {a_read} events a chunk, over loopback"),
                EVENTS,
                &|| ours_connected(&ours_url, peer),
                &|| theirs_connected(&theirs_url, peer),
                Some(&|| bytes_connected(&floor_url)),
            );
        }
    }
}

#[derive(Clone, Copy)]
enum Peer {
    Responses,
    Chat,
}

/// Runs both sides in turn and prints medians of thread CPU time.
fn compare(
    name: &str,
    events: usize,
    ours: &dyn Fn() -> Duration,
    theirs: &dyn Fn() -> Duration,
    floor: Option<&dyn Fn() -> Duration>,
) {
    if std::env::args().nth(1).is_some_and(|part| !name.contains(&part)) {
        return;
    }
    let (mut a, mut b, mut c) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        a.push(ours());
        b.push(theirs());
        c.extend(floor.map(|floor| floor()));
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    let (a, b) = (median(&mut a), median(&mut b));
    let each = |time: Duration| time.as_secs_f64() * 1e9 / events as f64;
    let floor = if c.is_empty() { String::new() } else { format!(", floor {:.0}", each(median(&mut c))) };
    println!(
        "{name}: ours {:.0} ns, peer {:.0} ns{floor} an event: {:.1} times the events a second",
        each(a),
        each(b),
        b.as_secs_f64() / a.as_secs_f64()
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = ThreadTime::now();
    black_box(work());
    start.elapsed()
}

/// Decoder, typed event, accumulator.
fn ours(reads: &[Vec<u8>], peer: Peer) -> Duration {
    timed(|| {
        let mut decoder = Decoder::new();
        let mut chat = ChatAccumulator::default();
        let mut response = ResponseAccumulator::default();
        let mut count = 0;
        for read in reads {
            decoder.push(read);
            while let Some(event) = decoder.next_event().expect("no event is too large") {
                count += 1;
                match peer {
                    Peer::Responses => {
                        let event: ResponseStreamEvent = json::from_slice(event.data).expect("an event");
                        response.push(&event).expect("it adds up");
                    }
                    Peer::Chat => {
                        let chunk: ChatCompletionChunk = json::from_slice(event.data).expect("a chunk");
                        chat.push(&chunk).expect("it adds up");
                    }
                }
            }
        }
        (count, chat, response)
    })
}

/// The parser of async-openai and its types; adding up is no more than appending the text.
fn theirs(reads: &[Vec<u8>], peer: Peer) -> Duration {
    let chunks: Vec<Result<Vec<u8>, std::io::Error>> = reads.iter().cloned().map(Ok).collect();
    timed(|| {
        let mut events = EventStream::new(stream::iter(chunks));
        let mut text = String::new();
        futures_util::FutureExt::now_or_never(async {
            while let Some(event) = events.next().await {
                let data = event.expect("an event").data;
                match peer {
                    Peer::Responses => {
                        if let PeerEvent::ResponseOutputTextDelta(event) =
                            serde_json::from_str(&data).expect("an event")
                        {
                            text.push_str(&event.delta);
                        }
                    }
                    Peer::Chat => {
                        let chunk: PeerChunk = serde_json::from_str(&data).expect("a chunk");
                        text.push_str(chunk.choices[0].delta.content.as_deref().unwrap_or_default());
                    }
                }
            }
        });
        text
    })
}

/// Measures the floor: a scan for the blank line, and serde_json of a struct with the needed members.
fn floor(reads: &[Vec<u8>], peer: Peer) -> Duration {
    #[derive(Deserialize)]
    struct Delta<'a> {
        #[serde(borrow)]
        delta: std::borrow::Cow<'a, str>,
    }
    #[derive(Deserialize)]
    struct Chunk<'a> {
        #[serde(borrow)]
        choices: Vec<Choice<'a>>,
    }
    #[derive(Deserialize)]
    struct Choice<'a> {
        #[serde(borrow)]
        delta: Content<'a>,
    }
    #[derive(Deserialize)]
    struct Content<'a> {
        #[serde(borrow)]
        content: Option<std::borrow::Cow<'a, str>>,
    }
    timed(|| {
        let mut text = String::new();
        for read in reads {
            let mut rest = &read[..];
            while let Some(end) = memchr::memmem::find(rest, b"\n\n") {
                let event = &rest[..end];
                let start = memchr::memmem::find(event, b"data: ").map_or(0, |at| at + 6);
                match peer {
                    Peer::Responses => {
                        let delta: Delta<'_> = serde_json::from_slice(&event[start..]).expect("an event");
                        text.push_str(&delta.delta);
                    }
                    Peer::Chat => {
                        let chunk: Chunk<'_> = serde_json::from_slice(&event[start..]).expect("a chunk");
                        text.push_str(chunk.choices[0].delta.content.as_deref().unwrap_or_default());
                    }
                }
                rest = &rest[end + 2..];
            }
        }
        text
    })
}

fn ours_connected(url: &str, peer: Peer) -> Duration {
    let runtime = runtime();
    let client = Client::builder().api_key("sk-bench").base_url(url).build().expect("a client");
    timed(|| {
        runtime.block_on(async {
            let mut count = 0;
            match peer {
                Peer::Responses => {
                    let mut response = ResponseAccumulator::default();
                    let mut events = client.responses().create("gpt-5.5", "x").stream().await.expect("a stream");
                    while let Some(event) = events.next().await {
                        // The last event is not there: this is about deltas.
                        let Ok(event) = event else { break };
                        response.push(&event).expect("it adds up");
                        count += 1;
                    }
                    black_box(&response);
                }
                Peer::Chat => {
                    let mut chat = ChatAccumulator::default();
                    let messages = [openai_ext::Message::user("x")];
                    let mut events =
                        client.chat().completions().create("gpt-5.5", messages).stream().await.expect("a stream");
                    while let Some(chunk) = events.next().await {
                        let Ok(chunk) = chunk else { break };
                        chat.push(&chunk).expect("it adds up");
                        count += 1;
                    }
                    black_box(&chat);
                }
            }
            assert_eq!(count, EVENTS);
        });
    })
}

fn theirs_connected(url: &str, peer: Peer) -> Duration {
    use async_openai::types::chat::{ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs};
    use async_openai::types::responses::CreateResponseArgs;

    let runtime = runtime();
    let config = async_openai::config::OpenAIConfig::new().with_api_key("sk-bench").with_api_base(url);
    let client = async_openai::Client::with_config(config);
    timed(|| {
        runtime.block_on(async {
            let (mut count, mut text) = (0, String::new());
            match peer {
                Peer::Responses => {
                    let request = CreateResponseArgs::default().model("gpt-5.5").input("x").build().expect("a request");
                    let mut events = client.responses().create_stream(request).await.expect("a stream");
                    while let Some(event) = events.next().await {
                        if let PeerEvent::ResponseOutputTextDelta(event) = event.expect("an event") {
                            text.push_str(&event.delta);
                            count += 1;
                        }
                    }
                }
                Peer::Chat => {
                    let message = ChatCompletionRequestUserMessage::from("x");
                    let mut request = CreateChatCompletionRequestArgs::default();
                    let request = request.model("gpt-5.5").messages([message.into()]).build().expect("a request");
                    let mut events = client.chat().create_stream(request).await.expect("a stream");
                    while let Some(chunk) = events.next().await {
                        let chunk = chunk.expect("a chunk");
                        text.push_str(chunk.choices[0].delta.content.as_deref().unwrap_or_default());
                        count += 1;
                    }
                }
            }
            assert_eq!(count, EVENTS);
            black_box(text);
        });
    })
}

/// The bytes alone, as the HTTP client that both sides use gives them.
fn bytes_connected(url: &str) -> Duration {
    let runtime = runtime();
    let client = reqwest::Client::new();
    timed(|| {
        runtime.block_on(async {
            let response = client.post(url).body("{}").send().await.expect("a response");
            let mut bytes = response.bytes_stream();
            let mut count = 0;
            while let Some(chunk) = bytes.next().await {
                count += chunk.expect("a chunk").len();
            }
            count
        })
    })
}

/// All on this thread, so that its CPU time is all there is.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A server on a thread of its own that plays a response to whoever asks.
fn serve(response: Vec<u8>) -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            sender.send(listener.local_addr().expect("an address")).expect("somebody asks");
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                let mut buffer = [0; 16 * 1024];
                while !is_whole(&request) {
                    match stream.read(&mut buffer).await {
                        Ok(count) if count > 0 => request.extend_from_slice(&buffer[..count]),
                        _ => break,
                    }
                }
                let _ = stream.write_all(&response).await;
                let _ = stream.shutdown().await;
            }
        });
    });
    format!("http://{}/v1", receiver.recv().expect("the server starts"))
}

/// Returns true if a request is there with its body.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn reads_as_response(text: &[String], a_read: usize) -> Vec<u8> {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    let mut out = head.as_bytes().to_vec();
    for read in reads(text, a_read) {
        out.extend_from_slice(format!("{:x}\r\n", read.len()).as_bytes());
        out.extend_from_slice(&read);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

fn reads(text: &[String], a_read: usize) -> Vec<Vec<u8>> {
    text.chunks(a_read).map(|events| events.concat().into_bytes()).collect()
}

fn large_event() -> Vec<u8> {
    let text = "x".repeat(4 * 1024 * 1024);
    let item = "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"sequence_number\":1,\"logprobs\":[]";
    format!("data: {{\"type\":\"response.output_text.delta\",{item},\"delta\":\"{text}\"}}\n\n").into_bytes()
}
