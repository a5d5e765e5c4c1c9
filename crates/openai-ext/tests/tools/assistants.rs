//! Runs of assistants whose tools are run here: polled, streamed, and taken up.
// Deprecated operations are tested as well.
#![allow(deprecated)]

use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::assistants::{AssistantToolRun, AssistantToolRunner};
use openai_ext::prelude::*;
use openai_ext::tools::StopReason;
use openai_ext::types::{RunCreateParams, ThreadCreateAndRunParams};
use openai_ext_mock::{Reply, Turn};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{City, Gate, Mocked, Never, TestResult, mocked};

fn weather() -> Toolbox {
    Toolbox::new().with(tool_with_context("get_weather", "The weather", |context, args: City| async move {
        assert!(context.thread_id().is_some_and(|id| id.starts_with("thread_")));
        Ok::<_, Never>(format!("Rain in {}", args.city))
    }))
}

fn oslo() -> Turn {
    Turn::call("get_weather", json!({"city": "Oslo"}))
}

/// A thread and an assistant that has the tools.
async fn prepared(mocked: &Mocked, tools: &Toolbox) -> Result<(String, String), Box<dyn std::error::Error>> {
    let beta = mocked.client.beta();
    let assistant = beta.assistants().create("gpt-5.5").tools(tools.assistant_tools()?).send().await?;
    let thread = beta.threads().create().send().await?;
    Ok((thread.id, assistant.id))
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Poll,
    Stream,
}

async fn finish(runner: AssistantToolRunner, form: Form) -> openai_ext::Result<AssistantToolRun> {
    match form {
        Form::Poll => runner.send().await,
        Form::Stream => runner.stream_events().finish().await,
    }
}

/// The requests after the first two, by method, last part of the path, and whether they ask for a stream.
fn sent(mocked: &Mocked) -> Vec<String> {
    let requests = mocked.mock.requests();
    let tell = |request: &openai_ext_mock::ReceivedRequest| {
        let last = request.path().rsplit('/').next().unwrap_or_default();
        let last = if last.starts_with("run_") { "run" } else { last };
        let streams = request.json().is_some_and(|body| body["stream"] == true);
        format!("{} {last}{}", request.method(), if streams { " stream" } else { "" })
    };
    requests.iter().skip(2).map(tell).collect()
}

fn outputs(mocked: &Mocked) -> Vec<Value> {
    let requests = mocked.mock.requests();
    let bodies = requests.iter().filter(|request| request.path().ends_with("submit_tool_outputs"));
    bodies.filter_map(|request| Some(request.json()?["tool_outputs"].clone())).collect()
}

#[tokio::test]
async fn a_run_gets_its_tools_over_several_turns() -> TestResult {
    for form in [Form::Poll, Form::Stream] {
        let mocked = mocked()?;
        mocked.clock.run();
        let (thread, assistant) = prepared(&mocked, &weather()).await?;
        mocked.mock.converse([
            Turn::calls([("get_weather", "{\"city\":\"Oslo\"}"), ("get_weather", "{\"city\":\"Bergen\"}")]),
            Turn::calls([("get_weather", "{\"town\":\"Oslo\"}"), ("get_time", "{}")]),
            Turn::text("It rains."),
        ]);
        let call = mocked.client.beta().threads().runs().create(&thread, &assistant).with_header("x-mine", "yes");
        let run = finish(call.run_tools(&weather()), form).await?;
        assert_eq!((run.stop, run.replies.len(), run.calls.len()), (StopReason::Final, 3, 4));
        assert_eq!(run.assistant_run().map(|run| run.status.as_str()), Some("completed"));
        assert!(run.usage.total_tokens > 0 && run.pending.is_empty());
        let id = |place: usize| run.calls[place].call.id.clone();
        let retry = "Invalid tool_call: \"get_time\". Available options are: \"get_weather\". Please try again";
        let field = "unknown field `town`, expected `city` at line 1 column 7";
        assert_eq!(
            outputs(&mocked),
            [
                json!([{"tool_call_id": id(0), "output": "Rain in Oslo"}, {"tool_call_id": id(1), "output": "Rain in Bergen"}]),
                json!([{"tool_call_id": id(2), "output": field}, {"tool_call_id": id(3), "output": retry}]),
            ]
        );
        assert_eq!(json!(run.items), json!(outputs(&mocked).concat_all()));
        let wanted: &[&str] = match form {
            Form::Poll => &[
                "POST runs",
                "GET run",
                "GET run",
                "POST submit_tool_outputs",
                "GET run",
                "GET run",
                "POST submit_tool_outputs",
                "GET run",
                "GET run",
            ],
            Form::Stream => &["POST runs stream", "POST submit_tool_outputs stream", "POST submit_tool_outputs stream"],
        };
        assert_eq!(sent(&mocked), wanted);
        for request in mocked.mock.requests().iter().skip(2) {
            assert_eq!(request.header("x-mine"), Some("yes"));
            let is_poll = request.method() == "GET";
            assert_eq!(request.header("x-stainless-poll-helper").is_some(), is_poll);
            assert_eq!(request.header("openai-beta"), Some("assistants=v2"));
        }
        if let Form::Poll = form {
            assert_eq!(mocked.clock.slept(), vec![Duration::from_millis(50); 6]);
        }
    }
    Ok(())
}

trait ConcatAll {
    fn concat_all(self) -> Vec<Value>;
}

impl ConcatAll for Vec<Value> {
    fn concat_all(self) -> Vec<Value> {
        self.into_iter().filter_map(|list| list.as_array().cloned()).flatten().collect()
    }
}

#[tokio::test]
async fn a_thread_with_its_run_and_one_that_runs_already() -> TestResult {
    for form in [Form::Poll, Form::Stream] {
        let mocked = mocked()?;
        mocked.clock.run();
        let (thread, assistant) = prepared(&mocked, &weather()).await?;
        mocked.mock.converse([oslo(), Turn::text("It rains.")]);
        let call = mocked.client.beta().threads().create_and_run_with(ThreadCreateAndRunParams::new(&assistant));
        let run = finish(call.run_tools(&weather()), form).await?;
        assert_eq!((run.stop, run.calls.len(), mocked.mock.turns_left()), (StopReason::Final, 1, 0));

        mocked.mock.converse([oslo(), Turn::text("It rains.")]);
        let runs = mocked.client.beta().threads().runs();
        let started = runs.create_with(&thread, RunCreateParams::new(&assistant)).send().await?;
        let run = finish(runs.retrieve(&thread, &started.id).run_tools(&weather()), form).await?;
        assert_eq!((run.stop, run.calls.len(), mocked.mock.turns_left()), (StopReason::Final, 1, 0));
        assert_eq!(run.assistant_run().map(|run| run.id.as_str()), Some(started.id.as_str()));
    }
    Ok(())
}

#[tokio::test]
async fn events_tell_of_the_run_and_its_stream() -> TestResult {
    let mocked = mocked()?;
    let (thread, assistant) = prepared(&mocked, &weather()).await?;
    mocked.mock.converse([oslo(), Turn::text("It rains.")]);
    let call = mocked.client.beta().threads().runs().create(&thread, &assistant);
    let mut events = call.run_tools(&weather()).stream_events();
    let (mut text, mut told) = (String::new(), Vec::new());
    while let Some(event) = events.next().await {
        match event? {
            ToolEvent::Delta { event, .. } => text.push_str(event.text_delta().unwrap_or_default()),
            ToolEvent::Request { turn, body, .. } => {
                let keys = body.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>().join(","));
                told.push(format!("request {turn} {}", keys.unwrap_or_default()));
            }
            ToolEvent::Reply { turn, reply, .. } => told.push(format!("reply {turn} {}", reply.status)),
            ToolEvent::ToolResult { outcome, .. } => told.push(outcome.output().to_text()),
            _ => {}
        }
    }
    let wanted = [
        "request 1 assistant_id",
        "reply 1 requires_action",
        "Rain in Oslo",
        "request 2 tool_outputs",
        "reply 2 completed",
    ];
    assert_eq!((text.as_str(), told.iter().map(String::as_str).collect::<Vec<_>>()), ("It rains.", wanted.to_vec()));
    assert!(events.run().is_some());
    Ok(())
}

#[tokio::test]
async fn functions_of_the_assistant_that_the_toolbox_has_not_are_left() -> TestResult {
    for form in [Form::Poll, Form::Stream] {
        let mocked = mocked()?;
        mocked.clock.run();
        let more = Toolbox::new().with(tool("open_door", "", |_: City| async { Ok::<_, Never>(()) }));
        let (thread, assistant) = prepared(&mocked, &weather().with_all(&more)).await?;
        mocked.mock.converse([Turn::calls([("get_weather", "{\"city\":\"Oslo\"}"), ("open_door", "{}")])]);
        let call = mocked.client.beta().threads().runs().create(&thread, &assistant);
        let run = finish(call.run_tools(&weather()), form).await?;
        assert_eq!((run.stop, run.calls.len(), run.items.len()), (StopReason::ActionRequired, 1, 1));
        assert_eq!(run.pending.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(), ["open_door"]);
        assert!(outputs(&mocked).is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_run_that_fails_ends_it_and_so_does_a_status_that_nobody_knows() -> TestResult {
    for form in [Form::Poll, Form::Stream] {
        let mocked = mocked()?;
        mocked.clock.run();
        let (thread, assistant) = prepared(&mocked, &weather()).await?;
        mocked.mock.converse([oslo(), Turn::reply(Reply::empty(openai_ext::StatusCode::OK))]);
        let call = mocked.client.beta().threads().runs().create(&thread, &assistant);
        let run = finish(call.run_tools(&weather()), form).await?;
        assert_eq!((run.stop, run.calls.len()), (StopReason::Unfinished, 1));
        assert_eq!(run.assistant_run().map(|run| run.status.as_str()), Some("failed"));
    }
    let mocked = mocked()?;
    let body = json!({"id": "run_1", "object": "thread.run", "thread_id": "thread_1", "status": "paused"});
    mocked.mock.on("createRun").reply_json(&body)?;
    let call = mocked.client.beta().threads().runs().create("thread_1", "asst_1");
    let error = call.run_tools(&weather()).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.message(), "run \"run_1\" has the status \"paused\", which says not whether it goes on");
    let run = error.detail::<AssistantToolRun>().expect("a run");
    assert_eq!(run.assistant_run().map(|run| run.id.as_str()), Some("run_1"));
    Ok(())
}

#[tokio::test]
async fn cancelled_while_it_waits_and_while_tools_run() -> TestResult {
    let mocked = mocked()?;
    let (thread, assistant) = prepared(&mocked, &weather()).await?;
    let token = CancellationToken::new();
    let call = || mocked.client.beta().threads().runs().create(&thread, &assistant);
    let runner = call().run_tools(&weather()).with_cancellation(token.clone().cancelled_owned());
    let cancelling = async {
        // The clock stands still, so the run waits to look again.
        let wait = async {
            while mocked.clock.slept().is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it does not wait");
        token.cancel();
    };
    let (result, ()) = tokio::join!(runner.send(), cancelling);
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let run = error.detail::<AssistantToolRun>().and_then(|run| run.partial.as_ref()).expect("a run so far");
    assert_eq!(run.status.as_str(), "queued");
    // What the server does with it, is the user's business.
    mocked.client.beta().threads().runs().cancel(&thread, &run.id).send().await?;
    mocked.client.beta().threads().runs().retrieve(&thread, &run.id).send().await?;

    let gate = Gate::default();
    let at_gate = gate.clone();
    let slow = Toolbox::new().with(tool("get_weather", "", move |args: City| {
        let gate = at_gate.clone();
        async move {
            gate.pass(args.city).await;
            Ok::<_, Never>(())
        }
    }));
    mocked.clock.run();
    mocked.mock.converse([oslo()]);
    let token = CancellationToken::new();
    let runner = call().run_tools(&slow).with_cancellation(token.clone().cancelled_owned());
    let cancelling = async {
        gate.arrived(1).await;
        token.cancel();
    };
    let (result, ()) = tokio::join!(runner.stream_events().finish(), cancelling);
    let error = result.unwrap_err();
    let run = error.detail::<AssistantToolRun>().expect("a run");
    assert_eq!((run.stop, run.pending.len(), gate.all_left().len()), (StopReason::Cancelled, 1, 1));
    Ok(())
}

#[tokio::test]
async fn custom_tools_are_refused_and_the_limit_holds() -> TestResult {
    let mocked = mocked()?;
    mocked.clock.run();
    let (thread, assistant) = prepared(&mocked, &weather()).await?;
    let call = || mocked.client.beta().threads().runs().create(&thread, &assistant);
    let custom = Toolbox::new().with(custom_tool("note", "", |text: String| async { Ok::<_, Never>(text) }));
    let error = call().run_tools(&custom).send().await.unwrap_err();
    assert_eq!(error.message(), "tool \"note\" is a custom tool: assistants take functions only");
    assert_eq!(mocked.mock.requests().len(), 2);
    mocked.mock.converse([oslo(), oslo()]);
    let error = call().run_tools(&weather()).with_max_turns(2).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    // The outputs of the last turn were not submitted, and are there.
    let run = error.detail::<AssistantToolRun>().expect("a run");
    assert_eq!((run.items.len(), outputs(&mocked).len()), (2, 1));
    Ok(())
}
