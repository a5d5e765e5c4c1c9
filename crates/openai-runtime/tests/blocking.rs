//! Calls on a thread without a runtime.
#![cfg(feature = "blocking")]
#![allow(missing_docs)]

mod support;

use crate::support::bodies::List;
use openai_runtime::json::Value;
use openai_runtime::{Call, Endpoint, ErrorKind, Paging};
use support::{ENDPOINT, Reply, client};

static LIST: Endpoint = Endpoint { paging: Paging::Cursor, ..ENDPOINT };

#[test]
fn all_words() {
    let page = |id: &str, more: bool| Reply::json(200, &format!(r#"{{"data":[{{"id":"{id}"}}],"has_more":{more}}}"#));
    let (client, server) = client([
        page("a", false),
        page("a", true),
        page("b", false),
        Reply::events("data: 1\n\ndata: [DONE]\n\n"),
        Reply::new(200, "bytes"),
        Reply::new(200, "anything"),
        Reply::json(404, "{}"),
    ]);
    let call = || Call::new(&client, &LIST);
    assert_eq!(call().send::<List>().wait().unwrap().data.len(), 1);
    assert_eq!(call().items::<List>().blocking().collect::<Result<Vec<_>, _>>().unwrap().len(), 2);
    let mut events = call().stream::<Value>().wait().unwrap().blocking();
    assert_eq!(events.by_ref().collect::<Result<Vec<_>, _>>().unwrap(), [1]);
    // The words of the stream that do not wait.
    assert_eq!((events.status().as_u16(), events.request_id()), (200, Some("req_1")));
    events.close();
    assert_eq!(call().send_bytes().wait().unwrap(), "bytes");
    call().send_unit().wait().unwrap();
    assert_eq!(call().send_raw::<List>().wait().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(server.requests().len(), 7);
}

#[test]
fn downloads() {
    static GET: Endpoint = Endpoint { method: "GET", body: openai_runtime::BodyKind::None, ..ENDPOINT };
    let start = Reply::new(200, "some ").header("etag", "\"v\"").header("content-length", "10").then_broken();
    let (client, server) = client([start, Reply::new(206, "bytes").header("content-range", "bytes 5-9/10")]);
    let call = || {
        let mut call = Call::new(&client, &GET);
        call.with_max_retries(0);
        call
    };
    let path = std::env::temp_dir().join(format!("openai-runtime-blocking-{}", std::process::id()));
    let error = call().send_to_file(&path).wait().unwrap_err();
    let partial = error.partial_file().unwrap().clone();
    assert_eq!((error.kind(), partial.bytes(), partial.total()), (ErrorKind::Connection, 5, Some(10)));
    assert_eq!(call().resume_to_file(partial).wait().unwrap(), 10);
    assert_eq!(std::fs::read(&path).unwrap(), b"some bytes");
    assert_eq!(server.requests()[1].header("range"), Some("bytes=5-"));
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn words_of_undocumented_endpoints() {
    let (client, server) = client([
        Reply::json(200, "{}"),
        Reply::new(200, "bytes"),
        Reply::new(200, "bytes"),
        Reply::events("data: 1\n\ndata: [DONE]\n\n"),
        Reply::new(200, "bytes"),
    ]);
    let call = || client.request(http::Method::POST, "/new");
    assert_eq!(call().send().wait().unwrap().json().unwrap(), serde_json::json!({}));
    assert_eq!(call().send_bytes().wait().unwrap(), "bytes");
    let chunks = call().bytes_stream().wait().unwrap().blocking().collect::<Result<Vec<_>, _>>();
    assert_eq!(chunks.unwrap().concat(), b"bytes");
    assert_eq!(call().stream().wait().unwrap().blocking().collect::<Result<Vec<_>, _>>().unwrap(), [1]);
    let path = std::env::temp_dir().join(format!("openai-runtime-raw-{}", std::process::id()));
    assert_eq!(call().send_to_file(&path).wait().unwrap(), 5);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn pages_by_hand() {
    let page = |id: &str, more: bool| Reply::json(200, &format!(r#"{{"data":[{{"id":"{id}"}}],"has_more":{more}}}"#));
    let (client, _) = client([page("a", true), page("b", false)]);
    let first = Call::new(&client, &LIST).pages::<List>().blocking().next().unwrap().unwrap();
    let second = first.next_page().wait().unwrap().unwrap();
    assert_eq!(second.data[0]["id"], "b");
    assert!(!second.has_next_page() && second.next_page().wait().unwrap().is_none());
}

#[tokio::test]
async fn within_a_runtime_it_is_an_error() {
    let (client, server) = client([]);
    let error = Call::new(&client, &LIST).send::<List>().wait().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 0));
    let mut items = Call::new(&client, &LIST).items::<List>().blocking();
    assert_eq!(items.next().unwrap().unwrap_err().kind(), ErrorKind::Config);
    assert!(items.next().is_none());
    assert!(server.requests().is_empty());
}

#[test]
fn a_real_connection() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        for _ in 0..2 {
            let mut buffer = [0; 2048];
            assert!(stream.read(&mut buffer).unwrap() > 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        }
    });
    let client = openai_runtime::Client::builder().api_key("k").base_url(url).build().unwrap();
    for _ in 0..2 {
        Call::new(&client, &LIST).send_unit().wait().unwrap();
    }
    server.join().unwrap();
}
