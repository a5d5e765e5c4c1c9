//! Runs that are stored after each phase and gone on with in another process: the same end, and no tool runs twice.

use std::sync::{Arc, Mutex};

use openai_ext::ErrorKind;
use openai_ext::chat::ChatToolRun;
use openai_ext::prelude::*;
use openai_ext::responses::ResponseToolRun;
use openai_ext::tools::{RunPhase, StopReason, ToolOutput, UncertainCall};
use openai_ext_mock::{Fault, Turn};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{City, TestResult, mocked, stateless};

/// The effects of the tools: what happened in the world, whichever process did it.
#[derive(Clone, Default)]
struct World(Arc<Mutex<Vec<String>>>);

impl World {
    fn done(&self) -> Vec<String> {
        let mut done = self.0.lock().unwrap().clone();
        done.sort();
        done
    }

    fn tools(&self) -> Toolbox {
        Toolbox::new().with(tool_with_state("look", "Looks at a city", self.clone(), |world, args: City| async move {
            // So that others begin meanwhile.
            tokio::task::yield_now().await;
            world.0.lock().unwrap().push(args.city.clone());
            format!("Seen {}", args.city)
        }))
    }
}

fn look(city: &str) -> (&'static str, String) {
    ("look", json!({"city": city}).to_string())
}

fn turns() -> Vec<Turn> {
    vec![Turn::calls([look("a"), look("b"), look("c")]), Turn::calls([look("d")]), Turn::text("All seen.")]
}

/// A way to run.
#[derive(Clone, Copy, Debug)]
struct Way {
    concurrency: usize,
    early: bool,
}

const WAYS: [Way; 4] = [
    Way { concurrency: 1, early: false },
    Way { concurrency: 1, early: true },
    Way { concurrency: 8, early: false },
    Way { concurrency: 8, early: true },
];

/// Runs in a process that dies while it keeps its `k`th record; gives the records, and the run if it came to its end.
macro_rules! until_death {
    ($runner:expr, $run:ty, $k:expr) => {{
        let records = Arc::new(Mutex::new(Vec::<String>::new()));
        let (kept, death) = (Arc::clone(&records), Arc::new(Notify::new()));
        let (dies, k) = (Arc::clone(&death), $k);
        let store = move |run: $run| {
            let (kept, dies) = (Arc::clone(&kept), Arc::clone(&dies));
            async move {
                let count = {
                    let mut kept = kept.lock().unwrap();
                    kept.push(serde_json::to_string(&run)?);
                    kept.len()
                };
                if count == k {
                    dies.notify_one();
                    std::future::pending::<()>().await;
                }
                Ok::<_, serde_json::Error>(())
            }
        };
        let run = $runner.with_store(store).send();
        let run = tokio::select! {
            biased;
            () = death.notified() => None,
            run = run => Some(run?),
        };
        let records = records.lock().unwrap().clone();
        (records, run)
    }};
}

/// The outputs of a run's calls in their order.
fn outputs<A: openai_ext::tools::ToolApi>(run: &openai_ext::tools::ToolRun<A>) -> Vec<String> {
    run.calls.iter().map(|outcome| outcome.output().to_text()).collect()
}

/// Items without the ids that a server makes anew.
fn without_ids(items: &Value) -> Value {
    match items {
        Value::Array(list) => list.iter().map(without_ids).collect(),
        Value::Object(map) => {
            let is_id = |name: &str| matches!(name, "id" | "call_id" | "tool_call_id");
            map.iter()
                .filter(|(name, _)| !is_id(name))
                .map(|(name, value)| (name.clone(), without_ids(value)))
                .collect()
        }
        other => other.clone(),
    }
}

macro_rules! dies_anywhere {
    ($create:expr, $run:ty, $text:expr) => {{
        let wanted = ["Seen a", "Seen b", "Seen c", "Seen d"];
        for way in WAYS {
            let mut phases = Vec::new();
            let mut undisturbed = None;
            // At first nothing dies, and then at each record, the last one first.
            let mut k = 1000;
            while k > 0 {
                let (world, first) = (World::default(), stateless()?);
                first.mock.converse(turns());
                let runner = |client: &Client| {
                    let runner = $create(client).run_tools(&world.tools());
                    runner.with_concurrency(way.concurrency).with_early_execution(way.early)
                };
                let (records, run) = until_death!(runner(&first.client), $run, k);
                if let Some(run) = run {
                    undisturbed.get_or_insert_with(|| without_ids(&json!(run.items)));
                    assert_eq!(run.phase, RunPhase::Ended);
                    // The last record is the run itself.
                    let read: $run = serde_json::from_str(records.last().unwrap())?;
                    assert_eq!(json!(read), json!(run), "{way:?}");
                    k = records.len();
                    continue;
                }
                let read: $run = serde_json::from_str(records.last().unwrap())?;
                phases.push(read.phase);
                let case = format!("{way:?}, record {k}, {:?}", read.phase);
                assert_eq!(serde_json::to_string(&read)?, *records.last().unwrap(), "{case}");
                assert_eq!(read.stop == StopReason::InProgress, read.phase != RunPhase::Ended, "{case}");
                // Another process: its server has what the model says next.
                let second = stateless()?;
                second.mock.converse(turns().split_off(read.replies.len()));
                let before = world.done();
                if !read.attempted.is_empty() {
                    let error = runner(&second.client).resume_tools(&read).send().await.unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{case}");
                    assert!(error.message().contains(&read.attempted[0].id), "{case}: {error}");
                    let detail = error.detail::<$run>().ok_or("no detail")?;
                    assert_eq!(detail.attempted, read.attempted, "{case}");
                    assert!(second.mock.requests().is_empty() && world.done() == before, "{case}");
                }
                // Who knows the world knows if a call was made.
                let known = world.clone();
                let decide = move |call: &openai_ext::tools::ToolCall| {
                    let args: City = serde_json::from_str(&call.arguments).unwrap();
                    match known.done().contains(&args.city) {
                        true => UncertainCall::output(format!("Seen {}", args.city)),
                        false => UncertainCall::Rerun,
                    }
                };
                let run = runner(&second.client).resume_tools(read).with_uncertain_calls(decide).send().await?;
                assert_eq!(($text(&run).as_str(), run.stop), ("All seen.", StopReason::Final), "{case}");
                assert_eq!(world.done(), ["a", "b", "c", "d"], "{case}");
                assert_eq!(outputs(&run), wanted, "{case}");
                assert_eq!((run.replies.len(), run.pending.len(), run.attempted.len()), (3, 0, 0), "{case}");
                assert_eq!(Some(without_ids(&json!(run.items))), undisturbed, "{case}");
                k -= 1;
            }
            // Calls that are over before their answer have no phase of their own.
            let calls = if way.early { RunPhase::Streaming } else { RunPhase::Calls };
            let all = [RunPhase::Request, calls, RunPhase::Boundary, RunPhase::Ended];
            assert!(all.iter().all(|phase| phases.contains(phase)), "{way:?}: {phases:?}");
        }
    }};
}

#[tokio::test]
async fn a_run_over_chat_dies_after_any_record() -> TestResult {
    let create = |client: &Client| client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    dies_anywhere!(create, ChatToolRun, |run: &ChatToolRun| run.text().to_owned());
    Ok(())
}

#[tokio::test]
async fn a_run_over_responses_dies_after_any_record() -> TestResult {
    let create = |client: &Client| client.responses().create("gpt-5.5", "Hi");
    dies_anywhere!(create, ResponseToolRun, ResponseToolRun::output_text);
    Ok(())
}

#[tokio::test]
async fn a_run_without_a_store_at_the_server_dies_after_any_record() -> TestResult {
    let create = |client: &Client| client.responses().create("gpt-5.5", "Hi").store(false);
    dies_anywhere!(create, ResponseToolRun, ResponseToolRun::output_text);
    Ok(())
}

/// Records hold no credential, header or tool.
#[tokio::test]
async fn a_record_has_a_version_and_no_secret() -> TestResult {
    let (world, mocked) = (World::default(), mocked()?);
    mocked.mock.converse(turns());
    let client = Client::builder()
        .base_url(mocked.mock.base_url())
        .api_key("sk-secret")
        .default_header("x-secret", "hidden")
        .build()?;
    let call = client.responses().create("gpt-5.5", "Hi").with_header("x-other", "concealed");
    let (records, _) = until_death!(call.run_tools(&world.tools()), ResponseToolRun, 1000);
    for record in &records {
        let json: Value = serde_json::from_str(record)?;
        assert_eq!((&json["version"], json["phase"].is_string()), (&json!(1), true));
        assert!(["secret", "hidden", "concealed"].iter().all(|secret| !record.contains(secret)), "{record}");
    }
    let last: Value = serde_json::from_str(&records[records.len() - 1])?;
    let mut newer = last.clone();
    newer["version"] = json!(2);
    let error = serde_json::from_value::<ResponseToolRun>(newer).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
    // One that was stored before there were versions.
    let mut older = last;
    for name in ["version", "phase", "attempted", "early", "order", "unsent", "context"] {
        older.as_object_mut().map(|json| json.remove(name)).ok_or("no object")?;
    }
    assert_eq!(serde_json::from_value::<ResponseToolRun>(older)?.phase, RunPhase::Ended);
    Ok(())
}

/// A store that fails ends the run before what the record was about.
#[tokio::test]
async fn a_store_that_fails_or_panics_ends_the_run() -> TestResult {
    for panics in [false, true] {
        for fails_at in 1..=8 {
            let (world, mocked) = (World::default(), mocked()?);
            mocked.mock.converse(turns());
            let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
            let count = Arc::new(Mutex::new(0));
            let store = move |_: ChatToolRun| {
                let at = {
                    let mut count = count.lock().unwrap();
                    *count += 1;
                    *count
                };
                async move {
                    match at == fails_at {
                        true if panics => panic!("no disk"),
                        true => Err("no disk"),
                        false => Ok(()),
                    }
                }
            };
            let error = call.clone().run_tools(&world.tools()).with_store(store).send().await.unwrap_err();
            let case = format!("record {fails_at}, {panics}: {error}");
            assert_eq!(error.kind(), ErrorKind::Callback, "{case}");
            assert!(error.message().contains("no disk") && error.message().contains("store"), "{case}");
            let run = error.detail::<ChatToolRun>().ok_or("no detail")?;
            // It goes on from there.
            let run = call.run_tools(&world.tools()).resume_tools(run).send().await?;
            assert_eq!(
                (run.text(), world.done()),
                ("All seen.", ["a", "b", "c", "d"].map(str::to_owned).to_vec()),
                "{case}"
            );
            assert_eq!(mocked.mock.requests().len(), 3, "{case}");
        }
    }
    Ok(())
}

/// The caller decides by hand what becomes of calls whose outcomes are unknown.
#[tokio::test]
async fn uncertain_calls_are_decided_by_hand() -> TestResult {
    let (world, first) = (World::default(), stateless()?);
    first.mock.converse(turns());
    let create = |client: &Client| client.responses().create("gpt-5.5", "Hi");
    let runner = create(&first.client).run_tools(&world.tools()).with_concurrency(2);
    let (records, _) = until_death!(runner, ResponseToolRun, 2);
    let mut run: ResponseToolRun = serde_json::from_str(&records[1])?;
    assert_eq!((run.phase, run.attempted.len(), run.pending.len()), (RunPhase::Calls, 2, 1));
    let ids: Vec<String> = run.attempted.iter().map(|call| call.id.clone()).collect();
    assert!(run.rerun(&ids[0]) && run.answer(&ids[1], ToolOutput::text("given")));
    assert!(!run.rerun(&ids[0]) && !run.answer(&ids[1], "again"));
    let second = stateless()?;
    second.mock.converse(turns().split_off(1));
    let run = create(&second.client).run_tools(&world.tools()).resume_tools(run).send().await?;
    assert_eq!(outputs(&run), ["Seen a", "given", "Seen c", "Seen d"]);
    assert_eq!(world.done(), ["a", "c", "d"]);
    let sent: Value = second.mock.requests()[0].json().ok_or("no JSON")?;
    let sent: Vec<_> = sent["input"].as_array().into_iter().flatten().map(|item| item["output"].clone()).collect();
    assert_eq!(sent, ["Seen a", "given", "Seen c"]);
    Ok(())
}

/// A request that fails leaves a record, too, and its store is waited for at most 5 seconds.
#[tokio::test]
async fn a_run_that_fails_is_stored_last() -> TestResult {
    let (world, mocked) = (World::default(), mocked()?);
    mocked.mock.converse([Turn::calls([look("a")]), Turn::text("never").fault(Fault::Disconnect)]);
    let call = mocked.client.responses().create("gpt-5.5", "Hi");
    let records = Arc::new(Mutex::new(Vec::<ResponseToolRun>::new()));
    let (kept, clock) = (Arc::clone(&records), mocked.clock.clone());
    let store = move |run: ResponseToolRun| {
        let hangs = run.stop == StopReason::RequestFailed;
        kept.lock().unwrap().push(run);
        let clock = clock.clone();
        async move {
            if hangs {
                clock.advance(std::time::Duration::from_secs(5));
                std::future::pending::<()>().await;
            }
            Ok::<_, std::io::Error>(())
        }
    };
    let error = call.clone().run_tools(&world.tools()).with_store(store).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    let last = records.lock().unwrap().last().cloned().ok_or("no record")?;
    assert_eq!((last.phase, last.calls.len(), last.replies.len()), (RunPhase::Ended, 1, 1));
    mocked.mock.converse([Turn::text("Done.")]);
    let run = call.resume_tools(last).send().await?;
    assert_eq!((run.output_text().as_str(), world.done().len()), ("Done.", 1));
    Ok(())
}
