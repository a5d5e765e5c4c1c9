//! Every operation of the document is answered, and with what the document says.

use serde_json::Value;

use super::harness::{TestResult, send, stateless};
use crate::document::{Operation, operations};

/// The path with something for each parameter, and the query that the operation needs.
fn url(operation: &Operation) -> String {
    let path = operation.path().replace('{', "some_").replace('}', "");
    let query: Vec<String> = operation.fixed_query().iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("{path}?{}", query.join("&"))
}

fn body_of(operation: &Operation) -> (&'static str, &'static str) {
    let multipart = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nabc\r\n--X--\r\n";
    match operation.request {
        Some(content) if content.get("application/json").is_some() => ("application/json", "{}"),
        Some(content) if content.get("multipart/form-data").is_some() => ("multipart/form-data; boundary=X", multipart),
        _ => ("", ""),
    }
}

#[tokio::test]
async fn all_are_answered_validly_with_every_seed() -> TestResult {
    let mut bad = Vec::new();
    for seed in 0..6 {
        let server = stateless().seed(seed).start().await?;
        for operation in operations() {
            let (content_type, body) = body_of(operation);
            let answer = send(&server, operation.method().as_str(), &url(operation), content_type, body).await?;
            let expected = operation.response.status;
            if answer.status != expected {
                bad.push(format!("seed {seed} {}: {} {}", operation.id(), answer.status, answer.text()));
                continue;
            }
            if operation.response.json.is_none() || operation.is_binary() {
                continue;
            }
            if let Err(violation) = operation.check_response(&answer.json()?) {
                bad.push(format!("seed {seed} {} {violation}: {}", operation.id(), answer.text()));
            }
        }
    }
    assert!(bad.is_empty(), "{}:\n{}", bad.len(), bad.join("\n"));
    Ok(())
}

#[tokio::test]
async fn one_seed_gives_one_answer() -> TestResult {
    let (first, second, other) =
        (stateless().seed(7).start().await?, stateless().seed(7).start().await?, stateless().seed(8).start().await?);
    let mut differ = 0;
    for operation in operations() {
        let (content_type, body) = body_of(operation);
        let url = url(operation);
        let ask = |server| send(server, operation.method().as_str(), &url, content_type, body);
        let (one, two, three) =
            (Box::pin(ask(&first)).await?, Box::pin(ask(&second)).await?, Box::pin(ask(&other)).await?);
        assert_eq!(one.text(), two.text(), "{}", operation.id());
        assert_eq!(one.header("x-request-id"), two.header("x-request-id"));
        differ += usize::from(one.text() != three.text());
    }
    assert!(differ > 200, "only {differ} answers depend on the seed");
    Ok(())
}

#[tokio::test]
async fn the_same_call_gets_another_id_the_next_time() -> TestResult {
    let server = stateless().start().await?;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let answer = send(&server, "POST", "/vector_stores", "application/json", "{}").await?.json()?;
        ids.push(answer["id"].as_str().unwrap_or_default().to_owned());
    }
    assert!(ids.iter().all(|id| id.starts_with("vs_")), "{ids:?}");
    ids.dedup();
    assert_eq!(ids.len(), 3);
    Ok(())
}

#[tokio::test]
async fn lists_are_pages_that_end() -> TestResult {
    let server = stateless().start().await?;
    for operation in operations().iter().filter(|operation| operation.method() == http::Method::GET) {
        let Ok(body) = send(&server, "GET", &url(operation), "", "").await?.json() else {
            continue;
        };
        let Some(items) = body["data"].as_array().filter(|_| body.get("has_more").is_some()) else {
            continue;
        };
        let id = operation.id();
        assert_eq!((items.len(), &body["has_more"]), (2, &Value::Bool(false)), "{id}");
        for (name, item) in [("first_id", &items[0]), ("last_id", &items[1])] {
            if let (Some(found), Some(own)) = (body.get(name), item.get("id")) {
                assert_eq!(found, own, "{id} {name}");
            }
        }
        for name in ["next", "next_page"] {
            assert!(body.get(name).is_none_or(Value::is_null), "{id} {name}");
        }
        assert!(items[0].get("id").is_none_or(|first| Some(first) != items[1].get("id")), "{id}: {body}");
    }
    Ok(())
}
