//! Event streams, binary bodies and downloads.

use crate::support::{ENDPOINT, Reply, client};
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Done, Endpoint, Error, ErrorKind};
use serde_json::json;

pub(crate) static MARKER: Endpoint = Endpoint { stream: Done::Marker, ..ENDPOINT };
pub(crate) static TYPES: Endpoint = Endpoint { stream: Done::Types(&["done", "failed"]), ..ENDPOINT };
pub(crate) static SEVERAL: Endpoint = Endpoint { stream: Done::Several(&["done"]), ..ENDPOINT };
static RESTING: Endpoint =
    Endpoint { stream: Done::Resting { rest: &["idle", "failed"], work: &["in_progress"] }, ..ENDPOINT };
pub(crate) static ENVELOPED: Endpoint = Endpoint { stream: Done::Enveloped, ..ENDPOINT };
pub(crate) static ANY: Endpoint = Endpoint { stream: Done::None, ..ENDPOINT };

/// All events of a stream, and the error that ended it.
pub(crate) async fn collect(endpoint: &'static Endpoint, reply: Reply) -> (Vec<Value>, Option<Error>) {
    let (client, server) = client([reply]);
    let mut call = Call::new(&client, endpoint);
    call.with_max_retries(0);
    let mut events = Vec::new();
    let mut stream = match call.stream::<Value>().await {
        Ok(stream) => stream,
        Err(error) => return (events, Some(error)),
    };
    assert_eq!((stream.status().as_u16(), stream.request_id(), stream.attempts()), (200, Some("req_1"), 1));
    let mut failed = None;
    while let Some(event) = stream.next().await {
        assert!(failed.is_none(), "nothing comes after an error");
        match event {
            Ok(event) => events.push(event),
            Err(error) => failed = Some(error),
        }
    }
    assert!(stream.next().await.is_none());
    assert_eq!(server.requests().len(), 1);
    (events, failed)
}

pub(crate) async fn check(
    endpoint: &'static Endpoint,
    text: &str,
    expected: &[Value],
    kind: Option<ErrorKind>,
) -> Option<Error> {
    let mut last = None;
    for size in [1, 5, 100_000] {
        let (events, error) = collect(endpoint, Reply::events(text).in_chunks(size)).await;
        assert_eq!(events, expected, "{text:?} in chunks of {size}");
        assert_eq!(error.as_ref().map(Error::kind), kind, "{text:?} in chunks of {size}: {error:?}");
        if let Some(error) = &error {
            assert_eq!((error.request_id(), error.attempts()), (Some("req_1"), 1));
            assert_eq!(error.status().unwrap(), 200);
        }
        last = error;
    }
    last
}

#[tokio::test]
async fn the_marker_ends_a_stream() {
    let one = [json!({"id": 1})];
    check(&MARKER, "data: {\"id\":1}\n\ndata: [DONE]\n\n", &one, None).await;
    check(&MARKER, "data: {\"id\":1}\r\n\r\ndata: [DONE] \r\n\r\ndata: not json\r\n\r\n", &one, None).await;
    check(&MARKER, ": OPENROUTER PROCESSING\n\nretry: 3000\n\ndata: {\"id\":1}\n\ndata: [DONE]\n\n", &one, None).await;
    // Nothing is no answer.
    check(&MARKER, "data: [DONE]\n\n", &[], Some(ErrorKind::Truncated)).await;
    check(&MARKER, "data: {\"id\":1}\n\n", &one, Some(ErrorKind::Truncated)).await;
    check(&MARKER, "data: {\"id\":1}\n\ndata: {\"id\":2}\n", &one, Some(ErrorKind::Truncated)).await;
    check(&MARKER, "data: {\"id\":1}\n\ndata: [DONE", &one, Some(ErrorKind::Truncated)).await;
    // The marker needs no blank line, nor does an error.
    check(&MARKER, "data: {\"id\":1}\n\ndata: [DONE]", &one, None).await;
    check(&MARKER, "data: {\"id\":1}\n\ndata: [DONE]\n", &one, None).await;
    check(&MARKER, "data: {\"id\":1}\n\ndata: {\"error\":{\"message\":\"m\"}}\n", &one, Some(ErrorKind::Stream)).await;
    check(&MARKER, "", &[], Some(ErrorKind::Truncated)).await;
    check(&MARKER, "event: new\ndata: {\"type\":\"new\"}\n\ndata: [DONE]\n\n", &[json!({"type": "new"})], None).await;
}

#[tokio::test]
async fn a_terminal_type_ends_a_stream() {
    let last = |name: &str| format!("event: {name}\ndata: {{\"x\":1,\"type\":\"{name}\"}}\n\n");
    let delta = "event: delta\ndata: {\"type\":\"delta\"}\n\n";
    for name in ["done", "failed"] {
        let text = format!("{delta}{}{delta}", last(name));
        check(&TYPES, &text, &[json!({"type": "delta"}), json!({"x": 1, "type": name})], None).await;
    }
    check(&TYPES, "event: done\ndata: {\"x\":1}\n\n", &[json!({"x": 1})], None).await;
    check(&TYPES, &format!("{delta}data: [DONE]\n\n"), &[json!({"type": "delta"})], Some(ErrorKind::Truncated)).await;
    check(&TYPES, delta, &[json!({"type": "delta"})], Some(ErrorKind::Truncated)).await;
    check(&ANY, delta, &[json!({"type": "delta"})], None).await;
    check(&ANY, "", &[], None).await;
    check(&ANY, &delta[..delta.len() - 1], &[], Some(ErrorKind::Truncated)).await;
}

/// After the first terminal event the stream may end anywhere between two events, and what comes is given still.
#[tokio::test]
async fn several_terminal_events() {
    let done = |id: i64| format!("event: done\ndata: {{\"type\":\"done\",\"id\":{id}}}\n\n");
    let value = |id: i64| json!({"type": "done", "id": id});
    let delta = "data: {\"type\":\"delta\"}\n\n";
    let (one, both) = ([value(1)], [value(1), json!({"type": "delta"}), value(2)]);
    let text = format!("{}{delta}{}", done(1), done(2));
    check(&SEVERAL, &text, &both, None).await;
    check(&SEVERAL, &format!("{text}data: [DONE]\n\n{delta}"), &both, None).await;
    check(&SEVERAL, &done(1), &one, None).await;
    // Nothing is missed of a comment.
    check(&SEVERAL, &format!("{}: pi", done(1)), &one, None).await;
    // An event that was cut off is missed, and an error is one.
    check(&SEVERAL, &format!("{}{}", done(1), &done(2)[..20]), &one, Some(ErrorKind::Truncated)).await;
    let error = "event: error\ndata: {\"message\":\"m\"}\n\n";
    check(&SEVERAL, &format!("{}{error}", done(1)), &one, Some(ErrorKind::Stream)).await;
    check(&SEVERAL, delta, &[json!({"type": "delta"})], Some(ErrorKind::Truncated)).await;

    for (text, expected, kind) in [
        (done(1), &one[..], None),
        (text.clone(), &both, None),
        (format!("{}{}", done(1), &done(2)[..20]), &one, Some(ErrorKind::Connection)),
        (delta.to_owned(), &[json!({"type": "delta"})], Some(ErrorKind::Connection)),
    ] {
        let (events, error) = collect(&SEVERAL, Reply::events(&text).then_broken()).await;
        assert_eq!((&events[..], error.map(|error| error.kind())), (expected, kind), "{text:?}");
    }
}

/// A stream that stays open is complete where nothing is under way, and its errors are events.
#[tokio::test]
async fn streams_that_rest() {
    let event = |name: &str| format!("event: {name}\ndata: {{\"type\":\"{name}\"}}\n\n");
    let value = |name: &str| json!({"type": name});
    for (names, kind) in [
        (&["in_progress", "delta", "idle"][..], None),
        (&["in_progress", "failed"], None),
        (&["idle", "note"], None),
        (&["idle", "in_progress", "idle"], None),
        // What began after the rest is missed.
        (&["idle", "in_progress", "delta"], Some(ErrorKind::Truncated)),
        (&["in_progress", "delta"], Some(ErrorKind::Truncated)),
        (&[], Some(ErrorKind::Truncated)),
        (&["in_progress", "error", "delta", "idle"], None),
        (&["in_progress", "error"], Some(ErrorKind::Truncated)),
        (&["idle", "error"], None),
    ] {
        let text: String = names.iter().map(|name| event(name)).collect();
        let expected: Vec<Value> = names.iter().map(|name| value(name)).collect();
        check(&RESTING, &text, &expected, kind).await;
        check(&RESTING, &format!("{text}data: [DONE]\n\n{}", event("delta")), &expected, None).await;
        let (events, error) = collect(&RESTING, Reply::events(&text).then_broken()).await;
        let broken = kind.map(|_| ErrorKind::Connection);
        assert_eq!((events, error.map(|error| error.kind())), (expected, broken), "{text:?}");
    }
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"m\"}}\n\n";
    let as_value = json!({"type": "error", "error": {"message": "m"}});
    check(&RESTING, &format!("{error}{}", event("idle")), &[as_value, value("idle")], None).await;
    // What is no event of the stream's is the server's failure.
    let failure = "event: error\ndata: {\"message\":\"m\"}\n\n";
    check(&RESTING, &format!("{}{failure}", event("idle")), &[value("idle")], Some(ErrorKind::Stream)).await;
    let failure = "data: {\"error\":{\"message\":\"m\"}}\n\n";
    check(&RESTING, &format!("{}{failure}", event("idle")), &[value("idle")], Some(ErrorKind::Stream)).await;
}

#[tokio::test]
async fn nothing_asks_for_a_stream_where_there_is_nothing_else() {
    static ASKED: Endpoint = Endpoint { method: "GET", body: BodyKind::None, stream: Done::None, ..ENDPOINT };
    static ONLY: Endpoint = Endpoint { accept: "text/event-stream", ..ASKED };
    for (endpoint, query) in [(&ASKED, Some("stream=true")), (&ONLY, None)] {
        let (client, server) = client([Reply::events("data: 1\n\n")]);
        let mut stream = Call::new(&client, endpoint).stream::<Value>().await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), json!(1));
        let url = server.requests()[0].uri.clone();
        assert_eq!(url.split_once('?').map(|(_, query)| query), query, "{url}");
    }
}

#[tokio::test]
async fn events_in_envelopes() {
    let text = "event: thread.run\ndata: {\"id\":\"r\",\"error\":{\"code\":\"x\"}}\n\ndata: 1\n\nevent: done\ndata: [DONE]\n\n";
    let expected = [
        json!({"event": "thread.run", "data": {"id": "r", "error": {"code": "x"}}}),
        json!({"event": "message", "data": 1}),
    ];
    check(&ENVELOPED, text, &expected, None).await;
    let error = check(&ENVELOPED, "event: error\ndata: {\"message\":\"m\"}\n\n", &[], Some(ErrorKind::Stream)).await;
    assert_eq!(error.unwrap().message(), "m");
}

#[tokio::test]
async fn errors_in_a_stream() {
    let first = "data: {\"id\":1}\n\n";
    for (event, message, code, kind) in [
        (r#"data: {"error":{"message":"m","code":"c"}}"#, "m", Some("c"), "t"),
        (r#"data: {"error":{"message":"m","type":"provider_error","code":400}}"#, "m", Some("400"), "provider_error"),
        (r#"data: {"error":"m"}"#, "m", None, "t"),
        (
            r#"data: {"type":"error","code":"c","message":"m","param":null,"sequence_number":3}"#,
            "m",
            Some("c"),
            "error",
        ),
        ("event: error\ndata: {\"message\":\"m\",\"code\":\"c\"}", "m", Some("c"), "t"),
        ("event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"m\",\"type\":\"t\"}}", "m", None, "t"),
        ("event: error\ndata: m", "m", None, "t"),
    ] {
        let text = format!("{first}{event}\n\ndata: [DONE]\n\n");
        let error = check(&MARKER, &text, &[json!({"id": 1})], Some(ErrorKind::Stream)).await.unwrap();
        assert_eq!((error.message(), error.code()), (message, code), "{event}");
        assert!(error.error_type().is_none_or(|found| found == kind));
        assert!(!error.body().unwrap().is_empty() && !error.is_retryable());
    }
    for quiet in
        [r#"{"error":null}"#, r#"{"error":{}}"#, r#"{"error":""}"#, r#"{"a":{"error":"x"}}"#, r#"{"a":"\"error\""}"#]
    {
        let value = serde_json::from_str(quiet).unwrap();
        check(&MARKER, &format!("data: {quiet}\n\ndata: [DONE]\n\n"), &[value], None).await;
    }
}

#[tokio::test]
async fn events_that_are_not_json() {
    let bad = check(&MARKER, "data: {unparsable}\n\ndata: [DONE]\n\n", &[], Some(ErrorKind::Decode)).await.unwrap();
    assert_eq!(bad.body().unwrap(), "{unparsable}");
    assert!(bad.message().contains("{unparsable}"));
    check(&MARKER, "data:\n\ndata: {}\n\ndata: [DONE]\n\n", &[json!({})], None).await;
    let (_, error) = collect(&MARKER, Reply::events(b"data: \"\xff\"\n\n")).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn what_is_no_event_stream() {
    for (media, body) in [("application/json", r#"{"id":1}"#), ("text/html; charset=utf-8", "<html>")] {
        let reply = Reply::new(200, body).header("content-type", media).header("x-request-id", "req_1");
        let (_, error) = collect(&MARKER, reply).await;
        let error = error.unwrap();
        assert_eq!((error.kind(), error.request_id()), (ErrorKind::Decode, Some("req_1")));
        assert_eq!(error.body().unwrap(), body);
    }
    let untyped = Reply::new(200, "data: 1\n\ndata: [DONE]\n\n").header("x-request-id", "req_1");
    assert_eq!(collect(&MARKER, untyped).await.0, [json!(1)]);
    let (_, error) = collect(&MARKER, Reply::json(404, r#"{"error":{"message":"m"}}"#)).await;
    assert_eq!(
        (error.as_ref().unwrap().kind(), error.unwrap().message().to_owned()),
        (ErrorKind::NotFound, "m".into())
    );
}

#[tokio::test]
async fn a_stream_that_breaks_is_not_started_again() {
    let (events, error) = collect(&MARKER, Reply::events("data: 1\n\ndata: 2").then_broken()).await;
    assert_eq!((events, error.unwrap().kind()), (vec![json!(1)], ErrorKind::Connection));
}

#[tokio::test]
async fn a_stream_is_retried_until_its_headers_come() {
    let (client, server) =
        client([Reply::json(503, "{}"), Reply::broken(), Reply::events("data: 1\n\ndata: [DONE]\n\n")]);
    let mut stream = Call::new(&client, &MARKER).stream::<Value>().await.unwrap();
    assert_eq!(stream.attempts(), 3);
    assert_eq!(stream.next().await.unwrap().unwrap(), 1);
    stream.close();
    assert!(stream.next().await.is_none());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn an_endless_line_is_an_error() {
    let line = vec![b'a'; 1024 * 1024];
    let mut reply = Reply::events("data: ");
    reply.chunks.extend((0..65).map(|_| Ok(line.clone())));
    let (_, error) = collect(&MARKER, reply.then_silent()).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::Stream);
}

#[tokio::test]
async fn bytes_and_text() {
    let body: Vec<u8> = (0..=255).collect();
    let reply = || Reply::new(200, &body).in_chunks(10).header("content-length", "256");
    let (client, _) = client([reply(), reply(), reply(), Reply::new(200, "teßt").in_chunks(1)]);
    let call = || Call::new(&client, &ANY);
    assert_eq!(call().send_bytes().await.unwrap(), body);
    let mut stream = call().bytes_stream().await.unwrap();
    assert_eq!(stream.content_length(), Some(256));
    let mut count = 0;
    while let Some(chunk) = stream.next().await {
        count += chunk.unwrap().len();
    }
    assert_eq!(count, 256);
    let raw = async || call().send_raw::<Value>().await.unwrap();
    assert_eq!(raw().await.text().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(raw().await.text().unwrap(), "teßt");
}

#[tokio::test]
async fn downloads() {
    let folder = std::env::temp_dir().join(format!("openai-runtime-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("out.bin");
    let body = vec![7_u8; 100_000];
    let reply = || Reply::new(200, &body).in_chunks(999).header("x-request-id", "req_1");
    let (client, _) = client([
        reply(),
        reply().then_broken(),
        reply().header("content-length", "100001"),
        Reply::json(404, "{}"),
        reply(),
    ]);
    let call = || {
        let mut call = Call::new(&client, &ANY);
        call.with_max_retries(0);
        call
    };
    assert_eq!(call().send_to_file(&file).await.unwrap(), 100_000);
    assert_eq!(std::fs::read(&file).unwrap(), body);
    std::fs::write(&file, "old").unwrap();
    for kind in [ErrorKind::Connection, ErrorKind::Truncated, ErrorKind::NotFound] {
        let error = call().send_to_file(&file).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        assert_eq!(std::fs::read(&file).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing is left behind");
    }
    let error = call().send_to_file(folder.join("no/such/folder/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn events_as_texts_and_written_anew() {
    let text = ": hello\nid: 7\nevent: a\ndata: {\"x\":\ndata: 1}\n\nevent: b\nretry: 5\ndata: no JSON\n\ndata: [DONE]\n\ndata: late\n\n";
    for size in [1, 3, 1000] {
        let (client, _) = client((0..3).map(|_| Reply::events(text).in_chunks(size)));
        let open = || Call::new(&client, &MARKER).stream::<Value>();
        let mut raw = open().await.unwrap().raw_events();
        let mut found = Vec::new();
        while let Some(event) = raw.next().await {
            let event = event.unwrap();
            found.push([event.event, event.data, event.id]);
        }
        assert_eq!(found, [["a", "{\"x\":\n1}", "7"], ["b", "no JSON", "7"]]);
        let mut sse = open().await.unwrap().to_sse();
        assert_eq!(sse.content_type(), "text/event-stream");
        let mut all = Vec::new();
        while let Some(piece) = sse.next().await {
            all.extend_from_slice(&piece.unwrap());
        }
        let expected = "event: a\nid: 7\ndata: {\"x\":\ndata: 1}\n\nevent: b\ndata: no JSON\n\ndata: [DONE]\n\n";
        assert_eq!(String::from_utf8(all).unwrap(), expected);
        let mut lines = open().await.unwrap().to_ndjson();
        let mut all = Vec::new();
        while let Some(piece) = lines.next().await {
            all.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(String::from_utf8(all).unwrap(), "{\"x\": 1}\nno JSON\n");
    }
    // What is cut off ends with an error here too, and no marker is made up.
    let (client, _) = client([Reply::events("data: 1\n\n")]);
    let mut sse = Call::new(&client, &MARKER).stream::<Value>().await.unwrap().to_sse();
    assert_eq!(sse.next().await.unwrap().unwrap(), "data: 1\n\n");
    let last = String::from_utf8(sse.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(last.starts_with("data: {\"error\":{") && last.ends_with("}\n\n"), "{last}");
    assert_eq!(sse.error().unwrap().kind(), ErrorKind::Truncated);
    assert!(sse.next().await.is_none());
}

#[tokio::test]
async fn the_largest_event_can_be_set() {
    let (client, _) = client([Reply::events("data: 1\n\ndata: 12345678901\n\n")]);
    let client = client.with_options(|options| options.max_event_size(10)).unwrap();
    let mut events = Call::new(&client, &MARKER).stream::<Value>().await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), 1);
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::Stream, Some("req_1")));
    assert!(error.message().contains("10 bytes"), "{error}");
}
