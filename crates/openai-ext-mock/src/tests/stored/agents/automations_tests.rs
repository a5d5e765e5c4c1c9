//! Automations and their invocations.

use serde_json::{Value, json};

use super::sessions_tests::begun;
use crate::tests::harness::TestResult;
use crate::tests::stored::api::{Api, id, missing};

fn input(text: &str) -> Value {
    json!([{"role": "user", "content": [{"type": "input_text", "text": text}]}])
}

#[tokio::test]
async fn an_automation_is_made_paused_changed_and_deleted() -> TestResult {
    let api = Api::start().await?;
    let target = json!({"type": "new_session", "agent": {"model": "m"}, "environment": {"type": "none"}, "input": input("Say hi")});
    let body = json!({"type": "periodic", "name": "A", "expression": "0 9 * * *", "timezone": "UTC", "target": target});
    let made = api.post("/agents/automations", body).await?;
    assert_eq!((&made["status"], &made["created_by"]["type"]), (&json!("active"), &json!("developer")));
    assert_eq!((&made["target"]["agent"]["model"], &made["target"]["vault_ids"]), (&json!("m"), &json!([])));
    let path = format!("/agents/automations/{}", id(&made)?);
    for (act, status) in [("pause", "paused"), ("resume", "active")] {
        let changed = api.checked("POST", &format!("{path}/{act}"), "", Default::default()).await?;
        assert_eq!((&changed["status"], &api.get(&path).await?), (&json!(status), &changed));
    }
    let changed = api.post(&path, json!({"name": "B", "timezone": "Europe/Oslo"})).await?;
    assert_eq!(
        (&changed["name"], &changed["timezone"], &changed["expression"]),
        (&json!("B"), &json!("Europe/Oslo"), &json!("0 9 * * *"))
    );
    assert_eq!(api.page("/agents/automations").await?, (vec![id(&made)?], false));
    assert_eq!(api.delete(&path).await?["object"], "agent.automation.deleted");
    assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("automation_id"));
    assert_eq!(api.refused("GET", &format!("{path}/invocations"), Value::Null).await?, missing("automation_id"));
    Ok(())
}

#[tokio::test]
async fn an_invocation_delivers_its_input() -> TestResult {
    let api = Api::start().await?;
    let session = begun(&api).await?;
    let session_id = session.rsplit('/').next().unwrap_or_default();
    let once = |target: Value| json!({"type": "once", "name": "A", "run_at": 1, "target": target});
    let existing = json!({"type": "existing_session", "session_id": session_id, "instructions": "Say hi"});
    let new = json!({"type": "new_session", "agent": {"model": "m"}, "environment": {"type": "none"}, "input": input("Say hi")});
    for (target, is_new) in [(existing.clone(), false), (new, true)] {
        let made = api.post("/agents/automations", once(target)).await?;
        let invocations = format!("/agents/automations/{}/invocations", id(&made)?);
        let queued = api.checked("POST", &invocations, "", Default::default()).await?;
        assert_eq!((&queued["status"], queued.get("session_id")), (&json!("queued"), None));
        let path = format!("{invocations}/{}", id(&queued)?);
        assert_eq!(api.looks(&path, 2).await?, ["completed", "completed"]);
        let done = api.get(&path).await?;
        assert_eq!(done["session_id"] != session_id, is_new);
        let started = format!("/agents/sessions/{}", done["session_id"].as_str().unwrap_or_default());
        assert_eq!(api.looks(&started, 2).await?, ["in_progress", "idle"]);
        assert_eq!(api.get(&format!("{started}/items")).await?["data"][0]["content"][0]["text"], "Hi.");
        assert_eq!(api.page(&invocations).await?, (vec![id(&queued)?], false));
        assert_eq!(api.refused("GET", &format!("{invocations}/i_0"), Value::Null).await?, missing("invocation_id"));
    }
    let of_session = api.page(&format!("/agents/automations?session_id={session_id}")).await?.0;
    let [automation] = &of_session[..] else { return Err(format!("{of_session:?}").into()) };
    api.delete(&session).await?;
    let invocations = format!("/agents/automations/{automation}/invocations");
    let lost = api.checked("POST", &invocations, "", Default::default()).await?;
    let lost = api.get(&format!("{invocations}/{}", id(&lost)?)).await?;
    assert_eq!((&lost["status"], lost["error"]["message"].is_string()), (&json!("failed"), true));
    assert_eq!(api.refused("POST", "/agents/automations", once(existing)).await?, missing("session_id"));
    Ok(())
}
