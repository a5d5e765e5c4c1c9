//! What holds for any connection: unknown events, frames, halves, drops.

use std::future::poll_fn;
use std::pin::Pin;

use openai_ext::ErrorKind;
use openai_ext::types::RealtimeClientEvent;

use super::*;

#[tokio::test]
async fn what_is_unknown_or_broken_ends_nothing() -> TestResult {
    let (client, server) = mock().await?;
    let unknown = json!({"type": "session.danced", "event_id": "event_1", "steps": 3});
    server.on_realtime([
        RealtimeStep::send(unknown.clone()),
        RealtimeStep::SendText("{broken".to_owned()),
        RealtimeStep::SendBinary(vec![0, 159, 146, 150]),
        RealtimeStep::SendBinary(unknown.to_string().into_bytes()),
        RealtimeStep::Greet,
    ]);
    let mut connection = connect(&client).await?;
    let Some(Ok(RealtimeServerEvent::Unknown(found))) = soon(connection.next()).await? else {
        return Err("no unknown event".into());
    };
    assert_eq!(found, unknown);
    for size in ["7 bytes", "4 bytes"] {
        let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("no event");
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains(size), "{error}");
    }
    assert_eq!(event(&mut connection).await?, unknown);
    assert_eq!(event(&mut connection).await?["type"], "session.created");
    Ok(())
}

#[tokio::test]
async fn pings_are_answered_while_events_are_waited_for() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Ping, RealtimeStep::Greet]);
    let mut connection = connect(&client).await?;
    event(&mut connection).await?;
    connection.send_text("Hello").await?;
    soon(connection.next_response()).await??;
    eventually(|| server.realtime_connections()[0].pongs() == 1).await
}

#[tokio::test]
async fn halves_work_in_tasks_of_their_own() -> TestResult {
    let (client, server) = mock().await?;
    let (sender, mut receiver) = connect(&client).await?.split();
    const TURNS: usize = 20;
    let reading = tokio::spawn(async move {
        let mut done = 0;
        while let Some(event) = receiver.next().await {
            done += usize::from(matches!(event, Ok(RealtimeServerEvent::InputAudioBufferCleared(_))));
            if done == 2 * TURNS {
                break;
            }
        }
        done
    });
    let writing = [sender.clone(), sender.clone()].map(|sender| {
        tokio::spawn(async move {
            for _ in 0..TURNS {
                sender.clear_audio().await.expect("it is sent");
            }
        })
    });
    for task in writing {
        soon(task).await??;
    }
    assert_eq!(soon(reading).await??, 2 * TURNS);
    assert_eq!(got(&server, 0).len(), 2 * TURNS);
    // The receiver is gone; the connection is there until the last sender is.
    assert_eq!(sender.closed(), None);
    drop(sender);
    assert_eq!(server_side(&server, 0).await?, (1000, String::new(), true));
    Ok(())
}

#[tokio::test]
async fn a_sender_needs_no_receiver_to_get_on() -> TestResult {
    let (client, server) = mock().await?;
    let (sender, receiver) = connect(&client).await?.split();
    for _ in 0..50 {
        soon(sender.append_audio(vec![0; 64 * 1024])).await??;
    }
    eventually(|| got(&server, 0).len() == 50).await?;
    drop((sender, receiver));
    Ok(())
}

#[tokio::test]
async fn ten_megabytes_of_audio_go_and_come() -> TestResult {
    let (client, server) = mock().await?;
    let audio: Vec<u8> = (0..10 * 1024 * 1024_u32).map(|index| index.to_le_bytes()[0]).collect();
    let mut encoded = String::new();
    for chunk in audio.chunks(3 * 1024) {
        encoded.push_str(&base64(chunk));
    }
    let delta = json!({
        "type": "response.output_audio.delta", "event_id": "e", "response_id": "r", "item_id": "i", "output_index": 0,
        "content_index": 0, "delta": encoded,
    });
    let done = json!({"type": "response.done", "event_id": "e", "response": {"id": "r", "status": "completed"}});
    let expect = RealtimeStep::expect("input_audio_buffer.append");
    server.on_realtime([expect, RealtimeStep::send(delta), RealtimeStep::send(done)]);
    let mut connection = connect(&client).await?;
    soon(connection.append_audio(&audio)).await??;
    let reply = soon(connection.next_response()).await??;
    assert!(reply.audio() == audio, "the sound is another");
    assert!(server.realtime_events()[0]["audio"].as_str() == Some(&encoded), "the sound that was sent is another");
    Ok(())
}

/// base64 of a multiple of three bytes.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| char::from(LETTERS[(bits & 63) as usize]);
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut padded = [0; 3];
        padded[..three.len()].copy_from_slice(three);
        let bits = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
        let four = [letter(bits >> 18), letter(bits >> 12), letter(bits >> 6), letter(bits)];
        text.extend(&four[..=three.len()]);
        text.extend(std::iter::repeat_n('=', 3 - three.len()));
    }
    text
}

#[tokio::test]
async fn a_message_beyond_the_limit_closes_with_1009() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::SendText("x".repeat(5000))]);
    let mut connection = client.realtime().connect("gpt-realtime").with_max_message_size(4096).await?;
    event(&mut connection).await?;
    let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::Stream);
    assert!(error.message().contains("4096"), "{error}");
    assert_eq!(connection.closed().map(|closed| closed.code()), Some(1009));
    assert!(soon(connection.next()).await?.is_none());
    assert_eq!(server_side(&server, 0).await?.0, 1009);
    Ok(())
}

#[tokio::test]
async fn it_is_a_stream_and_a_sink() -> TestResult {
    use futures_core::Stream;
    use futures_sink::Sink;

    let (client, server) = mock().await?;
    let mut connection = connect(&client).await?;
    let first = soon(poll_fn(|context| Pin::new(&mut connection).poll_next(context))).await?;
    assert!(matches!(first, Some(Ok(RealtimeServerEvent::SessionCreated(_)))));
    for _ in 0..3 {
        soon(poll_fn(|context| Pin::new(&mut connection).poll_ready(context))).await??;
        Pin::new(&mut connection).start_send(RealtimeClientEvent::input_audio_buffer_clear())?;
    }
    soon(poll_fn(|context| Sink::poll_flush(Pin::new(&mut connection), context))).await??;
    eventually(|| got(&server, 0).len() == 3).await?;
    soon(poll_fn(|context| Sink::poll_close(Pin::new(&mut connection), context))).await??;
    assert_eq!(server_side(&server, 0).await?, (1000, String::new(), true));
    let error = soon(poll_fn(|context| Pin::new(&mut connection).poll_ready(context))).await?.expect_err("closed");
    assert_eq!(error.kind(), ErrorKind::Truncated);
    Ok(())
}

#[tokio::test]
async fn dropping_it_closes_it() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = connect(&client).await?;
    event(&mut connection).await?;
    drop(connection);
    assert_eq!(server_side(&server, 0).await?, (1000, String::new(), true));
    eventually(|| server.open_connections() == 0).await?;
    // A handshake that is dropped leaves nothing behind either.
    for polls in 0..4 {
        let mut pending = client.realtime().connect("gpt-realtime").into_future();
        for _ in 0..polls {
            let _ = poll_fn(|context| std::task::Poll::Ready(pending.as_mut().poll(context))).await;
            tokio::task::yield_now().await;
        }
        drop(pending);
    }
    eventually(|| server.realtime_connections().iter().all(|connection| connection.close().is_some())).await
}
