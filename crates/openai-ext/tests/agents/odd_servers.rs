//! Servers that tell too little, too much, or the same again.

use std::time::Duration;

use openai_ext::agents::{AgentResult, AgentStop};
use openai_ext::prelude::*;
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Event, Fault, MockServer, Reply};
use serde_json::{Value, json};

use super::scene::*;

fn event(kind: &str, mut fields: Value) -> Event {
    fields["type"] = json!(format!("agent.session.{kind}"));
    fields["session_id"] = json!("s");
    if fields["event_id"].is_null() {
        fields["event_id"] = json!("");
    }
    Event::typed(&fields)
}

fn turn(id: &str, status: &str) -> Value {
    json!({"id": id, "session_id": "s", "subagent_id": null, "status": status, "created_at": 10})
}

fn of_turn(id: &str, kind: &str, status: &str) -> Event {
    event(&format!("turn.{kind}"), json!({"turn_id": id, "turn": turn(id, status), "usage": null}))
}

fn of_subagent(id: &str, kind: &str, status: &str) -> Event {
    let mut turn = turn(id, status);
    turn["subagent_id"] = json!("scout");
    event(&format!("turn.{kind}"), json!({"turn_id": id, "turn": turn, "usage": null}))
}

fn call(turn_id: &str) -> Value {
    json!({
        "type": "function_call", "id": format!("item_{turn_id}"), "turn_id": turn_id, "call_id": format!("call_{turn_id}"),
        "name": "get_weather", "arguments": {"city": "Oslo"}, "status": "in_progress",
    })
}

fn message(status: &str, text: &str) -> Value {
    let content = if text.is_empty() { json!([]) } else { json!([{"type": "output_text", "text": text}]) };
    json!({"type": "message", "role": "assistant", "id": "m", "turn_id": "t", "status": status, "content": content})
}

fn item(turn_id: &str, kind: &str, item: &Value) -> Event {
    event(&format!("turn.item.{kind}"), json!({"turn_id": turn_id, "output_index": 0, "item": item}))
}

fn list(data: &[Value]) -> Value {
    json!({"object": "list", "data": data, "has_more": false})
}

fn idle(scene: &Scene) -> Event {
    event("idle", json!({"session": session(scene, "idle")}))
}

fn session(scene: &Scene, status: &str) -> Value {
    json!({"id": scene.session, "status": status, "last_active_at": 1})
}

/// A stream that stays open and says nothing.
fn silence() -> Reply {
    let pending = json!({"type": "agent.session.environment.pending", "event_id": ""});
    Reply::events([Event::typed(&pending)]).fault(Fault::StallEvents(1))
}

/// The fate of a call's result is told by the end of that turn, not by the refusal of the result.
#[tokio::test]
async fn a_result_for_a_turn_that_has_ended_may_be_refused() -> TestResult {
    for of in ["t", "sub"] {
        for (end, status) in [("completed", "completed"), ("failed", "failed")] {
            let builder = MockServer::builder().event_interval(Duration::from_millis(40));
            let scene = Scene::with(builder).await?;
            let refusal = Reply::error(StatusCode::BAD_REQUEST, "invalid_request_error", None, "No such call.");
            let is_result = |request: &openai_ext_mock::ReceivedRequest| {
                request.json().is_some_and(|body| body["events"][0]["type"] == "agent.session.input.tool_result")
            };
            // It comes when the end was told, and long before the session is idle.
            let refusal = refusal.delay(Duration::from_millis(100));
            scene.mock.on("createAgentSessionEvents").when(is_result).reply(refusal)?;
            let ended = if of == "t" { of_turn("t", end, status) } else { of_subagent("sub", end, status) };
            let quiet = || event("environment.pending", json!({}));
            let mut events = vec![of_turn("t", "created", "queued"), of_subagent("sub", "created", "queued")];
            events.extend([item(of, "added", &call(of)), ended, quiet(), quiet(), quiet(), quiet(), quiet()]);
            events.extend([item("t", "done", &message("completed", "Done.")), of_turn("t", "completed", "completed")]);
            events.push(idle(&scene));
            if of == "t" {
                events.remove(events.len() - 2);
            }
            scene.mock.on("listAgentSessionEvents").reply_stream(events)?;
            let ended = scene.run("Go").run_tools(&weather()).send().await;
            let case = format!("{of} {end}: {ended:?}");
            assert_eq!(scene.inputs().len(), 2, "{case}");
            match ended {
                Ok(result) => assert_eq!((result.text().as_str(), result.calls.len()), ("Done.", 1), "{case}"),
                Err(error) => {
                    let stop = error.detail::<AgentResult>().map(|result| result.stop);
                    assert_eq!((stop, of, end), (Some(AgentStop::TurnFailed), "t", "failed"), "{case}");
                }
            }
        }
    }
    Ok(())
}

/// The session is idle, and its stream never told the end of the turn: the lists do, at once or a little later.
#[tokio::test]
async fn an_end_that_no_stream_tells_is_read() -> TestResult {
    for lag in [0, 1, 3, 100] {
        let scene = Scene::start().await?;
        let opening = [of_turn("t", "created", "queued"), idle(&scene)];
        scene.mock.on("listAgentSessionEvents").reply(silence())?;
        scene.mock.on("listAgentSessionEvents").times(1).reply_stream(opening)?;
        scene.mock.on("retrieveAgentSession").reply_json(&session(&scene, "idle"))?;
        scene.mock.on("retrieveAgentSessionTurn").reply_json(&turn("t", "completed"))?;
        scene.mock.on("listAgentSessionTurnItems").reply_json(&list(&[message("completed", "Done.")]))?;
        scene.mock.on("listAgentSessionSubagents").reply_json(&list(&[]))?;
        if lag > 0 {
            scene.mock.on("retrieveAgentSessionTurn").times(lag).reply_json(&turn("t", "in_progress"))?;
        }
        let run = scene.run("Go").send();
        let ended =
            tokio::time::timeout(Duration::from_secs(20), run).await.map_err(|_| format!("lag {lag}: it hangs"))?;
        match ended {
            Ok(result) => {
                assert_eq!((result.text().as_str(), result.stop), ("Done.", AgentStop::Completed), "lag {lag}");
                assert_eq!(result.reconnects as usize, lag + 1, "lag {lag}");
            }
            Err(error) => {
                assert_eq!((error.kind(), lag), (ErrorKind::Truncated, 100), "{error}");
                assert!(error.message().contains("the end of the turn was not told"), "{error}");
            }
        }
    }
    Ok(())
}

/// Each stream says that the turn is in progress, and breaks off: that is nothing new.
#[tokio::test]
async fn a_server_that_says_the_same_again_and_again_is_given_up() -> TestResult {
    let scene = Scene::start().await?;
    let cut = || Reply::events([of_turn("t", "in_progress", "in_progress")]);
    scene.mock.on("listAgentSessionEvents").reply(cut())?;
    scene.mock.on("listAgentSessionEvents").times(1).reply_stream([of_turn("t", "created", "queued")])?;
    scene.mock.on("retrieveAgentSession").reply_json(&session(&scene, "in_progress"))?;
    scene.mock.on("retrieveAgentSession").times(1).reply_json(&session(&scene, "idle"))?;
    scene.mock.on("retrieveAgentSessionTurn").reply_json(&turn("t", "in_progress"))?;
    scene.mock.on("listAgentSessionTurnItems").reply_json(&list(&[]))?;
    let run = scene.run("Go").send();
    let error = tokio::time::timeout(Duration::from_secs(20), run).await?.expect_err("a cut");
    assert_eq!(error.kind(), ErrorKind::Truncated, "{error}");
    let result = error.detail::<AgentResult>().ok_or("a detail")?;
    assert_eq!((result.reconnects, result.turn_id()), (5, Some("t")));
    Ok(())
}

/// A turn that works in silence behind a proxy that closes quiet connections.
#[tokio::test]
async fn a_stream_that_was_open_for_long_is_opened_anew_however_often() -> TestResult {
    for (lives, wanted) in [(30, Some("Done.")), (29, None)] {
        let scene = Scene::start().await?;
        let end =
            [item("t", "done", &message("completed", "Done.")), of_turn("t", "completed", "completed"), idle(&scene)];
        scene.mock.on("listAgentSessionEvents").reply(Reply::events(end))?;
        scene.mock.on("listAgentSessionEvents").times(20).reply(Reply::events([]))?;
        scene.mock.on("listAgentSessionEvents").times(1).reply_stream([of_turn("t", "created", "queued")])?;
        scene.mock.on("retrieveAgentSession").reply_json(&session(&scene, "in_progress"))?;
        scene.mock.on("retrieveAgentSession").times(1).reply_json(&session(&scene, "idle"))?;
        scene.mock.on("retrieveAgentSessionTurn").reply_json(&turn("t", "in_progress"))?;
        scene.mock.on("listAgentSessionTurnItems").reply_json(&list(&[]))?;
        let mut events = scene.run("Go").stream_events();
        let mut failed = None;
        while let Some(event) = events.next().await {
            match event {
                Ok(AgentEvent::Reconnected) => scene.clock.advance(Duration::from_secs(lives)),
                Ok(_) => {}
                Err(error) => failed = Some(error.kind()),
            }
        }
        let result = events.result();
        assert_eq!((result.map(AgentResult::text).as_deref(), failed.is_none()), (wanted, wanted.is_some()), "{lives}");
        assert!(result.is_none_or(|result| result.reconnects == 21));
    }
    Ok(())
}

/// Subagents outlive turns: what they did in turns before is neither told nor done again.
#[tokio::test]
async fn what_subagents_did_before_is_not_told() -> TestResult {
    let scene = Scene::start().await?;
    let end = [of_turn("t", "completed", "completed"), idle(&scene)];
    scene.mock.on("listAgentSessionEvents").reply(Reply::events(end))?;
    scene.mock.on("listAgentSessionEvents").times(1).reply_stream([of_turn("t", "created", "queued")])?;
    scene.mock.on("retrieveAgentSession").reply_json(&session(&scene, "in_progress"))?;
    scene.mock.on("retrieveAgentSession").times(1).reply_json(&session(&scene, "idle"))?;
    scene.mock.on("retrieveAgentSessionTurn").reply_json(&turn("t", "in_progress"))?;
    scene.mock.on("listAgentSessionTurnItems").reply_json(&list(&[]))?;
    let subagent = |id: &str, opened: u32, closed: Value| {
        let status = if closed.is_null() { "active" } else { "closed" };
        json!({"id": id, "session_id": "s", "name": id, "status": status, "opened_at": opened, "closed_at": closed})
    };
    let agents = [subagent("gone", 1, json!(2)), subagent("old", 1, Value::Null), subagent("new", 11, json!(12))];
    scene.mock.on("listAgentSessionSubagents").reply_json(&list(&agents))?;
    let of = |agent: &'static str| {
        move |request: &openai_ext_mock::ReceivedRequest| request.path().contains(&format!("/subagents/{agent}/"))
    };
    let turn_of = |agent: &str, id: &str, status: &str, created: u32| json!({"id": id, "session_id": "s", "subagent_id": agent, "status": status, "created_at": created});
    let turns = [
        ("gone", vec![turn_of("gone", "gone_1", "cancelled", 1)]),
        ("old", vec![turn_of("old", "old_1", "cancelled", 1), turn_of("old", "old_2", "in_progress", 11)]),
        ("new", vec![turn_of("new", "new_1", "completed", 11)]),
    ];
    for (agent, turns) in turns {
        scene.mock.on("listAgentSessionSubagentTurns").when(of(agent)).reply_json(&list(&turns))?;
    }
    for id in ["gone_1", "old_1", "old_2", "new_1"] {
        let of_turn =
            move |request: &openai_ext_mock::ReceivedRequest| request.path().contains(&format!("/turns/{id}/"));
        // Those that were cancelled have calls that nobody answered.
        let items = if id == "new_1" { list(&[]) } else { list(&[call(id)]) };
        scene.mock.on("listAgentSessionSubagentTurnItems").when(of_turn).reply_json(&items)?;
    }
    let mut events = scene.run("Go").run_tools(&weather()).stream_events();
    let (told, error) = told(&mut events).await;
    assert!(error.is_none(), "{error:?}");
    let ids = |name: &str| -> Vec<Value> {
        let of_kind = told.events.iter().filter(|event| kind(event) == name).map(|event| json!(event));
        of_kind.map(|event| event.get("turn_id").unwrap_or(&event["subagent"]["id"]).clone()).collect()
    };
    assert_eq!(ids("turn.created"), ["t", "old_2", "new_1"]);
    assert_eq!((ids("subagent.created"), ids("subagent.closed")), (vec![json!("new")], vec![json!("new")]));
    // The mock knows no such call, so that its result is sent again.
    let mut answered: Vec<Value> =
        scene.inputs().into_iter().skip(1).map(|(input, _)| input["turn_id"].clone()).collect();
    answered.dedup();
    assert_eq!(answered, ["old_2"]);
    Ok(())
}

/// A part that was told is in the result, also if the server forgot to end the message.
#[tokio::test]
async fn a_message_without_an_end_is_in_the_result() -> TestResult {
    let scene = Scene::start().await?;
    let delta = |text: &str| {
        let place = json!({"turn_id": "t", "item_id": "m", "output_index": 0, "content_index": 0, "delta": text});
        event("turn.output_text.delta", place)
    };
    scene.mock.on("listAgentSessionEvents").reply_stream([
        of_turn("t", "created", "queued"),
        item("t", "added", &message("in_progress", "")),
        delta("The sea "),
        delta("is calm."),
        of_turn("t", "completed", "completed"),
        idle(&scene),
    ])?;
    let mut events = scene.run("Go").stream_events();
    let (told, error) = told(&mut events).await;
    assert!(error.is_none(), "{error:?}");
    let result = events.finish().await?;
    assert_eq!((result.text(), result.messages[0].status.as_str()), (told.text, "in_progress"));
    assert_eq!(result.text(), "The sea is calm.");
    Ok(())
}
