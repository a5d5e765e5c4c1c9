//! Answers that name no lane, come twice, or come for a response that nobody waits for any more.

use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::responses::{ResponsesConnection, SteerState};
use openai_ext::types::{ResponseSteerErrorCode, ResponseStreamEvent};
use openai_ext::websocket::Reconnect;
use openai_ext_mock::{MockServer, RealtimeStep};
use serde_json::json;

use super::{TestResult, create, created, delta, ended, mock, on, soon};

fn error(lane: &str, code: &str) -> RealtimeStep {
    on(
        lane,
        json!({"type": "error", "status": 400, "error": {"type": "invalid_request_error", "code": code, "message": "No.", "param": null}}),
    )
}

fn steer() -> RealtimeStep {
    RealtimeStep::expect("response.steer")
}

async fn scripted(steps: impl IntoIterator<Item = RealtimeStep>) -> TestResult<(ResponsesConnection, MockServer)> {
    let (client, server) = mock().await?;
    server.on_realtime(steps);
    Ok((client.responses().connect().await?, server))
}

/// The only request without an answer is the one that the error is about, also beside responses that have begun.
#[tokio::test]
async fn an_error_without_a_lane_is_that_of_the_only_unanswered_request() -> TestResult {
    let (connection, _server) = scripted([
        create(),
        created("a", "r1", None),
        create(),
        error("", "no"),
        delta("a", "Hi"),
        ended("a", "r1", "completed"),
        create(),
        created("b", "r2", None),
        ended("b", "r2", "completed"),
    ])
    .await?;
    let (mut a, mut b) = (connection.lane("a")?, connection.lane("b")?);
    a.response_create("m", "Hi").await?;
    assert!(soon(a.next()).await?.is_some());
    let refused = soon(b.response_create("m", "Hi").await?.next_response()).await?.expect_err("an error event");
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Stream, Some("no")));
    assert_eq!(soon(a.next_response()).await??.output_text(), "Hi");
    assert_eq!(soon(b.response_create("m", "Hi").await?.next_response()).await??.id, "r2");
    Ok(())
}

/// If there is none, it ended the only response that has begun; of several the one that does not go on.
#[tokio::test]
async fn an_error_without_a_lane_ends_the_response_that_does_not_go_on() -> TestResult {
    for count in 1..4_usize {
        for left in 0..count {
            let names = ["a", "b", "c"].map(str::to_owned);
            let names = &names[..count];
            let mut steps = vec![create(); count];
            steps.extend(names.iter().map(|name| created(name, name, None)));
            steps.push(error("", "no"));
            for (at, name) in names.iter().enumerate().filter(|(at, _)| *at != left) {
                steps.extend((at != 1).then(|| delta(name, "x")));
                steps.push(ended(name, name, "completed"));
            }
            steps.extend([create(), created(&names[left], "r", None), ended(&names[left], "r", "completed")]);
            let (connection, _server) = scripted(steps).await?;
            let mut lanes = Vec::new();
            for name in names {
                let mut lane = connection.lane(name)?;
                lane.response_create("m", "Hi").await?;
                lanes.push(lane);
            }
            for (at, lane) in lanes.iter_mut().enumerate() {
                match soon(lane.next_response()).await? {
                    Ok(response) => assert!(at != left && response.id == names[at], "{count} {left} {at}"),
                    Err(error) => assert!(at == left && error.code() == Some("no"), "{count} {left} {at}: {error}"),
                }
            }
            let lane = &mut lanes[left];
            assert_eq!(soon(lane.response_create("m", "Hi").await?.next_response()).await??.id, "r");
        }
    }
    Ok(())
}

/// With several it is that of the one that is left, in whatever order the others are answered, by events or by errors.
#[tokio::test]
async fn an_error_without_a_lane_is_that_of_the_one_that_is_left() -> TestResult {
    for left in 0..3 {
        let names = ["a", "b", "c"];
        let mut steps = vec![create(), create(), create(), error("", "no")];
        for (at, name) in names.iter().enumerate().filter(|(at, _)| *at != left) {
            match at % 2 {
                0 => steps.extend([created(name, name, None), ended(name, name, "completed")]),
                _ => steps.push(error(name, "labelled")),
            }
        }
        let (mut connection, _server) = scripted(steps).await?;
        let mut lanes = Vec::new();
        for name in names {
            let mut lane = connection.lane(name)?;
            lane.response_create("m", "Hi").await?;
            lanes.push(lane);
        }
        for (at, lane) in lanes.iter_mut().enumerate().rev() {
            let answer = soon(lane.next_response()).await?;
            match answer {
                Ok(response) => assert!(at % 2 == 0 && at != left && response.id == names[at], "{left} {at}"),
                Err(error) => {
                    assert_eq!(error.code(), Some(if at == left { "no" } else { "labelled" }), "{left} {at}");
                }
            }
        }
        // Its reader was told at once.
        assert!(matches!(soon(connection.next()).await?, Some(Ok(ResponseStreamEvent::Error(_)))), "{left}");
    }
    Ok(())
}

/// As many errors as requests: each is one of theirs.
#[tokio::test]
async fn as_many_errors_as_requests() -> TestResult {
    let (connection, _server) = scripted([create(), create(), error("", "first"), error("", "second")]).await?;
    let (mut a, mut b) = (connection.lane("a")?, connection.lane("b")?);
    a.response_create("m", "Hi").await?;
    b.response_create("m", "Hi").await?;
    for (lane, code) in [(&mut a, "first"), (&mut b, "second")] {
        assert_eq!(soon(lane.next_response()).await?.expect_err("an error").code(), Some(code));
    }
    Ok(())
}

/// An error that can be the connection's own is its reader's; the lane gets it only if it turns out to be about the lane.
#[tokio::test]
async fn a_response_of_no_lane_comes_first() -> TestResult {
    // The response of no lane ended by it, or went on; it was asked for, or under way.
    for (goes_on, is_open) in [(false, true), (true, true), (false, false), (true, false)] {
        let mut steps = vec![create()];
        steps.extend(is_open.then(|| created("", "r0", None)));
        steps.extend([create(), error("", "no")]);
        if goes_on {
            steps.extend((!is_open).then(|| created("", "r0", None)));
            steps.extend([delta("", "x"), ended("", "r0", "completed")]);
        } else {
            steps.extend([created("a", "r1", None), ended("a", "r1", "completed")]);
        }
        let (mut connection, _server) = scripted(steps).await?;
        let mut lane = connection.lane("a")?;
        connection.response_create("m", "Hi").await?;
        if is_open {
            assert!(matches!(soon(connection.next()).await?, Some(Ok(ResponseStreamEvent::ResponseCreated(_)))));
        }
        let answer = soon(lane.response_create("m", "Hi").await?.next_response()).await?;
        match goes_on {
            true => assert_eq!(answer.expect_err("it was the lane's").code(), Some("no"), "{is_open}"),
            false => assert_eq!(answer?.id, "r1", "{is_open}"),
        }
        assert!(matches!(soon(connection.next()).await?, Some(Ok(ResponseStreamEvent::Error(_)))));
    }
    Ok(())
}

/// A steer has no lane, and a server that knows none answers by an `error` event.
#[tokio::test]
async fn a_steer_that_is_answered_by_an_error_event_has_failed() -> TestResult {
    for lane in ["", "a"] {
        let (mut connection, _server) = scripted([
            create(),
            created(lane, "r1", None),
            steer(),
            error("", "unknown_event"),
            delta(lane, "x"),
            ended(lane, "r1", "completed"),
        ])
        .await?;
        let mut steer = if lane.is_empty() {
            connection.response_create("m", "Hi").await?;
            assert!(soon(connection.next()).await?.is_some());
            connection.steer("r1", "More").await?
        } else {
            let mut lane = connection.lane(lane)?;
            lane.response_create("m", "Hi").await?;
            let steer = soon(lane.steer("More")).await??;
            // Also if nobody has the lane any more.
            drop(lane);
            steer
        };
        match soon(steer.outcome()).await? {
            SteerState::Failed(failure) => {
                assert_eq!(failure.code, ResponseSteerErrorCode::from("unknown_event"));
                assert_eq!((failure.message.as_str(), failure.previous_response_id.as_str()), ("No.", "r1"));
            }
            other => panic!("{lane:?}: {other:?}"),
        }
    }
    Ok(())
}

/// An error in place of the successor: the lane tells of it, and is free again.
#[tokio::test]
async fn an_error_in_place_of_the_successor_frees_the_lane() -> TestResult {
    let accepted = json!({"type": "response.steer.accepted", "sequence_number": 5, "steer": {"id": "s1", "previous_response_id": "r1"}});
    let (connection, _server) = scripted([
        create(),
        created("a", "r1", None),
        steer(),
        on("a", accepted),
        ended("a", "r1", "incomplete"),
        error("a", "overloaded"),
        create(),
        created("a", "r2", None),
        ended("a", "r2", "completed"),
    ])
    .await?;
    let mut lane = connection.lane("a")?;
    lane.response_create("m", "Hi").await?;
    let mut steer = soon(lane.steer("More")).await??;
    assert_eq!(soon(lane.next_response()).await??.id, "r1");
    assert_eq!(soon(lane.next_response()).await?.expect_err("no successor").code(), Some("overloaded"));
    assert!(matches!(soon(steer.outcome()).await?, SteerState::Failed(_)));
    assert_eq!(soon(lane.response_create("m", "Hi").await?.next_response()).await??.id, "r2");
    Ok(())
}

/// An event that comes twice, or after the end, is not taken for the next response.
#[tokio::test]
async fn events_after_the_end_are_no_next_response() -> TestResult {
    let late = [
        ("the end", ended("a", "r1", "completed")),
        ("a part", delta("a", "late")),
        ("a failure after an error", ended("a", "r1", "failed")),
        ("an error", error("a", "late")),
        (
            "a steer",
            on(
                "a",
                json!({"type": "response.steer.accepted", "sequence_number": 5, "steer": {"id": "s", "previous_response_id": "r1"}}),
            ),
        ),
        ("another event", on("a", json!({"type": "new.event"}))),
    ];
    for (what, late) in late {
        let (connection, _server) = scripted([
            create(),
            create(),
            created("a", "r1", None),
            ended("a", "r1", "completed"),
            late.clone(),
            late,
            created("b", "other", None),
            ended("b", "other", "completed"),
            create(),
            created("a", "r2", None),
            delta("a", "Two"),
            ended("a", "r2", "completed"),
        ])
        .await?;
        let (mut a, mut b) = (connection.lane("a")?, connection.lane("b")?);
        a.response_create("m", "Hi").await?;
        b.response_create("m", "Hi").await?;
        assert_eq!(soon(a.next_response()).await??.id, "r1", "{what}");
        // All that was said until here is read by now.
        assert_eq!(soon(b.next_response()).await??.id, "other", "{what}");
        let second = a.response_create("m", "Hi").await.map_err(|refused| format!("{what}: {refused}"))?;
        let second = soon(second.next_response()).await??;
        assert_eq!((second.id.as_str(), second.output_text().as_str()), ("r2", "Two"), "{what}");
    }
    Ok(())
}

/// The last event of a response that was over is not that of the next one, which is asked for already.
#[tokio::test]
async fn a_last_event_that_comes_twice_ends_no_other_response() -> TestResult {
    for (first, late) in [
        (ended("a", "r1", "completed"), ended("a", "r1", "completed")),
        (ended("a", "r1", "incomplete"), ended("a", "r1", "failed")),
        (error("a", "broken"), ended("a", "r1", "failed")),
    ] {
        let (connection, _server) = scripted([
            create(),
            created("a", "r1", None),
            first,
            create(),
            late,
            created("a", "r2", None),
            delta("a", "Two"),
            ended("a", "r2", "completed"),
        ])
        .await?;
        let mut lane = connection.lane("a")?;
        lane.response_create("m", "Hi").await?;
        let _ = soon(lane.next_response()).await?;
        let second = soon(lane.response_create("m", "Hi").await?.next_response()).await??;
        assert_eq!((second.id.as_str(), second.output_text().as_str()), ("r2", "Two"));
    }
    Ok(())
}

/// A steer of a lane whose request was refused, or whose response was read to its end, has nothing to wait for.
#[tokio::test]
async fn there_is_nothing_to_steer() -> TestResult {
    let (connection, server) =
        scripted([create(), error("a", "no"), create(), created("a", "r1", None), ended("a", "r1", "completed")])
            .await?;
    let mut lane = connection.lane("a")?;
    lane.response_create("m", "Hi").await?;
    let refused = soon(lane.steer("More")).await?.expect_err("it was refused");
    assert_eq!(refused.error().kind(), ErrorKind::InvalidRequest);
    assert_eq!(soon(lane.next_response()).await?.expect_err("it was refused").code(), Some("no"));
    assert_eq!(soon(lane.response_create("m", "Hi").await?.next_response()).await??.id, "r1");
    let refused = soon(lane.steer("More")).await?.expect_err("it has ended");
    assert_eq!(refused.error().kind(), ErrorKind::InvalidRequest);
    assert_eq!(server.realtime_events().len(), 2);
    Ok(())
}

/// A lane that was lost with its connection is not steered on the next one.
#[tokio::test]
async fn a_lost_response_is_not_steered() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([create(), created("a", "r1", None), create(), RealtimeStep::Disconnect]);
    let connection = client.responses().connect().with_reconnect(Reconnect::new()).await?;
    let (mut a, mut b) = (connection.lane("a")?, connection.lane("b")?);
    a.response_create("m", "Hi").await?;
    assert!(soon(a.next()).await?.is_some());
    b.response_create("m", "Hi").await?;
    assert!(soon(b.next_response()).await?.is_err());
    // What is left to be read is the loss.
    for lane in [&a, &b] {
        let refused = soon(lane.steer("More")).await?.expect_err("it was lost");
        assert_eq!(refused.error().kind(), ErrorKind::InvalidRequest);
    }
    Ok(())
}

/// The successor of a steered response is skipped with it when its lane was dropped, and is not the next one's.
#[tokio::test]
async fn the_successor_of_a_dropped_lane_is_skipped() -> TestResult {
    let steered = |kind: &str| {
        on(
            "a",
            json!({
                "type": format!("response.steer.{kind}"), "sequence_number": 5,
                "steer": {"id": "s1", "previous_response_id": "r1", "input": "More"},
                "error": {"type": "invalid_request_error", "code": "response_not_active", "message": "No."},
            }),
        )
    };
    for (late, has_successor) in [(false, true), (true, true), (false, false), (true, false)] {
        let mut steps = vec![create(), created("a", "r1", None), steer()];
        if !late {
            steps.push(steered("accepted"));
        }
        steps.push(create());
        if late {
            steps.push(steered("accepted"));
        }
        steps.extend([delta("a", "x"), ended("a", "r1", "incomplete")]);
        match has_successor {
            true => steps.extend([created("a", "r2", Some("r1")), delta("a", "y"), ended("a", "r2", "completed")]),
            false => steps.push(steered("failed")),
        }
        steps.extend([created("a", "r3", None), delta("a", "z"), ended("a", "r3", "completed")]);
        let (mut connection, _server) = scripted(steps).await?;
        let mut lane = connection.lane("a")?;
        lane.response_create("m", "Hi").await?;
        let mut steer = soon(lane.steer("More")).await??;
        if !late {
            assert!(matches!(soon(steer.answer()).await?, SteerState::Accepted { .. }));
        }
        drop(lane);
        let mut lane = connection.lane("a")?;
        let next = soon(lane.response_create("m", "Next").await?.next_response()).await??;
        assert_eq!((next.id.as_str(), next.output_text().as_str()), ("r3", "z"), "{late} {has_successor}");
        assert_eq!(matches!(steer.state(), SteerState::Committed { .. }), has_successor);
        drop(lane);
        connection.close(1000, "").await?;
        assert!(soon(connection.next()).await?.is_none(), "the reader got nothing of it");
    }
    Ok(())
}

/// A lane that was dropped and opened anew, whose second request goes over the next connection: the first one's response
/// was lost, and is not waited for.
#[tokio::test]
async fn a_lost_response_is_not_skipped_on_the_next_connection() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([
        create(),
        created("a", "r1", None),
        RealtimeStep::Stall(Duration::from_millis(300)),
        RealtimeStep::Disconnect,
    ]);
    let connection = client.responses().connect().with_send_queue(64 << 20).with_reconnect(Reconnect::new()).await?;
    let mut lane = connection.lane("a")?;
    lane.response_create("m", "Hi").await?;
    assert!(soon(lane.next()).await?.is_some());
    drop(lane);
    let (mut large, mut lane) = (connection.lane("large")?, connection.lane("a")?);
    let text = "x".repeat(24 << 20);
    let (first, second) = soon(async {
        tokio::join!(async { large.response_create("m", text.as_str()).await.map(drop) }, async {
            // Behind the large one, so that no byte of it is handed over.
            tokio::task::yield_now().await;
            lane.response_create("m", "Say this is it").await.map(drop)
        })
    })
    .await?;
    assert!(first.is_err());
    second?;
    assert_eq!(soon(lane.next_response()).await??.output_text(), "This is it.");
    Ok(())
}

/// A lane that is dropped before its request was refused without its name is free all the same.
#[tokio::test]
async fn an_error_without_a_lane_ends_what_a_dropped_lane_left() -> TestResult {
    let (connection, _server) = scripted([
        create(),
        error("", "no"),
        create(),
        created("a", "r2", None),
        delta("a", "New"),
        ended("a", "r2", "completed"),
    ])
    .await?;
    let mut lane = connection.lane("a")?;
    lane.response_create("m", "Old").await?;
    drop(lane);
    let mut lane = connection.lane("a")?;
    assert_eq!(soon(lane.response_create("m", "New").await?.next_response()).await??.output_text(), "New");
    Ok(())
}

/// Answers to a steer that come twice or in another order: the state does not go back, and the lane is free at the end.
#[tokio::test]
async fn answers_to_a_steer_that_come_twice_or_late() -> TestResult {
    let accepted = || {
        let steer = json!({"id": "s1", "previous_response_id": "r1"});
        on("a", json!({"type": "response.steer.accepted", "sequence_number": 5, "steer": steer}))
    };
    for places in [vec![0, 0], vec![0, 1], vec![0, 2], vec![0, 3], vec![1], vec![2], vec![3], vec![0, 1, 2, 3]] {
        let events = [ended("a", "r1", "incomplete"), created("a", "r2", Some("r1")), ended("a", "r2", "completed")];
        let mut steps = vec![create(), created("a", "r1", None), steer()];
        for (at, event) in events.into_iter().map(Some).chain([None]).enumerate() {
            steps.extend(places.iter().filter(|place| **place == at).map(|_| accepted()));
            steps.extend(event);
        }
        steps.extend([create(), created("a", "r3", None), ended("a", "r3", "completed")]);
        let (connection, _server) = scripted(steps).await?;
        let mut lane = connection.lane("a")?;
        lane.response_create("m", "Hi").await?;
        let mut steer = soon(lane.steer("More")).await??;
        let state = soon(steer.outcome()).await?;
        assert!(
            matches!(&state, SteerState::Committed { response_id, .. } if response_id == "r2"),
            "{places:?} {state:?}"
        );
        for id in ["r1", "r2"] {
            assert_eq!(soon(lane.next_response()).await??.id, id, "{places:?}");
        }
        assert_eq!(soon(lane.response_create("m", "Hi").await?.next_response()).await??.id, "r3", "{places:?}");
        assert!(matches!(steer.state(), SteerState::Committed { .. }), "{places:?}");
    }
    Ok(())
}
