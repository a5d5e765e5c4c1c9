//! Runs that are cancelled, come to their deadline or are dropped, in every phase.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::tools::{StopReason, ToolContext, ToolError, ToolOutcome};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Fault, Reply, Turn};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::ends::{broken, oslo, weather};
use crate::runs::{Api, Form, Told, Wish, bodies, cases, check_requests, run};
use crate::support::{City, Gate, Mocked, Never, TestResult, mocked};

/// Waits until so many requests have arrived, at most 30 s.
async fn requests(mocked: &Mocked, count: usize) {
    let wait = async {
        while mocked.mock.requests().len() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("no request");
}

/// A turn that says nothing and keeps the connection open.
fn silence() -> Turn {
    Turn::reply(Reply::empty(StatusCode::OK).fault(Fault::Silence))
}

fn check_cancelled(told: &Told) {
    assert_eq!((told.stop, told.error_kind()), (Some(StopReason::Cancelled), Some(ErrorKind::Cancelled)), "{told:?}");
    assert_eq!(told.message(), "the run of tools was cancelled");
}

#[tokio::test]
async fn cancelled_before_any_request() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        let token = CancellationToken::new();
        token.cancel();
        let told = run(case, &mocked.client, Wish { token: Some(token), ..Wish::of(&weather()) }).await;
        check_cancelled(&told);
        assert_eq!((mocked.mock.requests().len(), told.items.len(), told.events.len()), (0, 1, 0));
    }
    Ok(())
}

#[tokio::test]
async fn cancelled_during_a_request() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        mocked.mock.converse([oslo(), silence()]);
        let token = CancellationToken::new();
        let wish = Wish { token: Some(token.clone()), ..Wish::of(&weather()) };
        let cancelling = async {
            requests(&mocked, 2).await;
            token.cancel();
        };
        let (told, ()) = tokio::join!(run(case, &mocked.client, wish.clone()), cancelling);
        check_cancelled(&told);
        assert_eq!((told.calls.len(), told.replies.len(), told.items.len()), (1, 1, 3));
        check_requests(case, &mocked, &told, &wish, 1);
    }
    Ok(())
}

#[tokio::test]
async fn cancelled_within_a_stream() -> TestResult {
    for case in cases().filter(|case| case.form == Form::StreamEvents) {
        let mocked = mocked()?;
        let operation = if case.api == Api::Chat { "createChatCompletion" } else { "createResponse" };
        let reply = Reply::events(broken(case.api, "It rains a lot")).fault(Fault::StallEvents(5));
        mocked.mock.on(operation).reply(reply)?;
        let token = CancellationToken::new();
        let (partial, kind) = match case.api {
            Api::Chat => {
                let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
                let mut events =
                    call.run_tools(&weather()).with_cancellation(token.clone().cancelled_owned()).stream_events();
                let error = loop {
                    match events.next().await.expect("an error at the end") {
                        Ok(ToolEvent::Delta { event: ChatStreamEvent::ContentDelta { delta, .. }, .. }) => {
                            if delta == "rains " {
                                token.cancel();
                            }
                        }
                        Ok(_) => {}
                        Err(error) => break error,
                    }
                };
                let run = error.detail::<openai_ext::chat::ChatToolRun>().expect("a run");
                (run.partial.as_ref().map(|reply| reply.text().to_owned()), error.kind())
            }
            Api::Responses => {
                let call = mocked.client.responses().create("gpt-5.5", "Hi");
                let mut events =
                    call.run_tools(&weather()).with_cancellation(token.clone().cancelled_owned()).stream_events();
                let error = loop {
                    match events.next().await.expect("an error at the end") {
                        Ok(ToolEvent::Delta { event, .. }) if event.text_delta() == Some("rains ") => token.cancel(),
                        Ok(_) => {}
                        Err(error) => break error,
                    }
                };
                let run = error.detail::<openai_ext::responses::ResponseToolRun>().expect("a run");
                (run.partial.as_ref().map(ResponseExt::output_text), error.kind())
            }
        };
        assert_eq!((partial.as_deref(), kind), (Some("It rains "), ErrorKind::Cancelled));
        assert_eq!(mocked.mock.requests().len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn cancelled_while_tools_run() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        let gate = Gate::default();
        let at_gate = gate.clone();
        let tools = Toolbox::new().with(tool("wait", "", move |args: City| {
            let gate = at_gate.clone();
            async move {
                gate.pass(args.city.as_str()).await;
                Ok::<_, Never>(args.city)
            }
        }));
        let city = |name: &str| ("wait", json!({"city": name}).to_string());
        mocked.mock.converse([Turn::calls([city("over"), city("under way"), city("later")])]);
        let token = CancellationToken::new();
        let wish = Wish { token: Some(token.clone()), concurrency: Some(1), ..Wish::of(&tools) };
        gate.open("over");
        let cancelling = async {
            gate.arrived(2).await;
            token.cancel();
        };
        let (told, ()) = tokio::join!(run(case, &mocked.client, wish), cancelling);
        check_cancelled(&told);
        let cancelled = |outcome: &ToolOutcome| matches!(outcome.result.as_deref_err(), Some(ToolError::Cancelled));
        assert_eq!(told.calls.iter().map(cancelled).collect::<Vec<_>>(), [false, true]);
        assert_eq!((told.pending.len(), gate.all_left()), (2, vec!["over".to_owned(), "under way".to_owned()]));
        assert_eq!(mocked.mock.requests().len(), 1);
    }
    Ok(())
}

trait AsDerefErr<E> {
    fn as_deref_err(&self) -> Option<&E>;
}

impl<T> AsDerefErr<ToolError> for Result<T, Arc<ToolError>> {
    fn as_deref_err(&self) -> Option<&ToolError> {
        self.as_ref().err().map(|error| &**error)
    }
}

#[tokio::test]
async fn cancelled_between_turns() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        mocked.mock.converse([oslo(), Turn::text("never said")]);
        let token = CancellationToken::new();
        let button = token.clone();
        let tools = Toolbox::new().with(tool("get_weather", "", move |args: City| {
            // The tool's own future ends well: it is before the next request that the run looks again.
            button.cancel();
            async move { Ok::<_, Never>(args.city) }
        }));
        let told = run(case, &mocked.client, Wish { token: Some(token), ..Wish::of(&tools) }).await;
        check_cancelled(&told);
        assert_eq!((told.called().len(), told.items.len(), told.pending.len()), (1, 3, 0));
        assert_eq!((mocked.mock.requests().len(), mocked.mock.turns_left()), (1, 1));
    }
    Ok(())
}

#[tokio::test]
async fn the_deadline_ends_requests_and_tools() -> TestResult {
    let limit = Duration::from_secs(60);
    for case in cases() {
        let mocked = mocked()?;
        mocked.mock.converse([oslo(), silence()]);
        let wish = Wish { deadline: Some(limit), ..Wish::of(&weather()) };
        let waiting = async {
            requests(&mocked, 2).await;
            mocked.clock.advance(limit);
        };
        let (told, ()) = tokio::join!(run(case, &mocked.client, wish.clone()), waiting);
        let wanted = (Some(StopReason::DeadlineReached), Some(ErrorKind::Timeout));
        assert_eq!((told.stop, told.error_kind()), wanted, "{told:?}");
        assert_eq!(told.message(), "the run of tools did not end within 60s");
        check_requests(case, &mocked, &told, &wish, 1);

        let mocked = self::mocked()?;
        mocked.mock.converse([oslo()]);
        let gate = Gate::default();
        let at_gate = gate.clone();
        let tools = Toolbox::new().with(tool("get_weather", "", move |args: City| {
            let gate = at_gate.clone();
            async move {
                gate.pass(args.city).await;
                Ok::<_, Never>(())
            }
        }));
        let wish = Wish { deadline: Some(limit), ..Wish::of(&tools) };
        let waiting = async {
            gate.arrived(1).await;
            mocked.clock.advance(limit);
        };
        let (told, ()) = tokio::join!(run(case, &mocked.client, wish), waiting);
        assert_eq!((told.stop, told.error_kind()), wanted, "{told:?}");
        assert_eq!((gate.all_left(), told.calls[0].duration), (vec!["Oslo".to_owned()], limit));
    }
    Ok(())
}

/// No task is left: what is dropped, ends.
#[tokio::test]
async fn a_dropped_run_ends_its_tools() -> TestResult {
    let mocked = mocked()?;
    mocked.mock.converse([oslo()]);
    let gate = Gate::default();
    let at_gate = gate.clone();
    let told = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&told);
    let tools = Toolbox::new().with(tool_with_context("get_weather", "", move |context, args: City| {
        *kept.lock().unwrap() = Some(context.clone());
        let gate = at_gate.clone();
        async move {
            gate.pass(args.city).await;
            Ok::<_, Never>(())
        }
    }));
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let mut events = call.run_tools(&tools).events();
    let reading = async { while let Some(Ok(_)) = events.next().await {} };
    tokio::select! {
        () = reading => panic!("the tool waits"),
        _ = gate.arrived(1) => {}
    }
    assert!(gate.all_left().is_empty());
    drop(events);
    assert_eq!(gate.all_left(), ["Oslo"]);
    assert!(told.lock().unwrap().as_ref().is_some_and(ToolContext::is_cancelled));
    assert_eq!(bodies(&mocked.mock).len(), 1);
    Ok(())
}
