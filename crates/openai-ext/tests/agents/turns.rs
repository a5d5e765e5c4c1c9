//! Turns with text.

use openai_ext::agents::{AgentInput, AgentStop};
use openai_ext::prelude::*;
use openai_ext::types::{AgentInputContent, EnvironmentParam};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Reply, SessionStep};
use serde_json::json;

use super::scene::*;

#[tokio::test]
async fn a_turn_is_one_call() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([
        SessionStep::commentary("I look."),
        SessionStep::text("The sea "),
        SessionStep::text("is calm."),
    ]);
    let result = scene.run("How is the sea?").send().await?;
    assert_eq!((result.text().as_str(), result.stop), ("The sea is calm.", AgentStop::Completed));
    assert_eq!((result.messages.len(), result.reconnects, result.calls.len()), (3, 0, 0));
    assert_eq!(result.session_id, scene.session);
    assert!(result.usage().is_some_and(|usage| usage.total_tokens > 0) && result.turn_id().is_some());
    assert_eq!(scene.requests(), OPENING);
    let [(message, key)] = &scene.inputs()[..] else { return Err("one input".into()) };
    let content = json!([{"type": "input_text", "text": "How is the sea?"}]);
    let input = json!([{"type": "message", "role": "user", "content": content}]);
    assert_eq!(*message, json!({"type": "agent.session.input.message", "input": input}));
    assert_eq!((key.len(), key.matches('-').count()), (36, 4));
    Ok(())
}

#[tokio::test]
async fn events_are_told_as_they_come() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::commentary("I look."), SessionStep::text("The sea is calm.")]);
    let mut events = scene.run("How is the sea?").include_obfuscation(false).stream_events();
    let (told, error) = told(&mut events).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(told.text, "The sea is calm.");
    assert_eq!(told.kinds.first().map(String::as_str), Some("in_progress"));
    assert_eq!(told.kinds.last().map(String::as_str), Some("idle"));
    assert_eq!(events.result().map(|result| result.text()), Some(told.text));
    assert!(events.finish().await?.messages.len() == 2);
    let stream = scene.mock.requests().into_iter().find(|request| request.path().ends_with("/events"));
    let query = stream.ok_or("a stream")?.query().to_vec();
    assert_eq!(query, [("include_obfuscation".to_owned(), "false".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn turns_follow_each_other() -> TestResult {
    let scene = Scene::start().await?;
    for text in ["one", "two", "three"] {
        scene.mock.on_session([SessionStep::text(text)]);
        let result = scene.run(text).send().await?;
        assert_eq!((result.text().as_str(), result.messages.len()), (text, 1));
    }
    assert_eq!(scene.requests(), [OPENING, OPENING, OPENING].concat());
    let keys: std::collections::HashSet<_> = scene.inputs().into_iter().map(|(_, key)| key).collect();
    assert_eq!(keys.len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_session_can_begin_with_its_first_turn() -> TestResult {
    let scene = Scene::start().await?;
    let agent = scene.client.beta().agents().create("gpt-5.5").send().await?;
    let sessions = scene.client.beta().agents().sessions();
    let create = || sessions.create(EnvironmentParam::None(Default::default())).agent_id(&agent.id);
    scene.mock.on_session([SessionStep::call("get_weather", json!({"city": "Oslo"})), SessionStep::text("Rain.")]);
    let before = scene.mock.requests().len();
    let result = create().input("The weather?").run().run_tools(&weather()).send().await?;
    assert_eq!((result.text().as_str(), result.calls.len()), ("Rain.", 1));
    let requests: Vec<_> = scene.mock.requests().into_iter().skip(before).collect();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        (requests[0].path(), &requests[0].json().ok_or("a body")?["stream"]),
        ("/v1/agents/sessions", &json!(true))
    );
    assert_eq!(requests[1].path(), format!("/v1/agents/sessions/{}/events", result.session_id));
    // Without an input there is no turn.
    let error = create().run().send().await.expect_err("no input");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(scene.mock.requests().len(), before + 2);
    Ok(())
}

#[tokio::test]
async fn a_session_at_work_takes_no_turn() -> TestResult {
    let scene = Scene::start().await?;
    let id = &scene.session;
    for status in ["in_progress", "requires_action", "failed"] {
        let session = json!({"id": id, "object": "agent.session", "status": status});
        scene.mock.on("retrieveAgentSession").times(1).reply_json(&session)?;
        let error = scene.run("Hello").send().await.expect_err(status);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains(status) && error.message().contains(id.as_str()), "{error}");
        let result = error.detail::<openai_ext::agents::AgentResult>().ok_or("a detail")?;
        assert!(result.session.is_some() && result.turn.is_none());
    }
    assert_eq!(scene.requests(), ["GET ", "GET ", "GET "]);
    Ok(())
}

#[tokio::test]
async fn each_request_that_fails_is_the_error() -> TestResult {
    for (operation, requests) in [
        ("retrieveAgentSession", &OPENING[..1]),
        ("listAgentSessionEvents", &OPENING[..2]),
        ("createAgentSessionEvents", &OPENING),
    ] {
        let scene = Scene::start().await?;
        let refusal = Reply::error(StatusCode::FORBIDDEN, "invalid_request_error", Some("no"), "Not you.");
        scene.mock.on(operation).reply(refusal)?;
        let error = scene.run("Hello").send().await.expect_err(operation);
        assert_eq!((error.kind(), error.code()), (ErrorKind::PermissionDenied, Some("no")));
        let result = error.detail::<openai_ext::agents::AgentResult>().ok_or("a detail")?;
        assert_eq!((result.stop, result.session_id.as_str()), (AgentStop::RequestFailed, scene.session.as_str()));
        assert_eq!(scene.requests(), requests);
    }
    Ok(())
}

#[test]
fn inputs() {
    let image = || AgentInputContent::input_image("https://example.com/a.png");
    let json = |input: AgentInput| json!(input.messages());
    let text = json!({"type": "input_text", "text": "a"});
    let message = |content: serde_json::Value| json!([{"type": "message", "role": "user", "content": content}]);
    assert_eq!(json("a".into()), message(json!([text])));
    assert_eq!(json(String::from("a").into()), message(json!([text])));
    let shown = json!({"type": "input_image", "image_url": "https://example.com/a.png"});
    assert_eq!(json(image().into()), message(json!([shown])));
    assert_eq!(json([AgentInputContent::input_text("a"), image()].into()), message(json!([text, shown])));
}

#[tokio::test]
async fn options_are_those_of_each_request() -> TestResult {
    let scene = Scene::start().await?;
    let run = scene.run("Hello").with_header("x-trace", "7").with_max_retries(1).with_idempotency_key("mine");
    // The one retry keeps the key.
    let failure = Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, "Again.");
    scene.mock.on("createAgentSessionEvents").times(1).reply(failure)?;
    run.send().await?;
    assert_eq!(scene.requests(), ["GET ", "GET /events", "POST /events", "POST /events"]);
    let inputs = scene.inputs();
    assert_eq!((&inputs[0], inputs[0].1.as_str()), (&inputs[1], "mine"));
    let traced = scene.mock.requests().iter().filter(|request| request.header("x-trace") == Some("7")).count();
    assert_eq!(traced, 4);
    Ok(())
}
