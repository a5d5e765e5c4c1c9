//! Environments with their files and templates, and what sessions leave in them.

use serde_json::{Value, json};

use super::listener::{Listener, kinds};
use crate::tests::harness::{TestResult, send, send_to};
use crate::tests::stored::api::{Api, id, missing};

#[tokio::test]
async fn an_environment_is_ready_after_its_poll() -> TestResult {
    let api = Api::start().await?;
    let body = json!({"environment": {"type": "openai_hosted", "env": {"SECRET": "s"}}});
    let url = format!("{}/agents/environments", api.server.base_url());
    let mut made = Vec::new();
    for key in ["a", "a", "b"] {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        let answer = send_to(&url, "POST", &headers, body.to_string().into()).await?;
        assert!(!answer.text().contains("SECRET"));
        made.push(id(&answer.json()?)?);
    }
    assert!(made[0] == made[1] && made[1] != made[2]);
    let path = format!("/agents/environments/{}", made[0]);
    assert_eq!(api.get("/agents/environments").await?["data"][1]["status"], "pending");
    assert_eq!(api.looks(&path, 2).await?, ["ready", "ready"]);
    assert_eq!(api.page("/agents/environments?type=self_hosted").await?.0, [""; 0]);
    assert_eq!(api.page("/agents/environments?limit=1").await?, (vec![made[2].clone()], true));
    assert_eq!(api.refused("GET", "/agents/environments/env_0", Value::Null).await?, missing("environment_id"));
    Ok(())
}

#[tokio::test]
async fn files_are_added_and_listed() -> TestResult {
    let api = Api::start().await?;
    let upload = api.upload("a.txt", "user_data", b"abc").await?;
    let first = json!({"type": "file_id", "file_id": upload, "path": "/workspace/a.txt"});
    let made =
        api.post("/agents/environments", json!({"environment": {"type": "openai_hosted", "files": [first]}})).await?;
    assert_eq!((&made["files"][0]["size_bytes"], &made["files"][0]["file_id"]), (&json!(3), &json!(upload)));
    let path = format!("/agents/environments/{}/files", id(&made)?);
    for name in ["b", "c", "b"] {
        let added = json!({"type": "inline", "data": "aGk=", "path": format!("/workspace/in/{name}")});
        assert_eq!(api.post(&path, added).await?["size_bytes"], 2);
    }
    let page = api.get(&format!("{path}?limit=2")).await?;
    assert_eq!((&page["data"][1]["path"], &page["has_more"]), (&json!("/workspace/in/c"), &json!(true)));
    let next = page["next"].as_str().unwrap_or_default();
    let last = api.get(&format!("{path}?limit=2&page={next}")).await?;
    assert_eq!((&last["data"][0]["path"], &last["next"]), (&json!("/workspace/in/b"), &Value::Null));
    let below = api.get(&format!("{path}?path=/workspace/in/&order=desc")).await?;
    assert_eq!(below["data"].as_array().map(Vec::len), Some(2));
    let missing_file = json!({"type": "file_id", "file_id": "file-0", "path": "/workspace/x"});
    assert_eq!(api.refused("POST", &path, missing_file).await?, missing("file_id"));
    assert_eq!(api.refused("POST", &path, json!({"type": "inline", "data": "?", "path": "/x"})).await?.1, "data");
    assert_eq!(api.refused("GET", &format!("{path}?page=x"), Value::Null).await?.1, "page");
    assert_eq!(api.refused("GET", &format!("{path}?limit=0"), Value::Null).await?.1, "limit");
    Ok(())
}

#[tokio::test]
async fn a_template_makes_environments() -> TestResult {
    let api = Api::start().await?;
    let file = json!({"type": "inline", "data": "aGk=", "path": "/workspace/x"});
    let body = json!({"name": "T", "packages": {"python": ["numpy"]}, "files": [file], "env": {"SECRET": "s"}});
    let template = api.post("/agents/environments/templates", body).await?;
    assert_eq!((&template["packages"]["npm"], &template["files"][0]["size_bytes"]), (&json!([]), &json!(2)));
    assert_eq!((template.get("env"), template["files"][0].get("data")), (None, None));
    let path = format!("/agents/environments/templates/{}", id(&template)?);
    let changed = api.post(&path, json!({"name": null, "desktop": {"enabled": true}})).await?;
    assert_eq!((&changed["name"], &changed["desktop"]["enabled"]), (&Value::Null, &json!(true)));
    assert_eq!((&api.get(&path).await?, &changed["packages"]), (&changed, &template["packages"]));
    let environment = json!({"type": "openai_hosted", "environment_template_id": template["id"]});
    let made = api.post("/agents/sessions", json!({"agent": {"model": "m"}, "environment": environment})).await?;
    assert_eq!(
        (&made["environment"]["packages"]["python"], &made["environment"]["files"][0]["path"]),
        (&json!(["numpy"]), &json!("/workspace/x"))
    );
    assert_eq!(api.page("/agents/environments/templates").await?, (vec![id(&template)?], false));
    assert_eq!(api.delete(&path).await?["object"], "agent.environment.template.deleted");
    assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("environment_template_id"));
    let body = json!({"agent": {"model": "m"}, "environment": environment});
    assert_eq!(api.refused("POST", "/agents/sessions", body).await?, missing("environment_template_id"));
    Ok(())
}

#[tokio::test]
async fn a_session_leaves_its_answer_in_its_environment() -> TestResult {
    let api = Api::start().await?;
    let environment = json!({"type": "openai_hosted"});
    let body = json!({"agent": {"model": "m"}, "environment": environment, "input": "Say it", "stream": true});
    let events = Listener::of_new(&api, &body).await?.until("agent.session.idle").await?;
    let begin = ["created", "environment.pending", "in_progress", "environment.ready", "turn.created"];
    assert_eq!(&kinds(&events)[..5], begin);
    let session = &events[0]["session"];
    let path = format!("/agents/sessions/{}/artifacts", id(session)?);
    let page = api.get(&format!("{path}?environment_id={}", id(&session["environment"])?)).await?;
    let artifact = &page["data"][0];
    assert_eq!((&artifact["path"], &artifact["size_bytes"]), (&json!("/workspace/outputs/answer.txt"), &json!(3)));
    let artifact = format!("{path}/{}", id(artifact)?);
    assert_eq!(&api.get(&artifact).await?, &page["data"][0]);
    assert_eq!(send(&api.server, "GET", &format!("{artifact}/content"), "", "").await?.text(), "It.");
    assert_eq!(api.delete(&artifact).await?["object"], "agent.session.artifact.deleted");
    assert_eq!(api.refused("GET", &artifact, Value::Null).await?, missing("artifact_id"));
    assert_eq!(api.page(&path).await?.0, [""; 0]);
    // The machine of the user's own connects.
    let environment = json!({"type": "self_hosted", "workspace_directory": "/w"});
    let made = api.post("/agents/sessions", json!({"agent": {"model": "m"}, "environment": environment})).await?;
    assert_eq!(made["environment"]["workspace_directory"], "/w");
    let path = format!("/agents/environments/{}", id(&made["environment"])?);
    assert_eq!(api.looks(&path, 1).await?, ["connected"]);
    Ok(())
}
