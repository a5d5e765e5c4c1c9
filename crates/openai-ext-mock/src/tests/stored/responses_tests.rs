//! Stored responses and chat completions.

use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::tests::harness::{TestResult, fast, send};

fn texts(page: &Value) -> Vec<&str> {
    let items = page["data"].as_array().into_iter().flatten();
    items.filter_map(|item| item["content"][0]["text"].as_str()).collect()
}

#[tokio::test]
async fn a_response_is_stored_until_it_is_deleted() -> TestResult {
    let api = Api::start().await?;
    let body = json!({"model": "m", "input": "Say hello", "metadata": {"a": "b"}});
    for query in ["", "?beta=true"] {
        let response = api.post(&format!("/responses{query}"), body.clone()).await?;
        let path = format!("/responses/{}", id(&response)?);
        assert_eq!(api.get(&format!("{path}{query}")).await?, response);
        let items = api.get(&format!("{path}/input_items{query}")).await?;
        assert_eq!((texts(&items), &items["data"][0]["role"]), (vec!["Say hello"], &json!("user")));
        let deleted = api.delete(&format!("{path}{query}")).await?;
        assert_eq!(deleted, json!({"id": id(&response)?, "object": "response.deleted", "deleted": true}));
        for path in [path.clone(), format!("{path}/input_items")] {
            assert_eq!(api.refused("GET", &format!("{path}{query}"), Value::Null).await?, missing("response_id"));
        }
    }
    let response = api.post("/responses", json!({"model": "m", "input": "x", "store": false})).await?;
    assert_eq!(
        api.refused("GET", &format!("/responses/{}", id(&response)?), Value::Null).await?,
        missing("response_id")
    );
    Ok(())
}

#[tokio::test]
async fn a_streamed_response_is_stored_and_can_be_streamed_again() -> TestResult {
    let api = Api::start().await?;
    let events = api.events("/responses", &json!({"model": "m", "input": "Say hello there", "stream": true})).await?;
    let (name, completed) = events.last().ok_or("no events")?;
    assert_eq!(name, "response.completed");
    let path = format!("/responses/{}", id(&completed["response"])?);
    assert_eq!(api.get(&path).await?, completed["response"]);
    let again = send(&api.server, "GET", &format!("{path}?stream=true&starting_after=3"), "", "").await?;
    let again: Vec<Value> =
        again.events().iter().map(|(_, data)| serde_json::from_str(data)).collect::<Result<_, _>>()?;
    assert_eq!(again, events[4..].iter().map(|(_, event)| event.clone()).collect::<Vec<_>>());
    Ok(())
}

#[tokio::test]
async fn a_response_in_the_background_ends_after_its_polls() -> TestResult {
    let api = Api::of(fast().polls_per_step(2)).await?;
    let body = json!({"model": "m", "input": "Say hello", "background": true});
    let response = api.post("/responses", body.clone()).await?;
    assert_eq!(
        (&response["status"], &response["output"], &response["background"]),
        (&json!("queued"), &json!([]), &json!(true))
    );
    let path = format!("/responses/{}", id(&response)?);
    assert_eq!(api.looks(&path, 4).await?, ["queued", "in_progress", "in_progress", "completed"]);
    let done = api.get(&path).await?;
    assert_eq!(done["output"][0]["content"][0]["text"], "Hello.");
    // What has ended stays as it is.
    let cancel = |path: &str| format!("{path}/cancel");
    assert_eq!(api.checked("POST", &cancel(&path), "", Default::default()).await?["status"], "completed");
    let other = format!("/responses/{}", id(&api.post("/responses", body).await?)?);
    assert_eq!(api.checked("POST", &cancel(&other), "", Default::default()).await?["status"], "cancelled");
    assert_eq!(api.looks(&other, 2).await?, ["cancelled", "cancelled"]);
    assert_eq!(api.refused("GET", &format!("{other}?stream=true"), Value::Null).await?.0, 400);
    let plain = format!("/responses/{}", id(&api.post("/responses", json!({"model": "m", "input": "x"})).await?)?);
    assert_eq!(api.refused("POST", &cancel(&plain), Value::Null).await?.0, 400);
    assert_eq!(
        api.refused("POST", "/responses", json!({"input": "x", "background": true, "store": false})).await?.1,
        "background"
    );
    Ok(())
}

#[tokio::test]
async fn a_response_goes_on_from_another_one() -> TestResult {
    let api = Api::start().await?;
    let first = id(&api.post("/responses", json!({"model": "m", "input": "Say one"})).await?)?;
    let next = json!({"model": "m", "input": [{"role": "user", "content": "Say two"}], "previous_response_id": first});
    let second = api.post("/responses", next).await?;
    assert_eq!(second["previous_response_id"], *first);
    let path = format!("/responses/{}/input_items", id(&second)?);
    assert_eq!(texts(&api.get(&format!("{path}?order=asc")).await?), ["Say one", "One.", "Say two"]);
    assert_eq!(texts(&api.get(&format!("{path}?limit=2")).await?), ["Say two", "One."]);
    let (ids, has_more) = api.page(&format!("{path}?limit=2")).await?;
    assert!(has_more);
    assert_eq!(api.page(&format!("{path}?after={}", ids[1])).await?.0.len(), 1);
    let lost = json!({"model": "m", "input": "x", "previous_response_id": "resp_0"});
    let expected = (400, "previous_response_id".to_owned(), "previous_response_not_found".to_owned());
    assert_eq!(api.refused("POST", "/responses", lost).await?, expected);
    Ok(())
}

#[tokio::test]
async fn a_response_adds_to_its_conversation() -> TestResult {
    let api = Api::start().await?;
    let conversation = id(&api.post("/conversations", json!({})).await?)?;
    let tools = json!([{"type": "function", "name": "f", "parameters": {}, "strict": null}]);
    api.post("/responses", json!({"model": "m", "input": "Say one", "conversation": conversation})).await?;
    let body = json!({"model": "m", "input": "x", "conversation": {"id": conversation}, "tools": tools, "tool_choice": "required", "store": false});
    let called = api.post("/responses", body).await?;
    assert_eq!(called["conversation"]["id"], *conversation);
    let output = json!([{"type": "function_call_output", "call_id": called["output"][0]["call_id"], "output": "12"}]);
    let body = json!({"model": "m", "input": output, "conversation": conversation, "background": true});
    let path = format!("/responses/{}", id(&api.post("/responses", body).await?)?);
    let items = format!("/conversations/{conversation}/items?order=asc");
    assert_eq!(api.page(&items).await?.0.len(), 4);
    // The one in the background adds its items when it has ended, and once.
    assert_eq!(api.looks(&path, 3).await?, ["in_progress", "completed", "completed"]);
    let all = api.get(&items).await?;
    let (before, _) = api.page(&items).await?;
    let added = json!({"items": [{"role": "user", "content": "x", "id": "msg_mine"}]});
    api.post(&format!("/conversations/{conversation}/items"), added).await?;
    api.get(&path).await?;
    let after = [before, vec!["msg_mine".to_owned()]].concat();
    assert_eq!(api.page(&items).await?.0, after);
    let kinds: Vec<&str> =
        all["data"].as_array().into_iter().flatten().filter_map(|item| item["type"].as_str()).collect();
    assert_eq!(kinds, ["message", "message", "message", "function_call", "function_call_output", "message"]);
    assert_eq!(all["data"][3]["id"], called["output"][0]["id"]);
    let body = |conversation: &str| json!({"model": "m", "input": "x", "conversation": conversation, "previous_response_id": null});
    assert_eq!(api.refused("POST", "/responses", body("conv_0")).await?, missing("conversation"));
    Ok(())
}

#[tokio::test]
async fn what_an_input_refers_to_is_found() -> TestResult {
    let api = Api::start().await?;
    let first = api.post("/responses", json!({"model": "m", "input": "Say one"})).await?;
    let reference = json!({"type": "item_reference", "id": first["output"][0]["id"]});
    let body = json!({"model": "m", "input": [reference, {"role": "user", "content": "Say two"}]});
    let second = api.post("/responses", body).await?;
    let items = api.get(&format!("/responses/{}/input_items?order=asc", id(&second)?)).await?;
    assert_eq!(texts(&items), ["One.", "Say two"]);
    Ok(())
}

#[tokio::test]
async fn completions_are_stored_when_asked_to() -> TestResult {
    let api = Api::start().await?;
    let body = |text: &str, key: &str| {
        let parts = json!([{"type": "text", "text": text}]);
        let messages = json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": parts}]);
        json!({"model": "gpt-5.5", "messages": messages, "store": true, "metadata": {"key": key}})
    };
    let first = api.post("/chat/completions", body("Say one", "a")).await?;
    let second = api.post("/chat/completions", body("Say two", "b")).await?;
    api.post("/chat/completions", json!({"model": "m", "messages": []})).await?;
    let ids = [id(&first)?, id(&second)?];
    assert_eq!(api.page("/chat/completions").await?, (ids.to_vec(), false));
    assert_eq!(api.page("/chat/completions?limit=1&order=desc").await?, (vec![ids[1].clone()], true));
    assert_eq!(api.page("/chat/completions?metadata[key]=a").await?.0, [ids[0].clone()]);
    assert_eq!(api.page("/chat/completions?model=other").await?.0.len(), 0);
    let path = format!("/chat/completions/{}", ids[0]);
    assert_eq!(api.get(&path).await?, first);
    let changed = api.post(&path, json!({"metadata": {"key": "c"}})).await?;
    assert_eq!((&changed["metadata"], &changed["choices"]), (&json!({"key": "c"}), &first["choices"]));
    assert_eq!(api.refused("POST", &path, json!({"metadata": 5})).await?.1, "metadata");
    let messages = api.get(&format!("{path}/messages")).await?;
    assert_eq!(
        (&messages["data"][0]["content"], &messages["data"][1]["content_parts"][0]["text"]),
        (&json!("Be brief."), &json!("Say one"))
    );
    let (ids, _) = api.page(&format!("{path}/messages?limit=1")).await?;
    assert_eq!(api.page(&format!("{path}/messages?after={}", ids[0])).await?.0.len(), 1);
    assert_eq!(api.delete(&path).await?["object"], "chat.completion.deleted");
    for path in [path.clone(), format!("{path}/messages")] {
        assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("completion_id"));
    }
    Ok(())
}

#[tokio::test]
async fn a_streamed_completion_is_stored_whole() -> TestResult {
    let api = Api::start().await?;
    let body =
        json!({"model": "m", "messages": [{"role": "user", "content": "Say one"}], "store": true, "stream": true});
    let events = api.events("/chat/completions", &body).await?;
    let stored = api.get(&format!("/chat/completions/{}", id(&events[0].1)?)).await?;
    assert_eq!(stored["choices"][0]["message"]["content"], "One.");
    Ok(())
}
