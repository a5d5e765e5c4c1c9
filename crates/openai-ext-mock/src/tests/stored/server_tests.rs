//! Properties of all resources: determinism, bounds, headers, scripts.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::api::{Api, id};
use crate::document::operations;
use crate::tests::harness;
use crate::tests::harness::{TestResult, fast, send};
use crate::{MockServerBuilder, Reply};

/// A bit of everything, as texts of all answers.
async fn story(builder: MockServerBuilder) -> TestResult<Vec<String>> {
    let api = Api::of(builder).await?;
    let mut told = Vec::new();
    let file = api.upload("a.txt", "assistants", b"some words").await?;
    let store = api.post("/vector_stores", json!({"file_ids": [file]})).await?;
    let assistant = api.post("/assistants", json!({"model": "m"})).await?;
    let run = api
        .post(
            "/threads/runs",
            json!({"assistant_id": assistant["id"], "thread": {"messages": [{"role": "user", "content": "x"}]}}),
        )
        .await?;
    let path = format!("/threads/{}/runs/{}", run["thread_id"].as_str().unwrap_or_default(), id(&run)?);
    for _ in 0..3 {
        told.push(api.get(&path).await?.to_string());
    }
    told.push(api.get(&format!("/vector_stores/{}", id(&store)?)).await?.to_string());
    let conversation = api.post("/conversations", json!({})).await?;
    told.push(
        api.post("/responses", json!({"model": "m", "input": "x", "conversation": conversation["id"]}))
            .await?
            .to_string(),
    );
    for list in ["/files", "/vector_stores", "/assistants"] {
        told.push(api.get(list).await?.to_string());
    }
    Ok(told)
}

#[tokio::test]
async fn the_same_requests_get_the_same_answers() -> TestResult {
    let (one, two) = (story(fast().seed(5)).await?, story(fast().seed(5)).await?);
    assert_eq!(one, two);
    let other = story(fast().seed(6)).await?;
    assert!(one.iter().zip(&other).all(|(one, other)| one != other));
    Ok(())
}

#[tokio::test]
async fn servers_know_nothing_of_each_other() -> TestResult {
    let (one, two) = (Api::start().await?, Api::start().await?);
    let file = one.upload("a", "batch", b"x").await?;
    assert_eq!(two.status(&format!("/files/{file}")).await?, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn only_so_many_objects_are_kept() -> TestResult {
    let api = Api::of(fast().keep_objects(2)).await?;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(api.upload(name, "batch", b"x").await?);
    }
    assert_eq!(api.status(&format!("/files/{}", ids[0])).await?, StatusCode::NOT_FOUND);
    assert_eq!(api.page("/files?order=asc").await?.0, ids[1..]);
    Ok(())
}

#[tokio::test]
async fn what_can_be_polled_says_when() -> TestResult {
    let api = Api::of(fast().poll_after(Duration::from_millis(25))).await?;
    let answer = harness::post(&api.server, "/vector_stores", &json!({})).await?;
    assert_eq!(answer.header("openai-poll-after-ms"), "25");
    let answer = harness::post(&api.server, "/conversations", &json!({})).await?;
    assert_eq!(answer.header("openai-poll-after-ms"), "");
    let answer = harness::post(&Api::start().await?.server, "/vector_stores", &json!({})).await?;
    assert_eq!(answer.header("openai-poll-after-ms"), "10");
    Ok(())
}

#[tokio::test]
async fn scripts_win_over_what_is_there() -> TestResult {
    let api = Api::start().await?;
    let file = api.upload("a", "batch", b"x").await?;
    api.server.on_request(|request| {
        let retrieval = request.operation()?.id() == "retrieveFile";
        retrieval.then(|| Reply::json(StatusCode::OK, &json!({"scripted": true})))
    });
    assert_eq!(send(&api.server, "GET", &format!("/files/{file}"), "", "").await?.json()?, json!({"scripted": true}));
    assert_eq!(api.delete(&format!("/files/{file}")).await?["deleted"], true);
    Ok(())
}

#[tokio::test]
async fn no_operation_brings_the_server_down() -> TestResult {
    let api = Api::start().await?;
    let odd = [
        json!({}),
        json!([]),
        json!("x"),
        json!({"file_ids": 5, "items": [null], "messages": [[]], "metadata": [], "model": 1,
        "tools": {}, "tool_outputs": [1], "part_ids": [5], "expires_after": 3, "query": {}, "bytes": -1, "training_file": {}, "video": []}),
    ];
    let mut refused = 0;
    for operation in operations() {
        let query: Vec<String> = operation.fixed_query().iter().map(|(key, value)| format!("{key}={value}")).collect();
        let path = format!("{}?{}", operation.path().replace('{', "some_").replace('}', ""), query.join("&"));
        for body in &odd {
            let answer =
                send(&api.server, operation.method().as_str(), &path, "application/json", body.to_string()).await?;
            assert!(!answer.status.is_server_error(), "{}: {}", operation.id(), answer.text());
            if answer.status.is_client_error() {
                refused += 1;
                let error = &answer.json()?["error"];
                let mut members: Vec<&str> =
                    error.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                members.sort_unstable();
                assert_eq!(members, ["code", "message", "param", "type"], "{}", operation.id());
            }
        }
    }
    assert!(refused > 200, "{refused}");
    assert_eq!(api.refused("GET", "/files/%2e%2e%2f", Value::Null).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn what_belongs_to_one_is_not_listed_with_another() -> TestResult {
    let api = Api::start().await?;
    let file = api.upload("a.txt", "assistants", b"x").await?;
    let assistant = id(&api.post("/assistants", json!({"model": "m"})).await?)?;
    let item = json!({"items": [{"role": "user", "content": "x"}]});
    let message = json!({"role": "user", "content": "x"});
    for (parents, children, parent, child) in [
        ("/conversations", "items", json!({}), item),
        ("/threads", "messages", json!({}), message),
        ("/threads", "runs", json!({}), json!({"assistant_id": assistant})),
        ("/vector_stores", "files", json!({}), json!({"file_id": file})),
        ("/containers", "files", json!({"name": "x"}), json!({"file_id": file})),
    ] {
        let (one, two) = (id(&api.post(parents, parent.clone()).await?)?, id(&api.post(parents, parent).await?)?);
        let (one, two) = (format!("{parents}/{one}/{children}"), format!("{parents}/{two}/{children}"));
        api.post(&one, child).await?;
        let (ids, _) = api.page(&one).await?;
        assert_eq!((ids.len(), api.page(&two).await?.0.len()), (1, 0), "{parents} {children}");
        let (status, ..) = api.refused("GET", &format!("{two}/{}", ids[0]), Value::Null).await?;
        assert_eq!(status, 404, "{parents} {children}");
    }
    Ok(())
}
