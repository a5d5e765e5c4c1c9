//! Lists by the generic type that most list operations answer.
#![cfg(feature = "files")]

use openai_ext::{Client, StatusCode};
use openai_ext_mock::{MockServer, Reply};
use serde_json::{Value, json};

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn page(ids: &[&str], has_more: bool) -> Value {
    let file = |id: &&str| {
        json!({
            "id": id, "object": "file", "bytes": 3, "created_at": 1, "filename": "a.txt", "purpose": "batch",
            "status": "processed",
        })
    };
    let data: Vec<Value> = ids.iter().map(file).collect();
    json!({"object": "list", "data": data, "first_id": ids[0], "last_id": "other", "has_more": has_more, "new": 1})
}

#[tokio::test]
async fn each_field_is_read_into_its_place_and_pages_follow_each_other() -> TestResult {
    let server = MockServer::start().await?;
    server.on_request(|request| {
        let second = request.query().iter().any(|(key, value)| key == "after" && value == "file-2");
        let page = if second { page(&["file-3"], false) } else { page(&["file-1", "file-2"], true) };
        Some(Reply::json(StatusCode::OK, &page))
    });
    let client = Client::builder().api_key("any").base_url(server.base_url()).build()?;

    let list = client.files().list().send().await?;
    assert_eq!(list.data.iter().map(|file| file.id.as_str()).collect::<Vec<_>>(), ["file-1", "file-2"]);
    assert!(list.has_more);
    assert_eq!((list.first_id.as_deref(), list.last_id.as_deref()), (Some("file-1"), Some("other")));
    assert_eq!(serde_json::to_value(&list)?, page(&["file-1", "file-2"], true));

    let mut items = client.files().list().limit(2).items();
    let mut ids = Vec::new();
    while let Some(file) = items.next().await {
        ids.push(file?.id);
    }
    assert_eq!(ids, ["file-1", "file-2", "file-3"]);
    Ok(())
}
