//! Connections that are made anew, when that was asked for.

use openai_ext::realtime::{RealtimeUpdate, Reconnect};
use openai_ext::types::{RealtimeClientEvent, RealtimeSessionCreateRequest};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::Reply;

use super::*;

async fn update(connection: &mut RealtimeConnection) -> TestResult<RealtimeUpdate> {
    Ok(soon(connection.next_update()).await?.ok_or("the session ended")??)
}

async fn reconnecting(client: &Client) -> TestResult<RealtimeConnection> {
    Ok(client.realtime().connect("gpt-realtime").with_reconnect(Reconnect::new()).await?)
}

#[tokio::test]
async fn after_each_code_that_may_pass_it_is_made_anew() -> TestResult {
    let (_, server) = mock().await?;
    for code in [1001, 1005, 1006, 1011, 1012, 1013, 1015] {
        let (client, waits) = patient(&server)?;
        server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(code, "later")]);
        let mut connection = reconnecting(&client).await?;
        assert!(matches!(update(&mut connection).await?, RealtimeUpdate::Event(_)));
        let RealtimeUpdate::Reconnected { tries, closed, .. } = update(&mut connection).await? else {
            return Err(format!("it was not made anew after {code}").into());
        };
        assert_eq!((tries, closed.code()), (1, if code == 1015 { 1006 } else { code }));
        assert_eq!(event(&mut connection).await?["type"], "session.created");
        assert_eq!(waits.taken(), [0.5]);
        connection.send_text("Hello").await?;
        assert!(!soon(connection.next_response()).await??.transcript().is_empty());
        soon(connection.close(1000, "")).await??;
    }
    Ok(())
}

#[tokio::test]
async fn after_others_it_is_not() -> TestResult {
    let (_, server) = mock().await?;
    for code in [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 4000] {
        let (client, waits) = patient(&server)?;
        server.on_realtime([RealtimeStep::close(code, "no")]);
        let mut connection = reconnecting(&client).await?;
        match soon(connection.next()).await? {
            None => assert_eq!(code, 1000),
            Some(found) => assert_eq!((found.expect_err("a close").kind(), code != 1000), (ErrorKind::Stream, true)),
        }
        assert!(soon(connection.next()).await?.is_none());
        assert_eq!(waits.taken(), [0.0; 0]);
        assert_eq!(connection.closed().map(|closed| closed.code()), Some(code));
    }
    // Unless the caller says so.
    let (client, _) = patient(&server)?;
    server.on_realtime([RealtimeStep::close(4000, "no")]);
    let policy = Reconnect::new().codes([4000]);
    let mut connection = client.realtime().connect("gpt-realtime").with_reconnect(policy).await?;
    assert_eq!(event(&mut connection).await?["type"], "session.created");
    Ok(())
}

/// A server that takes the first handshake, then refuses so many.
fn refuse(server: &MockServer, count: usize, status: StatusCode) {
    let handshakes = std::sync::atomic::AtomicUsize::new(0);
    server.on_request(move |_| {
        let before = handshakes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        (1..=count).contains(&before).then(|| Reply::error(status, "server_error", None, "Not now."))
    });
}

#[tokio::test]
async fn five_tries_with_growing_waits() -> TestResult {
    let (_, server) = mock().await?;
    let (client, waits) = patient(&server)?;
    server.on_realtime([RealtimeStep::Disconnect]);
    refuse(&server, 4, StatusCode::SERVICE_UNAVAILABLE);
    let mut connection = reconnecting(&client).await?;
    assert!(matches!(update(&mut connection).await?, RealtimeUpdate::Reconnected { tries: 5, .. }));
    assert_eq!(waits.taken(), [0.5, 1.0, 2.0, 4.0, 8.0]);
    Ok(())
}

#[tokio::test]
async fn then_it_is_given_up() -> TestResult {
    let (_, server) = mock().await?;
    let (client, waits) = patient(&server)?;
    server.on_realtime([RealtimeStep::Disconnect]);
    refuse(&server, 100, StatusCode::SERVICE_UNAVAILABLE);
    let mut connection = reconnecting(&client).await?;
    let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("given up");
    assert_eq!((error.kind(), error.status()), (ErrorKind::InternalServer, Some(StatusCode::SERVICE_UNAVAILABLE)));
    assert!(soon(connection.next()).await?.is_none());
    assert_eq!((waits.taken().len(), server.requests().len()), (5, 6));
    assert_eq!(connection.closed().map(|closed| closed.code()), Some(1006));
    Ok(())
}

#[tokio::test]
async fn a_refusal_that_will_not_pass_ends_it_at_once() -> TestResult {
    let (_, server) = mock().await?;
    let (client, waits) = patient(&server)?;
    server.on_realtime([RealtimeStep::Disconnect]);
    refuse(&server, 100, StatusCode::UNAUTHORIZED);
    let mut connection = reconnecting(&client).await?;
    let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("given up");
    assert_eq!((error.kind(), waits.taken().len()), (ErrorKind::Authentication, 1));
    Ok(())
}

/// A server that greets and closes, or disconnects, so many times.
fn greet_and_close(server: &MockServer, count: usize) {
    for at in 0..count {
        let end = if at % 2 == 0 { RealtimeStep::Disconnect } else { RealtimeStep::close(1011, "later") };
        server.on_realtime([RealtimeStep::Greet, end]);
    }
}

#[tokio::test]
async fn a_server_that_greets_and_closes_is_given_up() -> TestResult {
    let (_, server) = mock().await?;
    for tries in [0, 1, 5, 8] {
        let (client, waits) = patient(&server)?;
        greet_and_close(&server, tries as usize + 1);
        let before = server.realtime_connections().len();
        let policy = Reconnect::new().max_tries(tries);
        let mut connection = client.realtime().connect("gpt-realtime").with_reconnect(policy).await?;
        for _ in 0..=tries {
            assert_eq!(event(&mut connection).await?["type"], "session.created");
        }
        let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("given up");
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(soon(connection.next()).await?.is_none());
        assert_eq!(server.realtime_connections().len() - before, tries as usize + 1);
        let expected = [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0];
        assert_eq!(waits.taken(), expected[..tries as usize]);
    }
    Ok(())
}

#[tokio::test]
async fn a_connection_that_lived_for_30_s_makes_the_count_start_anew() -> TestResult {
    for (seconds, expected) in [(29, vec![0.5, 1.0, 2.0, 4.0, 8.0]), (30, vec![0.5; 7])] {
        let (_, server) = mock().await?;
        let (client, waits) = patient(&server)?;
        greet_and_close(&server, 7);
        let mut connection = reconnecting(&client).await?;
        while let Some(Ok(_)) = soon(connection.next()).await? {
            if waits.taken().len() == 7 {
                break;
            }
            waits.advance(std::time::Duration::from_secs(seconds));
        }
        assert_eq!(waits.taken(), expected, "{seconds}");
    }
    Ok(())
}

#[tokio::test]
async fn events_wait_for_the_new_connection_behind_its_first_words() -> TestResult {
    let (_, server) = mock().await?;
    let (client, _) = patient(&server)?;
    server.on_realtime([RealtimeStep::expect("input_audio_buffer.clear"), RealtimeStep::close(1012, "restart")]);
    let session = || RealtimeClientEvent::session_update(RealtimeSessionCreateRequest::new().instructions("Again."));
    let mut connection = client
        .realtime()
        .connect("gpt-realtime")
        .with_reconnect(Reconnect::new())
        .with_reconnect_events(move || vec![session()])
        .await?;
    connection.clear_audio().await?;
    server_side(&server, 0).await?;
    assert!(matches!(update(&mut connection).await?, RealtimeUpdate::Reconnected { .. }));
    soon(connection.append_audio([1, 2, 3])).await??;
    soon(connection.send_text("Hello")).await??;
    soon(connection.next_response()).await??;
    assert_eq!(got(&server, 0), ["input_audio_buffer.clear"]);
    let expected = ["session.update", "input_audio_buffer.append", "conversation.item.create", "response.create"];
    assert_eq!(got(&server, 1), expected);
    Ok(())
}

#[tokio::test]
async fn who_only_sends_makes_it_anew_as_well() -> TestResult {
    let (_, server) = mock().await?;
    let (client, _) = patient(&server)?;
    server.on_realtime([RealtimeStep::close(1012, "restart")]);
    let (sender, receiver) = reconnecting(&client).await?.split();
    server_side(&server, 0).await?;
    soon(async {
        while server.realtime_connections().len() < 2 {
            sender.append_audio(vec![0; 64 * 1024]).await?;
        }
        sender.commit_audio().await
    })
    .await??;
    eventually(|| got(&server, 1).last().is_some_and(|kind| kind == "input_audio_buffer.commit")).await?;
    assert_eq!(receiver.closed(), None);
    Ok(())
}

#[tokio::test]
async fn a_response_that_was_cut_off_is_an_error() -> TestResult {
    let (_, server) = mock().await?;
    let (client, _) = patient(&server)?;
    let delta = json!({
        "type": "response.output_text.delta", "event_id": "e", "response_id": "r", "item_id": "i", "output_index": 0,
        "content_index": 0, "delta": "Hel",
    });
    server.on_realtime([RealtimeStep::expect("response.create"), RealtimeStep::send(delta), RealtimeStep::Disconnect]);
    let mut connection = reconnecting(&client).await?;
    connection.response_create().await?;
    let error = soon(connection.next_response()).await?.expect_err("it was lost");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.message().contains("made anew"), "{error}");
    connection.send_text("Once more").await?;
    assert!(!soon(connection.next_response()).await??.transcript().starts_with("Hel"));
    Ok(())
}
