//! Calls that run while the answer that makes them is streamed, by a virtual clock.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use http::{HeaderValue, Request, Response};
use openai_ext::ErrorKind;
use openai_ext::chat::ChatToolRun;
use openai_ext::prelude::*;
use openai_ext::responses::ResponseToolRun;
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};
use openai_ext::tools::{EarlyExecution, RunPhase, StopReason, ToolError, ToolOutcome, UncertainCall};
use serde_json::{Value, json};
use tokio::time::{Instant, Sleep, sleep};

use crate::support::{City, TestResult};

/// A server that sends an event a second.
#[derive(Clone, Default)]
struct Paced(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    answers: VecDeque<Vec<String>>,
    requests: Vec<Value>,
}

impl Paced {
    fn client(&self) -> openai_ext::Result<Client> {
        Client::builder().api_key("any").max_retries(0).transport(Arc::new(self.clone())).build()
    }

    fn answer(&self, events: Vec<String>) {
        self.0.lock().unwrap().answers.push_back(events);
    }

    fn requests(&self) -> Vec<Value> {
        self.0.lock().unwrap().requests.clone()
    }
}

impl Transport for Paced {
    fn send(&self, request: Request<Body>) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let mut state = self.0.lock().unwrap();
        let body = request.body().as_bytes().and_then(|body| serde_json::from_slice(body).ok());
        state.requests.push(body.unwrap_or_default());
        let events = state.answers.pop_front().unwrap_or_default().into();
        let mut response = Response::new(Body::from_stream(Events { events, pause: None }, None));
        response.headers_mut().insert("content-type", HeaderValue::from_static("text/event-stream"));
        Box::pin(std::future::ready(Ok(response)))
    }
}

struct Events {
    events: VecDeque<String>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Stream for Events {
    type Item = Result<bytes::Bytes, Box<dyn std::error::Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(Duration::from_secs(1))));
        if pause.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.pause = None;
        Poll::Ready(self.events.pop_front().map(|event| Ok(event.into())))
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Api {
    Chat,
    Responses,
}

const APIS: [Api; 2] = [Api::Chat, Api::Responses];

/// A call: its id, its name, its city.
type Call<'a> = (&'a str, &'a str, &'a str);

fn arguments(city: &str) -> String {
    json!({"city": city}).to_string()
}

fn chat_chunk(delta: &Value, finish: Value) -> String {
    let chunk = json!({"id": "chatcmpl_1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5.5",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    format!("data: {chunk}\n\n")
}

/// An answer with calls, one an event; the first call is whole at 2 s, the second at 3 s, and so on.
fn calls(api: Api, calls: &[Call<'_>]) -> Vec<String> {
    match api {
        Api::Chat => {
            let call = |(index, (id, name, city)): (usize, &Call<'_>)| {
                let function = json!({"name": name, "arguments": arguments(city)});
                let call = json!({"index": index, "id": id, "type": "function", "function": function});
                chat_chunk(&json!({"tool_calls": [call]}), Value::Null)
            };
            let calls = calls.iter().enumerate().map(call);
            let end = [chat_chunk(&json!({}), json!("tool_calls")), "data: [DONE]\n\n".to_owned()];
            calls.chain(end).collect()
        }
        Api::Responses => {
            let item = |(id, name, city): &Call<'_>| {
                json!({"type": "function_call", "id": format!("fc_{id}"), "call_id": id, "name": name,
                    "arguments": arguments(city), "status": "completed"})
            };
            let items: Vec<Value> = calls.iter().map(item).collect();
            response(items.as_slice())
        }
    }
}

fn response(items: &[Value]) -> Vec<String> {
    let event = |data: Value| format!("data: {data}\n\n");
    let body = |status: &str, output: Value| json!({"id": "resp_1", "object": "response", "created_at": 1, "status": status, "model": "gpt-5.5", "output": output});
    let created =
        event(json!({"type": "response.created", "sequence_number": 0, "response": body("in_progress", json!([]))}));
    let done = items.iter().enumerate().map(|(index, item)| {
        let added = json!({"type": "response.output_item.added", "output_index": index, "item": item});
        let done = json!({"type": "response.output_item.done", "output_index": index, "item": item});
        event(added) + &event(done)
    });
    let completed = event(json!({"type": "response.completed", "response": body("completed", json!(items))}));
    std::iter::once(created).chain(done).chain([completed]).collect()
}

fn text(api: Api, text: &str) -> Vec<String> {
    match api {
        Api::Chat => vec![
            chat_chunk(&json!({"role": "assistant", "content": text}), json!("stop")),
            "data: [DONE]\n\n".to_owned(),
        ],
        Api::Responses => {
            response(&[json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}]})])
        }
    }
}

/// The starts and ends of tools, in seconds.
#[derive(Clone)]
struct Diary {
    began: Instant,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Diary {
    fn new() -> Self {
        Self { began: Instant::now(), lines: Arc::default() }
    }

    fn seconds(&self) -> u64 {
        self.began.elapsed().as_secs()
    }

    fn note(&self, what: &str) {
        self.lines.lock().unwrap().push(format!("{what} {}", self.seconds()));
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// A tool that takes as many seconds as its city's name is long, and two that fail.
    fn tools(&self) -> Toolbox {
        let tool_of = |name: &'static str| {
            tool_with_state(name, "", self.clone(), |diary, args: City| async move {
                diary.note(&format!("+{}", args.city));
                sleep(Duration::from_secs(args.city.len() as u64)).await;
                diary.note(&format!("-{}", args.city));
                match args.city.as_str() {
                    "bad" => Err(ToolError::failed("no such city")),
                    city => Ok(format!("Seen {city}")),
                }
            })
        };
        Toolbox::new().with(tool_of("look")).with(tool_of("hear"))
    }
}

/// What came of a run, whatever its API.
#[derive(Debug)]
struct Told {
    text: String,
    stop: StopReason,
    calls: Vec<ToolOutcome>,
    early: Vec<ToolOutcome>,
    pending: Vec<String>,
    error: Option<openai_ext::Error>,
}

impl Told {
    fn outputs(&self) -> Vec<String> {
        self.calls.iter().map(|outcome| outcome.output().to_text()).collect()
    }
}

macro_rules! told {
    ($result:expr, $run:ty, $text:expr) => {{
        let (run, error) = match $result {
            Ok(run) => (run, None),
            Err(error) => (error.detail::<$run>().cloned().expect("a detail"), Some(error)),
        };
        let pending = run.pending.iter().map(|call| call.id.clone()).collect();
        let told = Told {
            text: $text(&run),
            stop: run.stop,
            calls: run.calls.clone(),
            early: run.early.clone(),
            pending,
            error,
        };
        (told, json!(run))
    }};
}

/// A way to run.
#[derive(Clone, Default)]
struct Wish {
    early: EarlyExecution,
    concurrency: Option<usize>,
    one_by_one: bool,
    supplied: Vec<&'static str>,
    /// The run that this one goes on from.
    resumed: Value,
    streamed: bool,
}

async fn run(api: Api, client: &Client, tools: &Toolbox, wish: Wish) -> Result<(Told, Value), serde_json::Error> {
    macro_rules! run {
        ($call:expr, $run:ty, $text:expr) => {{
            let mut call = $call;
            call.body_mut().parallel_tool_calls = wish.one_by_one.then_some(false);
            let mut runner = call.run_tools(tools).with_early_execution(wish.early);
            runner = runner.with_concurrency(wish.concurrency.unwrap_or(8)).with_supplied_tools(wish.supplied);
            if !wish.resumed.is_null() {
                runner = runner.resume_tools(serde_json::from_value::<$run>(wish.resumed)?);
            }
            let result = if wish.streamed { runner.stream_events().finish().await } else { runner.send().await };
            Ok(told!(result, $run, $text))
        }};
    }
    match api {
        Api::Chat => run!(
            client.chat().completions().create("gpt-5.5", [Message::user("Hi")]),
            ChatToolRun,
            |run: &ChatToolRun| run.text().to_owned()
        ),
        Api::Responses => {
            run!(client.responses().create("gpt-5.5", "Hi"), ResponseToolRun, ResponseToolRun::output_text)
        }
    }
}

fn early(streamed: bool) -> Wish {
    Wish { early: true.into(), streamed, ..Wish::default() }
}

#[tokio::test(start_paused = true)]
async fn early_beside_plain_the_same_outputs_and_an_earlier_start() -> TestResult {
    let made = [("call_1", "look", "aaaaaa"), ("call_2", "look", "b"), ("call_3", "hear", "ccc")];
    for api in APIS {
        let mut seen = Vec::new();
        for wish in [Wish::default(), Wish { streamed: true, ..Wish::default() }, early(false), early(true)] {
            let (is_early, server) = (format!("{:?}", wish.early) == "Always", Paced::default());
            if !is_early && !wish.streamed {
                continue;
            }
            server.answer(calls(api, &made));
            server.answer(text(api, "Done."));
            let diary = Diary::new();
            let (told, record) = run(api, &server.client()?, &diary.tools(), wish).await?;
            assert_eq!((told.text.as_str(), told.stop), ("Done.", StopReason::Final), "{told:?}");
            assert_eq!(told.outputs(), ["Seen aaaaaa", "Seen b", "Seen ccc"]);
            assert_eq!((told.early.len(), told.pending.len()), (0, 0));
            // The whole answer is there at 5 s.
            let wanted = match (is_early, api) {
                (true, _) => ["+aaaaaa 2", "+b 3", "-b 4", "+ccc 4", "-ccc 7", "-aaaaaa 8"],
                (false, _) => ["+aaaaaa 5", "+b 5", "+ccc 5", "-b 6", "-ccc 8", "-aaaaaa 11"],
            };
            let mut lines = diary.lines();
            let mut wanted = wanted.map(str::to_owned).to_vec();
            // What happens in one second has no order.
            lines.sort();
            wanted.sort();
            // The end of a chat stream is read with its [DONE], a second later.
            let late = |line: &String| !is_early && api == Api::Chat && line.is_empty();
            lines.retain(|line| !late(line));
            assert_eq!(lines, wanted, "{api:?} early {is_early}");
            seen.push((server.requests().pop(), record["items"].clone()));
        }
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{api:?}: {seen:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn none_overtakes_another_where_calls_are_one_by_one() -> TestResult {
    let made = [("call_1", "look", "aaa"), ("call_2", "hear", "b"), ("call_3", "look", "c")];
    for api in APIS {
        for (wish, wanted) in [
            (Wish { one_by_one: true, ..early(false) }, ["+aaa 2", "-aaa 5", "+b 5", "-b 6", "+c 6", "-c 7"]),
            (Wish { concurrency: Some(1), ..early(true) }, ["+aaa 2", "-aaa 5", "+b 5", "-b 6", "+c 6", "-c 7"]),
            // The second may not run early, so the third waits with it.
            (
                Wish { one_by_one: true, early: EarlyExecution::named(["look"]), ..Wish::default() },
                ["+aaa 2", "-aaa 5", "+b 5", "-b 6", "+c 6", "-c 7"],
            ),
            // It does not where they are independent.
            (
                Wish { early: EarlyExecution::when(|call| call.name == "look"), ..Wish::default() },
                ["+aaa 2", "+c 4", "-c 5", "-aaa 5", "+b 5", "-b 6"],
            ),
        ] {
            let (server, diary) = (Paced::default(), Diary::new());
            server.answer(calls(api, &made));
            server.answer(text(api, "Done."));
            let (told, _) = run(api, &server.client()?, &diary.tools(), wish.clone()).await?;
            assert_eq!(
                (told.text.as_str(), told.outputs()),
                ("Done.", vec!["Seen aaa".into(), "Seen b".into(), "Seen c".into()])
            );
            let (mut lines, mut wanted) = (diary.lines(), wanted.map(str::to_owned).to_vec());
            if !wish.one_by_one && wish.concurrency.is_none() {
                lines.sort();
                wanted.sort();
            }
            assert_eq!(lines, wanted, "{api:?} {:?}", wish.early);
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_after_a_call_ran_does_not_run_it_twice() -> TestResult {
    let made = [("call_1", "look", "a"), ("call_2", "look", "bb"), ("call_3", "look", "c")];
    // The model makes the same calls with the same ids, or with others, or others altogether.
    let again: [(&[Call<'_>], &[&str], &[&str]); 3] = [
        (&made, &["Seen a", "Seen bb", "Seen c"], &["+a", "-a", "+bb", "+bb", "-bb", "+c", "-c"]),
        (&[("call_7", "look", "a"), ("call_8", "look", "c")], &["Seen a", "Seen c"], &["+a", "-a", "+bb", "+c", "-c"]),
        (&[("call_1", "look", "dd")], &["Seen a", "Seen dd"], &["+a", "-a", "+bb", "+dd", "-dd"]),
    ];
    for api in APIS {
        for (calls_then, outputs, lines) in again {
            for streamed in [false, true] {
                let (server, diary) = (Paced::default(), Diary::new());
                let mut cut = calls(api, &made);
                // `a` runs from 2 to 3 s, `bb` from 3 s on; the stream breaks at 4 s.
                cut.truncate(3);
                server.answer(cut);
                server.answer(calls(api, calls_then));
                server.answer(text(api, "Done."));
                let (client, tools) = (server.client()?, diary.tools());
                let (told, record) = run(api, &client, &tools, early(streamed)).await?;
                let error = told.error.ok_or("an error")?;
                assert_eq!(error.kind(), ErrorKind::Truncated, "{error}");
                assert!(error.message().contains("\"look\" (\"call_1\")"), "{error}");
                let early_outputs: Vec<_> = told.early.iter().map(|outcome| outcome.output().to_text()).collect();
                assert_eq!((early_outputs, told.calls.len()), (vec!["Seen a".to_owned()], 0), "{api:?}");
                let (told, record) = run(api, &client, &tools, Wish { resumed: record, ..early(streamed) }).await?;
                assert_eq!(
                    (told.text.as_str(), told.outputs(), told.early.len()),
                    ("Done.", outputs.iter().map(|&text| text.to_owned()).collect(), 0)
                );
                let mut seen: Vec<String> =
                    diary.lines().iter().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect();
                seen.sort();
                let mut wanted = lines.to_vec();
                wanted.sort_unstable();
                assert_eq!(seen, wanted, "{api:?}");
                // What is sent are the outputs of the calls that the model made at last.
                let sent = server.requests()[2].to_string();
                for (id, _, city) in calls_then {
                    assert!(sent.contains(id) && sent.contains(&format!("Seen {city}")), "{sent}");
                }
                assert_eq!(record["early"], json!([]));
            }
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_failure_waits_for_the_whole_answer_and_stops_what_did_not_begin() -> TestResult {
    let made =
        [("call_1", "look", "bad"), ("call_2", "look", "aaaaaaaaaa"), ("call_3", "look", "c"), ("call_4", "look", "d")];
    for api in APIS {
        let (server, diary) = (Paced::default(), Diary::new());
        server.answer(calls(api, &made));
        let (told, record) =
            run(api, &server.client()?, &diary.tools(), Wish { concurrency: Some(2), ..early(false) }).await?;
        let error = told.error.as_ref().ok_or("an error")?;
        assert_eq!((error.kind(), told.stop), (ErrorKind::Callback, StopReason::ToolFailed), "{error}");
        assert_eq!(diary.lines(), ["+bad 2", "+aaaaaaaaaa 3", "-bad 5"], "{api:?}");
        assert_eq!(told.pending, ["call_1", "call_2", "call_3", "call_4"]);
        assert_eq!((record["replies"].as_array().map(Vec::len), told.early.len()), (Some(1), 0));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn calls_of_the_caller_and_mistakes_wait_for_the_answer() -> TestResult {
    let made = [("call_1", "hear", "a"), ("call_2", "none", "b"), ("call_3", "look", "c")];
    for api in APIS {
        let (server, diary) = (Paced::default(), Diary::new());
        server.answer(calls(api, &made));
        let (told, _) =
            run(api, &server.client()?, &diary.tools(), Wish { supplied: vec!["hear"], ..early(false) }).await?;
        assert_eq!((told.stop, told.pending), (StopReason::ActionRequired, vec!["call_1".to_owned()]));
        let calls: Vec<_> =
            told.calls.iter().map(|outcome| (outcome.call.id.as_str(), outcome.result.is_ok())).collect();
        assert_eq!(calls, [("call_2", false), ("call_3", true)]);
        assert_eq!(diary.lines()[0], "+c 4");
    }
    Ok(())
}

/// A process that ends while a call runs that began early: its answer is in the record by then, and not asked for again.
#[tokio::test(start_paused = true)]
async fn an_answer_whose_calls_run_already_is_stored() -> TestResult {
    let long = "a".repeat(60);
    macro_rules! dies {
        ($api:expr, $call:expr, $run:ty, $text:expr) => {{
            let (server, diary) = (Paced::default(), Diary::new());
            server.answer(calls($api, &[("call_1", "look", "b"), ("call_2", "look", &long)]));
            let (kept, writers) = (Arc::new(Mutex::new(Value::Null)), Arc::new(AtomicUsize::new(0)));
            let store = {
                let (kept, writers) = (Arc::clone(&kept), Arc::clone(&writers));
                move |run: $run| {
                    let (kept, writers) = (Arc::clone(&kept), Arc::clone(&writers));
                    async move {
                        assert_eq!(writers.fetch_add(1, Ordering::SeqCst), 0, "records are kept one after the other");
                        sleep(Duration::from_millis(1700)).await;
                        writers.fetch_sub(1, Ordering::SeqCst);
                        *kept.lock().unwrap() = json!(run);
                        Ok::<_, std::io::Error>(())
                    }
                }
            };
            let client = server.client()?;
            let run = $call(&client).run_tools(&diary.tools()).with_early_execution(true).with_store(store).send();
            assert!(tokio::time::timeout(Duration::from_secs(30), run).await.is_err());
            let record: $run = serde_json::from_value(kept.lock().unwrap().clone())?;
            assert_eq!((record.replies.len(), record.phase), (1, RunPhase::Calls), "{:?}", $api);
            let attempted: Vec<_> = record.attempted.iter().map(|call| call.id.as_str()).collect();
            assert_eq!(attempted, ["call_2"]);
            server.answer(text($api, "Done."));
            let run = $call(&client).run_tools(&diary.tools()).with_early_execution(true).resume_tools(record);
            let run = run.with_uncertain_calls(|_| UncertainCall::Rerun).send().await?;
            let outputs: Vec<String> = run.calls.iter().map(|outcome| outcome.output().to_string()).collect();
            assert_eq!(outputs, ["Seen b".to_owned(), format!("Seen {long}")]);
            assert_eq!(($text(&run).as_str(), server.requests().len()), ("Done.", 2));
            assert_eq!(diary.lines().iter().filter(|line| line.starts_with("+b ")).count(), 1);
        }};
    }
    let chat = |client: &Client| client.chat().completions().create("gpt-5.5", "Hi");
    dies!(Api::Chat, chat, ChatToolRun, |run: &ChatToolRun| run.text().to_owned());
    let response = |client: &Client| client.responses().create("gpt-5.5", "Hi");
    dies!(Api::Responses, response, ResponseToolRun, ResponseToolRun::output_text);
    Ok(())
}
