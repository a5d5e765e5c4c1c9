//! Several responses at once, each on its lane.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::responses::{LaneLimits, ResponseCreateEvent};
use openai_ext::types::ResponseStatus;
use openai_ext::{ErrorExt, ErrorKind};
use openai_ext_mock::{MockServer, RealtimeStep, Reply};
use serde_json::json;

use super::{TestResult, connect, create, created, delta, ended, mock, on, soon};

#[tokio::test]
async fn a_hundred_lanes_over_one_socket() -> TestResult {
    let (connection, server) = connect().await?;
    let mut tasks = Vec::new();
    for number in 0..100 {
        let mut lane = connection.lane(format!("lane-{number}"))?;
        tasks.push(tokio::spawn(async move {
            lane.response_create("gpt-5.5", format!("Say this is answer {number}")).await?;
            let mut text = String::new();
            let first = lane.next_response_with(|event| text += event.text_delta().unwrap_or_default()).await?;
            let next =
                ResponseCreateEvent::new().model("gpt-5.5").input("And again").previous_response_id(first.id.as_str());
            let second = lane.create(next).await?.next_response().await?;
            Ok::<_, openai_ext::Error>((text, first, second))
        }));
    }
    for (number, task) in tasks.into_iter().enumerate() {
        let (text, first, second) = soon(task).await???;
        assert_eq!(text, format!("This is answer {number}."), "{number}");
        assert_eq!(first.output_text(), text);
        assert_eq!(second.previous_response_id.as_deref(), Some(first.id.as_str()));
    }
    assert_eq!((server.realtime_connections().len(), server.realtime_events().len()), (1, 200));
    assert!(server.realtime_events().iter().all(|event| event["stream_id"].as_str().is_some()));
    assert!(connection.lanes().is_empty());
    Ok(())
}

/// All of them in one task, read in another order than they were asked for, beside the connection itself.
#[tokio::test]
async fn lanes_are_read_in_any_order_by_one_task() -> TestResult {
    let (mut connection, _server) = connect().await?;
    let (mut a, mut b) = (connection.lane("a")?, connection.lane("b")?);
    assert_eq!(connection.lanes(), ["a", "b"]);
    soon(a.response_create("m", "Say this is a")).await??;
    soon(b.response_create("m", "Say this is b")).await??;
    connection.response_create("m", "Say this is c").await?;
    assert_eq!(soon(b.next_response()).await??.output_text(), "This is b.");
    assert_eq!(soon(connection.next_response()).await??.output_text(), "This is c.");
    let mut text = String::new();
    while let Some(event) = soon(a.next()).await? {
        text += event?.text_delta().unwrap_or_default();
    }
    assert_eq!((text.as_str(), a.output_text().as_str()), ("This is a.", "This is a."));
    // The whole of it is given once.
    assert_eq!(soon(a.next_response()).await??.output_text(), "This is a.");
    let error = soon(a.next_response()).await?.expect_err("none is under way");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(soon(a.next()).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_lane_has_one_response_at_a_time() -> TestResult {
    let (connection, _server) = connect().await?;
    let mut lane = connection.lane("a")?;
    lane.response_create("m", "Say this is a test").await?;
    let refused = lane.create(ResponseCreateEvent::new().model("m").input("Second")).await.map(drop);
    let error = refused.expect_err("one is under way");
    assert_eq!((error.error().kind(), error.event().stream_id.as_deref()), (ErrorKind::InvalidRequest, None));
    assert_eq!(soon(lane.next_response()).await??.output_text(), "This is a test.");
    lane.response_create("m", "Say this is a test").await?;
    // In the middle of it as well, and when all came but was not read.
    assert!(soon(lane.next()).await?.is_some());
    assert!(lane.response_create("m", "Third").await.is_err());
    assert_eq!(soon(lane.next_response()).await??.output_text(), "This is a test.");
    let wrong = ResponseCreateEvent::new().model("m").input("Hi").stream_id("b");
    assert_eq!(lane.create(wrong).await.map(drop).expect_err("b").error().kind(), ErrorKind::InvalidRequest);
    Ok(())
}

#[tokio::test]
async fn names_and_numbers_of_lanes_are_checked() -> TestResult {
    let (client, _server) = mock().await?;
    let connection = client.responses().connect().with_lane_limits(LaneLimits::new().max_lanes(2)).await?;
    let long = "x".repeat(257);
    for wrong in ["", "a b", "ä", "a/b", long.as_str()] {
        assert_eq!(connection.lane(wrong).expect_err(wrong).kind(), ErrorKind::InvalidRequest);
    }
    let first = connection.lane("A-z_0.9")?;
    assert_eq!(connection.lane("A-z_0.9").expect_err("open").kind(), ErrorKind::InvalidRequest);
    let _second = connection.lane("x".repeat(256))?;
    assert_eq!(connection.lane("third").expect_err("too many").kind(), ErrorKind::Limit);
    drop(first);
    assert_eq!(connection.lane("third")?.id(), "third");
    Ok(())
}

#[tokio::test]
async fn failed_and_incomplete_are_results_and_an_error_event_is_an_error() -> TestResult {
    let (client, server) = mock().await?;
    let error = json!({"type": "error", "status": 400, "error": {"type": "invalid_request_error", "code": "no", "message": "No", "param": null}});
    server.on_realtime([
        create(),
        created("a", "r1", None),
        delta("a", "Hi"),
        ended("a", "r1", "failed"),
        create(),
        created("a", "r2", None),
        ended("a", "r2", "incomplete"),
        create(),
        created("a", "r3", None),
        delta("a", "Half"),
        on("a", error),
        create(),
        created("a", "r4", None),
        ended("a", "r4", "completed"),
    ]);
    let connection = client.responses().connect().await?;
    let mut lane = connection.lane("a")?;
    for (id, status) in [("r1", ResponseStatus::Failed), ("r2", ResponseStatus::Incomplete)] {
        let response = soon(lane.response_create("m", "Hi").await?.next_response()).await??;
        assert_eq!((response.id.as_str(), response.status), (id, Some(status)));
    }
    let error = soon(lane.response_create("m", "Hi").await?.next_response()).await?.expect_err("an error event");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Stream, Some("no")));
    assert_eq!(error.response().map(ResponseExt::output_text).as_deref(), Some("Half"));
    assert_eq!(soon(lane.response_create("m", "Hi").await?.next_response()).await??.id, "r4");
    Ok(())
}

/// What belongs to no lane is for the connection: unknown names, no name, and what is no event.
#[tokio::test]
async fn unknown_lanes_are_the_connections() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([
        create(),
        created("b", "other", None),
        delta("", "x"),
        ended("b", "other", "completed"),
        RealtimeStep::SendText("no JSON".to_owned()),
        RealtimeStep::send(json!([1])),
        on("", json!({"type": 3, "stream_id": 4})),
        created("a", "mine", None),
        ended("a", "mine", "completed"),
    ]);
    let mut connection = client.responses().connect().await?;
    let mut lane = connection.lane("a")?;
    assert_eq!(soon(lane.response_create("m", "Hi").await?.next_response()).await??.id, "mine");
    let response = soon(connection.next_response()).await??;
    assert_eq!((response.id.as_str(), response.output_text().as_str()), ("other", "x"));
    assert!(soon(connection.next()).await?.ok_or("one")?.is_err());
    Ok(())
}

/// A lane that nobody reads is given up; the others go on, and it can be used anew.
#[tokio::test]
async fn a_flood_fails_its_lane_alone() -> TestResult {
    let flood = |count: usize| std::iter::repeat_n(delta("a", &"x".repeat(100)), count);
    let limits = [
        ("events", LaneLimits::new().max_events(50)),
        ("bytes", LaneLimits::new().max_bytes(5000)),
        ("all events", LaneLimits::new().max_total_events(50)),
        ("all bytes", LaneLimits::new().max_total_bytes(5000)),
        ("response", LaneLimits::new().max_response_bytes(5000)),
    ];
    for (what, limits) in limits {
        let (client, server) = mock().await?;
        let mut steps = vec![create(), create(), created("a", "flood", None), created("b", "calm", None)];
        steps.extend(flood(100));
        steps.extend([delta("b", "Calm"), ended("b", "calm", "completed"), ended("a", "flood", "completed")]);
        steps.extend([create(), created("a", "new", None), delta("a", "New"), ended("a", "new", "completed")]);
        server.on_realtime(steps);
        let connection = client.responses().connect().with_lane_limits(limits).await?;
        let (mut a, mut b) = (connection.lane("a")?, connection.lane("b")?);
        a.response_create("m", "Flood").await?;
        b.response_create("m", "Calm").await?;
        assert_eq!(soon(b.next_response()).await??.output_text(), "Calm", "{what}");
        let error = soon(a.next_response()).await?.expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Limit, "{what}: {error}");
        assert!(error.message().contains("with_lane_limits"), "{error}");
        let response = soon(a.response_create("m", "New").await?.next_response()).await??;
        assert_eq!((response.id.as_str(), response.output_text().as_str()), ("new", "New"), "{what}");
    }
    Ok(())
}

/// The same for the connection itself, while only lanes are read.
#[tokio::test]
async fn a_flood_of_no_lane_does_not_stop_lanes() -> TestResult {
    let (client, server) = mock().await?;
    let mut steps = vec![create(), create(), created("", "flood", None)];
    steps.extend(std::iter::repeat_n(delta("", "xxxxx"), 100));
    steps.extend([created("a", "calm", None), ended("a", "calm", "completed"), ended("", "flood", "completed")]);
    steps.extend([create(), created("", "new", None), ended("", "new", "completed")]);
    server.on_realtime(steps);
    let mut connection = client.responses().connect().with_lane_limits(LaneLimits::new().max_events(50)).await?;
    let mut lane = connection.lane("a")?;
    connection.response_create("m", "Flood").await?;
    assert_eq!(soon(lane.response_create("m", "Calm").await?.next_response()).await??.id, "calm");
    let error = soon(connection.next_response()).await?.expect_err("a flood");
    assert_eq!(error.kind(), ErrorKind::Limit);
    connection.response_create("m", "New").await?;
    assert_eq!(soon(connection.next_response()).await??.id, "new");
    Ok(())
}

/// Futures that are dropped at any time lose nothing.
#[tokio::test]
async fn dropped_futures_lose_nothing() -> TestResult {
    let server = MockServer::builder().event_interval(Duration::from_millis(1)).start().await?;
    let client = Client::builder().base_url(server.base_url()).api_key("sk-test").build()?;
    let connection = client.responses().connect().await?;
    let mut lane = connection.lane("a")?;
    // Polled once: it is queued, and sent by whoever is next.
    drop(tokio::time::timeout(Duration::ZERO, lane.response_create("m", "Say this is a test")).await);
    let mut dropped = 0;
    let response = loop {
        match tokio::time::timeout(Duration::from_micros(300), lane.next_response()).await {
            Ok(response) => break response?,
            Err(_) => dropped += 1,
        }
        assert!(dropped < 100_000);
    };
    assert_eq!(response.output_text(), "This is a test.");
    assert!(dropped > 0);
    Ok(())
}

/// A lane that is dropped with a response under way frees its name, and the old events reach nobody.
#[tokio::test]
async fn a_dropped_lane_leaves_nothing_behind() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([
        create(),
        created("a", "old", None),
        create(),
        delta("a", "Old"),
        ended("a", "old", "completed"),
        created("a", "new", None),
        delta("a", "New"),
        ended("a", "new", "completed"),
    ]);
    let mut connection = client.responses().connect().await?;
    let mut lane = connection.lane("a")?;
    assert!(soon(lane.response_create("m", "Old").await?.next()).await?.is_some());
    drop(lane);
    let mut lane = connection.lane("a")?;
    let response = soon(lane.response_create("m", "New").await?.next_response()).await??;
    assert_eq!((response.id.as_str(), response.output_text().as_str()), ("new", "New"));
    drop(lane);
    assert!(connection.lanes().is_empty());
    connection.close(1000, "").await?;
    assert!(soon(connection.next()).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_server_that_refuses_a_request_says_so_on_its_lane() -> TestResult {
    let (connection, server) = connect().await?;
    let (mut a, mut b) = (connection.lane("a")?, connection.lane("b")?);
    let wrong = ResponseCreateEvent::new().model("m").input("Hi").previous_response_id("resp_x");
    a.create(wrong).await?;
    b.response_create("m", "Say this is b").await?;
    let error = soon(a.next_response()).await?.expect_err("no such response");
    assert_eq!((error.kind(), error.param()), (ErrorKind::Stream, Some("previous_response_id")));
    assert_eq!(soon(b.next_response()).await??.output_text(), "This is b.");
    server.on("createResponse").times(1).reply(Reply::rate_limited(Duration::from_millis(1)))?;
    let error = soon(a.response_create("m", "Hi").await?.next_response()).await?.expect_err("limited");
    assert!(error.is_retryable());
    assert_eq!(
        soon(a.response_create("m", "Say this is a").await?.next_response()).await??.output_text(),
        "This is a."
    );
    Ok(())
}

#[tokio::test]
async fn a_warm_up_makes_no_output_and_is_continued() -> TestResult {
    let (mut connection, server) = connect().await?;
    let mut lane = connection.lane("a")?;
    let ready = soon(lane.prewarm(ResponseCreateEvent::new().model("m").input("Hi"))).await??;
    assert!(ready.output.is_empty() && server.realtime_events()[0]["generate"] == false);
    let next =
        ResponseCreateEvent::new().model("m").input("Say this is a test").previous_response_id(ready.id.as_str());
    assert_eq!(soon(lane.create(next).await?.next_response()).await??.output_text(), "This is a test.");
    let ready = soon(connection.prewarm(ResponseCreateEvent::new().model("m").input("Hi"))).await??;
    assert!(ready.output.is_empty() && !ready.id.is_empty());
    Ok(())
}
