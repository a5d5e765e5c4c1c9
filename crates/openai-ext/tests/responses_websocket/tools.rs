//! Runs of tools over a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::responses::{ResponseToolRun, UncertainDelivery};
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::StopReason;
use openai_ext::websocket::Reconnect;
use openai_ext::{ErrorKind, ToolEvent};
use openai_ext_mock::{MockServer, RealtimeStep, Turn};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{TestResult, connect, mock, soon};

#[derive(Deserialize, JsonSchema)]
struct Sum {
    a: i64,
    b: i64,
}

/// A tool that adds after a moment, and counts how often it was called.
fn tools() -> (Toolbox, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let add = tool("add", "Adds", move |sum: Sum| {
        counted.fetch_add(1, Ordering::Relaxed);
        async move {
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok::<_, std::io::Error>((sum.a + sum.b).to_string())
        }
    });
    (Toolbox::new().with(add), count)
}

fn turns(count: i64) -> Vec<Turn> {
    let calls = (1..=count).map(|n| Turn::call("add", json!({"a": n, "b": n})));
    calls.chain([Turn::text("That is all.")]).collect()
}

/// The requests that went over HTTP.
fn posts(server: &MockServer) -> Vec<Value> {
    let posts = server.requests().into_iter().filter(|request| request.method() == "POST");
    posts.map(|request| serde_json::from_slice(request.body()).unwrap_or_default()).collect()
}

/// Each turn has what is new only, whether the server stores responses or not, and nothing goes over HTTP.
#[tokio::test]
async fn the_server_keeps_the_context() -> TestResult {
    for (lane, store) in [(None, true), (Some("a"), true), (None, false), (Some("a"), false)] {
        let (mut connection, server) = connect().await?;
        server.converse(turns(3));
        let (tools, count) = tools();
        let run = match lane {
            None => connection.run_tools(&tools),
            Some(lane) => connection.lane(lane)?.run_tools(&tools),
        };
        let call = openai_ext::Client::from(connection.client()).responses().create("gpt-5.5", "Add");
        let run = soon(run.call(call.store(store)).with_max_turns(4).send()).await??;
        assert_eq!((run.output_text().as_str(), run.stop), ("That is all.", StopReason::Final));
        assert_eq!((run.replies.len(), run.heads.len(), count.load(Ordering::Relaxed)), (4, 4, 3));
        let events = server.realtime_events();
        assert_eq!(events.len(), 4);
        for (at, event) in events.iter().enumerate() {
            assert_eq!((&event["type"], &event["stream_id"]), (&json!("response.create"), &json!(lane)));
            assert_eq!(event["tools"][0]["name"], "add");
            if let Some(before) = at.checked_sub(1) {
                assert_eq!(event["previous_response_id"], json!(run.replies[before].id));
                assert_eq!(event["input"].as_array().map(Vec::len), Some(1));
                assert_eq!(event["input"][0]["output"], json!((2 * at).to_string()));
            }
        }
        assert!(posts(&server).is_empty());
        // The connection is there for others.
        connection.response_create("gpt-5.5", "Say this is a test").await?;
        assert_eq!(soon(connection.next_response()).await??.output_text(), "This is a test.");
    }
    Ok(())
}

#[tokio::test]
async fn settings_of_a_call_go_along_and_answers_are_streamed() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = client.responses().connect().await?;
    server.converse(turns(1));
    let call = client.responses().create("gpt-5.5", "Add").temperature(0.5).with_body_field("x_own", 3);
    let mut events = connection.run_tools(&tools().0).call(call).stream_events();
    let (mut text, mut results) = (String::new(), 0);
    while let Some(event) = soon(events.next()).await? {
        match event? {
            ToolEvent::Delta { event, .. } => text += event.text_delta().unwrap_or_default(),
            ToolEvent::ToolResult { .. } => results += 1,
            _ => {}
        }
    }
    assert_eq!((text.as_str(), results), ("That is all.", 1));
    let sent = server.realtime_events();
    assert_eq!((&sent[1]["temperature"], &sent[1]["x_own"]), (&json!(0.5), &json!(3)));
    Ok(())
}

/// The connection is lost while tools run: the next turn, of which nothing was sent, goes over HTTP, and no tool runs twice.
#[tokio::test]
async fn a_turn_that_was_not_sent_goes_over_http() -> TestResult {
    for store in [true, false] {
        for close in [RealtimeStep::Disconnect, RealtimeStep::close(1001, "away"), RealtimeStep::close(1000, "")] {
            let (client, server) = mock().await?;
            server.on_realtime([RealtimeStep::Answer, close.clone()]);
            server.converse(turns(2));
            let mut connection = client.responses().connect().await?;
            let (tools, count) = tools();
            let call = client.responses().create("gpt-5.5", "Add").store(store);
            let run = soon(connection.run_tools(&tools).call(call).send()).await??;
            assert_eq!((run.output_text().as_str(), count.load(Ordering::Relaxed)), ("That is all.", 2), "{close:?}");
            let posts = posts(&server);
            assert_eq!((server.realtime_events().len(), posts.len()), (1, 2), "{close:?}");
            if store {
                assert_eq!(posts[0]["previous_response_id"], json!(run.replies[0].id));
                assert_eq!(posts[0]["input"].as_array().map(Vec::len), Some(1));
            } else {
                // Over HTTP nobody knows what was not stored: the whole conversation goes.
                assert!(posts[0].get("previous_response_id").is_none());
                assert_eq!(posts[0]["input"].as_array().map(Vec::len), Some(3));
                assert_eq!(posts[1]["input"].as_array().map(Vec::len), Some(5));
            }
        }
    }
    Ok(())
}

/// A connection that was closed before the run began.
#[tokio::test]
async fn a_run_on_a_closed_connection_goes_over_http() -> TestResult {
    let (mut connection, server) = connect().await?;
    connection.close(1000, "").await?;
    server.converse(turns(1));
    let run = soon(connection.run_tools(&tools().0).create("gpt-5.5", "Add").send()).await??;
    assert_eq!(run.output_text(), "That is all.");
    assert_eq!((server.realtime_events().len(), posts(&server).len()), (0, 2));
    Ok(())
}

/// A turn that was sent is not repeated, neither there nor over HTTP; the run so far is in the error, and goes on from there.
#[tokio::test]
async fn an_uncertain_turn_is_never_repeated() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Answer, super::create(), RealtimeStep::Disconnect]);
    server.converse(turns(1));
    let mut connection = client.responses().connect().with_reconnect(Reconnect::new()).await?;
    let (tools, count) = tools();
    let error = soon(connection.run_tools(&tools).create("gpt-5.5", "Add").send()).await?.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.message().contains("uncertain"), "{error}");
    assert!(error.detail::<UncertainDelivery>().is_some_and(|lost| lost.was_sent));
    let run = error.detail::<ResponseToolRun>().ok_or("the run")?;
    assert_eq!((run.replies.len(), run.calls.len(), run.stop), (1, 1, StopReason::RequestFailed));
    assert!(posts(&server).is_empty());
    let call = client.responses().create("gpt-5.5", "Add");
    let run = soon(call.run_tools(&tools).resume_tools(run).send()).await??;
    assert_eq!((run.output_text().as_str(), count.load(Ordering::Relaxed)), ("That is all.", 1));
    Ok(())
}

/// A connection that was made anew has another context: what is stored goes on, what is not is sent as a whole.
#[tokio::test]
async fn after_a_reconnect_a_run_goes_on_over_the_socket() -> TestResult {
    for store in [true, false] {
        let (client, server) = mock().await?;
        server.on_realtime([RealtimeStep::Answer, RealtimeStep::Disconnect]);
        server.converse(turns(2));
        let mut connection = client.responses().connect().with_reconnect(Reconnect::new()).await?;
        let (tools, count) = tools();
        let call = client.responses().create("gpt-5.5", "Add").store(store);
        let run = soon(connection.run_tools(&tools).call(call).send()).await??;
        assert_eq!((run.output_text().as_str(), count.load(Ordering::Relaxed)), ("That is all.", 2));
        assert!(posts(&server).is_empty());
        assert_eq!(server.realtime_connections().len(), 2);
        let last = server.realtime_events().pop().ok_or("a request")?;
        assert_eq!(last["input"].as_array().map(Vec::len), Some(1));
        let sent: Vec<_> = server.realtime_connections()[1].events().cloned().collect();
        assert_eq!(sent.len(), if store { 2 } else { 3 });
        let whole = if store { Some(1) } else { Some(3) };
        assert_eq!(sent[sent.len() - 2]["input"].as_array().map(Vec::len), whole);
    }
    Ok(())
}

/// Runs on lanes at the same time, and one that is dropped in the middle.
#[tokio::test]
async fn runs_share_a_connection() -> TestResult {
    let (mut connection, server) = connect().await?;
    let (tools, count) = tools();
    let run = |lane: &str| {
        let lane = connection.lane(lane)?;
        Ok::<_, openai_ext::Error>(lane.run_tools(&tools).create("gpt-5.5", "Say this is a test").send())
    };
    let (first, second) = (run("a")?, run("b")?);
    let (first, second) = soon(async { tokio::join!(first, second) }).await?;
    assert_eq!(
        (first?.output_text(), second?.output_text()),
        ("This is a test.".to_owned(), "This is a test.".to_owned())
    );
    assert!(connection.lanes().is_empty());
    // A second run on the connection itself has to wait for the first.
    let held = connection.run_tools(&tools);
    let error = soon(connection.run_tools(&tools).create("m", "Hi").send()).await?.expect_err("two");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    drop(held);
    server.converse(turns(1));
    let mut dropped = connection.run_tools(&tools).create("gpt-5.5", "Add").stream_events();
    while let Some(event) = soon(dropped.next()).await? {
        if matches!(event?, ToolEvent::Delta { .. }) {
            break;
        }
    }
    drop(dropped);
    // Nothing of it is left for the connection.
    connection.response_create("gpt-5.5", "Say this is a test").await?;
    let response = soon(connection.next_response()).await??;
    assert!(count.load(Ordering::Relaxed) == 0 && !response.output_text().is_empty(), "{response:?}");
    Ok(())
}

/// Text is parsed if its phase is absent or `final_answer`; commentary is passed over.
#[tokio::test]
async fn parse_passes_over_commentary() -> TestResult {
    let (client, server) = mock().await?;
    let message = |phase: Option<&str>, text: &str| {
        let mut message = json!({
            "type": "message", "id": "m", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
        });
        if let Some(phase) = phase {
            message["phase"] = json!(phase);
        }
        message
    };
    let value = r#"{"a": 1, "b": 2}"#;
    for phase in [None, Some("final_answer")] {
        let output = json!([message(Some("commentary"), "I add them. {"), message(phase, value)]);
        let response = json!({"id": "r", "object": "response", "status": "completed", "output": output});
        server.on("createResponse").times(1).reply_json(&response)?;
        let parsed = soon(client.responses().create("m", "Add").parse::<Sum>()).await??;
        assert_eq!(parsed.parsed().map(|sum| (sum.a, sum.b)), Some((1, 2)), "{phase:?}");
        // The text itself has both.
        assert_eq!(parsed.output_text(), format!("I add them. {{{value}"));
    }
    Ok(())
}
