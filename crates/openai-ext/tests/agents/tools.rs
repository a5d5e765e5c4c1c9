//! Turns with local tools.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::agents::{AgentResult, AgentStop};
use openai_ext::prelude::*;
use openai_ext::tools::{OnFailure, ToolError, ToolOutput};
use openai_ext::types::SessionInputParamAgentSessionInputToolResult;
use openai_ext_mock::SessionStep;
use serde_json::{Value, json};

use super::scene::*;

fn call(city: &str) -> SessionStep {
    SessionStep::call("get_weather", json!({"city": city}))
}

#[tokio::test]
async fn a_tool_is_called_and_its_output_sent() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([call("Oslo"), SessionStep::text("It rains.")]);
    let mut events = scene.run("The weather?").run_tools(&weather()).stream_events();
    let (told, error) = told(&mut events).await;
    assert!(error.is_none(), "{error:?}");
    let at = |kind: &str| told.kinds.iter().position(|known| known == kind);
    assert!(at("turn.item.added") < at("call get_weather") && at("call get_weather") < at("result get_weather"));
    let result = events.finish().await?;
    assert_eq!((result.text().as_str(), result.calls.len()), ("It rains.", 1));
    assert_eq!(scene.requests(), [&OPENING[..], &["POST /events"]].concat());
    let inputs = scene.inputs();
    let call_id = &result.calls[0].call.id;
    let turn = result.turn_id().unwrap_or_default();
    assert_eq!(inputs[1].0, self::result(call_id, turn, "It rains in Oslo"));
    assert_ne!(inputs[0].1, inputs[1].1);
    Ok(())
}

/// Both begin before one of them ends, and the stream is read on meanwhile.
#[tokio::test]
async fn tools_of_a_turn_run_at_once() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([
        SessionStep::calls([("get_weather", r#"{"city":"Oslo"}"#), ("get_weather", r#"{"city":"Rome"}"#)]),
        SessionStep::text("Both."),
    ]);
    let barrier = Arc::new(tokio::sync::Barrier::new(2));
    let tools = Toolbox::new().with(tool("get_weather", "Now", move |city: City| {
        let barrier = barrier.clone();
        async move {
            barrier.wait().await;
            city.city
        }
    }));
    let result = scene.run("The weather?").run_tools(&tools).send().await?;
    let cities: Vec<_> = result.calls.iter().map(|outcome| outcome.output().to_text()).collect();
    assert_eq!((cities, result.text()), (vec!["Oslo".to_owned(), "Rome".to_owned()], "Both.".to_owned()));
    let outputs: Vec<Value> = scene.inputs().into_iter().skip(1).map(|(input, _)| input["output"].clone()).collect();
    assert_eq!(outputs.len(), 2);
    assert!(outputs.contains(&json!("Oslo")) && outputs.contains(&json!("Rome")));
    Ok(())
}

#[tokio::test]
async fn no_more_run_at_once_than_allowed() -> TestResult {
    let scene = Scene::start().await?;
    let calls = (0..20).map(|city| ("get_weather", format!(r#"{{"city":"{city}"}}"#)));
    scene.mock.on_session([SessionStep::calls(calls), SessionStep::text("All.")]);
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, seen) = (now, most.clone());
    let tools = Toolbox::new().with(tool("get_weather", "Now", move |city: City| {
        let (now, most) = (running.clone(), seen.clone());
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            now.fetch_sub(1, Ordering::SeqCst);
            city.city
        }
    }));
    let result = scene.run("The weather?").run_tools(&tools).with_concurrency(3).send().await?;
    let order: Vec<_> = result.calls.iter().map(|outcome| outcome.output().to_text()).collect();
    assert_eq!(order, (0..20).map(|city| city.to_string()).collect::<Vec<_>>());
    assert_eq!((most.load(Ordering::SeqCst), scene.inputs().len()), (3, 21));
    Ok(())
}

fn failing(on_failure: OnFailure) -> Toolbox {
    let fails = |_: City| async { Err::<String, _>(std::io::Error::other("no barometer")) };
    Toolbox::new().with(tool("get_weather", "Now", fails).with_on_failure(on_failure))
}

#[tokio::test]
async fn a_tool_that_fails_ends_the_run_and_the_turn() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::commentary("I look."), call("Oslo"), SessionStep::text("Never.")]);
    let error = scene.run("The weather?").run_tools(&failing(OnFailure::Abort)).send().await.expect_err("a failure");
    assert_eq!(error.kind(), ErrorKind::Callback);
    assert!(error.message().contains("no barometer"), "{error}");
    let cause = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Arc<ToolError>>());
    assert!(cause.is_some_and(|cause| matches!(**cause, ToolError::Failed(_))), "{error:?}");
    let result = error.detail::<AgentResult>().ok_or("a detail")?;
    assert_eq!((result.stop, result.calls.len(), result.messages.len()), (AgentStop::ToolFailed, 1, 1));
    assert!(result.turn.is_some());
    // Nobody would answer the call any more.
    assert_eq!(scene.inputs()[1].0, json!({"type": "agent.session.input.cancel"}));
    scene.mock.on_session([SessionStep::text("Again.")]);
    assert_eq!(scene.run("And now?").send().await?.text(), "Again.");
    Ok(())
}

#[tokio::test]
async fn the_turn_stays_if_the_caller_wants_it() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([call("Oslo"), SessionStep::text("Never.")]);
    let run = scene.run("The weather?").run_tools(&failing(OnFailure::Abort)).with_turn_cancellation(false);
    run.send().await.expect_err("a failure");
    assert_eq!(scene.requests(), OPENING);
    Ok(())
}

#[tokio::test]
async fn the_model_is_told_of_failures_by_policy_or_callback() -> TestResult {
    let mut scene = Scene::start().await?;
    for by_callback in [false, true] {
        scene.renew().await?;
        scene.mock.on_session([call("Oslo"), SessionStep::text("Sorry.")]);
        let tools = failing(if by_callback { OnFailure::Abort } else { OnFailure::TellModel });
        let told = Arc::new(Mutex::new(Vec::new()));
        let mut run = scene.run("The weather?").run_tools(&tools);
        if by_callback {
            let told = told.clone();
            run = run.on_tool_error(move |failure| {
                let place = (failure.session_id.clone(), failure.turn_id.clone());
                told.lock().unwrap().push((place, failure.outcome.call.name.clone()));
                OnFailure::TellModel
            });
        }
        let result = run.send().await?;
        assert_eq!(result.text(), "Sorry.");
        assert!(result.calls[0].result.is_err());
        let (input, _) = &scene.inputs()[1];
        let turn = result.turn_id().unwrap_or_default().to_owned();
        let call_id = &result.calls[0].call.id;
        let wanted = json!({
            "type": "agent.session.input.tool_result", "turn_id": turn, "call_id": call_id, "success": false,
            "error": "no barometer",
        });
        assert_eq!(*input, wanted);
        let place = (scene.session.clone(), turn);
        let calls = if by_callback { vec![(place, "get_weather".to_owned())] } else { Vec::new() };
        assert_eq!(*told.lock().unwrap(), calls);
    }
    Ok(())
}

#[tokio::test]
async fn a_callback_can_end_the_run_and_panic() -> TestResult {
    let mut scene = Scene::start().await?;
    for panics in [false, true] {
        scene.renew().await?;
        scene.mock.on_session([call("Oslo"), SessionStep::text("Never.")]);
        let run = scene.run("The weather?").run_tools(&failing(OnFailure::TellModel)).on_tool_error(move |_| {
            assert!(!panics, "out of order");
            OnFailure::Abort
        });
        let error = run.send().await.expect_err("a failure");
        assert_eq!(error.kind(), ErrorKind::Callback);
        assert_eq!(error.message().contains("out of order"), panics, "{error}");
        assert_eq!(error.detail::<AgentResult>().map(|result| result.calls.len()), Some(1));
    }
    Ok(())
}

#[tokio::test]
async fn a_mistake_of_the_model_is_told_to_it() -> TestResult {
    let scene = Scene::start().await?;
    let wrong = SessionStep::calls([("get_weather", r#"{"town": 7}"#)]);
    scene.mock.on_session([wrong, call("Oslo"), SessionStep::text("Rain.")]);
    let mut events = scene.run("The weather?").run_tools(&weather()).stream_events();
    let (told, error) = told(&mut events).await;
    assert!(error.is_none(), "{error:?}");
    assert!(told.kinds.contains(&"retry get_weather".to_owned()), "{:?}", told.kinds);
    let inputs = scene.inputs();
    assert_eq!((&inputs[1].0["success"], &inputs[2].0["success"]), (&json!(false), &json!(true)));
    assert!(inputs[1].0["error"].as_str().is_some_and(|error| error.contains("city")), "{:?}", inputs[1]);
    Ok(())
}

#[tokio::test]
async fn functions_that_are_not_there_are_the_callers() -> TestResult {
    // Nobody reads the events: nobody can answer.
    let scene = Scene::start().await?;
    scene.mock.on_session([
        SessionStep::calls([("get_weather", r#"{"city":"Oslo"}"#), ("launch", "{}")]),
        SessionStep::text("Done."),
    ]);
    let error = scene.run("Go").run_tools(&weather()).send().await.expect_err("a function");
    assert_eq!(error.kind(), ErrorKind::ActionRequired);
    assert!(error.message().contains("\"launch\""), "{error}");
    let result = error.detail::<AgentResult>().ok_or("a detail")?;
    assert_eq!((result.stop, result.pending.len(), result.calls.len()), (AgentStop::ActionRequired, 1, 1));
    // The other one was answered.
    assert_eq!(scene.inputs().len(), 2);

    // A reader answers it, and the run goes on.
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::call("launch", json!({})), SessionStep::text("Done.")]);
    let mut events = scene.run("Go").run_tools(&weather()).stream_events();
    while let Some(event) = events.next().await {
        if let Some(openai_ext::types::SessionEvent::AgentSessionRequiresAction(event)) = event?.session_event() {
            let action = json!(event.session.required_actions[0]);
            let text = |name: &str| action[name].as_str().unwrap_or_default().to_owned();
            let result = SessionInputParamAgentSessionInputToolResult::new(text("turn_id"), text("call_id"), true);
            let sessions = scene.client.beta().agents().sessions();
            sessions.events().create(&scene.session, [result.output("launched")]).send().await?;
        }
    }
    let result = events.finish().await?;
    assert_eq!((result.text().as_str(), result.calls.len()), ("Done.", 0));
    Ok(())
}

#[tokio::test]
async fn calls_of_subagents_are_answered_in_their_turns() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([
        SessionStep::subagent_call("scout", "get_weather", json!({"city": "Oslo"})),
        SessionStep::text("It rains."),
    ]);
    let places = Arc::new(Mutex::new(Vec::new()));
    let seen = places.clone();
    let tools = Toolbox::new().with(tool_with_context("get_weather", "Now", move |context, city: City| {
        seen.lock().unwrap().push((context.session_id().map(str::to_owned), context.turn_id().map(str::to_owned)));
        async move { city.city }
    }));
    let result = scene.run("The weather?").run_tools(&tools).send().await?;
    assert_eq!((result.text().as_str(), result.messages.len()), ("It rains.", 1));
    let inputs = scene.inputs();
    let turn = inputs[1].0["turn_id"].as_str().unwrap_or_default().to_owned();
    assert_ne!(Some(turn.as_str()), result.turn_id());
    assert_eq!(*places.lock().unwrap(), [(Some(scene.session.clone()), Some(turn))]);
    assert_eq!((inputs.len(), result.calls.len()), (2, 1));
    Ok(())
}

#[tokio::test]
async fn a_result_that_comes_too_early_is_sent_again() -> TestResult {
    for refusals in 0..=4 {
        let scene = Scene::start().await?;
        scene.mock.on_session([SessionStep::RefuseResults(refusals), call("Oslo"), SessionStep::text("Rain.")]);
        let ended = scene.run("The weather?").run_tools(&weather()).send().await;
        let waits: Vec<u128> = scene.clock.slept().iter().map(Duration::as_millis).collect();
        assert_eq!(waits, [100, 300, 600][..refusals.min(3)]);
        let results: Vec<_> =
            scene.inputs().into_iter().skip(1).filter(|(input, _)| !input["call_id"].is_null()).collect();
        assert_eq!(results.len(), refusals.min(3) + 1);
        assert!(results.iter().all(|result| *result == results[0]), "the same result and key");
        match ended {
            Ok(result) => assert_eq!((result.text().as_str(), refusals < 4), ("Rain.", true)),
            Err(error) => assert_eq!((error.kind(), refusals), (ErrorKind::BadRequest, 4)),
        }
    }
    Ok(())
}

#[tokio::test]
async fn another_refusal_of_a_result_ends_the_run() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([call("Oslo"), SessionStep::text("Rain.")]);
    let refusal = openai_ext_mock::Reply::error(
        openai_ext::StatusCode::BAD_REQUEST,
        "invalid_request_error",
        Some("invalid_request_error"),
        "The output is too long.",
    );
    let is_result = |request: &openai_ext_mock::ReceivedRequest| {
        request.json().is_some_and(|body| body["events"][0]["type"] == "agent.session.input.tool_result")
    };
    scene.mock.on("createAgentSessionEvents").when(is_result).reply(refusal)?;
    let error = scene.run("The weather?").run_tools(&weather()).send().await.expect_err("a refusal");
    assert_eq!((error.kind(), error.message().contains("too long")), (ErrorKind::BadRequest, true));
    assert!(scene.clock.slept().is_empty());
    assert_eq!(error.detail::<AgentResult>().map(|result| result.stop), Some(AgentStop::RequestFailed));
    Ok(())
}

#[tokio::test]
async fn outputs_keep_their_form() -> TestResult {
    let mut scene = Scene::start().await?;
    let image = ToolOutput::image_from_url("https://example.com/a.png");
    let file = ToolOutput::file_from_id("file_1");
    let text = |text: &str| json!({"type": "input_text", "text": text});
    for (output, wanted) in [
        (ToolOutput::text("a"), json!("a")),
        (ToolOutput::of(&json!({"a": [1]})).unwrap(), json!(r#"{"a":[1]}"#)),
        (ToolOutput::of(&()).unwrap(), json!("null")),
        (
            ToolOutput::text("Seen:").with(image),
            json!([text("Seen:"), {"type": "input_image", "image_url": "https://example.com/a.png"}]),
        ),
        (
            ToolOutput::text("Read:").with(file),
            json!([text("Read:"), text("[file left out: this API takes only text from a tool]")]),
        ),
    ] {
        scene.renew().await?;
        scene.mock.on_session([call("Oslo"), SessionStep::text("Seen.")]);
        let tools = Toolbox::new().with(tool("get_weather", "Now", move |_: City| {
            let output = output.clone();
            async move { output }
        }));
        scene.run("Look").run_tools(&tools).send().await?;
        assert_eq!(scene.inputs()[1].0["output"], wanted);
    }
    Ok(())
}

#[test]
fn an_agent_gets_to_know_the_tools() -> TestResult {
    let tools = json!(weather().agent_tools()?);
    assert_eq!((&tools[0]["type"], &tools[0]["name"]), (&json!("function"), &json!("get_weather")));
    assert_eq!(tools[0]["description"], "The weather in a city now");
    assert_eq!(tools[0]["parameters"]["required"], json!(["city"]));
    let custom = Toolbox::new().with(custom_tool("note", "Takes a note", |text| async move { text }));
    assert_eq!(custom.agent_tools().map_err(|error| error.kind()).err(), Some(ErrorKind::InvalidRequest));
    Ok(())
}

#[tokio::test]
async fn a_toolbox_that_does_not_fit_is_an_error_before_anything_is_sent() -> TestResult {
    let scene = Scene::start().await?;
    let custom = Toolbox::new().with(custom_tool("note", "Takes a note", |text| async move { text }));
    let error = scene.run("Note").run_tools(&custom).send().await.expect_err("a custom tool");
    assert_eq!((error.kind(), scene.requests().len()), (ErrorKind::InvalidRequest, 0));
    Ok(())
}

/// An agent need not wait for an async function: its output is sent though the turn is completed.
#[tokio::test]
async fn a_tool_may_outlive_its_turn() -> TestResult {
    let scene = Scene::start().await?;
    let event = |id: usize, kind: &str, mut fields: Value| {
        for (name, value) in [("session_id", json!("s")), ("turn_id", json!("t")), ("event_id", json!(id.to_string()))]
        {
            fields[name] = value;
        }
        fields["type"] = json!(format!("agent.session.{kind}"));
        openai_ext_mock::Event::typed(&fields)
    };
    let turn = |status: &str| json!({"turn": {"id": "t", "session_id": "s", "subagent_id": null, "status": status}});
    let arguments = json!({"city": "Oslo"});
    let item = json!({
        "type": "function_call", "id": "i", "turn_id": "t", "call_id": "c", "name": "get_weather",
        "arguments": arguments, "status": "in_progress",
    });
    scene.mock.on("listAgentSessionEvents").reply_stream([
        event(1, "turn.created", turn("queued")),
        event(2, "turn.item.added", json!({"output_index": 0, "item": item})),
        event(3, "turn.completed", turn("completed")),
        event(4, "idle", json!({"session": {"id": scene.session, "status": "idle"}})),
    ])?;
    let tools = Toolbox::new().with(tool("get_weather", "Now", |city: City| async move {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        city.city
    }));
    let result = scene.run("Go").run_tools(&tools).send().await?;
    assert_eq!((result.stop, result.calls[0].output().to_text().as_str()), (AgentStop::Completed, "Oslo"));
    assert_eq!(scene.inputs()[1].0, self::result("c", "t", "Oslo"));
    Ok(())
}
