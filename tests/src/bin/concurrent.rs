//! `concurrent [STREAMS]`: that many event streams at once on one thread, against the mock in a process of its own.
//! Prints what a stream takes in memory, and whether any of them had to wait for the others.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::Read;
use std::time::{Duration, Instant};

use acceptance::process::{Server, memory};
use openai_ext_mock::MockServer;
use openai_raw::Client;
use openai_raw::types::ChatCompletionMessageParam as Message;
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => serve(),
        [] => run(10_000),
        [count] => run(count.parse()?),
        _ => Err("usage: concurrent [STREAMS]".into()),
    }
}

/// The mock, until whoever started it is gone. It holds each stream open for a while between two events.
fn serve() -> Outcome<()> {
    let server = MockServer::builder().event_interval(Duration::from_millis(1500)).keep_requests(1).start().wait()?;
    println!("{}", server.base_url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn run(count: usize) -> Outcome<()> {
    let server = Server::start(&["serve"])?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = Client::builder().base_url(&server.url).api_key("any").max_connections(count).max_retries(0);
    let client = client.connect_timeout(Duration::from_secs(120)).timeout(Duration::from_secs(120)).build()?;
    runtime.block_on(streams(client, count))
}

async fn streams(client: Client, count: usize) -> Outcome<()> {
    let started = Instant::now();
    let before = memory()?;
    let mut tasks = tokio::task::JoinSet::new();
    let (open, mut opened) = tokio::sync::mpsc::unbounded_channel();
    let go = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    for index in 0..count {
        let call = client.chat().completions().create("gpt-5.5", [Message::user(format!("Hello {index}"))]);
        let (open, go) = (open.clone(), go.clone());
        tasks.spawn(async move {
            let mut stream = call.stream().await?;
            let mut events = 0_usize;
            if stream.next().await.transpose()?.is_some() {
                events += 1;
            }
            open.send(()).ok();
            // All are open before any goes on.
            drop(go.acquire().await?);
            let mut longest = Duration::ZERO;
            let mut last = Instant::now();
            while stream.next().await.transpose()?.is_some() {
                events += 1;
                longest = longest.max(last.elapsed());
                last = Instant::now();
            }
            Outcome::Ok((events, longest))
        });
    }
    for _ in 0..count {
        if opened.recv().await.is_none() {
            return Err("a stream did not open".into());
        }
    }
    let all_open = started.elapsed();
    let during = memory()?;
    go.add_permits(count);
    let (mut events, mut longest) = (0, Duration::ZERO);
    let mut fewest = usize::MAX;
    while let Some(done) = tasks.join_next().await {
        let (of_stream, gap) = done??;
        events += of_stream;
        fewest = fewest.min(of_stream);
        longest = longest.max(gap);
    }
    let report = json!({
        "streams": count,
        "bytes_a_stream": during.saturating_sub(before) / count as u64,
        "all_open_after_ms": all_open.as_millis() as u64,
        "events": events,
        "fewest_events": fewest,
        "longest_wait_for_an_event_ms": longest.as_millis() as u64,
        "total_ms": started.elapsed().as_millis() as u64,
    });
    println!("{report}");
    if fewest < 2 { Err("a stream starved".into()) } else { Ok(()) }
}
