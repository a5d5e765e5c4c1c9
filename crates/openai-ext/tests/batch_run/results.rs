//! What comes of a run: each request once, in either order, with what is told on the way.

use openai_ext::batches::{BatchEvent, BatchItem};
use openai_ext::types::{ChatCompletion, EmbeddingCreateParams};
use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn each_request_gets_its_result() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let run =
        client.batches().run(requests(&client, 25)).with_max_requests_per_batch(10).metadata([("team", "search")]);
    let mut results = run.results();
    let mut indices = Vec::new();
    while let Some(result) = results.next().await {
        let result = result?;
        assert_eq!(result.custom_id, format!("request-{}", result.index));
        assert!(result.request_id.is_some() && !result.is_missing());
        assert_eq!(result.status.map(|status| status.as_u16()), Some(200));
        assert!(!result.result?.text().is_empty());
        indices.push(result.index);
    }
    indices.sort_unstable();
    assert_eq!(indices, (0..25).collect::<Vec<_>>());
    let summary = results.summary();
    assert_eq!((summary.requests, summary.succeeded, summary.failed, summary.duplicates), (25, 25, 0, 0));
    assert_eq!((count(&mock, "createFile"), count(&mock, "createBatch")), (3, 3));
    for (request, part) in creates(&mock).iter().zip(["1/3", "2/3", "3/3"]) {
        assert_eq!(request["metadata"]["openai_ext_run"], json!(summary.run_id));
        assert_eq!(
            (&request["metadata"]["openai_ext_part"], &request["metadata"]["team"]),
            (&json!(part), &json!("search"))
        );
        assert_eq!(
            (&request["endpoint"], &request["completion_window"]),
            (&json!("/v1/chat/completions"), &json!("24h"))
        );
    }
    Ok(())
}

fn creates(mock: &MockServer) -> Vec<Value> {
    let mut bodies: Vec<Value> = mock
        .requests()
        .iter()
        .filter(|request| request.operation().is_some_and(|operation| operation.id() == "createBatch"))
        .filter_map(|request| request.json())
        .collect();
    bodies.sort_by_key(|body| body["metadata"]["openai_ext_part"].to_string());
    bodies
}

#[tokio::test]
async fn results_come_in_the_order_of_the_requests_if_asked() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let run = client.batches().run(requests(&client, 700)).with_max_requests_per_batch(300).with_input_order();
    let mut results = run.results();
    let mut next = 0;
    while let Some(result) = results.next().await {
        assert_eq!(result?.index, next);
        next += 1;
    }
    assert_eq!(next, 700);
    Ok(())
}

#[tokio::test]
async fn requests_are_builders_bodies_items_and_pairs() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let create = |text: &str| client.embeddings().create("text-embedding-3-small", text);
    let items = [
        BatchItem::new(create("a")),
        BatchItem::new(create("b")).custom_id("my-b"),
        BatchItem::new(("my-c", create("c"))),
        BatchItem::new(EmbeddingCreateParams::new("text-embedding-3-small", "d")),
        BatchItem::new(create("e").with_body_field("dimensions", 8)),
        BatchItem::from_json(&json!({"model": "text-embedding-3-small", "input": ["f", "g"]})),
    ];
    let results = client.batches().run(items).collect().await?;
    let ids: Vec<&str> = results.iter().map(|result| result.custom_id.as_str()).collect();
    assert_eq!(ids, ["request-0", "my-b", "my-c", "request-3", "request-4", "request-5"]);
    let vectors: Vec<usize> = results
        .into_iter()
        .map(|result| Ok(result.result?.data.iter().filter_map(|item| item.vector()).map(|v| v.len()).sum()))
        .collect::<openai_ext::Result<_>>()?;
    assert_eq!(vectors[4], 8);
    assert!(vectors.iter().all(|length| *length > 0));
    Ok(())
}

#[tokio::test]
async fn what_happens_is_told_in_its_order() -> TestResult {
    let mock = mock();
    let (client, quick) = quick_client(&mock);
    let mut events = client.batches().run(requests(&client, 2500)).with_max_requests_per_batch(2000).events();
    let (mut prepared, mut log) = (Vec::new(), Vec::new());
    while let Some(event) = events.next().await {
        match event? {
            BatchEvent::Prepared { requests, .. } => prepared.push(requests),
            BatchEvent::Started { requests, batches, .. } => log.push(format!("started {requests} in {batches}")),
            BatchEvent::Uploaded { part, bytes, .. } => {
                assert!(bytes > 1000);
                log.push(format!("{part} uploaded"));
            }
            BatchEvent::Batch { part, batch, .. } => {
                let counts = batch.request_counts.map(|counts| counts.completed).unwrap_or_default();
                log.push(format!("{part} {} {counts}", batch.status.as_str()));
            }
            BatchEvent::Result(result) => {
                let known = format!("result of {}", result.index / 2000);
                // Events of the other batch come between them.
                if !log.contains(&known) {
                    log.push(known);
                }
            }
            other => return Err(format!("{other:?}").into()),
        }
    }
    assert_eq!(prepared, [1000, 2000, 2500]);
    assert_eq!(log[0], "started 2500 in 2");
    for part in 0..2 {
        let of_part: Vec<&String> = log
            .iter()
            .filter(|line| line.starts_with(&format!("{part} ")) || **line == format!("result of {part}"))
            .collect();
        let done = if part == 0 { 2000 } else { 500 };
        let wanted = [
            format!("{part} uploaded"),
            format!("{part} validating 0"),
            format!("{part} in_progress 0"),
            format!("{part} finalizing {done}"),
            format!("{part} completed {done}"),
            format!("result of {part}"),
        ];
        assert_eq!(of_part, wanted.iter().collect::<Vec<_>>(), "{log:?}");
    }
    // The mock says how long to wait, by `openai-poll-after-ms`; less than 50 ms counts as 50.
    assert_eq!(quick.waits(), [Duration::from_millis(50); 6]);
    Ok(())
}

#[tokio::test]
async fn the_callers_interval_wins_and_is_told() -> TestResult {
    let mock = mock();
    let (client, quick) = quick_client(&mock);
    let interval = Duration::from_secs(7);
    client.batches().run(requests(&client, 3)).with_poll_interval(interval).collect().await?;
    assert_eq!(quick.waits(), [interval; 3]);
    let looks = mock.requests();
    let looks: Vec<_> =
        looks.iter().filter(|request| request.operation().is_some_and(|known| known.id() == "retrieveBatch")).collect();
    assert_eq!(looks.len(), 3);
    for look in looks {
        assert_eq!(look.header("x-stainless-poll-helper"), Some("true"));
        assert_eq!(look.header("x-stainless-custom-poll-interval"), Some("7000"));
    }
    Ok(())
}

#[tokio::test]
async fn embeddings_are_split_by_their_inputs_too() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let many: Vec<String> = (0..2000).map(|number| number.to_string()).collect();
    let requests: Vec<_> =
        (0..26).map(|_| client.embeddings().create("text-embedding-3-small", many.clone()).dimensions(1)).collect();
    let mut events = client.batches().run(requests).events();
    while let Some(event) = events.next().await {
        if let BatchEvent::Started { batches, .. } = event? {
            // 25 of them have 50,000 inputs.
            assert_eq!(batches, 2);
            return Ok(());
        }
    }
    Err("the run did not start".into())
}

#[tokio::test]
async fn nothing_stays_behind_without_a_state_file() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let mut events = client.batches().run(requests(&client, 20)).events();
    let mut run = String::new();
    while let Some(event) = events.next().await {
        if let BatchEvent::Uploaded { .. } = event? {
            run = events.summary().run_id.clone();
        }
    }
    assert!(!run.is_empty());
    let left = names(&std::env::temp_dir()).into_iter().filter(|name| name.starts_with("openai-batch-"));
    // Other tests may be running; theirs have other ids and go as well.
    for name in left {
        assert!(!name.contains(&run), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_clean_up_leaves_nothing_anywhere() -> TestResult {
    let (mock, folder) = (mock(), Folder::new("clean"));
    let (client, _) = quick_client(&mock);
    let run = client.batches().run(requests(&client, 30)).with_max_requests_per_batch(10);
    let results = run.with_state_file(folder.state()).with_cleanup().collect().await?;
    assert_eq!(results.len(), 30);
    assert_eq!(folder.names(), ["run.json.lock"]);
    let mut files = client.files().list().items();
    assert!(files.next().await.is_none());
    let error = client.batches().resume::<ChatCompletion>(folder.state()).collect().await.err().ok_or("no error")?;
    assert!(error.message().contains("no batch run to resume"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_finished_run_gives_its_results_again() -> TestResult {
    let (mock, folder) = (mock(), Folder::new("again"));
    let (client, _) = quick_client(&mock);
    let run = client.batches().run(requests(&client, 30)).with_max_requests_per_batch(10);
    let first = run.with_state_file(folder.state()).collect().await?;
    let again = client.batches().resume::<ChatCompletion>(folder.state()).with_input_order().collect().await?;
    let texts = |results: Vec<openai_ext::BatchResult<ChatCompletion>>| {
        results.into_iter().map(|result| Ok(result.result?.text().to_owned())).collect::<openai_ext::Result<Vec<_>>>()
    };
    assert_eq!(texts(first)?, texts(again)?);
    assert_eq!((count(&mock, "createFile"), count(&mock, "createBatch")), (3, 3));
    let state = std::fs::read_to_string(folder.state())?;
    assert!(!state.contains("secret") && state.contains("\"ended\""), "{state}");
    Ok(())
}

#[cfg(feature = "blocking")]
#[test]
fn it_works_without_a_runtime() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    assert_eq!(client.batches().run(requests(&client, 5)).collect().wait()?.len(), 5);
    let mut results = client.batches().run(requests(&client, 5)).results().blocking();
    assert!(results.by_ref().all(|result| result.is_ok()));
    assert_eq!(results.summary().succeeded, 5);
    Ok(())
}
