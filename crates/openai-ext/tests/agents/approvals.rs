//! Requests for approvals.

use std::sync::{Arc, Mutex};

use openai_ext::ErrorKind;
use openai_ext::agents::{AgentApproval, AgentApprovalRequest, AgentResult, AgentStop};
use openai_ext_mock::SessionStep;
use serde_json::{Value, json};

use super::scene::*;

fn mcp() -> Value {
    json!({
        "type": "mcp_approval_request", "request_id": "approval_1",
        "request": {
            "type": "mcp_tool_call", "arguments": {"id": 7}, "message": "Delete ticket 7?", "name": "delete",
            "server_label": "tickets",
        },
    })
}

fn origin() -> Value {
    let request = json!({"type": "browser_origin_access", "reason": null, "origin": "https://example.com"});
    json!({"type": "computer_use_approval_request", "request_id": "approval_2", "request": request})
}

fn sign_in() -> Value {
    let fields = json!([{"id": "user", "label": "User", "type": "text", "required": true}]);
    let request = json!({
        "type": "browser_authentication", "reason": null, "credential_origin": "https://example.com", "fields": fields,
        "options": [],
    });
    json!({"type": "computer_use_approval_request", "request_id": "approval_3", "request": request})
}

#[tokio::test]
async fn requests_are_answered_by_the_callback() -> TestResult {
    let mut scene = Scene::start().await?;
    let decided = |decision: &str| json!({"type": "mcp_tool_call", "decision": decision});
    let access = |decision: &str| json!({"type": "browser_origin_access", "decision": decision});
    let cancelled = json!({"type": "browser_authentication", "action": "cancel"});
    let submitted = json!({
        "type": "browser_authentication", "action": "submit", "fields": [{"field_id": "user", "value": "ada"}],
    });
    for (action, answer, response) in [
        (mcp(), AgentApproval::Approve, decided("approve")),
        (mcp(), AgentApproval::Deny, decided("deny")),
        (mcp(), true.into(), decided("approve")),
        (origin(), AgentApproval::Approve, access("approve")),
        (origin(), false.into(), access("deny")),
        (sign_in(), AgentApproval::sign_in([("user", "ada")]), submitted),
        (sign_in(), AgentApproval::Deny, cancelled.clone()),
        (sign_in(), AgentApproval::Cancel, cancelled),
    ] {
        scene.renew().await?;
        scene.mock.on_session([SessionStep::Require(action.clone()), SessionStep::text("Done.")]);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, said) = (asked.clone(), answer.clone());
        let run = scene.run("Clean up").on_approval(move |request| {
            let shown = match &request {
                AgentApprovalRequest::Mcp(request) => request.request.message.clone(),
                _ => String::new(),
            };
            seen.lock().unwrap().push((request.request_id().to_owned(), request.turn_id().to_owned(), shown));
            let answer = said.clone();
            async move { answer }
        });
        let result = run.send().await?;
        assert_eq!(result.text(), "Done.");
        let id = action["request_id"].as_str().unwrap_or_default().to_owned();
        let message = action["request"]["message"].as_str().unwrap_or_default().to_owned();
        let turn = result.turn_id().unwrap_or_default().to_owned();
        assert_eq!(*asked.lock().unwrap(), [(id.clone(), turn, message)]);
        let kind = action["type"].as_str().unwrap_or_default();
        let wanted = json!({
            "type": format!("agent.session.input.{kind}_result"), "request_id": id, "response": response,
        });
        let inputs = scene.inputs();
        assert_eq!((inputs.len(), &inputs[1].0), (2, &wanted), "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_cancelled_request_cancels_the_turn() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::Require(mcp()), SessionStep::text("Never.")]);
    let error = scene.run("Clean up").on_approval(async |_| AgentApproval::Cancel).send().await.expect_err("an end");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(error.detail::<AgentResult>().map(|result| result.stop), Some(AgentStop::TurnCancelled));
    Ok(())
}

#[tokio::test]
async fn without_an_answer_the_run_ends_and_the_session_waits() -> TestResult {
    let mut scene = Scene::start().await?;
    for with_callback in [false, true] {
        for action in [mcp(), origin(), sign_in()] {
            scene.renew().await?;
            scene.mock.on_session([SessionStep::text("So far."), SessionStep::Require(action), SessionStep::text("!")]);
            let mut run = scene.run("Clean up");
            if with_callback {
                run = run.on_approval(async |_| AgentApproval::Unanswered);
            }
            let mut events = run.stream_events();
            let (_, error) = told(&mut events).await;
            let error = error.ok_or("an error")?;
            assert_eq!(error.kind(), ErrorKind::ActionRequired, "{error}");
            let result = error.detail::<AgentResult>().ok_or("a detail")?;
            assert_eq!((result.stop, result.text().as_str()), (AgentStop::ActionRequired, "So far."));
            assert_eq!((result.pending.len(), result.turn.is_some()), (1, true));
            assert_eq!(scene.requests(), OPENING);
            let session = scene.client.beta().agents().sessions().retrieve(&scene.session).send().await?;
            assert_eq!(session.status.as_str(), "requires_action");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_of_another_kind_and_a_panic_are_errors() -> TestResult {
    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::Require(mcp())]);
    let run = scene.run("Clean up").on_approval(async |_| AgentApproval::sign_in([("password", "geheim")]));
    let error = run.send().await.expect_err("a sign-in");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(!format!("{error:?} {error}").contains("geheim"));

    let scene = Scene::start().await?;
    scene.mock.on_session([SessionStep::Require(mcp())]);
    let run = scene.run("Clean up").on_approval(|request| async move {
        assert!(request.request_id().is_empty(), "out of order");
        true
    });
    let error = run.send().await.expect_err("a panic");
    assert_eq!((error.kind(), error.message().contains("out of order")), (ErrorKind::Callback, true));
    Ok(())
}
