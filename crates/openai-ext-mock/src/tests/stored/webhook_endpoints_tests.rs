//! Webhook endpoints.

use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::tests::harness::{TestResult, strict};

#[tokio::test]
async fn an_endpoint_tells_its_secret_once() -> TestResult {
    let api = Api::of(strict()).await?;
    let kinds = api.get("/webhook_event_types").await?["data"].clone();
    assert_eq!(kinds.as_array().map(Vec::len), Some(27));
    let body = json!({"name": "A", "url": "https://example.com/hook", "event_types": [kinds[0]]});
    let made = api.post("/webhook_endpoints", body).await?;
    let secret = |answer: &Value| answer["signing_secret"].as_str().unwrap_or_default().to_owned();
    let first = secret(&made);
    let hint = made["signing_secret_hint"].as_str().unwrap_or_default();
    assert!(first.starts_with("whsec_") && first.len() > 40 && first.ends_with(hint), "{first} {hint}");
    let path = format!("/webhook_endpoints/{}", id(&made)?);
    let rotated =
        api.post(&format!("{path}/rotate_secret"), json!({"keep_old_secret_active_for_24_hours": true})).await?;
    assert_ne!(secret(&rotated), first);
    for answer in [api.get(&path).await?, api.get("/webhook_endpoints").await?["data"][0].clone()] {
        assert_eq!(
            (answer.get("signing_secret"), &answer["signing_secret_hint"]),
            (None, &rotated["signing_secret_hint"])
        );
        assert!(!answer.to_string().contains(&first));
    }
    Ok(())
}

#[tokio::test]
async fn an_endpoint_is_changed_tested_listed_and_deleted() -> TestResult {
    let api = Api::of(strict()).await?;
    let body = |name: &str| json!({"name": name, "url": "https://example.com", "event_types": ["batch.completed"]});
    let made = api.post("/webhook_endpoints", body("A")).await?;
    let second = id(&api.post("/webhook_endpoints", body("B")).await?)?;
    let path = format!("/webhook_endpoints/{}", id(&made)?);
    let changed = api.post(&path, json!({"event_types": ["batch.failed", "video.completed"]})).await?;
    assert_eq!((&changed["name"], &changed["event_types"][1]), (&json!("A"), &json!("video.completed")));
    assert_eq!(api.get(&path).await?, changed);
    let tested = api.post(&format!("{path}/test"), json!({"event_type": "batch.failed"})).await?;
    assert_eq!((&tested["status_code"], &tested["webhook_endpoint_id"]), (&json!(200), &made["id"]));
    assert_eq!(api.page("/webhook_endpoints?limit=1").await?, (vec![second.clone()], true));
    assert_eq!(api.page(&format!("/webhook_endpoints?after={second}")).await?, (vec![id(&made)?], false));
    assert_eq!(api.refused("POST", &format!("{path}/test"), json!({"event_type": "no.event"})).await?.1, "event_type");
    assert_eq!(
        api.refused(
            "POST",
            "/webhook_endpoints",
            json!({"name": "A", "url": "http://a", "event_types": ["batch.failed"]})
        )
        .await?
        .1,
        "url"
    );
    assert_eq!(api.delete(&path).await?["object"], "webhook_endpoint.deleted");
    for (method, below) in [("GET", ""), ("POST", "/rotate_secret"), ("DELETE", "")] {
        assert_eq!(api.refused(method, &format!("{path}{below}"), Value::Null).await?, missing("webhook_endpoint_id"));
    }
    Ok(())
}
