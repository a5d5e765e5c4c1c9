//! Input for responses that are under way.

use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::responses::{ResponseAccumulator, SteerFailure, SteerPending, SteerState};
use openai_ext::types::{
    ResponseIncompleteDetailsReason, ResponseSteerErrorCode, ResponseSteerInput, ResponseSteerInputItem,
    ResponseSteerRequiredInput, ResponseStreamEvent,
};
use openai_ext_mock::{MockServer, RealtimeStep, Turn};
use serde_json::json;

use super::{TestResult, create, created, delta, ended, mock, on, soon};

fn steer() -> RealtimeStep {
    RealtimeStep::expect("response.steer")
}

fn accepted(lane: &str, id: &str, parent: &str) -> RealtimeStep {
    let steer = json!({"id": id, "previous_response_id": parent});
    on(lane, json!({"type": "response.steer.accepted", "sequence_number": 5, "steer": steer}))
}

fn pending(lane: &str, id: &str, parent: &str) -> RealtimeStep {
    let required = json!([
        {"type": "function_call_output", "call_id": "call_1", "name": "f"},
        {"type": "mcp_approval_response", "approval_request_id": "mcpr_1"},
    ]);
    let steer = json!({"id": id, "previous_response_id": parent});
    on(
        lane,
        json!({
            "type": "response.steer.pending", "sequence_number": 5, "steer": steer, "required_input": required,
            "reason": "waiting_for_required_input",
        }),
    )
}

fn failed(lane: &str, id: Option<&str>, parent: &str, input: &str, code: &str) -> RealtimeStep {
    let mut steer = json!({"previous_response_id": parent, "input": input});
    if let Some(id) = id {
        steer["id"] = json!(id);
    }
    let error = json!({"type": "invalid_request_error", "code": code, "message": "No."});
    on(lane, json!({"type": "response.steer.failed", "sequence_number": 5, "steer": steer, "error": error}))
}

/// Accepted, then committed by the successor: on a lane and on the connection itself.
#[tokio::test]
async fn a_steer_is_accepted_and_committed() -> TestResult {
    for lane in ["", "a"] {
        let (client, server) = mock().await?;
        server.on_realtime([
            create(),
            created(lane, "r1", None),
            delta(lane, "By pl"),
            steer(),
            accepted(lane, "s1", "r1"),
            delta(lane, "ane"),
            ended(lane, "r1", "incomplete"),
            created(lane, "r2", Some("r1")),
            delta(lane, "By train"),
            ended(lane, "r2", "completed"),
        ]);
        let mut connection = client.responses().connect().await?;
        let mut steer;
        let (first, second);
        if lane.is_empty() {
            connection.response_create("m", "Plan").await?;
            assert!(matches!(soon(connection.next()).await?, Some(Ok(ResponseStreamEvent::ResponseCreated(_)))));
            steer = connection.steer("r1", "By train, please").await?;
            assert!(matches!(steer.state(), SteerState::Sent));
            assert!(matches!(soon(steer.answer()).await?, SteerState::Accepted { steer_id } if steer_id == "s1"));
            (first, second) = (soon(connection.next_response()).await??, soon(connection.next_response()).await??);
        } else {
            let mut lane = connection.lane(lane)?;
            lane.response_create("m", "Plan").await?;
            // It waits until the response has begun.
            steer = soon(lane.steer("By train, please")).await??;
            assert_eq!(steer.previous_response_id(), "r1");
            assert!(matches!(soon(steer.answer()).await?, SteerState::Accepted { steer_id } if steer_id == "s1"));
            first = soon(lane.next_response()).await??;
            second = soon(lane.next_response()).await??;
            let error = soon(lane.next_response()).await?.expect_err("no other");
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        }
        let reason = first.incomplete_details.and_then(|details| details.reason);
        assert!(matches!(reason, Some(ResponseIncompleteDetailsReason::Steered)));
        assert_eq!((second.id.as_str(), second.output_text().as_str()), ("r2", "By train"));
        assert_eq!(soon(steer.committed()).await??, "r2");
        let sent = json!({"type": "response.steer", "previous_response_id": "r1", "input": "By train, please"});
        assert_eq!(server.realtime_events()[1], sent);
    }
    Ok(())
}

/// The fate of a steer is told also if nobody reads the response.
#[tokio::test]
async fn the_fate_is_told_while_nobody_reads() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([
        create(),
        created("a", "r1", None),
        steer(),
        accepted("a", "s1", "r1"),
        ended("a", "r1", "incomplete"),
        created("a", "r2", Some("r1")),
        ended("a", "r2", "completed"),
    ]);
    let connection = client.responses().connect().await?;
    let mut lane = connection.lane("a")?;
    lane.response_create("m", "Plan").await?;
    let mut steer = soon(lane.steer("More")).await??;
    assert!(matches!(soon(steer.outcome()).await?, SteerState::Committed { response_id, .. } if response_id == "r2"));
    assert_eq!(soon(lane.next_response()).await??.id, "r1");
    assert_eq!(soon(lane.next_response()).await??.id, "r2");
    Ok(())
}

#[tokio::test]
async fn a_pending_steer_waits_for_one_request() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([
        create(),
        created("a", "r1", None),
        steer(),
        accepted("a", "s1", "r1"),
        ended("a", "r1", "completed"),
        pending("a", "s1", "r1"),
        create(),
        created("a", "r2", Some("r1")),
        ended("a", "r2", "completed"),
    ]);
    let connection = client.responses().connect().await?;
    let mut lane = connection.lane("a")?;
    lane.response_create("m", "Plan").await?;
    let mut steer = soon(lane.steer([ResponseSteerInputItem::message("More")])).await??;
    assert_eq!(soon(lane.next_response()).await??.id, "r1");
    let SteerState::Pending(pending) = soon(steer.outcome()).await? else { return Err("not pending".into()) };
    assert_eq!((pending.stream_id.as_deref(), pending.required_input.len()), (Some("a"), 2));
    assert!(
        matches!(&pending.required_input[0], ResponseSteerRequiredInput::FunctionCallOutput(stub) if stub.call_id == "call_1")
    );
    let output = InputItem::function_call_output(ToolCallId::new("call_1"), "It rains");
    let error = pending.request([output.clone()]).expect_err("an approval is missing");
    assert!(error.message().contains("mcpr_1") && !error.message().contains("call_1"), "{error}");
    let approval: InputItem = serde_json::from_value(
        json!({"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": true}),
    )?;
    let request = pending.request([output, approval])?.model("m");
    let response = soon(lane.create(request).await?.next_response()).await??;
    assert_eq!(response.id, "r2");
    assert!(matches!(soon(steer.outcome()).await?, SteerState::Committed { response_id, .. } if response_id == "r2"));
    let sent = server.realtime_events().pop().ok_or("a request")?;
    assert_eq!((&sent["previous_response_id"], &sent["stream_id"]), (&json!("r1"), &json!("a")));
    assert_eq!(server.realtime_events().len(), 3);
    Ok(())
}

/// Each code, before and after the steer was accepted, gives the input back; other steers of the response are not touched.
#[tokio::test]
async fn a_failed_steer_gives_its_input_back() -> TestResult {
    for code in [
        "response_not_found",
        "invalid_input",
        "steering_not_supported",
        "too_many_pending_steers",
        "response_already_completed",
        "response_not_active",
        "successor_creation_failed",
        "a_new_one",
    ] {
        for id in [None, Some("s2")] {
            let (client, server) = mock().await?;
            let mut steps = vec![create(), created("a", "r1", None), steer(), accepted("a", "s1", "r1"), steer()];
            steps.extend(id.map(|id| accepted("a", id, "r1")));
            steps.extend([failed("a", id, "r1", "Second", code), ended("a", "r1", "incomplete")]);
            steps.extend([created("a", "r2", Some("r1")), ended("a", "r2", "completed")]);
            server.on_realtime(steps);
            let connection = client.responses().connect().await?;
            let mut lane = connection.lane("a")?;
            lane.response_create("m", "Plan").await?;
            let mut first = soon(lane.steer("First")).await??;
            let mut second = soon(lane.steer("Second")).await??;
            let error = soon(second.committed()).await?.expect_err(code);
            assert_eq!((error.kind(), error.code()), (ErrorKind::Stream, Some(code)));
            let failure = error.detail::<SteerFailure>().ok_or("a detail")?;
            assert_eq!(failure.code, ResponseSteerErrorCode::from(code));
            assert_eq!((failure.steer_id.as_deref(), failure.message.as_str()), (id, "No."));
            assert!(matches!(&failure.input, ResponseSteerInput::Text(text) if text == "Second"), "{failure:?}");
            assert_eq!(soon(first.committed()).await??, "r2");
            assert_eq!(soon(lane.next_response()).await??.id, "r1");
            assert_eq!(soon(lane.next_response()).await??.id, "r2");
        }
    }
    Ok(())
}

/// A lost connection: sent, accepted and pending steers are unknown, and none is sent again.
#[tokio::test]
async fn after_a_loss_the_fate_is_unknown() -> TestResult {
    for answers in [vec![], vec![accepted("", "s1", "r1")], vec![accepted("", "s1", "r1"), pending("", "s1", "r1")]] {
        let (client, server) = mock().await?;
        let waits_for_input = answers.len() == 2;
        let mut steps = vec![create(), created("", "r1", None), steer()];
        steps.extend(answers);
        steps.push(RealtimeStep::Disconnect);
        server.on_realtime(steps);
        let connection = client.responses().connect().with_reconnect(openai_ext::websocket::Reconnect::new()).await?;
        connection.response_create("m", "Plan").await?;
        let mut steer = connection.steer("r1", "More").await?;
        let mut state = soon(steer.outcome()).await?;
        if waits_for_input && matches!(state, SteerState::Pending(_)) {
            state = soon(steer.outcome()).await?;
        }
        assert!(matches!(&state, SteerState::Unknown(closed) if closed.code() == 1006), "{state:?}");
        let error = soon(steer.committed()).await?.expect_err("unknown");
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(server.realtime_connections().iter().skip(1).all(|connection| connection.events().count() == 0));
    }
    Ok(())
}

/// Without a script, the mock plays the other side: the response is cut, and its successor has the input.
#[tokio::test]
async fn the_mock_steers_by_itself() -> TestResult {
    let server = MockServer::builder().event_interval(Duration::from_millis(2)).start().await?;
    let client = Client::builder().base_url(server.base_url()).api_key("sk-test").build()?;
    let connection = client.responses().connect().await?;
    let (mut lane, mut other) = (connection.lane("a")?, connection.lane("b")?);
    server.converse([Turn::text("It is a long way. ".repeat(50)), Turn::text("Beside it."), Turn::text("By train.")]);
    lane.response_create("m", "Plan").await?;
    other.response_create("m", "Beside").await?;
    let mut steer = soon(lane.steer("By train, please")).await??;
    let first = soon(lane.next_response()).await??;
    assert_eq!(first.status.map(|status| status.to_string()).as_deref(), Some("incomplete"));
    let second = soon(lane.next_response()).await??;
    assert_eq!(
        (second.output_text().as_str(), second.previous_response_id.as_deref()),
        ("By train.", Some(first.id.as_str()))
    );
    assert_eq!(soon(steer.committed()).await??, second.id);
    assert_eq!(soon(other.next_response()).await??.output_text(), "Beside it.");
    // Of one that has ended, and of one that never was.
    for (id, code) in [(second.id.as_str(), "response_already_completed"), ("resp_none", "response_not_found")] {
        let mut steer = connection.steer(id, "Too late").await?;
        let error = soon(steer.committed()).await?.expect_err(code);
        assert_eq!(error.code(), Some(code));
    }
    Ok(())
}

#[tokio::test]
async fn the_mock_waits_for_outputs_of_calls() -> TestResult {
    let server = MockServer::builder().event_interval(Duration::from_millis(2)).start().await?;
    let client = Client::builder().base_url(server.base_url()).api_key("sk-test").build()?;
    let connection = client.responses().connect().await?;
    let mut lane = connection.lane("a")?;
    server.converse([Turn::call("weather", json!({"city": "Oslo"})), Turn::text("It rains.")]);
    lane.response_create("m", "How is the weather?").await?;
    let mut steer = soon(lane.steer("In Celsius")).await??;
    let first = soon(lane.next_response()).await??;
    let error = soon(steer.committed()).await?.expect_err("it waits");
    let pending = error.detail::<SteerPending>().ok_or("a detail")?;
    let output = InputItem::function_call_output(first.function_calls()[0], "rain");
    let response = soon(lane.create(pending.request([output])?.model("m")).await?.next_response()).await??;
    assert_eq!(response.output_text(), "It rains.");
    assert_eq!(soon(steer.committed()).await??, response.id);
    Ok(())
}

#[test]
fn accumulators_pass_over_what_is_about_another_response() -> TestResult {
    let error = json!({"type": "invalid_request_error", "code": "invalid_input", "message": "No."});
    let mut accumulator = ResponseAccumulator::default();
    for event in [
        json!({"type": "response.created", "sequence_number": 0, "response": {"id": "r1", "status": "in_progress"}}),
        json!({"type": "response.compaction.compacting", "sequence_number": 1, "item_id": "c", "output_index": 0}),
        json!({"type": "response.steer.accepted", "sequence_number": 2, "steer": {"id": "s", "previous_response_id": "r1"}}),
        json!({"type": "response.steer.pending", "sequence_number": 3, "steer": {"id": "s", "previous_response_id": "r1"}, "reason": "x", "required_input": []}),
        json!({"type": "response.steer.failed", "sequence_number": 4, "steer": {"previous_response_id": "r1", "input": "x"}, "error": error}),
        json!({"type": "response.inject.created", "sequence_number": 5, "response_id": "r1"}),
        json!({"type": "response.inject.failed", "sequence_number": 6, "response_id": "r1", "input": [], "error": error}),
    ] {
        accumulator.push(&serde_json::from_value(event)?)?;
    }
    assert_eq!(accumulator.sequence_number(), Some(6));
    assert!(!accumulator.is_complete());
    let last = json!({"type": "response.incomplete", "sequence_number": 7, "response": {"id": "r1", "incomplete_details": {"reason": "steered"}}});
    accumulator.push(&serde_json::from_value(last)?)?;
    assert!(accumulator.is_complete());
    let reason = accumulator.finish()?.incomplete_details.and_then(|details| details.reason);
    assert!(matches!(reason, Some(ResponseIncompleteDetailsReason::Steered)));
    Ok(())
}
