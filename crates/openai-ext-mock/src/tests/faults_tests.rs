//! Faults: each kind of fault on each kind of answer, and the errors of those that cannot apply.

use http::StatusCode;
use serde_json::{Value, json};

use super::harness::{TestResult, eventually, post, send, strict};
use crate::server::MockServer;
use crate::{Event, Fault, Reply, Turn};

fn chat(stream: bool) -> Value {
    json!({"model": "gpt-5.5", "messages": [{"role": "user", "content": "x"}], "stream": stream})
}

fn three_events() -> Reply {
    Reply::events((0..3).map(|index| Event::data(&json!({ "index": index }))))
}

/// The message of a panic when the server is dropped, none if there is none.
fn dropped(server: MockServer) -> Option<String> {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(server))).err()?;
    panic.downcast_ref::<String>().cloned()
}

/// Sends a request and reads what comes up to a broken connection: the text so far, and true if the answer was whole.
async fn come(server: &MockServer, path: &str, body: &Value) -> TestResult<(String, bool)> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = server.azure_endpoint().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await?;
    let body = body.to_string();
    let head = format!(
        "POST /v1{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes).await);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let is_whole = text.ends_with("\r\n0\r\n\r\n") || !text.contains("chunked");
    Ok((text, is_whole))
}

#[tokio::test]
async fn a_fault_without_a_reply_is_one_of_the_servers_own_answer() -> TestResult {
    let server = strict().start().await?;
    let routes = [
        ("createChatCompletion", "/chat/completions", chat(true)),
        ("createCompletion", "/completions", json!({"model": "m", "prompt": "Say a b c", "stream": true})),
        ("createResponse", "/responses", json!({"model": "m", "input": "x", "stream": true})),
        (
            "createImage",
            "/images/generations",
            json!({"model": "m", "prompt": "x", "stream": true, "partial_images": 3}),
        ),
    ];
    for (operation, path, body) in routes {
        for (fault, is_whole) in [(Fault::CutEvents(2), false), (Fault::EndEvents(2), true)] {
            server.on(operation).times(1).fault(fault)?;
            let (text, came_whole) = come(&server, path, &body).await?;
            assert_eq!((text.matches("data: ").count(), came_whole), (2, is_whole), "{operation} {fault:?}: {text}");
        }
        server.on(operation).times(1).fault(Fault::CutEvents(0))?;
        let (text, _) = come(&server, path, &body).await?;
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && !text.contains("data: "), "the head comes first: {text}");
        server.on(operation).times(1).fault(Fault::CutBody(10))?;
        let (text, came_whole) = come(&server, path, &body).await?;
        assert!(text.contains("\r\nA\r\ndata: {\"id") || text.contains("\r\nA\r\nevent: "), "{text}");
        assert!(!came_whole);
        let (text, came_whole) = come(&server, path, &body).await?;
        assert!(came_whole && text.matches("data: ").count() > 3, "{operation}: {text}");
    }
    Ok(())
}

/// Everything that was sent before the break arrives, however much it is.
#[tokio::test]
async fn a_cut_loses_nothing_that_came_before_it() -> TestResult {
    let server = strict().start().await?;
    let large = "x".repeat(100_000);
    let events = || (0..50).map(|_| Event::data(&json!({ "text": large })));
    server.on("createChatCompletion").times(1).reply(Reply::events(events()).fault(Fault::CutEvents(40)))?;
    let (text, _) = come(&server, "/chat/completions", &chat(true)).await?;
    assert_eq!(text.matches(large.as_str()).count(), 40);
    let body = Reply::bytes(StatusCode::OK, "text/plain", "y".repeat(5_000_000));
    server.on("createChatCompletion").times(1).reply(body.fault(Fault::CutBody(4_999_999)))?;
    let (text, _) = come(&server, "/chat/completions", &chat(false)).await?;
    assert!(text.ends_with(&format!("\r\n\r\n{}", "y".repeat(4_999_999))));
    Ok(())
}

#[tokio::test]
async fn a_turn_has_its_fault_once() -> TestResult {
    let server = strict().start().await?;
    let turns = || [Turn::text("It rains in Oslo.").fault(Fault::CutEvents(3)), Turn::text("It rains in Oslo.")];
    let completion = json!({"model": "m", "prompt": "x", "stream": true});
    let response = json!({"model": "m", "input": "x", "stream": true});
    for (path, body) in [("/chat/completions", chat(true)), ("/completions", completion), ("/responses", response)] {
        server.converse(turns());
        let (text, _) = come(&server, path, &body).await?;
        assert_eq!(text.matches("data: ").count(), 3, "{text}");
        let (text, is_whole) = come(&server, path, &body).await?;
        assert!(is_whole && text.contains("Oslo"), "{text}");
    }
    server.converse([Turn::text("Hello").fault(Fault::CutBody(5)), Turn::text("Hello").fault(Fault::Disconnect)]);
    assert!(post(&server, "/chat/completions", &chat(false)).await.is_err());
    assert!(post(&server, "/chat/completions", &chat(false)).await.is_err());
    server.converse([Turn::call("f", json!({})), Turn::text("x")]);
    let refused = post(&server, "/completions", &json!({"model": "m", "prompt": "x"})).await?;
    assert!(refused.status == 400 && refused.text().contains("Turn::text"));
    assert_eq!((server.turns_left(), server.take_unapplied_faults()), (1, Vec::new()));
    Ok(())
}

#[tokio::test]
async fn a_fault_may_be_one_of_an_earlier_script_or_turn() -> TestResult {
    let server = strict().start().await?;
    server.on("createChatCompletion").times(2).reply(three_events())?;
    server.on("createChatCompletion").times(1).fault(Fault::CutEvents(1))?;
    assert_eq!(come(&server, "/chat/completions", &chat(true)).await?.0.matches("data: ").count(), 1);
    assert_eq!(come(&server, "/chat/completions", &chat(true)).await?.0.matches("data: ").count(), 3);
    server.converse([Turn::text("It rains in Oslo.")]);
    server.on("createChatCompletion").times(1).fault(Fault::EndEvents(2))?;
    assert_eq!(come(&server, "/chat/completions", &chat(true)).await?.0.matches("data: ").count(), 2);
    // The latest fault counts first, and a later answer hides an earlier fault.
    for fault in [Fault::CutEvents(1), Fault::CutEvents(2)] {
        server.on("createChatCompletion").times(1).fault(fault)?;
    }
    assert_eq!(come(&server, "/chat/completions", &chat(true)).await?.0.matches("data: ").count(), 2);
    server.on("createChatCompletion").times(1).reply(three_events())?;
    assert_eq!(come(&server, "/chat/completions", &chat(true)).await?.0.matches("data: ").count(), 3);
    assert_eq!(come(&server, "/chat/completions", &chat(true)).await?.0.matches("data: ").count(), 1);
    assert_eq!((server.turns_left(), dropped(server)), (0, None));
    Ok(())
}

#[tokio::test]
async fn a_limit_of_rate_puts_a_fault_off() -> TestResult {
    let server = strict().rate_limit(1, std::time::Duration::from_millis(50)).start().await?;
    assert_eq!(post(&server, "/chat/completions", &chat(true)).await?.status, 200);
    server.on("createChatCompletion").times(1).fault(Fault::CutEvents(1))?;
    assert_eq!(post(&server, "/chat/completions", &chat(true)).await?.status, 429);
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    assert!(post(&server, "/chat/completions", &chat(true)).await.is_err());
    Ok(())
}

/// The run takes the turn, and the request that lets it run has the fault.
#[tokio::test]
async fn runs_have_the_faults_of_their_turns() -> TestResult {
    let server = strict().start().await?;
    let assistant = post(&server, "/assistants", &json!({"model": "m"})).await?.json()?["id"].clone();
    let body = |stream: bool| json!({"assistant_id": assistant, "stream": stream});
    server.converse([Turn::text("It rains.").fault(Fault::CutEvents(5))]);
    let (text, is_whole) = come(&server, "/threads/runs", &body(true)).await?;
    assert_eq!((text.matches("data: ").count(), is_whole), (5, false));
    server.on("createThreadAndRun").times(1).fault(Fault::EndEvents(6))?;
    assert_eq!(come(&server, "/threads/runs", &body(true)).await?.0.matches("data: ").count(), 6);
    server.converse([Turn::text("It rains.").fault(Fault::Disconnect)]);
    let run = post(&server, "/threads/runs", &body(false)).await?.json()?;
    let path = format!(
        "/threads/{}/runs/{}",
        run["thread_id"].as_str().unwrap_or_default(),
        run["id"].as_str().unwrap_or_default()
    );
    assert_eq!(send(&server, "GET", &path, "", "").await?.json()?["status"], "in_progress");
    assert!(send(&server, "GET", &path, "", "").await.is_err(), "the poll that finds the run's answer");
    assert_eq!(send(&server, "GET", &path, "", "").await?.json()?["status"], "completed");
    Ok(())
}

#[tokio::test]
async fn a_fault_that_cannot_apply_is_an_error_of_its_script() -> TestResult {
    let server = strict().start().await?;
    let message =
        |outcome: Result<(), crate::MockError>| outcome.err().map(|error| error.to_string()).unwrap_or_default();
    let whole = || Reply::json(StatusCode::OK, &json!({}));
    for fault in [Fault::CutEvents(1), Fault::StallEvents(1), Fault::EndEvents(1)] {
        for operation in ["listModels", "downloadFile", "createEmbedding", "GET /models/{model}"] {
            assert!(message(server.on(operation).fault(fault)).contains("never streams"));
            assert!(message(server.on(operation).reply(three_events().fault(fault))).contains("never streams"));
        }
        let scripts = [
            message(server.on("createChatCompletion").reply(whole().fault(fault))),
            message(server.on("createChatCompletion").reply(Reply::empty(StatusCode::OK).fault(fault))),
            message(server.on("createChatCompletion").sequence([three_events(), whole().fault(fault)])),
        ];
        assert!(scripts.iter().all(|script| script.contains("is not a stream")), "{scripts:?}");
        let twice = three_events().fault(fault).fault(Fault::Silence);
        assert!(message(server.on("createChatCompletion").reply(twice)).contains("contradict"));
    }
    assert!(message(server.on("createChatCompletion").reply(whole().fault(Fault::CutBody(2)))).contains("at most 1"));
    let late = Reply::events([Event::data(&json!(1)), Event::done()]).fault(Fault::CutEvents(2));
    assert!(message(server.on("createChatCompletion").reply(late)).contains("at most 1"));
    let late = three_events().fault(Fault::EndEvents(4));
    assert!(message(server.on("createChatCompletion").reply(late)).contains("at most 2"));
    assert_eq!(post(&server, "/chat/completions", &chat(true)).await?.status, 200, "no script was added");
    assert_eq!(dropped(server), None);
    Ok(())
}

#[tokio::test]
async fn a_fault_that_does_not_fit_the_request_fails_loudly() -> TestResult {
    let server = strict().start().await?;
    let set = |fault| server.on("createChatCompletion").times(1).fault(fault);
    let asked = async |stream: bool, expected: &str| -> TestResult {
        let answer = post(&server, "/chat/completions", &chat(stream)).await?;
        let error = answer.json()?["error"].clone();
        let unapplied = server.take_unapplied_faults();
        let message = error["message"].as_str().unwrap_or_default();
        assert_eq!((answer.status, &error["code"]), (StatusCode::BAD_REQUEST, &json!("fault_not_applied")));
        assert_eq!(answer.header("x-should-retry"), "false");
        assert!(unapplied.len() == 1 && message.contains(&unapplied[0]), "{message} {unapplied:?}");
        assert!(message.contains(expected) && message.contains("POST /v1/chat/completions"), "{message}");
        Ok(())
    };
    for fault in [Fault::CutEvents, Fault::StallEvents, Fault::EndEvents] {
        set(fault(1))?;
        asked(false, "`stream: true`").await?;
        set(fault(1_000))?;
        asked(true, "give at most").await?;
        server.converse([Turn::text("Hi").fault(fault(1))]);
        asked(false, "`stream: true`").await?;
        server.converse([Turn::text("Hi").fault(fault(4))]);
        asked(true, "which ends it").await?;
        server.on("createChatCompletion").times(1).reply_with(move |_| Reply::empty(StatusCode::OK).fault(fault(0)))?;
        asked(true, "is not a stream").await?;
        server.on("createChatCompletion").times(1).reply(three_events().fault(fault(2)))?;
        set(fault(1))?;
        asked(true, "contradict").await?;
        server.converse([Turn::text("Hi").fault(fault(2))]);
        set(fault(1))?;
        asked(true, "contradict").await?;
    }
    set(Fault::CutBody(1_000_000))?;
    asked(false, "give at most").await?;
    set(Fault::CutEvents(1))?;
    let refused = post(&server, "/chat/completions", &json!({"model": "m", "stream": true})).await?;
    assert!(refused.text().contains("messages"), "the refusal is told as well: {}", refused.text());
    let message = dropped(server).unwrap_or_default();
    assert!(
        message.contains("a fault could not apply: POST /v1/chat/completions: the fault CutEvents(1)"),
        "{message}"
    );
    Ok(())
}

#[tokio::test]
async fn turns_with_faults_that_no_answer_can_have_are_told_of() -> TestResult {
    let server = strict().start().await?;
    server.converse([
        Turn::text("Hi").fault(Fault::CutEvents(1)).fault(Fault::EndEvents(1)),
        Turn::reply(Reply::empty(StatusCode::OK).fault(Fault::CutEvents(1))),
        Turn::reply(three_events().fault(Fault::CutEvents(1))).fault(Fault::Silence),
    ]);
    let unapplied = server.take_unapplied_faults();
    assert!(unapplied.len() == 3 && unapplied.iter().all(|reason| reason.starts_with("a turn: ")), "{unapplied:?}");
    for _ in 0..3 {
        assert_eq!(post(&server, "/chat/completions", &chat(true)).await?.status, 400);
    }
    assert!(dropped(server).is_some_and(|message| message.contains("3 faults could not apply")));
    Ok(())
}

/// A line of a batch has no connection that could break.
#[tokio::test]
async fn a_line_of_a_batch_cannot_have_a_fault() -> TestResult {
    let server = strict().start().await?;
    let line = json!({"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": chat(false)});
    let form = format!(
        "--X\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--X\r\nContent-Disposition: form-data; \
         name=\"file\"; filename=\"a.jsonl\"\r\n\r\n{line}\r\n--X--\r\n"
    );
    let file = send(&server, "POST", "/files", "multipart/form-data; boundary=X", form).await?.json()?;
    server.on("createChatCompletion").fault(Fault::Disconnect)?;
    let body = json!({"input_file_id": file["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"});
    let batch = post(&server, "/batches", &body).await?.json()?;
    let path = format!("/batches/{}", batch["id"].as_str().unwrap_or_default());
    for _ in 0..4 {
        send(&server, "GET", &path, "", "").await?;
    }
    assert!(dropped(server).is_some_and(|message| message.contains("a line of a batch")));
    Ok(())
}

#[tokio::test]
async fn a_stalled_stream_gives_its_events_and_stays_open() -> TestResult {
    let server = strict().start().await?;
    server.on("createChatCompletion").fault(Fault::StallEvents(2))?;
    let (url, body) = (format!("{}/chat/completions", server.base_url()), chat(true).to_string());
    let headers = [("content-type", "application/json")];
    let mut answer = super::harness::open(&url, "POST", &headers, body.into()).await?.into_body();
    let mut text = String::new();
    while text.matches("\n\n").count() < 2 {
        let frame = std::future::poll_fn(|cx| hyper::body::Body::poll_frame(std::pin::Pin::new(&mut answer), cx)).await;
        let data = frame.ok_or("the stream ended")??.into_data().map_err(|_| "trailers")?;
        text.push_str(&String::from_utf8_lossy(&data));
    }
    assert_eq!(text.matches("data: ").count(), 2);
    assert_eq!(server.open_connections(), 1);
    drop(answer);
    assert!(eventually(|| server.open_connections() == 0).await);
    Ok(())
}
