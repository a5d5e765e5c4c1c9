//! Files, and how lists page.

use serde_json::{Value, json};

use super::api::{Api, form, missing};
use crate::tests::harness::{TestResult, send};

#[tokio::test]
async fn a_file_is_what_was_uploaded_until_it_is_deleted() -> TestResult {
    let api = Api::start().await?;
    let bytes: Vec<u8> = (0..=255).collect();
    let fields =
        [("purpose", "user_data"), ("expires_after[anchor]", "created_at"), ("expires_after[seconds]", "3600")];
    let file = api.form("/files", &fields, ("file", "a b.bin", &bytes)).await?;
    assert_eq!(
        (&file["filename"], &file["purpose"], &file["bytes"]),
        (&json!("a b.bin"), &json!("user_data"), &json!(256))
    );
    assert_eq!((&file["status"], &file["object"]), (&json!("processed"), &json!("file")));
    assert_eq!(file["expires_at"].as_u64(), file["created_at"].as_u64().map(|created| created + 3_600));
    let id = super::api::id(&file)?;
    assert!(id.starts_with("file-"), "{id}");
    assert_eq!(api.get(&format!("/files/{id}")).await?, file);
    let content = send(&api.server, "GET", &format!("/files/{id}/content"), "", "").await?;
    let received: Vec<u8> = content.parts.iter().flat_map(|(part, _)| part.to_vec()).collect();
    assert_eq!((content.header("content-type"), received), ("application/octet-stream", bytes));
    assert_eq!(api.delete(&format!("/files/{id}")).await?, json!({"id": id, "object": "file", "deleted": true}));
    for (method, path) in
        [("GET", format!("/files/{id}")), ("GET", format!("/files/{id}/content")), ("DELETE", format!("/files/{id}"))]
    {
        assert_eq!(api.refused(method, &path, Value::Null).await?, missing("file_id"), "{method} {path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_without_an_expiry_has_none() -> TestResult {
    let api = Api::start().await?;
    let file = api.form("/files", &[("purpose", "batch")], ("file", "a", b"")).await?;
    assert!(file.get("expires_at").is_none() && file["bytes"] == 0, "{file}");
    Ok(())
}

#[tokio::test]
async fn what_is_no_upload_is_refused() -> TestResult {
    let api = Api::start().await?;
    let post = |fields: &'static [(&'static str, &'static str)]| {
        let body = form(fields, ("file", "a", b"x"));
        send(&api.server, "POST", "/files", super::api::FORM, body)
    };
    let error = post(&[]).await?;
    assert_eq!((error.status.as_u16(), &error.json()?["error"]["param"]), (400, &json!("purpose")));
    let error = post(&[("purpose", "fun")]).await?;
    assert_eq!((error.status.as_u16(), &error.json()?["error"]["code"]), (400, &json!("invalid_value")));
    assert_eq!(api.refused("POST", "/files", json!({"purpose": "batch"})).await?.0, 400);
    assert_eq!(api.page("/files").await?.0.len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_list_pages_in_both_directions() -> TestResult {
    let api = Api::start().await?;
    let mut all = Vec::new();
    for number in 0..7 {
        let purpose = if number == 3 { "batch" } else { "assistants" };
        all.push(api.upload(&format!("{number}.txt"), purpose, b"x").await?);
    }
    let newest_first: Vec<String> = all.iter().rev().cloned().collect();
    assert_eq!(api.page("/files").await?, (newest_first.clone(), false));
    assert_eq!(api.page("/files?order=asc").await?, (all.clone(), false));
    assert_eq!(api.page("/files?purpose=batch").await?, (vec![all[3].clone()], false));
    assert_eq!(api.page("/files?limit=7").await?, (newest_first.clone(), false));
    let (mut seen, mut after) = (Vec::new(), String::new());
    for (length, more) in [(3, true), (3, true), (1, false)] {
        let (ids, has_more) = api.page(&format!("/files?limit=3&after={after}")).await?;
        assert_eq!((ids.len(), has_more), (length, more));
        after = ids[length - 1].clone();
        seen.extend(ids);
    }
    assert_eq!(seen, newest_first);
    assert_eq!(api.page(&format!("/files?after={after}")).await?, (Vec::new(), false));
    Ok(())
}

#[tokio::test]
async fn what_was_read_may_be_deleted_before_the_next_page() -> TestResult {
    let api = Api::start().await?;
    for number in 0..5 {
        api.upload(&format!("{number}"), "batch", b"x").await?;
    }
    let (mut after, mut deleted) = (String::new(), 0);
    loop {
        let (ids, has_more) = api.page(&format!("/files?limit=2&after={after}")).await?;
        for id in &ids {
            api.delete(&format!("/files/{id}")).await?;
            deleted += 1;
            after.clone_from(id);
        }
        if !has_more {
            break;
        }
    }
    assert_eq!((deleted, api.page("/files").await?.0.len()), (5, 0));
    Ok(())
}

#[tokio::test]
async fn before_is_the_page_right_before() -> TestResult {
    let api = Api::start().await?;
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d"] {
        all.push(super::api::id(&api.post("/assistants", json!({"model": "m", "name": name})).await?)?);
    }
    let path = format!("/assistants?order=asc&limit=2&before={}", all[3]);
    assert_eq!(api.page(&path).await?, (all[1..3].to_vec(), true));
    let path = format!("/assistants?order=desc&before={}", all[1]);
    assert_eq!(api.page(&path).await?, (vec![all[3].clone(), all[2].clone()], false));
    let path = format!("/assistants?order=asc&after={}&before={}", all[0], all[3]);
    assert_eq!(api.page(&path).await?, (all[1..3].to_vec(), false));
    Ok(())
}

#[tokio::test]
async fn parameters_of_lists_are_checked() -> TestResult {
    let api = Api::start().await?;
    for (query, param, code) in [
        ("limit=0", "limit", "integer_below_min_value"),
        ("limit=101", "limit", "integer_above_max_value"),
        ("limit=x", "limit", "invalid_type"),
        ("order=up", "order", "invalid_value"),
    ] {
        let expected = (400, param.to_owned(), code.to_owned());
        assert_eq!(api.refused("GET", &format!("/vector_stores?{query}"), Value::Null).await?, expected);
    }
    assert_eq!(api.refused("GET", "/vector_stores?after=vs_1", Value::Null).await?, missing("after"));
    assert!(api.status("/files?limit=10000").await?.is_success());
    Ok(())
}
