//! Assistants, threads, messages, runs and their steps.

use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::script::Turn;
use crate::tests::harness::{TestResult, fast};
use crate::wire::Reply;

fn weather(name: &str) -> Value {
    let parameters = json!({"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}});
    json!({"type": "function", "function": {"name": name, "parameters": parameters}})
}

/// An assistant with these tools, and a thread that asks something.
async fn begun(api: &Api, tools: Value) -> TestResult<(String, String)> {
    let assistant =
        api.post("/assistants", json!({"model": "gpt-5.5", "instructions": "Be brief.", "tools": tools})).await?;
    let thread = api.post("/threads", json!({"messages": [{"role": "user", "content": "Say hello there"}]})).await?;
    Ok((id(&assistant)?, format!("/threads/{}", id(&thread)?)))
}

fn text(message: &Value) -> &str {
    message["content"][0]["text"]["value"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn an_assistant_is_made_changed_listed_and_deleted() -> TestResult {
    let api = Api::start().await?;
    let body = json!({"model": "gpt-5.5", "name": "A", "tools": [{"type": "code_interpreter"}], "metadata": {"a": "b"}, "temperature": 0.5});
    let assistant = api.post("/assistants", body.clone()).await?;
    for field in ["model", "name", "tools", "metadata", "temperature"] {
        assert_eq!(assistant[field], body[field], "{field}");
    }
    assert!(assistant["instructions"].is_null() && assistant["top_p"] == 1.0, "{assistant}");
    let path = format!("/assistants/{}", id(&assistant)?);
    assert!(path.starts_with("/assistants/asst_"));
    let changed =
        api.post(&path, json!({"name": null, "instructions": "Be kind.", "id": "x", "created_at": 1})).await?;
    assert_eq!(
        (&changed["name"], &changed["instructions"], &changed["model"]),
        (&Value::Null, &json!("Be kind."), &json!("gpt-5.5"))
    );
    assert_eq!((&changed["id"], &changed["created_at"]), (&assistant["id"], &assistant["created_at"]));
    assert_eq!(api.get(&path).await?, changed);
    assert_eq!(api.page("/assistants").await?, (vec![id(&assistant)?], false));
    assert_eq!(api.delete(&path).await?["object"], "assistant.deleted");
    assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("assistant_id"));
    assert_eq!(api.refused("POST", "/assistants", json!({})).await?.1, "model");
    Ok(())
}

#[tokio::test]
async fn a_thread_holds_its_messages() -> TestResult {
    let api = Api::start().await?;
    let parts = json!([{"type": "text", "text": "two"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "auto"}}]);
    let messages = json!([{"role": "user", "content": "one"}, {"role": "assistant", "content": parts}]);
    let thread = api.post("/threads", json!({"messages": messages, "metadata": {"a": "b"}})).await?;
    let path = format!("/threads/{}", id(&thread)?);
    assert_eq!(api.post(&path, json!({"metadata": {"c": "d"}})).await?["metadata"], json!({"c": "d"}));
    let attachment = json!([{"file_id": "file-1", "tools": [{"type": "file_search"}]}]);
    let third = api
        .post(&format!("{path}/messages"), json!({"role": "user", "content": "three", "attachments": attachment}))
        .await?;
    assert_eq!(
        (&third["thread_id"], &third["attachments"], &third["run_id"]),
        (&thread["id"], &attachment, &Value::Null)
    );
    let listed = api.get(&format!("{path}/messages?order=asc")).await?;
    let texts: Vec<&str> = listed["data"].as_array().into_iter().flatten().map(text).collect();
    assert_eq!((texts, &listed["data"][1]["role"]), (vec!["one", "two", "three"], &json!("assistant")));
    assert_eq!(api.page(&format!("{path}/messages?limit=1")).await?, (vec![id(&third)?], true));
    let message = format!("{path}/messages/{}", id(&third)?);
    assert_eq!(api.post(&message, json!({"metadata": {"k": "v"}})).await?["metadata"], json!({"k": "v"}));
    assert_eq!(api.get(&message).await?["metadata"], json!({"k": "v"}));
    assert_eq!(api.delete(&message).await?["deleted"], true);
    assert_eq!(api.refused("GET", &message, Value::Null).await?, missing("message_id"));
    for (body, param) in [
        (json!({"content": "x"}), "role"),
        (json!({"role": "user"}), "content"),
        (json!({"role": "user", "content": [{"type": "fun"}]}), "content"),
    ] {
        assert_eq!(api.refused("POST", &format!("{path}/messages"), body).await?.1, param);
    }
    assert_eq!(api.delete(&path).await?["object"], "thread.deleted");
    assert_eq!(api.refused("GET", &format!("{path}/messages"), Value::Null).await?, missing("thread_id"));
    assert_eq!(
        api.refused("POST", "/threads", json!({"messages": [{"role": "system", "content": "x"}]})).await?.1,
        "messages[0].role"
    );
    Ok(())
}

#[tokio::test]
async fn vector_stores_can_be_made_on_the_way() -> TestResult {
    let api = Api::start().await?;
    let file = api.upload("a.txt", "assistants", b"words").await?;
    let resources = json!({"file_search": {"vector_stores": [{"file_ids": [file], "metadata": {"k": "v"}}]}});
    for (path, body) in [
        ("/assistants", json!({"model": "m", "tools": [{"type": "file_search"}], "tool_resources": resources})),
        ("/threads", json!({"tool_resources": resources})),
    ] {
        let made = api.post(path, body).await?;
        let search = &made["tool_resources"]["file_search"];
        assert!(search.get("vector_stores").is_none(), "{search}");
        let store = search["vector_store_ids"][0].as_str().unwrap_or_default();
        let store = api.get(&format!("/vector_stores/{store}")).await?;
        assert_eq!((&store["file_counts"]["total"], &store["metadata"]), (&json!(1), &json!({"k": "v"})), "{path}");
    }
    let lost = json!({"file_search": {"vector_stores": [{"file_ids": ["file-0"]}]}});
    assert_eq!(api.refused("POST", "/threads", json!({"tool_resources": lost})).await?, missing("file_ids"));
    Ok(())
}

#[tokio::test]
async fn a_run_answers_after_its_polls() -> TestResult {
    let api = Api::of(fast().polls_per_step(2)).await?;
    let (assistant, thread) = begun(&api, json!([])).await?;
    let added = json!([{"role": "user", "content": "Say good bye"}]);
    let body = json!({"assistant_id": assistant, "additional_messages": added, "additional_instructions": "Hurry.", "metadata": {"k": "v"}});
    let run = api.post(&format!("{thread}/runs"), body.clone()).await?;
    assert_eq!(
        (&run["status"], &run["model"], &run["metadata"]),
        (&json!("queued"), &json!("gpt-5.5"), &json!({"k": "v"}))
    );
    assert_eq!((&run["instructions"], &run["usage"]), (&json!("Be brief.\nHurry."), &Value::Null));
    // Nobody else may touch the thread meanwhile.
    assert_eq!(api.refused("POST", &format!("{thread}/runs"), body).await?.0, 400);
    assert_eq!(
        api.refused("POST", &format!("{thread}/messages"), json!({"role": "user", "content": "x"})).await?.0,
        400
    );
    let path = format!("{thread}/runs/{}", id(&run)?);
    assert_eq!(api.looks(&path, 4).await?, ["queued", "in_progress", "in_progress", "completed"]);
    let done = api.get(&path).await?;
    assert!(done["completed_at"].is_u64() && done["usage"]["total_tokens"].as_u64() > Some(1), "{done}");
    let messages = api.get(&format!("{thread}/messages?run_id={}", id(&run)?)).await?;
    let message = &messages["data"][0];
    assert_eq!(
        (messages["data"].as_array().map(Vec::len), text(message), &message["role"]),
        (Some(1), "Good bye.", &json!("assistant"))
    );
    assert_eq!((&message["assistant_id"], &message["run_id"]), (&json!(assistant), &run["id"]));
    let steps = api.get(&format!("{path}/steps")).await?;
    assert_eq!(steps["data"][0]["step_details"]["message_creation"]["message_id"], message["id"]);
    assert_eq!(api.get(&format!("{path}/steps/{}", id(&steps["data"][0])?)).await?, steps["data"][0]);
    assert_eq!(api.page(&format!("{thread}/runs")).await?.0, [id(&run)?]);
    assert_eq!(api.post(&path, json!({"metadata": {"a": "b"}})).await?["metadata"], json!({"a": "b"}));
    assert_eq!(api.refused("POST", &format!("{path}/cancel"), Value::Null).await?.0, 400);
    Ok(())
}

#[tokio::test]
async fn a_run_waits_for_its_tools_and_repeats_their_outputs() -> TestResult {
    let api = Api::start().await?;
    let (assistant, thread) =
        begun(&api, json!([weather("today"), weather("tomorrow"), {"type": "code_interpreter"}])).await?;
    let run = api.post(&format!("{thread}/runs"), json!({"assistant_id": assistant})).await?;
    let path = format!("{thread}/runs/{}", id(&run)?);
    assert_eq!(api.looks(&path, 3).await?, ["in_progress", "requires_action", "requires_action"]);
    let waiting = api.get(&path).await?;
    let calls = waiting["required_action"]["submit_tool_outputs"]["tool_calls"].as_array().cloned().unwrap_or_default();
    let names: Vec<&Value> = calls.iter().map(|call| &call["function"]["name"]).collect();
    assert_eq!(names, ["today", "tomorrow"]);
    let arguments: Value = serde_json::from_str(calls[0]["function"]["arguments"].as_str().unwrap_or_default())?;
    assert!(arguments["city"].is_string() && calls[0]["id"] != calls[1]["id"]);
    let submit = format!("{path}/submit_tool_outputs");
    let output = |index: usize, text: &str| json!({"tool_call_id": calls[index]["id"], "output": text});
    assert_eq!(api.refused("POST", &submit, json!({"tool_outputs": [output(0, "sun")]})).await?.1, "tool_outputs");
    let submitted = api.post(&submit, json!({"tool_outputs": [output(1, "rain"), output(0, "sun")]})).await?;
    assert_eq!((&submitted["status"], &submitted["required_action"]), (&json!("queued"), &Value::Null));
    assert_eq!(api.looks(&path, 2).await?, ["in_progress", "completed"]);
    let messages = api.get(&format!("{thread}/messages")).await?;
    assert_eq!(text(&messages["data"][0]), "The tools answered: sun; rain");
    let steps = api.get(&format!("{path}/steps?order=asc")).await?;
    let kinds: Vec<_> = steps["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|step| (step["type"].as_str(), step["status"].as_str()))
        .collect();
    assert_eq!(kinds, [(Some("tool_calls"), Some("completed")), (Some("message_creation"), Some("completed"))]);
    assert_eq!(steps["data"][0]["step_details"]["tool_calls"][1]["function"]["output"], "rain");
    assert_eq!(api.refused("POST", &submit, json!({"tool_outputs": []})).await?.0, 400);
    Ok(())
}

#[tokio::test]
async fn the_tools_of_a_run_are_as_it_was_told() -> TestResult {
    let api = Api::of(fast().polls_per_step(0)).await?;
    let (assistant, thread) = begun(&api, json!([weather("a"), weather("b")])).await?;
    for (settings, wanted) in [
        (json!({"tool_choice": "none"}), &[][..]),
        (json!({"tools": []}), &[]),
        (json!({"parallel_tool_calls": false}), &["a"]),
        (json!({"tool_choice": {"type": "function", "function": {"name": "b"}}}), &["b"]),
        (json!({"tools": [weather("c")]}), &["c"]),
    ] {
        let mut body = settings;
        body["assistant_id"] = json!(assistant);
        let run = api.post(&format!("{thread}/runs"), body.clone()).await?;
        let path = format!("{thread}/runs/{}", id(&run)?);
        let now = api.get(&path).await?;
        assert_eq!(now["status"], if wanted.is_empty() { "completed" } else { "requires_action" }, "{body}");
        let calls = now["required_action"]["submit_tool_outputs"]["tool_calls"].as_array().cloned().unwrap_or_default();
        let names: Vec<&str> = calls.iter().filter_map(|call| call["function"]["name"].as_str()).collect();
        assert_eq!(names, wanted, "{body}");
        if !wanted.is_empty() {
            let cancelling = api.checked("POST", &format!("{path}/cancel"), "", Default::default()).await?;
            assert_eq!(cancelling["status"], "cancelling");
            assert_eq!(api.looks(&path, 1).await?, ["cancelled"]);
            assert_eq!(api.get(&format!("{path}/steps")).await?["data"][0]["status"], "cancelled");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_streamed_run_is_the_one_in_the_store() -> TestResult {
    let api = Api::start().await?;
    let (assistant, _) = begun(&api, json!([])).await?;
    let messages = json!([{"role": "user", "content": "Say hello there"}]);
    let body = json!({"assistant_id": assistant, "stream": true, "thread": {"messages": messages}});
    let events = api.events("/threads/runs", &body).await?;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "thread.created",
            "thread.run.created",
            "thread.run.queued",
            "thread.run.in_progress",
            "thread.run.step.created",
            "thread.run.step.in_progress",
            "thread.message.created",
            "thread.message.in_progress",
            "thread.message.delta",
            "thread.message.delta",
            "thread.message.completed",
            "thread.run.step.completed",
            "thread.run.completed",
        ]
    );
    let thread = format!("/threads/{}", id(&events[0].1)?);
    assert_eq!(api.get(&thread).await?, events[0].1);
    assert_eq!(api.get(&format!("{thread}/runs/{}", id(&events[1].1)?)).await?, events[12].1);
    assert_eq!(api.get(&format!("{thread}/messages")).await?["data"][0], events[10].1);
    assert_eq!(api.get(&format!("{thread}/runs/{}/steps", id(&events[1].1)?)).await?["data"][0], events[11].1);
    assert_eq!((text(&events[10].1), &events[6].1["content"]), ("Hello there.", &json!([])));
    Ok(())
}

#[tokio::test]
async fn a_streamed_run_with_tools_goes_on_in_another_stream() -> TestResult {
    let api = Api::start().await?;
    let (assistant, thread) = begun(&api, json!([weather("today")])).await?;
    let events = api.events(&format!("{thread}/runs"), &json!({"assistant_id": assistant, "stream": true})).await?;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names[0], names[names.len() - 1]), ("thread.run.created", "thread.run.requires_action"));
    let waiting = &events[events.len() - 1].1;
    let call = &waiting["required_action"]["submit_tool_outputs"]["tool_calls"][0];
    let deltas = events.iter().filter(|(name, _)| name == "thread.run.step.delta");
    let pieces: String = deltas
        .filter_map(|(_, delta)| delta["delta"]["step_details"]["tool_calls"][0]["function"]["arguments"].as_str())
        .collect();
    assert_eq!(pieces, call["function"]["arguments"]);
    let path = format!("{thread}/runs/{}", id(waiting)?);
    assert_eq!(api.get(&path).await?, *waiting);
    let body = json!({"stream": true, "tool_outputs": [{"tool_call_id": call["id"], "output": "sun"}]});
    let events = api.events(&format!("{path}/submit_tool_outputs"), &body).await?;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..3], ["thread.run.step.completed", "thread.run.queued", "thread.run.in_progress"]);
    assert_eq!(
        events.last().map(|(name, run)| (name.as_str(), run)),
        Some(("thread.run.completed", &api.get(&path).await?))
    );
    Ok(())
}

#[tokio::test]
async fn a_run_does_what_a_test_wrote_down() -> TestResult {
    let api = Api::start().await?;
    let (assistant, thread) = begun(&api, json!([weather("today")])).await?;
    api.server.converse([
        Turn::calls([("today", "{\"city\": \"Oslo\"}"), ("unheard_of", "not JSON")]),
        Turn::call("today", json!({"city": "Bergen"})),
        Turn::text("Rain."),
        Turn::reply(Reply::empty(http::StatusCode::OK)),
    ]);
    let mut run = api.post(&format!("{thread}/runs"), json!({"assistant_id": assistant})).await?;
    let path = format!("{thread}/runs/{}", id(&run)?);
    let mut called = Vec::new();
    while run["status"] != "completed" {
        run = api.get(&path).await?;
        let calls = run["required_action"]["submit_tool_outputs"]["tool_calls"].as_array().cloned().unwrap_or_default();
        if calls.is_empty() {
            continue;
        }
        let function = |call: &Value| format!("{} {}", call["function"]["name"], call["function"]["arguments"]);
        called.extend(calls.iter().map(function));
        let outputs: Vec<Value> = calls.iter().map(|call| json!({"tool_call_id": call["id"], "output": "x"})).collect();
        run = api.post(&format!("{path}/submit_tool_outputs"), json!({"tool_outputs": outputs})).await?;
    }
    let wanted =
        [r#""today" "{\"city\": \"Oslo\"}""#, r#""unheard_of" "not JSON""#, r#""today" "{\"city\":\"Bergen\"}""#];
    assert_eq!(called, wanted);
    assert_eq!(text(&api.get(&format!("{thread}/messages")).await?["data"][0]), "Rain.");
    let steps = api.get(&format!("{path}/steps")).await?["data"].clone();
    let types: Vec<&Value> = steps.as_array().into_iter().flatten().map(|step| &step["type"]).collect();
    assert_eq!(types, ["message_creation", "tool_calls", "tool_calls"]);
    assert!(
        steps[1]["step_details"]["tool_calls"][0]["function"]["output"] == "x" && steps[1]["status"] == "completed"
    );
    // What is no answer of a model is a failure of the run.
    let events = api.events(&format!("{thread}/runs"), &json!({"assistant_id": assistant, "stream": true})).await?;
    assert!(events.last().is_some_and(|(name, run)| name == "thread.run.failed" && run["last_error"].is_object()));
    Ok(())
}

#[tokio::test]
async fn runs_of_nothing_are_refused() -> TestResult {
    let api = Api::start().await?;
    let (assistant, thread) = begun(&api, json!([])).await?;
    let body = |assistant: &str| json!({"assistant_id": assistant});
    assert_eq!(api.refused("POST", "/threads/thread_0/runs", body(&assistant)).await?, missing("thread_id"));
    assert_eq!(api.refused("POST", &format!("{thread}/runs"), body("asst_0")).await?, missing("assistant_id"));
    assert_eq!(api.refused("POST", "/threads/runs", body("asst_0")).await?, missing("assistant_id"));
    assert_eq!(api.refused("POST", "/threads/runs", json!({})).await?.2, "missing_required_parameter");
    assert_eq!(api.refused("GET", &format!("{thread}/runs/run_0"), Value::Null).await?, missing("run_id"));
    let run = id(&api.post(&format!("{thread}/runs"), body(&assistant)).await?)?;
    assert_eq!(
        api.refused("GET", &format!("{thread}/runs/{run}/steps/step_0"), Value::Null).await?,
        missing("step_id")
    );
    // A run is found in its own thread alone.
    let other = id(&api.post("/threads", json!({})).await?)?;
    assert_eq!(api.refused("GET", &format!("/threads/{other}/runs/{run}"), Value::Null).await?, missing("run_id"));
    Ok(())
}
