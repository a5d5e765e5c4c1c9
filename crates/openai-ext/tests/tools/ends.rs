//! Runs that end before they are done, by limits and failures: what is told then, and what was sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::tools::{OnFailure, StopReason, Tool, ToolContext, ToolError, ToolFuture, ToolInput};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Fault, Reply, Turn};
use serde_json::{Value, json};

use crate::runs::{Api, Case, Form, Told, Wish, cases, check_requests, run};
use crate::support::{City, Gate, Mocked, Never, Nothing, TestResult, mocked};

pub fn weather() -> Toolbox {
    Toolbox::new().with(tool("get_weather", "", |args: City| async move { Ok::<_, Never>(args.city) }))
}

pub fn oslo() -> Turn {
    Turn::call("get_weather", json!({"city": "Oslo"}))
}

#[tokio::test]
async fn the_limit_of_turns() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        mocked.mock.converse([oslo(), oslo(), oslo(), Turn::text("never said")]);
        let wish = Wish { turns: Some(3), ..Wish::of(&weather()) };
        let told = run(case, &mocked.client, wish.clone()).await;
        assert_eq!(
            (told.stop, told.error_kind()),
            (Some(StopReason::LimitReached), Some(ErrorKind::Limit)),
            "{told:?}"
        );
        assert_eq!(told.message(), "the model still calls tools after 3 turns: allow more by `with_max_turns`");
        // The last calls were made, so that the conversation can be gone on with.
        assert_eq!((told.calls.len(), told.replies.len(), told.items.len()), (3, 3, 7));
        check_requests(case, &mocked, &told, &wish, 0);
        if case.form != Form::Send {
            assert_eq!(told.events.last().map(String::as_str), Some("limit 3"));
        }
    }
    let mocked = mocked()?;
    mocked.mock.converse(std::iter::repeat_with(oslo).take(11));
    let case = Case { api: Api::Chat, form: Form::Send };
    let told = run(case, &mocked.client, Wish::of(&weather())).await;
    assert_eq!((told.replies.len(), mocked.mock.turns_left()), (10, 1));
    Ok(())
}

#[tokio::test]
async fn several_answers_and_what_does_not_fit_are_rejected_before_any_request() -> TestResult {
    let mocked = mocked()?;
    let call = || mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let error = call().n(2).run_tools(&weather()).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(error.message(), "n is 2: tools can be run for one answer only, so leave it out");
    let mut events = call().n(2).run_tools(&weather()).stream_events();
    assert_eq!(events.next().await.unwrap().unwrap_err().kind(), ErrorKind::InvalidRequest);
    let twice = weather().with_all(&weather());
    assert_eq!(call().run_tools(&twice).send().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    let error = call().tools(weather().chat_tools()?).run_tools(&weather()).send().await.unwrap_err();
    let message = "tool \"get_weather\" is in the toolbox and in the call's own tools: take one of them out";
    assert_eq!(error.message(), message);
    let call = mocked.client.responses().create("gpt-5.5", "Hi").tools(weather().response_tools()?);
    assert_eq!(call.run_tools(&weather()).send().await.unwrap_err().message(), message);
    assert_eq!(mocked.mock.requests().len(), 0);
    Ok(())
}

/// One call fails while one before it is over, one under way and one, for want of room, not begun.
async fn failing(case: Case, on_failure: OnFailure) -> Result<(Told, Mocked, Wish, Gate), Box<dyn std::error::Error>> {
    let mocked = mocked()?;
    let gate = Gate::default();
    let at_gate = gate.clone();
    let wait = tool("wait", "", move |args: City| {
        let gate = at_gate.clone();
        async move {
            gate.pass(args.city.as_str()).await;
            Ok::<_, Never>(args.city)
        }
    });
    let at_gate = gate.clone();
    let fail = tool("fail", "", move |_: Nothing| {
        let gate = at_gate.clone();
        async move {
            gate.arrived(1).await;
            Err::<Value, _>("no such disk")
        }
    });
    let tools = Toolbox::new().with(wait).with(fail.with_on_failure(on_failure));
    let city = |name: &str| ("wait", json!({"city": name}).to_string());
    mocked.mock.converse([
        Turn::calls([city("over"), city("under way"), ("fail", "{}".to_owned()), city("later")]),
        Turn::text("Done."),
    ]);
    let wish = Wish { concurrency: Some(2), ..Wish::of(&tools) };
    gate.open("over");
    if on_failure == OnFailure::TellModel {
        gate.open("under way");
        gate.open("later");
    }
    let told = run(case, &mocked.client, wish.clone()).await;
    Ok((told, mocked, wish, gate))
}

#[tokio::test]
async fn a_tool_that_fails_ends_the_run_by_default() -> TestResult {
    for case in cases() {
        let (told, mocked, _, gate) = failing(case, OnFailure::Abort).await?;
        assert_eq!(
            (told.stop, told.error_kind()),
            (Some(StopReason::ToolFailed), Some(ErrorKind::Callback)),
            "{told:?}"
        );
        assert_eq!(told.message(), "tool \"fail\" failed: no such disk");
        let source = told.error.as_ref().and_then(std::error::Error::source).map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("no such disk"));
        assert_eq!(
            told.called(),
            [
                "wait({\"city\":\"over\"}) -> over",
                "wait({\"city\":\"under way\"}) -> the tool was cancelled",
                "fail({}) -> no such disk",
            ]
        );
        assert_eq!(gate.all_left(), ["over", "under way"]);
        // What has an output is in the conversation; the others are left.
        assert_eq!(told.pending, ["wait", "fail", "wait"]);
        assert_eq!(told.items.len(), if case.api == Api::Chat { 3 } else { 6 });
        assert_eq!(mocked.mock.requests().len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_tool_that_fails_can_tell_the_model() -> TestResult {
    for case in cases() {
        let (told, mocked, wish, _) = failing(case, OnFailure::TellModel).await?;
        assert_eq!((told.stop, told.text.as_str()), (Some(StopReason::Final), "Done."), "{told:?}");
        assert_eq!(told.calls[2].output().to_text(), "no such disk");
        check_requests(case, &mocked, &told, &wish, 0);
    }
    Ok(())
}

#[tokio::test]
async fn panics_and_timeouts_are_failures() -> TestResult {
    for case in cases() {
        for on_failure in [OnFailure::Abort, OnFailure::TellModel] {
            let mocked = mocked()?;
            let gate = Gate::default();
            let at_gate = gate.clone();
            let slow = move |_: Nothing| {
                let gate = at_gate.clone();
                async move {
                    gate.pass("slow").await;
                    Ok::<_, Never>(())
                }
            };
            let panics = |_: Nothing| async { if true { panic!("at the disco") } else { Ok::<_, Never>(()) } };
            let tools = Toolbox::new()
                .with(tool("panics", "", panics).with_on_failure(OnFailure::TellModel))
                .with(tool("slow", "", slow).with_on_failure(on_failure).with_timeout(Duration::from_secs(9)));
            mocked.mock.converse([Turn::calls([("panics", "{}"), ("slow", "{}")]), Turn::text("Done.")]);
            let wish = Wish::of(&tools);
            let running = async {
                gate.arrived(1).await;
                mocked.clock.advance(Duration::from_secs(9));
            };
            let (told, ()) = tokio::join!(run(case, &mocked.client, wish.clone()), running);
            let outputs: Vec<String> = told.calls.iter().map(|outcome| outcome.output().to_text()).collect();
            assert_eq!(outputs, ["the tool panicked: at the disco", "the tool did not end within 9s"]);
            assert_eq!(told.calls[1].duration, Duration::from_secs(9));
            assert_eq!(gate.all_left(), ["slow"]);
            match on_failure {
                OnFailure::TellModel => {
                    assert_eq!(told.text, "Done.");
                    check_requests(case, &mocked, &told, &wish, 0);
                }
                _ => {
                    assert_eq!(told.error_kind(), Some(ErrorKind::Callback));
                    assert_eq!(mocked.mock.requests().len(), 1);
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_request_that_fails_loses_nothing() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        let refused =
            Reply::error(StatusCode::TOO_MANY_REQUESTS, "requests", Some("rate_limit_exceeded"), "Slow down.");
        mocked.mock.converse([oslo(), Turn::reply(refused)]);
        let wish = Wish::of(&weather());
        let told = run(case, &mocked.client, wish.clone()).await;
        assert_eq!((told.stop, told.error_kind()), (Some(StopReason::RequestFailed), Some(ErrorKind::RateLimit)));
        assert_eq!(told.error.as_ref().and_then(openai_ext::Error::code), Some("rate_limit_exceeded"));
        assert_eq!((told.calls.len(), told.replies.len(), told.items.len()), (1, 1, 3));
        check_requests(case, &mocked, &told, &wish, 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_stream_that_breaks_off_keeps_what_was_there() -> TestResult {
    for case in cases().filter(|case| case.form == Form::StreamEvents) {
        for fault in [Fault::CutEvents(5), Fault::EndEvents(5)] {
            let mocked = mocked()?;
            mocked.mock.converse([oslo()]);
            let text = "It rains in Oslo, and in Bergen as well";
            let operation = if case.api == Api::Chat { "createChatCompletion" } else { "createResponse" };
            let events = broken(case.api, text);
            let is_second = |request: &openai_ext_mock::ReceivedRequest| {
                request.json().is_some_and(|body| body.to_string().contains("call_id\":\"call_"))
            };
            mocked.mock.on(operation).when(is_second).reply(Reply::events(events).fault(fault))?;
            let wish = Wish::of(&weather());
            let told = run(case, &mocked.client, wish.clone()).await;
            assert_eq!(told.stop, Some(StopReason::RequestFailed), "{told:?}");
            assert!(
                matches!(told.error_kind(), Some(ErrorKind::Truncated | ErrorKind::Connection)),
                "{:?} {fault:?}",
                told.error
            );
            let partial = told.partial.clone().unwrap_or_default();
            assert!(!partial.is_empty() && text.starts_with(&partial) && partial != text, "{partial:?}");
            assert_eq!((told.calls.len(), told.replies.len(), told.items.len()), (1, 1, 3));
            check_requests(case, &mocked, &told, &wish, 1);
        }
    }
    Ok(())
}

/// The events of a text, word by word.
pub fn broken(api: Api, text: &str) -> Vec<openai_ext_mock::Event> {
    let words = text.split_inclusive(' ');
    match api {
        Api::Chat => words
            .map(|word| openai_ext_mock::Event::data(&json!({"choices": [{"index": 0, "delta": {"content": word}}]})))
            .collect(),
        Api::Responses => {
            let item = json!({"type": "message", "id": "msg_1", "role": "assistant", "content": []});
            let part = json!({"type": "output_text", "text": "", "annotations": []});
            let begin = [
                json!({"type": "response.created", "response": {"id": "resp_1", "output": [], "status": "in_progress"}}),
                json!({"type": "response.output_item.added", "output_index": 0, "item": item}),
                json!({"type": "response.content_part.added", "output_index": 0, "content_index": 0,
                    "item_id": "msg_1", "part": part}),
            ];
            let delta = |word| {
                json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0,
                    "item_id": "msg_1", "delta": word})
            };
            begin.into_iter().chain(words.map(delta)).map(|event| openai_ext_mock::Event::typed(&event)).collect()
        }
    }
}

/// The number of tools that run at once, and the largest number so far.
#[derive(Clone, Default)]
struct Crowd(Arc<Mutex<(usize, usize)>>);

impl Crowd {
    async fn visit(&self) {
        {
            let mut crowd = self.0.lock().unwrap();
            crowd.0 += 1;
            crowd.1 = crowd.1.max(crowd.0);
        }
        tokio::task::yield_now().await;
        self.0.lock().unwrap().0 -= 1;
    }

    fn most(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

#[tokio::test]
async fn ten_thousand_calls_run_within_the_limit() -> TestResult {
    for (api, count, concurrency, most) in [
        (Api::Chat, 10_000, None, 32),
        (Api::Responses, 10_000, None, 32),
        (Api::Chat, 500, Some(3), 3),
        (Api::Chat, 500, Some(0), 1),
        (Api::Responses, 500, Some(1000), 500),
    ] {
        let mocked = mocked()?;
        let crowd = Crowd::default();
        let visitors = crowd.clone();
        let tools = Toolbox::new().with(tool("visit", "", move |_: Nothing| {
            let crowd = visitors.clone();
            async move {
                crowd.visit().await;
                Ok::<_, Never>("gone")
            }
        }));
        mocked.mock.converse([Turn::calls((0..count).map(|_| ("visit", "{}"))), Turn::text("All were there.")]);
        let wish = Wish { concurrency, ..Wish::of(&tools) };
        let told = run(Case { api, form: Form::Send }, &mocked.client, wish).await;
        assert_eq!((told.text.as_str(), told.calls.len()), ("All were there.", count), "{:?}", told.error);
        assert_eq!(crowd.most(), most, "{api:?} {concurrency:?}");
        assert!(told.calls.iter().all(|outcome| outcome.output().to_text() == "gone"));
    }
    Ok(())
}

/// A tool whose methods panic, one at a time.
struct Broken(&'static str);

impl Tool for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn description(&self) -> &str {
        ""
    }

    fn input(&self) -> openai_ext::Result<ToolInput> {
        assert!(self.0 != "input", "no input");
        Ok(ToolInput::function(json!({"type": "object"}), false))
    }

    fn on_failure(&self) -> OnFailure {
        assert!(self.0 != "on_failure", "no policy");
        OnFailure::TellModel
    }

    fn timeout(&self) -> Option<Duration> {
        assert!(self.0 != "timeout", "no time");
        None
    }

    fn call(&self, _: ToolContext, _: String) -> ToolFuture {
        assert!(self.0 != "call", "no call");
        let has_text = self.0 != "error";
        Box::pin(async move { Err(ToolError::failed(Textless(has_text))) })
    }
}

/// An error whose text panics.
#[derive(Debug)]
struct Textless(bool);

impl std::fmt::Display for Textless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        assert!(self.0, "no text");
        f.write_str("with a text")
    }
}

impl std::error::Error for Textless {}

#[tokio::test]
async fn whatever_of_a_tool_panics_the_record_is_kept() -> TestResult {
    for case in cases() {
        for (method, error, output) in [
            ("none", None, "with a text"),
            ("error", None, "the tool failed"),
            ("call", None, "the tool panicked: no call"),
            ("timeout", None, "the tool panicked: no time"),
            (
                "on_failure",
                Some("tool \"broken\" failed: the tool panicked: no policy"),
                "the tool panicked: no policy",
            ),
        ] {
            let mocked = mocked()?;
            let tools = Toolbox::new().with(Broken(method)).with_all(&weather());
            mocked.mock.converse([oslo(), Turn::calls([("broken", "{}")]), Turn::text("Done.")]);
            let told = run(case, &mocked.client, Wish::of(&tools)).await;
            assert_eq!(told.error.as_ref().map(openai_ext::Error::message), error, "{case:?} {method}");
            let outputs: Vec<String> = told.calls.iter().map(|outcome| outcome.output().to_text()).collect();
            assert_eq!(outputs, ["Oslo", output], "{case:?} {method}");
            assert_eq!(told.text == "Done.", error.is_none());
        }
        let mocked = mocked()?;
        let told = run(case, &mocked.client, Wish::of(&Toolbox::new().with(Broken("input")))).await;
        assert_eq!(told.error_kind(), Some(ErrorKind::Callback));
        assert!(told.message().ends_with("no input") && mocked.mock.requests().is_empty(), "{}", told.message());
        // The future of a cancellation is the program's as well.
        let mut asked = 0;
        let stop = std::future::poll_fn(move |_| {
            asked += 1;
            assert!(asked < 5, "no more");
            std::task::Poll::Pending
        });
        mocked.mock.converse([oslo(), oslo(), oslo(), Turn::text("Done.")]);
        let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
        let error = call.run_tools(&weather()).with_cancellation(stop).send().await.expect_err("a panic");
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Callback, "code that the run called panicked: no more")
        );
        assert!(error.detail::<openai_ext::chat::ChatToolRun>().is_some());
    }
    Ok(())
}
