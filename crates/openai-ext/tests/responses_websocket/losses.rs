//! Lanes whose connection is lost.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::responses::{ResponseCreateEvent, UncertainDelivery};
use openai_ext::websocket::Reconnect;
use openai_ext::{ErrorExt, ErrorKind};
use openai_ext_mock::RealtimeStep;

use super::{TestResult, create, created, delta, ended, mock, soon};

/// One lane in the middle of its response, one that waits for it, one that has it all, and one that is idle.
fn lost() -> Vec<RealtimeStep> {
    vec![
        create(),
        create(),
        create(),
        created("begun", "r1", None),
        delta("begun", "Hal"),
        created("whole", "r2", None),
        ended("whole", "r2", "completed"),
        RealtimeStep::Disconnect,
    ]
}

#[tokio::test]
async fn lanes_under_way_say_that_delivery_is_uncertain_and_the_others_go_on() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime(lost());
    let connection = client.responses().connect().with_reconnect(Reconnect::new()).await?;
    let (mut begun, mut waiting) = (connection.lane("begun")?, connection.lane("waiting")?);
    let (mut whole, mut idle) = (connection.lane("whole")?, connection.lane("idle")?);
    for lane in [&mut begun, &mut waiting, &mut whole] {
        lane.response_create("m", "Say this is a test").await?;
    }
    let error = soon(begun.next_response()).await?.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.message().contains("uncertain") && error.message().contains("r1"), "{error}");
    assert_eq!(error.response().map(ResponseExt::output_text).as_deref(), Some("Hal"));
    let detail = error.detail::<UncertainDelivery>().ok_or("a detail")?;
    assert_eq!((detail.response_id.as_deref(), detail.stream_id.as_deref()), (Some("r1"), Some("begun")));
    assert!(detail.was_sent && detail.request.as_ref().is_some_and(|request| request.model.is_some()));
    let error = soon(waiting.next_response()).await?.expect_err("lost");
    assert!(error.kind() == ErrorKind::Connection && error.message().contains("uncertain"), "{error}");
    assert!(error.detail::<UncertainDelivery>().is_some_and(|lost| lost.response_id.is_none() && lost.was_sent));
    // What came before the loss is there, and all of them can be used on the next connection.
    assert_eq!(soon(whole.next_response()).await??.id, "r2");
    for lane in [&mut idle, &mut begun, &mut waiting, &mut whole] {
        let response = soon(lane.response_create("m", "Say this is a test").await?.next_response()).await??;
        assert_eq!(response.output_text(), "This is a test.");
    }
    // Nothing was sent twice.
    let sent: Vec<usize> = server.realtime_connections().iter().map(|connection| connection.events().count()).collect();
    assert_eq!(sent, [3, 4]);
    Ok(())
}

#[tokio::test]
async fn without_a_reconnect_all_lanes_end() -> TestResult {
    for (close, kind) in [
        (RealtimeStep::Disconnect, ErrorKind::Connection),
        (RealtimeStep::close(1011, "oh no"), ErrorKind::Connection),
        (RealtimeStep::close(1008, "bad"), ErrorKind::Stream),
        (RealtimeStep::close(1000, ""), ErrorKind::Truncated),
    ] {
        let (client, server) = mock().await?;
        server.on_realtime([create(), create(), created("a", "r1", None), close.clone()]);
        let connection = client.responses().connect().await?;
        let (mut a, mut b, mut idle) = (connection.lane("a")?, connection.lane("b")?, connection.lane("c")?);
        a.response_create("m", "Hi").await?;
        b.response_create("m", "Hi").await?;
        for lane in [&mut a, &mut b] {
            let error = soon(lane.next_response()).await?.expect_err("the end");
            assert_eq!(error.kind(), kind, "{close:?}: {error}");
            assert!(error.detail::<UncertainDelivery>().is_some_and(|lost| lost.was_sent), "{close:?}");
        }
        let request = ResponseCreateEvent::new().model("m").input("Later");
        let refused = idle.create(request).await.map(drop).expect_err("closed");
        assert_eq!(refused.error().kind(), kind);
        assert!(refused.into_event().input.is_some());
        assert!(soon(idle.next()).await?.is_none());
    }
    Ok(())
}

/// A request that waits behind a full socket and a lost connection: what is uncertain is told, and the rest is sent once.
#[tokio::test]
async fn what_was_not_sent_goes_on_and_what_is_uncertain_does_not() -> TestResult {
    let (client, server) = mock().await?;
    // The server reads nothing for a while, so that a large request stays in the middle.
    server.on_realtime([RealtimeStep::Stall(Duration::from_millis(300)), RealtimeStep::Disconnect]);
    let connection = client.responses().connect().with_send_queue(64 << 20).with_reconnect(Reconnect::new()).await?;
    let (mut large, mut small) = (connection.lane("large")?, connection.lane("small")?);
    let text = "x".repeat(24 << 20);
    let both = async {
        tokio::join!(async { large.response_create("m", text.as_str()).await.map(drop) }, async {
            // After the large one.
            tokio::task::yield_now().await;
            small.response_create("m", "Say this is small").await.map(drop)
        },)
    };
    let (first, second) = soon(both).await?;
    let error = first.expect_err("it was being sent");
    assert!(error.error().message().contains("uncertain"), "{}", error.error());
    assert!(error.event().input.is_some());
    second?;
    assert_eq!(soon(small.next_response()).await??.output_text(), "This is small.");
    // The lane is free again.
    assert_eq!(
        soon(large.response_create("m", "Say this is large").await?.next_response()).await??.output_text(),
        "This is large."
    );
    let last = server.realtime_connections().pop().ok_or("a connection")?;
    assert_eq!(last.events().filter(|event| event["stream_id"] == "small").count(), 1);
    assert_eq!(last.events().count(), 2);
    Ok(())
}
