//! Events that wait to be sent.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use openai_ext::ErrorKind;
use openai_ext::types::RealtimeClientEvent;

use super::*;

const LIMIT: usize = 1024 * 1024;

fn large() -> RealtimeClientEvent {
    RealtimeClientEvent::input_audio_buffer_append("A".repeat(256 * 1024))
}

fn is_pending<T>(poll: &Poll<T>) -> bool {
    poll.is_pending()
}

/// A session whose server reads nothing, and whose queue is full.
async fn blocked(client: &Client) -> TestResult<(RealtimeConnection, usize)> {
    let connection = client.realtime().connect("gpt-realtime").with_send_queue(LIMIT).await?;
    let mut sent = 0;
    let error = loop {
        match connection.try_send(large()) {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
        assert!(sent < 4096, "a gigabyte is in the buffers of the machine");
    };
    assert_eq!(error.error().kind(), ErrorKind::InvalidRequest);
    assert!(error.error().message().contains(&LIMIT.to_string()), "{error}");
    let RealtimeClientEvent::InputAudioBufferAppend(event) = error.into_event() else {
        return Err("another event".into());
    };
    assert_eq!(event.audio.len(), 256 * 1024);
    Ok((connection, sent))
}

#[tokio::test]
async fn a_full_queue_gives_the_event_back() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Stall(Duration::MAX)]);
    let (connection, sent) = blocked(&client).await?;
    // Who waits is held back, by whatever way.
    {
        let mut sending = pin!(connection.send(large()));
        assert!(is_pending(&poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await));
        let mut flushing = pin!(connection.flush());
        assert!(is_pending(&poll_fn(|context| Poll::Ready(flushing.as_mut().poll(context))).await));
    }
    // What was not begun is taken back, and makes room.
    let unsent = connection.take_unsent();
    assert!(!unsent.is_empty() && unsent.len() <= sent);
    assert_eq!(serde_json::to_value(&unsent[0])?["type"], "input_audio_buffer.append");
    connection.try_send(RealtimeClientEvent::input_audio_buffer_clear())?;
    assert_eq!(connection.take_unsent().len(), 1);
    drop(connection);
    eventually(|| server.open_connections() <= 1).await
}

#[tokio::test]
async fn a_server_that_reads_again_gets_all_in_order() -> TestResult {
    let (client, server) = mock().await?;
    let stalls = RealtimeStep::Stall(Duration::from_millis(100));
    server.on_realtime([stalls, RealtimeStep::Greet]);
    let connection = client.realtime().connect("gpt-realtime").with_send_queue(LIMIT).await?;
    const COUNT: usize = 100;
    soon(async {
        for index in 0..COUNT {
            let audio = "A".repeat(128 * 1024 + 4 * index);
            connection.send(RealtimeClientEvent::input_audio_buffer_append(audio)).await?;
        }
        connection.flush().await
    })
    .await??;
    eventually(|| got(&server, 0).len() == COUNT).await?;
    let sizes: Vec<_> =
        server.realtime_events().iter().map(|event| event["audio"].as_str().map_or(0, str::len)).collect();
    assert!(sizes.iter().enumerate().all(|(index, size)| *size == 128 * 1024 + 4 * index), "{sizes:?}");
    assert!(connection.take_unsent().is_empty());
    Ok(())
}

#[tokio::test]
async fn an_event_larger_than_the_queue_goes_alone() -> TestResult {
    let (client, server) = mock().await?;
    let connection = client.realtime().connect("gpt-realtime").with_send_queue(10).await?;
    for _ in 0..3 {
        soon(connection.send(large())).await??;
    }
    eventually(|| got(&server, 0).len() == 3).await
}

#[tokio::test]
async fn what_was_not_sent_is_there_after_the_end() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Stall(Duration::MAX)]);
    let (connection, _) = blocked(&client).await?;
    let mut sending = Box::pin(connection.send(RealtimeClientEvent::input_audio_buffer_commit()));
    let _ = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
    drop(server);
    let error = soon(sending).await?.expect_err("the server is gone");
    assert!(matches!(error.into_event(), RealtimeClientEvent::InputAudioBufferCommit(_)));
    let unsent = connection.take_unsent();
    assert!(!unsent.is_empty());
    assert!(unsent.iter().all(|event| matches!(event, RealtimeClientEvent::InputAudioBufferAppend(_))));
    assert!(connection.take_unsent().is_empty());
    let error = connection.try_send(large()).expect_err("closed");
    assert_eq!(error.error().kind(), ErrorKind::Connection);
    Ok(())
}
