//! Runs that end in the middle of something: a record, a call, an answer.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use openai_ext::chat::ChatToolRun;
use openai_ext::prelude::*;
use openai_ext::responses::ResponseToolRun;
use openai_ext::tools::{ContextBudget, EarlyExecution, OnFailure, StopReason, ToolError};
use openai_ext::types::Tool;
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Reply, Turn};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::runs::bodies;
use crate::support::{City, Never, TestResult, mocked, stateless};

/// A disk that takes its time: it knows which records were begun, finished and given up.
#[derive(Clone, Default)]
struct SlowDisk(Arc<Mutex<Disk>>);

#[derive(Default)]
struct Disk {
    begun: usize,
    kept: Vec<Value>,
    given_up: usize,
    writers: usize,
    most_writers: usize,
}

struct Write(SlowDisk, Option<Value>);

impl Drop for Write {
    fn drop(&mut self) {
        let mut disk = self.0.0.lock().unwrap();
        disk.writers -= 1;
        disk.given_up += usize::from(self.1.is_some());
    }
}

impl SlowDisk {
    /// Writes a record in many steps, and tells when it begins.
    async fn write(self, run: Value, begins: impl FnOnce(usize)) -> Result<(), Never> {
        let mut write = {
            let mut disk = self.0.lock().unwrap();
            disk.begun += 1;
            disk.writers += 1;
            disk.most_writers = disk.most_writers.max(disk.writers);
            begins(disk.begun);
            Write(self.clone(), Some(run))
        };
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        if let Some(run) = write.1.take() {
            self.0.lock().unwrap().kept.push(run);
        }
        Ok(())
    }

    fn check(&self, last: &Value, case: &str) {
        let disk = self.0.lock().unwrap();
        assert_eq!((disk.given_up, disk.most_writers), (0, 1), "{case}");
        assert_eq!(disk.kept.len(), disk.begun, "{case}");
        assert_eq!(disk.kept.last(), Some(last), "{case}");
    }
}

pub(super) fn city(name: &str) -> (&'static str, String) {
    ("look", json!({"city": name}).to_string())
}

/// A tool that counts its calls.
pub(super) fn look(count: &Arc<AtomicUsize>) -> Toolbox {
    Toolbox::new().with(tool_with_state("look", "Looks", Arc::clone(count), |count, args: City| async move {
        tokio::task::yield_now().await;
        count.fetch_add(1, Ordering::SeqCst);
        format!("Seen {}", args.city)
    }))
}

pub(super) fn talk() -> Vec<Turn> {
    vec![Turn::calls([city("a"), city("b")]), Turn::calls([city("c")]), Turn::text("Done.")]
}

macro_rules! cancelled_in_each_record {
    ($create:expr, $run:ty, $text:expr) => {{
        for early in [false, true] {
            let mut at = 1;
            loop {
                let (mocked, count, disk) = (stateless()?, Arc::default(), SlowDisk::default());
                mocked.mock.converse(talk());
                let stop = Arc::new(Notify::new());
                let (writes, stops) = (disk.clone(), Arc::clone(&stop));
                let store = move |run: $run| {
                    let stops = Arc::clone(&stops);
                    writes.clone().write(json!(run), move |begun| {
                        if begun == at {
                            stops.notify_one();
                        }
                    })
                };
                let runner = $create(&mocked.client).run_tools(&look(&count)).with_early_execution(early);
                let stopped = async move { stop.notified().await };
                let ended = runner.with_store(store).with_cancellation(stopped).send().await;
                let Err(error) = ended else { break };
                let case = format!("record {at}, early {early}: {error}");
                assert_eq!(error.kind(), ErrorKind::Cancelled, "{case}");
                let run = error.detail::<$run>().ok_or("a detail")?;
                disk.check(&json!(run), &case);
                // It goes on with its tools and answers, each once.
                let asked = mocked.mock.requests().len();
                let run: $run = serde_json::from_value(json!(run))?;
                let stop = run.stop;
                let run = $create(&mocked.client).run_tools(&look(&count)).resume_tools(run).send().await?;
                assert_eq!(($text(&run).as_str(), run.stop), ("Done.", StopReason::Final), "{case}");
                let asked_again = mocked.mock.requests().len() - asked;
                assert_eq!(stop == StopReason::Final, asked_again == 0, "{case}");
                assert_eq!(mocked.mock.requests().len(), 3, "{case}");
                at += 1;
            }
            assert!(at > 8, "{at}");
        }
    }};
}

/// A record that is being written when a run is cancelled is written to its end, before the last one.
#[tokio::test]
async fn a_record_under_way_is_kept_before_the_last_one() -> TestResult {
    let create = |client: &Client| client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    cancelled_in_each_record!(create, ChatToolRun, |run: &ChatToolRun| run.text().to_owned());
    let create = |client: &Client| client.responses().create("gpt-5.5", "Hi");
    cancelled_in_each_record!(create, ResponseToolRun, ResponseToolRun::output_text);
    Ok(())
}

/// The same if a tool fails meanwhile, and if the run is at its end while a call is still being recorded.
#[tokio::test]
async fn a_tool_that_fails_waits_for_the_record_under_way() -> TestResult {
    let (mocked, disk, writing) = (mocked()?, SlowDisk::default(), Arc::new(Notify::new()));
    mocked.mock.converse([Turn::calls([city("a"), ("fail", "{}".to_owned())])]);
    let begins = Arc::clone(&writing);
    let tools = look(&Arc::default()).with(tool("fail", "", move |_: Value| {
        let begins = Arc::clone(&begins);
        async move {
            begins.notified().await;
            Err::<String, _>(ToolError::failed("no luck"))
        }
    }));
    let writes = disk.clone();
    let store = move |run: ChatToolRun| {
        let (is_a_over, writing) = (run.calls.len() == 1, Arc::clone(&writing));
        writes.clone().write(json!(run), move |_| {
            if is_a_over {
                writing.notify_one();
            }
        })
    };
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let error = call.run_tools(&tools).with_store(store).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Callback);
    let run = error.detail::<ChatToolRun>().ok_or("a detail")?;
    assert_eq!((run.stop, run.calls.len()), (StopReason::ToolFailed, 2));
    disk.check(&json!(run), "a tool failed");
    Ok(())
}

/// A run that has come to its end is not asked for again, though its last record was not kept.
#[tokio::test]
async fn an_end_that_is_not_stored_is_an_end() -> TestResult {
    for fails in 1..20 {
        let mocked = mocked()?;
        mocked.mock.converse(talk());
        let records = Arc::new(AtomicUsize::new(0));
        let count = Arc::new(AtomicUsize::new(0));
        let kept = Arc::new(Mutex::new(None));
        let last = Arc::clone(&kept);
        let store = move |run: ResponseToolRun| {
            let fail = records.fetch_add(1, Ordering::SeqCst) + 1 == fails;
            if !fail {
                *last.lock().unwrap() = Some(json!(run));
            }
            async move { if fail { Err("no disk") } else { Ok(()) } }
        };
        let call = mocked.client.responses().create("gpt-5.5", "Hi");
        let mut turns = call.clone().run_tools(&look(&count)).with_store(store).turns();
        let mut errors = 0;
        loop {
            match turns.next_turn().await {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    errors += 1;
                    assert!(error.message().contains("no disk"), "{error}");
                    let run = error.detail::<ResponseToolRun>().ok_or("a detail")?;
                    if run.replies.len() == 3 {
                        assert_eq!(run.stop, StopReason::Final);
                        let run = call.clone().run_tools(&look(&count)).resume_tools(run).send().await?;
                        assert_eq!(run.output_text(), "Done.");
                    }
                }
            }
        }
        let run = turns.into_run()?;
        assert_eq!((run.output_text().as_str(), run.stop), ("Done.", StopReason::Final), "record {fails}");
        assert_eq!((mocked.mock.requests().len(), count.load(Ordering::SeqCst)), (3, 3), "record {fails}");
        assert_eq!(*kept.lock().unwrap(), Some(json!(run)), "record {fails}");
        if errors == 0 {
            assert!(fails > 8);
            return Ok(());
        }
    }
    Err("each record failed".into())
}

/// Roles and outputs of a request's messages.
fn order(body: &Value) -> Vec<String> {
    let messages = body["messages"].as_array().into_iter().flatten();
    messages
        .map(|message| match message["role"].as_str() {
            Some("tool") => format!("tool {}", message["content"].as_str().unwrap_or_default()),
            role => role.unwrap_or_default().to_owned(),
        })
        .collect()
}

/// Chat completions take outputs only behind their calls, whatever the caller added before they were there.
#[tokio::test]
async fn outputs_stand_behind_their_calls() -> TestResult {
    let wanted = ["user", "assistant", "tool Seen a", "tool Yes", "user"];
    let tools = look(&Arc::default()).with(tool("ask", "", |_: Value| "never"));
    let talk = || [Turn::calls([city("a"), ("ask", "{}".to_owned())]), Turn::text("Done.")];
    let create = |client: &Client| client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    // Between two turns.
    let mocked = mocked()?;
    mocked.mock.converse(talk());
    let mut turns = create(&mocked.client).run_tools(&tools).with_supplied_tools(["ask"]).turns();
    let turn = turns.next_turn().await?.ok_or("a turn")?;
    turns.push(Message::user("Quickly"))?;
    let stored = turns.run()?;
    turns.supply_output(&turn.pending[0].id, "Yes")?;
    turns.finish().await?;
    assert_eq!(order(&bodies(&mocked.mock)[1]), wanted);
    // In a run that was stored then.
    let mut stored: ChatToolRun = serde_json::from_value(json!(stored))?;
    assert!(stored.answer(&turn.pending[0].id, "Yes"));
    mocked.mock.converse([Turn::text("Done.")]);
    let run = create(&mocked.client).run_tools(&tools).resume_tools(stored).send().await?;
    assert_eq!((run.text(), order(&bodies(&mocked.mock)[2])), ("Done.", wanted.map(str::to_owned).to_vec()));
    // In a run whose calls are to be made still, and in one that failed.
    for fails in [false, true] {
        let mocked = self::mocked()?;
        mocked.mock.converse(talk());
        let count = Arc::new(AtomicUsize::new(0));
        let asks = Arc::clone(&count);
        let ask = tool("ask", "", move |_: Value| {
            let is_first = asks.fetch_add(1, Ordering::SeqCst) == 0;
            async move { if is_first { Err(ToolError::failed("nobody")) } else { Ok("Yes") } }
        });
        let tools = look(&Arc::default()).with(ask.with_on_failure(OnFailure::Abort));
        let mut turns = create(&mocked.client).run_tools(&tools).turns();
        let error = turns.next_turn().await.unwrap_err();
        if !fails {
            let run = error.detail::<ChatToolRun>().ok_or("a detail")?;
            turns = create(&mocked.client).run_tools(&tools).resume_tools(run).turns();
        }
        turns.push(Message::user("Quickly"))?;
        assert_eq!(turns.finish().await?.text(), "Done.");
        assert_eq!(order(&bodies(&mocked.mock)[1]), wanted, "fails {fails}");
    }
    Ok(())
}

/// Parts that a request leaves out because no server knows them are left out of the request for a shorter conversation too.
#[tokio::test]
async fn a_compaction_has_no_reasoning_that_nobody_knows() -> TestResult {
    let mocked = stateless()?;
    let answer = |turn: usize| {
        let reasoning = json!({"type": "reasoning", "id": format!("rs_{turn}"), "summary": []});
        let call = json!({
            "type": "function_call", "id": format!("fc_{turn}"), "call_id": format!("call_{turn}"), "name": "read",
            "arguments": "{}", "status": "completed",
        });
        let output = if turn < 8 { json!([reasoning, call]) } else { json!([reasoning]) };
        Turn::reply(Reply::json(
            StatusCode::OK,
            &json!({
                "id": format!("resp_{turn}"), "object": "response", "created_at": 1, "status": "completed",
                "model": "gpt-5.5", "output": output,
            }),
        ))
    };
    mocked.mock.converse((0..9).map(answer));
    let tools = Toolbox::new().with(tool("read", "", |_: Value| async { "page ".repeat(200) }));
    let call = mocked.client.responses().create("gpt-5.5", "Read").store(false);
    let budget = ContextBudget::bytes(4_000).with_server_compaction();
    call.run_tools(&tools).with_context_budget(budget).send().await?;
    let (compactions, others): (Vec<_>, Vec<_>) =
        mocked.mock.requests().into_iter().partition(|request| request.path().ends_with("/compact"));
    assert!(!compactions.is_empty() && others.len() == 9, "{} {}", compactions.len(), others.len());
    for request in compactions.iter().chain(&others) {
        let body = request.json().ok_or("JSON")?.to_string();
        assert!(!body.contains("\"rs_"), "{}: {body}", request.path());
    }
    Ok(())
}

/// The credentials of MCP servers stand in requests, and some servers repeat them.
#[tokio::test]
async fn credentials_of_mcp_servers_are_neither_shown_nor_stored() -> TestResult {
    let mocked = mocked()?;
    mocked.mock.converse(talk());
    let mcp = json!({
        "type": "mcp", "server_label": "tickets", "server_url": "https://ada:sesame@mcp.example.com/sse?key=sesame",
        "authorization": "sesame", "headers": {"X-Key": "sesame"}, "require_approval": "never",
    });
    let mcp: Tool = serde_json::from_value(mcp)?;
    let call = mocked.client.responses().create("gpt-5.5", "Hi").tools([mcp]);
    let records = Arc::new(Mutex::new(Vec::<String>::new()));
    let kept = Arc::clone(&records);
    let store = move |run: ResponseToolRun| {
        let json = serde_json::to_string(&run);
        let kept = Arc::clone(&kept);
        async move {
            kept.lock().unwrap().push(json?);
            Ok::<_, serde_json::Error>(())
        }
    };
    let count = Arc::new(AtomicUsize::new(0));
    let mut events = call.clone().run_tools(&look(&count)).with_store(store).events();
    let mut told = String::new();
    while let Some(event) = events.next().await {
        told += &format!("{:?}\n", event?);
    }
    let run = events.finish().await?;
    assert!(!told.contains("authorization\": String(\"sesame") && !told.contains("X-Key"), "{told}");
    assert!(told.contains("Request") && told.contains("tickets") && told.contains("Seen a"), "{told}");
    let sent = &bodies(&mocked.mock)[1];
    assert_eq!(
        (&sent["tools"][0]["authorization"], &sent["tools"][0]["headers"]["X-Key"]),
        (&json!("sesame"), &json!("sesame"))
    );
    // The server repeated them, and the run has them, but no record.
    assert!(json!(run.replies).to_string().contains("sesame"));
    let records = records.lock().unwrap().clone();
    assert!(records.len() > 8 && records.iter().all(|record| !record.contains("sesame")), "{records:?}");
    let read: ResponseToolRun = serde_json::from_str(records.last().ok_or("a record")?)?;
    assert_eq!(json!(read.replies)[0]["tools"][0]["server_url"], "https://mcp.example.com/sse");
    assert_eq!(json!(read), json!(run));
    Ok(())
}

/// A decision about early execution that panics does not cost the answer.
#[tokio::test]
async fn a_decision_that_panics_keeps_the_answer() -> TestResult {
    let (mocked, count) = (mocked()?, Arc::new(AtomicUsize::new(0)));
    mocked.mock.converse(talk());
    let policy = EarlyExecution::when(|call| {
        assert!(!call.arguments.contains('b'), "no b");
        true
    });
    let call = mocked.client.responses().create("gpt-5.5", "Hi");
    let error = call.clone().run_tools(&look(&count)).with_early_execution(policy).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Callback);
    assert!(error.message().contains("\"look\" panicked: no b"), "{error}");
    let run = error.detail::<ResponseToolRun>().ok_or("a detail")?;
    assert_eq!((run.replies.len(), run.stop), (1, StopReason::ToolFailed));
    let run = call.run_tools(&look(&count)).resume_tools(run).send().await?;
    assert_eq!((run.output_text().as_str(), mocked.mock.requests().len()), ("Done.", 3));
    Ok(())
}

/// A cancellation that panics while tools run does not cost what they did.
#[tokio::test]
async fn a_cancellation_that_panics_keeps_the_calls() -> TestResult {
    let create = |client: &Client| client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    for early in [false, true] {
        let (mocked, count) = (mocked()?, Arc::new(AtomicUsize::new(0)));
        mocked.mock.converse([Turn::calls([city("a"), city("b"), city("c")]), Turn::text("Done.")]);
        let seen = Arc::clone(&count);
        let odd: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(std::future::poll_fn(move |_| {
            assert!(seen.load(Ordering::SeqCst) < 2, "out of order");
            Poll::Pending
        }));
        let runner = create(&mocked.client).run_tools(&look(&count)).with_early_execution(early);
        let error = runner.with_concurrency(1).with_cancellation(odd).send().await.unwrap_err();
        assert!(error.kind() == ErrorKind::Callback && error.message().contains("out of order"), "{error}");
        let run = error.detail::<ChatToolRun>().ok_or("a detail")?;
        if early {
            assert!(run.early.len() == 2 && run.partial.is_some(), "{run:?}");
            continue;
        }
        assert_eq!((run.calls.len(), run.pending.len()), (3, 1), "{run:?}");
        let run = create(&mocked.client).run_tools(&look(&count)).resume_tools(run).send().await?;
        assert_eq!((run.text(), count.load(Ordering::SeqCst), mocked.mock.requests().len()), ("Done.", 3, 2));
    }
    Ok(())
}

/// A server that gives one id in each turn again.
#[tokio::test]
async fn an_output_by_hand_costs_no_call_of_another_turn() -> TestResult {
    let mocked = mocked()?;
    let answer = |name: &str| {
        let call =
            json!({"type": "function_call", "call_id": "call_0", "name": name, "arguments": "{\"city\": \"a\"}"});
        Turn::reply(Reply::json(
            StatusCode::OK,
            &json!({"id": "resp_1", "object": "response", "status": "completed", "output": [call]}),
        ))
    };
    mocked.mock.converse([answer("look"), answer("ask"), Turn::text("Done.")]);
    let tools = look(&Arc::default()).with(tool("ask", "", |_: Value| "never"));
    let call = mocked.client.responses().create("gpt-5.5", "Hi").store(false);
    let mut run = call.clone().run_tools(&tools).with_supplied_tools(["ask"]).send().await?;
    assert!(run.stop == StopReason::ActionRequired && run.answer("call_0", "Yes"));
    let run = call.run_tools(&tools).resume_tools(run).send().await?;
    let outputs: Vec<_> = run.calls.iter().map(|outcome| outcome.output().to_text()).collect();
    assert_eq!((run.output_text().as_str(), outputs), ("Done.", vec!["Seen a".to_owned(), "Yes".to_owned()]));
    Ok(())
}
