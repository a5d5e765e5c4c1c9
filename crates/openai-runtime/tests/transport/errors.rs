//! The texts and sources of what fails on the way.

use std::io;
use std::time::Duration;

use openai_runtime::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{builder, io_error, send};

/// A server that reads a request, says this, and cuts the connection with a reset.
async fn resetting(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            // What was said should be read before it is dropped.
            tokio::time::sleep(Duration::from_millis(100)).await;
            let _ = stream.set_zero_linger();
        }
    });
    url
}

#[tokio::test]
async fn texts_and_sources() {
    let refused = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/v1", refused.local_addr().unwrap());
    drop(refused);
    let part = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    for (url, io, texts) in [
        (nobody, Some(io::ErrorKind::ConnectionRefused), &["could not connect to the server", "refused"][..]),
        ("http://name.invalid/v1".to_owned(), None, &["could not connect to the server", "dns error"]),
        (resetting("").await, Some(io::ErrorKind::ConnectionReset), &["could not send the request", "reset"]),
        (resetting("HTTP/1.1 200 OK\r\nx: ").await, Some(io::ErrorKind::ConnectionReset), &["reset"]),
        (resetting(part).await, Some(io::ErrorKind::ConnectionReset), &["while the response was read", "reset"]),
        (resetting("SSH-2.0-OpenSSH\r\n").await, None, &["could not send the request", "invalid HTTP"]),
    ] {
        let client = builder(&url).no_proxy().connect_timeout(Duration::from_secs(30)).build().unwrap();
        let error = send(&client).await.unwrap_err();
        println!("{error}");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1), "{error}");
        assert!(texts.iter().all(|text| error.message().contains(text)), "{error}");
        assert!(error.is_retryable());
        if io.is_some() {
            assert_eq!(io_error(&error), io, "{error:?}");
        }
    }
    // A look-up that fails has a source of the system's too.
    let client = builder("http://name.invalid/v1").no_proxy().connect_timeout(Duration::from_secs(30)).build().unwrap();
    assert!(io_error(&send(&client).await.unwrap_err()).is_some());
}

#[tokio::test]
async fn a_server_that_takes_no_connections_costs_the_time_to_connect() {
    // The system takes no more connections than this for a listener that accepts none.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    for _ in 0..8 {
        let connecting = tokio::net::TcpStream::connect(address);
        held.push(tokio::time::timeout(Duration::from_millis(20), connecting).await);
    }
    let builder = builder(&format!("http://{address}/v1")).no_proxy();
    let client = builder.connect_timeout(Duration::from_millis(200)).build().unwrap();
    let error = send(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.message().contains("could not connect to the server: not connected within 200ms"), "{error}");
    assert!(error.is_retryable());
}
