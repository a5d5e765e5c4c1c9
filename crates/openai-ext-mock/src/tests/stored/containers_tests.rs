//! Containers and their files.

use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::tests::harness::{TestResult, send};

#[tokio::test]
async fn a_container_holds_files() -> TestResult {
    let api = Api::start().await?;
    let source = api.upload("a.txt", "user_data", b"from outside").await?;
    let body = json!({"name": "box", "file_ids": [source], "memory_limit": "4g", "expires_after": {"anchor": "last_active_at", "minutes": 5}});
    let container = api.post("/containers", body.clone()).await?;
    for field in ["name", "memory_limit", "expires_after"] {
        assert_eq!(container[field], body[field], "{field}");
    }
    assert_eq!(container["status"], "running");
    let path = format!("/containers/{}", id(&container)?);
    assert!(path.starts_with("/containers/cntr_"));
    assert_eq!(api.get(&path).await?, container);
    let own = api.form(&format!("{path}/files"), &[], ("file", "b.txt", b"own")).await?;
    assert_eq!(
        (&own["path"], &own["bytes"], &own["container_id"]),
        (&json!("/mnt/data/b.txt"), &json!(3), &container["id"])
    );
    let copy = api.post(&format!("{path}/files"), json!({"file_id": source})).await?;
    let (ids, _) = api.page(&format!("{path}/files?order=asc")).await?;
    assert_eq!((ids.len(), &ids[1..]), (3, &[id(&own)?, id(&copy)?][..]));
    assert_eq!(api.page(&format!("{path}/files?limit=1")).await?, (vec![id(&copy)?], true));
    for (id, text) in ids.iter().zip(["from outside", "own", "from outside"]) {
        let content = send(&api.server, "GET", &format!("{path}/files/{id}/content"), "", "").await?;
        assert_eq!(content.text(), text);
    }
    let file = format!("{path}/files/{}", id(&own)?);
    assert_eq!(api.get(&file).await?, own);
    assert_eq!(api.delete(&file).await?["deleted"], true);
    assert_eq!(api.refused("GET", &file, Value::Null).await?, missing("file_id"));
    assert_eq!(api.refused("POST", &format!("{path}/files"), json!({"file_id": "file-0"})).await?, missing("file_id"));
    assert_eq!(api.delete(&path).await?["deleted"], true);
    assert_eq!(api.refused("GET", &format!("{path}/files"), Value::Null).await?, missing("container_id"));
    Ok(())
}

#[tokio::test]
async fn containers_are_listed_by_their_name() -> TestResult {
    let api = Api::start().await?;
    let one = id(&api.post("/containers", json!({"name": "one"})).await?)?;
    let two = id(&api.post("/containers", json!({"name": "two"})).await?)?;
    assert_eq!(api.page("/containers").await?.0, [two.clone(), one.clone()]);
    assert_eq!(api.page("/containers?name=one").await?.0, [one]);
    assert_eq!(api.refused("POST", "/containers", json!({})).await?.1, "name");
    assert_eq!(
        api.refused("POST", "/containers", json!({"name": "x", "file_ids": ["file-0"]})).await?,
        missing("file_ids")
    );
    Ok(())
}
