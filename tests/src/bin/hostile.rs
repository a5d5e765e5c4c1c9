//! `hostile [CASE]`: inputs that a hostile server, model or program would send, each in a process of its own. Prints the time
//! and the most memory of each; docs/decisions/calls/limits.md has the figures.

use std::pin::Pin;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use acceptance::process::peak_memory;
use futures_core::Stream;
use openai_ext::http::{HeaderValue, Request, Response};
use openai_ext::prelude::*;
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::types::ChatCompletionChunk;
use openai_ext::{Bytes, ChatAccumulator};
use openai_ext_mock::MockServer;
use serde::Deserialize;
use serde_json::{Map, Value, json};

type Outcome<T = String> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The cases, by their names.
const CASES: [&str; 6] = ["gzip", "members", "list", "calls", "schema", "tools"];

fn main() -> ExitCode {
    let Some(case) = std::env::args().nth(1) else { return all() };
    let start = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let ended = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run(&case)));
    let (seconds, peak) = (start.elapsed().as_secs_f64(), peak_memory().map_or(0, |bytes| bytes >> 20));
    match ended {
        Ok(what) => println!("{case}: {seconds:.2} s, {peak} MiB: {what}"),
        Err(error) => println!("{case}: {seconds:.2} s, {peak} MiB: error: {error}"),
    }
    ExitCode::SUCCESS
}

fn all() -> ExitCode {
    let Ok(program) = std::env::current_exe() else { return ExitCode::FAILURE };
    let is_run = |case| Command::new(&program).arg(case).status().is_ok_and(|status| status.success());
    if CASES.into_iter().all(is_run) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(case: &str) -> Outcome {
    match case {
        "gzip" => gzip().await,
        "members" => members(),
        "list" => list(),
        "calls" => calls(),
        "schema" => schema().await,
        "tools" => tools().await,
        _ => Err(format!("{case} is none of {CASES:?}").into()),
    }
}

/// A server in memory: one response for each request.
struct Scripted(Box<dyn Fn(usize) -> Response<Body> + Send + Sync>, AtomicUsize);

impl Transport for Scripted {
    fn send(&self, _: Request<Body>) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let response = (self.0)(self.1.fetch_add(1, Ordering::SeqCst));
        Box::pin(std::future::ready(Ok(response)))
    }
}

fn client(respond: impl Fn(usize) -> Response<Body> + Send + Sync + 'static) -> Outcome<Client> {
    let transport = Arc::new(Scripted(Box::new(respond), AtomicUsize::new(0)));
    let builder = Client::builder().base_url("http://hostile.test/v1").api_key("no-key").max_retries(0);
    Ok(builder.transport(transport).build()?)
}

fn response(kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert("content-type", HeaderValue::from_static(kind));
    response
}

/// Bits as deflate has them.
#[derive(Default)]
struct Bits(Vec<u8>, u32);

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        for at in 0..count {
            if self.1.is_multiple_of(8) {
                self.0.push(0);
            }
            if let Some(last) = self.0.last_mut() {
                *last |= (((value >> at) & 1) as u8) << (self.1 % 8);
            }
            self.1 += 1;
        }
    }
}

/// The start of a gzip stream whose block repeats a space: two bits of zero are 258 of them.
fn packed_spaces() -> Vec<u8> {
    let mut bits = Bits(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff], 0);
    bits.put(0b101, 3);
    // 286 lengths of literals, 1 of distances, 18 of the code of lengths, in their order.
    bits.put(29, 5);
    bits.put(0, 5);
    bits.put(14, 4);
    for place in 0..18 {
        // In that order, 18 is third, 2 is 16th and 1 is 18th.
        bits.put(
            match place {
                2 => 1,
                15 | 17 => 2,
                _ => 0,
            },
            3,
        );
    }
    let zeros = |bits: &mut Bits, count: u32| {
        bits.put(0, 1);
        bits.put(count - 11, 7);
    };
    let (one, two) = (0b01, 0b11);
    zeros(&mut bits, 32);
    bits.put(two, 2);
    zeros(&mut bits, 138);
    zeros(&mut bits, 85);
    bits.put(two, 2);
    zeros(&mut bits, 28);
    bits.put(one, 2);
    bits.put(one, 2);
    // A space.
    bits.put(0b01, 2);
    bits.0
}

/// The chunks of a body.
struct Chunks(Vec<u8>, usize);

impl Stream for Chunks {
    type Item = Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.0.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.0).into())));
        }
        let chunk = self.1.min(16 * 1024);
        self.1 -= chunk;
        Poll::Ready((chunk > 0).then(|| Ok(vec![0; chunk].into())))
    }
}

/// 1 MB that is 1 GB unpacked.
async fn gzip() -> Outcome {
    let client = client(|_| {
        let mut response = response("application/json", Body::from_stream(Chunks(packed_spaces(), 1024 * 1024), None));
        response.headers_mut().insert("content-encoding", HeaderValue::from_static("gzip"));
        response
    })?;
    let error = client.models().list().send().await.err().ok_or("a success")?;
    Ok(format!("{:?}", error.kind()))
}

fn accumulate(chunks: impl IntoIterator<Item = Value>) -> Outcome<ChatAccumulator> {
    let (mut accumulator, mut events) = (ChatAccumulator::new(), Vec::new());
    for chunk in chunks {
        let chunk: ChatCompletionChunk = serde_json::from_value(chunk)?;
        accumulator.push_with_events(&chunk, &mut events)?;
        events.clear();
    }
    Ok(accumulator)
}

fn chunk(delta: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta}]})
}

/// Two deltas with 64,000 members that no document has.
fn members() -> Outcome {
    let members: Map<String, Value> = (0..64_000).map(|at| (format!("x{at}"), json!("y"))).collect();
    accumulate(vec![chunk(Value::Object(members)); 2])?;
    Ok("accumulated".to_owned())
}

/// Two deltas with a list of 1.7 MB, whose items have an `index`.
fn list() -> Outcome {
    let items: Vec<Value> = (0..65_000).map(|at| json!({"index": at, "text": "a"})).collect();
    let delta = json!({"extra_content": items});
    let length = delta.to_string().len();
    accumulate(vec![chunk(delta); 2])?;
    Ok(format!("accumulated {length} bytes twice"))
}

/// 10,000 deltas of two tool calls in turn, 100 bytes each.
fn calls() -> Outcome {
    let first = |index: usize| {
        let function = json!({"name": "f", "arguments": "{\"a\":\""});
        chunk(json!({"tool_calls": [{"index": index, "id": format!("c{index}"), "function": function}]}))
    };
    let next =
        |at: usize| chunk(json!({"tool_calls": [{"index": at % 2, "function": {"arguments": "x".repeat(100)}}]}));
    accumulate((0..2).map(first).chain((0..10_000).map(next)))?;
    Ok("accumulated".to_owned())
}

/// A schema with 1,000 optional members, each of which is the whole.
async fn schema() -> Outcome {
    let mock = MockServer::builder().start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    let members: Map<String, Value> = (0..1000).map(|at| (format!("m{at}"), json!({"$ref": "#"}))).collect();
    let schema = json!({"type": "object", "properties": members, "additionalProperties": false});
    let format = json!({"type": "json_schema", "json_schema": {"name": "s", "schema": schema}});
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let call = call.with_body_field("response_format", format).with_timeout(Duration::from_secs(60)).send();
    Ok(match call.await {
        Ok(reply) => format!("{} bytes", reply.text().len()),
        Err(error) => format!("{:?}", error.kind()),
    })
}

/// No arguments.
#[derive(Deserialize, JsonSchema)]
struct Nothing {}

/// 10,000 tool calls in one answer, each of which takes 1 ms and 64 KiB.
async fn tools() -> Outcome {
    let calls: Vec<Value> = (0..10_000)
        .map(|at| json!({"id": format!("c{at}"), "type": "function", "function": {"name": "f", "arguments": "{}"}}))
        .collect();
    let answer = |message: Value, finish: &str| {
        let choice = json!({"index": 0, "message": message, "finish_reason": finish});
        json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}).to_string()
    };
    let asks = answer(json!({"role": "assistant", "content": null, "tool_calls": calls}), "tool_calls");
    let ends = answer(json!({"role": "assistant", "content": "Done."}), "stop");
    let client = client(move |number| {
        response("application/json", Body::from(if number == 0 { asks.clone() } else { ends.clone() }))
    })?;
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    let tools = Toolbox::new().with(tool("f", "Does nothing", move |_: Nothing| {
        let (running, most) = (running.clone(), most.clone());
        async move {
            let held = vec![1_u8; 64 * 1024];
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(1)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            Ok::<_, std::io::Error>(held.len())
        }
    }));
    let run = client.chat().completions().create("m", [Message::user("Hi")]).run_tools(&tools).send().await?;
    Ok(format!("{}, at most {} at once", run.text(), seen.load(Ordering::SeqCst)))
}
