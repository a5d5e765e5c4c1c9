//! Vector stores, their files, file batches and search.

use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::tests::harness::{TestResult, fast};

fn counts(in_progress: u64, completed: u64, failed: u64, cancelled: u64) -> Value {
    json!({"in_progress": in_progress, "completed": completed, "failed": failed, "cancelled": cancelled,
        "total": in_progress + completed + failed + cancelled})
}

#[tokio::test]
async fn a_store_is_made_changed_listed_and_deleted() -> TestResult {
    let api = Api::start().await?;
    let body =
        json!({"name": "docs", "metadata": {"a": "b"}, "expires_after": {"anchor": "last_active_at", "days": 2}});
    let store = api.post("/vector_stores", body).await?;
    assert_eq!(
        (&store["name"], &store["metadata"], &store["status"]),
        (&json!("docs"), &json!({"a": "b"}), &json!("completed"))
    );
    assert_eq!(store["file_counts"], counts(0, 0, 0, 0));
    assert_eq!(store["expires_at"].as_u64(), store["last_active_at"].as_u64().map(|active| active + 2 * 86_400));
    let path = format!("/vector_stores/{}", id(&store)?);
    assert!(path.starts_with("/vector_stores/vs_"));
    let changed = api.post(&path, json!({"name": "more", "metadata": {"c": "d"}, "expires_after": null})).await?;
    assert_eq!((&changed["name"], &changed["metadata"]), (&json!("more"), &json!({"c": "d"})));
    assert!(changed.get("expires_after").is_none() && changed["expires_at"].is_null(), "{changed}");
    assert_eq!(api.get(&path).await?["name"], "more");
    assert_eq!(api.page("/vector_stores").await?.0, [id(&store)?]);
    assert_eq!(api.delete(&path).await?["object"], "vector_store.deleted");
    assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("vector_store_id"));
    assert_eq!(api.page("/vector_stores").await?.0.len(), 0);
    Ok(())
}

#[tokio::test]
async fn files_are_done_after_a_look_and_the_counts_keep_step() -> TestResult {
    let api = Api::of(fast().polls_per_step(2)).await?;
    let (one, two) = (api.upload("1.txt", "assistants", b"one").await?, api.upload("2.txt", "assistants", b"").await?);
    let store = api.post("/vector_stores", json!({"file_ids": [one, two]})).await?;
    assert_eq!((&store["status"], &store["file_counts"]), (&json!("in_progress"), &counts(2, 0, 0, 0)));
    let path = format!("/vector_stores/{}", id(&store)?);
    assert_eq!(api.looks(&format!("{path}/files/{one}"), 3).await?, ["in_progress", "completed", "completed"]);
    let store = api.get(&path).await?;
    assert_eq!((&store["file_counts"], &store["usage_bytes"]), (&counts(1, 1, 0, 0), &json!(3)));
    let store = api.get(&path).await?;
    assert_eq!((&store["file_counts"], &store["status"]), (&counts(0, 1, 1, 0), &json!("completed")));
    assert_eq!(api.get(&format!("{path}/files/{two}")).await?["last_error"]["code"], "invalid_file");
    assert_eq!(api.page(&format!("{path}/files?filter=failed")).await?.0, std::slice::from_ref(&two));
    assert_eq!(api.page(&format!("{path}/files?order=asc&limit=1")).await?, (vec![one.clone()], true));
    assert_eq!(api.page(&format!("{path}/files?order=asc&after={one}")).await?, (vec![two.clone()], false));
    assert_eq!(api.delete(&format!("{path}/files/{two}")).await?["object"], "vector_store.file.deleted");
    assert_eq!(api.get(&path).await?["file_counts"], counts(0, 1, 0, 0));
    assert_eq!(api.refused("GET", &format!("{path}/files/{two}"), Value::Null).await?, missing("file_id"));
    // The file itself is still there.
    assert!(api.status(&format!("/files/{two}")).await?.is_success());
    Ok(())
}

#[tokio::test]
async fn a_file_has_attributes_and_content() -> TestResult {
    let api = Api::start().await?;
    let text = "words ".repeat(1_000);
    let file = api.upload("long.txt", "assistants", text.as_bytes()).await?;
    let store = id(&api.post("/vector_stores", json!({})).await?)?;
    let static_chunks = json!({"type": "static", "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 50}});
    let body = json!({"file_id": file, "attributes": {"year": 2024}, "chunking_strategy": static_chunks});
    let added = api.post(&format!("/vector_stores/{store}/files"), body).await?;
    assert_eq!(
        (&added["id"], &added["status"], &added["chunking_strategy"]),
        (&json!(file), &json!("in_progress"), &static_chunks)
    );
    let path = format!("/vector_stores/{store}/files/{file}");
    assert_eq!(api.post(&path, json!({"attributes": {"draft": true}})).await?["attributes"], json!({"draft": true}));
    assert_eq!(api.refused("POST", &path, json!({"attributes": [1]})).await?.1, "attributes");
    let content = api.get(&format!("{path}/content")).await?;
    let chunks: Vec<&str> =
        content["data"].as_array().into_iter().flatten().filter_map(|part| part["text"].as_str()).collect();
    assert_eq!((chunks.len(), chunks.concat()), (2, text));
    let missing_file =
        api.refused("POST", &format!("/vector_stores/{store}/files"), json!({"file_id": "file-0"})).await?;
    assert_eq!(missing_file, missing("file_id"));
    Ok(())
}

#[tokio::test]
async fn a_batch_of_files_goes_through_its_statuses() -> TestResult {
    let api = Api::start().await?;
    let mut files = Vec::new();
    for name in ["a", "b", "c"] {
        files.push(api.upload(name, "assistants", name.as_bytes()).await?);
    }
    let store = id(&api.post("/vector_stores", json!({})).await?)?;
    let batches = format!("/vector_stores/{store}/file_batches");
    let batch = api.post(&batches, json!({"file_ids": files[..2], "attributes": {"k": "v"}})).await?;
    assert_eq!((&batch["status"], &batch["file_counts"]), (&json!("in_progress"), &counts(2, 0, 0, 0)));
    let path = format!("{batches}/{}", id(&batch)?);
    let done = api.get(&path).await?;
    assert_eq!((&done["status"], &done["file_counts"]), (&json!("completed"), &counts(0, 2, 0, 0)));
    assert_eq!(api.page(&format!("{path}/files?order=asc")).await?.0, files[..2]);
    assert_eq!(api.get(&format!("/vector_stores/{store}/files/{}", files[0])).await?["attributes"], json!({"k": "v"}));
    let each = json!({"files": [{"file_id": files[2], "attributes": {"own": 1}}]});
    let second = id(&api.post(&batches, each).await?)?;
    let cancelled = api.checked("POST", &format!("{batches}/{second}/cancel"), "", Default::default()).await?;
    assert_eq!((&cancelled["status"], &cancelled["file_counts"]), (&json!("cancelled"), &counts(0, 0, 0, 1)));
    assert_eq!(api.looks(&format!("{batches}/{second}"), 2).await?, ["cancelled", "cancelled"]);
    assert_eq!(api.get(&format!("/vector_stores/{store}")).await?["file_counts"], counts(0, 2, 0, 1));
    assert_eq!(api.refused("GET", &format!("{batches}/vsfb_0"), Value::Null).await?, missing("batch_id"));
    assert_eq!(api.refused("POST", &batches, json!({"file_ids": []})).await?.1, "file_ids");
    assert_eq!(api.refused("POST", &batches, json!({"file_ids": ["file-0"]})).await?, missing("file_ids"));
    Ok(())
}

#[tokio::test]
async fn search_finds_the_words_and_heeds_the_filters() -> TestResult {
    let api = Api::start().await?;
    let store = id(&api.post("/vector_stores", json!({})).await?)?;
    for (name, text, year) in [
        ("cats.txt", "Cats sleep all day.", 2023),
        ("dogs.txt", "Dogs and cats run.", 2024),
        ("fish.txt", "Fish swim.", 2025),
    ] {
        let file = api.upload(name, "assistants", text.as_bytes()).await?;
        api.post(&format!("/vector_stores/{store}/files"), json!({"file_id": file, "attributes": {"year": year}}))
            .await?;
    }
    let path = format!("/vector_stores/{store}/search");
    let names = |found: &Value| -> Vec<String> {
        found["data"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|hit| hit["filename"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    // Files that are still in progress can't be found.
    assert_eq!(names(&api.post(&path, json!({"query": "cats"})).await?), [""; 0]);
    api.get(&format!("/vector_stores/{store}")).await?;
    let found = api.post(&path, json!({"query": "Do CATS run?"})).await?;
    assert_eq!(names(&found), ["dogs.txt", "cats.txt", "fish.txt"]);
    assert_eq!(
        (&found["data"][0]["content"][0]["text"], &found["search_query"]),
        (&json!("Dogs and cats run."), &json!(["Do CATS run?"]))
    );
    assert!(found["data"][0]["score"].as_f64() > found["data"][1]["score"].as_f64());
    let filter = json!({"type": "lt", "key": "year", "value": 2024});
    assert_eq!(names(&api.post(&path, json!({"query": ["cats", "run"], "filters": filter})).await?), ["cats.txt"]);
    let ranked = json!({"query": "cats", "ranking_options": {"score_threshold": 0.5}, "max_num_results": 1});
    assert_eq!(names(&api.post(&path, ranked).await?), ["cats.txt"]);
    Ok(())
}
