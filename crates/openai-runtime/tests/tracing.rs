//! What a call tells by the tracing crate, and what it does not.
#![cfg(feature = "tracing")]
#![allow(missing_docs)]

#[path = "support/stub.rs"]
mod stub;
mod support;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use openai_runtime::json::Value;
use openai_runtime::{Call, Endpoint};
use serde_json::json;
use support::{ENDPOINT, Reply, client};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static CREATE: Endpoint = ENDPOINT;

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
    call.body(&json!({"input": "private", "model": "m-1"}));
    call.with_header("x-mine", "private");
    call.with_query("q", "private");
    call.send::<Value>().await.unwrap();
    client.request(http::Method::GET, "/x?key=private").send().await.unwrap_err();
    drop(guard);
    let log = log.0.lock().unwrap();
    for line in [
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
        "openai.request_id=req_1",
        "error.type=NotFound",
        "message=trying again",
        "wait_ms=500",
    ] {
        assert!(log.lines().any(|found| found == line), "{line} is not in\n{log}");
    }
    assert!(!log.contains("private") && !log.contains("sk-test"), "{log}");
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
