//! Uploads in parts.

use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::tests::harness::{TestResult, send};

/// A pending upload of so many bytes, and parts of these.
async fn begun(api: &Api, bytes: usize, parts: &[&str]) -> TestResult<(String, Vec<String>)> {
    let body = json!({"filename": "a.jsonl", "purpose": "fine-tune", "bytes": bytes, "mime_type": "text/jsonl"});
    let upload = api.post("/uploads", body).await?;
    assert_eq!(
        (&upload["status"], &upload["bytes"], &upload["filename"]),
        (&json!("pending"), &json!(bytes), &json!("a.jsonl"))
    );
    let upload = id(&upload)?;
    let mut ids = Vec::new();
    for part in parts {
        let made = api.form(&format!("/uploads/{upload}/parts"), &[], ("data", "blob", part.as_bytes())).await?;
        assert_eq!(made["upload_id"], *upload);
        ids.push(id(&made)?);
    }
    Ok((upload, ids))
}

#[tokio::test]
async fn the_parts_become_a_file_in_the_order_of_their_ids() -> TestResult {
    let api = Api::start().await?;
    let (upload, parts) = begun(&api, 11, &["world", "hello "]).await?;
    assert!(upload.starts_with("upload_") && parts[0].starts_with("part_"));
    let body = json!({"part_ids": [parts[1], parts[0]], "md5": "5EB63BBBE01EEED093CB22BB8F5ACDC3"});
    let completed = api.post(&format!("/uploads/{upload}/complete"), body).await?;
    assert_eq!((&completed["status"], &completed["id"]), (&json!("completed"), &json!(upload)));
    let file = &completed["file"];
    assert_eq!(
        (&file["filename"], &file["purpose"], &file["bytes"]),
        (&json!("a.jsonl"), &json!("fine-tune"), &json!(11))
    );
    assert_eq!(api.get(&format!("/files/{}", id(file)?)).await?, *file);
    let content = send(&api.server, "GET", &format!("/files/{}/content", id(file)?), "", "").await?;
    assert_eq!(content.text(), "hello world");
    for end in ["complete", "cancel"] {
        assert_eq!(api.refused("POST", &format!("/uploads/{upload}/{end}"), json!({"part_ids": []})).await?.0, 400);
    }
    Ok(())
}

#[tokio::test]
async fn what_does_not_add_up_is_refused_and_can_be_done_right() -> TestResult {
    let api = Api::start().await?;
    let (upload, parts) = begun(&api, 6, &["abc", "def"]).await?;
    let (_, others) = begun(&api, 3, &["xyz"]).await?;
    let path = format!("/uploads/{upload}/complete");
    let bad = |param: &str| (400, param.to_owned(), String::new());
    assert_eq!(api.refused("POST", &path, json!({"part_ids": [parts[0]]})).await?, bad("part_ids"));
    assert_eq!(api.refused("POST", &path, json!({"part_ids": [parts[0], parts[0]]})).await?, bad("part_ids"));
    assert_eq!(api.refused("POST", &path, json!({"part_ids": [parts[0], others[0]]})).await?, missing("part_ids"));
    assert_eq!(api.refused("POST", &path, json!({"part_ids": parts, "md5": "00"})).await?, bad("md5"));
    assert_eq!(api.refused("POST", &path, json!({})).await?.2, "missing_required_parameter");
    assert_eq!(api.post(&path, json!({"part_ids": parts})).await?["status"], "completed");
    Ok(())
}

#[tokio::test]
async fn a_cancelled_upload_takes_no_more() -> TestResult {
    let api = Api::start().await?;
    let (upload, _) = begun(&api, 3, &["abc"]).await?;
    assert_eq!(
        api.checked("POST", &format!("/uploads/{upload}/cancel"), "", Default::default()).await?["status"],
        "cancelled"
    );
    let part = super::api::form(&[], ("data", "blob", b"x"));
    let refused = send(&api.server, "POST", &format!("/uploads/{upload}/parts"), super::api::FORM, part).await?;
    assert_eq!(refused.status.as_u16(), 400);
    assert_eq!(api.refused("POST", "/uploads/upload_1/cancel", Value::Null).await?, missing("upload_id"));
    Ok(())
}
