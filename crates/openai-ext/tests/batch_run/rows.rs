//! What servers do: rows that are errors, missing, there twice or no rows at all; batches that fail, expire or never end;
//! connections that break.

use openai_ext::batches::{BatchEvent, BatchResult};
use openai_ext::types::ChatCompletion;
use openai_ext::{BatchItem, ErrorKind};
use openai_ext_mock::{Fault, ReceivedRequest, Reply};
use serde_json::{Value, json};

use super::*;

type ChatResult = BatchResult<ChatCompletion>;

fn error_of(result: &ChatResult) -> &openai_ext::Error {
    result.result.as_ref().expect_err("the request failed")
}

/// A request over the network: those in a batch's file come by scripts too.
fn is_call(request: &ReceivedRequest) -> bool {
    request.header("authorization").is_some()
}

/// Lets a batch look like this, whatever it is.
fn show_batches(mock: &MockServer, shown: Value) -> TestResult {
    mock.on("retrieveBatch").reply_with(move |request| {
        let mut batch = json!({
            "id": request.parameter("batch_id"), "object": "batch", "endpoint": "/v1/chat/completions",
            "input_file_id": "file-1", "completion_window": "24h", "status": "completed", "created_at": 1,
        });
        for (name, value) in shown.as_object().into_iter().flatten() {
            batch[name] = value.clone();
        }
        Reply::json(http::StatusCode::OK, &batch)
    })?;
    Ok(())
}

fn show_file(mock: &MockServer, id: &'static str, text: String) -> TestResult {
    let wanted = move |request: &ReceivedRequest| request.parameter("file_id") == Some(id);
    mock.on("downloadFile").when(wanted).reply(Reply::bytes(http::StatusCode::OK, "application/octet-stream", text))?;
    Ok(())
}

fn answer(custom_id: &str) -> String {
    let body = json!({"id": custom_id, "object": "chat.completion", "choices": [], "created": 1, "model": "m"});
    json!({
        "id": "batch_req_1", "custom_id": custom_id, "error": null,
        "response": {"status_code": 200, "request_id": format!("req_{custom_id}"), "body": body},
    })
    .to_string()
}

#[tokio::test]
async fn requests_that_fail_are_errors_as_of_a_call() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let create = || client.chat().completions().create("gpt-5.5", [Message::user("Hello")]);
    let items = [("good", create()), ("bad", create().with_body_field("temperature", 9)), ("fine", create())];
    for in_order in [false, true] {
        let run = client.batches().run(items.clone());
        let run = if in_order { run.with_input_order() } else { run };
        let mut results = run.results();
        let mut ids = Vec::new();
        while let Some(result) = results.next().await {
            let result = result?;
            if result.custom_id == "bad" {
                let error = error_of(&result);
                assert_eq!((error.kind(), result.status), (ErrorKind::BadRequest, error.status()));
                assert_eq!((error.param(), error.request_id()), (Some("temperature"), result.request_id.as_deref()));
                assert!(error.request_id().is_some() && error.body().is_some() && !result.is_missing());
            }
            ids.push(result.custom_id);
        }
        let wanted = if in_order { ["good", "bad", "fine"] } else { ["good", "fine", "bad"] };
        assert_eq!(ids, wanted);
        assert_eq!((results.summary().succeeded, results.summary().failed, results.summary().missing), (2, 1, 0));
    }
    Ok(())
}

#[tokio::test]
async fn each_request_is_given_once_whatever_the_rows_say() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    show_batches(&mock, json!({"status": "expired", "output_file_id": "out", "error_file_id": "err"}))?;
    let expired = json!({
        "custom_id": "request-3", "response": null, "error": {"code": "batch_expired", "message": "Out of time"},
    });
    let wrong = json!({
        "custom_id": "request-4", "error": null, "response": {"status_code": 200, "request_id": "req_4", "body": [1]},
    });
    let rows = [answer("request-2"), answer("request-0"), answer("request-2"), answer("nobody"), "half a r".to_owned()];
    show_file(&mock, "out", rows.join("\n"))?;
    show_file(&mock, "err", format!("\r\n{expired}\r\n\n{wrong}\n{}\n", answer("request-0")))?;
    for in_order in [false, true] {
        let run = client.batches().run(requests(&client, 6));
        let mut events = if in_order { run.with_input_order() } else { run }.events();
        let (mut results, mut duplicates, mut unexpected) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(event) = events.next().await {
            match event? {
                BatchEvent::Result(result) => results.push(*result),
                BatchEvent::Duplicate { custom_id, .. } => duplicates.push(custom_id),
                BatchEvent::Unexpected { row, .. } => unexpected.push(row),
                _ => {}
            }
        }
        assert_eq!(duplicates, ["request-2", "request-0"]);
        assert_eq!(unexpected, [answer("nobody"), "half a r".to_owned()]);
        let order: Vec<u64> = results.iter().map(|result| result.index).collect();
        assert_eq!(order, if in_order { [0, 1, 2, 3, 4, 5] } else { [2, 0, 3, 4, 1, 5] });
        results.sort_by_key(|result| result.index);
        assert_eq!(results[2].result.as_ref().map(|reply| reply.id.as_str()).ok(), Some("request-2"));
        let kinds: Vec<Option<ErrorKind>> =
            results.iter().map(|result| result.result.as_ref().err().map(|error| error.kind())).collect();
        let (timeout, decode) = (Some(ErrorKind::Timeout), Some(ErrorKind::Decode));
        assert_eq!(kinds, [None, timeout, None, timeout, decode, timeout]);
        assert_eq!(error_of(&results[3]).code(), Some("batch_expired"));
        assert_eq!(error_of(&results[4]).request_id(), Some("req_4"));
        assert_eq!(error_of(&results[4]).body().map(|body| &body[..]), Some(&b"[1]"[..]));
        let missing: Vec<u64> =
            results.iter().filter(|result| result.is_missing()).map(|result| result.index).collect();
        assert_eq!(missing, [1, 5]);
        assert!(error_of(&results[1]).message().contains("expired before it was run"));
        let summary = events.summary();
        assert_eq!((summary.succeeded, summary.failed, summary.missing), (2, 4, 2));
        assert_eq!((summary.duplicates, summary.unexpected), (2, 2));
        assert_eq!(summary.duplicate_ids, duplicates);
    }
    Ok(())
}

#[tokio::test]
async fn a_batch_that_was_cancelled_has_missing_results() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    show_batches(&mock, json!({"status": "cancelled", "output_file_id": null, "error_file_id": ""}))?;
    let results = client.batches().run(requests(&client, 3)).collect().await?;
    assert_eq!(results.len(), 3);
    for result in &results {
        assert!(result.is_missing() && error_of(result).message().contains("was cancelled before it was run"));
    }
    Ok(())
}

#[tokio::test]
async fn a_batch_that_is_refused_names_the_lines() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let create = || BatchItem::new(client.chat().completions().create("gpt-5.5", [Message::user("Hello")]));
    let bad = BatchItem::from_json(&json!([1])).custom_id("bad");
    let results = client.batches().run([create(), bad, create()]).collect().await?;
    assert_eq!(results.len(), 3);
    let error = error_of(&results[1]);
    assert_eq!((error.kind(), error.param()), (ErrorKind::BadRequest, Some("body")));
    assert!(error.message().contains(": line 2 of part-00000.jsonl: "), "{error}");
    for result in [&results[0], &results[2]] {
        let error = error_of(result);
        assert!(error.message().contains("refused and nothing of it run: line 2 of part-00000.jsonl"), "{error}");
        assert_eq!(error.code(), error_of(&results[1]).code());
    }
    Ok(())
}

#[tokio::test]
async fn an_unknown_status_ends_the_run_with_the_batch() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    show_batches(&mock, json!({"status": "on_holiday"}))?;
    let error = client.batches().run(requests(&client, 3)).collect().await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.message().contains("\"on_holiday\""), "{error}");
    let body: Value = serde_json::from_slice(error.body().ok_or("no body")?)?;
    assert_eq!(body["status"], "on_holiday");
    Ok(())
}

#[tokio::test]
async fn a_deadline_ends_the_wait_and_the_run_can_go_on() -> TestResult {
    let (mock, folder) = (MockServer::builder().polls_per_step(1000).start().wait()?, Folder::new("deadline"));
    let (client, quick) = quick_client(&mock);
    let limit = Duration::from_secs(100);
    let run = client.batches().run(requests(&client, 3)).with_state_file(folder.state());
    let error = run.with_deadline(limit).with_poll_interval(Duration::from_secs(30)).collect().await;
    let error = error.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("not done after 100s: batch_"), "{error}");
    assert!(error.message().contains(" is validating; `resume` goes on from "), "{error}");
    assert_eq!(quick.waits().iter().sum::<Duration>(), limit);
    Ok(())
}

#[tokio::test]
async fn waits_grow_if_nobody_says_how_long() -> TestResult {
    let mock = mock();
    let (client, quick) = quick_client(&mock);
    show_batches(&mock, json!({"status": "in_progress"}))?;
    mock.on("createBatch").reply_json(&json!({
        "id": "batch_1", "object": "batch", "endpoint": "/v1/chat/completions", "input_file_id": "file-1",
        "completion_window": "24h", "status": "validating", "created_at": 1,
    }))?;
    let run = client.batches().run(requests(&client, 3)).with_deadline(Duration::from_secs(600));
    assert!(run.collect().await.is_err());
    let waits: Vec<u64> = quick.waits().iter().map(|wait| wait.as_millis() as u64).collect();
    assert_eq!(waits[..4], [1000, 1500, 2250, 3375]);
    assert_eq!(waits[waits.len() - 2], 30_000);
    Ok(())
}

#[tokio::test]
async fn failures_that_pass_are_survived() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let down = || Reply::error(http::StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, "Down.");
    let busy = Reply::rate_limited(Duration::from_secs(2));
    mock.on("createFile").when(is_call).times(4).reply(down())?;
    mock.on("createBatch").when(is_call).times(2).reply(busy)?;
    // Each look is three attempts of the client.
    mock.on("retrieveBatch").when(is_call).times(30).reply(down())?;
    mock.on("downloadFile")
        .times(1)
        .reply(Reply::bytes(http::StatusCode::OK, "x/y", "half of it").fault(Fault::CutBody(4)))?;
    mock.on("downloadFile").times(4).fault(Fault::Disconnect)?;
    let results = client.batches().run(requests(&client, 20)).collect().await?;
    assert!(results.len() == 20 && results.iter().all(|result| result.result.is_ok()));
    Ok(())
}

#[tokio::test]
async fn failures_that_stay_end_the_run() -> TestResult {
    for (operation, status) in [
        ("createFile", http::StatusCode::INTERNAL_SERVER_ERROR),
        ("createFile", http::StatusCode::UNAUTHORIZED),
        ("createBatch", http::StatusCode::BAD_GATEWAY),
        ("createBatch", http::StatusCode::BAD_REQUEST),
        ("retrieveBatch", http::StatusCode::INTERNAL_SERVER_ERROR),
        ("retrieveBatch", http::StatusCode::NOT_FOUND),
        ("downloadFile", http::StatusCode::INTERNAL_SERVER_ERROR),
        ("downloadFile", http::StatusCode::NOT_FOUND),
    ] {
        let mock = mock();
        let (client, _) = quick_client(&mock);
        mock.on(operation).reply(Reply::error(status, "error", None, "It does not work."))?;
        let mut results = client.batches().run(requests(&client, 3)).results();
        let error = results.next().await.ok_or("nothing")?.err().ok_or("no error")?;
        assert_eq!((error.status(), results.next().await.is_none()), (Some(status), true), "{operation}");
        assert!(error.message().starts_with("part 0 of the batch run: It does not work."), "{error}");
    }
    Ok(())
}

/// The server shows its first batches as refused because too much is enqueued.
fn refuse_for_now(mock: &MockServer, times: usize) -> TestResult {
    mock.on("retrieveBatch").times(times).reply_with(|request| {
        let errors = json!({"object": "list", "data": [{"code": "token_limit_exceeded", "message": "Enqueued too much."}]});
        let batch = json!({
            "id": request.parameter("batch_id"), "object": "batch", "endpoint": "/v1/chat/completions", "errors": errors,
            "input_file_id": "file-1", "completion_window": "24h", "status": "failed", "created_at": 1,
        });
        Reply::json(http::StatusCode::OK, &batch)
    })?;
    Ok(())
}

#[tokio::test]
async fn a_batch_that_finds_the_queue_full_is_made_anew() -> TestResult {
    let mock = mock();
    let (client, quick) = quick_client(&mock);
    refuse_for_now(&mock, 3)?;
    let results = client.batches().run(requests(&client, 3)).with_poll_interval(Duration::ZERO).collect().await?;
    assert!(results.len() == 3 && results.iter().all(|result| result.result.is_ok()));
    let waits: Vec<u64> = quick.waits().iter().map(|wait| wait.as_secs()).filter(|wait| *wait > 0).collect();
    assert_eq!(waits, [30, 60, 120]);
    let requests = mock.requests();
    let created =
        requests.iter().filter(|request| request.operation().is_some_and(|known| known.id() == "createBatch"));
    let mut keys: Vec<&str> = created.filter_map(|request| request.header("idempotency-key")).collect();
    assert_eq!((keys.len(), count(&mock, "createFile")), (4, 1));
    keys.dedup();
    assert_eq!(keys.len(), 4);
    Ok(())
}

#[tokio::test]
async fn a_queue_that_stays_full_ends_in_errors() -> TestResult {
    let mock = mock();
    let (client, quick) = quick_client(&mock);
    refuse_for_now(&mock, 1000)?;
    let results = client.batches().run(requests(&client, 2)).with_poll_interval(Duration::ZERO).collect().await?;
    assert_eq!(count(&mock, "createBatch"), 25);
    assert_eq!(quick.waits().iter().max(), Some(&Duration::from_secs(900)));
    for result in &results {
        assert_eq!(error_of(result).code(), Some("token_limit_exceeded"));
    }
    Ok(())
}
