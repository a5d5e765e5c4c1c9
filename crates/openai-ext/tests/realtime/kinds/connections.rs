//! What holds for any connection: its handshake, unknown events, frames, halves, drops, closes, new ones.

use std::error::Error as _;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use openai_ext::realtime::RealtimeClosed;
use openai_ext::websocket::{Reconnect, Reconnectable, Update};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::Reply;

use super::*;

of_each_kind! {
    a_handshake_is_refused_or_tried_again: [Realtime, Live, Fork, Sideband, Translation];
    no_end_shows_a_credential: [Realtime, Live, Fork, Sideband, Translation];
    its_handshake: [Realtime, Live, Fork, Sideband, Translation];
    each_code_arrives: [Realtime, Live, Fork, Sideband, Translation];
    a_normal_close: [Realtime, Live, Fork, Sideband, Translation];
    what_is_unknown_ends_nothing: [Realtime, Live, Fork, Sideband, Translation];
    pings_are_answered: [Realtime, Live, Fork, Sideband, Translation];
    a_message_beyond_the_limit: [Realtime, Live, Fork, Sideband, Translation];
    halves_in_tasks: [Realtime, Live, Fork, Sideband, Translation];
    the_client_says_goodbye: [Realtime, Live, Fork, Sideband, Translation];
    dropping_it_closes_it: [Realtime, Live, Fork, Sideband, Translation];
    it_is_made_anew: [Realtime, Sideband];
    nothing_is_made_anew: [Live, Fork, Translation];
}

async fn its_handshake<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let connection = greeted::<K>(&client).await?;
    let request = server.realtime_connections()[0].request().clone();
    let query: Vec<_> = request.query().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    assert_eq!(format!("{}{query}", request.path()), K::TARGET);
    assert_eq!(request.header("authorization"), Some("Bearer sk-test-key-123"));
    assert_eq!(got(&server, 0), K::FIRST);
    assert_eq!(connection.request_id().as_deref().map(str::is_empty), Some(false));
    assert!(!format!("{connection:?}").contains("sk-test"));
    Ok(())
}

async fn a_handshake_is_refused_or_tried_again<K: Kind>() -> TestResult {
    let (_, server) = mock().await?;
    let (client, waits) = patient(&server)?;
    let count = std::sync::atomic::AtomicUsize::new(0);
    server.on_request(move |_| {
        let status = match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => StatusCode::UNAUTHORIZED,
            1 => StatusCode::SERVICE_UNAVAILABLE,
            _ => return None,
        };
        Some(Reply::error(status, "some_error", None, "Not you, sk-test-key-123."))
    });
    let error = soon(K::connect(&client).into_future()).await?.map(drop).expect_err("refused");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Authentication, Some(StatusCode::UNAUTHORIZED)));
    assert_eq!((error.message(), error.attempts()), ("Not you, ***.", 1));
    greeted::<K>(&client).await?;
    assert_eq!((waits.taken().first(), server.requests().len()), (Some(&0.5), 3));
    assert_eq!(server.realtime_connections().len(), 1);
    Ok(())
}

/// What the server says may repeat the key, in a close, in an event that cannot be read, in place of a greeting.
async fn no_end_shows_a_credential<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let key = "sk-test-key-123";
    for step in [
        RealtimeStep::close(1008, format!("bad {key}")),
        RealtimeStep::SendText(format!(r#"{{"type":"{key}","{key}":["#)),
    ] {
        server.on_realtime([RealtimeStep::Greet, step.clone(), RealtimeStep::Disconnect]);
        let mut connection = greeted::<K>(&client).await?;
        let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("no event");
        let source = error.source().map(|source| format!("{source} {source:?}"));
        let text = format!("{error} {error:?} {source:?} {connection:?} {:?}", connection.closed());
        assert!(!text.contains(key), "{step:?}: {text}");
    }
    Ok(())
}

async fn each_code_arrives<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    for code in [1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1015, 3000, 4000, 4999] {
        server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(code, "because")]);
        let mut connection = greeted::<K>(&client).await?;
        let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("a close");
        let kind = match code {
            1001 | 1005 | 1006 | 1011 | 1012 | 1013 | 1015 => ErrorKind::Connection,
            _ => ErrorKind::Stream,
        };
        assert_eq!((error.kind(), error.is_retryable()), (kind, kind == ErrorKind::Connection), "{code}");
        assert_eq!(error.message().contains("was lost before"), K::ANNOUNCES, "{error}");
        let closed = error.source().and_then(|source| source.downcast_ref::<RealtimeClosed>()).ok_or("no close")?;
        assert_eq!(closed.code(), if code == 1015 { 1006 } else { code });
        assert_eq!(connection.closed().as_ref(), Some(closed));
        assert!(soon(connection.next()).await?.is_none());
        let unsent = soon(connection.send(K::small())).await?.expect_err("closed");
        assert_eq!(kind_of(unsent.event()), kind_of(&K::small()));
        assert_eq!(unsent.error().kind(), kind);
    }
    Ok(())
}

/// The server must say that a session is over, where it does so at all.
async fn a_normal_close<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(1000, "that was all")]);
    let mut connection = greeted::<K>(&client).await?;
    match (soon(connection.next()).await?, K::ANNOUNCES) {
        (None, false) => {}
        (Some(Err(error)), true) => {
            assert_eq!(error.kind(), ErrorKind::Truncated);
            assert!(error.message().contains("session.closed") && error.message().contains("that was all"), "{error}");
        }
        (other, _) => panic!("{:?}", other.map(|event| event.is_ok())),
    }
    assert_eq!(connection.closed(), Some(RealtimeClosed::new(1000, "that was all")));
    assert!(soon(connection.next()).await?.is_none());
    Ok(())
}

async fn what_is_unknown_ends_nothing<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let unknown = json!({"type": "session.danced", "event_id": "event_1", "steps": 3});
    server.on_realtime([
        RealtimeStep::Greet,
        RealtimeStep::send(unknown.clone()),
        RealtimeStep::SendText("{broken".to_owned()),
        RealtimeStep::SendBinary(vec![0, 159, 146, 150]),
        RealtimeStep::SendBinary(unknown.to_string().into_bytes()),
    ]);
    let mut connection = greeted::<K>(&client).await?;
    assert_eq!(next::<K>(&mut connection).await?, unknown);
    for size in ["7 bytes", "4 bytes"] {
        let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("no event");
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains(size), "{error}");
    }
    assert_eq!(next::<K>(&mut connection).await?, unknown);
    Ok(())
}

async fn pings_are_answered<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Ping]);
    let mut connection = greeted::<K>(&client).await?;
    let mut reading = pin!(connection.next());
    eventually(|| {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = reading.as_mut().poll(&mut context);
        server.realtime_connections()[0].pongs() == 1
    })
    .await
}

async fn a_message_beyond_the_limit<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::SendText("x".repeat(5000))]);
    let mut connection = soon(K::connect(&client).with_max_message_size(4096).into_future()).await??;
    next::<K>(&mut connection).await?;
    let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::Stream);
    assert!(error.message().contains("4096"), "{error}");
    assert_eq!(server_side(&server, 0).await?.0, 1009);
    Ok(())
}

async fn halves_in_tasks<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let (sender, mut receiver) = open::<K>(&client).await?.split();
    const COUNT: usize = 20;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let reading = tokio::spawn(async move {
        let mut stopped = pin!(stopped);
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                event = receiver.next() => drop(event),
            }
        }
    });
    let writing = [sender.clone(), sender.clone()].map(|sender| {
        tokio::spawn(async move {
            for _ in 0..COUNT {
                sender.send(K::small()).await.map_err(|error| error.to_string())?;
            }
            Ok::<(), String>(())
        })
    });
    for task in writing {
        soon(task).await???;
    }
    eventually(|| heard::<K>(&server, 0).len() == 2 * COUNT).await?;
    drop(stop);
    soon(reading).await??;
    assert_eq!(sender.closed(), None);
    drop(sender);
    assert_eq!(server_side(&server, 0).await?, (1000, String::new(), true));
    Ok(())
}

async fn the_client_says_goodbye<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = open::<K>(&client).await?;
    let closed = soon(connection.close(3001, "done")).await??;
    assert_eq!((closed.code(), closed.reason()), (3001, "done"));
    assert_eq!(server_side(&server, 0).await?, (3001, "done".to_owned(), true));
    // It was asked for, so it is no loss.
    while let Some(event) = soon(connection.next()).await? {
        event?;
    }
    Ok(())
}

async fn dropping_it_closes_it<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    drop(greeted::<K>(&client).await?);
    assert_eq!(server_side(&server, 0).await?, (1000, String::new(), true));
    // One that is dropped while it is opened leaves nothing behind either.
    for polls in 0..8 {
        let mut pending = K::connect(&client).into_future();
        for _ in 0..polls {
            let _ = poll_fn(|context| Poll::Ready(pending.as_mut().poll(context))).await;
            tokio::task::yield_now().await;
        }
        drop(pending);
    }
    eventually(|| server.realtime_connections().iter().all(|connection| connection.close().is_some())).await
}

async fn it_is_made_anew<K: Kind<In: Reconnectable>>() -> TestResult {
    let (_, server) = mock().await?;
    for code in [1001, 1005, 1006, 1011, 1012, 1013, 1015] {
        let (client, waits) = patient(&server)?;
        let before = server.realtime_connections().len();
        server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(code, "restart")]);
        let connect = K::connect(&client).with_reconnect(Reconnect::new()).with_reconnect_events(|| vec![K::small()]);
        let mut connection = soon(connect.into_future()).await??;
        next::<K>(&mut connection).await?;
        let update = soon(connection.next_update()).await?.ok_or("the end")??;
        let Update::Reconnected { tries: 1, .. } = update else { panic!("{code}") };
        assert_eq!((next::<K>(&mut connection).await?["type"].as_str(), waits.taken()), (Some(K::GREETING), vec![0.5]));
        soon(connection.send(K::large())).await??;
        eventually(|| heard::<K>(&server, before + 1) == [kind_of(&K::small()), K::LARGE.to_owned()]).await?;
    }
    // The others end it, and so does a server that is gone for long.
    for (steps, tries) in [(1, 0), (7, 5)] {
        let (client, waits) = patient(&server)?;
        for _ in 0..steps {
            let code = if tries == 0 { 1008 } else { 1011 };
            server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(code, "no")]);
        }
        let mut connection = soon(K::connect(&client).with_reconnect(Reconnect::new()).into_future()).await??;
        let error = soon(async {
            loop {
                if let Some(Err(error)) = connection.next().await {
                    break error;
                }
            }
        });
        assert_eq!(error.await?.message().contains("was lost before"), K::ANNOUNCES);
        assert_eq!(waits.taken().len(), tries);
    }
    Ok(())
}

/// Nothing is said twice where a session ends with its connection: the caller has what was not sent.
async fn nothing_is_made_anew<K: Kind>() -> TestResult {
    let (_, server) = mock().await?;
    let (client, waits) = patient(&server)?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Disconnect]);
    let mut connection = greeted::<K>(&client).await?;
    let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(soon(connection.send(K::large())).await?.is_err());
    let error = connection.try_send(K::small()).expect_err("lost");
    assert_eq!(kind_of(error.event()), kind_of(&K::small()));
    assert!(soon(connection.next()).await?.is_none());
    // The one wait is the limit of the start.
    assert_eq!((server.realtime_connections().len(), server.requests().len()), (1, 1));
    assert_eq!(waits.taken(), vec![60.0; K::FIRST.len()]);
    Ok(())
}
