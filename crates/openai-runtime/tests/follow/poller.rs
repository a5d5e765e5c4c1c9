//! Long operations: what a look has of the first call, what ends the looks, and what is left then.

use std::time::Duration;

use crate::stub::{Answer, Handle, Stub, plain, stub as serve};
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Endpoint, Error, ErrorKind, Origin, Poller, Polling, States};
use serde_json::json;

static BEGIN: Endpoint = Endpoint {
    id: "begin",
    method: "POST",
    path: "/boxes/{box}/jobs",
    body: BodyKind::Json,
    headers: &[("x-of-endpoint", "begin")],
    ..Endpoint::DEFAULT
};
static LOOK: Endpoint = Endpoint {
    id: "look",
    path: "/boxes/{box}/jobs/{job}",
    headers: &[("x-of-endpoint", "look")],
    ..Endpoint::DEFAULT
};
static STATES: States =
    States { field: "status", pending: &["running"], done: &["ready", "broken"], interval: Duration::from_secs(2) };
static POLLING: Polling = Polling {
    retrieve: &LOOK,
    states: &STATES,
    path: &[("box", Origin::Path), ("job", Origin::Answer(&["id"]))],
    is_state: true,
};
static LOOKING: Polling = Polling { path: &[("box", Origin::Path), ("job", Origin::Path)], ..POLLING };

fn job(status: &str) -> Answer {
    Answer::new(200, json!({"id": "a job/1", "status": status}).to_string())
}

fn begin(stub: &std::sync::Arc<Stub>) -> Call {
    let mut call = Call::new(&plain(stub).api_key("sk-polling").build().unwrap(), &BEGIN).path("box", "b");
    call.body(&json!({"size": 1}));
    call
}

fn poller(call: Call) -> Poller<Value> {
    call.send_and_poll(&POLLING)
}

#[tokio::test]
async fn a_look_has_what_the_caller_set_and_nothing_of_the_operation() {
    let stub = serve(|_, count| job(if count < 2 { "running" } else { "ready" }));
    let mut call = begin(&stub);
    call.query("include", &vec!["all".to_owned()]);
    call.with_query("mine", 1);
    call.with_header("x-mine", "yes");
    call.with_header("user-agent", None);
    call.with_idempotency_key("once");
    call.with_body_field("more", true);
    let job = poller(call).await.unwrap();
    assert_eq!(job["status"], "ready");

    let calls = stub.calls();
    let [first, looks @ ..] = calls.as_slice() else { panic!("no request") };
    assert!(first.url.ends_with("/boxes/b/jobs?include%5B%5D=all&mine=1"), "{}", first.url);
    assert_eq!((first.header("x-of-endpoint"), first.header("idempotency-key")), (Some("begin"), Some("once")));
    assert_eq!(first.header("x-stainless-poll-helper"), None);
    assert_eq!(looks.len(), 2);
    for look in looks {
        assert!(look.url.ends_with("/boxes/b/jobs/a%20job%2F1?mine=1"), "{}", look.url);
        assert_eq!((look.method.as_str(), look.body.as_str()), ("GET", ""));
        assert_eq!((look.header("x-of-endpoint"), look.header("x-mine")), (Some("look"), Some("yes")));
        assert_eq!((look.header("idempotency-key"), look.header("user-agent")), (None, None));
        assert_eq!((look.header("content-type"), look.header("x-stainless-poll-helper")), (None, Some("true")));
        assert_eq!(look.header("x-stainless-custom-poll-interval"), None);
    }
    assert_eq!(stub.waits(), [2000, 2000]);
}

#[tokio::test]
async fn a_look_of_its_own_keeps_its_inputs() {
    let stub = serve(|_, count| job(if count < 1 { "running" } else { "broken" }));
    let client = plain(&stub).api_key("sk-polling").build().unwrap();
    let mut call = Call::new(&client, &LOOK).path("box", "b").path("job", "j");
    call.query("include", &"all".to_owned());
    let job = call.send_and_poll::<Value>(&LOOKING).with_poll_interval(Duration::from_millis(1500)).await.unwrap();
    assert_eq!(job["status"], "broken");
    for look in stub.calls() {
        assert!(look.url.ends_with("/boxes/b/jobs/j?include=all"), "{}", look.url);
        assert_eq!(look.header("x-stainless-poll-helper"), Some("true"));
        assert_eq!(look.header("x-stainless-custom-poll-interval"), Some("1500"));
    }
    assert_eq!((stub.calls().len(), stub.waits()), (2, vec![1500]));
}

#[tokio::test]
async fn the_callers_limits_hold_for_each_look() {
    let stub = serve(|_, count| if count == 0 { job("running") } else { Answer::new(500, "{}") });
    let mut call = begin(&stub);
    call.with_max_retries(0);
    let error = poller(call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InternalServer);
    assert_eq!(error.detail::<Value>().unwrap()["status"], "running");
    // The first call, and six looks that were not tried again.
    assert_eq!(stub.calls().len(), 7);
    assert_eq!(stub.waits(), [2000; 6]);
}

#[tokio::test]
async fn a_look_that_succeeds_forgives_those_before() {
    let stub = serve(|_, count| match count {
        30 => job("ready"),
        count if count % 6 == 0 => job("running"),
        _ => Answer::Broken,
    });
    let mut call = begin(&stub);
    call.with_max_retries(0);
    assert_eq!(poller(call).await.unwrap()["status"], "ready");
    assert_eq!(stub.calls().len(), 31);
}

#[tokio::test]
async fn a_server_that_asks_for_time_gets_it() {
    // More than the client's own retries wait for.
    let stub = serve(|_, count| match count {
        1 => Answer::new(503, "{}").header("retry-after", "300"),
        2 => job("ready"),
        _ => job("running"),
    });
    assert_eq!(poller(begin(&stub)).await.unwrap()["status"], "ready");
    assert_eq!(stub.waits(), [2000, 300_000]);

    // Not beyond the deadline.
    let later = |seconds: &'static str| {
        serve(move |_, count| match count {
            0 => job("running"),
            _ => Answer::new(503, "{}").header("retry-after", seconds),
        })
    };
    // Nor for longer than five minutes at once.
    let stub = later("3000");
    let error = poller(begin(&stub)).await.unwrap_err();
    assert_eq!((error.kind(), stub.waits()), (ErrorKind::InternalServer, [vec![2000], vec![300_000; 5]].concat()));
    let stub = later("250");
    let error = poller(begin(&stub)).with_deadline(Duration::from_secs(600)).await.unwrap_err();
    assert_eq!((error.kind(), stub.waits()), (ErrorKind::Timeout, vec![2000, 250_000, 250_000, 98_000]));
    let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Error>());
    assert_eq!(source.map(Error::kind), Some(ErrorKind::InternalServer));
    assert_eq!(error.detail::<Value>().unwrap()["status"], "running");
}

#[tokio::test]
async fn what_begins_it_is_sent_by_the_client_alone() {
    let stub = serve(|_, _| Answer::new(500, "{}"));
    let error = poller(begin(&stub)).await.unwrap_err();
    assert_eq!((error.kind(), stub.calls().len()), (ErrorKind::InternalServer, 3));
    assert!(error.detail::<Value>().is_none());
}

/// By tokio's clock, which stands still but for what is waited for.
#[tokio::test(start_paused = true)]
async fn the_deadline_ends_what_is_under_way() {
    use std::sync::Arc;
    for (silent, seen) in [(0, None), (3, Some("running"))] {
        let stub = serve(move |_, count| if count < silent { job("running") } else { Answer::Silent });
        let transport = Arc::new(Handle(stub.clone()));
        let client = openai_runtime::Client::builder().transport(transport).api_key("sk-polling").build().unwrap();
        let mut call = Call::new(&client, &BEGIN).path("box", "b");
        call.with_timeout(Duration::from_secs(3600));
        let start = tokio::time::Instant::now();
        let error = poller(call).with_deadline(Duration::from_secs(20)).await.unwrap_err();
        let took = start.elapsed();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!((20.0..20.1).contains(&took.as_secs_f64()), "{took:?}");
        assert_eq!(error.detail::<Value>().map(|job| job["status"].as_str().unwrap()), seen);
        assert_eq!(stub.calls().len(), silent + 1);
    }
}

#[tokio::test]
async fn a_clock_that_stands_still_comes_to_the_deadline_too() {
    let stub = serve(|_, _| job("running"));
    let error = poller(begin(&stub)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    // 30 minutes of two seconds each.
    assert_eq!((stub.waits().len(), stub.calls().len()), (900, 900));
    let text = error.to_string();
    assert!(text.contains("look") && text.contains("1800s") && text.contains("`running`"), "{text}");
}

#[tokio::test]
async fn no_deadline_and_no_wait_at_all() {
    let stub = serve(|_, count| job(if count < 50 { "running" } else { "ready" }));
    let last = poller(begin(&stub)).with_deadline(Duration::MAX).with_poll_interval(Duration::ZERO).await.unwrap();
    assert_eq!((last["status"].as_str(), stub.waits().len()), (Some("ready"), 0));

    let stub = serve(|_, _| job("running"));
    let error = poller(begin(&stub)).with_deadline(Duration::ZERO).await.unwrap_err();
    assert_eq!((error.kind(), stub.calls().len()), (ErrorKind::Timeout, 0));
}

/// An answer without a status that reports an error is that error, as the first one and as one that was asked for.
#[tokio::test]
async fn an_answer_that_reports_an_error_is_one() {
    let report = r#"{"error":{"message":"m","code":502},"id":null}"#;
    for first in [true, false] {
        let stub = serve(move |_, count| match count {
            0 if !first => Answer::new(200, r#"{"id":"j","status":"running"}"#),
            _ => Answer::new(200, report),
        });
        let error = poller(begin(&stub)).await.unwrap_err();
        assert_eq!((error.message(), error.code(), error.kind()), ("m", Some("502"), ErrorKind::InternalServer));
        assert_eq!(&error.body().unwrap()[..], report.as_bytes());
    }
}

#[tokio::test]
async fn an_answer_that_leads_nowhere_is_given_back() {
    for (id, problem) in [(json!(null), "missing"), (json!(7), "missing"), (json!(""), "empty"), (json!(".."), "..")] {
        let body = json!({"id": id, "status": "running"});
        let text = body.to_string();
        let stub = serve(move |_, _| Answer::new(200, &text));
        let error = poller(begin(&stub)).await.unwrap_err();
        assert_eq!((error.kind(), stub.calls().len()), (ErrorKind::Decode, 1));
        assert!(error.message().contains("`id`") && error.message().contains(problem), "{error}");
        assert_eq!(error.detail::<Value>(), Some(&body));
        // Of a job that is done nobody asks where it is.
        let text = json!({"id": id, "status": "ready"}).to_string();
        let stub = serve(move |_, _| Answer::new(200, &text));
        assert!(poller(begin(&stub)).await.is_ok());
    }
}

#[tokio::test]
async fn states_that_can_not_be_read_end_it() {
    let stub = serve(|_, _| job("running"));
    let mut poller = begin(&stub).send_and_poll::<String>(&POLLING);
    let error = poller.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(poller.next().await.is_none());
    let error = poller.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(stub.calls().len(), 1);

    let stub = serve(|_, count| if count == 0 { job("running") } else { Answer::new(200, "<html>") });
    let error = self::poller(begin(&stub)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.detail::<Value>().unwrap()["status"], "running");
    assert_eq!(stub.calls().len(), 2);
}

#[tokio::test]
async fn what_was_seen_is_not_fetched_again() {
    let stub = serve(|_, count| job(if count < 2 { "running" } else { "ready" }));
    let mut poller = poller(begin(&stub));
    assert_eq!(poller.next().await.unwrap().unwrap()["status"], "running");
    // Options may change on the way.
    let mut poller = poller.with_poll_interval(Duration::from_secs(9));
    assert_eq!(poller.next().await.unwrap().unwrap()["status"], "running");
    assert_eq!(poller.next().await.unwrap().unwrap()["status"], "ready");
    assert!(poller.next().await.is_none());
    assert_eq!(poller.await.unwrap()["status"], "ready");
    assert_eq!((stub.calls().len(), stub.waits()), (3, vec![2000, 9000]));
}

#[tokio::test]
async fn dropping_it_ends_the_looks() {
    let stub = serve(|_, count| if count < 2 { job("running") } else { Answer::Silent });
    let waiting = tokio::spawn(poller(begin(&stub)).into_future());
    let limit = tokio::time::Instant::now() + Duration::from_secs(30);
    while stub.calls().len() < 3 {
        assert!(tokio::time::Instant::now() < limit, "the looks do not begin");
        tokio::task::yield_now().await;
    }
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(stub.calls().len(), 3);
}

#[test]
fn it_shows_no_secret() {
    let stub = serve(|_, _| job("running"));
    let mut call = begin(&stub);
    call.with_header("x-token", "very-secret");
    let poller = poller(call);
    let shown = format!("{poller:?}");
    assert!(shown.contains("look") && !shown.contains("secret") && !shown.contains("sk-polling"), "{shown}");
}

#[cfg(feature = "blocking")]
#[test]
fn the_same_without_a_runtime() {
    let answers = || serve(|_, count| job(if count < 1 { "running" } else { "ready" }));
    assert_eq!(poller(begin(&answers())).wait().unwrap()["status"], "ready");
    let states = poller(begin(&answers())).blocking().map(|state| state.unwrap()["status"].clone());
    assert_eq!(states.collect::<Vec<_>>(), ["running", "ready"]);
}
