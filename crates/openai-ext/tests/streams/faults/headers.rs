//! Responses with more headers than HTTP libraries take by default.

use openai_ext::prelude::*;
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Event, Reply, Turn};

use super::calls::Api;
use super::{TestResult, mocked};

/// Headers of a proxy that says a lot.
fn with_headers(mut reply: Reply, count: usize) -> Reply {
    for index in 0..count {
        reply = reply.header(&format!("x-trace-{index}"), &format!("span {index} of a proxy"));
    }
    reply
}

#[tokio::test]
async fn hundreds_of_response_headers() -> TestResult {
    for count in [101, 300, 500] {
        let (client, mock) = mocked()?;
        let chat = || client.chat().completions().create("m", [Message::user("Hi")]);
        let json = Reply::bytes(StatusCode::OK, "application/json", r#"{"object":"list","data":[]}"#);
        mock.on("listModels").reply(with_headers(json, count))?;
        let models = client.models().list().send_raw().await?;
        let last = format!("x-trace-{}", count - 1);
        assert!(models.headers().get(&last).is_some_and(|value| value.as_bytes().ends_with(b"of a proxy")));

        let events = Reply::events(Api::Chat.events().into_iter().chain([Event::done()]));
        mock.on("createChatCompletion").times(1).reply(with_headers(events, count))?;
        let mut stream = chat().stream().await?;
        assert!(stream.headers().contains_key(&last));
        let mut chunks = 0;
        while let Some(chunk) = stream.next().await {
            chunk?;
            chunks += 1;
        }
        assert_eq!(chunks, 5);

        let error = Reply::error(StatusCode::TOO_MANY_REQUESTS, "requests", Some("rate_limit_exceeded"), "Slow down.");
        mock.converse([Turn::reply(with_headers(error, count))]);
        let error = chat().send().await.err().ok_or("no error")?;
        assert_eq!((error.kind(), error.code()), (ErrorKind::RateLimit, Some("rate_limit_exceeded")));
        assert!(error.headers().is_some_and(|headers| headers.contains_key(&last)));

        let bytes = Reply::bytes(StatusCode::OK, "application/octet-stream", "content");
        mock.on("downloadFile").reply(with_headers(bytes, count))?;
        assert_eq!(client.files().content("file-1").send_bytes().await?, "content");
    }
    Ok(())
}

/// A blocking wait has connections of its own.
#[cfg(feature = "blocking")]
#[test]
fn hundreds_of_response_headers_while_blocking() -> TestResult {
    let (client, mock) = mocked()?;
    let json = Reply::bytes(StatusCode::OK, "application/json", r#"{"object":"list","data":[]}"#);
    mock.on("listModels").reply(with_headers(json, 300))?;
    client.models().list().send().wait()?;
    Ok(())
}

/// There is a limit still, and the error says which one.
#[tokio::test]
async fn too_many_response_headers() -> TestResult {
    let (client, mock) = mocked()?;
    mock.on("listModels").reply(with_headers(Reply::empty(StatusCode::OK), 1_100))?;
    let error = client.models().list().send().await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(format!("{error:?} {error}").contains("too large"), "{error:?}");
    Ok(())
}
