//! Limits of what a server may send, and of the waits that it may name.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Done, Endpoint, Error, ErrorKind};

use crate::support::bodies::List;
use crate::support::{ENDPOINT, Reply, builder, client, server};

static CREATE: Endpoint = ENDPOINT;
static GET: Endpoint = Endpoint { method: "GET", body: BodyKind::None, ..ENDPOINT };
static STREAM: Endpoint = Endpoint { stream: Done::Marker, ..ENDPOINT };

const LIMIT: usize = 100_000;

/// JSON of this many bytes.
fn json(length: usize) -> Vec<u8> {
    format!("{{\"a\":\"{}\"}}", "b".repeat(length - 8)).into_bytes()
}

fn packed(encoding: &str, body: &[u8]) -> Vec<u8> {
    let level = Compression::fast();
    match encoding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "raw deflate" => {
            let mut encoder = DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        _ => body.to_vec(),
    }
}

fn reply(encoding: &str, body: &[u8], chunk: usize) -> Reply {
    let reply = Reply::new(200, packed(encoding, body)).in_chunks(chunk).header("x-request-id", "req_1");
    // What a server says of a retry does not matter: it would send the same again.
    let reply = reply.header("x-should-retry", "true");
    match encoding {
        "" => reply,
        name => reply.header("content-encoding", name.trim_start_matches("raw ")),
    }
}

fn is_limit(error: &Error) {
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Limit, false), "{error:?}");
    assert_eq!((error.status().unwrap().as_u16(), error.request_id(), error.attempts()), (200, Some("req_1"), 1));
    let message = error.message();
    assert!(message.contains("100000 bytes") && message.contains("`max_response_size`"), "{message}");
    assert!(error.body().is_none_or(|body| body.len() <= 4096), "the body is not kept");
}

#[tokio::test]
async fn a_response_has_a_limit_in_every_encoding() {
    for encoding in ["", "gzip", "deflate", "raw deflate"] {
        for (length, fits) in [(LIMIT - 1, true), (LIMIT, true), (LIMIT + 1, false), (50 * LIMIT, false)] {
            for chunk in [997, usize::MAX >> 1] {
                let server = server([reply(encoding, &json(length), chunk)]);
                let client = builder(&server).max_response_size(LIMIT).build().unwrap();
                let result = Call::new(&client, &CREATE).send::<Value>().await;
                match result {
                    Ok(value) => {
                        assert!(fits && value["a"].as_str().unwrap().len() == length - 8, "{encoding} {length}")
                    }
                    Err(error) => {
                        assert!(!fits, "{encoding} {length}: {error:?}");
                        is_limit(&error);
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn each_way_to_read_a_whole_response_has_it() {
    let body = json(LIMIT + 1);
    let replies = (0..7).map(|_| reply("gzip", &body, 4096));
    let server = server(replies);
    let client = builder(&server).max_response_size(LIMIT).build().unwrap();
    let call = || Call::new(&client, &GET);
    is_limit(&call().send::<Value>().await.unwrap_err());
    is_limit(&call().send_unit().await.unwrap_err());
    is_limit(&call().send_raw::<Value>().await.unwrap_err());
    is_limit(&call().send_bytes().await.unwrap_err());
    is_limit(&call().pages::<List>().next().await.unwrap().unwrap_err());
    // The call's own limit wins, whichever is larger.
    let mut large = call();
    large.with_max_response_size(2 * LIMIT);
    assert_eq!(large.send_bytes().await.unwrap().len(), LIMIT + 1);
    let mut small = call();
    small.with_max_response_size(10);
    let error = small.send_bytes().await.unwrap_err();
    assert!(error.message().contains("10 bytes"), "{error}");
    assert_eq!(server.requests().len(), 7);
}

#[tokio::test]
async fn an_error_is_read_as_far_as_it_is_kept() {
    for encoding in ["gzip", "deflate", "raw deflate", ""] {
        let mut large = reply(encoding, &vec![b' '; 50 * 1024 * 1024], 64 * 1024);
        large.status = 400;
        large.headers.retain(|(name, _)| name != "x-should-retry");
        let (client, _) = client([large]);
        let error = Call::new(&client, &CREATE).send::<Value>().await.unwrap_err();
        assert_eq!((error.kind(), error.body().unwrap().len()), (ErrorKind::BadRequest, 4 * 1024 * 1024), "{encoding}");
    }
}

#[tokio::test]
async fn what_is_handed_on_comes_in_bounded_pieces() {
    let body = vec![0; 64 * 1024 * 1024];
    for encoding in ["gzip", "deflate", "raw deflate"] {
        let server = server([reply(encoding, &body, usize::MAX >> 1), reply(encoding, &body, usize::MAX >> 1)]);
        // The client's limit is not for these.
        let client = builder(&server).max_response_size(LIMIT).build().unwrap();
        let mut stream = Call::new(&client, &GET).bytes_stream().await.unwrap();
        let (mut largest, mut all) = (0, 0);
        while let Some(chunk) = stream.next().await {
            let length = chunk.unwrap().len();
            (largest, all) = (largest.max(length), all + length);
        }
        assert_eq!(all, body.len(), "{encoding}");
        assert!(largest <= 4 * 1024 * 1024 + 64 * 1024, "{encoding}: {largest}");
        // The call's is.
        let mut call = Call::new(&client, &GET);
        call.with_max_response_size(LIMIT);
        let mut stream = call.bytes_stream().await.unwrap();
        let error = loop {
            match stream.next().await.unwrap() {
                Ok(chunk) => assert!(chunk.len() <= LIMIT),
                Err(error) => break error,
            }
        };
        is_limit_of_stream(&error);
        assert!(stream.next().await.is_none());
    }
}

fn is_limit_of_stream(error: &Error) {
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Limit, false), "{error:?}");
}

#[tokio::test]
async fn a_packed_body_without_content_is_given_up() {
    // Gzip members of nothing, one after the other.
    let empty = packed("gzip", b"").repeat(200_000);
    let reply = || Reply::new(200, &empty).in_chunks(64 * 1024).header("content-encoding", "gzip");
    let (client, _) = client([reply(), reply()]);
    let mut call = Call::new(&client, &GET);
    call.with_max_retries(0);
    assert_eq!(call.clone().send_bytes().await.unwrap_err().kind(), ErrorKind::Decode);
    let error = call.bytes_stream().await.unwrap().next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn what_follows_the_last_event_is_not_read_for_ever() {
    let mut reply = Reply::events("data: {\"choices\": []}\n\ndata: [DONE]\n\n");
    reply.chunks.extend((0..10_000).map(|_| Ok(vec![b'\n'; 64 * 1024])));
    let (client, _) = client([reply]);
    let mut stream = Call::new(&client, &STREAM).stream::<Value>().await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    assert!(stream.next().await.is_none());
}

/// The waits in milliseconds before each attempt, if each answer has this header.
async fn waits(name: &str, value: &str) -> Vec<u128> {
    let server = server((0..3).map(|_| Reply::json(503, "{}").header(name, value)));
    let client = builder(&server).build().unwrap();
    let error = Call::new(&client, &CREATE).send::<Value>().await.unwrap_err();
    let (attempts, bounded) = (error.attempts(), error.bounded_retry_after());
    assert!(bounded.is_none_or(|wait| wait >= Duration::from_millis(50) && wait <= Duration::from_secs(300)));
    assert_eq!(server.requests().len(), attempts as usize);
    server.waits().iter().map(Duration::as_millis).collect()
}

#[tokio::test]
async fn a_wait_that_the_server_names_has_a_floor_and_a_ceiling() {
    for (name, value, expected) in [
        ("retry-after-ms", "0.001", vec![50, 50]),
        ("retry-after-ms", "49", vec![50, 50]),
        ("retry-after-ms", "51", vec![51, 51]),
        ("retry-after", "0.0000001", vec![50, 50]),
        ("retry-after", "1e-300", vec![50, 50]),
        ("retry-after", "120", vec![120_000, 120_000]),
        ("retry-after", "121", vec![]),
        ("retry-after-ms", "inf", vec![]),
        // No wait at all is the client's own.
        ("retry-after", "0", vec![500, 1000]),
        ("retry-after-ms", "-5", vec![500, 1000]),
        ("retry-after", "nan", vec![500, 1000]),
    ] {
        assert_eq!(waits(name, value).await, expected, "{name}: {value}");
    }
}
