//! Streams that break off: what was missed is told, and nothing is told twice.

use std::collections::HashSet;
use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::agents::{AgentResult, AgentStop};
use openai_ext::prelude::*;
use openai_ext::types::{EnvironmentParam, SessionEvent};
use openai_ext_mock::{Event, Fault, Reply, SessionStep};
use serde_json::{Value, json};

use super::scene::*;

fn script() -> Vec<SessionStep> {
    vec![
        SessionStep::commentary("I look it up."),
        SessionStep::text("In Oslo "),
        SessionStep::calls([("get_weather", r#"{"city":"Oslo"}"#), ("get_weather", r#"{"city":"Bergen"}"#)]),
        SessionStep::subagent_call("scout", "get_weather", json!({"city": "Rome"})),
        SessionStep::text("it rains."),
    ]
}

/// The events by what they are about, which has to be the same with and without a cut. Deltas of a text may be longer.
fn facts(told: &Told) -> Vec<String> {
    let mut facts: Vec<String> = Vec::new();
    for event in &told.events {
        let json = json!(event);
        let kind = kind(event);
        if matches!(event, SessionEvent::AgentSessionTurnOutputTextDelta(_)) {
            continue;
        }
        let role = json["item"]["type"].as_str().unwrap_or_default();
        let text = json["text"].as_str().or(json["item"]["content"][0]["text"].as_str()).unwrap_or_default();
        facts.push(format!("{kind} {role} {text} {}", json["output_index"]));
    }
    facts.sort();
    facts
}

/// Session events repeat by nature, and a status that came and went in a gap is not known.
fn lasting(facts: Vec<String>) -> Vec<String> {
    let passing = ["in_progress ", "requires_action ", "turn.in_progress "];
    facts.into_iter().filter(|fact| !passing.iter().any(|kind| fact.starts_with(kind))).collect()
}

async fn run(scene: &Scene) -> (Told, Option<AgentResult>, Option<openai_ext::Error>) {
    scene.mock.on_session(script());
    let mut events = scene.run("The weather?").run_tools(&weather()).stream_events();
    let (told, error) = told(&mut events).await;
    let result = events.result().cloned();
    (told, result, error)
}

/// A cut after each number of events: the same events, text, calls and result as without.
#[tokio::test]
async fn a_cut_anywhere_loses_nothing_and_repeats_nothing() -> TestResult {
    let mut scene = Scene::start().await?;
    let (whole, wanted, _) = run(&scene).await;
    let wanted = wanted.ok_or("a result")?;
    assert_eq!(wanted.text(), "In Oslo it rains.");
    let count = whole.events.len();
    assert!(count > 30, "{count}");
    for at in 1..count {
        let fault = if at % 2 == 0 { Fault::CutEvents(at) } else { Fault::EndEvents(at) };
        scene.renew().await?;
        scene.mock.on("listAgentSessionEvents").times(1).fault(fault)?;
        let (told, result, error) = run(&scene).await;
        assert!(error.is_none(), "{fault:?}: {error:?}");
        let result = result.ok_or("a result")?;
        assert_eq!((result.text(), &told.text), (wanted.text(), &whole.text), "{fault:?}");
        let missed: Vec<_> =
            lasting(facts(&whole)).into_iter().zip(lasting(facts(&told))).find(|(a, b)| a != b).into_iter().collect();
        assert_eq!(lasting(facts(&told)), lasting(facts(&whole)), "{fault:?}: {missed:?}");
        assert_eq!((result.messages.len(), result.reconnects, result.calls.len()), (3, 1, 3), "{fault:?}");
        // Each call is answered once, though each result may take several tries.
        let inputs = scene.inputs();
        let answered: HashSet<String> = inputs.iter().map(|(input, _)| input["call_id"].to_string()).collect();
        assert_eq!((inputs.len(), answered.len()), (4, 4), "{fault:?}");
        let ids: Vec<String> = told.events.iter().map(|event| json!(event)["event_id"].to_string()).collect();
        let known: HashSet<&String> = ids.iter().filter(|id| *id != "\"\"").collect();
        assert_eq!(known.len(), ids.iter().filter(|id| *id != "\"\"").count(), "{fault:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_asked_for_after_a_cut() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::text("Hello.")]);
    scene.mock.on("listAgentSessionEvents").times(1).fault(Fault::CutEvents(6))?;
    let result = scene.run("Hi").send().await?;
    assert_eq!((result.text().as_str(), result.reconnects), ("Hello.", 1));
    let turn = result.turn_id().unwrap_or_default();
    let reopened =
        ["GET /events", "GET ", &format!("GET /turns/{turn}"), &format!("GET /turns/{turn}/items"), "GET /subagents"];
    assert_eq!(scene.requests(), [&OPENING[..], &reopened].concat());
    assert_eq!(scene.clock.slept(), [Duration::from_millis(500)]);
    Ok(())
}

/// The turn is not known yet when the stream breaks off.
#[tokio::test]
async fn a_turn_that_was_never_told_is_found() -> TestResult {
    let scene = Scene::start().await?;
    for text in ["One.", "Two."] {
        scene.mock.on_session([SessionStep::text(text)]);
        scene.mock.on("listAgentSessionEvents").times(1).fault(Fault::CutEvents(1))?;
        let result = scene.run(&format!("Say {text}")).send().await?;
        assert_eq!((result.text().as_str(), result.reconnects, result.messages.len()), (text, 1, 1));
    }
    assert!(scene.requests().contains(&"GET /turns".to_owned()));
    Ok(())
}

#[tokio::test]
async fn several_cuts_in_a_turn() -> TestResult {
    let scene = Scene::start().await?;
    for at in [20, 11, 4] {
        scene.mock.on("listAgentSessionEvents").times(1).fault(Fault::CutEvents(at))?;
    }
    let (told, result, error) = run(&scene).await;
    assert!(error.is_none(), "{error:?}");
    let result = result.ok_or("a result")?;
    assert_eq!((result.text().as_str(), told.text.as_str()), ("In Oslo it rains.", "In Oslo it rains."));
    assert_eq!(result.calls.len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_server_that_cuts_off_again_and_again_is_given_up() -> TestResult {
    for most in [0, 1, 5] {
        let scene = Scene::start().await?;
        scene.mock.on("listAgentSessionEvents").reply(Reply::events([]))?;
        let session = |status: &str| json!({"id": scene.session, "status": status, "last_active_at": 1});
        scene.mock.on("retrieveAgentSession").reply_json(&session("in_progress"))?;
        scene.mock.on("retrieveAgentSession").times(1).reply_json(&session("idle"))?;
        let none = json!({"object": "list", "data": [], "has_more": false});
        scene.mock.on("listAgentSessionTurns").reply_json(&none)?;
        let run = scene.run("Hi").with_max_reconnects(most);
        let error = run.send().await.expect_err("a cut");
        assert_eq!(error.kind(), ErrorKind::Truncated);
        assert!(error.message().contains(&format!("{most} more streams")), "{error}");
        let waits: Vec<u128> = scene.clock.slept().iter().map(Duration::as_millis).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000][..most as usize]);
        assert_eq!(error.detail::<AgentResult>().map(|result| result.stop), Some(AgentStop::RequestFailed));
    }
    Ok(())
}

#[tokio::test]
async fn a_refusal_after_a_cut_is_the_error() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::text("Hello.")]);
    let refusal = Reply::error(openai_ext::StatusCode::UNAUTHORIZED, "invalid_request_error", Some("gone"), "No.");
    scene.mock.on("listAgentSessionEvents").reply(refusal)?;
    let cut = Reply::events([Event::typed(&json!({"type": "agent.session.in_progress", "event_id": "e"}))]);
    scene.mock.on("listAgentSessionEvents").times(1).reply(cut)?;
    let error = scene.run("Hi").send().await.expect_err("a refusal");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Authentication, Some("gone")));
    Ok(())
}

fn event(kind: &str, mut fields: Value) -> Event {
    fields["type"] = json!(format!("agent.session.{kind}"));
    fields["session_id"] = json!("s");
    Event::typed(&fields)
}

fn turn(status: &str) -> Value {
    json!({"id": "t", "session_id": "s", "subagent_id": null, "status": status})
}

fn message(status: &str, text: &str) -> Value {
    let content = if text.is_empty() { json!([]) } else { json!([{"type": "output_text", "text": text}]) };
    json!({"type": "message", "role": "assistant", "id": "m", "turn_id": "t", "status": status, "content": content})
}

fn of_turn(id: &str, kind: &str, mut fields: Value) -> Event {
    fields["turn_id"] = json!("t");
    fields["event_id"] = json!(id);
    event(&format!("turn.{kind}"), fields)
}

/// An event about the one part of the message.
fn of_part(id: &str, kind: &str, mut fields: Value) -> Event {
    for (name, value) in [("item_id", json!("m")), ("output_index", json!(0)), ("content_index", json!(0))] {
        fields[name] = value;
    }
    of_turn(id, kind, fields)
}

fn text_part(text: &str) -> Value {
    json!({"part": {"type": "output_text", "text": text}})
}

/// Deltas that are told live after a gap cannot be put in their place: the rest comes with the whole text.
#[tokio::test]
async fn a_message_that_goes_on_after_a_cut_has_no_hole() -> TestResult {
    let scene = Scene::start().await?;
    let session = |status: &str| json!({"id": scene.session, "status": status, "last_active_at": 1});
    scene.mock.on("retrieveAgentSession").reply_json(&session("in_progress"))?;
    scene.mock.on("retrieveAgentSession").times(1).reply_json(&session("idle"))?;
    scene.mock.on("retrieveAgentSessionTurn").reply_json(&turn("in_progress"))?;
    let listed = json!({"object": "list", "data": [message("in_progress", "The sea is")], "has_more": false});
    scene.mock.on("listAgentSessionTurnItems").reply_json(&listed)?;
    let whole = "The sea is calm.";
    scene.mock.on("listAgentSessionEvents").sequence([
        Reply::events([
            of_turn("1", "created", json!({"turn": turn("queued")})),
            of_turn("2", "item.added", json!({"output_index": 0, "item": message("in_progress", "")})),
            of_part("3", "content_part.added", text_part("")),
            of_part("4", "output_text.delta", json!({"delta": "The "})),
        ]),
        Reply::events([
            // The second stream repeats an event, and begins in the middle of the text.
            of_part("4", "output_text.delta", json!({"delta": "The "})),
            of_part("6", "output_text.delta", json!({"delta": " calm"})),
            of_part("7", "output_text.done", json!({"text": whole})),
            of_part("8", "content_part.done", text_part(whole)),
            of_turn("9", "item.done", json!({"output_index": 0, "item": message("completed", whole)})),
            of_turn("10", "completed", json!({"turn": turn("completed"), "usage": null})),
            event("idle", json!({"event_id": "11", "session": session("idle")})),
        ]),
    ])?;
    let mut events = scene.run("Hi").stream_events();
    let (told, error) = told(&mut events).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(told.text, whole);
    let kinds = told.kinds.join(" ").replace("turn.", "").replace("output_", "").replace("content_", "");
    let before = "created item.added part.added text.delta reconnecting 1 reconnected";
    let after = "in_progress in_progress text.delta text.done part.done item.done completed idle";
    assert_eq!(kinds, format!("{before} {after}"));
    Ok(())
}

/// The window of event ids: a repetition within 1,024 events is dropped without any cut.
#[tokio::test]
async fn events_with_a_known_id_are_dropped() -> TestResult {
    let scene = Scene::start().await?;
    let turn_event = |id: &str, kind: &str, status: &str| {
        event(&format!("turn.{kind}"), json!({"event_id": id, "turn_id": "t", "turn": turn(status)}))
    };
    let error = |id: usize| {
        let error = json!({"type": "server_error", "code": "odd", "message": "Odd.", "param": null});
        Event::typed(&json!({"type": "error", "event_id": format!("error_{id}"), "session_id": "s", "error": error}))
    };
    let mut events = vec![turn_event("1", "created", "queued")];
    events.extend((0..1_100).flat_map(|id| [error(id), error(id)]));
    events.push(error(500));
    events.push(turn_event("2", "completed", "completed"));
    events.push(event("idle", json!({"event_id": "3", "session": {"id": scene.session, "status": "idle"}})));
    scene.mock.on("listAgentSessionEvents").reply_stream(events)?;
    let mut events = scene.run("Hi").stream_events();
    let (told, error) = told(&mut events).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(told.kinds.iter().filter(|kind| *kind == "error").count(), 1_100);
    // A result keeps the last ones.
    assert_eq!(events.finish().await?.errors.len(), 256);
    Ok(())
}

/// What a run came to: its text, calls and inputs, and how it ended.
async fn outcome(scene: &Scene, steps: Vec<SessionStep>) -> TestResult<(String, String, usize, Vec<Value>)> {
    scene.mock.on_session(steps);
    let run = scene.run("Go").run_tools(&weather()).on_approval(async |_| true);
    let mut events = run.stream_events();
    let (told, error) = told(&mut events).await;
    let result = match &error {
        Some(error) => error.detail::<AgentResult>().cloned().ok_or("a detail")?,
        None => events.result().cloned().ok_or("a result")?,
    };
    assert_eq!(told.text, result.text());
    let end = format!("{:?} {:?}", result.stop, error.map(|error| (error.kind(), error.code().map(str::to_owned))));
    let ids = ["call_id", "turn_id", "request_id"];
    let input = |mut input: Value| {
        ids.iter().for_each(|id| drop(input.as_object_mut().and_then(|input| input.remove(*id))));
        input
    };
    Ok((end, told.text, result.calls.len(), scene.inputs().into_iter().map(|(sent, _)| input(sent)).collect()))
}

/// However a turn ends, it ends so after a cut, wherever that is.
#[tokio::test]
async fn each_end_is_the_same_after_a_cut() -> TestResult {
    let mut scene = Scene::start().await?;
    let request = json!({
        "type": "mcp_tool_call", "arguments": {}, "message": "?", "name": "delete", "server_label": "tickets",
    });
    let approval = || SessionStep::Require(json!({"type": "mcp_approval_request", "request": request}));
    let call = || SessionStep::call("get_weather", json!({"city": "Oslo"}));
    let scripts: [(&str, Vec<SessionStep>, &[usize]); 5] = [
        ("approval", vec![approval(), SessionStep::text("Done.")], &[1, 2, 3, 4, 5, 6, 7, 9, 11]),
        ("turn failed", vec![call(), SessionStep::fail_turn("sandbox_error", "No.")], &[1, 3, 5, 6, 8]),
        (
            "session failed",
            vec![SessionStep::text("So far."), SessionStep::FailSession("No.".to_owned())],
            &[1, 4, 7, 10],
        ),
        ("cancelled", vec![SessionStep::text("So far."), SessionStep::CancelTurn], &[1, 4, 7, 10, 11]),
        ("refused results", vec![SessionStep::RefuseResults(2), call(), SessionStep::text("Rain.")], &[4, 5, 6, 8]),
    ];
    for (name, steps, cuts) in scripts {
        scene.renew().await?;
        let wanted = outcome(&scene, steps.clone()).await?;
        for at in cuts {
            scene.renew().await?;
            scene.mock.on("listAgentSessionEvents").times(1).fault(Fault::CutEvents(*at))?;
            assert_eq!(outcome(&scene, steps.clone()).await?, wanted, "{name}, cut after {at}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_stream_of_a_new_session_is_resumed_too() -> TestResult {
    let scene = Scene::start().await?;
    let agent = scene.client.beta().agents().create("gpt-5.5").send().await?;
    for at in [1, 2, 3, 5, 7, 9] {
        scene.mock.on_session([SessionStep::text("The sea is calm.")]);
        scene.mock.on("createAgentSession").times(1).fault(Fault::CutEvents(at))?;
        let sessions = scene.client.beta().agents().sessions();
        let create = sessions.create(EnvironmentParam::None(Default::default())).agent_id(&agent.id);
        let mut events = create.input("How is the sea?").run().stream_events();
        let (told, error) = told(&mut events).await;
        assert!(error.is_none(), "{at}: {error:?}");
        let result = events.finish().await?;
        assert_eq!(
            (told.text.as_str(), result.text().as_str(), result.reconnects),
            ("The sea is calm.", "The sea is calm.", 1)
        );
    }
    Ok(())
}

/// Another run, as of another process, takes up what one left.
#[tokio::test]
async fn a_turn_that_was_left_is_taken_up() -> TestResult {
    let scene = Scene::start().await?;
    let sessions = scene.client.beta().agents().sessions();
    // An approval that nobody gave.
    let request = json!({
        "type": "mcp_tool_call", "arguments": {}, "message": "?", "name": "delete", "server_label": "tickets",
    });
    let approval = SessionStep::Require(json!({"type": "mcp_approval_request", "request": request}));
    scene.mock.on_session([SessionStep::text("First "), approval, SessionStep::text("second.")]);
    let error = scene.run("Go").send().await.expect_err("an approval");
    assert_eq!(error.kind(), ErrorKind::ActionRequired);
    let before = scene.requests().len();
    let mut events = sessions.resume(&scene.session).on_approval(async |_| true).stream_events();
    let (told, error) = told(&mut events).await;
    assert!(error.is_none(), "{error:?}");
    let result = events.finish().await?;
    assert_eq!((told.text.as_str(), result.text().as_str(), result.reconnects), ("First second.", "First second.", 0));
    let turn = result.turn_id().unwrap_or_default().to_owned();
    let taken_up = ["GET /events", "GET ", "GET /turns", &format!("GET /turns/{turn}/items"), "GET /subagents"];
    assert_eq!(scene.requests()[before..], [&taken_up[..], &["POST /events"]].concat());

    // A call that was not answered, and one that was.
    let calls = [("get_weather", r#"{"city":"Oslo"}"#), ("launch", "{}")];
    scene.mock.on_session([SessionStep::calls(calls), SessionStep::text("Both.")]);
    scene.run("Go").run_tools(&weather()).send().await.expect_err("a function");
    let launch = Toolbox::new().with(tool("launch", "Launches", || async { "launched" }));
    let result = sessions.resume(&scene.session).run_tools(&launch.with_all(&weather())).send().await?;
    assert_eq!((result.text().as_str(), result.calls.len()), ("Both.", 1));
    assert_eq!(result.calls[0].call.name, "launch");

    // A turn that has ended gives its result.
    let again = sessions.resume(&scene.session).send().await?;
    assert_eq!((again.text(), again.stop, again.turn_id()), (result.text(), AgentStop::Completed, result.turn_id()));
    Ok(())
}

#[tokio::test]
async fn a_session_without_a_turn_has_nothing_to_take_up() -> TestResult {
    let scene = Scene::start().await?;
    let error = scene.client.beta().agents().sessions().resume(&scene.session).send().await.expect_err("no turn");
    assert_eq!((error.kind(), error.message().contains("no turn")), (ErrorKind::InvalidRequest, true));
    Ok(())
}

/// A wait before the next stream holds up no tool.
#[tokio::test]
async fn tools_go_on_while_there_is_no_stream() -> TestResult {
    let scene = Scene::start().await?;
    scene.clock.stand();
    scene.mock.on_session([SessionStep::call("get_weather", json!({"city": "Oslo"})), SessionStep::text("Rain.")]);
    scene.mock.on("listAgentSessionEvents").times(1).fault(Fault::CutEvents(5))?;
    let (begin, begun) = tokio::sync::oneshot::channel::<()>();
    let begun = std::sync::Mutex::new(Some(begun));
    let tools = Toolbox::new().with(tool("get_weather", "Now", move |city: City| {
        let begun = begun.lock().unwrap().take();
        async move {
            if let Some(begun) = begun {
                drop(begun.await);
            }
            city.city
        }
    }));
    let mut begin = Some(begin);
    let mut events = scene.run("Go").run_tools(&tools).stream_events();
    while let Some(event) = events.next().await {
        match event? {
            AgentEvent::Reconnecting { .. } => drop(begin.take().map(|begin| begin.send(()))),
            AgentEvent::ToolResult { .. } => {
                assert!(begin.is_none(), "the stream was open");
                scene.clock.advance(Duration::from_secs(1));
            }
            _ => {}
        }
    }
    let result = events.finish().await?;
    assert_eq!((result.text().as_str(), result.reconnects, scene.inputs().len()), ("Rain.", 1, 2));
    Ok(())
}
