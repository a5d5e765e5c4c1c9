//! `soak [SECONDS] [CALLS AT ONCE]`: mixed calls, streams, uploads, lists and tool loops against the mock in a process of its
//! own, which answers one request in twenty with a fault. Every call has to end in its own result or in a typed error, no
//! attempt may arrive twice, and the memory has to stay where it is. Prints a line of JSON, and fails if that is not so.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::io::BufRead;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use acceptance::process::{Server, memory};
use openai_ext::prelude::*;
use openai_ext::types::{ChatCompletionFunctionTool, ChatCompletionToolChoiceOption, FunctionDefinition};
use openai_ext::{Client, ErrorKind, InputFile};
use openai_ext_mock::{Event, Fault, MockServer, ReceivedRequest, Reply};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Tells the server which call a request is of.
const CALL: &str = "x-soak-call";
/// A fault in so many requests.
const ONE_IN: u64 = 20;
/// The time that a call waits for a silent server; a busy one must be through by then.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => serve(),
        [] => run(60, 200),
        [seconds] => run(seconds.parse()?, 200),
        [seconds, at_once] => run(seconds.parse()?, at_once.parse()?),
        _ => Err("usage: soak [SECONDS] [CALLS AT ONCE]".into()),
    }
}

/// The requests that the server saw.
#[derive(Default)]
struct Seen {
    attempts: HashSet<(u64, u64)>,
    requests: u64,
    twice: u64,
    faults: BTreeMap<&'static str, u64>,
}

/// The mock, until whoever started it is gone; it answers a line with what it saw.
fn serve() -> Outcome<()> {
    let server = MockServer::builder().event_interval(Duration::ZERO).keep_requests(1).stateless().start().wait()?;
    let seen = Arc::new(Mutex::new(Seen::default()));
    let noted = Arc::clone(&seen);
    server.on_request(move |request| {
        let number = |name: &str| request.header(name)?.parse::<u64>().ok();
        let (call, attempt) = (number(CALL)?, number("x-stainless-retry-count").unwrap_or_default());
        let mut seen = noted.lock().unwrap_or_else(PoisonError::into_inner);
        seen.requests += 1;
        seen.twice += u64::from(!seen.attempts.insert((call, attempt)));
        let dice = mixed(call * 8 + attempt);
        if !dice.is_multiple_of(ONE_IN) {
            return None;
        }
        let (name, reply) = fault(dice / ONE_IN, request);
        *seen.faults.entry(name).or_default() += 1;
        Some(reply)
    });
    println!("{}", server.base_url());
    for _line in std::io::stdin().lock().lines() {
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        println!("{}", json!({"requests": seen.requests, "twice": seen.twice, "faults": seen.faults}));
    }
    Ok(())
}

/// Returns the fault of a request, and its name.
fn fault(dice: u64, request: &ReceivedRequest) -> (&'static str, Reply) {
    use openai_ext::StatusCode as S;
    let wait = Duration::from_millis(5);
    let whole = || Reply::json(S::OK, &json!({"object": "list", "data": [], "padding": "x".repeat(2000)}));
    let is_stream = request.json().is_some_and(|body| body["stream"] == true);
    let events = || {
        Reply::events(
            (0..3)
                .map(|_| Event::typed(&json!({"type": "keepalive", "object": "chat.completion.chunk", "choices": []}))),
        )
    };
    match dice % 12 {
        0 => ("500", Reply::error(S::INTERNAL_SERVER_ERROR, "server_error", None, "The server had an error.")),
        1 => ("503 as text", Reply::bytes(S::SERVICE_UNAVAILABLE, "text/html", "<html>busy</html>")),
        2 => ("429", Reply::rate_limited(wait)),
        3 => {
            ("429 as text", Reply::bytes(S::TOO_MANY_REQUESTS, "text/plain", "slow down").header("retry-after-ms", "5"))
        }
        4 => ("disconnect", Reply::empty(S::OK).fault(Fault::Disconnect)),
        5 => ("silence", Reply::empty(S::OK).fault(Fault::Silence)),
        6 => ("empty 200", Reply::empty(S::OK)),
        7 => ("html 200", Reply::bytes(S::OK, "text/html", "<html>a proxy</html>")),
        8 if is_stream => ("cut stream", events().fault(Fault::CutEvents(2))),
        9 if is_stream => ("ended stream", events().fault(Fault::EndEvents(2))),
        10 if is_stream => ("stalled stream", events().fault(Fault::StallEvents(2))),
        11 if is_stream => ("error event", Reply::events([Event::named("error", &json!({"message": "overloaded"}))])),
        _ => ("cut body", whole().fault(Fault::CutBody(1000))),
    }
}

/// SplitMix64: the same faults in every run.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The outcomes of the calls.
#[derive(Default)]
struct Tally {
    begun: AtomicU64,
    right: AtomicU64,
    errors: Mutex<BTreeMap<String, u64>>,
    wrong: Mutex<Vec<String>>,
}

fn run(seconds: u64, at_once: usize) -> Outcome<()> {
    let mut server = Server::start(&["serve"])?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let client = Client::builder().strict_decoding(true).base_url(&server.url).api_key("any").max_connections(at_once);
    let client = client.timeout(PATIENCE).idle_timeout(PATIENCE).build()?;
    let tally = Arc::new(Tally::default());
    let (lost, samples) = runtime.block_on(soak(client, Arc::clone(&tally), Duration::from_secs(seconds), at_once))?;
    let seen: Value = serde_json::from_str(&server.ask("report")?)?;
    let wrong = tally.wrong.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let third = (samples.len() / 3).max(1);
    let mean = |samples: &[u64]| samples.iter().sum::<u64>() as f64 / samples.len().max(1) as f64 / 1e6;
    let (first, last) = (mean(&samples[..third]), mean(&samples[samples.len() - third..]));
    let (begun, right) = (tally.begun.load(Ordering::Relaxed), tally.right.load(Ordering::Relaxed));
    let errors = tally.errors.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let ended = right + errors.values().sum::<u64>() + wrong.len() as u64;
    println!(
        "{}",
        json!({
            "seconds": seconds, "at_once": at_once, "calls": begun, "right": right, "errors": errors, "wrong": wrong.len(),
            "lost": lost + (begun - ended), "server": seen,
            "memory_mb": {"first_third": first.round(), "last_third": last.round()},
        })
    );
    let problems = [
        (!wrong.is_empty()).then(|| format!("calls went wrong: {:?}", &wrong[..wrong.len().min(5)])),
        (lost > 0 || begun != ended).then(|| "calls were lost".to_owned()),
        (seen["twice"] != 0).then(|| "an attempt arrived twice".to_owned()),
        (last > first * 1.1 + 8.0).then(|| "the memory grew".to_owned()),
        (right == 0 || errors.is_empty()).then(|| "there was nothing to see".to_owned()),
    ];
    let problems: Vec<String> = problems.into_iter().flatten().collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ").into()) }
}

/// Lets calls run until the time is over. Gives how many workers did not end, and the memory at each second.
async fn soak(client: Client, tally: Arc<Tally>, time: Duration, at_once: usize) -> Outcome<(u64, Vec<u64>)> {
    let end = Instant::now() + time;
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        let (client, tally) = (client.clone(), Arc::clone(&tally));
        workers.spawn(async move {
            while Instant::now() < end {
                one(&client, &tally).await;
            }
        });
    }
    let mut samples = Vec::new();
    while Instant::now() < end {
        tokio::time::sleep(Duration::from_secs(1)).await;
        samples.push(memory()?);
    }
    // The slowest call has three attempts and three steps, each with its limit of time.
    let rest = tokio::time::timeout(PATIENCE * 30, async {
        while let Some(done) = workers.join_next().await {
            done?;
        }
        Outcome::Ok(())
    });
    let lost = if rest.await.is_ok_and(|rest| rest.is_ok()) { 0 } else { workers.len().max(1) as u64 };
    Ok((lost, samples))
}

/// Makes one call and counts what becomes of it.
async fn one(client: &Client, tally: &Tally) {
    let number = tally.begun.fetch_add(1, Ordering::Relaxed);
    match call(client, number).await {
        Ok(true) => _ = tally.right.fetch_add(1, Ordering::Relaxed),
        Ok(false) => {
            tally.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{number}: another answer"))
        }
        Err(error) if is_expected(error.kind()) => {
            let mut errors = tally.errors.lock().unwrap_or_else(PoisonError::into_inner);
            *errors.entry(format!("{:?}", error.kind())).or_default() += 1;
        }
        Err(error) => tally.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{number}: {error}")),
    }
}

/// Returns true for an error that a fault may cause.
fn is_expected(kind: ErrorKind) -> bool {
    use ErrorKind as K;
    matches!(kind, K::InternalServer | K::RateLimit | K::Connection | K::Timeout | K::Decode | K::Truncated | K::Stream)
}

/// One of several kinds of calls; whether its answer is the one to this call.
async fn call(client: &Client, number: u64) -> openai_ext::Result<bool> {
    let said = format!("call {number}");
    let prompt = format!("Say {said}");
    let is_it = |text: &str| text.to_lowercase().contains(&said);
    // The calls of one number that come after the first have other numbers for the server.
    let id = |step: u64| (number * 4 + step).to_string();
    Ok(match number % 7 {
        0 => {
            let call = client.chat().completions().create("gpt-5.5", [Message::user(prompt)]).with_header(CALL, id(0));
            is_it(call.send().await?.text())
        }
        1 => {
            let call = client.chat().completions().create("gpt-5.5", [Message::user(prompt)]).with_header(CALL, id(0));
            is_it(&call.stream_events().await?.final_content().await?)
        }
        2 => {
            let call = client.responses().create("gpt-5.5", prompt).with_header(CALL, id(0));
            is_it(&call.send().await?.output_text())
        }
        3 => {
            let call = client.responses().create("gpt-5.5", prompt).with_header(CALL, id(0));
            is_it(&call.stream_events().await?.final_response().await?.output_text())
        }
        4 => {
            let name = format!("{number}.jsonl");
            let file = InputFile::from_bytes(vec![b'x'; 50_000]).name(&name);
            client.files().create(file, "batch").with_header(CALL, id(0)).send().await?.filename == name
        }
        5 => {
            let mut files = client.files().list().limit(3).with_header(CALL, id(0)).items();
            files.next().await.transpose()?.is_none_or(|file| !file.id.is_empty())
        }
        _ => tool_loop(client, &prompt, is_it, id).await?,
    })
}

/// The model calls a function and then answers.
async fn tool_loop(
    client: &Client,
    prompt: &str,
    is_it: impl Fn(&str) -> bool,
    id: impl Fn(u64) -> String,
) -> openai_ext::Result<bool> {
    let tool = FunctionDefinition::new("look").parameters(json!({"type": "object", "properties": {}}));
    let tool = ChatCompletionFunctionTool::new(tool);
    let mut messages = vec![Message::user(prompt)];
    let call = client.chat().completions().create("gpt-5.5", messages.clone()).tools([tool]);
    let call = call.tool_choice(ChatCompletionToolChoiceOption::from("required")).with_header(CALL, id(0));
    let reply = call.send().await?;
    let Some(choice) = reply.choices.into_iter().next() else { return Ok(false) };
    let Some(called) = reply_call(&choice.message) else { return Ok(false) };
    messages.push(choice.message.into());
    messages.push(Message::tool(ToolCallId::new(called), "nothing"));
    let call = client.chat().completions().create("gpt-5.5", messages).with_header(CALL, id(1));
    Ok(is_it(call.send().await?.text()))
}

fn reply_call(message: &openai_ext::types::ChatCompletionMessage) -> Option<String> {
    match message.tool_calls.as_deref()?.first()? {
        openai_ext::types::ChatCompletionMessageToolCall::Function(call) => Some(call.id.clone()),
        _ => None,
    }
}
