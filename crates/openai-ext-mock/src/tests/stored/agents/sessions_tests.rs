//! Agents, their sessions, and the turns and items of these.

use http::StatusCode;
use serde_json::{Value, json};

use super::listener::message;
use crate::script::Turn;
use crate::tests::harness::{TestResult, post, send_to};
use crate::tests::stored::api::{Api, id, missing};

/// A session without an environment.
pub(super) fn session(agent: &Value) -> Value {
    json!({"agent": agent, "environment": {"type": "none"}})
}

/// Starts a session of an agent that has no tools, and returns its path.
pub(super) async fn begun(api: &Api) -> TestResult<String> {
    let made = api.post("/agents/sessions", session(&json!({"model": "gpt-5.5"}))).await?;
    Ok(format!("/agents/sessions/{}", id(&made)?))
}

/// Sends events, which are accepted without an answer.
pub(super) async fn tell(api: &Api, session: &str, events: &Value) -> TestResult {
    let answer = post(&api.server, &format!("{session}/events"), events).await?;
    assert_eq!((answer.status, answer.text()), (StatusCode::ACCEPTED, String::new()));
    Ok(())
}

fn function(name: &str) -> Value {
    let parameters = json!({"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}});
    json!({"type": "function", "name": name, "description": "d", "parameters": parameters})
}

#[tokio::test]
async fn an_agent_is_made_changed_listed_and_deleted() -> TestResult {
    let api = Api::start().await?;
    let body = json!({"model": "gpt-5.5", "name": "A", "tools": [function("f")], "metadata": {"a": "b"}});
    let agent = api.post("/agents", body).await?;
    assert_eq!((&agent["name"], &agent["metadata"]), (&json!("A"), &json!({"a": "b"})));
    assert_eq!((&agent["tools"][0]["name"], &agent["tools"][0]["defer_loading"]), (&json!("f"), &json!(false)));
    assert_eq!((&agent["instructions"], &agent["text"]["verbosity"]), (&Value::Null, &json!("medium")));
    let path = format!("/agents/{}", id(&agent)?);
    let changed = api.post(&path, json!({"name": null, "instructions": "Be kind.", "id": "x"})).await?;
    assert_eq!((&changed["name"], &changed["instructions"]), (&Value::Null, &json!("Be kind.")));
    assert_eq!((&changed["id"], &changed["tools"]), (&agent["id"], &agent["tools"]));
    assert!(changed["updated_at"].as_u64() > agent["updated_at"].as_u64());
    assert_eq!(api.get(&path).await?, changed);
    let second = id(&api.post("/agents", json!({"model": "m"})).await?)?;
    assert_eq!(api.page("/agents?limit=1").await?, (vec![second.clone()], true));
    assert_eq!(api.page(&format!("/agents?after={second}")).await?, (vec![id(&agent)?], false));
    assert_eq!(api.delete(&path).await?["object"], "agent.deleted");
    assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("agent_id"));
    assert_eq!(api.refused("POST", &path, json!({})).await?, missing("agent_id"));
    assert_eq!(api.refused("POST", "/agents", json!({})).await?.1, "model");
    Ok(())
}

#[tokio::test]
async fn a_session_has_its_agent_and_is_kept() -> TestResult {
    let api = Api::start().await?;
    let agent = id(&api.post("/agents", json!({"model": "m", "instructions": "A", "tools": [function("f")]})).await?)?;
    let body = json!({"agent_id": agent, "agent": {"instructions": "B"}, "environment": {"type": "none"}, "metadata": {"k": "v"}});
    let made = api.post("/agents/sessions", body).await?;
    assert_eq!(
        (&made["status"], &made["agent"]["id"], &made["metadata"]["k"]),
        (&json!("idle"), &json!(agent), &json!("v"))
    );
    assert_eq!((&made["agent"]["instructions"], &made["agent"]["tools"][0]["name"]), (&json!("B"), &json!("f")));
    let path = format!("/agents/sessions/{}", id(&made)?);
    let changed = api.post(&path, json!({"metadata": null, "agent": {"model": "n"}})).await?;
    assert_eq!((&changed["metadata"], &changed["agent"]["model"]), (&json!({}), &json!("n")));
    assert_eq!(api.get(&path).await?, changed);
    let other = begun(&api).await?;
    assert_eq!(api.page(&format!("/agents/sessions?agent_id={agent}")).await?, (vec![id(&made)?], false));
    assert_eq!(api.page("/agents/sessions?metadata[k]=v").await?.0, [""; 0]);
    assert_eq!(api.page("/agents/sessions").await?.0.len(), 2);
    assert_eq!(api.delete(&path).await?["deleted"], true);
    for below in ["", "/turns", "/items", "/artifacts", "/events"] {
        assert_eq!(api.refused("GET", &format!("{path}{below}"), Value::Null).await?, missing("session_id"), "{below}");
    }
    let no_agent = json!({"agent_id": "agent_0", "environment": {"type": "none"}});
    assert_eq!(api.refused("POST", "/agents/sessions", no_agent).await?, missing("agent_id"));
    assert_eq!(api.refused("POST", "/agents/sessions", json!({"environment": {"type": "none"}})).await?.1, "agent");
    let mut no_vault = session(&json!({"model": "m"}));
    no_vault["vault_ids"] = json!(["vault_0"]);
    assert_eq!(api.refused("POST", "/agents/sessions", no_vault).await?, missing("vault_ids"));
    assert_eq!(api.get(&format!("{other}/subagents")).await?["data"], json!([]));
    assert_eq!(api.refused("GET", &format!("{other}/subagents/a/turns"), Value::Null).await?, missing("subagent_id"));
    Ok(())
}

#[tokio::test]
async fn a_turn_goes_on_with_each_poll() -> TestResult {
    let api = Api::start().await?;
    let path = begun(&api).await?;
    tell(&api, &path, &message("Say hello")).await?;
    let (turns, more) = api.page(&format!("{path}/turns")).await?;
    let [turn] = &turns[..] else { return Err(format!("{turns:?}").into()) };
    let turn = format!("{path}/turns/{turn}");
    assert_eq!(
        (api.looks(&turn, 3).await?, more),
        (vec!["in_progress".into(), "completed".into(), "completed".into()], false)
    );
    let done = api.get(&turn).await?;
    assert_eq!((&done["usage"], &done["error"]), (&api.get(&path).await?["usage"], &Value::Null));
    assert_eq!(api.get(&path).await?["status"], "idle");
    for items in [format!("{path}/items?order=asc"), format!("{turn}/items?order=asc")] {
        let items = api.get(&items).await?["data"].clone();
        assert_eq!((&items[0]["role"], &items[0]["content"][0]["text"]), (&json!("user"), &json!("Say hello")));
        assert_eq!((&items[1]["phase"], &items[1]["content"][0]["text"]), (&json!("final_answer"), &json!("Hello.")));
    }
    // The session is polled as well, and an input of its own starts it.
    let made = api.post("/agents/sessions", {
        let mut body = session(&json!({"model": "m"}));
        body["input"] = json!("Say one");
        body
    });
    let made = made.await?;
    assert_eq!(made["status"], "in_progress");
    assert_eq!(api.looks(&format!("/agents/sessions/{}", id(&made)?), 2).await?, ["in_progress", "idle"]);
    assert_eq!(api.refused("GET", &format!("{path}/turns/turn_0"), Value::Null).await?, missing("turn_id"));
    Ok(())
}

#[tokio::test]
async fn a_function_is_called_and_its_result_told() -> TestResult {
    let api = Api::start().await?;
    let made =
        api.post("/agents/sessions", session(&json!({"model": "m", "tools": [function("f"), function("g")]}))).await?;
    let path = format!("/agents/sessions/{}", id(&made)?);
    tell(&api, &path, &message("What is the weather?")).await?;
    assert_eq!(api.looks(&path, 3).await?, ["in_progress", "requires_action", "requires_action"]);
    let actions = api.get(&path).await?["required_actions"].clone();
    assert_eq!((&actions[0]["name"], &actions[1]["name"], &actions[2]), (&json!("f"), &json!("g"), &Value::Null));
    assert!(actions[0]["arguments"]["city"].is_string(), "{actions}");
    let result = |action: &Value, fields: Value| {
        let mut event = json!({"type": "agent.session.input.tool_result", "turn_id": action["turn_id"], "call_id": action["call_id"]});
        fields.as_object().into_iter().flatten().for_each(|(name, value)| event[name] = value.clone());
        json!({"events": [event]})
    };
    tell(&api, &path, &result(&actions[0], json!({"success": true, "output": "rain"}))).await?;
    assert_eq!(api.get(&path).await?["required_actions"], json!([actions[1]]));
    let events = format!("{path}/events");
    let again = api.refused("POST", &events, result(&actions[0], json!({"success": true, "output": "snow"}))).await?;
    assert_eq!(again, (400, String::new(), "invalid_request_error".to_owned()));
    tell(&api, &path, &result(&actions[1], json!({"success": false, "error": "no sun"}))).await?;
    assert_eq!(api.looks(&path, 2).await?, ["idle", "idle"]);
    let items = api.get(&format!("{path}/items?order=asc")).await?["data"].clone();
    let kinds: Vec<_> = items.as_array().into_iter().flatten().map(|item| (&item["type"], &item["status"])).collect();
    let of = |kind: &str, status: &str| (json!(kind), json!(status));
    let expected = [
        of("message", "completed"),
        of("function_call", "completed"),
        of("function_call", "failed"),
        of("function_call_output", "completed"),
        of("function_call_output", "failed"),
        of("message", "completed"),
    ];
    assert_eq!(kinds, expected.iter().map(|(kind, status)| (kind, status)).collect::<Vec<_>>());
    assert_eq!(items[5]["content"][0]["text"], "The tools answered: rain; no sun");
    Ok(())
}

#[tokio::test]
async fn turns_are_written_down_cancelled_and_sent_once() -> TestResult {
    let api = Api::start().await?;
    let path = begun(&api).await?;
    api.server.converse([
        Turn::call("f", json!({"a": 1})),
        Turn::text("Done."),
        Turn::reply(crate::wire::Reply::empty(StatusCode::BAD_GATEWAY)),
    ]);
    let url = format!("{}{path}/events", api.server.base_url());
    for _ in 0..2 {
        let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
        send_to(&url, "POST", &headers, message("one").to_string().into()).await?;
    }
    tell(&api, &path, &message("two")).await?;
    assert_eq!(api.looks(&path, 2).await?, ["in_progress", "requires_action"]);
    tell(&api, &path, &json!({"events": [{"type": "agent.session.input.cancel"}]})).await?;
    let session = api.get(&path).await?;
    assert_eq!((&session["status"], &session["required_actions"]), (&json!("idle"), &json!([])));
    let turns = api.get(&format!("{path}/turns")).await?["data"].clone();
    assert_eq!(
        (&turns[0]["status"], &turns[1]["status"], &turns[2]),
        (&json!("cancelled"), &json!("cancelled"), &Value::Null)
    );
    for (text, status) in [("three", "completed"), ("four", "failed")] {
        tell(&api, &path, &message(text)).await?;
        assert_eq!(api.looks(&path, 2).await?, ["in_progress", "idle"]);
        let turn = api.get(&format!("{path}/turns?limit=1")).await?["data"][0].clone();
        assert_eq!((&turn["status"], turn["error"].is_object()), (&json!(status), status == "failed"));
    }
    assert_eq!(api.server.turns_left(), 0);
    Ok(())
}
