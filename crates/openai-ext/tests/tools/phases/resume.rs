//! Runs that go on from where they ended: nothing is paid twice, no tool with an output is called again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openai_ext::chat::ChatToolRun;
use openai_ext::prelude::*;
use openai_ext::responses::ResponseToolRun;
use openai_ext::tools::{OnFailure, StopReason, ToolError, ToolOutput};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Fault, Reply, Turn};
use serde_json::{Value, json};

use crate::runs::bodies;
use crate::support::{City, Gate, TestResult, mocked, stateless};

/// The number of calls of each tool; `fail` fails as often as told.
#[derive(Default)]
struct Counts {
    weather: AtomicUsize,
    fail: AtomicUsize,
    fails: AtomicUsize,
}

fn tools(counts: &Arc<Counts>) -> Toolbox {
    Toolbox::new()
        .with(tool_with_state("get_weather", "", Arc::clone(counts), |counts, args: City| async move {
            counts.weather.fetch_add(1, Ordering::SeqCst);
            format!("Rain in {}", args.city)
        }))
        .with(tool_with_state("fail", "", Arc::clone(counts), |counts, _: ()| async move {
            counts.fail.fetch_add(1, Ordering::SeqCst);
            match counts.fails.load(Ordering::SeqCst) {
                0 => Ok("done"),
                left => {
                    counts.fails.store(left - 1, Ordering::SeqCst);
                    Err(ToolError::failed("no such disk"))
                }
            }
        }))
}

fn city(name: &str) -> (&'static str, String) {
    ("get_weather", json!({"city": name}).to_string())
}

/// The way in which a run is resumed: with the tools that it has, with tools that are given, or after it was written and read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Own,
    Given,
    Stored,
}

/// Runs to the end, resuming each time; gives the run and how often it had to be resumed.
macro_rules! to_the_end {
    ($call:expr, $run:ty, $tools:expr, $form:expr, $way:expr) => {{
        let (call, tools): (_, &Toolbox) = ($call, $tools);
        let mut last: Option<$run> = None;
        let mut resumed = 0;
        loop {
            let runner = match last.take() {
                None => call.clone().run_tools(tools),
                Some(run) if $way == Way::Own => call.clone().resume_tools(run),
                Some(run) if $way == Way::Given => call.clone().run_tools(tools).resume_tools(&run),
                Some(run) => {
                    let json = serde_json::to_string(&run)?;
                    let read: $run = serde_json::from_str(&json)?;
                    assert_eq!(serde_json::to_string(&read)?, json);
                    assert_eq!(format!("{:?}", read.pending), format!("{:?}", run.pending));
                    call.clone().run_tools(tools).resume_tools(read)
                }
            };
            let result = match $form {
                0 => runner.send().await,
                1 => runner.events().finish().await,
                _ => runner.stream_events().finish().await,
            };
            match result {
                Ok(run) => break (run, resumed),
                Err(error) => last = Some(error.detail::<$run>().cloned().ok_or("no detail")?),
            }
            resumed += 1;
            assert!(resumed < 10, "it does not come to an end");
        }
    }};
}

/// Turns of which the `at`th is preceded by an answer that fails.
fn talk(at: usize, form: usize) -> Vec<Turn> {
    let turns = [
        Turn::calls([city("Oslo"), city("Rome")]),
        Turn::calls([city("Paris"), ("fail", "{}".to_owned())]),
        Turn::text("It rains everywhere."),
    ];
    let mut talk: Vec<_> = turns.into_iter().collect();
    let broken = match form {
        2 => Turn::text("It rains in Os").fault(Fault::CutEvents(3)),
        _ => Turn::reply(Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, "no luck")),
    };
    talk.insert(at, broken);
    talk
}

#[tokio::test]
async fn whichever_request_fails_nothing_is_done_twice() -> TestResult {
    let ways = [Way::Own, Way::Given, Way::Stored];
    let cases = (0..3).flat_map(|at| (0..3).flat_map(move |form| ways.map(|way| (at, form, way))));
    for (at, form, way) in cases {
        for fails in [0, 1] {
            let case = format!("request {at}, form {form}, way {way:?}, failures {fails}");
            let counts = Arc::new(Counts { fails: AtomicUsize::new(fails), ..Counts::default() });
            let tools = tools(&counts);
            let mocked = mocked()?;
            mocked.mock.converse(talk(at, form));
            let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
            let (run, resumed) = to_the_end!(call, ChatToolRun, &tools, form, way);
            assert_eq!(
                (run.text(), run.stop, resumed),
                ("It rains everywhere.", StopReason::Final, 1 + fails),
                "{case}"
            );
            assert_eq!((run.replies.len(), run.calls.len(), run.items.len()), (3, 4, 8), "{case}");
            assert_eq!(counts.weather.load(Ordering::SeqCst), 3, "{case}");
            assert_eq!(counts.fail.load(Ordering::SeqCst), 1 + fails, "{case}");
            let bodies = bodies(&mocked.mock);
            assert_eq!(bodies.len(), 4, "{case}");
            assert_eq!(bodies[at]["messages"], bodies[at + 1]["messages"], "{case}");

            let counts = Arc::new(Counts { fails: AtomicUsize::new(fails), ..Counts::default() });
            let tools = self::tools(&counts);
            let mocked = self::mocked()?;
            mocked.mock.converse(talk(at, form));
            let call = mocked.client.responses().create("gpt-5.5", "Hi");
            let (run, resumed) = to_the_end!(call, ResponseToolRun, &tools, form, way);
            assert_eq!((run.output_text().as_str(), resumed), ("It rains everywhere.", 1 + fails), "{case}");
            assert_eq!((run.replies.len(), run.calls.len(), run.items.len()), (3, 4, 10), "{case}");
            assert_eq!(counts.weather.load(Ordering::SeqCst), 3, "{case}");
            assert_eq!(counts.fail.load(Ordering::SeqCst), 1 + fails, "{case}");
            let bodies = self::bodies(&mocked.mock);
            assert_eq!(bodies.len(), 4, "{case}");
            assert_eq!(bodies[at]["input"], bodies[at + 1]["input"], "{case}");
            assert_eq!(bodies[at].get("previous_response_id"), bodies[at + 1].get("previous_response_id"), "{case}");
            assert_eq!(bodies[3]["input"].as_array().map(Vec::len), Some(2), "{case}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_run_without_a_store_goes_on_with_all_of_it() -> TestResult {
    let counts = Arc::new(Counts::default());
    let mocked = stateless()?;
    mocked.mock.converse(talk(1, 0));
    let call = mocked.client.responses().create("gpt-5.5", "Hi").store(false);
    let (run, _) = to_the_end!(call, ResponseToolRun, &tools(&counts), 0, Way::Given);
    let bodies = bodies(&mocked.mock);
    assert_eq!(bodies[1]["input"], bodies[2]["input"]);
    assert!(bodies.iter().all(|body| body.get("previous_response_id").is_none()));
    assert_eq!((run.replies.len(), counts.weather.load(Ordering::SeqCst)), (3, 3));
    Ok(())
}

#[tokio::test]
async fn what_was_cancelled_is_called_and_what_was_done_is_not() -> TestResult {
    let (mocked, gate) = (mocked()?, Gate::default());
    let wait = tool_with_state("get_weather", "", gate.clone(), |gate, args: City| async move {
        gate.pass(args.city.as_str()).await;
        args.city
    });
    let tools = Toolbox::new().with(wait);
    mocked.mock.converse([Turn::calls([city("Oslo"), city("Rome"), city("Paris")]), Turn::text("Done.")]);
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    gate.open("Oslo");
    let run = call.clone().run_tools(&tools).with_deadline(Duration::from_secs(5)).with_concurrency(2);
    let (clock, arrived) = (mocked.clock.clone(), gate.clone());
    let late = async move {
        arrived.arrived(2).await;
        arrived.left(1).await;
        clock.advance(Duration::from_secs(5));
    };
    let (error, ()) = tokio::join!(run.send(), late);
    let error = error.unwrap_err();
    let run = error.detail::<ChatToolRun>().ok_or("no detail")?;
    assert_eq!((error.kind(), run.pending.len()), (ErrorKind::Timeout, 2));
    gate.open("Rome");
    gate.open("Paris");
    let run = call.run_tools(&tools).resume_tools(run).send().await?;
    assert_eq!((run.text(), mocked.mock.requests().len(), run.calls.len()), ("Done.", 2, 3));
    let names = gate.all_arrived();
    assert_eq!(names.iter().filter(|name| *name == "Oslo").count(), 1, "{names:?}");
    assert_eq!(names.iter().filter(|name| *name == "Rome").count(), 2, "{names:?}");
    assert!(run.calls.iter().all(|outcome| outcome.result.is_ok()));
    Ok(())
}

#[tokio::test]
async fn turns_count_from_the_resumption_on() -> TestResult {
    let mocked = mocked()?;
    let counts = Arc::new(Counts::default());
    let tools = tools(&counts);
    mocked.mock.converse([Turn::calls([city("Oslo")]), Turn::calls([city("Rome")]), Turn::text("Done.")]);
    let call = mocked.client.responses().create("gpt-5.5", "Hi");
    let error = call.clone().run_tools(&tools).with_max_turns(1).send().await.unwrap_err();
    let run = error.detail::<ResponseToolRun>().ok_or("no detail")?;
    let mut events = call.resume_tools(run).with_max_turns(2).events();
    let mut turns = Vec::new();
    while let Some(event) = events.next().await {
        if let ToolEvent::Request { turn, .. } = event? {
            turns.push(turn);
        }
    }
    assert_eq!(turns, [2, 3]);
    let run = events.finish().await?;
    assert_eq!((run.output_text().as_str(), run.usage.total_tokens > 0), ("Done.", true));
    // A run that has ended is returned as it is.
    let call = mocked.client.responses().create("gpt-5.5", "Hi");
    assert_eq!(call.resume_tools(run).send().await?.output_text(), "Done.");
    assert_eq!((mocked.mock.requests().len(), counts.weather.load(Ordering::SeqCst)), (3, 2));
    Ok(())
}

#[tokio::test]
async fn outputs_given_by_hand() -> TestResult {
    let counts = Arc::new(Counts { fails: AtomicUsize::new(1), ..Counts::default() });
    let (ours, mocked) = (tools(&counts), mocked()?);
    let theirs = Toolbox::new().with(tool("ask_user", "", |_: Value| "never called"));
    let calls = [("ask_user", "{}".to_owned()), ("fail", "{}".to_owned()), city("Oslo")];
    mocked.mock.converse([Turn::calls(calls.clone()), Turn::text("Done.")]);
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]).tools(theirs.chat_tools()?);
    let error = call.clone().run_tools(&ours).with_concurrency(1).send().await.unwrap_err();
    let mut run = error.detail::<ChatToolRun>().cloned().ok_or("no detail")?;
    // A failure does not hide what the caller has to answer.
    let names: Vec<_> = run.pending.iter().map(|call| call.name.clone()).collect();
    assert_eq!(names, ["fail", "get_weather", "ask_user"]);
    let ids: Vec<_> = run.pending.iter().map(|call| call.id.clone()).collect();
    assert!(run.answer(&ids[0], "it is gone") && run.answer(&ids[2], "yes"));
    assert!(!run.answer(&ids[0], "again"));
    let run = call.run_tools(&ours).resume_tools(run).send().await?;
    assert_eq!(
        (run.text(), counts.fail.load(Ordering::SeqCst), counts.weather.load(Ordering::SeqCst)),
        ("Done.", 1, 1)
    );
    let contents: Vec<_> = bodies(&mocked.mock)[1]["messages"]
        .as_array()
        .into_iter()
        .flatten()
        .skip(2)
        .map(|message| message["content"].clone())
        .collect();
    assert_eq!(contents, ["it is gone", "yes", "Rain in Oslo"]);

    mocked.mock.converse([Turn::calls(calls), Turn::text("Done.")]);
    let call = mocked.client.responses().create("gpt-5.5", "Hi").tools(theirs.response_tools()?);
    let mut run = call.clone().run_tools(&ours).send().await?;
    assert_eq!((run.stop, run.pending.len()), (StopReason::ActionRequired, 1));
    // Still nobody knows the answer.
    run = call.clone().resume_tools(run).send().await?;
    assert_eq!((run.stop, run.pending.len(), mocked.mock.requests().len()), (StopReason::ActionRequired, 1, 3));
    let id = run.pending[0].id.clone();
    assert!(run.answer(&id, "yes"));
    let run = call.resume_tools(run).send().await?;
    assert_eq!((run.output_text().as_str(), run.calls.len()), ("Done.", 3));
    assert_eq!(bodies(&mocked.mock)[3]["input"].as_array().map(Vec::len), Some(3));
    Ok(())
}

#[tokio::test]
async fn a_response_in_the_background_is_polled_and_not_made_anew() -> TestResult {
    let mocked = stateless()?;
    let response = |status: &str| {
        let output = json!([{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": "Done.", "annotations": []}]}]);
        let output = if status == "completed" { output } else { json!([]) };
        json!({"id": "resp_1", "object": "response", "created_at": 1, "status": status, "model": "gpt-5.5",
            "background": true, "output": output})
    };
    mocked.mock.converse([Turn::reply(Reply::json(StatusCode::OK, &response("queued")))]);
    let error = Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, "no luck");
    let answers = [
        error,
        Reply::json(StatusCode::OK, &response("in_progress")),
        Reply::json(StatusCode::OK, &response("completed")),
    ];
    mocked.mock.on("getResponse").sequence(answers)?;
    mocked.clock.run();
    let call = mocked.client.responses().create("gpt-5.5", "Hi").background(true);
    let (run, resumed) = to_the_end!(call, ResponseToolRun, &Toolbox::new(), 0, Way::Stored);
    assert_eq!((run.output_text().as_str(), resumed), ("Done.", 1));
    let methods: Vec<_> = mocked.mock.requests().iter().map(|request| request.method().to_string()).collect();
    assert_eq!(methods, ["POST", "GET", "GET", "GET"]);
    Ok(())
}

#[tokio::test]
async fn a_run_that_was_stored_keeps_its_outcomes_and_needs_tools() -> TestResult {
    let mocked = mocked()?;
    let tools = Toolbox::new()
        .with(tool("look", "", || async { ToolOutput::text("A boat").with(ToolOutput::image_from_id("file_1")) }))
        .with(tool("tell", "", || async { Err::<(), _>(ToolError::reported("no wind")) }))
        .with(tool("panic", "", |_: ()| -> String { panic!("oh") }).with_on_failure(OnFailure::TellModel));
    let none = String::new;
    let calls = [("look", none()), ("tell", none()), ("panic", none()), ("absent", none()), ("look", none())];
    mocked.mock.converse([Turn::calls(calls), Turn::calls([("fail", "{}")])]);
    let tools = tools.with(tool("fail", "", || Err::<(), _>("no disk")));
    let call = mocked.client.responses().create("gpt-5.5", "Hi");
    let error = call.clone().run_tools(&tools).send().await.unwrap_err();
    let run = error.detail::<ResponseToolRun>().ok_or("no detail")?;
    let read: ResponseToolRun = serde_json::from_value(json!(run))?;
    assert_eq!((json!(read), read.stop, read.pending.len()), (json!(run), StopReason::ToolFailed, 1));
    let told = |run: &ResponseToolRun| -> Vec<String> {
        run.calls.iter().map(|outcome| format!("{:?} {:?}", outcome.output(), outcome.abort().is_some())).collect()
    };
    assert_eq!(told(&read), told(run));
    let error = call.resume_tools(&read).send().await.unwrap_err();
    assert_eq!((error.kind(), mocked.mock.requests().len()), (ErrorKind::InvalidRequest, 2));
    for broken in ["{}", "[]", r#"{"stop":"later"}"#] {
        assert!(serde_json::from_str::<ChatToolRun>(broken).is_err(), "{broken}");
    }
    Ok(())
}
