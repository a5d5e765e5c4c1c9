//! Large files in parts: joined in order, checked, cancelled or resumed after a failure.

use std::path::PathBuf;

use openai_ext::ErrorKind;
use openai_ext::uploads::{UnfinishedUpload, UploadEvent};
use openai_ext_mock::Reply;
use serde_json::json;

use super::*;

const LENGTH: usize = 1_000_003;
const PART: u64 = 100_000;

fn content() -> Vec<u8> {
    (0..LENGTH as u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// A file that goes with the test.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("openai-ext-upload-{}-{name}.jsonl", std::process::id()));
        std::fs::write(&path, content())?;
        Ok(Self(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

fn refusal() -> Reply {
    Reply::error(http::StatusCode::FORBIDDEN, "x", None, "No more.")
}

#[tokio::test]
async fn parts_are_joined_in_their_order_and_checked() -> TestResult {
    let (mock, client) = start()?;
    let file = Temporary::new("whole")?;
    let call = client.uploads().upload_file_chunked(file.0.as_path(), "fine-tune").with_part_size(PART);
    let mut events = call.events();
    let (mut sent, mut last, mut parts, mut done) = (0, 0, Vec::new(), None);
    while let Some(event) = events.next().await {
        match event? {
            UploadEvent::Started { bytes, parts, sent, .. } => assert_eq!((bytes, parts, sent), (LENGTH as u64, 11, 0)),
            UploadEvent::Part { index, sent: now, .. } => {
                assert!(now > sent);
                sent = now;
                last = last.max(index);
                parts.push(index);
            }
            UploadEvent::Completed(upload) => done = Some(upload),
            other => return Err(format!("{other:?}").into()),
        }
    }
    parts.sort_unstable();
    assert_eq!((parts, sent, last), ((0..11).collect(), LENGTH as u64, 10));
    let uploaded = done.and_then(|upload| upload.file).ok_or("no file")?;
    // The mock checks length and sum as the API does.
    assert_eq!(client.files().content(&uploaded.id).send_bytes().await?, content());
    let requests = mock.requests();
    let created = of(&requests, "createUpload")[0].json().ok_or("no body")?;
    let name = file.0.file_name().map(|name| name.to_string_lossy().into_owned());
    assert_eq!(created["filename"], json!(name));
    assert_eq!((&created["purpose"], &created["bytes"]), (&json!("fine-tune"), &json!(LENGTH)));
    assert!(created["mime_type"].as_str().is_some_and(|media| media.contains("json")), "{created}");
    assert!(
        of(&requests, "completeUpload")[0]
            .json()
            .is_some_and(|body| body["md5"].as_str().is_some_and(|sum| sum.len() == 32))
    );
    Ok(())
}

#[tokio::test]
async fn bytes_in_memory_are_uploaded_the_same_way() -> TestResult {
    let (_mock, client) = start()?;
    for at_once in [1, 3, 100] {
        let call = client.uploads().upload_file_chunked(content(), "assistants").filename("notes.txt");
        let upload = call.mime_type("text/plain").with_part_size(PART).with_concurrency(at_once).await?;
        let file = upload.file.ok_or("no file")?;
        assert_eq!((file.filename.as_str(), file.bytes), ("notes.txt", LENGTH as i64));
        assert_eq!(client.files().content(&file.id).send_bytes().await?, content());
    }
    Ok(())
}

#[tokio::test]
async fn a_failure_cancels_the_upload() -> TestResult {
    let (mock, client) = start()?;
    let file = Temporary::new("cancel")?;
    let sixth = |request: &ReceivedRequest| {
        request.form().is_some_and(|form| form.iter().any(|part| part.data.starts_with(&content()[500_000..500_100])))
    };
    mock.on("addUploadPart").when(sixth).reply(refusal())?;
    let call = client.uploads().upload_file_chunked(file.0.as_path(), "fine-tune").with_part_size(PART);
    let error = call.await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.message().starts_with("part 6 of 11: No more."), "{error}");
    assert!(error.detail::<UnfinishedUpload>().is_none());
    assert_eq!(of(&mock.requests(), "cancelUpload").len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_failure_can_be_resumed_without_sending_parts_again() -> TestResult {
    let (mock, client) = start()?;
    let file = Temporary::new("resume")?;
    let uploads = client.uploads();
    let mut unfinished = None;
    // Each try gets three parts further.
    for _ in 0..3 {
        let before = of(&mock.requests(), "addUploadPart").len();
        let so_far = std::sync::atomic::AtomicUsize::new(0);
        mock.on("addUploadPart")
            .when(move |_| so_far.fetch_add(1, std::sync::atomic::Ordering::SeqCst) >= 3)
            .times(1)
            .reply(refusal())?;
        let call = match unfinished.take() {
            None => uploads.upload_file_chunked(file.0.as_path(), "fine-tune").with_part_size(PART).with_resume(),
            Some(unfinished) => uploads.resume_file_chunked(file.0.as_path(), unfinished),
        };
        let error = call.with_concurrency(1).await.err().ok_or("no error")?;
        unfinished = error.detail::<UnfinishedUpload>().cloned();
        assert_eq!(of(&mock.requests(), "addUploadPart").len() - before, 4);
    }
    let unfinished = unfinished.ok_or("no detail")?;
    assert_eq!(unfinished.part_ids.iter().flatten().count(), 9);
    // It can be kept elsewhere meanwhile.
    let kept = UnfinishedUpload::new(&unfinished.upload_id, unfinished.bytes, PART, unfinished.part_ids.clone());
    assert_eq!(kept, unfinished);
    // One that does not fit is refused, and is still there.
    let short = uploads.resume_file_chunked(vec![1; 5], kept.clone()).await.err().ok_or("no error")?;
    assert_eq!(short.kind(), ErrorKind::InvalidRequest);
    let mut odd = kept.clone();
    odd.part_ids.pop();
    let odd = uploads.resume_file_chunked(file.0.as_path(), odd).await.err().ok_or("no error")?;
    assert_eq!(odd.kind(), ErrorKind::InvalidRequest);
    let mut events = uploads.resume_file_chunked(file.0.as_path(), kept).events();
    let mut uploaded = None;
    while let Some(event) = events.next().await {
        match event? {
            UploadEvent::Started { sent, .. } => assert_eq!(sent, 9 * PART),
            UploadEvent::Completed(upload) => uploaded = upload.file,
            _ => {}
        }
    }
    let id = uploaded.ok_or("no file")?.id;
    assert_eq!(client.files().content(&id).send_bytes().await?, content());
    let requests = mock.requests();
    assert_eq!((of(&requests, "createUpload").len(), of(&requests, "cancelUpload").len()), (1, 0));
    Ok(())
}

#[tokio::test]
async fn what_can_not_be_uploaded_is_told_before_it_begins() -> TestResult {
    let (mock, client) = start()?;
    let uploads = client.uploads();
    let missing = std::path::Path::new("/nowhere/at/all.jsonl");
    let error = uploads.upload_file_chunked(missing, "batch").await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().contains("/nowhere/at/all.jsonl can't be read"), "{error}");
    let error = uploads.upload_file_chunked(std::env::temp_dir().as_path(), "batch").await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::Io);
    let error = uploads.upload_file_chunked(Vec::new(), "batch").await.err().ok_or("no error")?;
    assert!(error.message().contains("is empty"), "{error}");
    for (size, at_once) in [(0, 1), (64 * 1024 * 1024 + 1, 1), (1, 0)] {
        let call = uploads.upload_file_chunked(vec![1], "batch").with_part_size(size).with_concurrency(at_once);
        assert_eq!(call.await.err().map(|error| error.kind()), Some(ErrorKind::Config));
    }
    assert!(mock.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_file_that_shrinks_meanwhile_is_an_error() -> TestResult {
    let (mock, client) = start()?;
    let file = Temporary::new("shrinks")?;
    let call = client.uploads().upload_file_chunked(file.0.as_path(), "batch").with_part_size(PART).with_concurrency(1);
    let mut events = call.events();
    events.next().await.ok_or("nothing")??;
    std::fs::write(&file.0, [1; 150_000])?;
    let error = loop {
        match events.next().await.ok_or("no error")? {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert_eq!(of(&mock.requests(), "cancelUpload").len(), 1);
    Ok(())
}

#[cfg(feature = "blocking")]
#[test]
fn it_works_without_a_runtime() -> TestResult {
    let (_mock, client) = start()?;
    let upload = client.uploads().upload_file_chunked(content(), "batch").filename("a.jsonl").wait()?;
    assert_eq!(upload.file.map(|file| file.bytes), Some(LENGTH as i64));
    Ok(())
}
