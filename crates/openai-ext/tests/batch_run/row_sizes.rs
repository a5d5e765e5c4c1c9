//! Rows that are larger than they may be: none is held in memory, and none takes another one with it.

use openai_ext::ErrorKind;
use openai_ext::types::ChatCompletion;
use openai_ext_mock::{ReceivedRequest, Reply};
use serde_json::json;

use super::*;

/// A row of exactly this many bytes.
fn row(custom_id: &str, length: usize) -> String {
    let of = |text: &str| {
        let message = json!({"role": "assistant", "content": text});
        let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
        let body = json!({"id": "c", "object": "chat.completion", "choices": [choice], "created": 1, "model": "m"});
        let body = body.to_string();
        format!(r#"{{"custom_id":"{custom_id}","error":null,"response":{{"status_code":200,"body":{body}}}}}"#)
    };
    of(&"x".repeat(length.saturating_sub(of("").len())))
}

fn mocked(output: &str, errors: &str) -> Result<MockServer, Box<dyn std::error::Error>> {
    let mock = mock();
    mock.on("retrieveBatch").reply_with(|request| {
        let batch = json!({
            "id": request.parameter("batch_id"), "object": "batch", "endpoint": "/v1/chat/completions",
            "input_file_id": "file-1", "completion_window": "24h", "status": "completed", "created_at": 1,
            "output_file_id": "out", "error_file_id": "err",
        });
        Reply::json(http::StatusCode::OK, &batch)
    })?;
    for (id, text) in [("out", output), ("err", errors)] {
        let wanted = move |request: &ReceivedRequest| request.parameter("file_id") == Some(id);
        let reply = Reply::bytes(http::StatusCode::OK, "application/octet-stream", text.to_owned());
        mock.on("downloadFile").when(wanted).reply(reply)?;
    }
    Ok(mock)
}

type Outcome = Result<usize, (ErrorKind, String)>;

async fn outcomes(
    client: &Client,
    count: u64,
    limit: Option<usize>,
    in_order: bool,
) -> openai_ext::Result<Vec<Outcome>> {
    let run = client.batches().run(requests(client, count));
    let run = if let Some(limit) = limit { run.with_max_row_size(limit) } else { run };
    let results = if in_order { run.with_input_order() } else { run }.collect().await?;
    let length = |reply: &ChatCompletion| reply.text().len();
    let outcome = |result: Result<ChatCompletion, openai_ext::Error>| match result {
        Ok(reply) => Ok(length(&reply)),
        Err(error) => Err((error.kind(), error.to_string())),
    };
    Ok(results.into_iter().map(|result| outcome(result.result)).collect())
}

/// Checks the outcomes of three requests, of which one has a row that may not fit.
fn check(found: &[Outcome], large: usize, fits: bool, parts: &[&str]) {
    for (number, outcome) in found.iter().enumerate() {
        match outcome {
            Err((kind, message)) if number == large && !fits => {
                assert_eq!(*kind, ErrorKind::Limit);
                assert!(parts.iter().all(|part| message.contains(part)), "{message}");
            }
            other => assert!(other.is_ok() && (number != large || fits), "{large} {parts:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_row_over_the_limit_is_an_error_of_its_request() -> TestResult {
    for limit in [500, 300_000] {
        for (length, fits) in [(limit, true), (limit + 1, false), (limit + 600_000, false)] {
            // Where the large one stands, and what ends the file.
            for (large, end) in [(0, "\n"), (1, "\n"), (2, "\n"), (2, "")] {
                let length_of = |number| if number == large { length } else { 300 };
                let rows = (0..3).map(|number| row(&format!("request-{number}"), length_of(number)));
                let text = format!("\n{}{end}", rows.collect::<Vec<_>>().join("\n"));
                for (output, errors, file) in [(text.as_str(), "", "output"), ("", text.as_str(), "errors")] {
                    let mock = mocked(output, errors)?;
                    let (client, _) = quick_client(&mock);
                    let line = format!("line {} of ", large + 2);
                    let parts = [line.as_str(), file, &format!("{limit} bytes"), "`with_max_row_size`"];
                    for in_order in [false, true] {
                        check(&outcomes(&client, 3, Some(limit), in_order).await?, large, fits, &parts);
                    }
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_limit_of_responses_holds_for_rows() -> TestResult {
    let text = [row("request-0", 20_000), row("request-1", 300)].join("\n");
    let mock = mocked(&text, "")?;
    let client = |limit| {
        let builder = Client::builder().base_url(mock.base_url()).api_key("no-key").max_response_size(limit);
        builder.clock(Arc::new(Quick::default())).build()
    };
    assert!(outcomes(&client(20_000)?, 2, None, false).await?.iter().all(Result::is_ok));
    let found = outcomes(&client(19_999)?, 2, None, false).await?;
    assert!(matches!(&found[..], [Err((ErrorKind::Limit, _)), Ok(_)]), "{found:?}");
    // The run's own limit goes before the client's.
    assert!(outcomes(&client(19_999)?, 2, Some(20_000), false).await?.iter().all(Result::is_ok));
    Ok(())
}

#[tokio::test]
async fn a_large_row_of_nobody_known_ends_the_run() -> TestResult {
    let nobody = format!(r#"{{"id":"{}","custom_id":"request-0"}}"#, "x".repeat(100_000));
    for large in [nobody, "x".repeat(100_000), " ".repeat(100_000), "é".repeat(50_000)] {
        let mock = mocked(&format!("{}\n{large}\n", row("request-1", 300)), "")?;
        let (client, _) = quick_client(&mock);
        for in_order in [false, true] {
            let error = outcomes(&client, 2, Some(1_000), in_order).await.expect_err("whose row it is can't be known");
            assert_eq!(error.kind(), ErrorKind::Limit);
            assert!(error.message().contains(": line 2 of "), "{error}");
        }
    }
    let mock = mock();
    let (client, _) = quick_client(&mock);
    assert_eq!(outcomes(&client, 1, Some(0), false).await.expect_err("nothing fits").kind(), ErrorKind::Config);
    Ok(())
}
