//! Conversations and their items.

use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::tests::harness::TestResult;

#[tokio::test]
async fn a_conversation_is_made_changed_and_deleted() -> TestResult {
    let api = Api::start().await?;
    let items = json!([{"role": "user", "content": "Hello"}]);
    let conversation = api.post("/conversations", json!({"metadata": {"a": "b"}, "items": items})).await?;
    assert_eq!(conversation["metadata"], json!({"a": "b"}));
    let path = format!("/conversations/{}", id(&conversation)?);
    assert!(path.starts_with("/conversations/conv_"));
    assert_eq!(api.post(&path, json!({"metadata": {"c": "d"}})).await?["metadata"], json!({"c": "d"}));
    assert_eq!(api.get(&path).await?["metadata"], json!({"c": "d"}));
    let listed = api.get(&format!("{path}/items")).await?;
    let item = &listed["data"][0];
    assert_eq!((&item["type"], &item["status"]), (&json!("message"), &json!("completed")));
    assert_eq!(item["content"][0]["text"], "Hello");
    assert_eq!(api.delete(&path).await?["object"], "conversation.deleted");
    for path in [path.clone(), format!("{path}/items")] {
        assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("conversation_id"));
    }
    assert_eq!(api.post("/conversations", json!({})).await?["metadata"], json!({}));
    Ok(())
}

#[tokio::test]
async fn items_of_many_kinds_come_back() -> TestResult {
    let api = Api::start().await?;
    let path = format!("/conversations/{}/items", id(&api.post("/conversations", json!({})).await?)?);
    let items = json!([
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": "https://example.com/a.png"}]},
        {"role": "assistant", "content": "b"},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}", "id": "fc_mine", "status": null},
        {"type": "function_call_output", "call_id": "call_1", "output": "12"},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "c"}]},
        {"type": "custom_tool_call", "call_id": "call_2", "name": "g", "input": "x"},
    ]);
    let made = api.post(&path, json!({"items": items})).await?;
    let made = made["data"].as_array().cloned().unwrap_or_default();
    assert_eq!(made.len(), 6);
    for (sent, made) in items.as_array().into_iter().flatten().zip(&made) {
        assert_eq!(sent.get("type").unwrap_or(&json!("message")), &made["type"]);
        assert!(made["id"].is_string(), "{made}");
        for field in ["call_id", "name", "arguments", "output", "summary", "input", "role"] {
            assert_eq!(sent.get(field), made.get(field), "{field}");
        }
    }
    assert_eq!(made[0]["content"][1]["image_url"], "https://example.com/a.png");
    assert_eq!((&made[1]["content"][0]["type"], &made[2]["id"]), (&json!("output_text"), &json!("fc_mine")));
    let ids: Vec<String> = made.iter().map(id).collect::<TestResult<_>>()?;
    assert_eq!(api.page(&format!("{path}?order=asc&limit=4")).await?, (ids[..4].to_vec(), true));
    assert_eq!(api.page(&format!("{path}?order=asc&after={}", ids[3])).await?, (ids[4..].to_vec(), false));
    assert_eq!(api.get(&format!("{path}/fc_mine")).await?, made[2]);
    let left = api.delete(&format!("{path}/fc_mine")).await?;
    assert_eq!(left["object"], "conversation");
    assert_eq!(api.refused("GET", &format!("{path}/fc_mine"), Value::Null).await?, missing("item_id"));
    assert_eq!(api.page(&path).await?.0.len(), 5);
    Ok(())
}

#[tokio::test]
async fn items_that_are_none_are_refused() -> TestResult {
    let api = Api::start().await?;
    let path = format!("/conversations/{}/items", id(&api.post("/conversations", json!({})).await?)?);
    let bad = |param: &str| (400, param.to_owned(), "invalid_value".to_owned());
    assert_eq!(
        api.refused("POST", &path, json!({"items": [{"role": "user", "content": "x"}, {"type": "fun"}]})).await?,
        bad("items[1]")
    );
    assert_eq!(api.refused("POST", &path, json!({"items": [5]})).await?, bad("items[0]"));
    assert_eq!(api.refused("POST", &path, json!({})).await?.2, "missing_required_parameter");
    let many = vec![json!({"role": "user", "content": "x"}); 21];
    assert_eq!(api.refused("POST", &path, json!({"items": many})).await?.2, "array_above_max_length");
    let same = json!({"items": [{"role": "user", "content": "x", "id": "msg_1"}]});
    api.post(&path, same.clone()).await?;
    assert_eq!(api.refused("POST", &path, same).await?.1, "items");
    let reference = json!({"items": [{"type": "item_reference", "id": "msg_0"}]});
    assert_eq!(api.refused("POST", &path, reference).await?, missing("items[0]"));
    assert_eq!(api.page(&path).await?.0, ["msg_1"]);
    Ok(())
}
