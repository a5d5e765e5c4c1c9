//! The ends of sessions whose server announces them.

use std::future::poll_fn;
use std::pin::Pin;

use futures_sink::Sink;
use openai_ext::ErrorKind;
use openai_ext::websocket::EndingSession;

use super::queues::blocked;
use super::*;

of_each_kind! {
    it_finishes: [Live, Fork, Sideband, Translation];
    it_finishes_after_a_flood: [Live, Fork, Sideband, Translation];
    it_does_not_finish: [Live, Fork, Sideband, Translation];
    the_server_ends_it: [Live, Fork, Sideband, Translation];
    nothing_follows_a_close: [Live, Fork, Sideband, Translation];
}

async fn it_finishes<K: Kind<In: EndingSession>>() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = open::<K>(&client).await?;
    connection.try_send(K::small())?;
    let mut kinds = Vec::new();
    soon(connection.finish().on_event(|event| kinds.push(kind_of(event))).into_future()).await??;
    assert_eq!((kinds[0].as_str(), kinds[kinds.len() - 1].as_str()), (K::GREETING, "session.closed"));
    assert_eq!(heard::<K>(&server, 0), [kind_of(&K::small()), "session.close".to_owned()]);
    assert_eq!(connection.closed().map(|closed| closed.code()), Some(1000));
    assert!(soon(connection.next()).await?.is_none());
    // Once more has no effect, and gives the same.
    soon(connection.finish().into_future()).await??;
    soon(connection.close(1000, "")).await??;
    assert_eq!(heard::<K>(&server, 0).len(), 2);
    // A receiver does it too, also after the client's own `session.close`.
    let (sender, mut receiver) = open::<K>(&client).await?.split();
    let close: K::Out = openai_ext::runtime::json::from_slice(br#"{"type":"session.close"}"#)?;
    soon(sender.send(close)).await??;
    soon(receiver.finish().into_future()).await??;
    assert_eq!(heard::<K>(&server, 1), ["session.close"]);
    Ok(())
}

async fn it_finishes_after_a_flood<K: Kind<In: EndingSession>>() -> TestResult {
    let (client, server) = mock().await?;
    const COUNT: usize = 5000;
    let noise = json!({"type": "session.danced", "event_id": "event_1"});
    let steps = std::iter::once(RealtimeStep::Greet).chain((0..COUNT).map(|_| RealtimeStep::send(noise.clone())));
    server.on_realtime(steps);
    let mut connection = open::<K>(&client).await?;
    for _ in 0..20 {
        connection.try_send(K::large())?;
    }
    let mut count = 0;
    soon(connection.finish().on_event(|event| count += usize::from(kind_of(event) == "session.danced")).into_future())
        .await??;
    assert_eq!((count, heard::<K>(&server, 0).len()), (COUNT, 21));
    Ok(())
}

async fn it_does_not_finish<K: Kind<In: EndingSession>>() -> TestResult {
    let (client, server) = mock().await?;
    // A connection that is lost after the client's close says nothing about the session.
    for step in [RealtimeStep::Disconnect, RealtimeStep::close(1000, ""), RealtimeStep::close(1011, "")] {
        server.on_realtime([RealtimeStep::Greet, RealtimeStep::expect("session.close"), step]);
        let mut connection = open::<K>(&client).await?;
        let error = soon(connection.finish().into_future()).await?.map(drop).expect_err("lost");
        assert!(matches!(error.kind(), ErrorKind::Connection | ErrorKind::Truncated | ErrorKind::Stream));
        assert!(error.message().contains("was lost before"), "{error}");
        assert!(error.detail::<<K::In as EndingSession>::Ending>().is_some());
        let error = soon(connection.finish().into_future()).await?.map(drop).expect_err("still lost");
        assert_eq!(error.kind(), ErrorKind::Truncated);
    }
    // A server that does not answer is waited for as long as the caller wants, and then again.
    let stalls = RealtimeStep::Stall(Duration::from_millis(300));
    server.on_realtime([RealtimeStep::Greet, stalls]);
    let mut connection = open::<K>(&client).await?;
    let limited = connection.finish().with_deadline(Duration::from_millis(20));
    let error = soon(limited.into_future()).await?.map(drop).expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let cancelled = connection.finish().with_cancellation(std::future::ready(()));
    let error = soon(cancelled.into_future()).await?.map(drop).expect_err("cancelled");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    drop(connection.finish().into_future());
    soon(connection.finish().into_future()).await??;
    let last = server.realtime_connections().len() - 1;
    assert_eq!(heard::<K>(&server, last), ["session.close"]);
    Ok(())
}

async fn the_server_ends_it<K: Kind<In: EndingSession>>() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::end_session("expired")]);
    let mut connection = greeted::<K>(&client).await?;
    assert_eq!(next::<K>(&mut connection).await?["type"], "session.closed");
    let refused = connection.try_send(K::small()).expect_err("the session is over");
    assert_eq!(kind_of(refused.event()), kind_of(&K::small()));
    assert!(soon(connection.next()).await?.is_none());
    soon(connection.finish().into_future()).await??;
    assert!(heard::<K>(&server, 0).is_empty());
    // The socket may break afterwards.
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Answer, RealtimeStep::Disconnect]);
    let mut connection = open::<K>(&client).await?;
    soon(connection.finish().into_future()).await??;
    Ok(())
}

async fn nothing_follows_a_close<K: Kind<In: EndingSession>>() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Stall(Duration::from_millis(50))]);
    let mut connection = open::<K>(&client).await?;
    let close = || openai_ext::runtime::json::from_slice::<K::Out>(br#"{"type":"session.close"}"#);
    connection.try_send(close()?)?;
    for error in [connection.try_send(K::small()).err(), soon(connection.send(K::large())).await?.err()] {
        let error = error.ok_or("it was sent")?;
        assert_eq!(error.error().kind(), ErrorKind::InvalidRequest);
        assert!(error.error().message().contains("session.close"), "{error}");
    }
    let ready = soon(poll_fn(|context| Pin::new(&mut connection).poll_ready(context))).await?;
    assert_eq!(ready.expect_err("closing").kind(), ErrorKind::InvalidRequest);
    // A second one is passed over, in whatever way it is sent.
    connection.try_send(close()?)?;
    soon(connection.send(close()?)).await??;
    Pin::new(&mut connection).start_send(close()?)?;
    soon(connection.finish().into_future()).await??;
    assert_eq!(heard::<K>(&server, 0), ["session.close"]);
    // One that was taken back was not said.
    let connection = blocked::<K>(&client, &server).await?;
    let _ = connection.take_unsent();
    connection.try_send(close()?)?;
    assert_eq!(connection.take_unsent().len(), 1);
    connection.try_send(K::small())?;
    Ok(())
}
