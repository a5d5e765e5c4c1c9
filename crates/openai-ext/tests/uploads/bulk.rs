//! Many files: all, some, none, one.

use openai_ext::ErrorKind;
use openai_ext::types::VectorStoreFileBatch;
use openai_ext::vector_stores::{BulkEvent, BulkFailure};
use openai_ext_mock::Reply;
use serde_json::json;

use super::*;

async fn store(client: &Client) -> openai_ext::Result<String> {
    Ok(client.vector_stores().create().name("guides").send().await?.id)
}

fn files(count: usize) -> impl Iterator<Item = InputFile> + Send + 'static {
    (0..count).map(|number| InputFile::from_bytes(format!("Guide {number}")).name(format!("guide-{number}.txt")))
}

/// Refuses files by their names.
fn refuse(mock: &MockServer, is_refused: impl Fn(usize) -> bool + Send + Sync + 'static) -> TestResult {
    let named = move |request: &ReceivedRequest| {
        let name = request.form().and_then(|form| form.into_iter().find_map(|part| part.filename)).unwrap_or_default();
        let number = name.trim_start_matches("guide-").trim_end_matches(".txt").parse();
        number.is_ok_and(&is_refused)
    };
    let refusal =
        Reply::error(http::StatusCode::BAD_REQUEST, "invalid_request_error", Some("bad_file"), "Not this one.");
    mock.on("createFile").when(named).reply(refusal)?;
    Ok(())
}

#[tokio::test]
async fn a_thousand_files_of_which_one_in_a_hundred_fails() -> TestResult {
    let (mock, client) = start()?;
    let store = store(&client).await?;
    refuse(&mock, |number| number % 100 == 7)?;
    let bulk = client.vector_stores().file_batches();
    let mut events = bulk.upload_and_poll(&store, files(1000)).with_partial_failure().events();
    let (mut uploaded, mut failed, mut report) = (0, 0, None);
    while let Some(event) = events.next().await {
        match event? {
            BulkEvent::Uploaded { .. } => uploaded += 1,
            BulkEvent::Failed { message, .. } => {
                assert!(message.contains("Not this one."), "{message}");
                failed += 1;
            }
            BulkEvent::Done(done) => report = Some(done),
            _ => {}
        }
    }
    assert_eq!((uploaded, failed), (990, 10));
    let report = report.ok_or("no report")?;
    assert_eq!((report.files.len(), report.batches.len()), (1000, 1));
    for (index, file) in report.files.iter().enumerate() {
        assert_eq!((file.index, &file.name), (index, &format!("guide-{index}.txt")));
        let error = file.error.as_ref().map(|error| (error.kind(), error.code()));
        let wanted = (index % 100 == 7).then_some((ErrorKind::BadRequest, Some("bad_file")));
        assert_eq!((error, file.file_id.is_some()), (wanted, wanted.is_none()));
    }
    assert_eq!(
        report.failed().map(|file| file.index).collect::<Vec<_>>(),
        (0..10).map(|n| n * 100 + 7).collect::<Vec<_>>()
    );
    // They were added in the order in which they were given, whatever the order in which they were uploaded.
    let requests = mock.requests();
    let created = of(&requests, "createVectorStoreFileBatch");
    let ids: Vec<&String> = report.files.iter().filter_map(|file| file.file_id.as_ref()).collect();
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].json().ok_or("no body")?["file_ids"], json!(ids));
    assert_eq!(report.batches[0].file_counts.completed, 990);
    for request in of(&requests, "createFile") {
        let form = request.form().ok_or("no form")?;
        assert!(form.iter().any(|part| part.name == "purpose" && part.data == "assistants"));
    }
    Ok(())
}

#[tokio::test]
async fn the_first_failure_stops_the_rest_and_tells_what_is_there() -> TestResult {
    let (mock, client) = start()?;
    let store = store(&client).await?;
    refuse(&mock, |number| number == 12)?;
    let error =
        client.vector_stores().file_batches().upload_and_poll(&store, files(100)).await.err().ok_or("no error")?;
    assert_eq!((error.kind(), error.code()), (ErrorKind::BadRequest, Some("bad_file")));
    assert!(error.message().starts_with("file 12 (\"guide-12.txt\"): Not this one."), "{error}");
    let failure = error.detail::<BulkFailure>().ok_or("no detail")?;
    assert_eq!((failure.index, failure.name.as_deref()), (Some(12), Some("guide-12.txt")));
    // Nothing is on the server that the error does not tell of.
    let (mut list, mut there) = (client.files().list().items(), Vec::new());
    while let Some(file) = list.next().await {
        there.push(file?.id);
    }
    let mut told: Vec<String> = failure.uploaded.iter().map(|(_, id)| id.clone()).collect();
    there.sort();
    told.sort();
    assert_eq!(there, told);
    // Those under way beside it are awaited, and one that is done before it makes room for another.
    assert!((12..22).contains(&there.len()), "{}", there.len());
    assert!(of(&mock.requests(), "createVectorStoreFileBatch").is_empty());
    Ok(())
}

#[tokio::test]
async fn no_more_are_under_way_than_asked_for() -> TestResult {
    let (mock, client) = start()?;
    let store = store(&client).await?;
    let bulk = client.vector_stores().file_batches();
    let report = bulk.upload_and_poll(&store, files(20)).with_concurrency(1).file_ids(["file-none"; 0]).await?;
    assert_eq!(report.files.len(), 20);
    let names: Vec<String> = of(&mock.requests(), "createFile")
        .iter()
        .filter_map(|request| request.form()?.into_iter().find_map(|part| part.filename))
        .collect();
    assert_eq!(names, (0..20).map(|number| format!("guide-{number}.txt")).collect::<Vec<_>>());
    let error = bulk.upload_and_poll(&store, files(1)).with_concurrency(0).await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::Config);
    Ok(())
}

#[tokio::test]
async fn nothing_to_upload_is_an_error() -> TestResult {
    let (mock, client) = start()?;
    let error =
        client.vector_stores().file_batches().upload_and_poll("vs_1", files(0)).await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(mock.requests().is_empty());
    refuse(&mock, |_| true)?;
    let all = client.vector_stores().file_batches().upload_and_poll("vs_1", files(3)).with_partial_failure();
    let error = all.await.err().ok_or("no error")?;
    assert!(error.message().starts_with("none of the files could be uploaded; the first: Not this one."), "{error}");
    assert_eq!(error.detail::<BulkFailure>(), Some(&BulkFailure::default()));
    Ok(())
}

#[tokio::test]
async fn files_that_can_not_be_processed_are_told_with_the_reason() -> TestResult {
    let (_mock, client) = start()?;
    let store = store(&client).await?;
    let known = client.files().create(InputFile::from_bytes("Known").name("known.txt"), "assistants").send().await?.id;
    let inputs = ["Good", "", "Fine"].map(|text| InputFile::from_bytes(text).name("guide.txt"));
    let bulk = client.vector_stores().file_batches().upload_and_poll(&store, inputs);
    let report = bulk.file_ids([&known]).attributes([("language", "en")]).await?;
    let failed: Vec<usize> = report.failed().map(|file| file.index).collect();
    assert_eq!((failed, report.files[3].name.as_str()), (vec![1], known.as_str()));
    let error = report.files[1].error.as_ref().ok_or("no error")?;
    assert_eq!((error.kind(), error.code()), (ErrorKind::UnprocessableEntity, Some("invalid_file")));
    assert!(error.message().contains("empty"), "{error}");
    Ok(())
}

#[tokio::test]
async fn what_fails_after_the_uploads_tells_of_them() -> TestResult {
    let (mock, client) = start()?;
    let error =
        client.vector_stores().file_batches().upload_and_poll("vs_none", files(3)).await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let failure = error.detail::<BulkFailure>().ok_or("no detail")?;
    assert_eq!((failure.uploaded.len(), failure.index, failure.batch_ids.len()), (3, None, 0));
    let error =
        client.vector_stores().files().upload_and_poll("vs_none", ("a.txt", "A")).await.err().ok_or("no error")?;
    assert_eq!(error.detail::<BulkFailure>().map(|failure| failure.uploaded.len()), Some(1));
    let store = store(&client).await?;
    mock.on("getVectorStoreFileBatch").reply(Reply::error(http::StatusCode::FORBIDDEN, "x", None, "No."))?;
    let error =
        client.vector_stores().file_batches().upload_and_poll(&store, files(3)).await.err().ok_or("no error")?;
    let failure = error.detail::<BulkFailure>().ok_or("no detail")?;
    assert_eq!((failure.uploaded.len(), failure.batch_ids.len()), (3, 1));
    Ok(())
}

#[tokio::test]
async fn one_file_is_added_and_waited_for() -> TestResult {
    let (_mock, client) = start()?;
    let store = store(&client).await?;
    let files = client.vector_stores().files();
    let file = files.upload_and_poll(&store, ("a.txt", "A")).attributes([("language", "en")]).await?;
    assert_eq!((file.status.as_str(), file.usage_bytes), ("completed", 1));
    assert_eq!(file.attributes.map(|attributes| attributes.len()), Some(1));
    assert_eq!(files.upload_and_poll(&store, ("b.txt", "")).await?.status.as_str(), "failed");
    Ok(())
}

#[tokio::test]
async fn more_than_a_batch_can_have_are_several() -> TestResult {
    let (mock, client) = start()?;
    let store = store(&client).await?;
    let ids: Vec<String> = (0..2001).map(|number| format!("file-{number}")).collect();
    let sizes = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = sizes.clone();
    let batch = |status: &str| {
        json!({
            "id": "vsfb_1", "object": "vector_store.files_batch", "created_at": 1, "vector_store_id": "vs_1", "status": status,
            "file_counts": {"in_progress": 0, "completed": 1, "failed": 0, "cancelled": 0, "total": 1},
        })
    };
    let started = batch("in_progress");
    mock.on("createVectorStoreFileBatch").reply_with(move |request| {
        let length = request.json().and_then(|body| body["file_ids"].as_array().map(Vec::len));
        seen.lock().expect("no test panicked with it").push(length);
        Reply::json(http::StatusCode::OK, &started)
    })?;
    mock.on("getVectorStoreFileBatch").reply_json(&batch("completed"))?;
    let bulk = client.vector_stores().file_batches().upload_and_poll(&store, files(0));
    let report = bulk.file_ids(ids).with_poll_interval(std::time::Duration::ZERO).await?;
    let done: Vec<&VectorStoreFileBatch> = report.batches.iter().collect();
    assert_eq!(done.len(), 2);
    assert_eq!(*sizes.lock().expect("no test panicked with it"), [Some(2000), Some(1)]);
    Ok(())
}

#[cfg(feature = "blocking")]
#[test]
fn both_work_without_a_runtime() -> TestResult {
    let (_mock, client) = start()?;
    let store = client.vector_stores().create().send().wait()?.id;
    let report = client.vector_stores().file_batches().upload_and_poll(&store, files(3)).wait()?;
    assert_eq!(report.files.len(), 3);
    let file = client.vector_stores().files().upload_and_poll(&store, ("a.txt", "A")).wait()?;
    assert_eq!(file.status.as_str(), "completed");
    Ok(())
}
