//! Turns that a test wrote down.

use serde_json::{Value, json};

use super::listener::{Listener, kinds, message};
use super::sessions_tests::{begun, tell};
use crate::SessionStep;
use crate::tests::harness::TestResult;
use crate::tests::stored::api::Api;

fn input(kind: &str, mut fields: Value) -> Value {
    fields["type"] = json!(format!("agent.session.input.{kind}"));
    json!({"events": [fields]})
}

#[tokio::test]
async fn a_turn_goes_step_by_step() -> TestResult {
    let api = Api::start().await?;
    let path = begun(&api).await?;
    api.server.on_session([
        SessionStep::commentary("I look."),
        SessionStep::error("overloaded", "Wait."),
        SessionStep::subagent_call("scout", "get_weather", json!({"city": "Oslo"})),
        SessionStep::artifact("/workspace/outputs/a.txt", "rain"),
        SessionStep::text("It rains."),
    ]);
    let mut listener = Listener::of(&api, &path).await?;
    tell(&api, &path, &message("The weather?")).await?;
    let events = listener.until("agent.session.requires_action").await?;
    let all = kinds(&events);
    assert!(all.contains(&"error") && all.contains(&"subagent.created"), "{all:?}");
    let action = events.last().ok_or("an action")?["session"]["required_actions"][0].clone();
    let root =
        events.iter().find(|event| event["type"] == "agent.session.turn.created").ok_or("a turn")?["turn_id"].clone();
    assert_ne!(action["turn_id"], root);
    let result = json!({"turn_id": action["turn_id"], "call_id": action["call_id"], "success": true, "output": "Rain"});
    tell(&api, &path, &input("tool_result", result)).await?;
    let events = listener.until("agent.session.idle").await?;
    let all = kinds(&events);
    assert!(
        all.contains(&"subagent.closed") && all.ends_with(&["turn.item.done", "turn.completed", "idle"]),
        "{all:?}"
    );
    let messages = api.get(&format!("{path}/items?order=asc")).await?;
    let phases: Vec<&Value> = messages["data"].as_array().ok_or("a list")?.iter().map(|item| &item["phase"]).collect();
    assert!(phases.contains(&&json!("commentary")) && phases.contains(&&json!("final_answer")));
    // The subagent's turn is listed with the subagent.
    assert_eq!(api.get(&format!("{path}/turns")).await?["data"].as_array().map(Vec::len), Some(1));
    let subagents = api.get(&format!("{path}/subagents")).await?;
    let id = subagents["data"][0]["id"].as_str().ok_or("an id")?;
    assert_eq!(subagents["data"][0]["status"], "closed");
    let turns = api.get(&format!("{path}/subagents/{id}/turns")).await?;
    assert_eq!((&turns["data"][0]["id"], &turns["data"][0]["status"]), (&action["turn_id"], &json!("completed")));
    assert_eq!(api.get(&format!("{path}/subagents/{id}/items")).await?["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(api.get(&format!("{path}/artifacts")).await?["data"][0]["path"], "/workspace/outputs/a.txt");
    Ok(())
}

#[tokio::test]
async fn a_request_waits_for_its_answer() -> TestResult {
    let api = Api::start().await?;
    let action = json!({
        "type": "mcp_approval_request",
        "request": {"type": "mcp_tool_call", "arguments": {}, "message": "?", "name": "a", "server_label": "b"},
    });
    for (decision, end) in [("approve", "turn.completed"), ("deny", "turn.completed"), ("cancel", "turn.cancelled")] {
        let path = begun(&api).await?;
        api.server.on_session([SessionStep::Require(action.clone()), SessionStep::text("Done.")]);
        let mut listener = Listener::of(&api, &path).await?;
        tell(&api, &path, &message("Go")).await?;
        let events = listener.until("agent.session.requires_action").await?;
        let id = events.last().ok_or("an action")?["session"]["required_actions"][0]["request_id"].clone();
        let response = json!({"type": "mcp_tool_call", "decision": decision});
        let answer = |id: &Value| input("mcp_approval_request_result", json!({"request_id": id, "response": response}));
        let (status, ..) = api.refused("POST", &format!("{path}/events"), answer(&json!("another"))).await?;
        assert_eq!(status, 400);
        tell(&api, &path, &answer(&id)).await?;
        let events = listener.until("agent.session.idle").await?;
        assert!(kinds(&events).contains(&end), "{decision}: {:?}", kinds(&events));
    }
    Ok(())
}

#[tokio::test]
async fn a_turn_ends_as_it_is_told_to() -> TestResult {
    let api = Api::start().await?;
    for (step, end, status) in [
        (SessionStep::fail_turn("sandbox_error", "No."), "idle", "failed"),
        (SessionStep::CancelTurn, "idle", "cancelled"),
        (SessionStep::FailSession("No.".to_owned()), "failed", "failed"),
    ] {
        let path = begun(&api).await?;
        api.server.on_session([step, SessionStep::text("Never.")]);
        let mut listener = Listener::of(&api, &path).await?;
        tell(&api, &path, &message("Go")).await?;
        listener.until(&format!("agent.session.{end}")).await?;
        assert_eq!(api.get(&format!("{path}/turns")).await?["data"][0]["status"], status);
    }
    Ok(())
}
