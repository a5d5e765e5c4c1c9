//! Videos.

use http::StatusCode;
use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::tests::harness::{TestResult, send};

#[tokio::test]
async fn a_video_is_ready_after_its_polls() -> TestResult {
    let api = Api::start().await?;
    let fields = [("prompt", "a cat"), ("seconds", "8"), ("size", "1280x720"), ("model", "sora-2-pro")];
    let video = api.form("/videos", &fields, ("input_reference", "a.png", b"x")).await?;
    for (name, value) in fields {
        assert_eq!(video[name], value, "{name}");
    }
    assert_eq!((&video["status"], &video["progress"]), (&json!("queued"), &json!(0)));
    let path = format!("/videos/{}", id(&video)?);
    assert!(path.starts_with("/videos/video_"));
    assert_eq!(api.status(&format!("{path}/content")).await?, StatusCode::BAD_REQUEST);
    assert_eq!(api.looks(&path, 3).await?, ["in_progress", "completed", "completed"]);
    let done = api.get(&path).await?;
    assert!(done["progress"] == 100 && done["completed_at"].is_u64() && done["expires_at"].is_u64(), "{done}");
    let content = send(&api.server, "GET", &format!("{path}/content?variant=thumbnail"), "", "").await?;
    assert_eq!((content.status, content.header("content-type")), (StatusCode::OK, "image/webp"));
    let remix = api.post(&format!("{path}/remix"), json!({"prompt": "a dog"})).await?;
    assert_eq!(
        (&remix["remixed_from_video_id"], &remix["prompt"], &remix["seconds"]),
        (&video["id"], &json!("a dog"), &json!("8"))
    );
    let edit = api.post("/videos/edits", json!({"prompt": "blue", "video": {"id": video["id"]}})).await?;
    assert_eq!((&edit["size"], &edit["remixed_from_video_id"]), (&json!("1280x720"), &Value::Null));
    assert_eq!(api.page("/videos?limit=2").await?, (vec![id(&edit)?, id(&remix)?], true));
    assert_eq!(api.page("/videos?order=asc").await?.0[0], id(&video)?);
    assert_eq!(api.delete(&path).await?["object"], "video.deleted");
    for path in [path.clone(), format!("{path}/content")] {
        assert_eq!(api.refused("GET", &path, Value::Null).await?, missing("video_id"));
    }
    let early = api.refused("POST", &format!("/videos/{}/remix", id(&remix)?), json!({"prompt": "x"})).await?;
    assert_eq!(
        (early.0, api.refused("POST", "/videos/video_0/remix", json!({"prompt": "x"})).await?),
        (400, missing("video_id"))
    );
    Ok(())
}
