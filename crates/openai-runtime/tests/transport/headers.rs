//! Responses with many headers.

use openai_runtime::ErrorKind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::{builder, send, stream};

/// A server that answers one request with this many headers, as JSON or as a stream, and its base URL.
async fn server(count: usize, is_stream: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = connection.read(&mut request).await.unwrap();
        let (kind, body) =
            if is_stream { ("text/event-stream", "data: {}\n\ndata: [DONE]\n\n") } else { ("application/json", "{}") };
        let headers: String = (3..count).map(|index| format!("x-{index}: value {index}\r\n")).collect();
        let head = format!("content-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
        connection.write_all(format!("HTTP/1.1 200 OK\r\n{head}{headers}\r\n{body}").as_bytes()).await.unwrap();
        let _ = connection.read(&mut request).await;
    });
    url
}

#[tokio::test]
async fn as_many_as_the_limit_says() {
    for (count, limit, is_read) in [
        (100, None, true),
        (300, None, true),
        (512, None, true),
        (513, None, false),
        (1_000, Some(1_000), true),
        (100, Some(99), false),
    ] {
        for is_stream in [false, true] {
            let mut builder = builder(&server(count, is_stream).await);
            if let Some(limit) = limit {
                builder = builder.max_response_headers(limit);
            }
            let client = builder.build().unwrap();
            let sent = if is_stream { stream(&client).await.map(drop) } else { send(&client).await.map(drop) };
            assert_eq!(sent.is_ok(), is_read, "{count} headers, {limit:?}, a stream: {is_stream}: {sent:?}");
            if let Err(error) = sent {
                assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_stream_has_all_of_its_headers() {
    let client = builder(&server(300, true).await).build().unwrap();
    let stream = crate::call(&client).stream::<openai_runtime::json::Value>().await.unwrap();
    assert_eq!(stream.headers().len(), 300);
    for index in 3..300 {
        assert_eq!(stream.headers()[format!("x-{index}")], format!("value {index}"));
    }
}

#[test]
fn no_headers_at_all_is_no_limit() {
    let error = builder("http://localhost").max_response_headers(0).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("max_response_headers"), "{error}");
}
