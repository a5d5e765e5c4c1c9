//! What a call tells by the tracing crate, and what it does not.
#![cfg(feature = "tracing")]
#![allow(missing_docs)]

#[path = "support/stub.rs"]
mod stub;
mod support;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use openai_runtime::json::Value;
use openai_runtime::{Call, Done, Endpoint};
use serde_json::json;
use support::{ENDPOINT, Reply, client};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static CREATE: Endpoint = ENDPOINT;
static CHAT: Endpoint = Endpoint { span: "chat", stream: Done::Types(&["done"]), ..ENDPOINT };

/// Writes down all fields of all spans and events.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        writeln!(self.0.lock().unwrap(), "{}={}", field.name(), value.trim_matches('"')).unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("openai_runtime")
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn spans_and_events() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let body = r#"{"id":"id-1","model":"m-2","choices":["private"],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#;
    let error = r#"{"error":{"message":"private"}}"#;
    let (client, _) = client([Reply::json(500, error), Reply::json(200, body), Reply::json(404, error)]);
    let mut call = Call::new(&client, &CREATE);
    call.body(
        &json!({"input": "private", "model": "m-1", "temperature": 0.5, "max_output_tokens": 9, "top_p": "private"}),
    );
    call.with_header("x-mine", "private");
    call.with_query("q", "private");
    call.send::<Value>().await.unwrap();
    client.request(http::Method::GET, "/x?key=private").send().await.unwrap_err();
    drop(guard);
    log.check(&[
        "otel.name=createThing m-1",
        "gen_ai.provider.name=openai",
        "gen_ai.operation.name=createThing",
        "gen_ai.request.model=m-1",
        "gen_ai.response.id=id-1",
        "gen_ai.response.model=m-2",
        "gen_ai.usage.input_tokens=3",
        "gen_ai.usage.output_tokens=4",
        "http.request.method=POST",
        "http.request.resend_count=1",
        "http.response.status_code=200",
        "http.response.status_code=404",
        "url.template=/things",
        "url.template=/x",
        "server.address=api.openai.com",
        "server.port=443",
        "openai.operation=createThing",
        "gen_ai.request.temperature=0.5",
        "gen_ai.request.max_tokens=9",
        "otel.status_code=ERROR",
        "openai.request_id=req_1",
        "error.type=NotFound",
        "message=trying again",
        "wait_ms=500",
    ]);
}

impl Log {
    fn check(&self, lines: &[&str]) {
        let log = self.0.lock().unwrap();
        for line in lines {
            assert!(log.lines().any(|found| found == *line), "{line} is not in\n{log}");
        }
        assert!(!log.contains("private") && !log.contains("sk-test"), "{log}");
    }
}

#[tokio::test]
async fn the_span_of_a_stream_lasts_until_its_end() {
    let events = "data: {\"type\":\"made\",\"response\":{\"id\":\"r-1\",\"model\":\"m-2\"}}\n\n\
        data: {\"type\":\"text\",\"delta\":\"private\"}\n\n";
    let done = "data: {\"type\":\"done\",\"response\":{\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}}\n\n";
    for (end, lines) in [
        (done, &["gen_ai.usage.output_tokens=4", "openai.stream.events=3", "message=ended"][..]),
        ("", &["error.type=Truncated", "openai.stream.events=2", "message=failed", "otel.status_code=ERROR"][..]),
    ] {
        let log = Log::default();
        let guard = tracing::subscriber::set_default(log.clone());
        let (client, _) = client([Reply::events(format!("{events}{end}"))]);
        let mut call = Call::new(&client, &CHAT);
        call.body(&json!({"input": "private", "model": "m-1"}));
        let mut stream = call.stream::<Value>().await.unwrap();
        while stream.next().await.is_some() {}
        drop((stream, guard));
        log.check(&["otel.name=chat m-1", "gen_ai.operation.name=chat", "openai.operation=createThing"]);
        log.check(&["gen_ai.response.id=r-1", "gen_ai.response.model=m-2", "message=first event"]);
        log.check(lines);
    }
}

#[tokio::test]
async fn downloads_have_spans_too() {
    for (reply, line) in
        [(Reply::new(200, "private"), "message=ended"), (Reply::new(200, "p").then_broken(), "message=failed")]
    {
        let log = Log::default();
        let guard = tracing::subscriber::set_default(log.clone());
        let (client, _) = client([reply]);
        let mut stream = Call::new(&client, &CREATE).bytes_stream().await.unwrap();
        while stream.next().await.is_some() {}
        drop((stream, guard));
        log.check(&[line, "http.response.status_code=200"]);
    }
}

#[tokio::test]
async fn no_token_of_a_workload_is_told() {
    use stub::{Answer, SUBJECT, granted};
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    let stub = stub::stub(|request, count| match (request.url.contains("/oauth/token"), count) {
        (true, 1) => Answer::new(503, request.body.clone()),
        (true, _) => granted(&format!("access-token-{count}"), 3600),
        (_, 0) => Answer::new(401, request.header("authorization").unwrap()),
        _ => Answer::new(200, "{}"),
    });
    Call::new(&stub::client(&stub), &CREATE).send_unit().await.unwrap();
    drop(guard);
    let log = log.0.lock().unwrap().clone();
    assert_eq!((stub.exchanges(), stub.calls().len()), (3, 2));
    for known in ["message=trying again with a new access token", "wait_ms=500", "http.request.resend_count=1"] {
        assert!(log.contains(known), "{log}");
    }
    assert!(!log.contains("access-token") && !log.contains(SUBJECT), "{log}");
}
