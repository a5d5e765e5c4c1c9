//! Events that wait to be sent, and floods.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use openai_ext::ErrorKind;

use super::*;

of_each_kind! {
    a_full_queue: [Realtime, Live, Fork, Sideband, Translation];
    a_flood_of_events: [Realtime, Live, Fork, Sideband, Translation];
    unsent_events_are_there_after_the_end: [Realtime, Live, Fork, Sideband, Translation];
    uncertain_events_are_told_apart: [Live, Fork, Sideband, Translation];
}

const LIMIT: usize = 1024 * 1024;

/// A session whose server reads nothing, and whose queue is full.
pub(super) async fn blocked<K: Kind>(client: &Client, server: &MockServer) -> TestResult<Opened<K>> {
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Stall(Duration::MAX)]);
    let connection = soon(K::connect(client).with_send_queue(LIMIT).into_future()).await??;
    for _ in 0..4096 {
        if let Err(error) = connection.try_send(K::large()) {
            assert_eq!(error.error().kind(), ErrorKind::InvalidRequest);
            assert!(error.error().message().contains(&LIMIT.to_string()), "{error}");
            assert_eq!(kind_of(&error.into_event()), K::LARGE);
            return Ok(connection);
        }
    }
    Err("a gigabyte is in the buffers of the machine".into())
}

async fn a_full_queue<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let connection = blocked::<K>(&client, &server).await?;
    {
        let mut sending = pin!(connection.send(K::large()));
        assert!(poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await.is_pending());
    }
    let unsent = connection.take_unsent();
    assert!(!unsent.is_empty() && unsent.iter().all(|event| kind_of(event) == K::LARGE));
    connection.try_send(K::small())?;
    assert_eq!(connection.take_unsent().len(), 1);
    Ok(())
}

/// Ten thousand events of the server, while the client sends.
async fn a_flood_of_events<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    const COUNT: usize = 10_000;
    let noise = json!({"type": "session.danced", "event_id": "event_1"});
    let steps = std::iter::once(RealtimeStep::Greet).chain((0..COUNT).map(|_| RealtimeStep::send(noise.clone())));
    server.on_realtime(steps);
    let mut connection = greeted::<K>(&client).await?;
    for index in 0..COUNT {
        if index % 1000 == 0 {
            connection.try_send(K::large())?;
        }
        next::<K>(&mut connection).await?;
    }
    soon(connection.flush()).await??;
    eventually(|| heard::<K>(&server, 0).len() == COUNT / 1000).await
}

async fn unsent_events_are_there_after_the_end<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let connection = blocked::<K>(&client, &server).await?;
    let mut sending = Box::pin(connection.send(K::small()));
    let _ = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
    drop(server);
    let error = soon(sending).await?.expect_err("the server is gone");
    assert_eq!(kind_of(&error.into_event()), kind_of(&K::small()));
    let unsent = connection.take_unsent();
    assert!(!unsent.is_empty() && unsent.iter().all(|event| kind_of(event) == K::LARGE));
    assert!(connection.take_unsent().is_empty());
    let error = connection.try_send(K::small()).expect_err("closed");
    assert_eq!(error.error().kind(), ErrorKind::Connection);
    Ok(())
}

/// Of what was tried, one part is uncertain and the rest was not begun: each is there once, in order, and `flush` tells.
async fn uncertain_events_are_told_apart<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let connection = blocked::<K>(&client, &server).await?;
    // One whose future is dropped is told like those that were tried.
    let mut sending = Box::pin(connection.send(K::small()));
    let _ = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
    drop((sending, server));
    let error = soon(connection.flush()).await?.expect_err("the server is gone");
    assert!(error.message().contains("uncertain"), "{error}");
    let (uncertain, unsent) = (connection.take_uncertain(), connection.take_unsent());
    assert!(!uncertain.is_empty());
    let (large, small): (Vec<_>, Vec<_>) =
        uncertain.iter().chain(&unsent).map(kind_of).partition(|kind| kind == K::LARGE);
    // There was room for the small one, or not.
    assert!(large.len() > 1 && small.len() <= 1, "{large:?} {small:?}");
    let last = unsent.last().or(uncertain.last()).map(kind_of);
    assert!(small.is_empty() || last == small.first().cloned(), "in order: {last:?}");
    assert!(connection.take_uncertain().is_empty() && connection.take_unsent().is_empty());
    // It is told once.
    soon(connection.flush()).await??;
    Ok(())
}

/// The same while the connection is made anew: what is uncertain is told of once, and the rest arrives.
#[tokio::test]
async fn an_uncertain_event_that_was_tried_is_told_after_a_reconnect() -> TestResult {
    let (client, server) = mock().await?;
    let stall = RealtimeStep::Stall(Duration::from_millis(2000));
    server.on_realtime([RealtimeStep::Greet, stall, RealtimeStep::Disconnect]);
    let connect = client.live().sideband().connect("live_1").with_reconnect(openai_ext::websocket::Reconnect::new());
    let connection = soon(connect.with_send_queue(LIMIT).into_future()).await??;
    let mut tried = 0;
    while connection.try_send(Sideband::large()).is_ok() {
        tried += 1;
        assert!(tried < 4096, "a gigabyte is in the buffers of the machine");
    }
    let error = soon(connection.flush()).await?.expect_err("one was lost");
    assert!(error.kind() == ErrorKind::Connection && error.message().contains("uncertain"), "{error}");
    assert!(!connection.take_uncertain().is_empty());
    soon(connection.flush()).await??;
    soon(connection.send(Sideband::small())).await??;
    assert!(connection.take_uncertain().is_empty() && connection.take_unsent().is_empty());
    soon(connection.close(1000, "")).await??;
    Ok(())
}
