//! What is refused before anything is sent.

use openai_ext::batches::{BatchItem, BatchRequest, BatchRun};
use openai_ext::resources::images::EditOperation;
use openai_ext::types::{ChatCompletion, CreateEmbeddingResponse};
use openai_ext::{Error, ErrorKind};
use serde_json::json;

use super::*;

/// The error of a run that sends nothing.
async fn refused(mock: &MockServer, run: BatchRun<ChatCompletion>) -> Result<Error, Box<dyn std::error::Error>> {
    let error = run.collect().await.err().ok_or("no error")?;
    assert!(mock.requests().is_empty(), "{error}");
    Ok(error)
}

#[tokio::test]
async fn requests_that_can_not_be_sent() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let create = || client.chat().completions().create("gpt-5.5", [Message::user("Hello")]);
    let item = |id: &str| BatchItem::new(create()).custom_id(id);
    let batches = client.batches();
    let header = create().with_header("x-mine", "1");
    let query = create().with_query("mine", 1);
    for (run, parts) in [
        (batches.run(Vec::<Create>::new()), &["at least one request"][..]),
        (batches.run([item("a"), item("b"), item("a")]), &["requests 0 and 2", "\"a\""]),
        (batches.run([item("request-1"), BatchItem::new(create())]), &["requests 0 and 1", "\"request-1\""]),
        (batches.run([item("a"), item("")]), &["request 1 has an empty custom id"]),
        (batches.run([item("a"), BatchItem::new(header).custom_id("b")]), &["request 1 (\"b\")", "header `x-mine`"]),
        (batches.run([query]), &["request 0 (\"request-0\")", "`mine` of the query"]),
        (batches.run([create()]).with_max_bytes_per_file(100), &["request 0", "at most 100"]),
    ] {
        let error = refused(&mock, run).await?;
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(parts.iter().all(|part| error.message().contains(part)), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn custom_ids_are_compared_over_all_files() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let create = client.chat().completions().create("gpt-5.5", [Message::user("Hello")]);
    let items = (0..300).map(move |number| (format!("id \"{}\"\n", number % 299), create.clone()));
    let error = refused(&mock, client.batches().run(items).with_max_requests_per_batch(50)).await?;
    assert!(error.message().contains("requests 0 and 299 have the same custom id"), "{error}");
    Ok(())
}

#[tokio::test]
async fn forms_have_no_json() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let edit = client.images().edit(InputFile::from_bytes(vec![1]), "A boat");
    let error = client.batches().run([edit]).collect().await.err().ok_or("no error")?;
    assert!(error.message().contains("`createImageEdit` sends a form"), "{error}");
    // As JSON it is a request as any other.
    let item = BatchItem::<EditOperation>::from_json(&json!({"prompt": "A boat", "images": [{"file_id": "file-1"}]}));
    assert_eq!(client.batches().run([item.into_item()]).collect().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn options_that_do_not_fit() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let run = || client.batches().run(requests(&client, 3));
    let many = (0..15).map(|number| (number.to_string(), "x"));
    for (run, part) in [
        (run().with_max_requests_per_batch(0), "`with_max_requests_per_batch` is 0"),
        (run().with_max_bytes_per_file(0), "`with_max_bytes_per_file` is 0"),
        (run().with_concurrent_uploads(0), "`with_concurrent_uploads` is 0"),
        (run().with_max_batches_in_flight(0), "`with_max_batches_in_flight` is 0"),
        (run().with_max_requests_per_batch(50_001), "at most 50000 requests"),
        (run().with_max_bytes_per_file(200_000_001), "at most 200000000 bytes"),
        (run().metadata(many), "15 pairs, and at most 14"),
        (run().metadata([("openai_ext_run", "x")]), "\"openai_ext_run\""),
    ] {
        let error = refused(&mock, run).await?;
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.message().contains(part), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn states_that_can_not_be_resumed() -> TestResult {
    let (mock, folder) = (mock(), Folder::new("states"));
    let (client, _) = quick_client(&mock);
    let resume = || client.batches().resume::<ChatCompletion>(folder.state());
    let error = refused(&mock, resume()).await?;
    assert!(error.message().contains("there is no batch run to resume at"), "{error}");
    for text in ["", "{}", "{\"version\": 2}", "no JSON", "[1, 2"] {
        std::fs::write(folder.state(), text)?;
        let error = refused(&mock, resume()).await?;
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("is no usable state of a batch run"), "{error}");
        // It is nobody's to be written over.
        let run = client.batches().run_or_resume(folder.state(), requests(&client, 1));
        refused(&mock, run).await?;
        assert_eq!(std::fs::read_to_string(folder.state())?, text);
    }
    let missing = client.batches().run(requests(&client, 1)).with_state_file(folder.0.join("none").join("run.json"));
    let error = refused(&mock, missing).await?;
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().contains("run.json.lock can't be locked"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_run_is_resumed_as_what_it_was() -> TestResult {
    let (mock, folder) = (mock(), Folder::new("type"));
    let (client, _) = quick_client(&mock);
    mock.on("createFile").times(1).reply(openai_ext_mock::Reply::error(
        http::StatusCode::FORBIDDEN,
        "x",
        None,
        "No.",
    ))?;
    let run = client.batches().run(requests(&client, 3)).with_state_file(folder.state());
    let error = run.collect().await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.message().starts_with("part 0 of the batch run: No."), "{error}");
    let other = client.batches().resume::<CreateEmbeddingResponse>(folder.state()).collect().await;
    let error = other.err().ok_or("no error")?;
    assert!(error.message().contains("is one of /v1/chat/completions, whose answers are of another type"), "{error}");
    // A file of requests that was changed meanwhile is not sent.
    let input = folder.0.join("run.json.files").join("part-00000.jsonl");
    let text = std::fs::read_to_string(&input)?;
    std::fs::write(&input, &text[1..])?;
    let error = client.batches().resume::<ChatCompletion>(folder.state()).collect().await.err().ok_or("no error")?;
    assert!(error.message().contains("bytes, and had"), "{error}");
    std::fs::write(&input, &text)?;
    assert_eq!(client.batches().resume::<ChatCompletion>(folder.state()).collect().await?.len(), 3);
    Ok(())
}
