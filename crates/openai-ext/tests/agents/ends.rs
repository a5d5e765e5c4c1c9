//! Runs that end without a result.

use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::agents::{AgentResult, AgentStop};
use openai_ext::prelude::*;
use openai_ext_mock::SessionStep;
use serde_json::json;

use super::scene::*;

fn detail(error: &openai_ext::Error) -> TestResult<&AgentResult> {
    error.detail::<AgentResult>().ok_or_else(|| format!("no detail: {error:?}").into())
}

#[tokio::test]
async fn the_budget_is_reached() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::text("As far as"), SessionStep::BudgetReached]);
    let mut events = scene.run("Count").stream_events();
    let (told, error) = told(&mut events).await;
    assert_eq!(told.kinds.last().map(String::as_str), Some("budget_reached"));
    let error = error.ok_or("an error")?;
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Limit, false));
    let result = detail(&error)?;
    assert_eq!((result.stop, result.text().as_str()), (AgentStop::BudgetReached, "As far as"));
    assert!(events.next().await.is_none());
    Ok(())
}

#[tokio::test]
async fn the_turn_fails_with_a_code() -> TestResult {
    let mut scene = Scene::start().await?;
    for (code, kind) in [
        ("context_length_exceeded", ErrorKind::BadRequest),
        ("rate_limit_exceeded", ErrorKind::RateLimit),
        ("credit_balance_exhausted", ErrorKind::RateLimit),
        ("server_overloaded", ErrorKind::InternalServer),
        ("internal_error", ErrorKind::InternalServer),
        ("authentication_error", ErrorKind::Authentication),
        ("request_timeout", ErrorKind::Timeout),
        ("max_output_tokens", ErrorKind::LengthFinishReason),
        ("session_budget_exceeded", ErrorKind::Limit),
        ("sandbox_error", ErrorKind::Status),
        ("some_new_code", ErrorKind::Status),
    ] {
        scene.renew().await?;
        scene.mock.on_session([SessionStep::text("So far."), SessionStep::fail_turn(code, "It went wrong.")]);
        let error = scene.run("Go").send().await.expect_err(code);
        assert_eq!((error.kind(), error.code()), (kind, Some(code)));
        assert!(error.message().contains("It went wrong."), "{error}");
        let result = detail(&error)?;
        assert_eq!((result.stop, result.text().as_str()), (AgentStop::TurnFailed, "So far."));
        assert_eq!(result.turn.as_ref().map(|turn| turn.status.as_str()), Some("failed"));
        assert_eq!(scene.requests(), OPENING);
    }
    Ok(())
}

#[tokio::test]
async fn the_session_fails() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::text("So far."), SessionStep::FailSession("The sandbox is gone.".to_owned())]);
    let error = scene.run("Go").send().await.expect_err("a failure");
    assert_eq!(error.kind(), ErrorKind::Status);
    assert!(error.message().contains("The sandbox is gone."), "{error}");
    assert_eq!((detail(&error)?.stop, detail(&error)?.text().as_str()), (AgentStop::SessionFailed, "So far."));
    Ok(())
}

#[tokio::test]
async fn errors_are_events_and_not_the_end() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::error("overloaded", "Wait a little."), SessionStep::text("Here I am.")]);
    let mut events = scene.run("Go").stream_events();
    let (told, error) = told(&mut events).await;
    assert!(error.is_none(), "{error:?}");
    assert!(told.kinds.contains(&"error".to_owned()), "{:?}", told.kinds);
    let result = events.finish().await?;
    assert_eq!((result.text().as_str(), result.errors[0].message.as_str()), ("Here I am.", "Wait a little."));
    assert_eq!(result.errors[0].code.as_deref(), Some("overloaded"));
    Ok(())
}

#[tokio::test]
async fn the_turn_is_cancelled() -> TestResult {
    // By another client.
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::text("So far."), SessionStep::CancelTurn]);
    let error = scene.run("Go").send().await.expect_err("an end");
    assert_eq!((error.kind(), detail(&error)?.stop), (ErrorKind::Cancelled, AgentStop::TurnCancelled));
    assert_eq!(scene.requests(), OPENING);

    // By the reader.
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::call("launch", json!({})), SessionStep::text("Never.")]);
    let mut events = scene.run("Go").stream_events();
    let error = loop {
        match events.next().await.ok_or("an error")? {
            Ok(event) if event.session_event().is_some_and(|event| kind(event) == "requires_action") => {
                events.cancel().await?;
            }
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), detail(&error)?.stop), (ErrorKind::Cancelled, AgentStop::TurnCancelled));
    assert_eq!(scene.inputs()[1].0, json!({"type": "agent.session.input.cancel"}));
    Ok(())
}

/// A tool that never ends, so that the run has something to wait for.
fn endless() -> Toolbox {
    Toolbox::new().with(tool("get_weather", "Never", |_: City| std::future::pending::<String>()))
}

#[tokio::test]
async fn the_run_is_cancelled() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::text("So far."), SessionStep::call("get_weather", json!({"city": "Oslo"}))]);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let run = scene.run("Go").run_tools(&endless()).with_cancellation(async { stopped.await.unwrap_or_default() });
    let mut events = run.stream_events();
    let mut stop = Some(stop);
    let error = loop {
        match events.next().await.ok_or("an error")? {
            Ok(AgentEvent::ToolCall { .. }) => drop(stop.take().map(|stop| stop.send(()))),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let result = detail(&error)?;
    assert_eq!((result.stop, result.text().as_str(), result.calls.len()), (AgentStop::Cancelled, "So far.", 1));
    assert!(result.calls[0].result.as_ref().is_err_and(|error| error.is_cancelled()));
    assert_eq!(scene.inputs()[1].0, json!({"type": "agent.session.input.cancel"}));
    Ok(())
}

#[tokio::test]
async fn the_deadline_passes() -> TestResult {
    let scene = Scene::start().await?;
    scene.clock.stand();
    scene.mock.on_session([SessionStep::call("get_weather", json!({"city": "Oslo"}))]);
    let run = scene.run("Go").run_tools(&endless()).with_deadline(Duration::from_secs(60));
    let mut events = run.stream_events();
    let error = loop {
        match events.next().await.ok_or("an error")? {
            Ok(AgentEvent::ToolCall { .. }) => scene.clock.advance(Duration::from_secs(60)),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(detail(&error)?.stop, AgentStop::DeadlineReached);
    assert_eq!(detail(&error)?.duration, Duration::from_secs(60));
    assert_eq!(scene.inputs().len(), 2);
    Ok(())
}

/// Closing does not cancel: nothing is sent, and the tools end.
#[tokio::test]
async fn a_run_that_is_dropped_leaves_the_turn() -> TestResult {
    struct Ends(tokio::sync::mpsc::UnboundedSender<()>);
    impl Drop for Ends {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::call("get_weather", json!({"city": "Oslo"}))]);
    let (ended, mut ends) = tokio::sync::mpsc::unbounded_channel();
    let tools = Toolbox::new().with(tool("get_weather", "Never", move |_: City| {
        let ends = Ends(ended.clone());
        async move {
            std::future::pending::<()>().await;
            drop(ends);
        }
    }));
    let mut events = scene.run("Go").run_tools(&tools).stream_events();
    while let Some(event) = events.next().await {
        if matches!(event?, AgentEvent::Session(event) if kind(&event.event) == "requires_action") {
            break;
        }
    }
    drop(events);
    ends.recv().await.ok_or("the tool goes on")?;
    assert_eq!(scene.requests(), OPENING);
    Ok(())
}

#[tokio::test]
async fn an_error_has_the_text_so_far() -> TestResult {
    let scene = Scene::start().await?;
    // The message is begun and never ended.
    let added = |kind: &str, fields: serde_json::Value| {
        let mut event = fields;
        event["type"] = json!(format!("agent.session.turn.{kind}"));
        event["event_id"] = json!(format!("event_{kind}_{}", event["delta"]));
        event["session_id"] = json!("s");
        event["turn_id"] = json!("turn_1");
        openai_ext_mock::Event::typed(&event)
    };
    let item = json!({"type": "message", "id": "msg_1", "turn_id": "turn_1", "status": "in_progress", "content": []});
    let delta = |text: &str| json!({"item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": text});
    let turn = json!({"id": "turn_1", "session_id": "s", "subagent_id": null, "status": "in_progress"});
    scene.mock.on("listAgentSessionEvents").reply_stream([
        added("created", json!({"turn": turn})),
        added("item.added", json!({"output_index": 0, "item": item})),
        added("output_text.delta", delta("The sea ")),
        added("output_text.delta", delta("is c")),
    ])?;
    let error = scene.run("Go").with_max_reconnects(0).send().await.expect_err("a cut");
    assert_eq!(error.kind(), ErrorKind::Truncated);
    let result = detail(&error)?;
    assert_eq!((result.text().as_str(), result.stop), ("The sea is c", AgentStop::RequestFailed));
    Ok(())
}

#[tokio::test]
async fn items_without_end_are_a_limit() -> TestResult {
    let scene = Scene::start().await?;
    let items = (0..16_385).map(|at| {
        let item = json!({"type": "reasoning", "id": format!("r{at}"), "turn_id": "t", "summary": [], "status": null});
        openai_ext_mock::Event::typed(&json!({
            "type": "agent.session.turn.item.added", "event_id": format!("e{at}"), "session_id": "s", "turn_id": "t",
            "output_index": at, "item": item,
        }))
    });
    scene.mock.on("listAgentSessionEvents").reply_stream(items)?;
    let error = scene.run("Go").send().await.expect_err("a limit");
    assert_eq!((error.kind(), scene.requests().len()), (ErrorKind::Limit, 3));
    Ok(())
}

#[tokio::test]
async fn a_cancellation_that_panics_is_an_error() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::text("So far."), SessionStep::call("launch", json!({}))]);
    let mut polls = 0;
    let odd = std::future::poll_fn(move |_| {
        polls += 1;
        assert!(polls < 20, "out of order");
        std::task::Poll::<()>::Pending
    });
    let mut events = scene.run("Go").with_cancellation(odd).stream_events();
    let (_, error) = told(&mut events).await;
    let error = error.ok_or("an error")?;
    assert!(error.kind() == ErrorKind::Callback && error.message().contains("out of order"), "{error}");
    assert!(detail(&error)?.turn.is_some());
    Ok(())
}
